import { type Kernels, tileFloats } from "../kernels/index.ts";
import { type NoiseRoom, countBlocks, noiseRoomBytes } from "../noise/index.ts";
import {
  type DenseOp,
  type EmbeddingOp,
  type TrainedOp,
  type WasmOp,
  drawsMasks,
  hasWeights,
  isStored,
} from "./wasm-op.ts";
import type { WasmPlan } from "./wasm-plan.ts";
import { type OpSizes, panelFloats, sizesOf, taskInputs, weightSizes } from "./wasm-sizes.ts";

/** Where one operation's numbers lie, as byte offsets. Buffers of the pass hold `chunkRows` examples. */
export interface OpMemory<Op extends WasmOp = WasmOp> {
  readonly op: Op;
  readonly output: number;
  /** ∂loss/∂output, turned into ∂loss/∂pre-activation in place; 0 where no trained weight lies at or below. */
  readonly gradient: number;
  /** What it reads. */
  readonly sources: readonly number[];
  /** Where the gradient of what it reads goes: 0 where none is wanted. */
  readonly targets: readonly number[];
  /** Where that is only a stop on the way: the gradient that it is then added to; 0 elsewhere. */
  readonly sums: readonly number[];
  /** From the way forward to the way back, as `OpSizes.saved`. */
  readonly saved: readonly number[];
  readonly panels: number;
  readonly backPanels: number;
  readonly bias: number;
}

/** One output of the model: where it lies, and where ∂loss/∂output goes. */
export interface OutputMemory {
  readonly output: number;
  /** Floats per example. */
  readonly size: number;
  readonly gradient: number;
  /** Where that is only a stop on the way: the gradient that it is then added to; 0 elsewhere. */
  readonly addedTo: number;
}

/** What the sum of operations that share their weights needs for the whole batch. */
interface SumOf<Method extends string, Op extends TrainedOp> {
  readonly method: Method;
  readonly uses: readonly OpMemory<Op>[];
  /** Places of the weights in the plan, and their sizes: the sum has them one after the other. */
  readonly weights: readonly number[];
  readonly sizes: readonly number[];
  readonly size: number;
  /** f64: the sum of the batch, in whole numbers of the grid once it is finished. */
  readonly sums: number;
  /** f32: the noised sum, where noise is added here. */
  readonly noised: number;
  /** f64: what each shard adds up row by row, `sharded` numbers each, `shardStride` apart: the last of the sum. */
  readonly shards: number;
  readonly sharded: number;
  readonly shardStride: number;
}

/** The inputs and clipped gradients as they are stored, `[rows, …]`, rows of one run together. */
export interface RankOneSum extends SumOf<"rank-one", DenseOp> {
  readonly inputs: number;
  readonly gradients: number;
}

/** One row's gradient. */
export interface MaterializedSum extends SumOf<"materialized", TrainedOp> {
  readonly row: number;
}

/** One row's gradient as the rows of the table that it read: their numbers and sums, and a slot for each of the table. */
export interface GatheredSum extends SumOf<"gathered", EmbeddingOp> {
  readonly unique: number;
  readonly merged: number;
  readonly slots: number;
}

export type SumMemory = RankOneSum | MaterializedSum | GatheredSum;

/** What a batch is laid out for. A smaller batch fits too. */
export interface BatchShape {
  readonly rows: number;
  /** Groups of rows; as many as rows where left out. */
  readonly units?: number;
  /** Rows of a group at most. */
  readonly groupRows?: number;
  readonly chunkRows: number;
  readonly runs?: number;
  readonly parts?: number;
  /** Of every output; without them there are no losses. */
  readonly labelSizes?: readonly number[];
  readonly hasMasks?: boolean;
  /** For plain gradients: what is added up by itself, in f32. Nothing of a clipped sum is laid out then. */
  readonly plainShards?: number;
}

