import * as tf from "@tensorflow/tfjs-core";

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
  const scores = product(scaled, tf.transpose(splitHeads(k, heads), [0, 2, 1]));
  const allowed = isCausal ? tf.add(scores, futureMask(queries, keys)) : scores;
  const attended = product(tf.softmax(allowed), splitHeads(v, heads));
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

/** Batched a·b with explicit transposes on the way back: a transposed matmul is scalar on the wasm backend. */
function product(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const op = tf.customGrad((left, right, save) => {
    const [x, y] = [left as tf.Tensor3D, right as tf.Tensor3D];
    (save as unknown as (tensors: tf.Tensor[]) => void)([x, y]);
    return {
      value: tf.matMul<tf.Tensor>(x, y),
      gradFunc: (dy: tf.Tensor, [u, w]: tf.Tensor[]) => [
        tf.matMul(dy, tf.transpose(w, [0, 2, 1])),
        tf.matMul(tf.transpose(u, [0, 2, 1]), dy),
      ],
    };
  });
  return op(a, b);
}
