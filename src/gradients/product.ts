import * as tf from "@tensorflow/tfjs-core";

/**
 * a · b in f32 on the current backend, for a `[rows, inner]` and b `[inner, columns]`, row-major. Each entry is a sum of
 * `inner` products, in an order that the backend chooses.
 */
export function multiplyInSingle(a: Float32Array, b: Float32Array, inner: number): Float32Array {
  const left = tf.tensor2d(a, [a.length / inner, inner]);
  const right = tf.tensor2d(b, [inner, b.length / inner]);
  const product = tf.matMul(left, right);
  // not inside tidy: it would look for tensors in every entry of the result
  const values = product.dataSync<"float32">();
  tf.dispose([left, right, product]);
  return values;
}
