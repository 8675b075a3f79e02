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
import type { Use } from "./layer-tap.ts";
import { type LayerRule, chooseRules, planOf } from "./layer-rule.ts";
import { type WeightView, sizeOf, trainableLeaves, trainableWeights, viewModel } from "./layer-view.ts";
import { requireSupported } from "./model-check.ts";
import { chunkRows } from "./row-chunks.ts";
import { type Places, drawPlaces, planPlaces, rowsInOrder } from "./row-places.ts";
import { chooseGridExponent } from "./rounding.ts";
import { type RowSum, type RulePart, startRowSum } from "./row-sum.ts";
import { drawRuns } from "./runs.ts";
import { type CheckedSums, checkAgainstLoop, checkedBits, checkedRows, mixesRows } from "./self-check.ts";
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
  const { clip, physicalBatchSize, expectedBatchSize, runs } = parseEngineOptions(options);
  await tf.ready();
  const isPlaced = requireKnownBackend(options) === "placed";
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
    ...(isPlaced ? { places: planPlaces(expectedBatchSize, physicalBatchSize) } : {}),
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
  /** Passes of a fixed shape, where the backend rounds a row by its place in the pass. */
  readonly places?: Places;
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

/**
 * Whose kernels are known to make a row's gradient of that row alone, and on what else it may depend: on nothing, or
 * (libtensorflow) on the shape of the pass and the row's place in it.
 */
function requireKnownBackend({ grouped }: TfjsEngineOptions): "anywhere" | "placed" {
  const backend = tf.getBackend();
  if (backend === "cpu" || backend === "wasm") return "anywhere";
  if (backend !== "tensorflow") {
    throw invalidArgument(
      "backend",
      "cpu, wasm or tensorflow, whose kernels the sensitivity bound covers",
      backend,
      'call tf.setBackend("wasm") before creating the engine',
    );
  }
  if (grouped !== true) return "placed";
  throw invalidArgument(
    "grouped",
    "left out on backend tensorflow, whose kernels round a row by its place in the batch",
    "groups, which have no fixed number of rows",
    'engine "wasm", or tf.setBackend("wasm") before creating the engine',
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
  const placed = placeRows(core, rows);
  const sum = startRowSum(clipParts(core), drawRuns(core.pass.random, units, core.runs));
  const targets = targetsOf(core.pass.model, batch);
  const losses =
    placed === undefined
      ? addBatch(core, sum, x, targets, rows, batch.groupSizes)
      : addPlaced(core, sum, x, targets, rows, placed);
  const totals = sum.finish(gridExponent);
  const nonFiniteRows = sum.norms.reduce((count, norm) => count + (Number.isFinite(norm) ? 0 : 1), 0);
  const clipped = sum.isClipped.reduce((count, isClipped) => count + isClipped, 0);
  return {
    sums: Object.fromEntries(core.weights.map((w) => [w.name, totals.get(w.id) ?? new Float64Array(sizeOf(w))])),
    gridExponent,
    sensitivity,
    diagnostics: markNotPrivate({ norms: sum.norms, losses, fractionClipped: clipped / units, nonFiniteRows }),
  };
}

/** Which rows stand where, on a backend where that matters. */
function placeRows({ places, pass }: Core, rows: number): Int32Array[] | undefined {
  if (places === undefined) return undefined;
  const room = places.places * places.passes;
  if (rows <= room) return drawPlaces(pass.random, rows, places);
  throw invalidArgument(
    "batch",
    `at most ${room} rows on backend tensorflow, as follows from expectedBatchSize`,
    "more",
    "declare a larger expectedBatchSize",
  );
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
    withRows(x, targets, cut, (own, wanted) => {
      const part = runBackward(core.pass, own, wanted);
      losses.set(part.losses, first);
      const numbers = Int32Array.from({ length: units }, (_, i) => firstUnit + i);
      sum.addRows(part.uses, numbers, groupSizes?.subarray(firstUnit, firstUnit + units));
    });
  }
  return losses;
}

/** Forward and backward in passes of one shape, each row at its place, zeros at places without one. */
function addPlaced(
  core: Core,
  sum: RowSum,
  x: readonly tf.Tensor[],
  targets: Targets,
  rows: number,
  placed: readonly Int32Array[],
): Float64Array {
  const losses = new Float64Array(rows);
  for (const numbers of placed) {
    withRows(x, targets, atPlaces(numbers), (own, wanted) => {
      const part = runBackward(core.pass, own, wanted);
      numbers.forEach((row, place) => {
        if (row >= 0) losses[row] = part.losses[place];
      });
      sum.addRows(part.uses, numbers);
    });
  }
  return losses;
}

