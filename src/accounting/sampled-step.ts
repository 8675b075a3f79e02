import { bracketRoot } from "../numeric/index.ts";
import { type Enclosure, gaussianEpsilon, gaussianLogDelta } from "./gaussian-profile.ts";
import { sampledLoss, sampledLossError, unsampledLoss } from "./sampled-loss.ts";

/** Rounding of the conversions below, added to or taken from their results. */
const conversionError = 1e-14;

/**
 * The optimal ε of one Poisson-sampled Gaussian at δ, the larger of both directions, enclosed.
 *
 * Removing: δ(ε) = q·δ_G(log(1 + expm1(ε)/q)), so ε = log(1 + q·expm1(ε_G(δ/q))). Adding is the dual of it:
 * δ(ε) = (1 − (1 − q)e^ε)·δ_G(−log(1 + expm1(−ε)/q)), 0 from ε = −log(1 − q) on.
 *
 * @param samplingProbability - q in (0, 1).
 * @param noiseMultiplier - z > 0.
 * @guarantee lower ≤ ε ≤ upper for the exact profile.
 * @source Balle, Barthe, Gaboardi 2018, arXiv:1807.01647v2, Thm 2 (advanced joint convexity, tight for this pair);
 *   Balle, Wang 2018, arXiv:1805.06530v2, Thm 8.
 */
export function sampledStepEpsilon(samplingProbability: number, noiseMultiplier: number, delta: number): Enclosure {
  const q = samplingProbability;
  if (delta >= q) return { lower: 0, upper: 0, point: 0 };
  const mu = 1 / noiseMultiplier;
  const base = gaussianEpsilon(mu, Math.log(delta) - Math.log(q));
  const remove = {
    lower: Math.max(0, sampledLoss(q, base.lower) * (1 - conversionError) - sampledLossError(q, base.lower)),
    upper: sampledLoss(q, base.upper) * (1 + conversionError) + sampledLossError(q, base.upper),
    point: sampledLoss(q, base.point),
  };
  const add = addDirectionEpsilon(q, mu, delta);
  return {
    lower: remove.lower,
    upper: Math.max(remove.upper, add),
    point: Math.max(remove.point, remove.lower),
  };
}

/** log δ of the add direction at ε ≥ 0, from above. */
export function addDirectionLogDelta(q: number, mu: number, epsilon: number): number {
  const weight = 1 - (1 - q) * Math.exp(epsilon);
  const inner = Math.expm1(-epsilon) / q;
  if (!(weight > 0 && inner > -1)) return -Infinity;
  const reversed = -Math.log1p(inner);
  // rounding of `inner` is magnified where it nears −1, that is where weight nears 0; δ only grows as ε falls
  const slack = (4e-16 * (1 + Math.abs(inner))) / (1 + inner);
  return Math.log(weight + 4e-16) + gaussianLogDelta(mu, Math.max(0, reversed * (1 - 1e-15) - slack)).upper;
}

/** An upper bound on the add direction's ε, tight to rounding. */
function addDirectionEpsilon(q: number, mu: number, delta: number): number {
  const end = -Math.log1p(-q);
  const f = (epsilon: number): number => addDirectionLogDelta(q, mu, epsilon) - Math.log(delta);
  if (!(f(0) > 0)) return 0;
  if (f(end) > 0) return end * (1 + 1e-15);
  return bracketRoot({ f: (e) => Math.max(-1e300, f(e)), lo: 0, hi: end, safe: "hi", relativeTolerance: 1e-13 }).value;
}

/** log δ of one Poisson-sampled Gaussian at ε ≥ 0, the larger of both directions, enclosed. */
export function sampledStepLogDelta(samplingProbability: number, noiseMultiplier: number, epsilon: number): Enclosure {
  const q = samplingProbability;
  const mu = 1 / noiseMultiplier;
  const inner = unsampledLoss(q, epsilon);
  const logQ = Math.log(q);
  const low = gaussianLogDelta(mu, inner * (1 + 2e-15)).lower + logQ;
  const high = gaussianLogDelta(mu, inner * (1 - 2e-15)).upper + logQ;
  const point = gaussianLogDelta(mu, inner).point + logQ;
  const add = addDirectionLogDelta(q, mu, epsilon);
  return { lower: low - 4e-16 * -logQ, upper: Math.max(high, add) + 4e-16 * -logQ, point };
}
