import type * as tf from "@tensorflow/tfjs-core";
import { dispose, tensor } from "@tensorflow/tfjs-core";
import { PrivacyError, invalidArgument, markNotPrivate } from "../core/index.ts";
import type { Kernels } from "../kernels/index.ts";
import type { GridGaussian } from "../noise/index.ts";
import { type Targets, batchLoss, lossesOf, parseLossWeights, targetsOf } from "./batch-loss.ts";
import { type Clip, partsOf } from "./clip.ts";
import type { ClippedSum, LayerPlan } from "./clipped-sum.ts";
import type { ClipBound, GradientBatch, GradientEngine, HeldSum, TfjsEngineOptions } from "./engine.ts";
import {
  boundOfClip,
  describeWeight,
  parseEngineOptions,
  requireAlive,
  requireRows,
  requireUnits,
} from "./engine-options.ts";
import { type CheckedGroups, requireEqualGroups } from "./group-check.ts";
import { sizeOf, trainableLeaves, viewModel } from "./layer-view.ts";
import { describe } from "./loss.ts";
import { chooseGridExponent } from "./rounding.ts";
import { drawWords } from "./random-words.ts";
import { drawRuns } from "./runs.ts";
import { checkAgainstLoop, checkedBits, checkedRows } from "./self-check.ts";
import { syntheticBatch } from "./synthetic-batch.ts";
import { type LossPlan, type WasmLoss, leftOut, wasmLoss } from "./wasm-loss.ts";
import { type TrainedOp, drawsMasks, isStored } from "./wasm-op.ts";
import type { BatchNumbers } from "./wasm-fit.ts";
import type { WasmPlan } from "./wasm-plan.ts";
import { createForwardPass } from "./wasm-predict.ts";
import {
  type BatchFacts,
  type BlockSource,
  type HeldBatch,
  type SummedBatch,
  type Workbench,
  createWorkbench,
} from "./wasm-workbench.ts";

/** A batch as the workbench takes it, and what its sum may be priced at. */
interface Prepared extends Pick<ClippedSum, "gridExponent" | "sensitivity"> {
  readonly numbers: BatchNumbers;
}

/** What one engine fixes at attach. */
export interface Core {
  readonly plan: WasmPlan;
  readonly outputs: readonly OutputLoss[];
}

/** One output, and how its labels are read. */
export interface OutputLoss extends WasmLoss {
  readonly shape: readonly number[];
  readonly isSparse: boolean;
}

/**
 * The engine on kernels of this package: a model compiled to a graph of operations, run on one memory without
 * TensorFlow.js. It reads the model's variables at the start of every sum, and stores, clips, and adds rows by the scheme
 * of docs/numerics-summation.md, with the same runs and the same surcharge as the tfjs engine.
 *
 * @param options - as `createTfjsEngine`; losses by name.
 * @param plan - what `compileModel` made of the model.
 * @throws PrivacyError `unsupported_model` when the self-check disagrees; `invalid_argument` for options out of range.
 * @guarantee As `createTfjsEngine`.
 * @source docs/numerics-summation.md; Goto, van de Geijn 2008, doi:10.1145/1356052.1356053 (packed products).
 */
