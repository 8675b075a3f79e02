import type { ClipPart } from "./clip.ts";
import type { WasmLoss } from "./wasm-loss.ts";
import type { Layout } from "./wasm-memory.ts";
import { runBackward, runForward } from "./wasm-pass.ts";
import { type FinishTask, addRows, clearShard, finishTask } from "./wasm-row-sum.ts";

/** What a batch needs to be passed and summed besides what lies in the memory: numbers that can be posted. */
export interface Step {
  readonly rows: number;
  readonly shards: number;
  readonly runs: number;
  readonly gridExponent: number;
}

/** One thread's tools for the batches of one engine. */
export interface StepTools {
  readonly layout: Layout;
  readonly loss: WasmLoss;
  /** Layers that are clipped together, by part; null is all of them. */
  readonly partLayers: readonly (string | null)[];
  readonly tasks: readonly FinishTask[];
}

/** Rows of a shard: whole tiles of the products, so that only the last one is short. */
const tileRows = 4;

/** The first row of a shard and the first behind it. */
function bordersOf({ rows, shards }: Step, shard: number): [from: number, to: number] {
  const size = tileRows * Math.ceil(rows / shards / tileRows);
  return [Math.min(rows, shard * size), Math.min(rows, (shard + 1) * size)];
}

/** The batch's arrays in the memory. */
export function viewBatch({ kernels, batch }: Layout, step: Step, labelSize: number, parts: number): BatchViews {
  const { buffer } = kernels.floats();
  return {
    labels: new Float64Array(buffer, batch.labels, step.rows * labelSize),
    losses: new Float64Array(buffer, batch.losses, step.rows),
    norms: new Float64Array(buffer, batch.norms, step.rows),
    slots: new Int32Array(buffer, batch.slots, step.rows),
    isClipped: new Int32Array(buffer, batch.isClipped, step.rows),
    runLengths: new Int32Array(buffer, batch.runLengths, step.runs),
    clips: new Float64Array(buffer, batch.clips, 2 * parts),
  };
}

export interface BatchViews {
  readonly labels: Float64Array;
  readonly losses: Float64Array;
  readonly norms: Float64Array;
  readonly slots: Int32Array;
  readonly isClipped: Int32Array;
  readonly runLengths: Int32Array;
  /** Norm and gamma of each part. */
  readonly clips: Float64Array;
}

/**
 * Forward, backward, clip and add for the rows of one shard, in chunks. What it writes for a row is a function of that
 * row, and what it adds up one of the shard's rows in order: of no chunk, thread or other shard.
 */
export function passShard(tools: StepTools, step: Step, shard: number): void {
  const { layout, loss, partLayers } = tools;
  const views = viewBatch(layout, step, loss.labelSize, partLayers.length);
  const parts = partLayers.map((layer, k): ClipPart => {
    return { layer, l2ClipNorm: views.clips[2 * k], gamma: views.clips[2 * k + 1] };
  });
  clearShard(layout, shard);
  const [from, to] = bordersOf(step, shard);
  for (let first = from; first < to; first += layout.chunkRows) {
    const rows = Math.min(layout.chunkRows, to - first);
    readChunk(layout, first, rows);
    runForward(layout, rows, first);
    const { op, output, gradient } = layout.ops[layout.ops.length - 1];
    const labels = views.labels.subarray(first * loss.labelSize, (first + rows) * loss.labelSize);
    const losses = views.losses.subarray(first, first + rows);
    const weights = losses.slice();
    loss.apply(layout.kernels, { output, gradient, labels, losses });
    weigh(layout, gradient, op.outputSize, losses, weights);
    runBackward(layout, rows, first);
    addRows(layout, views, views.slots, first, rows, parts, shard);
  }
}

/** Multiplies each row's loss and its gradient by the row's weight. */
function weigh({ kernels }: Layout, gradient: number, size: number, losses: Float64Array, weights: Float64Array): void {
  weights.forEach((weight, row) => {
    if (weight === 1) return;
    losses[row] *= weight;
    kernels.run.scaleAll(gradient + 4 * row * size, size, weight);
  });
}

/** Copies rows of the batch to where the operations read them. */
function readChunk(layout: Layout, first: number, rows: number): void {
  const { run } = layout.kernels;
  layout.inputs.forEach((to, k) => {
    const size = layout.inputSizes[k];
    run.copyRows(to, layout.batch.inputs[k] + 4 * first * size, 1, rows * size, 0, 0);
  });
}

/** Finishes a part of the sums, once every shard was passed. */
export function finishPart(tools: StepTools, step: Step, ticket: number): void {
  const { layout, tasks } = tools;
  const { runLengths } = viewBatch(layout, step, 0, 0);
  finishTask(layout, tasks[ticket], runLengths, step.shards, step.gridExponent);
}
