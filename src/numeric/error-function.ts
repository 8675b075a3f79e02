import { invalidArgument } from "../core/index.ts";

/** e^(−k²/4), k = 1…13: the weights of the trapezoidal rule of step 1/2; the next one is below 2⁻⁷⁰. */
const weights: readonly number[] = /* @__PURE__ */ Array.from({ length: 13 }, (_, i) => Math.exp(-((i + 1) ** 2) / 4));
const inverseSqrtPi = 0.5641895835477563;

/** erf x for |x| ≤ 1/2 by its Maclaurin series, so that erf x / x keeps its relative accuracy at 0. */
export function erfNearZero(x: number): number {
  const square = x * x;
  let term = 1;
  let sum = 0;
  for (let k = 1; k < 30 && Math.abs(term) > 1e-18; k++) {
    term *= -square / k;
    sum += term / (2 * k + 1);
  }
  return 2 * inverseSqrtPi * (x + x * sum);
}

/** exp(−x²/divisor) for divisor 1 or 2: the square is split so that its rounding is not multiplied by x². */
export function expMinusSquare(x: number, divisor: 1 | 2): number {
  const magnitude = Math.abs(x);
  if (magnitude > 1e3) return 0;
  const high = Math.fround(magnitude);
  // high has 24 bits, so its square is exact
  return Math.exp((-high * high) / divisor) * Math.exp((-(magnitude - high) * (magnitude + high)) / divisor);
}

/**
 * erfcx for x ≥ 1/2: the trapezoidal rule of step h = 1/2 on (x/π)∫ exp(−t²)/(x² + t²) dt. The pole at ix is known,
 * and what it adds is taken off exactly while ix lies within the strip |Im t| < π/h; what remains is below
 * 2·exp(−π²/h²) = 1.5e−17.
 */
function erfcxByTrapezoid(x: number): number {
  const square = x * x;
  let sum = 0;
  for (let k = weights.length; k >= 1; k--) sum += weights[k - 1] / (square + (k * k) / 4);
  const rule = (x / (2 * Math.PI)) * (1 / square + 2 * sum);
  return x < 2 * Math.PI ? rule + (2 * Math.exp(square)) / -Math.expm1(4 * Math.PI * x) : rule;
}

/**
 * The scaled complementary error function exp(x²)·erfc(x).
 *
 * @param x - any number but NaN; below −26.6 the value overflows to Infinity.
 * @throws PrivacyError `invalid_argument` on NaN.
 * @numerics Relative error ≤ 1e-15 for x ≥ 0, given exp and expm1 within 2 ulp; for x < 0 it is ≤ 1e-15·(1 + x²).
 * @source Hunter and Regan 1972, Math. Comp. 26, 539–541, after Chiarella and Reichel 1968, Math. Comp. 22, 137–143.
 */
export function erfcx(x: number): number {
  if (Number.isNaN(x)) throw invalidArgument("x", "a number", x);
  if (x < -0.5) return x < -27 ? Infinity : 2 / expMinusSquare(x, 1) - erfcx(-x);
  if (x < 0.5) return Math.exp(x * x) * (1 - erfNearZero(x));
  // the next term of the asymptotic series is 1/(2x²) < 2⁻⁵³ of this one
  if (x > 1e8) return inverseSqrtPi / x;
  return erfcxByTrapezoid(x);
}

/**
 * The complementary error function, 2/√π · ∫ₓ^∞ exp(−t²) dt.
 *
 * @param x - any number but NaN; above 27.3 the value is below every double and 0 is returned.
 * @throws PrivacyError `invalid_argument` on NaN.
 * @numerics Relative error ≤ 2e-15 down to values of 1e-300, given exp within 2 ulp; below that the doubles thin out.
 */
export function erfc(x: number): number {
  if (Number.isNaN(x)) throw invalidArgument("x", "a number", x);
  if (x < -0.5) return 2 - erfc(-x);
  if (x < 0.5) return 1 - erfNearZero(x);
  return x > 28 ? 0 : expMinusSquare(x, 1) * erfcx(x);
}
