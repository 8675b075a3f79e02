import { invalidArgument } from "../core/index.ts";

/** How many terms of ζ(k) are added one by one; what Euler and Maclaurin leave of the rest is below 2⁻⁵⁵ of it. */
const zetaTerms = 256;

/** (ζ(k) − 1)/k by Euler and Maclaurin (DLMF 25.2.9), the smallest terms first. */
function zetaCoefficient(k: number): number {
  const n = zetaTerms;
  let sum = n ** -k * (n / (k - 1) + 1 / 2 + k / (12 * n) - (k * (k + 1) * (k + 2)) / (720 * n ** 3));
  for (let j = n - 1; j > 1; j--) sum += j ** -k;
  return sum / k;
}

/** k = 2…31: log Γ(2 + z) = (1 − γ)z + Σ (ζ(k) − 1)(−z)ᵏ/k, DLMF 5.7.3 shifted by one. */
const zetas: readonly number[] = /* @__PURE__ */ Array.from({ length: 30 }, (_, i) => zetaCoefficient(i + 2));
const oneMinusEuler = 0.42278433509846713;
const halfLogTwoPi = 0.9189385332046728;
/** Where Stirling's series takes over: nine terms leave less than 2⁻⁵³ of it there. */
const stirlingFrom = 10;

/** B₂ₖ / (2k(2k − 1)), k = 1…9. */
const stirlingTerms: readonly number[] = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  5 / 5940,
  -691 / 360_360,
  1 / 156,
  -3617 / 122_400,
  43_867 / 244_188,
];

/** log Γ(2 + z) for |z| ≤ 1/2. */
function logGammaNearTwo(z: number): number {
  let sum = 0;
  for (let k = zetas.length - 1; k >= 0; k--) sum = zetas[k] - z * sum;
  return z * (oneMinusEuler + z * sum);
}

/** log Γ(x) − [(x − ½)log x − x + ½ log 2π] for x ≥ 10; the series is enveloping (DLMF 5.11.1). */
export function stirlingRemainder(x: number): number {
  const inverse = 1 / x;
  const square = inverse * inverse;
  let sum = 0;
  for (let k = stirlingTerms.length - 1; k >= 0; k--) sum = stirlingTerms[k] + square * sum;
  return sum * inverse;
}

/**
 * log Γ(x) for x > 0.
 *
 * @throws PrivacyError `invalid_argument` unless x > 0.
 * @numerics Relative error ≤ 2e-15 (near its zeros 1 and 2 too), given log and log1p within 2 ulp.
 * @source DLMF 1.2.1 (2024), 5.5.1, 5.7.3, 5.11.1, 25.2.9.
 */
export function logGamma(x: number): number {
  if (!(x > 0)) throw invalidArgument("x", "a number > 0", x);
  if (x === Infinity) return Infinity;
  if (x >= stirlingFrom) return (x - 0.5) * Math.log(x) - x + halfLogTwoPi + stirlingRemainder(x);
  if (x < 0.5) return logGammaNearTwo(x) - Math.log1p(x) - Math.log(x);
  if (x < 1.5) return logGammaNearTwo(x - 1) - Math.log1p(x - 1);
  let shifted = x;
  let product = 1;
  while (shifted > 2.5) {
    shifted -= 1;
    product *= shifted;
  }
  return logGammaNearTwo(shifted - 2) + Math.log(product);
}

/** log Γ(b) − log Γ(a + b) for b ≥ 10, without subtracting two large numbers. */
function logGammaDrop(a: number, b: number): number {
  const ratio = Math.log1p(a / b);
  return a - a * Math.log(b) - (a + b - 0.5) * ratio + stirlingRemainder(b) - stirlingRemainder(a + b);
}

/**
 * log B(a, b) = log Γ(a) + log Γ(b) − log Γ(a + b).
 *
 * @param a - finite, > 0.
 * @param b - finite, > 0.
 * @throws PrivacyError `invalid_argument` on a range breach.
 * @numerics Relative error ≤ 1e-14 plus absolute error ≤ 4e-15 (it crosses 0), for a, b up to 1e15: the large terms of
 * the three logarithms are cancelled by hand.
 * @source Didonato and Morris 1992, ACM TOMS 18(3), 360–373, section 5 (the decomposition).
 */
export function logBeta(a: number, b: number): number {
  if (!(a > 0 && a < Infinity)) throw invalidArgument("a", "a finite number > 0", a);
  if (!(b > 0 && b < Infinity)) throw invalidArgument("b", "a finite number > 0", b);
  const small = Math.min(a, b);
  const large = Math.max(a, b);
  if (large < stirlingFrom) return logGamma(small) + logGamma(large) - logGamma(small + large);
  if (small < stirlingFrom) return logGamma(small) + logGammaDrop(small, large);
  const remainder = stirlingRemainder(small) + stirlingRemainder(large) - stirlingRemainder(small + large);
  const odds = small / large;
  const powers = (small - 0.5) * Math.log(odds / (1 + odds)) - large * Math.log1p(odds);
  return powers - 0.5 * Math.log(large) + halfLogTwoPi + remainder;
}

/** log of the binomial coefficient as an exact integer, where the running product stays below 2⁵³; else undefined. */
function exactBinomial(n: number, k: number): number | undefined {
  let coefficient = 1;
  for (let i = 1; i <= k; i++) {
    const product = coefficient * (n - k + i);
    if (product > Number.MAX_SAFE_INTEGER) return undefined;
    coefficient = product / i;
  }
  return coefficient;
}

/**
 * log C(n, k).
 *
 * @param n - a whole number ≥ 0.
 * @param k - a whole number in [0, n].
 * @throws PrivacyError `invalid_argument` on a range breach.
 * @numerics Relative error ≤ 1e-14, n up to 1e15.
 */
export function logBinomial(n: number, k: number): number {
  if (!(Number.isSafeInteger(n) && n >= 0)) throw invalidArgument("n", "a whole number >= 0", n);
  if (!(Number.isSafeInteger(k) && k >= 0 && k <= n)) throw invalidArgument("k", `a whole number in [0, ${n}]`, k);
  const fewer = Math.min(k, n - k);
  const exact = exactBinomial(n, fewer);
  return exact === undefined ? -Math.log1p(n) - logBeta(fewer + 1, n - fewer + 1) : Math.log(exact);
}
