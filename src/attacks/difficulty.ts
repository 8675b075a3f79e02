import { invalidArgument } from "../core/index.ts";
import type { NumberTable } from "./argument.ts";
import { lossOfMargin } from "./logit-margin.ts";
import { type ShadowInput, type ShadowSet, checkCoverage, meansOf, readShadowSet } from "./shadow-set.ts";

/** Losses, or logit-scaled confidences from which the cross-entropy follows. `[models][records]` either way. */
export type DifficultyInput = ShadowInput & {
  /** Compare with the shadows that did not see the record, or with both sides evenly. */
  readonly calibration: "out" | "in-and-out";
} & ({ readonly losses: NumberTable } | { readonly phi: NumberTable });

/**
 * Difficulty calibration: how much easier the target finds a record than shadow models do.
 *
 *   out:         mean_out ℓ − ℓ
 *   in-and-out:  ½ (mean_in ℓ + mean_out ℓ) − ℓ
 *
 * @returns scores `[records]`, in the loss's units, higher = more member-like.
 * @throws PrivacyError `invalid_argument`, naming the argument.
 * @guarantee None: an estimate of leakage.
 * @source out: Watson, Guo, Cormode, Sablayrolles, ICLR 2022, arXiv:2111.08440. in-and-out: Sablayrolles,
 *   Douze, Ollivier, Schmid, Jégou, ICML 2019, arXiv:1908.11229 (per-record threshold midway between the two sides).
 */
export function difficultyCalibrated(input: DifficultyInput): Float64Array {
  const set = "losses" in input ? readShadowSet(input.losses, "losses", input) : lossSet(input);
  const out = meansOf(set, 0);
  checkCoverage(out, 1, "OUT");
  switch (input.calibration) {
    case "out":
      return set.observed.map((loss, i) => out.mean[i] - loss);
    case "in-and-out": {
      const inside = meansOf(set, 1);
      checkCoverage(inside, 1, "IN");
      return set.observed.map((loss, i) => (inside.mean[i] + out.mean[i]) / 2 - loss);
    }
  }
  throw invalidArgument("calibration", '"out" or "in-and-out"', input.calibration);
}

function lossSet(input: ShadowInput & { readonly phi: NumberTable }): ShadowSet {
  const set = readShadowSet(input.phi, "phi", input);
  return {
    ...set,
    observed: set.observed.map(lossOfMargin),
    shadows: set.shadows.map((row) => row.map(lossOfMargin)),
  };
}