export function createWasmEngine(
  options: TfjsEngineOptions,
  plan: WasmPlan,
  kernels: Kernels,
  why: string,
): GradientEngine {
  const parsed = parseEngineOptions(options);
  const { clip, runs } = parsed;
  const losses = planLosses(options, plan);
  const core: Core = { plan, outputs: losses.map(outputLoss) };
  const bench = createWorkbench({ plan, kernels, losses, ...parsed });
  if (options.expectedBatchSize !== undefined) bench.expect(options.expectedBatchSize);
  try {
    if (options.selfCheck !== false) selfCheck(core, bench, options, parsed.physicalBatchSize);
  } catch (error) {
    bench.close();
    throw error;
  }
  const dimension = plan.weights.reduce((sum, weight) => sum + sizeOf(weight), 0);
  const layerNames = trainableLeaves(viewModel(options.model)).map((layer) => layer.name);
  const boundOf = (other: Clip): ClipBound => boundOfClip(other, clip, layerNames, dimension);
  const hasMasks = plan.ops.some(drawsMasks);
  const forward = createForwardPass(plan, kernels, parsed.physicalBatchSize);
  let isDisposed = false;
  const prepare = (batch: GradientBatch, other: Clip): Prepared => {
    requireAlive(isDisposed);
    const { gridExponent, sensitivity } = boundOf(other);
    const rows = requireRows(options.model, batch);
    const units = requireUnits(batch, rows, plan.isGrouped);
    const drawn = drawRuns(options.random, units, runs);
    const parts = partsOf(other, layerNames);
    const seeds = hasMasks ? drawWords(options.random, 2 * rows) : undefined;
    // read before anything is awaited: afterwards the caller may dispose of them
    const targets = targetsOf(options.model, batch);
    const weights = targets.sampleWeights?.dataSync();
    const { groupSizes } = batch;
    const values = { x: readInputs(core, batch.x), y: readLabels(core, targets, rows), weights, groupSizes };
    return { numbers: { ...values, rows, runs: drawn, parts, gridExponent, seeds }, gridExponent, sensitivity };
  };
  const holdSum: NonNullable<GradientEngine["holdSum"]> = async (batch, other = clip, use) => {
    const { numbers, ...bound } = prepare(batch, other);
    return bench.hold(numbers, async (held) => {
      const own = holdOnce(plan, held);
      try {
        return await use({ diagnostics: diagnose(held), ...bound, addNoise: own.addNoise });
      } finally {
        await own.end();
      }
    });
  };
  return Object.freeze<GradientEngine>({
    kind: "wasm",
    ...boundOf(clip),
    clip,
    boundOf,
    weights: Object.freeze(plan.weights.map(describeWeight)),
    // async so that a refusal is a rejection
    clippedSum: async (batch, other = clip, into) => {
      const { numbers, ...bound } = prepare(batch, other);
      const room = new Map(plan.weights.map(({ id, name }) => [id, into?.sums[name]]));
      const summed = await bench.sum(numbers, room);
      return { sums: nameSums(plan, summed), diagnostics: diagnose(summed), ...bound };
    },
    ...(hasEverySum(plan) ? { holdSum } : {}),
    predict: async (x) => {
      requireAlive(isDisposed);
      const rows = requireRows(options.model, { x, y: x });
      const values = await forward(readInputs(core, x), rows);
      const outputs = plan.outputs.map(({ shape }, o) => tensor(values[o], [rows, ...shape], "float32"));
      return outputs.length === 1 ? outputs[0] : outputs;
    },
    explain: () =>
      explain(plan, `${why} (${kernels.build}, ${bench.threads} ${bench.threads === 1 ? "thread" : "threads"})`),
    dispose: () => {
      isDisposed = true;
      bench.close();
    },
  });
}

/** Losses that can be posted: by name, each with its weight. */
export function planLosses(options: TfjsEngineOptions, { outputs }: WasmPlan): LossPlan[] {
  const weights = parseLossWeights(options.lossWeights, outputs.length);
  return lossesOf(options.model, options).map((loss, o) => {
    if (typeof loss === "function") throw invalidArgument("loss", "a loss by name", "a function");
    const { shape, endsInSoftmax } = outputs[o];
    return { loss, weight: weights[o], shape, endsInSoftmax };
  });
}

export function outputLoss(plan: LossPlan): OutputLoss {
  const kind = typeof plan.loss === "string" ? plan.loss : plan.loss.kind;
  return { ...wasmLoss(plan), shape: plan.shape, isSparse: kind === "sparseCategoricalCrossentropy" };
}

/** The sums by the names of the weights. */
function nameSums(plan: WasmPlan, { totals }: SummedBatch): ClippedSum["sums"] {
  return Object.fromEntries(plan.weights.map((w) => [w.name, totals.get(w.id) ?? new Float64Array(sizeOf(w))]));
}

/** Whether every weight has a sum in the memory: one that no operation reads would go without noise there. */
function hasEverySum({ groups, ops, variables, weights }: WasmPlan): boolean {
  const summed = new Set(groups.flatMap(([i]) => (ops[i] as TrainedOp).weights.map((w) => variables[w].id)));
  return weights.every(({ id }) => summed.has(id));
}

