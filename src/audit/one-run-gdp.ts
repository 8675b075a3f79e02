import { normalCdf, normalQuantile } from "../numeric/index.ts";
import { type AuditBound, freezeBound } from "./bound.ts";
import { ONE_RUN_ASSUMPTIONS, type OneRunCounts, readOneRun } from "./one-run.ts";
import { epsilonOfMu, readGdp } from "./two-world.ts";

export interface OneRunGdpCounts extends OneRunCounts {
  /** Must be spelled out: on other mechanisms this bound exceeds the true epsilon in most runs. */
  readonly assume: "gdp";
}

/**
 * A sharper one-run bound for mechanisms that are known to be Gaussian differentially private: a recursion over the
 * number of right guesses carries the whole trade-off function instead of one (ε, δ) point.
 *
 * @param counts - as `oneRunLowerBound`, delta in (0, 1), and `assume: "gdp"`.
 * @throws PrivacyError `invalid_argument`, naming the argument; also when `assume` is missing.
 * @guarantee P[bound > ε] ≤ significance if the run is Gaussian differentially private. If not, no guarantee at all.
 * @source Mahloujifar, Melis, Chaudhuri, ICML 2025, arXiv:2410.22235v1, the numerical procedure with the Gaussian
 *   trade-off function.
 */
export function oneRunGdpLowerBound(counts: OneRunGdpCounts): AuditBound {
  readOneRun(counts);
  readGdp(counts.assume, counts.delta);
  return freezeBound({
    method: "one-run-gdp",
    epsilonLowerBound: epsilonOfMu(largestRejectedMu(counts), counts.delta),
    delta: counts.delta,
    significance: counts.significance,
    cap: epsilonOfMu(largestRejectedMu({ ...counts, correct: counts.guesses }), counts.delta),
    assumptions: [...ONE_RUN_ASSUMPTIONS, "the run's trade-off function is Gaussian (assume: gdp)"],
  });
}

/**
 * Whether μ-GDP is refuted. r and h bound the weight of outcomes with more, and with exactly, so many right guesses.
 * Both fall as μ grows (by induction: each step weighs the earlier h with positive factors), so rejection is monotone.
 */
function isRejected(counts: OneRunCounts, mu: number): boolean {
  const { canaries: m, guesses: c, correct: v, significance } = counts;
  let r = (significance * v) / m;
  let h = (significance * (c - v)) / m;
  for (let i = v - 1; i >= 0; i--) {
    const next = Math.max(h, r > 0 && r < 1 ? normalCdf(normalQuantile(r) - mu) : Math.min(1, Math.max(0, r)));
    r += (i / (c - i)) * (next - h);
    h = next;
  }
  // not within the rounding errors of the recursion
  return r + h > (c / m) * (1 + 1e-12 * (v + 100));
}

function largestRejectedMu(counts: OneRunCounts): number {
  if (counts.correct === 0 || !isRejected(counts, 0)) return 0;
  let [lo, hi] = [0, 1];
  while (hi < 100 && isRejected(counts, hi)) [lo, hi] = [hi, 2 * hi];
  while (hi - lo > 1e-12 * hi) {
    const middle = (lo + hi) / 2;
    if (isRejected(counts, middle)) lo = middle;
    else hi = middle;
  }
  return lo;
}
