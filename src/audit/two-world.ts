import { invalidArgument, parsePositiveInteger } from "../core/index.ts";
import { upperRateLimit } from "../attacks/index.ts";
import { logNormalCdf, logSub, normalQuantile } from "../numeric/index.ts";
import { type AuditBound, freezeBound, readAuditDelta, readCount, readSignificance, roundBoundDown } from "./bound.ts";

/** Outcomes of an attack with a threshold that was fixed before these runs were looked at. */
export interface TwoWorldCounts {
  /** Runs with the canary that were called IN. */
  readonly truePositives: number;
  /** Runs without the canary that were called IN. */
  readonly falsePositives: number;
  /** Runs with the canary. */
  readonly members: number;
  /** Runs without. */
  readonly nonMembers: number;
  readonly delta: number;
  /** Error probability of the bound, in (0, 0.5); half of it goes to each rate. */
  readonly significance: number;
}

export interface GdpCounts extends TwoWorldCounts {
  /** Must be spelled out: on a mechanism that is not Gaussian this bound exceeds the true epsilon in nearly every run. */
  readonly assume: "gdp";
}

const ASSUMPTIONS: readonly string[] = [
  "the runs are independent, and whether a run holds the canary was decided before it",
  "the attack and its threshold were fixed before these runs, or chosen on other runs",
  "runs with and without the canary differ as the claim's neighboring relation allows",
];

/** Upper limits of both error rates, each at half of the significance: both hold together with probability 1 − significance. */
function errorRates(counts: TwoWorldCounts): { readonly fnr: number; readonly fpr: number } {
  const side = counts.significance / 2;
  return {
    fnr: upperRateLimit(counts.members - counts.truePositives, counts.members, side),
    fpr: upperRateLimit(counts.falsePositives, counts.nonMembers, side),
  };
}

/** log((1 − δ − miss) / alarm) in both directions: one pair of limits covers both, since each is true of the same rates. */
function epsilonOfRates(fnr: number, fpr: number, delta: number): number {
  const oneWay = (miss: number, alarm: number): number => {
    const kept = 1 - delta - miss;
    return kept > 0 ? Math.log(kept / alarm) : 0;
  };
  return roundBoundDown(Math.max(oneWay(fnr, fpr), oneWay(fpr, fnr)));
}

function readCounts(counts: TwoWorldCounts): void {
  parsePositiveInteger(counts.members, "members");
  parsePositiveInteger(counts.nonMembers, "nonMembers");
  readCount(counts.truePositives, counts.members, "truePositives", "members");
  readCount(counts.falsePositives, counts.nonMembers, "falsePositives", "nonMembers");
  readAuditDelta(counts.delta);
  readSignificance(counts.significance);
}

const perfect = (counts: TwoWorldCounts): TwoWorldCounts => ({
  ...counts,
  truePositives: counts.members,
  falsePositives: 0,
});

/**
 * A lower bound on epsilon from two sets of runs, with and without a canary. Assumes nothing about the mechanism.
 *
 *   ε ≥ max( ln((1 − δ − FNR⁺) / FPR⁺), ln((1 − δ − FPR⁺) / FNR⁺), 0 )
 *
 * with FNR⁺, FPR⁺ the one-sided Clopper-Pearson upper limits at significance / 2 each. The threshold must not have been
 * chosen on these runs: the largest bound over many thresholds is no bound.
 *
 * @param counts - counts ≥ 0, members and nonMembers ≥ 1, delta in [0, 1), significance in (0, 0.5).
 * @returns the bound, rounded down, with the cap for a perfect attack of the same size.
 * @throws PrivacyError `invalid_argument`, naming the argument.
 * @guarantee P[bound > ε] ≤ significance for every (ε, δ)-DP mechanism, if the assumptions hold.
 * @source Jagielski, Ullman, Oprea, NeurIPS 2020, arXiv:2006.07709 (the bound and its intervals); the hypothesis-testing
 *   form of (ε, δ): Kairouz, Oh, Viswanath 2017, IEEE Transactions on Information Theory 63(6), theorem 2.1.
 * @example clopperPearsonLowerBound({ truePositives: 80, falsePositives: 5, members: 100, nonMembers: 100, delta: 0,
 *   significance: 0.05 }).epsilonLowerBound // 1.8367
 */