/** The batch as the calling thread puts it there, and the facts about its rows that a sum leaves behind. */
export interface BatchMemory {
  /** Each input of the model, f32. */
  readonly inputs: readonly number[];
  /** f64 per row: the labels of every output, and the loss. */
  readonly labels: readonly number[];
  readonly losses: number;
  /** f64 per unit. */
  readonly norms: number;
  /** i32: where each unit is stored (those of a run lie together), whether it was clipped, and the length of each run. */
  readonly slots: number;
  readonly isClipped: number;
  readonly runLengths: number;
  /** i32: the first row of each group, and the end; 0 where every row is a unit. */
  readonly starts: number;
  /** f64: norm and gamma of each part that is clipped by itself. */
  readonly clips: number;
}

/** Where one thread finds everything: buffers of the pass are its own, the batch, the weights and the sums are shared. */
export interface Layout {
  readonly kernels: Kernels;
  /** Bytes of memory that it needs. */
  readonly end: number;
  readonly chunkRows: number;
  readonly batch: BatchMemory;
  /** The model's inputs, of one chunk, and floats per example of each. */
  readonly inputs: readonly number[];
  readonly inputSizes: readonly number[];
  readonly ops: readonly OpMemory[];
  readonly outputs: readonly OutputMemory[];
  /** f64: the losses of one output for a chunk. */
  readonly losses: number;
  readonly sums: readonly SumMemory[];
  /** Two words per row of the batch, from which masks are made; 0 without masks. */
  readonly seeds: number;
  readonly noise: NoiseRoom;
  /** Scratch: a tile, a padded image, its windows, panels, states of recurrent cells, and the two sides of the runs. */
  readonly tile: number;
  readonly padded: number;
  readonly windows: number;
  readonly scratch: number;
  readonly states: number;
  readonly runInputs: number;
  readonly runGradients: number;
  /** Each weight as TensorFlow.js gives it, one at a time. */
  readonly weight: number;
}

const up = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

/** Bytes of one chunk that should stay in the second and third cache. */
const chunkBytes = 2 ** 21;
/** Enough rows that a product's panels are worth reading. */
const leastChunkRows = 64;

/** Rows of a pass: bounded by the caller, and by the caches where examples are large. No bit of a result depends on it. */
export function chooseChunkRows(plan: WasmPlan, physicalBatchSize: number, rows: number): number {
  const floats = plan.ops.reduce((sum, op) => sum + 2 * op.outputSize + total(sizesOf(op, true).saved), 0);
  const hasSteps = plan.ops.some((op) => op.kind === "recurrent");
  const least = isNarrow(plan) ? leastChunkRows : hasSteps ? leastChunkRows / 2 : 1;
  const fitting = Math.max(least, Math.floor(chunkBytes / (4 * floats)));
  return Math.max(1, Math.min(physicalBatchSize, rows, fitting));
}

/** Products over examples alone: they read all of their panels for every chunk. */
const isNarrow = (plan: WasmPlan): boolean =>
  plan.ops.every((op) => op.kind !== "convolution" && (op.kind !== "dense" || op.positions === 1));

const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

type Take = (floats: number) => number;

/** Fewest rows of a shard, where a product reads all of its panels for each and where not. */
const leastShardRows = { narrow: 16, wide: 4 };
/** f64 that all shards together may add up in. */
const shardNumbers = 2 ** 19;
const mostShards = 16;

/**
 * Into how many shards a batch is cut: runs of units that each add up by themselves, then in order. A function of the
 * model and the number of units alone, so that no bit of a sum depends on the number of threads.
 */
export function countShards(plan: WasmPlan, units: number): number {
  const numbers = plan.groups.reduce((sum, group) => sum + shardedSize(plan, group), 0);
  // a table of millions of numbers is added up once
  const most = numbers > 2 ** 22 ? 1 : Math.max(2, Math.min(mostShards, Math.floor(shardNumbers / (numbers + 1))));
  const least = isNarrow(plan) ? leastShardRows.narrow : leastShardRows.wide;
  const wanted = isNarrow(plan) ? Math.max(4, Math.floor(units / 64)) : mostShards;
  return Math.max(1, Math.min(most, wanted, Math.floor(units / least)));
}

