import { type Tensor, dispose } from "@tensorflow/tfjs-core";
import { type HostArray, type PrivateTrainer, rowsFromArrays } from "../dpsgd/index.ts";

/** What a classifier says about labelled records. Computed from them without noise: not private. */
export interface ModelOutputs {
  /** Cross-entropy of each record, shape [rows]. */
  readonly losses: Float64Array;
  /** Share of records whose label is the most probable class. */
  readonly accuracy: number;
}

const chunk = 1000;

/**
 * Runs a classifier over rows [0, rows) of a data set in chunks.
 *
 * @param trainer - predicts by its engine's way forward; its model ends in logits, shape [batch, classes]: probabilities in
 * float32 would make all confident records tie.
 */
export async function modelOutputs(
  trainer: Pick<PrivateTrainer, "predict">,
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
    const output = (await trainer.predict(batch.x)) as Tensor;
    const classes = output.shape[1] ?? 1;
    const [logits, labels] = [await output.data(), await batch.y.data()];
    dispose([output, ...batch.x, batch.y]);
    for (let i = 0; i < indices.length; i++) {
      const row = logits.subarray(i * classes, (i + 1) * classes);
      const own = row[labels[i] ?? 0] ?? 0;
      if (row.every((z) => z <= own)) right += 1;
      losses[start + i] = crossEntropy(row, labels[i] ?? 0);
    }
  }
  return { losses, accuracy: right / rows };
}

/** log(1 + sum over the other classes of exp(z_j - z_own)), exact where it is tiny. */
function crossEntropy(logits: ArrayLike<number>, label: number): number {
  const own = logits[label] ?? 0;
  const largest = Math.max(...Array.from(logits));
  let others = 0;
  for (let j = 0; j < logits.length; j++) if (j !== label) others += Math.exp((logits[j] ?? 0) - largest);
  return largest === own ? Math.log1p(others) : largest - own + Math.log(Math.exp(own - largest) + others);
}
