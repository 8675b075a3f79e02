import { PrivacyError, invalidArgument } from "../core/index.ts";

/** A function that falls and then rises between two ends. */
export interface MinimumProblem {
  readonly f: (x: number) => number;
  readonly lo: number;
  readonly hi: number;
  /** Points of a first, even scan that finds the valley; default 12, at least 3. */
  readonly scanPoints?: number;
  /** Stop when hi − lo ≤ relativeTolerance·|x| + absoluteTolerance; default 1e-8 (half the digits is all a minimum has). */
  readonly relativeTolerance?: number;
  readonly absoluteTolerance?: number;
}

/** The smallest value that was seen, where it was seen, and the bracket that was left. */
export interface Minimum {
  readonly x: number;
  readonly value: number;
  readonly lo: number;
  readonly hi: number;
}

const inverseGolden = (Math.sqrt(5) - 1) / 2;

/**
 * The minimum of a unimodal function by an even scan and golden sections. `value` is f at a point, so where every f(x)
 * is an upper bound the value is one too, unimodal or not.
 *
 * @param problem - lo < hi finite; f may be +Infinity, must not be NaN.
 * @throws PrivacyError `invalid_argument` on a range breach; `numerical_failure` when f is NaN.
 * @source Kiefer 1953, Proc. AMS 4, 502–506.
 */
export function goldenSectionMinimum(problem: MinimumProblem): Minimum {
  const { f, lo, hi, scanPoints = 12, relativeTolerance = 1e-8, absoluteTolerance = 0 } = problem;
  if (!(Number.isFinite(lo) && Number.isFinite(hi) && lo < hi))
    throw invalidArgument("lo", `finite and below hi = ${hi}`, lo);
  if (!(Number.isSafeInteger(scanPoints) && scanPoints >= 3))
    throw invalidArgument("scanPoints", "a whole number >= 3", scanPoints);
  if (!(relativeTolerance >= 0 && absoluteTolerance >= 0))
    throw invalidArgument("relativeTolerance", "a number >= 0", relativeTolerance);
  let best = { x: lo, value: Infinity };
  const at = (x: number): number => {
    const value = f(x);
    if (Number.isNaN(value)) {
      throw new PrivacyError("numerical_failure", `a value was wanted of the function at ${x} and it is NaN`, {
        routine: "goldenSectionMinimum",
        reason: "NaN",
      });
    }
    if (value < best.value) best = { x, value };
    return value;
  };
  const step = (hi - lo) / (scanPoints - 1);
  for (let i = 0; i < scanPoints; i++) at(i === scanPoints - 1 ? hi : lo + i * step);
  let [a, b] = [Math.max(lo, best.x - step), Math.min(hi, best.x + step)];
  let [c, d] = [b - inverseGolden * (b - a), a + inverseGolden * (b - a)];
  let [fc, fd] = [at(c), at(d)];
  // below √ulp the values differ by rounding alone; 200 sections go beyond any double's width
  for (let i = 0; i < 200 && b - a > absoluteTolerance + relativeTolerance * Math.abs(best.x); i++) {
    if (fc < fd) {
      [b, d, fd] = [d, c, fc];
      c = b - inverseGolden * (b - a);
      fc = at(c);
    } else {
      [a, c, fc] = [c, d, fd];
      d = a + inverseGolden * (b - a);
      fd = at(d);
    }
  }
  return { x: best.x, value: best.value, lo: a, hi: b };
}
