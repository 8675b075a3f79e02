import { invalidArgument } from "../core/index.ts";
import { type NumberTable, type Numbers, readLabels, readTable } from "./argument.ts";
import { logSumExpExcept } from "./logit-margin.ts";

/** One of: class probabilities or logits, each with labels. Logits keep what probabilities round away. */
export type ModifiedEntropyInput =
  | { readonly probabilities: NumberTable; readonly labels: Numbers }
  | { readonly logits: NumberTable; readonly labels: Numbers };

// float32 softmax outputs of many classes add up to 1 no better than this
const SUM_TOLERANCE = 1e-3;

/**
 * The modified-entropy attack, minus the modified entropy of the output. Higher score = more member-like.
 *
 *   Mentr = −(1 − p_y) log p_y − Σ_{j≠y} p_j log(1 − p_j)
 *
 * @param input - `logits` or `probabilities` `[records][classes]`, with `labels` `[records]`. One column of logits is a
 *   sigmoid's pre-activation. Probabilities lie in [0, 1] and add up to 1 within 1e-3.
 * @returns scores `[records]`, ≤ 0; −Infinity where a probability of exactly 0 or 1 contradicts the label.
 * @throws PrivacyError `invalid_argument`, naming the argument.
 * @guarantee None: an estimate of leakage.
 * @numerics From logits, 1 − p_j is a sum over the other classes, so nothing cancels.
 * @source Song, Mittal, USENIX Security 2021, arXiv:2003.10595, the modified prediction entropy.
 */
export function modifiedEntropy(input: ModifiedEntropyInput): Float64Array {
  if ("probabilities" in input) {
    const rows = readTable(input.probabilities, "probabilities");
    for (const row of rows) checkProbabilities(row);
    const labels = readLabels(input.labels, rows.length, rows[0]?.length ?? 0);
    return Float64Array.from(rows, (row, i) => scoreProbabilities(row, labels[i] ?? 0));
  }
  const rows = readTable(input.logits, "logits").map((row) => (row.length === 1 ? binaryLogits(row) : row));
  const labels = readLabels(input.labels, rows.length, rows[0]?.length ?? 0);
  return Float64Array.from(rows, (row, i) => scoreLogits(row, labels[i] ?? 0));
}

const binaryLogits = (row: Float64Array): Float64Array => Float64Array.of(0, row[0] ?? 0);

function checkProbabilities(row: Float64Array): void {
  const sum = row.reduce((a, b) => a + b, 0);
  if (row.length > 1 && row.every((p) => p >= 0 && p <= 1) && Math.abs(sum - 1) <= SUM_TOLERANCE) return;
  throw invalidArgument(
    "probabilities",
    "two or more columns of probabilities that add up to 1",
    "a row that does not",
    "pass pre-softmax outputs as logits",
  );
}

function scoreProbabilities(row: Float64Array, label: number): number {
  let score = 0;
  row.forEach((p, j) => {
    // 0 · log 0 = 0, the limit
    if (j === label) score += p === 1 ? 0 : (1 - p) * Math.log(p);
    else score += p === 0 ? 0 : p * Math.log1p(-p);
  });
  return score;
}

function scoreLogits(logits: Float64Array, label: number): number {
  const logTotal = logSumExpExcept(logits, -1);
  let score = 0;
  logits.forEach((z, j) => {
    const rough = z - logTotal;
    // the smaller of p and 1 − p is had directly, the larger from it; at most one class has p > 1/2, so the sum over the
    // others is taken once per record
    const isLikely = rough > -Math.LN2;
    const log1mP = isLikely ? logSumExpExcept(logits, j) - logTotal : Math.log1p(-Math.exp(rough));
    const logP = isLikely ? Math.log1p(-Math.exp(log1mP)) : rough;
    score += j === label ? Math.exp(log1mP) * logP : Math.exp(logP) * log1mP;
  });
  return score;
}
