import { invalidArgument } from "../core/index.ts";
import { type NumberTable, type Numbers, readLabels, readTable } from "./argument.ts";

export interface LogitMarginInput {
  /** Pre-softmax outputs `[records][classes]`; one column is a sigmoid's pre-activation with labels 0 and 1. */
  readonly logits: NumberTable;
  /** Class indices `[records]`. */
  readonly labels: Numbers;
  /** Margins are cut to ±clamp, so that one wild logit does not ruin a Gaussian fit over shadow models. Default 80. */
  readonly clamp?: number;
}

/**
 * The logit-scaled confidence φ of each record, from logits.
 *
 *   φ = z_y − log Σ_{j≠y} exp(z_j)      so that the label's probability is 1 / (1 + exp(−φ))
 *
 * There is deliberately no form that takes probabilities: log(p / (1 − p)) saturates where p rounds to 1, which is
 * where the members are, and with it the low false-positive end of the ROC curve.
 *
 * @param input.logits - `[records][classes]`, finite; one column means a binary model, φ = z for label 1 and −z for 0.
 * @param input.labels - `[records]`, class indices.
 * @param input.clamp - > 0, default 80; Infinity leaves φ as it is.
 * @returns φ `[records]`, in nats.
 * @throws PrivacyError `invalid_argument`, naming the argument.
 * @numerics Relative error about 1e-15 of the largest logit; no overflow at any finite logit.
 * @source Carlini et al., IEEE S&P 2022, arXiv:2112.03570 (stable logit scaling).
 */
export function logitMargins(input: LogitMarginInput): Float64Array {
  const rows = readTable(input.logits, "logits");
  const clamp = input.clamp ?? 80;
  if (!(clamp > 0)) throw invalidArgument("clamp", "a number > 0", clamp);
  const columns = rows[0]?.length ?? 0;
  const labels = readLabels(input.labels, rows.length, Math.max(2, columns));
  return Float64Array.from(rows, (row, i) => {
    const margin = columns === 1 ? binaryMargin(row[0] ?? 0, labels[i]) : marginOf(row, labels[i] ?? 0);
    return Math.max(-clamp, Math.min(clamp, margin));
  });
}

const binaryMargin = (logit: number, label: number | undefined): number => (label === 1 ? logit : 0 - logit);

/** z_y − logsumexp of the others. */
export function marginOf(logits: Numbers, label: number): number {
  return (logits[label] ?? 0) - logSumExpExcept(logits, label);
}

/** log Σ_{j≠skip} exp(z_j), by the largest term, so that nothing overflows. */
export function logSumExpExcept(logits: Numbers, skip: number): number {
  let largest = -Infinity;
  for (let j = 0; j < logits.length; j++) if (j !== skip) largest = Math.max(largest, logits[j] ?? 0);
  let sum = 0;
  for (let j = 0; j < logits.length; j++) if (j !== skip) sum += Math.exp((logits[j] ?? 0) - largest);
  return largest + Math.log(sum);
}

/** The cross-entropy log(1 + exp(−φ)) of a record whose logit-scaled confidence is φ, without overflow or cancellation. */
export function lossOfMargin(phi: number): number {
  return phi >= 0 ? Math.log1p(Math.exp(-phi)) : Math.log1p(Math.exp(phi)) - phi;
}
