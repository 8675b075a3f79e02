import { PrivacyError, invalidArgument, parseDelta, parseTargetEpsilon } from "../core/index.ts";
import type { DpEvent, Neighboring } from "../events/index.ts";
import { account } from "./account.ts";
import { type EdgeProblem, findEdge } from "./edge-search.ts";
import type { Guarantee } from "./guarantee.ts";

/** A parameter and the certified guarantee it gives. */
export interface Calibration {
  readonly value: number;
  readonly guarantee: Guarantee;
}

/** The same, with the nearest value that was tried beyond it. */
export interface EdgeCalibration extends Calibration {
  /**
   * A value further out whose ε exceeds the target: the next whole number for integers, else at most `tolerance` away; null
   * when the value is the bracket's own end, so that nothing in the bracket exceeds the target there.
   */
  readonly beyond: { readonly value: number; readonly epsilon: number } | null;
}

/** Which parameter of which event is sought. */
export interface CalibrationProblem {
  /** The event at a value of the parameter; called for values in the bracket only. */
  readonly template: (value: number) => DpEvent;
  /** Whether ε grows with the value: then the largest value within the target is sought, else the smallest. */
  readonly increasing: boolean;
  /** The values that may be tried, lo < hi, finite. */
  readonly bracket: readonly [number, number];
  /** Only whole numbers. */
  readonly integer?: boolean;
  readonly targetEpsilon: number;
  readonly delta: number;
  readonly neighboring: Neighboring;
  /** Distance to the value beyond, relative to the value, or to a billionth of the guess or bracket; 1e-6 unless stated. */
  readonly tolerance?: number;
  /** Where to look first, > 0 and in the bracket; without it the ends of the bracket are tried first. */
  readonly guess?: number;
}

/**
 * The value of one parameter of any event at which the target is just kept.
 *
 * @returns value, its guarantee with epsilon.upper ≤ targetEpsilon, and the value beyond it that exceeds the target.
 * @throws PrivacyError `invalid_argument` on a range breach, or when no end of the bracket keeps the target, with the ε
 *   that the bracket can reach; `unsupported_event` as `account`; `numerical_failure` when a template is not a function.
 * @guarantee The guarantee is that of `account` at the value, not of the search: it holds for templates that jump, or are
 *   not monotone, or were said to grow when they fall. For these the value is an edge, and there may be others.
 * @numerics Some eight prices where ε is smooth, at most about 4·log₂(bracket / tolerance), and 53 more at a jump.
 * @example calibrate({ template: gaussian, increasing: false, bracket: [0.1, 100], targetEpsilon: 1, delta: 1e-6, neighboring: "add-or-remove-one" }).value // 4.2246…
 */
export function calibrate(problem: CalibrationProblem): EdgeCalibration {
  const target = parseTargetEpsilon(problem.targetEpsilon);
  const delta = parseDelta(problem.delta);
  const known = new Map<number, Guarantee>();
  const priceAt = (value: number): Guarantee => {
    const found = known.get(value);
    if (found !== undefined) return found;
    const event = problem.template(value);
    const guarantee = account(event, { neighboring: problem.neighboring }).guarantee({ delta });
    known.set(value, guarantee);
    return guarantee;
  };
  const edge = findEdge({ ...checkedRange(problem), epsilonAt: (x) => priceAt(x).epsilon.upper, target });
  if (edge.inside === null) throw unreachable(target, priceAt(edge.beyond ?? NaN), edge.beyond);
  const { inside, beyond } = edge;
  return Object.freeze({
    value: inside,
    guarantee: priceAt(inside),
    beyond: beyond === null ? null : Object.freeze({ value: beyond, epsilon: priceAt(beyond).epsilon.upper }),
  });
}

function checkedRange(problem: CalibrationProblem): Omit<EdgeProblem, "epsilonAt" | "target"> {
  const { increasing, integer = false, tolerance = 1e-6, guess } = problem;
  const [lo, hi] = problem.bracket;
  if (!(Number.isFinite(lo) && Number.isFinite(hi) && lo < hi)) {
    throw invalidArgument("bracket", "two finite numbers, the smaller first", `[${lo}, ${hi}]`);
  }
  if (integer && !(Number.isSafeInteger(lo) && Number.isSafeInteger(hi))) {
    throw invalidArgument("bracket", "two whole numbers up to 2^53 - 1", `[${lo}, ${hi}]`);
  }
  if (!(tolerance >= 0 && tolerance < 1)) throw invalidArgument("tolerance", "a number in [0, 1)", tolerance);
  if (guess !== undefined && !(guess > 0 && guess >= lo && guess <= hi && (!integer || Number.isSafeInteger(guess)))) {
    throw invalidArgument("guess", `a value > 0 in the bracket [${lo}, ${hi}]`, guess);
  }
  return { lo, hi, increasing, integer, tolerance, guess };
}

function unreachable(target: number, best: Guarantee, value: number | null): PrivacyError<"invalid_argument"> {
  return invalidArgument(
    "targetEpsilon",
    `at least ${best.epsilon.upper}, the epsilon at delta ${best.delta} of the most private value tried (${value})`,
    target,
    "raise the target or delta, or change what was held fixed",
  );
}
