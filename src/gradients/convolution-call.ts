import * as tf from "@tensorflow/tfjs-core";
import {
  type ConvolutionGeometry,
  convolutionGeometry,
  depthwiseGeometry,
  spreadGeometry,
} from "./convolution-geometry.ts";
import { type Pass, keepFor, project, tap } from "./layer-tap.ts";
import { type LayerView, activate } from "./layer-view.ts";
import { scatterWindows, spreadWindows } from "./pass-kernels.ts";

/*
 * Convolutions: padded by hand where the padding is "same", since conv2d of tfjs-backend-wasm 4.22.0 gives zeros where
 * "same" leaves cells unread on one axis and pads the other.
 */

export function callConvolution(layer: LayerView, x: tf.Tensor, pass: Pass): tf.Tensor {
  const [kernel, bias] = layer.weights.map((w) => w.read());
  const geometry = convolutionGeometry(layer, x.shape);
  const image = tf.reshape<tf.Rank.R4>(x, [-1, ...geometry.inputShape]);
  const filter = tf.reshape<tf.Rank.R4>(kernel, geometry.filterShape);
  const op = tf.customGrad((input, save) => {
    keepFor(save, [filter]);
    return {
      value: convolve(input as tf.Tensor4D, filter, geometry),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => spread(dy, saved as tf.Tensor4D, geometry),
    };
  });
  const z = op(image);
  const shaped = layer.getClassName() === "Conv1D" ? tf.squeeze(z, [1]) : z;
  const point = { rule: { kind: "convolution", geometry }, weights: layer.weights, input: x } as const;
  return activate(layer, tap(pass, shaped, bias, point));
}

/** tf.conv2d with its padding written out. */
export function convolve(image: tf.Tensor4D, filter: tf.Tensor4D, geometry: ConvolutionGeometry): tf.Tensor4D {
  const { strides, dilations } = geometry;
  return tf.conv2d(pad(image, geometry), filter, strides, "valid", "NHWC", dilations);
}

function pad(image: tf.Tensor4D, { padding, border }: ConvolutionGeometry): tf.Tensor4D {
  if (padding === "valid" || Object.values(border).every((cells) => cells === 0)) return image;
  return tf.pad(image, [
    [0, 0],
    [border.top, border.bottom],
    [border.left, border.right],
    [0, 0],
  ]);
}

/**
 * g·Wᵀ scattered over the image: ∂loss/∂image of a convolution, and a transposed convolution of g. The backend's own where
 * it is native; tfjs has none of a dilated convolution, and slow ones else.
 */
export function spread(dy: tf.Tensor, filter: tf.Tensor4D, geometry: ConvolutionGeometry): tf.Tensor {
  const { dilations, inputShape } = geometry;
  if (tf.getBackend() === "tensorflow" && dilations.every((d) => d === 1)) return spreadNatively(dy, filter, geometry);
  const image = spreadWindows(dy.dataSync<"float32">(), filter.dataSync<"float32">(), geometry);
  return tf.tensor(image, [dy.shape[0] ?? 0, ...inputShape]);
}

function spreadNatively(dy: tf.Tensor, filter: tf.Tensor4D, geometry: ConvolutionGeometry): tf.Tensor {
  const { inputShape, paddedShape, strides, border, filters, outputShape } = geometry;
  const gradient = tf.reshape<tf.Rank.R4>(dy, [-1, ...outputShape, filters]);
  const shape: [number, number, number, number] = [dy.shape[0] ?? 0, ...paddedShape];
  const padded = tf.conv2dTranspose(gradient, filter, shape, strides, "valid");
  return tf.slice(padded, [0, border.top, border.left, 0], [-1, ...inputShape]);
}

export function callDepthwise(layer: LayerView, x: tf.Tensor, pass: Pass): tf.Tensor {
  const [kernel, bias] = layer.weights;
  const geometry = depthwiseGeometry(layer, x.shape);
  const z = depthwise(x as tf.Tensor4D, kernel.read() as tf.Tensor4D, geometry);
  const point = { rule: { kind: "depthwise", geometry }, weights: layer.weights, input: x } as const;
  return activate(layer, tap(pass, z, bias?.read(), point));
}

function depthwise(x: tf.Tensor4D, filter: tf.Tensor4D, geometry: ConvolutionGeometry): tf.Tensor {
  const { strides, dilations } = geometry;
  const op = tf.customGrad((image) => ({
    value: tf.depthwiseConv2d(
      pad(image as tf.Tensor4D, geometry),
      filter,
      strides,
      "valid",
      "NHWC",
      dilations,
    ) as tf.Tensor,
    gradFunc: (dy: tf.Tensor) => {
      const multiplier = filter.shape[3];
      const products = depthwiseColumns(dy.dataSync<"float32">(), filter.dataSync<"float32">(), geometry, multiplier);
      return tf.tensor(scatterWindows(products, geometry), [dy.shape[0] ?? 0, ...geometry.inputShape]);
    },
  }));
  return op(x);
}

/** For every position, tap and channel: Σ over the channel's own filters of g·W, `[rows · positions, window, channels]`. */
function depthwiseColumns(
  g: Float32Array,
  filter: Float32Array,
  { window, channels }: ConvolutionGeometry,
  multiplier: number,
): Float32Array {
  const outputs = channels * multiplier;
  const columns = new Float32Array((g.length / outputs) * window * channels);
  let to = 0;
  for (let from = 0; from < g.length; from += outputs) {
    for (let k = 0; k < window; k++) {
      for (let c = 0; c < channels; c++, to++) {
        let sum = 0;
        for (let q = 0; q < multiplier; q++) {
          sum += g[from + c * multiplier + q] * filter[(k * channels + c) * multiplier + q];
        }
        columns[to] = sum;
      }
    }
  }
  return columns;
}

/** A depthwise part and a Dense part at every position, each with a kernel of its own. */
export function callSeparable(layer: LayerView, x: tf.Tensor, pass: Pass): tf.Tensor {
  const [kernel, ...pointwise] = layer.weights;
  const geometry = depthwiseGeometry(layer, x.shape);
  const z = depthwise(x as tf.Tensor4D, kernel.read() as tf.Tensor4D, geometry);
  const point = { rule: { kind: "depthwise", geometry }, weights: [kernel], input: x } as const;
  const filters = Number(pointwise[0]?.shape[3]);
  return activate(layer, project(pass, tap(pass, z, undefined, point), pointwise, filters));
}

/** The gradient of a convolution, run forward: its input takes the place of that convolution's output gradient. */
export function callTransposed(layer: LayerView, x: tf.Tensor, pass: Pass): tf.Tensor {
  const [kernel, bias] = layer.weights.map((w) => w.read());
  const filter = kernel as tf.Tensor4D;
  const geometry = spreadGeometry(layer, x.shape);
  const op = tf.customGrad((input) => ({
    value: spread(input as tf.Tensor, filter, geometry),
    gradFunc: (dy: tf.Tensor) => convolve(dy as tf.Tensor4D, filter, geometry),
  }));
  const point = { rule: { kind: "transposed-convolution", geometry }, weights: layer.weights, input: x } as const;
  return activate(layer, tap(pass, op(x), bias, point));
}
