import { PrivacyError, invalidArgument } from "../core/index.ts";

/** A monotone function, the two ends between which it changes sign, and the end that errs to the right side. */
export interface RootProblem {
  readonly f: (x: number) => number;
  readonly lo: number;
  readonly hi: number;
  /** The end whose sign the answer must have. */
  readonly safe: "lo" | "hi";
  /** Stop when hi − lo ≤ relativeTolerance·|value| + absoluteTolerance; 0 goes on to neighboring doubles. */
  readonly relativeTolerance?: number;
  readonly absoluteTolerance?: number;
}

/** `value` is the end of [lo, hi] on the safe side; the root lies between lo and hi. */
export interface RootBracket {
  readonly value: number;
  readonly lo: number;
  readonly hi: number;
}

/** One end of the bracket and what f is there. */
interface End {
  readonly x: number;
  readonly fx: number;
}

function requireTolerance(name: string, value: number): number {
  if (!(value >= 0 && value < Infinity)) throw invalidArgument(name, "a finite number >= 0", value);
  return value;
}

function evaluate(f: (x: number) => number, x: number): End {
  const fx = f(x);
  if (Number.isNaN(fx)) {
    throw new PrivacyError("numerical_failure", `a sign was wanted of the function at ${x} and it is NaN`, {
      routine: "bracketRoot",
      reason: "NaN",
    });
  }
  return { x, fx };
}

/** Halfway in value, or in logarithm when the ends are positive and far apart. */
function halfway(a: number, b: number): number {
  const [lo, hi] = a < b ? [a, b] : [b, a];
  if (lo > 0 && hi > 4 * lo) return Math.sqrt(lo) * Math.sqrt(hi);
  return lo / 2 + hi / 2;
}

/** The inverse quadratic step through three points as a fraction of the way from `near` to `far`, when it can be trusted. */
function quadraticFraction(near: End, far: End, before: End): number | undefined {
  const xi = (near.x - far.x) / (before.x - far.x);
  const phi = (near.fx - far.fx) / (before.fx - far.fx);
  if (!(phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi)) return undefined;
  const direct = (near.fx / (far.fx - near.fx)) * (before.fx / (far.fx - before.fx));
  const skew = ((before.x - near.x) / (far.x - near.x)) * (near.fx / (before.fx - near.fx));
  const fraction = direct + skew * (far.fx / (before.fx - far.fx));
  return Number.isFinite(fraction) ? fraction : undefined;
}

function finish(safe: End, other: End): RootBracket {
  return { value: safe.x, lo: Math.min(safe.x, other.x), hi: Math.max(safe.x, other.x) };
}

/**
 * Encloses the root of a monotone function and returns the end of the enclosure that lies on the named side: f has
 * there the sign it has at the safe end, or is 0. Calibration relies on it: with f = ε(z) − target and the larger z as
 * the safe end, ε(value) ≤ target.
 *
 * @param problem - lo < hi finite; f may be infinite, may have plateaus and jumps, must not be NaN. Default tolerances:
 * relative 1e-12, absolute 0.
 * @returns The safe end, and the bracket; lo = hi = value when f is 0 at an end that was met.
 * @throws PrivacyError `invalid_argument` when f has the same sign at both ends, or on a range breach;
 * `numerical_failure` when f is NaN.
 * @numerics Bracketing with inverse quadratic steps; whenever three steps have not halved the bracket it is halved, so
 * about 4·log₂((hi − lo)/tolerance) evaluations at most.
 * @source Chandrupatla 1997, Advances in Engineering Software 28(3), 145–149 (when the quadratic step is trusted).
 */
export function bracketRoot(problem: RootProblem): RootBracket {
  const { f, lo, hi } = problem;
  const relative = requireTolerance("relativeTolerance", problem.relativeTolerance ?? 1e-12);
  const absolute = requireTolerance("absoluteTolerance", problem.absoluteTolerance ?? 0);
  if (!(Number.isFinite(lo) && Number.isFinite(hi) && lo < hi))
    throw invalidArgument("lo", `finite and below hi = ${hi}`, lo);
  let safe = evaluate(f, problem.safe === "lo" ? lo : hi);
  let other = evaluate(f, problem.safe === "lo" ? hi : lo);
  if (safe.fx === 0) return finish(safe, safe);
  if (other.fx === 0) return finish(other, other);
  const sign = Math.sign(safe.fx);
  if (Math.sign(other.fx) === sign) {
    throw invalidArgument("lo and hi", "a pair between which f changes sign", `[${lo}, ${hi}]`, "widen the bracket");
  }
  let before: End | undefined;
  let width = Math.abs(safe.x - other.x);
  for (let step = 1; Math.abs(safe.x - other.x) > absolute + relative * Math.abs(safe.x); step++) {
    const middle = halfway(safe.x, other.x);
    if (middle === safe.x || middle === other.x) break;
    const [near, far] = Math.abs(safe.fx) < Math.abs(other.fx) ? [safe, other] : [other, safe];
    let x = middle;
    // every fourth step checks that the bracket shrinks as fast as by halving
    const isSlow = step % 4 === 0 && Math.abs(safe.x - other.x) > width / 2;
    if (step % 4 === 0) width = Math.abs(safe.x - other.x);
    if (!isSlow && before !== undefined) {
      const fraction = quadraticFraction(near, far, before);
      // at least a twentieth of the tolerance from the end, so that the bracket can close from both sides
      const least = (absolute + relative * Math.abs(near.x)) / (2 * Math.abs(far.x - near.x));
      if (fraction !== undefined) x = near.x + Math.min(1 - least, Math.max(least, fraction)) * (far.x - near.x);
    }
    if (!(x > Math.min(safe.x, other.x) && x < Math.max(safe.x, other.x))) x = middle;
    const next = evaluate(f, x);
    if (next.fx === 0) return finish(next, next);
    if (Math.sign(next.fx) === sign) [before, safe] = [safe, next];
    else [before, other] = [other, next];
  }
  return finish(safe, other);
}
