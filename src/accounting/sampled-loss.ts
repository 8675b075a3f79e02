import { logAdd } from "../numeric/index.ts";

/** Where e^l is so large that sums are taken in logarithms. */
const large = 30;

/**
 * log(1 − q + q·e^l): what Poisson sampling with probability q makes of a loss l, of the ε of a pure mechanism, and of the
 * logarithm of a moment.
 *
 * @param q - in [0, 1].
 * @param loss - l, in nats, of either sign; Infinity gives Infinity where q > 0.
 * @numerics Accurate relative to itself for l < 30; beyond, {@link sampledLossError} bounds what is added where log q and l
 *   cancel.
 * @source Zhu, Dong, Wang 2022, arXiv:2106.08567v4 (dominating pairs under Poisson sampling); Balle, Barthe, Gaboardi
 *   2018, arXiv:1807.01647v2, Thm 8.
 */
export function sampledLoss(q: number, loss: number): number {
  if (q === 1) return loss;
  if (loss >= large) return logAdd(Math.log(q) + loss, Math.log1p(-q));
  const u = q * Math.expm1(loss);
  // near −1 the sum 1 + u would cancel; 1 − q is exact there
  return u > -0.5 ? Math.log1p(u) : Math.log(1 - q + q * Math.exp(loss));
}

/** Bound on the absolute part of the error of {@link sampledLoss} at l ≥ 0. */
export function sampledLossError(q: number, loss: number): number {
  return loss < large ? 0 : 4e-16 * (loss - Math.log(q));
}

/** The l of which a loss is the {@link sampledLoss}; −Infinity at or below the infimum log(1 − q). */
export function unsampledLoss(q: number, loss: number): number {
  if (q === 1) return loss;
  if (loss > 1) return loss - Math.log(q) + Math.log1p((q - 1) * Math.exp(-loss));
  const inner = Math.expm1(loss) / q;
  if (inner === Infinity) return Math.log(Math.expm1(loss)) - Math.log(q);
  if (inner > -0.5) return Math.log1p(inner);
  const rest = Math.exp(loss) - (1 - q);
  return rest > 0 ? Math.log(rest / q) : -Infinity;
}
