import { invalidArgument } from "../core/index.ts";
import { normalCdf, normalQuantile } from "../numeric/index.ts";
import { readUnit } from "./argument.ts";

// a cap is an upper bound: moved up by more than the rounding of the few operations below
const up = (value: number): number => Math.min(1, value * (1 + 1e-14));
// Φ and its inverse are good to about 1e-14 relative; the composition loses a few digits in the tail
const upGaussian = (value: number): number => Math.min(1, value * (1 + 1e-11));

function checkClaim(epsilon: number, delta: number): void {
  if (!(epsilon >= 0)) throw invalidArgument("epsilon", "a number >= 0 or Infinity", epsilon);
  readUnit(delta, "delta");
}

/**
 * The largest true-positive rate that any membership attack can reach at a false-positive rate against an (ε, δ)-DP
 * release, whatever it knows beside the record.
 *
 *   TPR ≤ min(1, e^ε · FPR + δ, 1 − e^−ε (1 − δ − FPR))
 *
 * @param epsilon - ≥ 0, in nats; Infinity means no claim, and the cap is 1.
 * @param delta - in [0, 1].
 * @param fpr - in [0, 1].
 * @returns the cap in [0, 1], rounded up.
 * @throws PrivacyError `invalid_argument`.
 * @guarantee Upper bound on the expected TPR when members and non-members differ by the claim's neighboring relation.
 * @source Kairouz, Oh, Viswanath 2017, IEEE Transactions on Information Theory 63(6), theorem 2.1 (arXiv:1311.0776).
 * @example maxTpr(1, 0, 0.01) // 0.027183
 */
export function maxTpr(epsilon: number, delta: number, fpr: number): number {
  checkClaim(epsilon, delta);
  readUnit(fpr, "fpr");
  if (epsilon === Infinity) return 1;
  const linear = (fpr === 0 ? 0 : Math.exp(epsilon) * fpr) + delta;
  // 1 − e^−ε (1 − δ − FPR) as a sum of terms ≥ 0: the difference would lose what little a small claim allows
  const mirrored = -Math.expm1(-epsilon) + Math.exp(-epsilon) * Math.min(1, delta + fpr);
  return Math.min(up(linear), up(mirrored));
}

/**
 * The largest advantage (TPR − FPR) under an (ε, δ) claim: 1 − 2 (1 − δ) / (1 + e^ε).
 * @returns the cap in [0, 1], rounded up.
 * @source as `maxTpr`; the maximum lies at the corner of the region, where TPR + FPR = 1.
 */
export function maxAdvantage(epsilon: number, delta: number): number {
  checkClaim(epsilon, delta);
  return up((Math.tanh(epsilon / 2) * (1 - delta) + delta) * (1 + 1e-15));
}

/**
 * The largest AUC under an (ε, δ) claim: the area under the cap of `maxTpr`. For δ = 0 it is e^ε / (1 + e^ε).
 * @returns the cap in [1/2, 1], rounded up.
 * @source as `maxTpr`, integrated over the false-positive rate: with c = (1 − δ) / (1 + e^ε) the corner's FPR, the
 *   curve runs from (0, δ) over (c, 1 − c) to (1 − δ, 1).
 */
export function maxAuc(epsilon: number, delta: number): number {
  checkClaim(epsilon, delta);
  const c = (1 - delta) / (1 + Math.exp(epsilon));
  return up((c * (delta + 1 - c)) / 2 + ((1 - delta - c) * (2 - c)) / 2 + delta);
}

/**
 * The cap of a Gaussian (μ-GDP) claim, far below that of its (ε, δ) points: Φ(Φ⁻¹(FPR) + μ).
 * @param mu - ≥ 0.
 * @param fpr - in [0, 1].
 * @returns the cap in [0, 1], rounded up.
 * @source Dong, Roth, Su 2022, arXiv:1905.02383, equation 6.
 * @example maxTprGaussian(1, 0.001) // 0.0183
 */
export function maxTprGaussian(mu: number, fpr: number): number {
  if (!(mu >= 0 && mu < Infinity)) throw invalidArgument("mu", "a finite number >= 0", mu);
  readUnit(fpr, "fpr");
  if (fpr === 0 || fpr === 1) return fpr;
  return upGaussian(normalCdf(normalQuantile(fpr) + mu));
}
