import type { ClipPart } from "./clip.ts";
import type { WasmLoss } from "./wasm-loss.ts";
import type { Layout } from "./wasm-memory.ts";
import type { NoiseTask } from "./wasm-noise.ts";
import { runBackward, runForward } from "./wasm-pass.ts";
import { type FinishTask, type PackedSum, addRows, clearShard, finishTask } from "./wasm-row-sum.ts";

/** What a batch needs to be passed and summed besides what lies in the memory: numbers that can be posted. */
export interface Step {
  readonly rows: number;
  /** Groups of rows, or as many as rows. */
  readonly units: number;
  readonly shards: number;
  readonly runs: number;
  readonly gridExponent: number;
}

/** One thread's tools for the batches of one engine. */
export interface StepTools {
  readonly layout: Layout;
  /** Of every output. */
  readonly losses: readonly WasmLoss[];
  /** Layers that are clipped together, by part; null is all of them. */
  readonly partLayers: readonly (string | null)[];
  readonly tasks: readonly FinishTask[];
  readonly blocks: readonly NoiseTask[];
}

/** Units of a shard: whole tiles of the products where they are rows, so that only the last one is short. */
const tileRows = 4;

/** The first unit of a shard and the first behind it. */
function bordersOf({ units, shards }: Step, shard: number): [from: number, to: number] {
  const size = tileRows * Math.ceil(units / shards / tileRows);
  return [Math.min(units, shard * size), Math.min(units, (shard + 1) * size)];
}

/** The batch's arrays in the memory. */
export function viewBatch(
  { kernels, batch }: Layout,
  step: Step,
  losses: readonly Pick<WasmLoss, "labelSize">[],
  parts: number,
): BatchViews {
  const { buffer } = kernels.floats();
  const { starts } = batch;
  return {
    labels: losses.map(({ labelSize }, o) => new Float64Array(buffer, batch.labels[o], step.rows * labelSize)),
    losses: new Float64Array(buffer, batch.losses, step.rows),
    norms: new Float64Array(buffer, batch.norms, step.units),
    slots: new Int32Array(buffer, batch.slots, step.units),
    isClipped: new Int32Array(buffer, batch.isClipped, step.units),
    starts: starts === 0 ? undefined : new Int32Array(buffer, starts, step.units + 1),
    runLengths: new Int32Array(buffer, batch.runLengths, step.runs),
    clips: new Float64Array(buffer, batch.clips, 2 * parts),
  };
}

export interface BatchViews {
  /** Of every output. */
  readonly labels: readonly Float64Array[];
  readonly losses: Float64Array;
  readonly norms: Float64Array;
  readonly slots: Int32Array;
  readonly isClipped: Int32Array;
  /** The first row of every group, and the end; undefined where every row is a unit. */
  readonly starts: Int32Array | undefined;
  readonly runLengths: Int32Array;
  /** Norm and gamma of each part. */
  readonly clips: Float64Array;
}

/**
 * Forward, backward, clip and add for the units of one shard, in chunks of whole units. What it writes for a unit is a
 * function of that unit, and what it adds up one of the shard's units in order: of no chunk, thread or other shard.
 */
export function passShard(tools: StepTools, step: Step, shard: number): void {
  const { layout, partLayers } = tools;
  const views = viewBatch(layout, step, tools.losses, partLayers.length);
  const parts = partLayers.map((layer, k): ClipPart => {
    return { layer, l2ClipNorm: views.clips[2 * k], gamma: views.clips[2 * k + 1] };
  });
  clearShard(layout, shard);
  const { starts } = views;
  const rowOf = (unit: number): number => starts?.[unit] ?? unit;
  const [from, to] = bordersOf(step, shard);
  for (let unit = from, next = from; unit < to; unit = next) {
    const first = rowOf(unit);
    // a layout's chunk holds the largest group
    for (next++; next < to && rowOf(next + 1) - first <= layout.chunkRows; next++);
    const rows = rowOf(next) - first;
    readChunk(layout, first, rows);
    runForward(layout, rows, first);
    applyLosses(tools, views, first, rows);
    runBackward(layout, rows, first);
    addRows(layout, views, views, unit, next - unit, parts, shard);
  }
}

/** Each row's loss, Σ weight · loss over the outputs times the row's own weight, and its gradient at every output. */
export function applyLosses({ layout, losses }: StepTools, views: BatchViews, first: number, rows: number): void {
  const { kernels } = layout;
  const totals = views.losses.subarray(first, first + rows);
  const weights = totals.slice();
  totals.fill(0);
  const own = new Float64Array(kernels.floats().buffer, layout.losses, rows);
  layout.outputs.forEach(({ output, gradient, size, addedTo }, o) => {
    const loss = losses[o];
    const labels = views.labels[o].subarray(first * loss.labelSize, (first + rows) * loss.labelSize);
    loss.apply(kernels, { output, gradient, labels, losses: own });
    for (let row = 0; row < rows; row++) {
      const weight = loss.weight * weights[row];
      totals[row] += weight * own[row];
      if (weight !== 1) kernels.run.scaleAll(gradient + 4 * row * size, size, weight);
    }
    if (addedTo !== 0) kernels.run.addRowsTo(addedTo, gradient, 1, rows * size, 0, 0);
  });
}

/** Copies rows of the batch to where the operations read them. */
export function readChunk(layout: Layout, first: number, rows: number): void {
  const { run } = layout.kernels;
  layout.inputs.forEach((to, k) => {
    const size = layout.inputSizes[k];
    run.copyRows(to, layout.batch.inputs[k] + 4 * first * size, 1, rows * size, 0, 0);
  });
}

/** What one thread does to finish the sums, part by part, once every shard was passed. */
export function finisher({ layout, tasks }: StepTools, { runs, shards, gridExponent }: Step): (ticket: number) => void {
  const finish = { runs, shards, scale: 2 ** -gridExponent };
  const packed: PackedSum = { sum: undefined };
  return (ticket) => finishTask(layout, tasks[ticket], finish, packed);
}
