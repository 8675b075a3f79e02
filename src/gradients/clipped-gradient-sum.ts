import type * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type RandomSource, operatingSystemRandom } from "../core/random-source.ts";
import type { Clip } from "./clip.ts";
import type { ClippedSum } from "./clipped-sum.ts";
import type { Loss } from "./loss.ts";
import { createGradientEngine } from "./gradient-engine.ts";

export interface ClippedGradientSumOptions {
  readonly model: LayersModel;
  readonly loss: Loss | readonly Loss[];
  readonly lossWeights?: readonly number[];
  readonly x: tf.Tensor | tf.Tensor[];
  readonly y: tf.Tensor | tf.Tensor[];
  /** See `GradientBatch`. */
  readonly sampleWeights?: tf.Tensor;
  /** See `GradientBatch`. */
  readonly lossMask?: tf.Tensor | tf.Tensor[];
  /** Short for `clip: { kind: "flat", l2ClipNorm }`. */
  readonly l2ClipNorm?: number;
  readonly clip?: Clip;
  /** See `GradientEngineOptions`. */
  readonly engine?: "wasm" | "tfjs";
  /** Default: the operating system's generator. */
  readonly random?: RandomSource;
  /** See `TfjsEngineOptions`; for many sums of one model, create an engine and let it check once. */
  readonly selfCheck?: boolean;
  /** Public, see `TfjsEngineOptions`. */
  readonly expectedBatchSize?: number;
}

/**
 * The sum over a batch of per-example gradients, each clipped (to L2 norm C over all trainable weights, per layer, or
 * automatically), before noise.
 *
 * @param options - `x` `[batch, …]` (a list for several inputs), `y` `[batch, …]`; both stay with the caller.
 * @returns sums by weight name as integer multiples of 2^gridExponent, and the L2 sensitivity to price.
 * @throws PrivacyError `unsupported_model`, `invalid_argument`; as `createTfjsEngine`.
 * @guarantee As `createTfjsEngine`. The result is *not* private: add noise of stddev z · sensitivity first.
 * @source docs/numerics-summation.md
 */
export async function clippedGradientSum(options: ClippedGradientSumOptions): Promise<ClippedSum> {
  const { x, y, sampleWeights, lossMask, random = operatingSystemRandom(), ...rest } = options;
  const engine = await createGradientEngine({ ...rest, random });
  try {
    return await engine.clippedSum({
      x,
      y,
      ...(sampleWeights === undefined ? {} : { sampleWeights }),
      ...(lossMask === undefined ? {} : { lossMask }),
    });
  } finally {
    engine.dispose();
  }
}
