import { type Tensor, argMax, tensor, tidy } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { HostArray } from "../dpsgd/index.ts";
import type { Numbers } from "./messages.ts";

const rowsAtOnce = 1000;

/**
 * The share of rows whose largest output is at the label. Exact: only for data that may be known, never for patients.
 *
 * @param x - shape [rows, …]; @param y - class indices, shape [rows].
 */
export async function publicMetrics(model: LayersModel, x: HostArray, y: HostArray): Promise<Numbers> {
  const rows = x.shape[0] ?? 0;
  let correct = 0;
  for (let from = 0; from < rows; from += rowsAtOnce) {
    const to = Math.min(from + rowsAtOnce, rows);
    const predicted = tidy(() => argMax(model.predict(slice(x, from, to)) as Tensor, -1));
    const classes = await predicted.data();
    predicted.dispose();
    for (const [i, c] of classes.entries()) if (c === y.data[from + i]) correct += 1;
  }
  return { accuracy: rows === 0 ? 0 : correct / rows };
}

function slice({ data, shape, scale = 1 }: HostArray, from: number, to: number): Tensor {
  const width = shape.slice(1).reduce((product, extent) => product * extent, 1);
  const values = Float32Array.from(data.subarray(from * width, to * width), (v) => v * scale);
  return tensor(values, [to - from, ...shape.slice(1)], "float32");
}
