import { PrivacyError } from "../core/index.ts";

/**
 * The sum of values with one running correction.
 *
 * @param values - shape [n], any finite numbers or infinities of one sign; empty gives 0.
 * @throws PrivacyError `numerical_failure` when the sum is NaN.
 * @numerics |error| ≤ u·|Σ v| + (n u)²·Σ|v| up to higher order, u = 2⁻⁵³.
 * @source Neumaier 1974, ZAMM 54, 39–51 (algorithm IV).
 */
export function compensatedSum(values: ArrayLike<number>): number {
  let sum = 0;
  let correction = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const next = sum + value;
    correction += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  // with an infinite sum the correction is Infinity − Infinity
  const total = Math.abs(sum) === Infinity ? sum : sum + correction;
  if (Number.isNaN(total)) {
    throw new PrivacyError("numerical_failure", "a sum of numbers was wanted and it came out NaN; look at its terms", {
      routine: "compensatedSum",
      reason: "NaN, or infinities of both signs",
    });
  }
  return total;
}
