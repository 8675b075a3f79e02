import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { withTape } from "./backward-pass.ts";
import { withMissingKernels } from "./missing-kernels.ts";
import { type LayerView, type WeightView, leaves, numbers, onlyTensor, viewModel } from "./layer-view.ts";
import { callAveragePooling, callMaxPooling } from "./pooling-call.ts";
import type { PerExampleLoss } from "./loss.ts";

/**
 * The gradient of one example by tfjs's own differentiation of the model's own calls, one array per weight: the slow
 * truth that the engine is compared with. Some calls are not the layers' own, for faults of tfjs 4.22.0: poolings (see
 * `pooling-call.ts`), a normalization without scale or offset, and a dilated convolution, which has no gradient there and is written as
 * one with an undilated kernel that holds zeros.
 */
export function gradientOfOne(
  model: LayersModel,
  loss: PerExampleLoss,
  weights: readonly WeightView[],
  x: tf.Tensor[],
  y: tf.Tensor,
): Float32Array[] {
  const variables = weights.map((w) => w.read() as tf.Variable);
  let gradients: Float32Array[] = [];
  withMissingKernels(() =>
    withRepairs(viewModel(model), () =>
      withTape(() => {
        const forward = (): tf.Scalar => {
          const output = model.apply(x.length === 1 ? x[0] : x, { training: false }) as tf.Tensor;
          return tf.sum(loss(y, output));
        };
        const { grads } = tf.variableGrads(forward, variables);
        gradients = variables.map((v) => Float32Array.from(grads[v.name].dataSync()));
      }),
    ),
  );
  return gradients;
}

function withRepairs<T>(root: LayerView, body: () => T): T {
  const replaced: LayerView[] = [];
  try {
    for (const layer of leaves(root)) {
      const call = repairOf(layer);
      if (call === undefined) continue;
      const value = (inputs: tf.Tensor | tf.Tensor[]): tf.Tensor => tf.tidy(() => call(onlyTensor(inputs)));
      Object.defineProperty(layer, "call", { value, configurable: true, enumerable: false, writable: true });
      replaced.push(layer);
    }
    return body();
  } finally {
    for (const layer of replaced) Reflect.deleteProperty(layer, "call");
  }
}

function repairOf(layer: LayerView): ((x: tf.Tensor) => tf.Tensor) | undefined {
  const kind = layer.getClassName();
  if (kind === "AveragePooling2D") return (x) => callAveragePooling(layer, x);
  if (kind.startsWith("MaxPooling")) return (x) => callMaxPooling(layer, x);
  if (kind === "LayerNormalization" && layer.weights.length < 2) return (x) => callPartialNormalization(layer, x);
  const isDilated = kind.startsWith("Conv") && numbers(layer, "dilationRate", 2).some((rate) => rate !== 1);
  return isDilated ? (x) => callDilated(layer, x) : undefined;
}

/** Layer normalization without a scale or an offset: tfjs's gradient of it looks for the missing tensor. */
function callPartialNormalization(layer: LayerView, x: tf.Tensor): tf.Tensor {
  const [parameter] = layer.weights;
  const count = parameter?.shape.length ?? 1;
  const axes = Array.from({ length: count }, (_, i) => x.rank - count + i);
  const { mean, variance } = tf.moments(x, axes, true);
  const normalized = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, Number(layer.getConfig()["epsilon"]))));
  if (parameter === undefined) return normalized;
  const isOffset = layer.getConfig()["scale"] === false;
  return isOffset ? tf.add(normalized, parameter.read()) : tf.mul(normalized, parameter.read());
}

/** The dilated convolution as an ordinary one: the kernel, spread out by a constant 0/1 matrix. */
function callDilated(layer: LayerView, x: tf.Tensor): tf.Tensor {
  const is1d = layer.getClassName() === "Conv1D";
  const [kernel, bias] = layer.weights.map((w) => w.read());
  const shape = (layer.weights[0]?.shape ?? []).map(Number);
  const [height, width, channels, filters] = (is1d ? [1, ...shape] : shape) as [number, number, number, number];
  const rates = numbers(layer, "dilationRate", 2);
  const strides = numbers(layer, "strides", 2);
  const [dy, dx] = is1d ? [1, rates[0] ?? 1] : [rates[0] ?? 1, rates[1] ?? 1];
  const stride: [number, number] = is1d ? [1, strides[0] ?? 1] : [strides[0] ?? 1, strides[1] ?? 1];
  const [tall, wide] = [(height - 1) * dy + 1, (width - 1) * dx + 1];
  const spread = tf.buffer([tall * wide, height * width]);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) spread.set(1, i * dy * wide + j * dx, i * width + j);
  }
  const flat = tf.reshape<tf.Rank.R2>(kernel, [height * width, channels * filters]);
  const dense = tf.reshape(tf.matMul(spread.toTensor() as tf.Tensor2D, flat), [tall, wide, channels, filters]);
  const image = is1d ? tf.expandDims(x, 1) : x;
  const padding = layer.getConfig()["padding"] === "same" ? "same" : "valid";
  const z = tf.conv2d(image as tf.Tensor4D, dense as tf.Tensor4D, stride, padding);
  const shifted = bias === undefined ? z : tf.add(z, bias);
  const output = is1d ? tf.squeeze(shifted, [1]) : shifted;
  return layer.activation === undefined || layer.activation === null ? output : layer.activation.apply(output);
}
