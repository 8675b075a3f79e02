import { logAdd, logBinomial } from "../numeric/index.ts";
import type { SampledCompositionMechanism } from "./mechanism.ts";

/** Rounding of sums of up to this many terms, added. */
const sumError = 1e-12;
/** Beyond this order the sums cost too much; sampling is then not counted. */
const largestOrder = 1024;

/**
 * Rényi divergence of real order α > 1 of a mechanism on a Poisson sample, from that on the batch, ε(k).
 *
 * With the record (P) against without (Q), whole α: E_Q[(1 − q + q·r)^α] is the binomial sum Σ C(α,k)(1−q)^(α−k)q^k·E_Q[r^k],
 * E_Q[r^k] ≤ exp((k−1)ε(k)). The other way round the moment is E_Q[(1 − q + q·r)^(1−α)] and at most the smaller of
 *
 *   1 + ½α(α−1)·q²(1−q)^−(α+1)·(e^ε(2) − 1)      (Taylor's remainder, since E_Q[r] = 1)
 *   Σ C(α−1,k)(1−q)^(α−1−k)q^k·e^(kε(k+1))       (1/(1 − q + q·r) ≤ 1 − q + q/r)
 *
 * Where a reflection exchanges the laws with and without the record, the first direction is the worse one.
 * Between whole orders the chord of (α − 1)·D_α, which is convex, from 0 at α = 1.
 *
 * @param rdpOfInner - ε(k) on the batch, both directions.
 * @returns nats, rounded up; never above ε(α) itself.
 * @guarantee Upper bound in both directions. Where `isRevealed`, 1 − q + q·exp((α−1)ε(α)) alone, by joint convexity.
 * @source Mironov, Talwar, Zhang 2019, arXiv:1908.10530v1, Thm 5 (reflections); Steinke 2022, arXiv:2210.00597v4, section 6 (the binomial sum); the other direction: own proof, above.
 */
export function rdpOfSampledComposition(
  m: SampledCompositionMechanism,
  order: number,
  rdpOfInner: (order: number) => number,
): number {
  const whole = rdpOfInner(order);
  if (!(whole < Infinity)) return Infinity;
  const q = m.samplingProbability;
  const logWhole = (order - 1) * whole;
  const revealed = logWhole < 30 ? Math.log1p(q * Math.expm1(logWhole)) : Math.log(q) + logWhole + (1 / q) * 1e-13;
  let logMoment = Math.min(logWhole, revealed);
  if (!m.isRevealed && order <= largestOrder) {
    const [below, above] = [Math.floor(order), Math.floor(order) + 1];
    const share = order - below;
    const [a, b] = [logMomentAt(m, below, rdpOfInner), logMomentAt(m, above, rdpOfInner)];
    logMoment = Math.min(logMoment, share === 0 ? a : (1 - share) * a + share * b);
  }
  return (logMoment / (order - 1)) * (1 + sumError);
}

/** log of the moment at a whole order ≥ 1, the worse direction, from above. */
function logMomentAt(m: SampledCompositionMechanism, order: number, rdpOfInner: (order: number) => number): number {
  if (order === 1) return 0;
  const q = m.samplingProbability;
  const [logQ, log1mQ] = [Math.log(q), Math.log1p(-q)];
  // both sums less 1, so that nothing is lost for small q: their weights alone add up to 1
  let [remove, add] = [-Infinity, -Infinity];
  for (let k = 1; k <= order; k++) {
    const exponent = k === 1 ? 0 : (k - 1) * rdpOfInner(k);
    if (!(exponent < Infinity)) return Infinity;
    const logExcess = logExpm1(exponent);
    remove = logAdd(remove, logBinomial(order, k) + k * logQ + (order - k) * log1mQ + logExcess);
    add = logAdd(add, logBinomial(order - 1, k - 1) + (k - 1) * logQ + (order - k) * log1mQ + logExcess);
  }
  const taylor = Math.log((order * (order - 1)) / 2) + 2 * logQ - (order + 1) * log1mQ + logExpm1(rdpOfInner(2));
  const worse = m.isMirrored ? remove : Math.max(remove, Math.min(add, taylor));
  return logAdd(0, worse + sumError * order);
}

function logExpm1(x: number): number {
  return x > 30 ? x : Math.log(Math.expm1(x));
}