export function clopperPearsonLowerBound(counts: TwoWorldCounts): AuditBound {
  readCounts(counts);
  const bound = (of: TwoWorldCounts): number => {
    const { fnr, fpr } = errorRates(of);
    return epsilonOfRates(fnr, fpr, of.delta);
  };
  return freezeBound({
    method: "clopper-pearson",
    epsilonLowerBound: bound(counts),
    delta: counts.delta,
    significance: counts.significance,
    cap: bound(perfect(counts)),
    assumptions: ASSUMPTIONS,
  });
}

/**
 * A lower bound on epsilon from two sets of runs, for mechanisms that are known to be Gaussian differentially private
 * (a Gaussian mechanism composed with itself, without sampling): one point of the trade-off curve then gives all of it.
 *
 *   μ ≥ Φ⁻¹(1 − FPR⁺) − Φ⁻¹(FNR⁺),   ε = the ε at which μ-GDP has this δ;   0 when μ ≤ 0
 *
 * @param counts - as `clopperPearsonLowerBound`, delta in (0, 1), and `assume: "gdp"`.
 * @throws PrivacyError `invalid_argument`, naming the argument; also when `assume` is missing.
 * @guarantee P[bound > ε] ≤ significance if the mechanism's trade-off function is Gaussian. If not, no guarantee at all.
 * @source Nasr et al., USENIX Security 2023, arXiv:2302.07956 (auditing by μ); Dong, Roth, Su 2022, JRSS-B 84(1),
 *   arXiv:1905.02383, corollary 2.13.
 */
export function gdpLowerBound(counts: GdpCounts): AuditBound {
  readCounts(counts);
  readGdp(counts.assume, counts.delta);
  const bound = (of: TwoWorldCounts): number => {
    const { fnr, fpr } = errorRates(of);
    return epsilonOfMu(muOfRates(fnr, fpr), of.delta);
  };
  return freezeBound({
    method: "clopper-pearson-gdp",
    epsilonLowerBound: bound(counts),
    delta: counts.delta,
    significance: counts.significance,
    cap: bound(perfect(counts)),
    assumptions: [...ASSUMPTIONS, "the mechanism's trade-off function is Gaussian (assume: gdp)"],
  });
}

/** The Gaussian assumption must be written down, and a Gaussian has no epsilon at δ = 0. */
export function readGdp(assume: unknown, delta: number): void {
  if (assume !== "gdp") {
    throw invalidArgument("assume", '"gdp"', assume, "use clopperPearsonLowerBound when the mechanism is not Gaussian");
  }
  if (!(delta > 0)) throw invalidArgument("delta", "a number in (0, 1)", delta);
}

function muOfRates(fnr: number, fpr: number): number {
  if (fnr >= 1 || fpr >= 1) return 0;
  // each quantile is good to about 1e-14 relative; a negative μ shows nothing, and is never mirrored
  return Math.max(0, -normalQuantile(fpr) - normalQuantile(fnr) - 1e-12);
}

/**
 * The largest ε (rounded down) at which a μ-GDP mechanism still has δ(ε) ≥ delta; 0 if there is none.
 *
 *   δ(ε) = Φ(−ε/μ + μ/2) − e^ε Φ(−ε/μ − μ/2)
 *
 * Written here again, in log space, so that audits share no code with the accountant they check.
 */
export function epsilonOfMu(mu: number, delta: number): number {
  if (!(mu > 0)) return 0;
  const logDelta = Math.log(delta);
  // a lower estimate of log δ(ε): each term is moved against us by more than its error
  const isReached = (epsilon: number): boolean => {
    const [a, b] = [logNormalCdf(-epsilon / mu + mu / 2), epsilon + logNormalCdf(-epsilon / mu - mu / 2)];
    const slack = 1e-13 * (1 + epsilon + Math.abs(a));
    return a - slack > b + slack && logSub(a - slack, b + slack) >= logDelta;
  };
  if (!isReached(0)) return 0;
  let [lo, hi] = [0, 1];
  while (isReached(hi)) [lo, hi] = [hi, 2 * hi];
  for (let i = 0; i < 200 && hi - lo > 1e-14 * hi; i++) {
    const middle = (lo + hi) / 2;
    if (isReached(middle)) lo = middle;
    else hi = middle;
  }
  return roundBoundDown(lo);
}
