import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type NotPrivate, markNotPrivate } from "../core/index.ts";
import { type RandomSource, operatingSystemRandom } from "../core/random-source.ts";
import { openKernels } from "../kernels/index.ts";
import { lossesOf, targetsOf } from "./batch-loss.ts";
import type { EngineWeight, GradientBatch } from "./engine.ts";
import { describeWeight, parseEngineOptions, requireAlive, requireRows } from "./engine-options.ts";
import type { Loss } from "./loss.ts";
import { requireSupported, unsupportedModel } from "./model-check.ts";
import { drawWords } from "./random-words.ts";
import { type Core, outputLoss, planLosses, readInputs, readLabels } from "./wasm-engine.ts";
import { drawsMasks } from "./wasm-op.ts";
import { compileModel } from "./wasm-plan.ts";
import { createWorkbench } from "./wasm-workbench.ts";

export interface MeanGradientOptions {
  readonly model: LayersModel;
  /** By name, one per output. */
  readonly loss: Loss | readonly Loss[];
  readonly lossWeights?: readonly number[];
  /** Rows per pass at most; what fits the caches by default. */
  readonly physicalBatchSize?: number;
  /** Default: those of the machine, at most 4. */
  readonly threads?: number;
  /** Of the masks of Dropout layers. Default: the operating system's. */
  readonly random?: RandomSource;
}

/** The gradient of a batch's mean loss, as it is. */
export interface MeanGradient {
  /** By the names of the trainable weights, flattened row-major. */
  readonly gradient: Readonly<Record<string, Float32Array>>;
  /** Per example, shape [batch]. */
  readonly losses: Float64Array;
}

/** Plain gradients of one model, for models whose training is nobody's secret: shadow models, baselines. */
export interface MeanGradientEngine {
  readonly weights: readonly EngineWeight[];
  /** (1 / rows) · Σ over the rows of ∂loss/∂w; zeros for no rows. Groups are not known here. */
  meanGradient(batch: Omit<GradientBatch, "groupSizes">): Promise<NotPrivate<MeanGradient>>;
  dispose(): void;
}

/**
 * Mini-batch gradients **without privacy**, on the kernels of the private engine: no row is clipped, nothing is rounded to
 * a grid, and there is no noise and no price. What it returns is `NotPrivate`, has no sums and no sensitivity, and no plan
 * or trainer takes it.
 *
 * @throws PrivacyError `unsupported_model` for a model that the kernels do not know; `invalid_argument` for options out of
 * range; `file_unreadable` when the kernels were not built.
 * @guarantee None. The gradient tells of every record in the batch.
 * @numerics Added in f32, each thread its part of the rows: bits depend on the number of threads.
 */
export function createMeanGradientEngine(options: MeanGradientOptions): MeanGradientEngine {
  const { model, random = operatingSystemRandom() } = options;
  requireSupported(model);
  const plan = compileModel(model, lossesOf(model, options), true);
  if ("reason" in plan) throw unsupportedModel([{ ...plan, replacement: "a layer that the kernels know" }]);
  // of the private engine's options none but these is meant; the clip is never used
  const parsed = parseEngineOptions({ ...options, random, l2ClipNorm: 1 });
  const losses = planLosses({ ...options, random }, plan);
  const core: Core = { plan, outputs: losses.map(outputLoss) };
  const bench = createWorkbench({ plan, kernels: openKernels(), losses, ...parsed, isPlain: true });
  const hasMasks = plan.ops.some(drawsMasks);
  let isDisposed = false;
  return Object.freeze<MeanGradientEngine>({
    weights: Object.freeze(plan.weights.map(describeWeight)),
    // async so that a refusal is a rejection
    meanGradient: async (batch) => {
      requireAlive(isDisposed);
      const rows = requireRows(model, batch);
      const targets = targetsOf(model, batch);
      const { gradient, losses: own } = await bench.mean({
        x: readInputs(core, batch.x),
        y: readLabels(core, targets, rows),
        weights: targets.sampleWeights?.dataSync(),
        rows,
        // one group for everybody: nobody has a norm of his own
        groupSizes: Uint32Array.of(rows),
        runs: [[0]],
        parts: [],
        gridExponent: 0,
        seeds: hasMasks ? drawWords(random, 2 * rows) : undefined,
      });
      const named = plan.weights.map(({ id, name }) => [name, gradient.get(id) as Float32Array]);
      return markNotPrivate({ gradient: Object.fromEntries(named) as MeanGradient["gradient"], losses: own });
    },
    dispose: () => {
      isDisposed = true;
      bench.close();
    },
  });
}
