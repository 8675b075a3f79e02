import { bracketRoot } from "../numeric/index.ts";
import type { SelectedMechanism } from "./mechanism.ts";
import { minimiseOverOrders, orderExcessAt } from "./order-lattice.ts";
import { logDeltaFromRdp } from "./rdp-conversion.ts";

interface Overhead {
  readonly cache: Map<number, number>;
  constant?: number;
}

/** What selection adds does not depend on the order asked for; kept, since it takes a search. */
const overheads = new WeakMap<SelectedMechanism, Overhead>();

/**
 * Rényi divergence of order λ of the best of K runs, K truncated negative binomial of shape η, or Poisson:
 *
 *   ε(λ) + (1 + η)·min over λ̂ of [(1 − 1/λ̂)·ε(λ̂) + log(1/γ)/λ̂] + log E[K]/(λ − 1)
 *   ε(λ) + E[K]·δ̂ + log E[K]/(λ − 1),   δ̂ the δ of one run at log(1 + 1/(λ − 1))
 *
 * @param rdpOfInner - ε(λ) of one run, both directions.
 * @guarantee Upper bound in both directions, rounded up.
 * @source Papernot, Steinke 2022, arXiv:2110.03620v2, Thm 2 (negative binomial), Thm 6 (Poisson).
 */
export function rdpOfSelection(m: SelectedMechanism, order: number, rdpOfInner: (order: number) => number): number {
  const one = rdpOfInner(order);
  if (!(one < Infinity)) return Infinity;
  const known = overheads.get(m) ?? { cache: new Map<number, number>() };
  overheads.set(m, known);
  const rdpAt = (j: number): number => {
    const found = known.cache.get(j) ?? rdpOfInner(1 + orderExcessAt(j));
    known.cache.set(j, found);
    return found;
  };
  const last = Math.log(m.mean) / (order - 1);
  if (m.shape === Infinity) {
    const epsilon = Math.log1p(1 / (order - 1));
    const logDelta = minimiseOverOrders((j) => logDeltaFromRdp(rdpAt(j), orderExcessAt(j), epsilon)).value;
    return (one + m.mean * Math.exp(logDelta) + last) * (1 + 1e-13);
  }
  known.constant ??= (1 + m.shape) * leastOverhead(rdpAt, logInverseGamma(m.mean, m.shape));
  return (one + known.constant + last) * (1 + 1e-13);
}

function leastOverhead(rdpAt: (j: number) => number, logInverse: number): number {
  return minimiseOverOrders((j) => {
    const excess = orderExcessAt(j);
    const rdp = rdpAt(j);
    return rdp < Infinity ? (excess / (1 + excess)) * rdp + logInverse / (1 + excess) : Infinity;
  }).value;
}

/**
 * log(1/γ) of the truncated negative binomial of a mean ≥ 1, from above: E[K] = η(1 − γ)/(γ(1 − γ^η)), at η = 0
 * (1/γ − 1)/log(1/γ).
 *
 * @source Papernot, Steinke 2022, arXiv:2110.03620v2, Def. 1.
 */
export function logInverseGamma(mean: number, shape: number): number {
  if (mean === 1) return 0;
  // with y = log(1/γ): E[K] = η·expm1(y)/(1 − e^(−ηy)), where (1 − e^(−ηy))/η is y as long as ηy is next to nothing
  const logMean = (y: number): number => {
    const logTop = y > 30 ? y : Math.log(Math.expm1(y));
    return logTop - Math.log(shape < 1e-100 ? y : -Math.expm1(-shape * y) / shape);
  };
  // the two logarithms cancel where y is small
  const target = Math.log(mean) + 1e-13;
  const f = (y: number): number => logMean(y) - target;
  const lo = 1e-12;
  if (f(lo) >= 0) return lo;
  let hi = 1;
  while (f(hi) < 0) hi *= 2;
  return bracketRoot({ f, lo, hi, safe: "hi", relativeTolerance: 1e-13 }).value * (1 + 1e-12);
}
