import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { BatchLoss } from "./batch-loss.ts";
import type { WeightView } from "./layer-view.ts";
import { unsupportedModel } from "./model-check.ts";
import { gradientOfOne } from "./reference-loop.ts";

/**
 * Both sides are f32: a weight's gradient may differ by 2^-10 of itself, where a wrong rule differs in the first digit, and
 * by the rounding of sums of up to 2^12 terms, √2^12 · 2^-24 of the whole gradient, four times over for cancellation.
 */
const [ownTolerance, roundingTolerance] = [2 ** -10, 2 ** -16];

/** Rows of the check: more than a tile of the kernels, so that a row has company of both kinds. */
export const checkedRows = 5;

export interface SelfCheck {
  readonly model: LayersModel;
  readonly loss: BatchLoss;
  readonly weights: readonly WeightView[];
  /** The TensorFlow.js backend that the engine computes with; null where it uses none. */
  readonly backend: string | null;
  /** Makes the examples; disposed here. */
  readonly batch: () => { x: tf.Tensor[]; y: tf.Tensor[] };
  /** The engine's norms and clipped sums per weight id, without Dropout. */
  readonly sumOf: (x: tf.Tensor[], y: tf.Tensor[], clip: number) => CheckedSums;
}

export interface CheckedSums {
  readonly norms: Float64Array;
  /** Of the grid that the sums were rounded to. */
  readonly step: number;
  readonly sums: () => Map<number, Float64Array>;
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
      requireIndependent(check, ours.norms, alone);
      requireEqualNorms(check.model, ours.norms, norms);
      requireEqualSums(check, ours, references, norms, clip);
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

/** A bit is enough: what depends on others at all is not bounded by the clip norm. */
function requireIndependent({ model, backend }: SelfCheck, together: Float64Array, alone: readonly number[]): void {
  const differences = alone.map((norm, row) => (Object.is(norm, together[row]) ? 0 : Math.abs(norm - together[row])));
  if (differences.every((difference) => difference === 0)) return;
  const isRounding = differences.every((d, row) => d <= roundingTolerance * together[row]);
  // libtensorflow cuts products by the number of rows, so that a row's last bits change with the rows beside it
  if (isRounding && backend !== null && backend !== "cpu" && backend !== "wasm") {
    throw disagreement(
      model,
      `the kernels of backend ${backend} round an example by its place in the batch, which no sensitivity covers`,
      `engine "wasm", which uses no kernels of the backend, or tf.setBackend("wasm") before creating the engine`,
    );
  }
  throw disagreement(
    model,
    "an example's gradient depends on the other examples of its batch",
    "layers and a loss that treat each example by itself",
  );
}

function requireEqualNorms(model: LayersModel, ours: Float64Array, references: readonly number[]): void {
  const rounding = roundingTolerance * Math.max(...references);
  if (references.every((norm, row) => Math.abs(norm - ours[row]) <= ownTolerance * norm + rounding)) return;
  throw disagreement(
    model,
    "its per-example gradient norms differ from those of a batch-of-one loop",
    "built-in layers, or fewer of them, to find the one that differs",
  );
}

/** Weight by weight: a small one that is wrong would not show in the norm of them all. */
function requireEqualSums(
  check: SelfCheck,
  { step, sums }: CheckedSums,
  references: readonly Float32Array[][],
  norms: readonly number[],
  clip: number,
): void {
  const scales = norms.map((norm) => (norm > clip ? clip / norm : 1));
  const whole = norms.reduce((sum, norm, row) => sum + scales[row] * norm, 0);
  const ours = sums();
  check.weights.forEach((weight, w) => {
    const rest = Float64Array.from(ours.get(weight.id) ?? []);
    let own = 0;
    references.forEach((reference, row) => {
      const gradient = reference[w];
      own += scales[row] * Math.sqrt(squares(gradient));
      for (let k = 0; k < rest.length; k++) rest[k] -= scales[row] * gradient[k];
    });
    const grid = (step / 2) * Math.sqrt(rest.length);
    if (Math.sqrt(squares(rest)) <= ownTolerance * own + roundingTolerance * whole + grid) return;
    throw disagreement(
      check.model,
      `its sum of clipped gradients differs from that of a batch-of-one loop in ${weight.name}`,
      "built-in layers, or fewer of them, to find the one that differs",
    );
  });
}

function disagreement(model: LayersModel, reason: string, replacement: string): Error {
  return unsupportedModel([{ layer: model.name, layerClass: model.getClassName(), reason, replacement }]);
}
