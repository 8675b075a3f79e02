import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { invalidArgument } from "../core/index.ts";
import type { GradientBatch } from "./engine.ts";
import { type Loss, type PerExampleLoss, describe, perExampleLoss } from "./loss.ts";

/** What rows are held to: labels `[rows, …]` per output of the model, and how much a row and its positions count. */
export interface Targets {
  readonly y: readonly tf.Tensor[];
  /** `[rows]`, in [0, 1]. */
  readonly sampleWeights?: tf.Tensor;
  /** `[rows, …positions]` per output, 0 or 1. */
  readonly masks?: readonly tf.Tensor[];
}

/** Targets and outputs to losses `[rows]`, row i from example i alone. */
export type BatchLoss = (targets: Targets, outputs: readonly tf.Tensor[]) => tf.Tensor;

export interface LossOptions {
  readonly loss: Loss | readonly Loss[];
  readonly lossWeights?: readonly number[];
}

/**
 * One loss per output: a single loss serves them all, as in `tf.LayersModel.compile`.
 *
 * @throws PrivacyError `invalid_argument` when there are more or fewer than outputs.
 */
export function lossesOf(model: LayersModel, { loss }: LossOptions): readonly Loss[] {
  if (!Array.isArray(loss)) return model.outputs.map(() => loss as Loss);
  if (loss.length === model.outputs.length) return loss as readonly Loss[];
  throw invalidArgument("loss", `one loss, or one for each of ${model.outputs.length} outputs`, `${loss.length}`);
}

/**
 * An example's loss is Σ weightₒ · lossₒ over the outputs o, times its sample weight: one gradient, clipped once.
 *
 * @throws PrivacyError `invalid_argument` for another number of losses or weights than outputs, or weights that are no
 *   finite numbers >= 0.
 */
export function batchLoss(model: LayersModel, options: LossOptions): BatchLoss {
  const losses = lossesOf(model, options).map(perExampleLoss);
  const weights = parseLossWeights(options.lossWeights, losses.length);
  return ({ y, sampleWeights, masks }, outputs) => {
    const parts = losses.map((loss, o) => {
      const part = requirePerExample(loss(y[o], outputs[o], masks?.[o]), outputs[o].shape[0] ?? 0);
      return weights[o] === 1 ? part : tf.mul(part, weights[o]);
    });
    const total = parts.reduce((sum, part) => tf.add(sum, part));
    return sampleWeights === undefined ? total : tf.mul(total, sampleWeights);
  };
}

/** @throws PrivacyError `invalid_argument` unless they are finite numbers >= 0, one for each output. */
export function parseLossWeights(weights: readonly number[] | undefined, outputs: number): readonly number[] {
  if (weights === undefined) return Array.from({ length: outputs }, () => 1);
  const isSound = Array.isArray(weights) && weights.length === outputs;
  if (isSound && weights.every((w) => typeof w === "number" && w >= 0 && w < Infinity)) return [...weights];
  throw invalidArgument("lossWeights", `${outputs} finite numbers >= 0, one for each output`, "something else");
}

function requirePerExample(losses: ReturnType<PerExampleLoss>, rows: number): tf.Tensor {
  // the user's function is JavaScript: it may return anything
  if (!(losses instanceof tf.Tensor)) {
    throw invalidArgument("loss", "a function to a tensor of one loss per example, shape [batch]", typeof losses);
  }
  if (losses.rank === 1 && losses.shape[0] === rows) return losses;
  throw invalidArgument(
    "loss",
    "a function to one loss per example, shape [batch]",
    losses.rank === 1 ? "another number of losses" : `shape ${describe(losses)}`,
    "do not reduce over the batch: a mean mixes examples and hides what one example contributes",
  );
}

/**
 * The targets of a batch. Weights beyond 1 are refused: a row's gradient is clipped after its weight, so that a larger
 * weight would only clip it harder, which is rarely what was meant.
 *
 * @throws PrivacyError `invalid_argument` for weights outside [0, 1], masks of other numbers than 0 and 1, other shapes.
 */
export function targetsOf(model: LayersModel, batch: GradientBatch): Targets {
  const y = Array.isArray(batch.y) ? batch.y : [batch.y];
  if (y.length !== model.outputs.length) {
    throw invalidArgument("y", `${model.outputs.length} tensors, one for each output`, `${y.length}`);
  }
  const { sampleWeights, lossMask } = batch;
  const rows = y[0].shape[0] ?? 0;
  if (sampleWeights !== undefined) requireWeights(sampleWeights, rows);
  if (lossMask === undefined) return { y, ...(sampleWeights === undefined ? {} : { sampleWeights }) };
  const masks = Array.isArray(lossMask) ? lossMask : [lossMask];
  if (masks.length !== y.length) {
    throw invalidArgument("lossMask", `${y.length} tensors, one for each output`, `${masks.length}`);
  }
  masks.forEach((mask, o) => requireMask(mask, rows, model.outputs[o].shape));
  return { y, masks, ...(sampleWeights === undefined ? {} : { sampleWeights }) };
}

function requireWeights(weights: tf.Tensor, rows: number): void {
  const isRow = weights.rank === 1 && weights.shape[0] === rows;
  if (isRow && weights.dataSync().every((w) => w >= 0 && w <= 1)) return;
  throw invalidArgument(
    "sampleWeights",
    "numbers in [0, 1] of shape [batch]",
    isRow ? "others" : "another shape",
    "divide them by the largest weight that the public design allows",
  );
}

function requireMask(mask: tf.Tensor, rows: number, output: readonly (number | null)[]): void {
  const positions = output.slice(1, -1);
  const isLike =
    mask.rank === positions.length + 1 &&
    mask.shape[0] === rows &&
    positions.every((size, axis) => size === null || size === mask.shape[axis + 1]);
  if (isLike && mask.dataSync().every((value) => value === 0 || value === 1)) return;
  const wanted = `zeros and ones of shape [${["batch", ...positions.map((size) => size ?? "any")].join(", ")}]`;
  throw invalidArgument("lossMask", wanted, isLike ? "other numbers" : "another shape");
}

/** Tensors of targets, each made into another. */
export function mapTargets({ y, sampleWeights, masks }: Targets, make: (t: tf.Tensor) => tf.Tensor): Targets {
  return {
    y: y.map(make),
    ...(sampleWeights === undefined ? {} : { sampleWeights: make(sampleWeights) }),
    ...(masks === undefined ? {} : { masks: masks.map(make) }),
  };
}

export function disposeTargets({ y, sampleWeights, masks }: Targets): void {
  tf.dispose([...y, ...(masks ?? []), ...(sampleWeights === undefined ? [] : [sampleWeights])]);
}
