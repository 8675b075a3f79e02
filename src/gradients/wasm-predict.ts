import type { Kernels } from "../kernels/index.ts";
import { chooseChunkRows, layOut } from "./wasm-memory.ts";
import { loadWeights, runForward } from "./wasm-pass.ts";
import type { WasmPlan } from "./wasm-plan.ts";

/** Every output of the model for `rows` rows of its inputs, `[rows, …output]`. */
export type ForwardPass = (x: readonly ArrayLike<number>[], rows: number) => Promise<Float32Array[]>;

/**
 * The way forward alone, by the calling thread, with the weights that the variables hold now: as `model.predict`, so
 * without Dropout. A row's output is a function of the row, to the bit.
 */
export function createForwardPass(plan: WasmPlan, kernels: Kernels, physicalBatchSize: number): ForwardPass {
  return (x, rows) =>
    kernels.exclusive(() => {
      const chunkRows = chooseChunkRows(plan, physicalBatchSize, Math.max(1, rows));
      const [layout] = layOut(kernels, plan, { rows: chunkRows, chunkRows });
      loadWeights(layout, plan.variables);
      const floats = kernels.floats();
      const results = layout.outputs.map(({ size }) => new Float32Array(rows * size));
      for (let first = 0; first < rows; first += chunkRows) {
        const count = Math.min(chunkRows, rows - first);
        layout.inputs.forEach((to, k) => {
          const size = layout.inputSizes[k];
          copyPart(floats, to / 4, x[k], first * size, count * size);
        });
        runForward(layout, count);
        layout.outputs.forEach(({ output, size }, o) => {
          results[o].set(floats.subarray(output / 4, output / 4 + count * size), first * size);
        });
      }
      plan.outputs.forEach(({ endsInSoftmax, shape }, o) => {
        if (endsInSoftmax) softmaxRows(results[o], shape.at(-1) ?? 1);
      });
      return results;
    });
}

function copyPart(to: Float32Array, at: number, from: ArrayLike<number>, first: number, count: number): void {
  if (from instanceof Float32Array) to.set(from.subarray(first, first + count), at);
  else for (let k = 0; k < count; k++) to[at + k] = from[first + k];
}

/** In place, in f64. */
function softmaxRows(values: Float32Array, classes: number): void {
  for (let from = 0; from < values.length; from += classes) {
    const row = values.subarray(from, from + classes);
    const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = Float64Array.from(row, (value) => Math.exp(value - most));
    const sum = powers.reduce((a, b) => a + b, 0);
    for (let k = 0; k < classes; k++) row[k] = powers[k] / sum;
  }
}