/** Noise for a sum that is held: once, and not after it was given back. `end` waits for what is under way. */
function holdOnce(plan: WasmPlan, held: HeldBatch): Pick<HeldSum, "addNoise"> & { end: () => Promise<unknown> } {
  let isOver = false;
  let pending: Promise<unknown> = Promise.resolve();
  return {
    end() {
      isOver = true;
      return pending.catch(() => undefined);
    },
    async addNoise({ source, stddev, unit }, into) {
      if (!isShared(source)) throw invalidArgument("source", "noise that threads can share", "another source");
      if (isOver) throw overState();
      isOver = true;
      const room = new Map(plan.weights.map(({ id, name }) => [id, into?.[name]]));
      const adding = held.addNoise(source, { stddev, unit }, room);
      pending = adding;
      const noised = await adding;
      return Object.fromEntries(plan.weights.map(({ id, name }) => [name, noised.get(id) as Float32Array]));
    },
  };
}

const isShared = (source: GridGaussian): source is GridGaussian & BlockSource => source.openBlocks !== undefined;

function overState(): PrivacyError<"invalid_state"> {
  const message = "noise was asked for a sum that has its noise or was given back; make another sum";
  return new PrivacyError("invalid_state", message, { object: "HeldSum", state: "over" });
}

/** What else a developer may look at. */
function diagnose({ norms, losses, isClipped }: BatchFacts): ClippedSum["diagnostics"] {
  const nonFiniteRows = norms.reduce((count, norm) => count + (Number.isFinite(norm) ? 0 : 1), 0);
  const clipped = isClipped.reduce((count, one) => count + one, 0);
  return markNotPrivate({ norms, losses, fractionClipped: clipped / norms.length, nonFiniteRows });
}

/** The inputs as numbers. Ids outside a table are refused as `layer-call.ts` refuses them: other numbers lie there. */
export function readInputs({ plan }: Core, x: tf.Tensor | tf.Tensor[]): (Float32Array | Int32Array | Uint8Array)[] {
  const values = (Array.isArray(x) ? x : [x]).map((tensor) => tensor.dataSync());
  plan.inputs.forEach(({ vocabulary }, k) => {
    if (vocabulary === null) return;
    for (const id of values[k]) {
      // as when converted to whole numbers: -0.5 is 0
      if (!(id > -1 && id < vocabulary)) {
        throw invalidArgument("x", `ids in [0, ${vocabulary}) where a table is read by them`, "something else");
      }
    }
  });
  return values;
}

/** The labels of every output as numbers; those of positions that a mask leaves out are marked. */
export function readLabels(core: Core, { y, masks }: Targets, rows: number): Labels[] {
  return core.outputs.map((output, o) => markLeftOut(output, readNumbers(output, y[o], rows), masks?.[o]));
}

export type Labels = Float64Array | Float32Array | Int32Array | Uint8Array;

function markLeftOut(output: OutputLoss, values: Labels, mask: tf.Tensor | undefined): Labels {
  if (mask === undefined && !values.includes(leftOut)) return values;
  const isUsed = mask?.dataSync();
  const width = output.labelSize / output.positions;
  // a label that happens to be the mark is one that is not finite, and nothing else
  return Float64Array.from(values, (value, k) => {
    if (isUsed?.[Math.floor(k / width)] === 0) return leftOut;
    return value === leftOut ? NaN : value;
  });
}

/** Refused as `loss.ts` refuses them. */
function readNumbers({ shape, isSparse, labelSize }: OutputLoss, y: tf.Tensor, rows: number): Labels {
  const values = y.dataSync();
  if (isSparse) {
    const classes = shape.at(-1) ?? 0;
    if (values.length !== rows * labelSize) {
      throw invalidArgument("y", `class numbers of shape [batch${", position".repeat(shape.length - 1)}]`, describe(y));
    }
    if (values.some((label) => !(Number.isInteger(label) && label >= 0 && label < classes))) {
      throw invalidArgument("y", `whole class numbers in [0, ${classes})`, "something else");
    }
    return values;
  }
  const own = y.shape.slice(1);
  if (own.length !== shape.length || own.some((size, axis) => size !== shape[axis])) {
    throw invalidArgument("y", `labels of the output's shape [batch, ${shape.join(", ")}]`, describe(y));
  }
  return values;
}

