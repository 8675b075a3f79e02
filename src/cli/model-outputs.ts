import { type Tensor, dispose, tidy } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type HostArray, rowsFromArrays } from "../dpsgd/index.ts";

/** What a classifier says about labelled records. Computed from them without noise: not private. */
export interface ModelOutputs {
  /** Cross-entropy of each record, shape [rows]. */
  readonly losses: Float64Array;
  /** Share of records whose label is the most probable class. */
  readonly accuracy: number;
}

const chunk = 1000;

/** Runs the model over rows [0, rows) of a data set in chunks. The model ends in a softmax over the label's classes. */
export async function modelOutputs(
  model: LayersModel,
  x: HostArray,
  y: HostArray,
  rows: number,
): Promise<ModelOutputs> {
  const source = rowsFromArrays(x, y);
  const losses = new Float64Array(rows);
  let right = 0;
  for (let start = 0; start < rows; start += chunk) {
    const indices = Uint32Array.from({ length: Math.min(chunk, rows - start) }, (_, i) => start + i);
    const batch = await source.gather(indices);
    const output = tidy(() => model.predict(batch.x) as Tensor);
    const classes = output.shape[1] ?? 1;
    const [probabilities, labels] = [await output.data(), await batch.y.data()];
    dispose([output, ...batch.x, batch.y]);
    for (let i = 0; i < indices.length; i++) {
      const row = probabilities.subarray(i * classes, (i + 1) * classes);
      const own = row[labels[i] ?? 0] ?? 0;
      if (row.every((p) => p <= own)) right += 1;
      // a probability that underflowed in float32 is treated as the smallest it can hold
      losses[start + i] = -Math.log(Math.max(own, 1e-38));
    }
  }
  return { losses, accuracy: right / rows };
}
