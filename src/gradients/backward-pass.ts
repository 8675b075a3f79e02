import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { RandomSource } from "../core/random-source.ts";
import type { BatchLoss, Targets } from "./batch-loss.ts";
import { replaceCall, restoreCall } from "./comparison-call.ts";
import { callOf } from "./layer-call.ts";
import { type Pass, type Use, ownersOf } from "./layer-tap.ts";
import { type LayerView, leaves, viewModel } from "./layer-view.ts";
import { unsupportedModel } from "./model-check.ts";

export interface BackwardPass {
  /** Per-example losses, shape [rows]. */
  readonly losses: Float32Array;
  readonly uses: readonly Use[];
}

export interface PassOptions {
  readonly model: LayersModel;
  readonly loss: BatchLoss;
  readonly random: RandomSource;
  /** The layers whose gradient is wanted, fixed at attach. */
  readonly tapped: ReadonlySet<LayerView>;
  /** True: Dropout draws masks. */
  readonly isTraining: boolean;
}

/**
 * One forward and one backward pass over `[rows, …]`, with the input and the output gradient of every call of a layer
 * that holds trainable weights. No weight gradient is formed. All tensors made here are disposed; the model's layers
 * carry their own calls again afterwards, also when something throws.
 *
 * @throws PrivacyError `invalid_argument` when the loss is not of shape [rows]; `unsupported_model` when a trainable
 *   layer's output does not reach the loss.
 */
export function runBackward(options: PassOptions, x: tf.Tensor[], targets: Targets): BackwardPass {
  const { model, loss } = options;
  const root = viewModel(model);
  const { tapped } = options;
  const uses: Use[] = [];
  let losses: Float32Array = new Float32Array();
  const differentiate = (): void => {
    const forward = (anchor: tf.Tensor): tf.Scalar => {
      const pass: Pass = {
        anchor: anchor as tf.Scalar,
        uses,
        random: options.random,
        owners: ownersOf(tapped),
        repeats: 1,
      };
      const outputs = withCalls(root, pass, () => {
        return model.apply(x.length === 1 ? x[0] : x, { training: options.isTraining }) as tf.Tensor | tf.Tensor[];
      });
      const perExample = loss(targets, Array.isArray(outputs) ? outputs : [outputs]);
      losses = Float32Array.from(perExample.dataSync());
      return tf.sum(perExample);
    };
    tf.valueAndGrad(forward)(tf.scalar(0));
  };
  try {
    withTape(differentiate);
  } catch (error) {
    // tfjs found no way from the loss to any tap
    if (error instanceof Error && error.message.startsWith("Cannot compute gradient of y=f(x)")) {
      requireReported(uses, tapped);
    }
    throw error;
  }
  requireReported(uses, tapped);
  return { losses, uses };
}

/** `tf.tidy`, and on an error also what tfjs keeps for a backward pass that will not come. */
export function withTape(body: () => void): void {
  try {
    tf.tidy(body);
  } catch (error) {
    const { state } = tf.engine() as unknown as { state: { gradientDepth: number; activeTape: SavedNode[] | null } };
    if (state.gradientDepth === 0) {
      tf.dispose((state.activeTape ?? []).flatMap((node) => node.saved ?? []));
      state.activeTape = null;
    }
    throw error;
  }
}

interface SavedNode {
  readonly saved?: tf.Tensor[];
}

/** Replaces the calls of `root`'s layers while `body` runs. */
export function withCalls<T>(root: LayerView, pass: Pass, body: () => T): T {
  const replaced: LayerView[] = [];
  try {
    for (const layer of leaves(root)) {
      const value = callOf(layer, pass);
      if (value === undefined) continue;
      replaceCall(layer, value);
      replaced.push(layer);
    }
    return body();
  } finally {
    for (const layer of replaced) restoreCall(layer);
  }
}

/** Clipping before every use has reported would leave gradients out of the norm. */
function requireReported(uses: readonly Use[], tapped: ReadonlySet<LayerView>): void {
  const silent = [...tapped].filter((layer) => {
    const own = uses.filter((use) => use.layer === layer);
    return own.length === 0 || own.some((use) => use.gradient === undefined);
  });
  if (silent.length === 0) return;
  throw unsupportedModel(
    silent.map((layer) => ({
      layer: layer.name,
      layerClass: layer.getClassName(),
      reason: "a call of it does not reach the loss, so its per-example gradient is not known",
      replacement: "a model in which every trainable layer leads to the output, or trainable false",
    })),
  );
}
