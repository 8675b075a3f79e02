import * as tf from "@tensorflow/tfjs-core";
import { PrivacyError, invalidArgument, markNotPrivate } from "../core/index.ts";
import { type PassOptions, runBackward } from "./backward-pass.ts";
import { type Targets, batchLoss, disposeTargets, lossesOf, mapTargets, targetsOf } from "./batch-loss.ts";
import { type Clip, partsOf } from "./clip.ts";
import type { ClippedSum } from "./clipped-sum.ts";
import {
  boundOfClip,
  describeWeight,
  parseEngineOptions,
  requireAlive,
  requireRows,
  requireUnits,
} from "./engine-options.ts";
import type { ClipBound, GradientBatch, GradientEngine, TfjsEngineOptions } from "./engine.ts";
import { type LayerRule, chooseRules, planOf } from "./layer-rule.ts";
import { type WeightView, sizeOf, trainableLeaves, trainableWeights, viewModel } from "./layer-view.ts";
import { chunkRows } from "./row-chunks.ts";
import { requireSupported } from "./model-check.ts";
import { chooseGridExponent } from "./rounding.ts";
import { type RowSum, type RulePart, startRowSum } from "./row-sum.ts";
import { drawRuns } from "./runs.ts";
import { type CheckedSums, checkAgainstLoop, checkedBits, checkedRows } from "./self-check.ts";
import { type LabelKind, syntheticBatch } from "./synthetic-batch.ts";

/**
 * The engine that runs on TensorFlow.js: one forward and one backward pass per physical batch, taps at every layer that
 * holds trainable weights, clipping and summation under the scheme of docs/numerics-summation.md.
 *
 * @param options - see `TfjsEngineOptions`; norms in [1e-12, 1e12].
 * @returns an engine whose `sensitivity` does not depend on any batch.
 * @throws PrivacyError `unsupported_model` with every problem of `checkModel`, or when the self-check disagrees;
 *   `invalid_argument` for options out of range, a loss that is not per example, or a backend whose f32 arithmetic is
 *   not known.
 * @guarantee The L2 distance between the sums of two batches that differ in one record (added, removed or zeroed, the
 *   other records' runs and Dropout masks being equal) is at most `sensitivity`; replacing a record moves it by at most
 *   twice that. Regularizers of the model are not part of the sum: they do not depend on data.
 * @source docs/numerics-summation.md; Bu, Wang, Zha, Karypis 2022, arXiv:2210.00038v2 (book-keeping); Abadi et al.
 *   2016, arXiv:1607.00133v2, Algorithm 1.
 */
export async function createTfjsEngine(
  options: TfjsEngineOptions,
  engineWhy: string = "asked for",
): Promise<GradientEngine> {
  const { model } = options;
  const { clip, physicalBatchSize, runs } = parseEngineOptions(options);
  await tf.ready();
  requireKnownArithmetic();
  requireSupported(model);
  const tapped = new Set(trainableLeaves(viewModel(model)));
  const loss = batchLoss(model, options);
  const pass: PassOptions = { model, loss, random: options.random, tapped, isTraining: true };
  const { rules, labelKind } = dryRun(pass, options);
  const weights = trainableWeights(viewModel(model));
  const core: Core = {
    pass,
    rules,
    weights,
    layerNames: trainableLeaves(viewModel(model)).map((layer) => layer.name),
    clip,
    isGrouped: options.grouped === true,
    physicalBatchSize,
    backend: tf.getBackend(),
    runs,
    engineWhy,
  };
  const engine = engineOf(core);
  if (options.selfCheck !== false) selfCheck(core, options, labelKind);
  return engine;
}

/** What one engine fixes at attach. */
interface Core {
  readonly pass: PassOptions;
  readonly rules: readonly LayerRule[];
  readonly weights: readonly WeightView[];
  /** The layers with trainable weights in the model's own order, which is that of per-layer norms. */
  readonly layerNames: readonly string[];
  readonly clip: Clip;
  readonly isGrouped: boolean;
  readonly runs: number;
  readonly physicalBatchSize: number;
  readonly engineWhy: string;
  /** The backend of the self-check. */
  readonly backend: string;
}

function engineOf(core: Core): GradientEngine {
  let isDisposed = false;
  const dimension = core.weights.reduce((sum, weight) => sum + sizeOf(weight), 0);
  const boundOf = (clip: Clip): ClipBound => boundOfClip(clip, core.clip, core.layerNames, dimension);
  const bound = boundOf(core.clip);
  return Object.freeze<GradientEngine>({
    kind: "tfjs",
    ...bound,
    clip: core.clip,
    boundOf,
    weights: Object.freeze(core.weights.map(describeWeight)),
    // async so that a refusal is a rejection; the work itself is done before the promise is returned
    clippedSum: async (batch, clip = core.clip) => {
      requireAlive(isDisposed);
      return sumBatch({ ...core, clip }, batch, boundOf(clip));
    },
    explain: () => core.rules.map((rule) => planOf(rule, core.engineWhy)),
    dispose: () => {
      isDisposed = true;
    },
  });
}

/** The proof of the sensitivity needs f32 products and sums that round as IEEE 754 says, in any order. */
function requireKnownArithmetic(): void {
  const backend = tf.getBackend();
  if (["cpu", "wasm", "tensorflow"].includes(backend)) return;
  throw invalidArgument(
    "backend",
    "cpu, wasm or tensorflow, whose f32 arithmetic the sensitivity bound covers",
    backend,
    'call tf.setBackend("wasm") before creating the engine',
  );
}

