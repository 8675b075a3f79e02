import { type NoiseBlock, blockDraws, countBlocks, drawBlock } from "../noise/index.ts";
import type { Layout, SumMemory } from "./wasm-memory.ts";

/** A part of the sums that gets its noise in one go, and where it then lies as f32. */
export interface NoiseTask extends NoiseBlock {
  readonly noised: number;
}

/** What all parts of a sum's noise have in common: numbers that can be posted. */
export interface NoiseStep {
  /** In units of the grid. */
  readonly stddev: number;
  /** What a unit of the grid is in the gradient. */
  readonly unit: number;
}

/** How the sums of a batch get their noise: tasks in any order, on any thread. */
export function noiseTasks(sums: readonly SumMemory[]): NoiseTask[] {
  return sums.flatMap(({ sums: values, noised, size }) =>
    Array.from({ length: countBlocks(size) }, (_, k): NoiseTask => {
      const from = k * blockDraws;
      return { values: values + 8 * from, noised: noised + 4 * from, count: Math.min(blockDraws, size - from) };
    }),
  );
}

/** Adds the noise of one part; from a draw on that is left open, the calling thread does the rest. */
export function perturbPart(layout: Layout, tasks: readonly NoiseTask[], number: number, step: NoiseStep): void {
  drawBlock(layout.kernels, layout.noise, tasks[number], number, step.stddev);
  writeNoised(layout, tasks[number], step);
}

/** The noised part as f32, in the gradient's units. */
export function writeNoised({ kernels }: Layout, { values, noised, count }: NoiseTask, { unit }: NoiseStep): void {
  kernels.run.toFloats(noised, values, count, unit);
}

/** The noised sums per weight, by its place in the plan, where they lie. */
export function viewNoised({ kernels, sums }: Layout): Map<number, Float32Array> {
  const result = new Map<number, Float32Array>();
  for (const { noised, size, sizes, weights } of sums) {
    const floats = new Float32Array(kernels.floats().buffer, noised, size);
    let from = 0;
    weights.forEach((weight, k) => {
      result.set(weight, floats.subarray(from, from + sizes[k]));
      from += sizes[k];
    });
  }
  return result;
}
