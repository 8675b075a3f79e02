import type * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { RandomSource } from "../core/random-source.ts";
import type { GridGaussian } from "../noise/index.ts";
import type { Clip } from "./clip.ts";
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
  /** One tensor per output of the model. */
  readonly y: tf.Tensor | tf.Tensor[];
  /** `[batch]`, in [0, 1]: a row's loss is multiplied by its weight before anything is clipped. */
  readonly sampleWeights?: tf.Tensor;
  /**
   * `[batch, …positions]` per output, of zeros and ones: positions at 0 are left out of the loss, and of its mean. Labels
   * there are still read. For losses by name.
   */
  readonly lossMask?: tf.Tensor | tf.Tensor[];
  /**
   * Where rows belong together (views of one record, records of one user): group i is the next `groupSizes[i]` ≥ 1 rows,
   * and what is clipped and added is the *mean* of its rows' gradients. For engines made with `grouped`.
   */
  readonly groupSizes?: Uint32Array;
}

/** What one clip costs: the priced bound, the grid it is released on, and what rounding adds. */
export interface ClipBound {
  /** Bounds the L2 distance between the sums of two neighboring batches. Independent of the batch. */
  readonly sensitivity: number;
  readonly gridExponent: number;
  readonly surcharge: Surcharge;
}

/** Noise that an engine adds to a sum before anybody sees it. */
export interface NoiseOrder {
  /** One that can be shared among threads: has `openBlocks`. */
  readonly source: GridGaussian;
  /** σ in units of the grid. */
  readonly stddev: number;
  /** What a unit of the grid becomes: 2^gridExponent over what the sum is divided by. */
  readonly unit: number;
}

/** A clipped sum that lies where it was made, for the time of one call of `holdSum`. */
export interface HeldSum extends Omit<ClippedSum, "sums"> {
  /**
   * (sum + noise) · unit by the names of the weights. To be called once.
   *
   * @param into - arrays that their owner no longer needs: written to and returned.
   * @throws PrivacyError `invalid_state` when a thread died, or after the call; `numerical_failure`,
   * `entropy_unavailable` as `addNoise` of the source. What was drawn is dropped, and drawn again by nobody.
   */
  addNoise(
    order: NoiseOrder,
    into?: Readonly<Record<string, Float32Array>>,
  ): Promise<Readonly<Record<string, Float32Array>>>;
}

/** Sums per-example gradients, each clipped to L2 norm C over all trainable weights of one model. */
export interface GradientEngine {
  readonly kind: "wasm" | "tfjs";
  /** The clip that sums are made with unless another of its kind is named. */
  readonly clip: Clip;
  /** C + surcharge: bounds the L2 distance between the sums of two neighboring batches. Independent of the batch. */
  readonly sensitivity: number;
  readonly gridExponent: number;
  readonly surcharge: Surcharge;
  readonly weights: readonly EngineWeight[];
  /**
   * @param clip - of the kind the engine was made with; for schedules and adaptive norms.
   * @param into - a sum of this engine that its owner no longer needs: its arrays may be written to and returned.
   */
  clippedSum(batch: GradientBatch, clip?: Clip, into?: ClippedSum): Promise<ClippedSum>;
  /**
   * The same sum, not handed out: `use` is called with it once it is whole, and may have noise added by the engine's
   * threads. Nobody else has the memory until `use` has ended. Only the wasm engine has it.
   */
  holdSum?<T>(batch: GradientBatch, clip: Clip | undefined, use: (sum: HeldSum) => Promise<T>): Promise<T>;
  /**
   * `model.predict(x)` up to f32 rounding, without TensorFlow.js's kernels, by the weights as they are now; the caller
   * disposes the result, a list where the model has several outputs. Only the wasm engine has it.
   */
  predict?(x: tf.Tensor | tf.Tensor[]): Promise<tf.Tensor | tf.Tensor[]>;
  /** What a clip of the engine's kind costs. It is a function of the clip and the number of weights alone. */
  boundOf(clip: Clip): ClipBound;
  /** One entry per layer that holds trainable weights: how its per-example gradient is formed and summed. */
  explain(): LayerPlan[];
  /** Ends the engine. The model stays with its owner, as it was. */
  dispose(): void;
}

export interface TfjsEngineOptions {
  readonly model: LayersModel;
  /** One loss for every output, or one for each. */
  readonly loss: Loss | readonly Loss[];
  /** Public constants, finite and >= 0, one for each output: an example's loss is Σ weight · loss. Default: all 1. */
  readonly lossWeights?: readonly number[];
  /** C, in [1e-12, 1e12]: short for `clip: { kind: "flat", l2ClipNorm }`. */
  readonly l2ClipNorm?: number;
  readonly clip?: Clip;
  /**
   * Draws the runs of the summation (one per row), the masks of Dropout, and on backend `tensorflow` the rows' places.
   * Draws no privacy noise.
   */
  readonly random: RandomSource;
  /**
   * The *public* expected size of a logical batch: it fixes the number of runs, never the result's bound. Default 512.
   * A batch much larger than declared is summed in f64, slower and with the same sensitivity. On backend `tensorflow` it
   * also fixes how many rows the tfjs engine has places for, and a larger batch is refused (e⁻⁴⁰ for a Poisson sample).
   */
  readonly expectedBatchSize?: number;
  /**
   * Rows per forward pass, at most: bounds memory, and changes no bit of the result but on backend `tensorflow`. Left out, as many as keep an
   * example's activations and gradients within some 256 MiB, at most 256.
   */
  readonly physicalBatchSize?: number;
  /**
   * Threads of the wasm engine, the calling one among them, in 1 … 64: no bit of a result depends on it. Default: those
   * the machine offers, at most 4. The tfjs engine has those of its backend.
   */
  readonly threads?: number;
  /** Compare a few synthetic examples with a batch-of-one loop before the first use. Default true. */
  readonly selfCheck?: boolean;
  /**
   * Batches come in groups of rows (`GradientBatch.groupSizes`): each layer's gradient is written out and averaged per
   * group before it is clipped.
   */
  readonly grouped?: boolean;
}

export interface GradientEngineOptions extends TfjsEngineOptions {
  /** Left out: `wasm` where its kernels know every layer and the loss, otherwise `tfjs`. */
  readonly engine?: "wasm" | "tfjs";
}
