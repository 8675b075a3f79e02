import * as tf from "@tensorflow/tfjs-core";
import { multiplyEach } from "./pass-kernels.ts";

export interface AttentionShape {
  readonly heads: number;
  readonly isCausal: boolean;
}

/**
 * softmax(q·kᵀ/√keyDim)·v for every head of every example by itself.
 *
 * @param q - `[batch, queries, heads · keyDim]`; k `[batch, keys, heads · keyDim]`; v `[batch, keys, heads · valueDim]`.
 * @returns `[batch, queries, heads · valueDim]`.
 * @source Vaswani et al. 2017, arXiv:1706.03762v7, eq. (1).
 */
export function attend(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, { heads, isCausal }: AttentionShape): tf.Tensor {
  const keyDim = (q.shape[2] ?? heads) / heads;
  const [queries, keys] = [q.shape[1] ?? 0, k.shape[1] ?? 0];
  const scaled = tf.mul(splitHeads(q, heads), 1 / Math.sqrt(keyDim));
  const scores = product(scaled, splitHeads(k, heads), true);
  const allowed = isCausal ? tf.add(scores, futureMask(queries, keys)) : scores;
  const attended = product(tf.softmax(allowed), splitHeads(v, heads), false);
  return joinHeads(attended, heads);
}

/** `[batch, positions, heads · width]` to `[batch · heads, positions, width]`. */
function splitHeads(x: tf.Tensor, heads: number): tf.Tensor3D {
  const [, positions, width] = x.shape as [number, number, number];
  const split = tf.transpose(tf.reshape(x, [-1, positions, heads, width / heads]), [0, 2, 1, 3]);
  return tf.reshape(split, [-1, positions, width / heads]);
}

function joinHeads(x: tf.Tensor, heads: number): tf.Tensor {
  const [, positions, width] = x.shape as [number, number, number];
  const joined = tf.transpose(tf.reshape(x, [-1, heads, positions, width]), [0, 2, 1, 3]);
  return tf.reshape(joined, [-1, positions, heads * width]);
}

/** 0 at keys not after the query, −1e9 at others: their exponential is 0 in f32. */
function futureMask(queries: number, keys: number): tf.Tensor {
  const mask = Float32Array.from({ length: queries * keys }, (_, i) => (i % keys > Math.floor(i / keys) ? -1e9 : 0));
  return tf.tensor(mask, [1, queries, keys]);
}

/** a·b, or a·bᵀ, of every pair in two batches of matrices. */
function product(a: tf.Tensor, b: tf.Tensor, isTransposed: boolean): tf.Tensor {
  const op = tf.customGrad((left, right, save) => {
    const [x, y] = [left as tf.Tensor3D, right as tf.Tensor3D];
    (save as unknown as (tensors: tf.Tensor[]) => void)([x, y]);
    return {
      value: multiplyPairs(x, y, false, isTransposed),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [u, w] = saved as tf.Tensor3D[];
        const g = dy as tf.Tensor3D;
        return [
          multiplyPairs(g, w, false, !isTransposed),
          isTransposed ? multiplyPairs(g, u, true, false) : multiplyPairs(u, g, true, false),
        ];
      },
    };
  });
  return op(a, b);
}

/** By the backend where it is native; tfjs-backend-wasm 4.22.0 multiplies batches of matrices by a plain loop. */
function multiplyPairs(a: tf.Tensor3D, b: tf.Tensor3D, transposeA: boolean, transposeB: boolean): tf.Tensor3D {
  if (tf.getBackend() === "tensorflow") return tf.matMul(a, b, transposeA, transposeB);
  const [count, rows, depth] = transposeA ? [a.shape[0], a.shape[2], a.shape[1]] : a.shape;
  const columns = transposeB ? b.shape[1] : b.shape[2];
  const values = multiplyEach(
    { values: a.dataSync<"float32">(), isTransposed: transposeA },
    { values: b.dataSync<"float32">(), isTransposed: transposeB },
    count,
    [rows, depth, columns],
  );
  return tf.tensor3d(values, [count, rows, columns]);
}