/** Rows of a tensor at the places of a pass, and zeros at the others. */
function atPlaces(numbers: Int32Array): (t: tf.Tensor) => tf.Tensor {
  return (t) => {
    const rows = t.shape[0] ?? 0;
    return tf.tidy(() => {
      const behind: [number, number][] = t.shape.map((_, axis) => [0, axis === 0 ? 1 : 0]);
      const order = tf.tensor1d(
        numbers.map((row) => (row < 0 ? rows : row)),
        "int32",
      );
      return tf.gather(tf.pad(t, behind), order);
    });
  };
}

/** Runs `body` on tensors that are made of those of a batch and disposed afterwards. */
function withRows<T>(
  x: readonly tf.Tensor[],
  targets: Targets,
  make: (t: tf.Tensor) => tf.Tensor,
  body: (x: tf.Tensor[], targets: Targets) => T,
): T {
  const [own, wanted] = [x.map(make), mapTargets(targets, make)];
  try {
    return body(own, wanted);
  } finally {
    tf.dispose(own);
    disposeTargets(wanted);
  }
}

function selfCheck(core: Core, options: TfjsEngineOptions, labelKind: LabelKind): void {
  const { model } = options;
  const quiet = { ...core, pass: { ...core.pass, isTraining: false } };
  const dimension = core.weights.reduce((total, w) => total + sizeOf(w), 0);
  const sumOf = (x: tf.Tensor[], y: tf.Tensor[], clip: number, first: number): CheckedSums => {
    const rows = y[0].shape[0] ?? 0;
    const order = [Array.from({ length: rows }, (_, row) => row)];
    const sum = startRowSum([{ layer: null, l2ClipNorm: clip, gamma: 0, rules: core.rules }], order);
    if (core.places === undefined) addBatch(quiet, sum, x, { y }, rows);
    else addPlaced(quiet, sum, x, { y }, rows, rowsInOrder(rows, first, core.places.places));
    const gridExponent = chooseGridExponent(clip, dimension) - checkedBits;
    const step = 2 ** gridExponent;
    const sums = sum.finish(gridExponent);
    return { norms: sum.norms, step, sums: () => sums, unit: step };
  };
  const batch = (): { x: tf.Tensor[]; y: tf.Tensor[] } =>
    syntheticBatch(model, lossesOf(model, options), checkedRows, labelKind);
  const { physicalBatchSize } = core;
  checkAgainstLoop({ model, loss: core.pass.loss, weights: core.weights, physicalBatchSize, batch, sumOf });
  if (core.places !== undefined) checkPlaced(quiet, core.places, batch);
}

/** Places that are tried, each with two kinds of company. */
const triedPlaces = 4;

/**
 * What a row leaves at every use of weights, bit for bit, at a place of a full pass and alone at the same place of one of
 * that shape: the kernels may know the place, and must not know the company.
 */
function checkPlaced(core: Core, { places }: Places, batch: () => { x: tf.Tensor[]; y: tf.Tensor[] }): void {
  const { x, y } = batch();
  try {
    for (let tried = 0; tried < triedPlaces; tried++) {
      const place = Math.floor((tried * (places - 1)) / (triedPlaces - 1));
      const full = Int32Array.from({ length: places }, (_, at) => (at + tried) % checkedRows);
      const alone = Int32Array.from(full, (row, at) => (at === place ? row : -1));
      const [one, other] = [full, alone].map((numbers) =>
        withRows(x, { y }, atPlaces(numbers), (own, wanted) => runBackward(core.pass, own, wanted)),
      );
      const isSame = one.uses.every((use, i) => hasSameBits(use, other.uses[i], place, places));
      if (isSame && Object.is(one.losses[place], other.losses[place])) continue;
      throw mixesRows(core.pass.model);
    }
  } finally {
    tf.dispose([...x, ...y]);
  }
}

/** Whether row `place` of `places` read and sent back the same in both. */
function hasSameBits(one: Use, other: Use, place: number, places: number): boolean {
  const isSame = (u: ArrayLike<number>, v: ArrayLike<number>): boolean => {
    const length = u.length / places;
    for (let k = place * length; k < (place + 1) * length; k++) if (!Object.is(u[k], v[k])) return false;
    return true;
  };
  return isSame(one.input, other.input) && isSame(one.gradient as Float32Array, other.gradient as Float32Array);
}
