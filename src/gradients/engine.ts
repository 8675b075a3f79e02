import type * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { RandomSource } from "../core/random-source.ts";
import type { ClippedSum, LayerPlan } from "./clipped-sum.ts";
import type { Loss } from "./loss.ts";

/** A trainable weight, in the order of `model.trainableWeights`. `size` is the number of its entries. */
export interface EngineWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
}

/**
 * What floating point adds to the clip norm, in the gradient's units: `sensitivity = C + total`, `relative = total / C`.
 * `grid` pays for rounding the sum to the grid, `summation` for adding in f32 and f64 (docs/numerics-summation.md).
 */
export interface Surcharge {
  readonly grid: number;
  readonly summation: number;
  readonly total: number;
  readonly relative: number;
}

/** One logical batch: inputs `[batch, …]` (one tensor per model input) and labels `[batch, …]`. The caller keeps them. */
export interface GradientBatch {
  readonly x: tf.Tensor | tf.Tensor[];
  readonly y: tf.Tensor;
}

/** Sums per-example gradients, each clipped to L2 norm C over all trainable weights of one model. */
export interface GradientEngine {
  readonly kind: "wasm" | "tfjs";
  /** C + surcharge: bounds the L2 distance between the sums of two neighboring batches. Independent of the batch. */
  readonly sensitivity: number;
  readonly gridExponent: number;
  readonly surcharge: Surcharge;
  readonly weights: readonly EngineWeight[];
  clippedSum(batch: GradientBatch): Promise<ClippedSum>;
  /** One entry per layer that holds trainable weights: how its per-example gradient is formed and summed. */
  explain(): LayerPlan[];
  /** Ends the engine. The model stays with its owner, as it was. */
  dispose(): void;
}

export interface TfjsEngineOptions {
  readonly model: LayersModel;
  readonly loss: Loss;
  /** C, in [1e-12, 1e12]. */
  readonly l2ClipNorm: number;
  /** Draws the runs of the summation (one per row) and the masks of Dropout. Draws no privacy noise. */
  readonly random: RandomSource;
  /**
   * The *public* expected size of a logical batch: it fixes the number of runs, never the result's bound. Default 512.
   * A batch much larger than declared is summed in f64, slower and with the same sensitivity.
   */
  readonly expectedBatchSize?: number;
  /** Rows per forward pass: bounds memory, does not change a bit of the result. Default 256. */
  readonly physicalBatchSize?: number;
  /** Compare a few synthetic examples with a batch-of-one loop before the first use. Default true. */
  readonly selfCheck?: boolean;
}

export interface GradientEngineOptions extends TfjsEngineOptions {
  /** Left out: `wasm` where its kernels know every layer and the loss, otherwise `tfjs`. */
  readonly engine?: "wasm" | "tfjs";
}
