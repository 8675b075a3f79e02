import * as tf from "@tensorflow/tfjs-core";
import type { RandomSource } from "../core/random-source.ts";
import { invalidArgument } from "../core/index.ts";
import { type ConvolutionGeometry, convolutionGeometry } from "./convolution-geometry.ts";
import { normalizeGroups } from "./group-normalization.ts";
import { type LayerView, onlyTensor } from "./layer-view.ts";
import { drawWords } from "./random-words.ts";
import { callAveragePooling, callMaxPooling } from "./pooling-call.ts";

/**
 * One call of a layer with trainable weights during a forward pass: what its rule needs to form the gradient of every
 * row. `input` is the layer's input (ids for Embedding, the normalized input for LayerNormalization), `[rows, …inputShape]`;
 * `gradient` is ∂loss/∂pre-activation, `[rows, …outputShape]`, undefined until the backward pass has reported.
 */
export interface Use {
  readonly layer: LayerView;
  readonly input: ArrayLike<number>;
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  gradient: Float32Array | undefined;
}

/** What the replaced calls share during one pass. */
export interface Pass {
  /** A scalar that every tap adds to the tape, so that the backward pass visits it. */
  readonly anchor: tf.Scalar;
  readonly uses: Use[];
  readonly random: RandomSource;
  readonly isTapped: (layer: LayerView) => boolean;
}

export type LayerCall = (layer: LayerView, x: tf.Tensor, pass: Pass, isTraining: boolean) => tf.Tensor;

/**
 * Calls that replace the layers' own during a pass. Each computes the same function without fused kernels (tfjs's fused
 * gradients form the weight gradient at once) and without a weight on the tape: the backward pass carries ∂loss/∂input
 * only, and each call's input and output gradient are read off at its tap.
 */
export const layerCalls: Readonly<Record<string, LayerCall>> = {
  Dense: callDense,
  Conv1D: callConvolution,
  Conv2D: callConvolution,
  Embedding: callEmbedding,
  LayerNormalization: callLayerNormalization,
  GroupNormalization: callGroupNormalization,
  Dropout: callDropout,
  AveragePooling2D: callAveragePooling,
  MaxPooling1D: callMaxPooling,
  MaxPooling2D: callMaxPooling,
};

function callDense(layer: LayerView, x: tf.Tensor, pass: Pass): tf.Tensor {
  const [kernel, bias] = layer.weights.map((w) => w.read());
  const [inputs, units] = (kernel as tf.Tensor2D).shape;
  const z = multiply(tf.reshape(x, [-1, inputs]), kernel as tf.Tensor2D);
  const shaped = tf.reshape(z, [...x.shape.slice(0, -1), units]);
  return activate(layer, tap(layer, shaped, bias, x, pass));
}

/** a·W whose gradient is g·Wᵀ by an explicit transpose: a transposed matmul is scalar on the wasm backend. */
function multiply(a: tf.Tensor2D, kernel: tf.Tensor2D): tf.Tensor2D {
  const op = tf.customGrad((input) => ({
    value: tf.matMul(input as tf.Tensor2D, kernel),
    gradFunc: (dy: tf.Tensor) => tf.matMul(dy, tf.transpose(kernel)),
  }));
  return op(a) as tf.Tensor2D;
}

function callConvolution(layer: LayerView, x: tf.Tensor, pass: Pass): tf.Tensor {
  const [kernel, bias] = layer.weights.map((w) => w.read());
  const geometry = convolutionGeometry(layer, x.shape);
  const image = tf.reshape<tf.Rank.R4>(x, [-1, ...geometry.inputShape]);
  const filter = tf.reshape<tf.Rank.R4>(kernel, geometry.filterShape);
  const z = convolve(image, filter, geometry);
  const shaped = layer.getClassName() === "Conv1D" ? tf.squeeze(z, [1]) : z;
  return activate(layer, tap(layer, shaped, bias, x, pass));
}

function convolve(image: tf.Tensor4D, filter: tf.Tensor4D, geometry: ConvolutionGeometry): tf.Tensor4D {
  const op = tf.customGrad((input) => ({
    value: tf.conv2d(
      input as tf.Tensor4D,
      filter,
      geometry.strides,
      geometry.padding,
      "NHWC",
      geometry.dilations,
    ) as tf.Tensor,
    gradFunc: (dy: tf.Tensor) => inputGradient(dy, filter, geometry),
  }));
  return op(image) as tf.Tensor4D;
}

