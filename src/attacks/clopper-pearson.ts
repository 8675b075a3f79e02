import { invalidArgument } from "../core/index.ts";
import { inverseRegularizedIncompleteBeta } from "../numeric/index.ts";

// twice what the inverse incomplete beta promises; every limit is moved outward by it
const SLACK = 1e-12;

function checkCounts(successes: number, trials: number): void {
  if (!Number.isSafeInteger(trials) || trials < 1) throw invalidArgument("trials", "a whole number >= 1", trials);
  if (!Number.isSafeInteger(successes) || successes < 0 || successes > trials) {
    throw invalidArgument("successes", "a whole number between 0 and trials", "another number");
  }
}

function checkSignificance(significance: number): void {
  if (typeof significance === "number" && significance > 0 && significance < 0.5) return;
  throw invalidArgument("significance", "a number in (0, 0.5)", significance);
}

/**
 * The one-sided exact upper limit of a rate: U with P[Binomial(trials, U) ≤ successes] = significance.
 *
 * @returns U in (0, 1], rounded up; 1 when every trial succeeded.
 * @throws PrivacyError `invalid_argument`.
 * @guarantee P[rate > U] ≤ significance, whatever the rate.
 * @source Clopper, Pearson 1934, Biometrika 26(4), pp. 404-413; as a beta quantile, Brown, Cai, DasGupta 2001,
 *   Statistical Science 16(2), equation 4.
 */
export function upperRateLimit(successes: number, trials: number, significance: number): number {
  checkCounts(successes, trials);
  checkSignificance(significance);
  if (successes === trials) return 1;
  if (successes === 0) return Math.min(1, -Math.expm1(Math.log(significance) / trials) * (1 + SLACK));
  // two ways to the same limit, each rounded up: the first is sharp for small limits, the second for small significance
  const direct = inverseRegularizedIncompleteBeta(
    Math.min(1, 1 - significance + Number.EPSILON),
    successes + 1,
    trials - successes,
  );
  const mirrored = inverseRegularizedIncompleteBeta(significance, trials - successes, successes + 1);
  return Math.min(1, direct * (1 + SLACK), 1 - mirrored * (1 - SLACK) + Number.EPSILON);
}

/**
 * The one-sided exact lower limit of a rate: L with P[Binomial(trials, L) ≥ successes] = significance.
 *
 * @returns L in [0, 1), rounded down; 0 when no trial succeeded.
 * @throws PrivacyError `invalid_argument`.
 * @guarantee P[rate < L] ≤ significance, whatever the rate.
 * @source as `upperRateLimit`.
 */
export function lowerRateLimit(successes: number, trials: number, significance: number): number {
  checkCounts(successes, trials);
  checkSignificance(significance);
  if (successes === 0) return 0;
  if (successes === trials) return Math.exp(Math.log(significance) / trials) * (1 - SLACK);
  return inverseRegularizedIncompleteBeta(significance, successes, trials - successes + 1) * (1 - SLACK);
}

/** A two-sided confidence interval for a rate or an AUC. */
export interface RateInterval {
  readonly lower: number;
  readonly upper: number;
  readonly confidence: number;
}

/**
 * The two-sided exact interval of a rate: half of the error probability on each side.
 *
 * @param confidence - in (0, 1), usually 0.95.
 * @guarantee Covers the rate with probability at least `confidence`.
 * @source as `upperRateLimit`.
 * @example clopperPearsonInterval(0, 243, 0.95) // { lower: 0, upper: 0.015066, confidence: 0.95 }
 */
export function clopperPearsonInterval(successes: number, trials: number, confidence: number): RateInterval {
  if (!(confidence > 0 && confidence < 1)) throw invalidArgument("confidence", "a number in (0, 1)", confidence);
  const side = (1 - confidence) / 2;
  return Object.freeze({
    lower: lowerRateLimit(successes, trials, side),
    upper: upperRateLimit(successes, trials, side),
    confidence,
  });
}
