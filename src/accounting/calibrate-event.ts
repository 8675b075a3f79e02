import { PrivacyError, invalidArgument, parseDelta, parseTargetEpsilon } from "../core/index.ts";
import type { DpEvent, Neighboring } from "../events/index.ts";
import { bracketRoot } from "../numeric/index.ts";
import { account } from "./account.ts";
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
 * @numerics At most about 4·log₂(bracket / tolerance) prices, and 53 more when the edge is a jump.
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

/** Where to look for an edge, all of it checked. */
export interface EdgeRange {
  readonly lo: number;
  readonly hi: number;
  readonly increasing: boolean;
  readonly integer: boolean;
  readonly tolerance: number;
  readonly guess: number | undefined;
  /** Factor of the first walk from the guess. */
  readonly stride: number;
}

/** The last value within the target and the first beyond it; one of them is null when the whole bracket is on one side. */
export interface Edge {
  readonly inside: number | null;
  readonly beyond: number | null;
}

function checkedRange(problem: CalibrationProblem): EdgeRange {
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
  return { lo, hi, increasing, integer, tolerance, guess, stride: 4 };
}

/** Walks out from the guess, if there is one, until the target is crossed; then halves and interpolates in between. */
export function findEdge(
  problem: EdgeRange & { readonly epsilonAt: (value: number) => number; readonly target: number },
): Edge {
  const { increasing, epsilonAt, target } = problem;
  const [safeEnd, farEnd] = increasing ? [problem.lo, problem.hi] : [problem.hi, problem.lo];
  const fits = (x: number): boolean => epsilonAt(x) <= target;
  let inside: number | null = null;
  let beyond: number | null = null;
  let at = problem.guess ?? safeEnd;
  for (;;) {
    const isInside = fits(at);
    if (isInside) inside = at;
    else beyond = at;
    if (inside !== null && beyond !== null) break;
    const end = isInside ? farEnd : safeEnd;
    if (at === end) return { inside, beyond };
    at = problem.guess === undefined ? end : walk(at, end, problem);
  }
  return problem.integer ? wholeEdge(inside, beyond, fits) : realEdge(problem, inside, beyond);
}

/** The next value towards an end of the bracket, by the stride; the end itself once that is near, or 0 and far. */
function walk(at: number, end: number, { stride, integer, guess = 1 }: EdgeRange): number {
  if (end > at) return Math.min(end, integer ? Math.ceil(at * stride) : at * stride);
  const next = integer ? Math.floor(at / stride) : at / stride;
  return next <= end || next < 1e-12 * guess ? end : next;
}

function wholeEdge(inside: number, beyond: number, fits: (x: number) => boolean): Edge {
  while (Math.abs(inside - beyond) > 1) {
    const [lo, hi] = inside < beyond ? [inside, beyond] : [beyond, inside];
    const middle = lo > 0 && hi / lo > 8 ? Math.round(Math.sqrt(lo) * Math.sqrt(hi)) : lo + Math.floor((hi - lo) / 2);
    if (fits(middle)) inside = middle;
    else beyond = middle;
  }
  return { inside, beyond };
}

function realEdge(
  problem: EdgeRange & { readonly epsilonAt: (value: number) => number; readonly target: number },
  inside: number,
  beyond: number,
): Edge {
  const { epsilonAt, target, tolerance } = problem;
  const found = bracketRoot({
    // a value that meets the target exactly is inside, and the search goes on for the one beyond
    f: (x) => {
      const excess = epsilonAt(x) - target;
      return excess === 0 ? -Number.MIN_VALUE : excess;
    },
    lo: Math.min(inside, beyond),
    hi: Math.max(inside, beyond),
    safe: inside < beyond ? "lo" : "hi",
    relativeTolerance: tolerance * 0.9,
    // an edge at 0 is not worth a thousand halvings
    absoluteTolerance: tolerance * 1e-9 * (problem.guess ?? problem.hi - problem.lo),
  });
  return { inside: found.value, beyond: found.value === found.lo ? found.hi : found.lo };
}

function unreachable(target: number, best: Guarantee, value: number | null): PrivacyError<"invalid_argument"> {
  return invalidArgument(
    "targetEpsilon",
    `at least ${best.epsilon.upper}, the epsilon at delta ${best.delta} of the most private value tried (${value})`,
    target,
    "raise the target or delta, or change what was held fixed",
  );
}
