import { PrivacyError, invalidArgument } from "../core/index.ts";
import { ulpOfOne } from "../numeric/index.ts";

/**
 * Converts a Rényi divergence at one order to the ε it implies at δ:
 *
 *   ε = ρ + log(1 − 1/α) − log(δ·α)/(α − 1)
 *
 * @param rdp - ρ in nats, ≥ 0; Infinity allowed.
 * @param order - α > 1.
 * @param delta - in (0, 1).
 * @returns ε in nats, ≥ 0; Infinity where ρ is.
 * @throws PrivacyError `invalid_argument` on a range breach; `numerical_failure` when ρ is negative or NaN.
 * @guarantee Upper bound for any mechanism whose Rényi divergence of this order is at most ρ, both ways; rounded up.
 * @numerics Absolute error at most 4 ulp of the largest term, added; δ down to 1e-300.
 * @source Canonne, Kamath, Steinke 2020, arXiv:2004.00010v4, Prop. 12 (also Balle et al. 2020, arXiv:1905.09982v2, Thm 21).
 * @example epsilonFromRdp(4, 8, 1e-5) // 5.2141…
 */
export function epsilonFromRdp(rdp: number, order: number, delta: number): number {
  checkConversion(rdp, order);
  if (!(delta > 0 && delta < 1)) throw invalidArgument("delta", "a number in (0, 1)", delta);
  return epsilonFromRdpUnchecked(rdp, order - 1, Math.log(delta));
}

/** The same, given α − 1 and log δ, for loops over orders. */
export function epsilonFromRdpUnchecked(rdp: number, orderExcess: number, logDelta: number): number {
  if (rdp === Infinity) return Infinity;
  const logOrder = Math.log1p(orderExcess);
  const shrink = Math.log(orderExcess) - logOrder;
  const tail = (logDelta + logOrder) / orderExcess;
  const error = 4 * ulpOfOne * (rdp + Math.abs(shrink) + (Math.abs(logDelta) + logOrder) / orderExcess);
  return Math.max(0, rdp + shrink - tail + error);
}

/**
 * The logarithm of the δ that a Rényi divergence at one order implies at ε: (α − 1)(ρ − ε + log(1 − 1/α)) − log α, at
 * most 0. Same source, guarantee and rounding as {@link epsilonFromRdp}.
 */
export function logDeltaFromRdp(rdp: number, orderExcess: number, epsilon: number): number {
  if (rdp === Infinity) return 0;
  const logOrder = Math.log1p(orderExcess);
  const shrink = Math.log(orderExcess) - logOrder;
  const error = 4 * ulpOfOne * (orderExcess * (rdp + epsilon + Math.abs(shrink)) + logOrder);
  return Math.min(0, orderExcess * (rdp - epsilon + shrink) - logOrder + error);
}

/**
 * An upper bound on the total variation distance, hence on δ at any ε ≥ 0, from a Rényi divergence of any order:
 * the smaller of √(ρ/2) (Pinsker) and √(1 − exp(−ρ)) (Bretagnolle, Huber), since the KL divergence is at most ρ.
 *
 * @source Canonne 2022, arXiv:2202.07198v2, eqs 1 and 4.
 */
export function totalVariationFromRdp(rdp: number): number {
  return Math.min(1, Math.sqrt(Math.min(rdp / 2, -Math.expm1(-rdp))) * (1 + 1e-14));
}

/**
 * A δ at or above exp(logDelta): a probability that no double is small enough for is not 0.
 *
 * @param logDelta - −Infinity for what can not happen.
 * @numerics Relative error at most 2e-15, added; results below 1e-300 are rounded up to it.
 */
export function deltaFromAbove(logDelta: number): number {
  return logDelta === -Infinity ? 0 : Math.min(1, Math.max(1e-300, Math.exp(logDelta) * (1 + 2e-15)));
}

function checkConversion(rdp: number, order: number): void {
  if (!(rdp >= 0)) {
    throw new PrivacyError("numerical_failure", `a divergence >= 0 was wanted at order ${order} and it is ${rdp}`, {
      routine: "epsilonFromRdp",
      reason: "not a divergence",
    });
  }
  if (!(order > 1 && order < Infinity)) throw invalidArgument("order", "a finite number > 1", order);
}
