import type { SumMemory } from "./wasm-memory.ts";
import { runBackward, runForward } from "./wasm-pass.ts";
import { formRows } from "./wasm-row-gradient.ts";
import { type Step, type StepTools, applyLosses, readChunk, viewBatch } from "./wasm-step.ts";

/*
 * Plain gradients: what a row adds is bounded by nothing and nothing is rounded to a grid. Not private.
 */

/** Where a shard adds a sum up, in f32. */
const shardOf = (sum: SumMemory, shard: number): number => sum.shards + 4 * shard * sum.shardStride;

/** Adds up the gradients of a shard's rows, chunk by chunk: products over all positions of a chunk at once. */
export function passRows(tools: StepTools, step: Step, shard: number): void {
  const { layout } = tools;
  const { run } = layout.kernels;
  const views = viewBatch(layout, step, tools.losses, 0);
  const size = 4 * Math.ceil(step.rows / step.shards / 4);
  const [start, end] = [Math.min(step.rows, shard * size), Math.min(step.rows, (shard + 1) * size)];
  if (start === end) for (const sum of layout.sums) run.clear(shardOf(sum, shard), 4 * sum.size);
  for (let first = start; first < end; first += layout.chunkRows) {
    const rows = Math.min(layout.chunkRows, end - first);
    readChunk(layout, first, rows);
    runForward(layout, rows, first);
    applyLosses(tools, views, first, rows);
    runBackward(layout, rows, first);
    for (const sum of layout.sums) {
      if (sum.method === "materialized") formRows(layout, sum, shardOf(sum, shard), rows, first > start);
    }
  }
}

/** Adds up the shards of a part of the sums, times `unit`. */
export function foldPart({ layout, tasks }: StepTools, { shards }: Step, ticket: number, unit: number): void {
  const { sum: number, from, to } = tasks[ticket];
  const sum = layout.sums[number];
  layout.kernels.run.foldFloats(sum.noised + 4 * from, sum.shards + 4 * from, to - from, shards, sum.shardStride, unit);
}
