import type { Kernels } from "../kernels/index.ts";
import { maxRunRows } from "./rounding.ts";
import { type DenseOp, type EmbeddingOp, type TrainedOp, type WasmOp, hasWeights, isRankOne } from "./wasm-op.ts";
import type { WasmPlan } from "./wasm-plan.ts";
import { type OpSizes, panelFloats, sizesOf, weightSizes } from "./wasm-sizes.ts";

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

/** What the sum of operations that share their weights needs for the whole batch. */
interface SumOf<Method extends string, Op extends TrainedOp> {
  readonly method: Method;
  readonly uses: readonly OpMemory<Op>[];
  /** Places of the weights in the plan, and their sizes: the sum has them one after the other. */
  readonly weights: readonly number[];
  readonly sizes: readonly number[];
  readonly size: number;
  /** f64 */
  readonly sums: number;
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

export interface Layout {
  readonly kernels: Kernels;
  readonly chunkRows: number;
  /** The model's inputs. */
  readonly inputs: readonly number[];
  readonly ops: readonly OpMemory[];
  readonly sums: readonly SumMemory[];
  /** Two words per row of the batch, from which masks are made; 0 without masks. */
  readonly seeds: number;
  /** Scratch: a tile, a padded image, its windows, panels, states of recurrent cells, and the two sides of a run. */
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
  // products over examples alone: they read all of their panels for every chunk
  const isNarrow = plan.ops.every((op) => op.kind !== "convolution" && (op.kind !== "dense" || op.positions === 1));
  const hasSteps = plan.ops.some((op) => op.kind === "recurrent");
  const least = isNarrow ? leastChunkRows : hasSteps ? leastChunkRows / 2 : 1;
  const fitting = Math.max(least, Math.floor(chunkBytes / (4 * floats)));
  return Math.max(1, Math.min(physicalBatchSize, rows, fitting));
}

const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

type Take = (floats: number) => number;

/** Lays a batch of `rows` examples out from the first free byte on, and makes the memory long enough. */
export function layOut(
  kernels: Kernels,
  plan: WasmPlan,
  rows: number,
  longestRun: number,
  chunkRows: number,
  hasMasks = false,
): Layout {
  let end = up(kernels.base, 64);
  const take: Take = (floats) => {
    const at = end;
    end = up(end + 4 * floats, 64);
    return at;
  };
  const inputs = plan.inputs.map(({ size }) => take(chunkRows * size));
  const sizes = plan.ops.map((op, i) =>
    sizesOf(
      op,
      plan.edges[i].some((edge) => edge.isNeeded),
    ),
  );
  const ops = layOutOps(plan, sizes, inputs, chunkRows, take);
  const sums = plan.groups.map((group) => layOutSum(group, ops, rows, take));
  const most = (values: readonly number[]): number => Math.max(0, ...values);
  const runRows = Math.min(rows, Math.max(longestRun, maxRunRows));
  const stored = sums.flatMap((sum) => (sum.method === "rank-one" ? [sum.uses[0].op] : []));
  const layout: Layout = {
    kernels,
    chunkRows,
    inputs,
    ops,
    sums,
    seeds: hasMasks && plan.ops.some((op) => op.kind === "dropout") ? take(2 * rows) : 0,
    tile: take(32),
    padded: take(most(sizes.map(({ padded }) => padded))),
    windows: take(most(sizes.map(({ windows }) => windows))),
    scratch: take(most(sizes.map(({ scratch }) => scratch))),
    states: take(chunkRows * most(sizes.map(({ states }) => states))),
    runInputs: take(most(stored.map((op) => runRows * up(op.inputs, 4)))),
    runGradients: take(most(stored.map((op) => panelFloats(runRows, op.units)))),
    weight: take(most(plan.ops.flatMap((op) => (hasWeights(op) ? weightSizes(op) : [])))),
  };
  kernels.reserve(end);
  return layout;
}

/** Outputs and gradients first: operations point at each other's. */
function layOutOps(
  plan: WasmPlan,
  sizes: readonly OpSizes[],
  inputs: readonly number[],
  chunkRows: number,
  take: Take,
): OpMemory[] {
  const outputs = plan.ops.map((op) => take(chunkRows * op.outputSize));
  const gradients = plan.ops.map((op, i) => (plan.isReached[i] ? take(chunkRows * op.outputSize) : 0));
  return plan.ops.map((op, i) => {
    const edges = plan.edges[i];
    const { saved, panels, backPanels, bias } = sizes[i];
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
      saved: saved.map((floats) => take(chunkRows * floats)),
      panels: take(panels),
      backPanels: backPanels === 0 ? 0 : take(backPanels),
      bias: take(bias),
    };
  });
}

function layOutSum(group: readonly number[], ops: readonly OpMemory[], rows: number, take: Take): SumMemory {
  const uses = group.map((i) => ops[i] as OpMemory<TrainedOp>);
  const [{ op }] = uses;
  const sizes = weightSizes(op);
  const size = total(sizes);
  const shared = { weights: op.weights, sizes, size, sums: take(2 * size) };
  if (op.kind === "embedding") {
    const positions = total(uses.map((use) => (use.op as EmbeddingOp).positions));
    const own = { unique: take(positions), merged: take(positions * op.width), slots: take(op.vocabulary) };
    return { ...shared, ...own, method: "gathered", uses: uses as OpMemory<EmbeddingOp>[] };
  }
  if (isRankOne(op) && uses.length === 1) {
    const own = { inputs: take(rows * op.inputs), gradients: take(rows * op.units) };
    return { ...shared, ...own, method: "rank-one", uses: uses as OpMemory<DenseOp>[] };
  }
  return { ...shared, method: "materialized", uses, row: take(size) };
}
