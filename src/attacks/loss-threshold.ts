import { type NumberTable, type Numbers, readFiniteNumbers, readNumbers } from "./argument.ts";
import { logitMargins, lossOfMargin } from "./logit-margin.ts";

/** One of: per-example losses, logit-scaled confidences, or logits with labels. */
export type LossInput =
  { readonly losses: Numbers } | { readonly phi: Numbers } | { readonly logits: NumberTable; readonly labels: Numbers };

/**
 * The loss attack: a record with a smaller loss looks more like a member. Higher score = more member-like.
 *
 * Prefer `phi` or `logits`: a float32 loss is exactly 0 for every confident record, and then they all tie.
 *
 * @param input - `losses` `[records]` (cross-entropy or any other loss, Infinity allowed), or `phi` `[records]`
 *   (logit-scaled confidence, in nats), or `logits` `[records][classes]` with `labels` `[records]`.
 * @returns scores `[records]`, minus the loss.
 * @throws PrivacyError `invalid_argument`, naming the argument.
 * @guarantee None. A leakage attack is an estimate: a weak result is no evidence of privacy.
 * @source Yeom, Giacomelli, Fredrikson, Jha, CSF 2018, arXiv:1709.01604, the threshold adversary without its threshold.
 * @example lossThreshold({ losses: [0.1, 2.3] }) // Float64Array [-0.1, -2.3]
 */
export function lossThreshold(input: LossInput): Float64Array {
  if ("losses" in input) return readNumbers(input.losses, "losses").map((loss) => -loss);
  const phi =
    "phi" in input
      ? readFiniteNumbers(input.phi, "phi")
      : logitMargins({ logits: input.logits, labels: input.labels, clamp: Infinity });
  return phi.map((margin) => -lossOfMargin(margin));
}