function explain(plan: WasmPlan, engineWhy: string): LayerPlan[] {
  const firstOf = (group: readonly number[]): TrainedOp => plan.ops[group[0]] as TrainedOp;
  const layers = [...new Set(plan.groups.map((group) => firstOf(group).layer))];
  return layers.map((layer) => {
    const own = plan.groups.filter((group) => firstOf(group).layer === layer);
    const methods = [...new Set(own.map((group) => methodOf(plan, group)))];
    const weights = own.flatMap((group) => firstOf(group).weights.map((w) => plan.variables[w]));
    return {
      layer,
      layerClass: firstOf(own[0]).layerClass,
      engine: "wasm",
      engineWhy,
      method: methods.join(", "),
      trainableWeights: weights.map((w) => w.name),
      parameters: weights.reduce((sum, w) => sum + sizeOf(w), 0),
      why: methods.map((method) => reasons[method]).join("; "),
    };
  });
}

function methodOf({ ops, isGrouped }: WasmPlan, group: readonly number[]): keyof typeof reasons {
  if (group.every((i) => ops[i].kind === "embedding")) return "gathered";
  return isStored(ops, group, isGrouped) ? "rank-one" : "materialized";
}

const reasons = {
  "rank-one": "one call, one position: the norm needs no gradient, the sum of a run is one f32 product",
  materialized:
    "several positions, calls or rows of a group, or a small kernel: written out per unit in f32 and added in f64",
  gathered: "a table: gradients of equal ids are added up per unit, and only the rows of it that were read",
} as const;

function selfCheck(core: Core, bench: Workbench, options: TfjsEngineOptions, physicalBatchSize: number): void {
  const { model } = options;
  const { weights } = core.plan;
  const dimension = weights.reduce((sum, weight) => sum + sizeOf(weight), 0);
  const room = new Map(weights.map((weight) => [weight.id, new Float64Array(sizeOf(weight))]));
  checkAgainstLoop({
    model,
    loss: batchLoss(model, options),
    physicalBatchSize,
    weights,
    batch: () => syntheticBatch(model, lossesOf(model, options), checkedRows, "one-hot"),
    sumOf: (x, y, clip) => {
      const rows = y[0].shape[0] ?? 0;
      const all = [Array.from({ length: rows }, (_, row) => row)];
      const gridExponent = chooseGridExponent(clip, dimension) - checkedBits;
      const step = 2 ** gridExponent;
      const parts = [{ layer: null, l2ClipNorm: clip, gamma: 0 }];
      const numbers = { x: readInputs(core, x), y: readLabels(core, { y }, rows) };
      const { norms, totals } = bench.sumAlone({ ...numbers, rows, runs: all, parts, gridExponent }, room);
      return { norms, step, sums: () => totals, unit: step };
    },
  });
  if (core.plan.isGrouped) checkGroups(core, bench, options);
}

const checkedGroups = Uint32Array.of(3, 2);

/** What groups are held to, beside what single rows are. */
function checkGroups(core: Core, bench: Workbench, options: TfjsEngineOptions): void {
  const { model } = options;
  const { weights } = core.plan;
  const dimension = weights.reduce((sum, weight) => sum + sizeOf(weight), 0);
  const { x, y } = syntheticBatch(model, lossesOf(model, options), checkedRows, "one-hot");
  const numbers = { x: readInputs(core, x), y: readLabels(core, { y }, checkedRows), rows: checkedRows };
  const sumOf = (clip: number, units: number, more: Partial<BatchNumbers>): CheckedGroups => {
    const gridExponent = chooseGridExponent(clip, dimension) - checkedBits;
    const step = 2 ** gridExponent;
    const runs = [Array.from({ length: units }, (_, unit) => unit)];
    const parts = [{ layer: null, l2ClipNorm: clip, gamma: 0 }];
    const { norms, totals } = bench.sumAlone({ ...numbers, ...more, runs, parts, gridExponent });
    for (const values of totals.values()) for (let k = 0; k < values.length; k++) values[k] *= step;
    return { norms, sums: totals, step };
  };
  try {
    const rowWeights = Array.from(checkedGroups).flatMap((size) => Array.from({ length: size }, () => 1 / size));
    const clip = Math.max(1e-6, 2 * Math.max(...sumOf(1, checkedRows, {}).norms));
    const single = sumOf(clip, checkedRows, { weights: rowWeights });
    const grouped = sumOf(clip, checkedGroups.length, { groupSizes: checkedGroups });
    requireEqualGroups({ model, weights, groupSizes: checkedGroups, grouped, single });
  } finally {
    dispose([...x, ...y]);
  }
}
