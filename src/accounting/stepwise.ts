import { parseDelta, parseSteps } from "../core/index.ts";
import { type DpEvent, type Neighboring, validateEvent } from "../events/index.ts";
import { exactEngines, pureEngine } from "./closed-form-engines.ts";
import { compileEvent } from "./compile-event.ts";
import { type Composition, mergeCompositions } from "./mechanism.ts";
import { type LatticeMinimum, cachedByOrder } from "./order-lattice.ts";
import { rdpOfComposition } from "./rdp-curves.ts";
import { bestEpsilon, deltaAfterFailure } from "./rdp-engine.ts";

/**
 * The upper ε after k of the same step, for a live progress line: Rényi divergence of one step is kept per order, and
 * the search for the best order starts where the last one ended, so a call costs microseconds after the first.
 *
 * @param stepEvent - one step.
 * @returns ε(k) for whole k ≥ 0, Infinity allowed; the upper bound of the closed forms and the "rdp" engine of
 *   `account`, up to rounding. The grid engine of `account` can be lower; it is too slow for every step.
 * @throws PrivacyError as `account` does; the returned function `invalid_argument` unless k is a whole number ≥ 0.
 * @guarantee Upper bound, rounded up, for k steps of a schedule fixed in advance.
 */
export function stepwiseEpsilon(
  stepEvent: DpEvent,
  options: { readonly neighboring: Neighboring; readonly delta: number },
): (steps: number) => number {
  const step = compileEvent(validateEvent(stepEvent), options.neighboring);
  const delta = parseDelta(options.delta);
  if (step.spends.some((s) => s.mechanism.kind === "unbounded")) return (k) => (parseSteps(k) === 0 ? 0 : Infinity);
  const rdpAt = cachedByOrder((order) => rdpOfComposition(step, order));
  const isFree = step.spends.length === 0 && step.failure === 0;
  let from: { readonly steps: number; readonly found: LatticeMinimum } | undefined;
  return (k) => {
    const steps = parseSteps(k, "steps");
    if (steps === 0 || isFree) return 0;
    const rest = deltaAfterFailure(delta, step.failure * steps);
    const cap = closedFormEpsilon(step, steps, delta);
    if (rest <= 0) return cap;
    // a warm start is good while steps change little at a time
    const isNear = from !== undefined && steps <= 1.1 * from.steps && steps >= from.steps / 1.1;
    const found = bestEpsilon(rdpAt, steps, rest, isNear ? from?.found : undefined);
    if (found === undefined) return 0;
    from = { steps, found };
    return Math.min(cap, found.value);
  };
}

function closedFormEpsilon(step: Composition, steps: number, delta: number): number {
  const spends = step.spends.map((s) => ({ mechanism: s.mechanism, count: s.count * steps }));
  const whole = mergeCompositions([{ spends, failure: Math.min(1, step.failure * steps) }]);
  const engines = [...exactEngines(whole), pureEngine(whole)].filter((e) => e !== undefined);
  return Math.min(Infinity, ...engines.map((e) => e.epsilonAt(delta).upper));
}
