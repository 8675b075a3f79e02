import { PrivacyError, invalidArgument } from "../core/index.ts";

function requireNotNaN(value: number, routine: string): number {
  if (Number.isNaN(value)) {
    throw new PrivacyError(
      "numerical_failure",
      `${routine} wanted comparable numbers and got NaN or Infinity − Infinity`,
      {
        routine,
        reason: "NaN",
      },
    );
  }
  return value;
}

/**
 * log(eᵃ + eᵇ).
 *
 * @param a - log of a number ≥ 0; −Infinity is log 0, Infinity is allowed.
 * @param b - likewise.
 * @throws PrivacyError `numerical_failure` on NaN.
 * @numerics Absolute error ≤ 3u·max(1, |result|), u = 2⁻⁵³, given exp and log1p within 1 ulp.
 */
export function logAdd(a: number, b: number): number {
  if (a === b) return requireNotNaN(a, "logAdd") + Math.LN2;
  const high = a > b ? a : b;
  const low = a > b ? b : a;
  if (high === Infinity) return requireNotNaN(low, "logAdd") + Infinity;
  return requireNotNaN(high + Math.log1p(Math.exp(low - high)), "logAdd");
}

/**
 * log(eᵃ − eᵇ), for a ≥ b.
 *
 * @returns −Infinity when a = b.
 * @throws PrivacyError `invalid_argument` when a < b: the difference would be negative; `numerical_failure` on NaN and
 * on two infinities of the plus sign.
 * @numerics As accurate as a − b is: an error e in a or b moves the result by e / (1 − e^(b−a)).
 */
export function logSub(a: number, b: number): number {
  if (a < b)
    throw invalidArgument("a", `at least b = ${b}`, a, "the logarithm of a negative difference does not exist");
  if (b === -Infinity) return requireNotNaN(a, "logSub");
  if (a === Infinity && b === Infinity) return requireNotNaN(NaN, "logSub");
  return requireNotNaN(a === b ? -Infinity : a + log1mexp(b - a), "logSub");
}

/**
 * log Σ exp(vᵢ).
 *
 * @param values - shape [n], logs; empty gives −Infinity (the log of an empty sum).
 * @throws PrivacyError `numerical_failure` on NaN.
 * @numerics Absolute error ≤ (n + 3)u·max(1, |result|), u = 2⁻⁵³; the largest term enters exactly.
 */
export function logSumExp(values: ArrayLike<number>): number {
  let top = -1;
  for (let i = 0; i < values.length; i++) {
    if (requireNotNaN(values[i], "logSumExp") > (top < 0 ? -Infinity : values[top])) top = i;
  }
  if (top < 0) return -Infinity;
  const max = values[top];
  if (max === Infinity) return Infinity;
  let rest = 0;
  for (let i = 0; i < values.length; i++) if (i !== top) rest += Math.exp(values[i] - max);
  return max + Math.log1p(rest);
}

/**
 * log(1 − eˣ) for x ≤ 0.
 *
 * @returns −Infinity at x = 0.
 * @throws PrivacyError `invalid_argument` unless x ≤ 0.
 * @numerics Relative error ≤ 4u, u = 2⁻⁵³.
 * @source Mächler 2012, "Accurately computing log(1 − exp(−|a|))", Rmpfr vignette, eq. 7 (the switch at log 2).
 */
export function log1mexp(x: number): number {
  if (!(x <= 0)) throw invalidArgument("x", "a number <= 0", x);
  return x > -Math.LN2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x));
}

/**
 * log(eˣ − 1) for x ≥ 0, without overflow.
 *
 * @returns −Infinity at x = 0.
 * @throws PrivacyError `invalid_argument` unless x ≥ 0.
 * @numerics Absolute error ≤ 4u·max(1, |result|), u = 2⁻⁵³ (the result crosses 0 at log 2).
 */
export function logExpm1(x: number): number {
  if (!(x >= 0)) throw invalidArgument("x", "a number >= 0", x);
  return x < 1 ? Math.log(Math.expm1(x)) : x + Math.log1p(-Math.exp(-x));
}
