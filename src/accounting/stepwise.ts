import { parseDelta, parseSteps } from "../core/index.ts";
import { type DpEvent, type Neighboring, selfComposed, validateEvent } from "../events/index.ts";
import { account } from "./account.ts";
import { exactEngines, pureEngine } from "./closed-form-engines.ts";
import { compileEvent } from "./compile-event.ts";
import { type Composition, mergeCompositions, repeatedFailure } from "./mechanism.ts";
import { type LatticeMinimum, cachedByOrder } from "./order-lattice.ts";
import { rdpOfComposition } from "./rdp-curves.ts";
import { bestEpsilon, deltaAfterFailure } from "./rdp-engine.ts";
import { gridStepwise } from "./stepwise-grid.ts";

/** What the progress line is told besides the step. */
export interface StepwiseOptions {
  readonly neighboring: Neighboring;
  readonly delta: number;
  /** Length of the schedule, if it is known: the line then ends at `account`'s value for the whole of it. */
  readonly steps?: number;
}

/**
 * The upper ε after k of the same step, for a live progress line: the spectra of one step are kept for all step counts
 * of an octave, the Rényi divergence per order, so that a call costs some ten microseconds after the first of its octave.
 *
 * @param stepEvent - one step.
 * @returns ε(k) for whole k ≥ 0, Infinity allowed: the least bound of closed forms, grid and "rdp" engine. With `steps`,
 *   ε(steps) is what `account` says of the whole schedule, and nothing before it exceeds that. Beyond some thousand steps
 *   k is rounded up by up to 1/1024 of itself.
 * @throws PrivacyError as `account` does; the returned function `invalid_argument` unless k is a whole number ≥ 0.
 * @guarantee Upper bound, rounded up, for k steps of a schedule fixed in advance.
 * @numerics The grid's mesh is aimed 1e-4 above the truth.
 */
export function stepwiseEpsilon(stepEvent: DpEvent, options: StepwiseOptions): (steps: number) => number {
  const total = options.steps === undefined ? undefined : parseSteps(options.steps, "steps");
  const { problem, boundAt } = renyiProblem(stepEvent, options);
  const isBounded = problem.step.spends.every((s) => s.mechanism.kind !== "unbounded");
  const { neighboring, delta } = options;
  const whole =
    total === undefined
      ? Infinity
      : account(selfComposed(stepEvent, total), { neighboring }).guarantee({ delta }).epsilon.upper;
  const bound = (isBounded ? gridStepwise({ ...problem, total }, boundAt) : undefined) ?? boundAt;
  return (k) => {
    const steps = parseSteps(k, "steps");
    if (steps === total) return whole;
    const least = steps < 2 ? boundAt(steps) : bound(steps);
    return total !== undefined && steps < total ? Math.min(least, whole) : least;
  };
}

/**
 * The same by closed forms and Rényi accounting alone: nothing to build, a little looser, for searches that try many
 * steps.
 */
export function renyiStepwise(stepEvent: DpEvent, options: Omit<StepwiseOptions, "steps">): (steps: number) => number {
  return renyiProblem(stepEvent, options).boundAt;
}

interface RenyiProblem {
  readonly problem: { readonly step: Composition; readonly delta: number; readonly rdpAt: (j: number) => number };
  readonly boundAt: (steps: number) => number;
}

/** The search for the best order starts where the last one ended. */
function renyiProblem(stepEvent: DpEvent, options: StepwiseOptions): RenyiProblem {
  const step = compileEvent(validateEvent(stepEvent), options.neighboring);
  const delta = parseDelta(options.delta);
  const rdpAt = cachedByOrder((order) => rdpOfComposition(step, order));
  const problem = { step, delta, rdpAt };
  if (step.spends.some((s) => s.mechanism.kind === "unbounded")) {
    return { problem, boundAt: (k) => (parseSteps(k) === 0 ? 0 : Infinity) };
  }
  const isFree = step.spends.length === 0 && step.failure === 0;
  let from: { readonly steps: number; readonly found: LatticeMinimum } | undefined;
  const boundAt = (k: number): number => {
    const steps = parseSteps(k, "steps");
    if (steps === 0 || isFree) return 0;
    const rest = deltaAfterFailure(delta, repeatedFailure(step.failure, steps));
    const cap = closedFormEpsilon(step, steps, delta);
    if (rest <= 0) return cap;
    // a warm start is good while steps change little at a time
    const isNear = from !== undefined && steps <= 1.1 * from.steps && steps >= from.steps / 1.1;
    const found = bestEpsilon(rdpAt, steps, rest, isNear ? from?.found : undefined);
    if (found === undefined) return 0;
    from = { steps, found };
    return Math.min(cap, found.value);
  };
  return { problem, boundAt };
}

function closedFormEpsilon(step: Composition, steps: number, delta: number): number {
  const spends = step.spends.map((s) => ({ mechanism: s.mechanism, count: s.count * steps }));
  const whole = mergeCompositions([{ spends, failure: repeatedFailure(step.failure, steps) }]);
  const engines = [...exactEngines(whole), pureEngine(whole)].filter((e) => e !== undefined);
  return Math.min(Infinity, ...engines.map((e) => e.epsilonAt(delta).upper));
}
