import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type LayerView, leaves, viewModel } from "./layer-view.ts";
import type { Loss } from "./loss.ts";

/** What labels a loss of the user's own is tried with: rows of the output's shape, or one class number per position. */
export type LabelKind = "one-hot" | "class";

/** A free axis of an input (a sequence length, say) is given this length. */
const freeAxis = 8;

/**
 * Made-up examples of the model's shapes for the dry run and the self-check: fixed, smooth, in [-1, 1]; ids where an
 * Embedding reads. No data, no randomness. The caller disposes the tensors.
 */
export function syntheticBatch(
  model: LayersModel,
  losses: readonly Loss[],
  rows: number,
  labelKind: LabelKind,
): { x: tf.Tensor[]; y: tf.Tensor[] } {
  const vocabularies = leaves(viewModel(model))
    .filter((layer) => layer.getClassName() === "Embedding")
    .map((layer) => Number(layer.getConfig()["inputDim"]));
  const vocabulary = Math.min(...vocabularies);
  const x = model.inputs.map((input, i) => {
    const shape = [rows, ...input.shape.slice(1).map((axis) => axis ?? freeAxis)];
    const readsIds = vocabularies.length > 0 && (input.dtype === "int32" || feedsEmbedding(model, i));
    return readsIds ? tf.tensor(ids(shape, vocabulary, i), shape, "int32") : tf.tensor(waves(shape, i), shape);
  });
  return { x, y: model.outputs.map((output, o) => labels(output.shape, losses[o], rows, labelKind)) };
}

/** True when the input is what an Embedding reads, as far as the graph shows, or the only input of a model with one. */
function feedsEmbedding(model: LayersModel, input: number): boolean {
  const source = model.inputs[input].sourceLayer as unknown as LayerView;
  const isRead = source.outboundNodes.some((node) => node.outboundLayer.getClassName() === "Embedding");
  return isRead || model.inputs.length === 1;
}

/** Labels that suit the loss. */
function labels(output: readonly (number | null)[], loss: Loss, rows: number, labelKind: LabelKind): tf.Tensor {
  const shape = [rows, ...output.slice(1).map((axis) => axis ?? freeAxis)];
  const classes = shape.at(-1) ?? 1;
  const kind = typeof loss === "string" ? loss : typeof loss === "function" ? "own" : loss.kind;
  const positions = shape.slice(0, -1);
  const readsClasses = kind === "sparseCategoricalCrossentropy" || (kind === "own" && labelKind === "class");
  if (readsClasses) return tf.tensor(ids(positions, classes, 7), positions, "int32");
  if (kind === "meanSquaredError") return tf.tensor(waves(shape, 7), shape);
  if (kind === "binaryCrossentropy") return tf.tensor(ids(shape, 2, 7), shape, "float32");
  return tf.tidy(() => {
    const flat = tf.tensor1d(ids(positions, Math.max(2, classes), 7), "int32");
    return tf.reshape(
      tf.cast(tf.slice(tf.oneHot(flat, Math.max(2, classes)), [0, 0], [flat.size, classes]), "float32"),
      shape,
    );
  });
}

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function waves(shape: readonly number[], phase: number): Float32Array {
  return Float32Array.from({ length: count(shape) }, (_, k) => Math.sin(1.7 * k + 0.3 * k * k + phase));
}

function ids(shape: readonly number[], below: number, phase: number): Int32Array {
  return Int32Array.from({ length: count(shape) }, (_, k) => (k * k + 3 * k + phase) % below);
}
