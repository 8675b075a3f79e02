import type * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type RandomSource, operatingSystemRandom } from "../core/random-source.ts";
import { invalidArgument } from "../core/index.ts";
import type { ClippedSum } from "./clipped-sum.ts";
import type { Loss } from "./loss.ts";
import { createTfjsEngine } from "./tfjs-engine.ts";

export interface ClippedGradientSumOptions {
  readonly model: LayersModel;
  readonly loss: Loss;
  readonly x: tf.Tensor | tf.Tensor[];
  readonly y: tf.Tensor;
  readonly l2ClipNorm: number;
  readonly engine?: "tfjs";
  /** Default: the operating system's generator. */
  readonly random?: RandomSource;
  /** See `TfjsEngineOptions`; for many sums of one model, create an engine and let it check once. */
  readonly selfCheck?: boolean;
  /** Public, see `TfjsEngineOptions`. */
  readonly expectedBatchSize?: number;
}

/**
 * The sum over a batch of per-example gradients, each clipped to L2 norm C over all trainable weights, before noise.
 *
 * @param options - `x` `[batch, …]` (a list for several inputs), `y` `[batch, …]`; both stay with the caller.
 * @returns sums by weight name as integer multiples of 2^gridExponent, and the L2 sensitivity to price.
 * @throws PrivacyError `unsupported_model`, `invalid_argument`; as `createTfjsEngine`.
 * @guarantee As `createTfjsEngine`. The result is *not* private: add noise of stddev z · sensitivity first.
 * @source docs/numerics-summation.md
 */
export async function clippedGradientSum(options: ClippedGradientSumOptions): Promise<ClippedSum> {
  const { x, y, engine: kind = "tfjs", random = operatingSystemRandom(), ...rest } = options;
  if (kind !== "tfjs") throw invalidArgument("engine", '"tfjs"', kind);
  const engine = await createTfjsEngine({ ...rest, random });
  try {
    return await engine.clippedSum({ x, y });
  } finally {
    engine.dispose();
  }
}