/** One example through the model: which layers report, how often each is called, and which labels the loss takes. */
function dryRun(pass: PassOptions, options: TfjsEngineOptions, labelKind: LabelKind = "one-hot"): DryRun {
  const losses = lossesOf(options.model, options);
  const { x, y } = syntheticBatch(options.model, losses, 2, labelKind);
  try {
    return {
      rules: chooseRules(runBackward({ ...pass, isTraining: false }, x, { y }).uses, options.grouped),
      labelKind,
    };
  } catch (error) {
    if (losses.every((loss) => typeof loss !== "function") || labelKind === "class") throw error;
    return retryWithClasses(pass, options, error);
  } finally {
    tf.dispose([...x, ...y]);
  }
}

/** A loss that takes neither kind of labels is reported by what it did with the first. */
function retryWithClasses(pass: PassOptions, options: TfjsEngineOptions, first: unknown): DryRun {
  try {
    return dryRun(pass, options, "class");
  } catch {
    throw first;
  }
}

interface DryRun {
  readonly rules: readonly LayerRule[];
  readonly labelKind: LabelKind;
}

function sumBatch(core: Core, batch: GradientBatch, { sensitivity, gridExponent }: ClipBound): ClippedSum {
  if (tf.getBackend() !== core.backend) {
    throw new PrivacyError(
      "invalid_state",
      `the backend of the self-check was wanted, ${core.backend}, and ${tf.getBackend()} is current; create another engine`,
      { object: "GradientEngine", state: "another backend" },
    );
  }
  const x = Array.isArray(batch.x) ? batch.x : [batch.x];
  const rows = requireRows(core.pass.model, batch);
  const units = requireUnits(batch, rows, core.isGrouped);
  const runs = drawRuns(core.pass.random, units, core.runs);
  const sum = startRowSum(clipParts(core), units);
  const losses = addBatch(core, sum, x, targetsOf(core.pass.model, batch), rows, batch.groupSizes);
  const totals = sum.finish(runs, gridExponent);
  const nonFiniteRows = sum.norms.reduce((count, norm) => count + (Number.isFinite(norm) ? 0 : 1), 0);
  const clipped = sum.isClipped.reduce((count, isClipped) => count + isClipped, 0);
  return {
    sums: Object.fromEntries(core.weights.map((w) => [w.name, totals.get(w.id) ?? new Float64Array(sizeOf(w))])),
    gridExponent,
    sensitivity,
    diagnostics: markNotPrivate({ norms: sum.norms, losses, fractionClipped: clipped / units, nonFiniteRows }),
  };
}

/** The clip's parts, each with the rules of its layers. */
function clipParts({ clip, layerNames, rules }: Core): RulePart[] {
  return partsOf(clip, layerNames).map((part) => ({
    ...part,
    rules: rules.filter((rule) => part.layer === null || rule.layer.name === part.layer),
  }));
}

/** Forward and backward in chunks of at most `physicalBatchSize` rows, or of one group where that is larger. */
function addBatch(
  core: Core,
  sum: RowSum,
  x: readonly tf.Tensor[],
  targets: Targets,
  rows: number,
  groupSizes?: Uint32Array,
): Float64Array {
  const losses = new Float64Array(rows);
  for (const { first, count, firstUnit, units } of chunkRows(rows, core.physicalBatchSize, groupSizes)) {
    const cut = (t: tf.Tensor): tf.Tensor =>
      count === rows
        ? tf.clone(t)
        : tf.slice(t, [first, ...t.shape.slice(1).map(() => 0)], [count, ...t.shape.slice(1)]);
    const [own, wanted] = [x.map(cut), mapTargets(targets, cut)];
    try {
      const part = runBackward(core.pass, own, wanted);
      losses.set(part.losses, first);
      sum.addRows(part.uses, firstUnit, units, groupSizes?.subarray(firstUnit, firstUnit + units));
    } finally {
      tf.dispose(own);
      disposeTargets(wanted);
    }
  }
  return losses;
}

function selfCheck(core: Core, options: TfjsEngineOptions, labelKind: LabelKind): void {
  const model = options.model;
  const sumOf = (x: tf.Tensor[], y: tf.Tensor[], clip: number): CheckedSums => {
    const rows = y[0].shape[0] ?? 0;
    const sum = startRowSum([{ layer: null, l2ClipNorm: clip, gamma: 0, rules: core.rules }], rows);
    addBatch({ ...core, pass: { ...core.pass, isTraining: false } }, sum, x, { y }, rows);
    const dimension = core.weights.reduce((total, w) => total + sizeOf(w), 0);
    const gridExponent = chooseGridExponent(clip, dimension) - checkedBits;
    const step = 2 ** gridExponent;
    const sums = (): Map<number, Float64Array> =>
      sum.finish([Array.from({ length: rows }, (_, row) => row)], gridExponent);
    return { norms: sum.norms, step, sums, unit: step };
  };
  checkAgainstLoop({
    model,
    loss: core.pass.loss,
    backend: core.backend,
    physicalBatchSize: core.physicalBatchSize,
    weights: core.weights,
    batch: () => syntheticBatch(model, lossesOf(model, options), checkedRows, labelKind),
    sumOf,
  });
}
