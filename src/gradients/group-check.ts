import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { WeightView } from "./layer-view.ts";
import { unsupportedModel } from "./model-check.ts";

/** As in `self-check.ts`: of a weight's own gradient, and of the whole for the rounding of sums. */
const [ownTolerance, roundingTolerance] = [2 ** -10, 2 ** -16];

/** An engine's sums of the same rows, of which nothing is clipped. */
export interface GroupCheck {
  readonly model: LayersModel;
  readonly weights: readonly WeightView[];
  /** In groups of these sizes. */
  readonly groupSizes: Uint32Array;
  readonly grouped: CheckedGroups;
  /** By themselves, each weighted by one over the size of its group. */
  readonly single: CheckedGroups;
}

export interface CheckedGroups {
  readonly norms: Float64Array;
  /** Per weight id, in the gradient's units. */
  readonly sums: ReadonlyMap<number, Float64Array>;
  /** Of the grid that the sums were rounded to. */
  readonly step: number;
}

/**
 * The mean gradients of groups add up to the gradients of their rows, each over the size of its group: what an engine says
 * of groups is held to what it says of rows, which was held to TensorFlow.js before.
 *
 * @throws PrivacyError `unsupported_model` on disagreement.
 */
export function requireEqualGroups({ model, weights, groupSizes, grouped, single }: GroupCheck): void {
  const whole = single.norms.reduce((sum, norm) => sum + norm, 0);
  const isSound = weights.every(({ id }) => {
    const [ours, wanted] = [grouped.sums.get(id), single.sums.get(id)];
    if (ours === undefined || wanted === undefined || ours.length !== wanted.length) return false;
    const grid = ((grouped.step + single.step) / 2) * Math.sqrt(ours.length);
    const limit = ownTolerance * distance(wanted) + roundingTolerance * whole + grid;
    // a comparison that fails where it is not a number
    return distance(ours, wanted) <= limit;
  });
  let first = 0;
  const isBounded = Array.from(groupSizes, (size, group) => {
    // the norm of a mean is at most the mean of the norms, which are those of weighted rows
    const most = single.norms.subarray(first, (first += size)).reduce((sum, norm) => sum + norm, 0);
    return grouped.norms[group] <= most * (1 + ownTolerance);
  });
  if (isSound && isBounded.every(Boolean)) return;
  const reason = "its mean gradient of rows that belong together is not that of the rows by themselves";
  const replacement = "built-in layers, or fewer of them, to find the one that differs";
  throw unsupportedModel([{ layer: model.name, layerClass: model.getClassName(), reason, replacement }]);
}

/** From zero where nothing else is given. */
function distance(values: Float64Array, from?: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += (values[k] - (from?.[k] ?? 0)) ** 2;
  return Math.sqrt(sum);
}
