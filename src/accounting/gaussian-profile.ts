import { bracketRoot, log1mexp, logNormalCdf } from "../numeric/index.ts";

/** An enclosure of an exact number, and the best value inside it. */
export interface Enclosure {
  readonly lower: number;
  readonly upper: number;
  readonly point: number;
}

/** Bound on the relative error of Φ, log Φ, exp and their arguments together: above the 3e-15 that numeric/ states. */
const kernelError = 1e-14;

/**
 * log δ(ε) of the Gaussian mechanism, exact:
 *
 *   δ(ε) = Φ(μ/2 − ε/μ) − exp(ε)·Φ(−μ/2 − ε/μ),  μ = 1/z
 *
 * @param mu - μ in (0, ∞).
 * @param epsilon - ε, any sign; below 0 it is δ of the reversed test.
 * @returns log δ, enclosed; lower is −Infinity where rounding hides the difference of the two terms.
 * @numerics Both terms in logs, down to δ = 1e-300 and far below; the enclosure counts the cancellation.
 * @source Balle, Wang 2018, arXiv:1805.06530v2, Thm 8.
 */
export function gaussianLogDelta(mu: number, epsilon: number): Enclosure {
  const [half, ratio] = [mu / 2, epsilon / mu];
  const [s, t] = [half - ratio, -half - ratio];
  const x = logNormalCdf(s);
  const y = epsilon + logNormalCdf(t);
  // d log Φ(t)/dt lies below 1 + max(0, −t); the arguments carry relative rounding of their two parts
  const size = half + Math.abs(ratio);
  const errorX = kernelError * (Math.abs(x) + size * (1 + Math.max(0, -s)));
  const errorY = kernelError * (Math.abs(y) + Math.abs(epsilon) + size * (1 + Math.max(0, -t)));
  const gap = y - x;
  // the first term alone bounds δ from above whatever rounding did to the difference
  const loose = x + errorX;
  if (!(gap < 0)) return { lower: -Infinity, upper: loose, point: loose };
  const point = x + log1mexp(gap);
  // 1 − exp(gap) moves by at most errorX + errorY, and by twice its share in logs while that is below a half
  const share = (errorX + errorY) / -Math.expm1(gap);
  if (share > 0.5) return { lower: -Infinity, upper: loose, point };
  return { lower: point - errorX - 2 * share, upper: Math.min(loose, point + errorX + 2 * share), point };
}

/**
 * The optimal ε of the Gaussian mechanism at δ, enclosed: the roots of both sides of log δ(ε).
 *
 * @param mu - μ = 1/z in (0, ∞).
 * @param logDelta - log δ < 0; may lie below the range of doubles.
 * @guarantee lower ≤ ε ≤ upper for the exact profile of the Gaussian mechanism.
 * @source Balle, Wang 2018, arXiv:1805.06530v2, Thm 8.
 */
export function gaussianEpsilon(mu: number, logDelta: number): Enclosure {
  // Φ(μ/2 − ε/μ) ≤ exp(−(ε/μ − μ/2)²/2) bounds δ from above
  const top = ((mu * mu) / 2 + mu * (Math.sqrt(-2 * logDelta) + 1e-4)) * (1 + 1e-9);
  const root = (side: (e: Enclosure) => number, safe: "lo" | "hi"): number => {
    const f = (epsilon: number): number => side(gaussianLogDelta(mu, epsilon)) - logDelta;
    if (!(f(0) > 0)) return 0;
    return bracketRoot({ f, lo: 0, hi: top, safe, relativeTolerance: 1e-15 }).value;
  };
  const upper = root((e) => e.upper, "hi");
  const lower = upper === 0 ? 0 : root((e) => e.lower, "lo");
  return {
    lower,
    upper,
    point:
      upper === 0
        ? 0
        : Math.max(
            lower,
            Math.min(
              upper,
              root((e) => e.point, "hi"),
            ),
          ),
  };
}
