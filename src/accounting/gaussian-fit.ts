import { normalCdf, normalQuantile } from "../numeric/index.ts";
import { type Corner, capAt } from "./attack-cap.ts";
import type { Composition } from "./mechanism.ts";
import { gaussianOfPure } from "./filter-rule.ts";
import { pureEpsilon } from "./sample-composition.ts";

/** One number for a whole trade-off curve. */
export interface GaussianFit {
  /**
   * At every false positive rate no attack has a true positive rate above Φ(Φ⁻¹(FPR) + mu) + slack: the mechanism is mu-GDP
   * but for slack. Rounded up; Infinity where nothing is known.
   */
  readonly mu: number;
  readonly slack: number;
  /** The largest height of that curve above the certified cap, over all FPR: what is lost by naming mu alone. */
  readonly regret: number;
}

/**
 * The least μ whose Gaussian curve, raised by the slack, lies nowhere below the cap. Both regions under the curves are
 * convex, so that it suffices to look at the cap's corners:
 *
 *   μ = max over corners of Φ⁻¹(TPR − slack) − Φ⁻¹(FPR)
 *
 * Without slack only what is Gaussian-DP has a finite μ, and sampling does not lower it: at ever smaller FPR the best
 * attack bets on records that were sampled every time.
 *
 * @param slack - in (0, 1): errors of a size that nobody minds, such as the δ of the claim.
 * @source Dong, Roth, Su 2019, arXiv:1905.02383v3, Def. 3 and Prop. 6; that one μ says most of what a profile says: Gomez et
 *   al. 2025, arXiv:2503.10945v1. The corners: own proof, above.
 */
export function fitGaussian(corners: readonly Corner[], slack: number, cap: number): GaussianFit {
  let mu = 0;
  for (const { falsePositiveRate: x, truePositiveRate: y } of corners) {
    const height = y - slack;
    if (!(height > 0)) continue;
    if (x === 0) mu = Infinity;
    else if (x < 1 && height < 1) mu = Math.max(mu, gap(normalQuantile(height), normalQuantile(x)));
  }
  mu = Math.min(mu, cap);
  return Object.freeze({ mu, slack, regret: regretOf(corners, mu, slack) });
}

function gap(high: number, low: number): number {
  return Math.max(0, high - low + 4e-14 * (Math.abs(high) + Math.abs(low)));
}

/** Between corners the cap is straight and the Gaussian curve concave, with slope exp(−μ²/2 − μ·Φ⁻¹(FPR)). */
function regretOf(corners: readonly Corner[], mu: number, slack: number): number {
  if (mu === Infinity) return 1;
  const heightAt = (x: number): number => {
    const curve = x <= 0 ? 0 : x >= 1 ? 1 : normalCdf(normalQuantile(x) + mu);
    return Math.min(1, curve + slack) - capAt(corners, x);
  };
  let regret = 0;
  for (let i = 1; i < corners.length; i++) {
    const [a, b] = [corners[i - 1], corners[i]];
    if (a === undefined || b === undefined) continue;
    const [from, to] = [a.falsePositiveRate, b.falsePositiveRate];
    if (!(to > from)) continue;
    const slope = (b.truePositiveRate - a.truePositiveRate) / (to - from);
    const steepest = slope > 0 && mu > 0 ? normalCdf(-Math.log(slope) / mu - mu / 2) : to;
    // where the raised curve reaches 1 it has a corner of its own
    const flat = slack > 0 ? normalCdf(normalQuantile(1 - slack) - mu) : to;
    for (const x of [from, to, steepest, flat]) if (x >= from && x <= to) regret = Math.max(regret, heightAt(x));
  }
  return regret;
}

/**
 * A μ that holds without slack: every part is at most its unsampled Gaussian, by joint convexity. Infinity where a part is
 * not Gaussian-DP at all.
 */
export function gaussianWithoutSlack(composition: Composition): number {
  if (composition.failure > 0) return Infinity;
  let squares = 0;
  for (const { mechanism: m, count } of composition.spends) {
    const epsilon = pureEpsilon(m);
    if (m.kind === "gaussian" || m.kind === "sampled-gaussian") squares += count / m.noiseMultiplier ** 2;
    else if (epsilon !== undefined) squares += count * gaussianOfPure(epsilon) ** 2;
    else return Infinity;
  }
  return Math.sqrt(squares) * (1 + 1e-13);
}
