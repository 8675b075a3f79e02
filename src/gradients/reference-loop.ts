import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { BatchLoss, Targets } from "./batch-loss.ts";
import { withTape } from "./backward-pass.ts";
import { callMasking, callThreshold, replaceCall, restoreCall } from "./comparison-call.ts";
import { spreadGeometry } from "./convolution-geometry.ts";
import { withMissingKernels } from "./missing-kernels.ts";
import { type LayerView, type WeightView, activate, leaves, numbers, onlyTensor, viewModel } from "./layer-view.ts";
import { callAveragePooling, callMaxPooling, callUpSampling } from "./pooling-call.ts";

/**
 * The gradient of the sum of the losses of some examples by tfjs's own differentiation of the model's own calls, one array per weight: the slow
 * truth that the engine is compared with. Some calls are not the layers' own, for faults of tfjs 4.22.0: poolings (see
 * `pooling-call.ts`), comparisons (`comparison-call.ts`), a normalization without scale or offset, a dilated convolution, which has no gradient there and is
 * written as one with an undilated kernel that holds zeros, and the rows of a table, whose gradient takes seconds.
 */
export function referenceGradient(
  model: LayersModel,
  loss: BatchLoss,
  weights: readonly WeightView[],
  x: tf.Tensor[],
  targets: Targets,
): Float32Array[] {
  const variables = weights.map((w) => w.read() as tf.Variable);
  let gradients: Float32Array[] = [];
  withMissingKernels(() =>
    withRepairs(viewModel(model), () =>
      withTape(() => {
        const forward = (): tf.Scalar => {
          const outputs = model.apply(x.length === 1 ? x[0] : x, { training: false }) as tf.Tensor | tf.Tensor[];
          return tf.sum(loss(targets, Array.isArray(outputs) ? outputs : [outputs]));
        };
        const { grads } = tf.variableGrads(forward, variables);
        // weights that no output depends on have none
        gradients = variables.map((v) => {
          const gradient = grads[v.name] as tf.Tensor | undefined;
          return Float32Array.from(gradient?.dataSync() ?? new Float32Array(v.size));
        });
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
      replaceCall(layer, value);
      replaced.push(layer);
    }
    return body();
  } finally {
    for (const layer of replaced) restoreCall(layer);
  }
}

function repairOf(layer: LayerView): ((x: tf.Tensor) => tf.Tensor) | undefined {
  const kind = layer.getClassName();
  if (kind.startsWith("AveragePooling")) return (x) => callAveragePooling(layer, x);
  if (kind.startsWith("MaxPooling")) return (x) => callMaxPooling(layer, x);
  if (kind === "UpSampling2D") return (x) => callUpSampling(layer, x);
  if (kind === "Masking") return (x) => callMasking(layer, x);
  if (kind === "ThresholdedReLU") return (x) => callThreshold(layer, x);
  if (kind === "LayerNormalization" && layer.weights.length < 2) return (x) => callPartialNormalization(layer, x);
  if (kind === "Embedding") return (x) => callTable(layer, x);
  if (kind === "PReLU") return (x) => callPrelu(layer, x);
  if (kind === "Conv2DTranspose") return (x) => callSpread(layer, x);
  if (kind === "DepthwiseConv2D") return (x) => callDepthwiseDense(layer, x);
  if (kind === "SeparableConv2D") return (x) => callSeparableDense(layer, x);
  if (kind === "Conv1D" || kind === "Conv2D") return isFaulty(layer) ? (x) => callDilated(layer, x) : undefined;
  return undefined;
}

/** Dilated, or with "same" padding and windows smaller than a stride, which tfjs-backend-wasm 4.22.0 answers with zeros. */
function isFaulty(layer: LayerView): boolean {
  const strides = numbers(layer, "strides", 2);
  const kernel = (layer.weights[0]?.shape ?? []).map(Number);
  const leavesCells = layer.getConfig()["padding"] === "same" && strides.some((stride, axis) => kernel[axis] < stride);
  return leavesCells || numbers(layer, "dilationRate", 2).some((rate) => rate !== 1);
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

/** Rows of a table. Its gradient in tfjs looks through every id for every row of the table: seconds, for 10,000 rows. */
function callTable(layer: LayerView, x: tf.Tensor): tf.Tensor {
  const ids = Int32Array.from(x.dataSync());
  const [words, width] = layer.weights[0].shape.map(Number);
  const pick = tf.customGrad((table) => ({
    value: tf.reshape(tf.gather(table as tf.Tensor, tf.tensor1d(ids, "int32")), [...x.shape, width]),
    gradFunc: (dy: tf.Tensor) => {
      const [from, to] = [dy.dataSync(), new Float32Array(words * width)];
      for (let k = 0; k < from.length; k++) to[ids[Math.floor(k / width)] * width + (k % width)] += from[k];
      return tf.tensor(to, [words, width]);
    },
  }));
  return pick(layer.weights[0].read());
}

/** The sides are fixed by the values: tfjs has no gradient of a comparison that hangs on the tape. */
function callPrelu(layer: LayerView, x: tf.Tensor): tf.Tensor {
  const isPositive = tf.tensor(
    Uint8Array.from(x.dataSync(), (value) => (value > 0 ? 1 : 0)),
    x.shape,
    "bool",
  );
  return tf.where(isPositive, x, tf.mul(x, layer.weights[0].read()));
}

/** A transposed convolution as two products: x·Wᵀ, and a constant 0/1 matrix that adds each entry where it belongs. */
function callSpread(layer: LayerView, x: tf.Tensor): tf.Tensor {
  const [kernel, bias] = layer.weights.map((w) => w.read());
  const { inputShape, offsets, window, channels, filters, positions } = spreadGeometry(layer, x.shape);
  const cells = inputShape[0] * inputShape[1];
  const places = tf.buffer([cells, offsets.length]);
  offsets.forEach((offset, k) => {
    if (offset >= 0) places.set(1, offset / channels, k);
  });
  const flat = tf.transpose(tf.reshape<tf.Rank.R2>(kernel, [window * channels, filters]));
  const columns = tf.reshape(tf.matMul(tf.reshape<tf.Rank.R2>(x, [-1, filters]), flat), [
    -1,
    positions * window,
    channels,
  ]);
  const sideBySide = tf.reshape<tf.Rank.R2>(tf.transpose(columns, [1, 0, 2]), [positions * window, -1]);
  const image = tf.reshape(tf.matMul(places.toTensor() as tf.Tensor2D, sideBySide), [cells, -1, channels]);
  const z = tf.reshape(tf.transpose(image, [1, 0, 2]), [-1, ...inputShape]);
  return activate(layer, bias === undefined ? z : tf.add(z, bias));
}

/** A depthwise convolution as an ordinary one, whose kernel holds zeros between channels. */
function callDepthwiseDense(layer: LayerView, x: tf.Tensor): tf.Tensor {
  const [kernel, bias] = layer.weights.map((w) => w.read());
  const z = convolveDense(layer, x, spreadChannels(kernel));
  return activate(layer, bias === undefined ? z : tf.add(z, bias));
}

function callSeparableDense(layer: LayerView, x: tf.Tensor): tf.Tensor {
  const [kernel, pointwise, bias] = layer.weights.map((w) => w.read());
  const between = convolveDense(layer, x, spreadChannels(kernel));
  const z = tf.conv2d(between as tf.Tensor4D, pointwise as tf.Tensor4D, 1, "valid");
  return activate(layer, bias === undefined ? z : tf.add(z, bias));
}

/** `[height, width, channels, multiplier]` to `[height, width, channels, channels · multiplier]`. */
function spreadChannels(kernel: tf.Tensor): tf.Tensor {
  const [height, width, channels, multiplier] = kernel.shape as [number, number, number, number];
  const outputs = channels * multiplier;
  const places = tf.buffer([channels * multiplier, channels * outputs]);
  for (let c = 0; c < channels; c++) {
    for (let q = 0; q < multiplier; q++) places.set(1, c * multiplier + q, c * outputs + c * multiplier + q);
  }
  const flat = tf.reshape<tf.Rank.R2>(kernel, [height * width, outputs]);
  return tf.reshape(tf.matMul(flat, places.toTensor() as tf.Tensor2D), [height, width, channels, outputs]);
}

/** The convolution as an ordinary one: the kernel, spread out by a constant 0/1 matrix where it is dilated. */
function callDilated(layer: LayerView, x: tf.Tensor): tf.Tensor {
  const is1d = layer.getClassName() === "Conv1D";
  const [kernel, bias] = layer.weights.map((w) => w.read());
  const filter = is1d ? tf.expandDims(kernel, 0) : kernel;
  const z = convolveDense(layer, is1d ? tf.expandDims(x, 1) : x, filter);
  const shifted = bias === undefined ? z : tf.add(z, bias);
  return activate(layer, is1d ? tf.squeeze(shifted, [1]) : shifted);
}

function convolveDense(layer: LayerView, image: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
  const is1d = layer.getClassName() === "Conv1D";
  const [height, width, channels, filters] = kernel.shape as [number, number, number, number];
  const pair = (values: number[]): [number, number] => (is1d ? [1, values[0] ?? 1] : [values[0] ?? 1, values[1] ?? 1]);
  const [dy, dx] = pair(numbers(layer, "dilationRate", 2));
  const strides = pair(numbers(layer, "strides", 2));
  const [tall, wide] = [(height - 1) * dy + 1, (width - 1) * dx + 1];
  const spread = tf.buffer([tall * wide, height * width]);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) spread.set(1, i * dy * wide + j * dx, i * width + j);
  }
  const flat = tf.reshape<tf.Rank.R2>(kernel, [height * width, channels * filters]);
  const dense = tf.reshape(tf.matMul(spread.toTensor() as tf.Tensor2D, flat), [tall, wide, channels, filters]);
  const borders = [0, 1].map((axis) => {
    if (layer.getConfig()["padding"] !== "same") return [0, 0];
    const [length, window] = [image.shape[1 + axis] ?? 0, axis === 0 ? tall : wide];
    const total = Math.max(0, (Math.ceil(length / strides[axis]) - 1) * strides[axis] + window - length);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  }) as [[number, number], [number, number]];
  const padded = tf.pad(image, [[0, 0], ...borders, [0, 0]]);
  return tf.conv2d(padded as tf.Tensor4D, dense as tf.Tensor4D, strides, "valid");
}
