import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { BatchLoss } from "./batch-loss.ts";
import type { WeightView } from "./layer-view.ts";
import { unsupportedModel } from "./model-check.ts";
import { gradientOfOne } from "./reference-loop.ts";

/** Both sides are f32; a wrong rule is wrong in the first digit. */
const tolerance = 1e-3;

export interface SelfCheck {
  readonly model: LayersModel;
  readonly loss: BatchLoss;
  readonly weights: readonly WeightView[];
  /** Makes the examples; disposed here. */
  readonly batch: () => { x: tf.Tensor[]; y: tf.Tensor[] };
  /** The engine's norms and clipped sums per weight id, without Dropout. */
  readonly sumOf: (
    x: tf.Tensor[],
    y: tf.Tensor[],
    clip: number,
  ) => { norms: Float64Array; sums: () => Map<number, Float64Array> };
}

/**
 * Compares the engine with a batch-of-one loop of tfjs's own gradients on the user's own model, and the norms of
 * examples in company with those of examples alone, bit for bit: a model or loss that mixes examples fails here.
 *
 * @throws PrivacyError `unsupported_model` on disagreement.
 */
export function checkAgainstLoop(check: SelfCheck): void {
  const { x, y } = check.batch();
  try {
    const rows = y[0].shape[0] ?? 0;
    const singles = Array.from({ length: rows }, (_, row) => oneRow(x, y, row));
    try {
      const references = singles.map((one) =>
        gradientOfOne(check.model, check.loss, check.weights, one.x, { y: one.y }),
      );
      const norms = references.map((reference) =>
        Math.sqrt(reference.reduce((sum, values) => sum + squares(values), 0)),
      );
      const clip = Math.max(norms.reduce((a, b) => a + b, 0) / rows, 1e-6);
      const ours = check.sumOf(x, y, clip);
      const alone = singles.map((one) => check.sumOf(one.x, one.y, clip).norms[0]);
      requireIndependent(check.model, ours.norms, alone);
      requireEqualNorms(check.model, ours.norms, norms);
      requireEqualSums(check, ours.sums(), references, norms, clip);
    } finally {
      for (const one of singles) tf.dispose([...one.x, ...one.y]);
    }
  } finally {
    tf.dispose([...x, ...y]);
  }
}

function oneRow(x: readonly tf.Tensor[], y: readonly tf.Tensor[], row: number): { x: tf.Tensor[]; y: tf.Tensor[] } {
  const cut = (t: tf.Tensor): tf.Tensor =>
    tf.slice(t, [row, ...t.shape.slice(1).map(() => 0)], [1, ...t.shape.slice(1)]);
  return { x: x.map(cut), y: y.map(cut) };
}

function squares(values: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k] ** 2;
  return sum;
}

function requireIndependent(model: LayersModel, together: Float64Array, alone: readonly (number | undefined)[]): void {
  if (alone.every((norm, row) => Object.is(norm, together[row]))) return;
  throw disagreement(
    model,
    "an example's gradient depends on the other examples of its batch",
    "layers and a loss that treat each example by itself, on the wasm or cpu backend",
  );
}

function requireEqualNorms(model: LayersModel, ours: Float64Array, references: readonly number[]): void {
  const largest = Math.max(...references);
  if (references.every((norm, row) => Math.abs(norm - ours[row]) <= tolerance * largest)) return;
  throw disagreement(
    model,
    "its per-example gradient norms differ from those of a batch-of-one loop",
    "built-in layers, or fewer of them, to find the one that differs",
  );
}

function requireEqualSums(
  check: SelfCheck,
  ours: ReadonlyMap<number, Float64Array>,
  references: readonly Float32Array[][],
  norms: readonly number[],
  clip: number,
): void {
  const scales = norms.map((norm) => (norm > clip ? clip / norm : 1));
  let difference = 0;
  check.weights.forEach((weight, w) => {
    const rest = Float64Array.from(ours.get(weight.id) ?? []);
    references.forEach((reference, row) => {
      const gradient = reference[w];
      for (let k = 0; k < rest.length; k++) rest[k] -= scales[row] * gradient[k];
    });
    difference += squares(rest);
  });
  if (Math.sqrt(difference) <= tolerance * clip * references.length) return;
  throw disagreement(
    check.model,
    "its sum of clipped gradients differs from that of a batch-of-one loop",
    "built-in layers, or fewer of them, to find the one that differs",
  );
}

function disagreement(model: LayersModel, reason: string, replacement: string): Error {
  return unsupportedModel([{ layer: model.name, layerClass: model.getClassName(), reason, replacement }]);
}
