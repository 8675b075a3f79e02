import type * as tf from "@tensorflow/tfjs-core";
import { invalidArgument, markNotPrivate } from "../core/index.ts";
import type { Kernels } from "../kernels/index.ts";
import { type Clip, type ClipPart, partsOf } from "./clip.ts";
import type { ClippedSum, LayerPlan } from "./clipped-sum.ts";
import type { ClipBound, GradientBatch, GradientEngine, TfjsEngineOptions } from "./engine.ts";
import {
  boundOfClip,
  describeWeight,
  parseEngineOptions,
  requireAlive,
  requireRows,
  requireUnits,
} from "./engine-options.ts";
import { sizeOf, trainableLeaves, viewModel } from "./layer-view.ts";
import { describe, perExampleLoss } from "./loss.ts";
import { chooseGridExponent } from "./rounding.ts";
import { drawWords } from "./random-words.ts";
import { drawRuns } from "./runs.ts";
import { checkAgainstLoop } from "./self-check.ts";
import { syntheticBatch } from "./synthetic-batch.ts";
import { type WasmLoss, wasmLoss } from "./wasm-loss.ts";
import { chooseChunkRows, layOut } from "./wasm-memory.ts";
import { loadWeights, runBackward, runForward } from "./wasm-pass.ts";
import { type TrainedOp, isRankOne } from "./wasm-op.ts";
import type { WasmPlan } from "./wasm-plan.ts";
import { type RowFacts, addRows, clearSums, finishSums } from "./wasm-row-sum.ts";

/** What one engine fixes at attach. */
interface Core {
  readonly plan: WasmPlan;
  readonly kernels: Kernels;
  readonly loss: WasmLoss;
  readonly isSparse: boolean;
  readonly physicalBatchSize: number;
}

/**
 * The engine on kernels of this package: a model compiled to a graph of operations, run on one memory without
 * TensorFlow.js. It reads the model's variables at the start of every sum, and stores, clips, and adds rows by the scheme
 * of docs/numerics-summation.md, with the same runs and the same surcharge as the tfjs engine.
 *
 * @param options - as `createTfjsEngine`; the loss by name.
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
  if (typeof options.loss === "function") throw invalidArgument("loss", "a loss by name", "a function");
  const loss = wasmLoss(options.loss, plan.outputShape, plan.endsInSoftmax);
  const kind = typeof options.loss === "string" ? options.loss : options.loss.kind;
  const isSparse = kind === "sparseCategoricalCrossentropy";
  const core: Core = { plan, kernels, loss, isSparse, physicalBatchSize: parsed.physicalBatchSize };
  if (options.selfCheck !== false) selfCheck(core, options);
  const dimension = plan.weights.reduce((sum, weight) => sum + sizeOf(weight), 0);
  const layerNames = trainableLeaves(viewModel(options.model)).map((layer) => layer.name);
  const boundOf = (other: Clip): ClipBound => boundOfClip(other, clip, layerNames, dimension);
  const hasMasks = plan.ops.some((op) => op.kind === "dropout");
  let isDisposed = false;
  return Object.freeze<GradientEngine>({
    kind: "wasm",
    ...boundOf(clip),
    clip,
    boundOf,
    weights: Object.freeze(plan.weights.map(describeWeight)),
    // async so that a refusal is a rejection; the work itself is done before the promise is returned
    clippedSum: async (batch, other = clip) => {
      requireAlive(isDisposed);
      const { gridExponent, sensitivity } = boundOf(other);
      const rows = requireUnits(batch, requireRows(options.model, batch), false);
      const drawn = drawRuns(options.random, rows, runs);
      const parts = partsOf(other, layerNames);
      const seeds = hasMasks ? drawWords(options.random, 2 * rows) : undefined;
      return { ...sumBatch(core, batch, rows, drawn, parts, gridExponent, seeds), gridExponent, sensitivity };
    },
    explain: () => explain(plan, kernels, why),
    dispose: () => {
      isDisposed = true;
    },
  });
}

type Sums = Pick<ClippedSum, "sums" | "diagnostics">;

function sumBatch(
  core: Core,
  batch: GradientBatch,
  rows: number,
  runs: readonly (readonly number[])[],
  parts: readonly ClipPart[],
  gridExponent: number,
  seeds: Uint32Array | undefined,
): Sums {
  const { norms, isClipped, losses, finish } = passBatch(core, batch, rows, runs, parts, seeds);
  const totals = finish(gridExponent);
  const nonFiniteRows = norms.reduce((count, norm) => count + (Number.isFinite(norm) ? 0 : 1), 0);
  const clipped = isClipped.reduce((count, one) => count + one, 0);
  return {
    sums: Object.fromEntries(core.plan.weights.map((w) => [w.name, totals.get(w.id) ?? new Float64Array(sizeOf(w))])),
    diagnostics: markNotPrivate({ norms, losses, fractionClipped: clipped / rows, nonFiniteRows }),
  };
}

interface PassedBatch extends RowFacts {
  readonly losses: Float64Array;
  /** The sums by weight id; to be called before the memory is laid out anew. */
  readonly finish: (gridExponent: number) => Map<number, Float64Array>;
}

/**
 * Forward, backward and clip in chunks; nothing of it depends on the size of a chunk.
 *
 * @param seeds - two words per row, from which its Dropout masks are made; without them there are none.
 */