/** Entries of a sum that are added up row by row: all but a rank-one kernel. */
function shardedSize(plan: WasmPlan, group: readonly number[]): number {
  const op = plan.ops[group[0]] as TrainedOp;
  const sizes = weightSizes(op);
  return isStored(plan.ops, group, plan.isGrouped) ? total(sizes.slice(1)) : total(sizes);
}

/**
 * Lays a batch out from the first free byte on, once for each of `threads` threads, and makes the memory long enough.
 */
export function layOut(kernels: Kernels, plan: WasmPlan, shape: BatchShape, threads = 1): Layout[] {
  let end = up(kernels.base, 64);
  const take: Take = (floats) => {
    const at = end;
    end = up(end + 4 * floats, 64);
    return at;
  };
  const { rows, chunkRows } = shape;
  const { units = rows, groupRows = 1 } = shape;
  const sizes = plan.ops.map((op, i) => sizesOf(op, hasReaders(plan, i), groupRows));
  const batch: BatchMemory = {
    inputs: plan.inputs.map(({ size }) => take(rows * size)),
    labels: (shape.labelSizes ?? []).map((size) => take(2 * rows * size)),
    losses: take(2 * rows),
    norms: take(2 * units),
    slots: take(units),
    isClipped: take(units),
    starts: plan.isGrouped ? take(units + 1) : 0,
    runLengths: take(shape.runs ?? 1),
    clips: take(4 * (shape.parts ?? 1)),
  };
  const panels = sizes.map(({ panels: own, backPanels, bias }) => ({
    panels: take(own),
    backPanels: backPanels === 0 ? 0 : take(backPanels),
    bias: take(bias),
  }));
  const sums = plan.groups.map((group) => layOutShared(plan, group, shape, take));
  const hasMasks = shape.hasMasks === true && plan.ops.some(drawsMasks);
  const shared = {
    batch,
    seeds: hasMasks ? take(2 * rows) : 0,
    weight: take(most(plan.ops.flatMap((op) => (hasWeights(op) ? weightSizes(op) : [])))),
  };
  const blocks = sums.reduce((count, { size }) => count + countBlocks(size), 0);
  const noise = {
    table: take(noiseRoomBytes.table / 4),
    keys: take(noiseRoomBytes.keys(blocks) / 4),
    marks: take(blocks),
  };
  const stored = plan.groups.flatMap((group) =>
    isStored(plan.ops, group, plan.isGrouped) ? [plan.ops[group[0]] as DenseOp] : [],
  );
  const layouts = Array.from({ length: threads }, () => {
    const inputs = plan.inputs.map(({ size }) => take(chunkRows * size));
    const ops = layOutOps(plan, sizes, panels, inputs, chunkRows, take);
    return {
      ...shared,
      inputs,
      ops,
      noise: { ...noise, words: take(noiseRoomBytes.words / 4) },
      outputs: layOutOutputs(plan, ops, chunkRows, take),
      losses: take(2 * chunkRows),
      sums: plan.groups.map((group, i) => layOutSum(group, ops, sums[i], shape, take)),
      tile: take(tileFloats),
      padded: take(most(sizes.map(({ padded }) => padded))),
      windows: take(most(sizes.map(({ windows }) => windows))),
      scratch: take(most(sizes.map(({ scratch }) => scratch))),
      states: take(chunkRows * most(sizes.map(({ states }) => states))),
      runInputs: take(most(stored.map((op) => units * taskInputs(op.inputs)))),
      runGradients: take(most(stored.map((op) => panelFloats(units, op.units)))),
    };
  });
  kernels.reserve(end);
  return layouts.map((layout) => ({
    ...layout,
    kernels,
    end,
    chunkRows,
    inputSizes: plan.inputs.map(({ size }) => size),
  }));
}

const most = (values: readonly number[]): number => Math.max(0, ...values);

const hasReaders = (plan: WasmPlan, op: number): boolean => plan.edges[op].some((edge) => edge.isNeeded);

