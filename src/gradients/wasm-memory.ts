import type { Kernels } from "../kernels/index.ts";
import { maxRunRows } from "./rounding.ts";
import {
  type ConvolutionOp,
  type TrainedOp,
  type WasmOp,
  hasWeights,
  isRankOne,
  isPadded,
  isTrained,
  paddedSize,
} from "./wasm-op.ts";
import type { WasmPlan } from "./wasm-plan.ts";

/** Where one operation's numbers lie, as byte offsets. Buffers of the pass hold `chunkRows` examples. */
export interface OpMemory {
  readonly op: WasmOp;
  readonly output: number;
  /** ∂loss/∂output, turned into ∂loss/∂pre-activation in place; 0 below the first trained operation. */
  readonly gradient: number;
  /** Max pooling: which cell was the largest, i32. */
  readonly cells: number;
  /** The kernel in panels, for the way forward, and its transpose, for the way back. */
  readonly panels: number;
  readonly backPanels: number;
  readonly bias: number;
}

/** What the sum of a trained operation needs for the whole batch. */
export interface SumMemory {
  readonly op: TrainedOp;
  readonly at: OpMemory;
  /** Rank-one: the inputs and clipped gradients as they are stored, `[rows, …]`, rows of one run together. */
  readonly inputs: number;
  readonly gradients: number;
  /** Materialized: one row's gradient, kernel and bias. */
  readonly row: number;
  /** f64: kernel, then bias. */
  readonly sums: number;
  readonly kernelSize: number;
  readonly size: number;
}

export interface Layout {
  readonly kernels: Kernels;
  readonly chunkRows: number;
  readonly x: number;
  readonly ops: readonly OpMemory[];
  readonly sums: readonly SumMemory[];
  /** Scratch: a tile, a padded image, its windows, panels of a gradient, and the two sides of a run. */
  readonly tile: number;
  readonly padded: number;
  readonly windows: number;
  readonly panels: number;
  readonly runInputs: number;
  readonly runGradients: number;
  /** A kernel as TensorFlow.js gives it. */
  readonly weight: number;
}

const up = (value: number, unit: number): number => Math.ceil(value / unit) * unit;
export const panelFloats = (depth: number, columns: number): number => depth * up(columns, 8);

/** Bytes of one chunk that should stay in the second and third cache. */
const chunkBytes = 2 ** 21;
/** Enough rows that a product's panels are worth reading. */
const leastChunkRows = 64;

/** Rows of a pass: bounded by the caller, and by the caches where examples are large. No bit of a result depends on it. */
export function chooseChunkRows(plan: WasmPlan, physicalBatchSize: number, rows: number): number {
  const floats = plan.ops.reduce((sum, op) => sum + 2 * op.outputSize, plan.ops[0]?.inputSize ?? 0);
  const isDense = plan.ops.every((op) => op.kind === "dense" || op.kind === "copy");
  const fitting = Math.max(isDense ? leastChunkRows : 1, Math.floor(chunkBytes / (4 * floats)));
  return Math.max(1, Math.min(physicalBatchSize, rows, fitting));
}

/** Lays a batch of `rows` examples out from the first free byte on, and makes the memory long enough. */
export function layOut(kernels: Kernels, plan: WasmPlan, rows: number, longestRun: number, chunkRows: number): Layout {
  let end = up(kernels.base, 64);
  const take = (floats: number): number => {
    const at = end;
    end = up(end + 4 * floats, 64);
    return at;
  };
  const ops = plan.ops.map((op, i) => layOutOp(op, i > plan.first, i >= plan.first, chunkRows, take));
  const sums = ops.flatMap((at) => (isTrained(at.op) ? [layOutSum(at.op, at, rows, take)] : []));
  const convolutions = plan.ops.filter((op): op is ConvolutionOp => op.kind === "convolution");
  const most = (values: readonly number[]): number => Math.max(0, ...values);
  const runRows = Math.min(rows, Math.max(longestRun, maxRunRows));
  const stored = sums.filter(({ op }) => isRankOne(op));
  const layout: Layout = {
    kernels,
    chunkRows,
    ops,
    sums,
    x: take(chunkRows * (plan.ops[0]?.inputSize ?? 0)),
    tile: take(32),
    padded: take(most(convolutions.map((op) => (isPadded(op.image) ? paddedSize(op.image) : 0)))),
    windows: take(most(convolutions.map((op) => op.positions * op.inputs))),
    panels: take(most(sums.map(({ op }) => panelFloats(op.kind === "dense" ? 1 : op.positions, op.units)))),
    runInputs: take(most(stored.map(({ op }) => runRows * up(op.inputs, 4)))),
    runGradients: take(most(stored.map(({ op }) => panelFloats(runRows, op.units)))),
    weight: take(most(plan.ops.map((op) => (hasWeights(op) ? op.inputs * op.units : 0)))),
  };
  kernels.reserve(end);
  return layout;
}

function layOutOp(
  op: WasmOp,
  isAbove: boolean,
  hasGradient: boolean,
  chunkRows: number,
  take: (floats: number) => number,
): OpMemory {
  const weights = hasWeights(op) ? { inputs: op.inputs, units: op.units } : undefined;
  const output = take(chunkRows * op.outputSize);
  return {
    op,
    output,
    gradient: hasGradient ? take(chunkRows * op.outputSize) : 0,
    cells: op.kind === "max-pool" ? take(chunkRows * op.outputSize) : 0,
    panels: weights === undefined ? 0 : take(panelFloats(weights.inputs, weights.units)),
    backPanels: weights === undefined || !isAbove ? 0 : take(panelFloats(weights.units, weights.inputs)),
    bias: weights === undefined ? 0 : take(up(weights.units, 8)),
  };
}

function layOutSum(op: TrainedOp, at: OpMemory, rows: number, take: (floats: number) => number): SumMemory {
  const kernelSize = op.inputs * op.units;
  const size = kernelSize + (op.hasBias ? op.units : 0);
  const isStored = isRankOne(op);
  return {
    op,
    at,
    inputs: isStored ? take(rows * op.inputs) : 0,
    gradients: isStored ? take(rows * op.units) : 0,
    row: isStored ? 0 : take(size),
    sums: take(2 * size),
    kernelSize,
    size,
  };
}