function passBatch(
  core: Core,
  batch: GradientBatch,
  rows: number,
  runs: readonly (readonly number[])[],
  parts: readonly ClipPart[],
  seeds?: Uint32Array,
): PassedBatch {
  const { plan, kernels, loss } = core;
  const x = readInputs(core, batch.x);
  const y = readLabels(core, batch.y, rows);
  const chunkRows = chooseChunkRows(plan, core.physicalBatchSize, rows);
  const longest = runs.reduce((most, run) => Math.max(most, run.length), 0);
  const layout = layOut(kernels, plan, rows, longest, chunkRows, seeds !== undefined);
  const floats = kernels.floats();
  const slots = new Int32Array(rows);
  runs.flat().forEach((row, slot) => (slots[row] = slot));
  const facts: RowFacts = { norms: new Float64Array(rows), isClipped: new Uint8Array(rows) };
  const losses = new Float64Array(rows);
  if (layout.seeds !== 0) new Uint32Array(floats.buffer).set(seeds ?? [], layout.seeds / 4);
  loadWeights(layout, plan.variables);
  clearSums(layout);
  const last = layout.ops[layout.ops.length - 1];
  const { outputSize } = last.op;
  for (let first = 0; first < rows; first += chunkRows) {
    const count = Math.min(chunkRows, rows - first);
    plan.inputs.forEach(({ size }, k) => {
      floats.set(x[k].subarray(first * size, (first + count) * size), layout.inputs[k] / 4);
    });
    runForward(layout, count, first);
    const at = (pointer: number): Float32Array => floats.subarray(pointer / 4, pointer / 4 + count * outputSize);
    const labels = y.subarray(first * loss.labelSize, (first + count) * loss.labelSize);
    loss.apply(at(last.output), at(last.gradient), labels, losses.subarray(first, first + count));
    runBackward(layout, count, first);
    addRows(layout, facts, slots, first, count, parts);
  }
  const finish = (gridExponent: number): Map<number, Float64Array> => {
    const sums = finishSums(layout, runs, gridExponent);
    return new Map([...sums].map(([weight, values]) => [plan.variables[weight].id, values]));
  };
  return { ...facts, losses, finish };
}

/** The inputs as numbers. Ids outside a table are refused as `layer-call.ts` refuses them: other numbers lie there. */
function readInputs({ plan }: Core, x: tf.Tensor | tf.Tensor[]): (Float32Array | Int32Array | Uint8Array)[] {
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

/** The labels as numbers, refused as `loss.ts` refuses them. */
function readLabels(core: Core, y: tf.Tensor, rows: number): Float32Array | Int32Array | Uint8Array {
  const { outputShape } = core.plan;
  const values = y.dataSync();
  if (core.isSparse) {
    const classes = outputShape.at(-1) ?? 0;
    if (values.length !== rows * core.loss.labelSize) {
      throw invalidArgument(
        "y",
        `class numbers of shape [batch${", position".repeat(outputShape.length - 1)}]`,
        describe(y),
      );
    }
    if (values.some((label) => !(Number.isInteger(label) && label >= 0 && label < classes))) {
      throw invalidArgument("y", `whole class numbers in [0, ${classes})`, "something else");
    }
    return values;
  }
  const own = y.shape.slice(1);
  if (own.length !== outputShape.length || own.some((size, axis) => size !== outputShape[axis])) {
    throw invalidArgument("y", `labels of the output's shape [batch, ${outputShape.join(", ")}]`, describe(y));
  }
  return values;
}

function explain(plan: WasmPlan, kernels: Kernels, why: string): LayerPlan[] {
  const groups = plan.groups.map((group) => group.map((i) => plan.ops[i] as TrainedOp));
  const layers = [...new Set(groups.map(([op]) => op.layer))];
  return layers.map((layer) => {
    const own = groups.filter(([op]) => op.layer === layer);
    const methods = [...new Set(own.map(methodOf))];
    const weights = own.flatMap(([op]) => op.weights.map((w) => plan.variables[w]));
    return {
      layer,
      layerClass: own[0][0].layerClass,
      engine: "wasm",
      engineWhy: `${why} (${kernels.build})`,
      method: methods.join(", "),
      trainableWeights: weights.map((w) => w.name),
      parameters: weights.reduce((sum, w) => sum + sizeOf(w), 0),
      why: methods.map((method) => reasons[method]).join("; "),
    };
  });
}

function methodOf(uses: readonly TrainedOp[]): keyof typeof reasons {
  const [op] = uses;
  if (op.kind === "embedding") return "gathered";
  return isRankOne(op) && uses.length === 1 ? "rank-one" : "materialized";
}

const reasons = {
  "rank-one": "one call, one position: the norm needs no gradient, the sum of a run is one f32 product",
  materialized: "several positions or calls, or a small kernel: written out per row in f32 and added in f64",
  gathered: "a table: gradients of equal ids are added up per row, and only the rows of it that were read",
} as const;

function selfCheck(core: Core, options: TfjsEngineOptions): void {
  const { model, loss } = options;
  const { weights } = core.plan;
  const dimension = weights.reduce((sum, weight) => sum + sizeOf(weight), 0);
  checkAgainstLoop({
    model,
    loss: perExampleLoss(loss),
    weights,
    batch: () => syntheticBatch(model, loss, 3, "one-hot"),
    sumOf: (x, y, clip) => {
      const rows = y.shape[0] ?? 0;
      const all = [Array.from({ length: rows }, (_, row) => row)];
      const gridExponent = chooseGridExponent(clip, dimension);
      const { norms, finish } = passBatch(core, { x, y }, rows, all, [{ layer: null, l2ClipNorm: clip, gamma: 0 }]);
      const totals = finish(gridExponent);
      for (const values of totals.values()) for (let k = 0; k < values.length; k++) values[k] *= 2 ** gridExponent;
      return { norms, sums: () => totals };
    },
  });
}