/** Outputs and gradients first: operations point at each other's. */
function layOutOps(
  plan: WasmPlan,
  sizes: readonly OpSizes[],
  panels: readonly Pick<OpMemory, "panels" | "backPanels" | "bias">[],
  inputs: readonly number[],
  chunkRows: number,
  take: Take,
): OpMemory[] {
  const outputs = plan.ops.map((op) => take(chunkRows * op.outputSize));
  const gradients = plan.ops.map((op, i) => (plan.isReached[i] ? take(chunkRows * op.outputSize) : 0));
  return plan.ops.map((op, i) => {
    const edges = plan.edges[i];
    return {
      op,
      output: outputs[i],
      gradient: gradients[i],
      sources: edges.map(({ from }) => (from < 0 ? inputs[-1 - from] : outputs[from])),
      targets: edges.map(({ from, isNeeded, isAdded }) => {
        if (!isNeeded) return 0;
        return isAdded ? take(chunkRows * plan.ops[from].outputSize) : gradients[from];
      }),
      sums: edges.map(({ from, isAdded }) => (isAdded ? gradients[from] : 0)),
      saved: sizes[i].saved.map((floats) => take(chunkRows * floats)),
      ...panels[i],
    };
  });
}

/** The first output of an operation writes its gradient there, others add theirs. */
function layOutOutputs(plan: WasmPlan, ops: readonly OpMemory[], chunkRows: number, take: Take): OutputMemory[] {
  return plan.outputs.map(({ op }, o) => {
    const { output, gradient } = ops[op];
    const size = plan.ops[op].outputSize;
    const isFirst = plan.outputs.findIndex((other) => other.op === op) === o;
    if (isFirst && gradient !== 0) return { output, size, gradient, addedTo: 0 };
    return { output, size, gradient: take(chunkRows * size), addedTo: gradient };
  });
}

type SharedSum = Pick<
  SumMemory,
  "weights" | "sizes" | "size" | "sums" | "noised" | "shards" | "sharded" | "shardStride"
> & {
  readonly stored: { readonly inputs: number; readonly gradients: number } | undefined;
};

/** The part of a sum that all threads write to. */
function layOutShared(plan: WasmPlan, group: readonly number[], shape: BatchShape, take: Take): SharedSum {
  const { units = shape.rows, plainShards } = shape;
  const op = plan.ops[group[0]] as TrainedOp;
  const sizes = weightSizes(op);
  const size = total(sizes);
  const sharded = shardedSize(plan, group);
  // shards lie in cache lines of their own
  const shardStride = up(sharded, 8);
  // a smaller batch may have no more shards than this one
  const shards = take(shardStride * (plainShards ?? 2 * countShards(plan, units)));
  const stored = isStored(plan.ops, group, plan.isGrouped) ? storeOf(op as DenseOp, units, take) : undefined;
  const places = { sums: take(plainShards === undefined ? 2 * size : 0), noised: take(size), shards };
  return { weights: op.weights, sizes, size, ...places, sharded, shardStride, stored };
}

function storeOf({ inputs, units }: DenseOp, rows: number, take: Take): { inputs: number; gradients: number } {
  return { inputs: take(rows * inputs), gradients: take(rows * units) };
}

/** What one thread needs to form and add units of at most `groupRows` rows. */
function layOutSum(
  group: readonly number[],
  ops: readonly OpMemory[],
  from: SharedSum,
  { groupRows = 1, plainShards }: BatchShape,
  take: Take,
): SumMemory {
  const uses = group.map((i) => ops[i] as OpMemory<TrainedOp>);
  const { stored, ...shared } = from;
  if (stored !== undefined) return { ...shared, ...stored, method: "rank-one", uses: uses as OpMemory<DenseOp>[] };
  if (plainShards !== undefined) return { ...shared, method: "materialized", uses, row: 0 };
  const [{ op }] = uses;
  // a table that logits are made of too has a gradient everywhere
  if (op.kind === "embedding" && uses.every((use) => use.op.kind === "embedding")) {
    const positions = groupRows * total(uses.map((use) => (use.op as EmbeddingOp).positions));
    const own = { unique: take(positions), merged: take(positions * op.width), slots: take(op.vocabulary) };
    return { ...shared, ...own, method: "gathered", uses: uses as OpMemory<EmbeddingOp>[] };
  }
  return { ...shared, method: "materialized", uses, row: take(shared.size) };
}
