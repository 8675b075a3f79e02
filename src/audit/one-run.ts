import { invalidArgument, parsePositiveInteger } from "../core/index.ts";
import { binomialUpperTail } from "./binomial-tail.ts";
import { type AuditBound, freezeBound, readAuditDelta, readCount, readSignificance, roundBoundDown } from "./bound.ts";

/** The outcome of one training run with many canaries, each included by its own fair coin. */
export interface OneRunCounts {
  /** All canaries that had a coin, included or not. At most 1e7. */
  readonly canaries: number;
  /** How many of them the attack guessed about; must not depend on the coins. */
  readonly guesses: number;
  /** How many guesses were right. */
  readonly correct: number;
  readonly delta: number;
  /** Error probability of the bound, in (0, 0.5). */
  readonly significance: number;
}

export const ONE_RUN_ASSUMPTIONS: readonly string[] = [
  "each canary was included by its own independent fair coin, drawn for this run",
  "the number of guesses was fixed beforehand and does not depend on the coins",
  "including a canary changes the data as the claim's add-or-remove relation allows",
];

const MOST_CANARIES = 1e7;

export function readOneRun(counts: OneRunCounts): void {
  if (parsePositiveInteger(counts.canaries, "canaries") > MOST_CANARIES) {
    throw invalidArgument("canaries", `at most ${MOST_CANARIES}`, counts.canaries);
  }
  parsePositiveInteger(counts.guesses, "guesses");
  readCount(counts.guesses, counts.canaries, "guesses", "canaries");
  readCount(counts.correct, counts.guesses, "correct", "guesses");
  readAuditDelta(counts.delta);
  readSignificance(counts.significance);
}

/**
 * An upper bound on the probability that an (ε, δ)-DP run lets an attack get `correct` or more of its guesses right.
 *
 *   p = β + 2mδ · max_{1≤i≤v} P[v − i ≤ B < v] / i,   β = P[B ≥ v],   B ~ Binomial(r, e^ε / (1 + e^ε))
 *
 * @param counts - m = canaries, r = guesses, v = correct.
 * @param epsilon - the claim, ≥ 0 and finite, in nats.
 * @returns p in [0, 1].
 * @throws PrivacyError `invalid_argument`, naming the argument.
 * @guarantee For every (ε, δ)-DP run, P[as many right as v] ≤ p, whatever the attack.
 * @numerics Relative error below 1e-8 at a million guesses, 1e-11 at a thousand.
 * @source Steinke, Nasr, Jagielski, NeurIPS 2023, arXiv:2305.08846v1, section 5 and appendix D.
 */
export function oneRunPValue(counts: Omit<OneRunCounts, "significance">, epsilon: number): number {
  readOneRun({ ...counts, significance: 0.05 });
  if (!(epsilon >= 0 && epsilon < Infinity)) throw invalidArgument("epsilon", "a finite number >= 0", epsilon);
  const tail = binomialUpperTail(counts.guesses, epsilon);
  const { correct: v, canaries, delta } = counts;
  let steepest = 0;
  for (let i = 1; i <= v; i++) steepest = Math.max(steepest, (tail[v - i] - tail[v]) / i);
  return Math.min(1, tail[v] + 2 * canaries * delta * steepest);
}

/**
 * The same, made monotone in ε so that rejecting at one ε rejects at every smaller one. Term i is
 * (1 − c/i) P[B ≥ v] + (c/i) P[B ≥ v − i] with c = 2mδ: for c ≤ i a mean of two tails that both grow with ε. For i < c
 * (only if c > 1) the negative part is dropped.
 */
function monotonePValue(counts: OneRunCounts, epsilon: number): number {
  const tail = binomialUpperTail(counts.guesses, epsilon);
  const v = counts.correct;
  const c = 2 * counts.canaries * counts.delta;
  let p = tail[v];
  for (let i = 1; i <= v; i++) {
    const weight = c / i;
    p = Math.max(p, (weight <= 1 ? (1 - weight) * tail[v] : 0) + weight * tail[v - i]);
  }
  // above the rounding errors of the tails
  return p * (1 + 4e-15 * (counts.guesses + 100));
}

/** The largest ε that is rejected, and with it every smaller one; 0 if ε = 0 is not. */
export function oneRunEpsilon(counts: OneRunCounts): number {
  const isRejected = (epsilon: number): boolean => monotonePValue(counts, epsilon) < counts.significance;
  if (!isRejected(0)) return 0;
  // at this ε all guesses are right with probability at least the significance, so it can not be rejected
  let [lo, hi] = [0, Math.log(counts.guesses / (1 - counts.significance)) + 1];
  while (hi - lo > 1e-13 * hi) {
    const middle = (lo + hi) / 2;
    if (middle === lo || middle === hi) break;
    if (isRejected(middle)) lo = middle;
    else hi = middle;
  }
  return roundBoundDown(lo);
}

/**
 * A lower bound on epsilon from a single training run with many canaries.
 *
 * @param counts - canaries ≥ guesses ≥ correct ≥ 0, guesses ≥ 1; delta in [0, 1); significance in (0, 0.5). With
 *   2 · canaries · delta near the significance or above it, nothing can be shown.
 * @returns the bound, rounded down, with the cap for an attack whose every guess is right.
 * @throws PrivacyError `invalid_argument`, naming the argument.
 * @guarantee P[bound > ε] ≤ significance for every run that is (ε, δ)-DP under adding or removing a canary.
 * @source Steinke, Nasr, Jagielski, NeurIPS 2023, arXiv:2305.08846v1, section 5 and appendix D.
 * @example oneRunLowerBound({ canaries: 1000, guesses: 100, correct: 90, delta: 1e-5, significance: 0.05 })
 *   .epsilonLowerBound // 1.6261
 */
export function oneRunLowerBound(counts: OneRunCounts): AuditBound {
  readOneRun(counts);
  return freezeBound({
    method: "one-run",
    epsilonLowerBound: oneRunEpsilon(counts),
    delta: counts.delta,
    significance: counts.significance,
    cap: oneRunEpsilon({ ...counts, correct: counts.guesses }),
    assumptions: ONE_RUN_ASSUMPTIONS,
  });
}