/** ∂loss/∂image as one product g·Wᵀ scattered back: tfjs has no gradient of a dilated convolution, and a slow one else. */
function inputGradient(dy: tf.Tensor, filter: tf.Tensor4D, geometry: ConvolutionGeometry): tf.Tensor {
  const [, , channels, filters] = filter.shape;
  const taps = geometry.offsets;
  const product = tf.matMul(
    tf.reshape<tf.Rank.R2>(dy, [-1, filters]),
    tf.transpose<tf.Tensor2D>(tf.reshape<tf.Rank.R2>(filter, [-1, filters])),
  );
  const columns = product.dataSync();
  const rows = dy.shape[0] ?? 0;
  const imageSize = geometry.inputShape.reduce((a, b) => a * b, 1);
  const image = new Float32Array(rows * imageSize);
  let from = 0;
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < taps.length; k++, from += channels) {
      const offset = taps[k];
      if (offset < 0) continue;
      const to = row * imageSize + offset;
      for (let c = 0; c < channels; c++) image[to + c] += columns[from + c];
    }
  }
  return tf.tensor(image, [rows, ...geometry.inputShape]);
}

function callEmbedding(layer: LayerView, x: tf.Tensor, pass: Pass): tf.Tensor {
  const table = layer.weights[0].read();
  const ids = tf.cast(x, "int32");
  const rows = table.shape[0];
  if (ids.dataSync().some((id) => !(id >= 0 && id < rows))) {
    // a backend may read past the table, where other rows' values lie
    throw invalidArgument("x", `ids in [0, ${rows}) where ${layer.name} reads them`, "something else");
  }
  const z = tf.reshape(tf.gather(table, tf.reshape(ids, [-1])), [...x.shape, table.shape[1] ?? 1]);
  return tap(layer, z, undefined, ids, pass);
}

function callLayerNormalization(layer: LayerView, x: tf.Tensor, pass: Pass): tf.Tensor {
  const config = layer.getConfig();
  const parameters = layer.weights.map((w) => w.read());
  const gamma = config["scale"] === false ? undefined : parameters[0];
  const beta = config["center"] === false ? undefined : parameters.at(-1);
  const axisCount = Array.isArray(config["axis"]) ? config["axis"].length : 1;
  const axes = Array.from({ length: axisCount }, (_, i) => x.rank - axisCount + i);
  const centered = tf.sub(x, tf.mean(x, axes, true));
  const variance = tf.mean(tf.square(centered), axes, true);
  const normalized = tf.mul(centered, tf.rsqrt(tf.add(variance, Number(config["epsilon"]))));
  const scaled = gamma === undefined ? normalized : tf.mul(normalized, gamma);
  return tap(layer, scaled, beta, normalized, pass);
}

function callGroupNormalization(layer: LayerView, x: tf.Tensor, pass: Pass): tf.Tensor {
  const [gamma, beta] = layer.weights.map((w) => w.read());
  const { groups, epsilon } = layer.getConfig();
  const normalized = normalizeGroups(x, Number(groups), Number(epsilon));
  return tap(layer, tf.mul(normalized, gamma), beta, normalized, pass);
}

/** Masks come from the engine's RandomSource, drawn per row: a seeded or shared mask would tie one row to its position. */
function callDropout(layer: LayerView, x: tf.Tensor, pass: Pass, isTraining: boolean): tf.Tensor {
  const rate = Number(layer.getConfig()["rate"]);
  if (!isTraining || !(rate > 0 && rate < 1)) return tf.clone(x);
  const words = drawWords(pass.random, x.size);
  const threshold = rate * 2 ** 32;
  const scale = 1 / (1 - rate);
  const mask = Float32Array.from(words, (word) => (word >= threshold ? scale : 0));
  return tf.mul(x, tf.tensor(mask, x.shape));
}

function activate(layer: LayerView, z: tf.Tensor): tf.Tensor {
  const activation = layer.activation;
  const isLinear = layer.getConfig()["activation"] === "linear";
  return activation === undefined || activation === null || isLinear ? z : activation.apply(z);
}

/** z + bias; on the way back, writes the gradient at z into a new use of the layer. Frozen layers leave no use. */
function tap(layer: LayerView, z: tf.Tensor, bias: tf.Tensor | undefined, input: tf.Tensor, pass: Pass): tf.Tensor {
  if (!pass.isTapped(layer)) return bias === undefined ? z : tf.add(z, bias);
  const use: Use = {
    layer,
    input: input.dataSync(),
    inputShape: input.shape.slice(1),
    outputShape: z.shape.slice(1),
    gradient: undefined,
  };
  pass.uses.push(use);
  const op = tf.customGrad((preActivation) => ({
    value: bias === undefined ? tf.clone(preActivation as tf.Tensor) : tf.add(preActivation as tf.Tensor, bias),
    gradFunc: (dy: tf.Tensor) => {
      use.gradient = Float32Array.from(dy.dataSync());
      // the tape disposes what it accumulates: the anchor's gradient must be a tensor of its own each time
      return [tf.clone(dy), tf.scalar(0)];
    },
  }));
  return op(z, pass.anchor);
}

export function callOf(layer: LayerView, pass: Pass): LayerView["call"] | undefined {
  const call = layerCalls[layer.getClassName()];
  if (call === undefined) return undefined;
  return (inputs, kwargs) => tf.tidy(() => call(layer, onlyTensor(inputs), pass, kwargs["training"] === true));
}
