import * as tf from "@tensorflow/tfjs-core";
import { tapOffsets } from "./convolution-geometry.ts";
import { type LayerView, numbers } from "./layer-view.ts";
import { spreadToLargest } from "./pass-kernels.ts";

type Pair = [number, number];

interface Window {
  readonly size: Pair;
  readonly strides: Pair;
  readonly padding: "same" | "valid";
}

function windowOf(layer: LayerView): Window {
  const is1d = layer.getClassName().endsWith("1D");
  const pair = (values: number[]): Pair => (is1d ? [1, values[0] ?? 1] : [values[0] ?? 1, values[1] ?? 1]);
  const padding = layer.getConfig()["padding"] === "same" ? "same" : "valid";
  return { size: pair(numbers(layer, "poolSize", 2)), strides: pair(numbers(layer, "strides", 2)), padding };
}

const poolInfo = (x: tf.Tensor, window: Window): tf.backend_util.Conv2DInfo => poolInfoOf(x.shape, window);

function poolInfoOf(shape: number[], { size, strides, padding }: Window): tf.backend_util.Conv2DInfo {
  const info = tf.backend_util.computePool2DInfo(shape as [number, number, number, number], size, strides, 1, padding);
  return { ...info, filterHeight: size[0], filterWidth: size[1] };
}

/** The cpu and wasm backends divide the gradient of a padded average by the whole window, the forward pass by the cells inside. */
export function callAveragePooling(layer: LayerView, x: tf.Tensor): tf.Tensor {
  const is1d = layer.getClassName() === "AveragePooling1D";
  const pooled = averageImage(is1d ? tf.expandDims(x, 1) : x, windowOf(layer));
  return is1d ? tf.squeeze(pooled, [1]) : pooled;
}

function averageImage(x: tf.Tensor, window: Window): tf.Tensor {
  const average = (image: tf.Tensor): tf.Tensor =>
    tf.avgPool(image as tf.Tensor4D, window.size, window.strides, window.padding);
  if (window.padding === "valid") return average(x);
  const op = tf.customGrad((image) => ({
    value: average(image as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => toAll(x.shape, dy, window),
  }));
  return op(x);
}

/** Each cell of a window that lies inside the image takes an equal share of the gradient. */
function toAll(shape: number[], dy: tf.Tensor, window: Window): tf.Tensor {
  const info = poolInfoOf(shape, window);
  const offsets = tapOffsets(info);
  const channels = info.inChannels;
  const cells = window.size[0] * window.size[1];
  const imageSize = info.inHeight * info.inWidth * channels;
  const gradient = dy.dataSync<"float32">();
  const result = new Float32Array(shape.reduce((a, b) => a * b, 1));
  let at = 0;
  for (let from = 0; from < result.length; from += imageSize) {
    for (let t = 0; t < offsets.length; t += cells, at += channels) {
      const inside = offsets.subarray(t, t + cells).filter((offset) => offset >= 0);
      for (const offset of inside) {
        for (let c = 0; c < channels; c++) result[from + offset + c] += gradient[at + c] / inside.length;
      }
    }
  }
  return tf.tensor(result, shape);
}

/** Every cell repeated; the gradient, which tfjs-backend-wasm 4.22.0 lacks, is the sum over its copies. */
export function callUpSampling(layer: LayerView, x: tf.Tensor): tf.Tensor {
  const [height, width] = numbers(layer, "size", 2);
  const [, rows, columns, channels] = x.shape as [number, number, number, number];
  const op = tf.customGrad((image) => ({
    value: tf.image.resizeNearestNeighbor(image as tf.Tensor4D, [rows * height, columns * width]) as tf.Tensor,
    gradFunc: (dy: tf.Tensor) => tf.sum(tf.reshape(dy, [-1, rows, height, columns, width, channels]), [2, 4]),
  }));
  return op(x);
}

/**
 * Max pooling with a gradient of its own: that of tfjs-backend-wasm 4.22.0 is wrong for windows of 2 with stride 1. The
 * first largest cell of a window takes the whole gradient, as on the cpu backend.
 */
export function callMaxPooling(layer: LayerView, x: tf.Tensor): tf.Tensor {
  const window = windowOf(layer);
  const is1d = layer.getClassName() === "MaxPooling1D";
  const image = is1d ? tf.expandDims(x, 1) : x;
  const op = tf.customGrad((input, save) => {
    (save as (tensors: tf.Tensor[]) => void)([input as tf.Tensor]);
    return {
      value: tf.maxPool(input as tf.Tensor4D, window.size, window.strides, window.padding) as tf.Tensor,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => toLargest(saved[0], dy, window),
    };
  });
  const pooled = op(image);
  return is1d ? tf.squeeze(pooled, [1]) : pooled;
}

function toLargest(x: tf.Tensor, dy: tf.Tensor, window: Window): tf.Tensor {
  const info = poolInfo(x, window);
  const { inHeight, inWidth, inChannels, outHeight, outWidth, padInfo } = info;
  const shape = [inHeight, inWidth, inChannels] as const;
  const { top, left } = padInfo;
  const result = spreadToLargest(x.dataSync<"float32">(), dy.dataSync<"float32">(), shape, [
    ...shape,
    outHeight,
    outWidth,
    ...window.size,
    ...window.strides,
    top,
    left,
  ]);
  return tf.tensor(result, x.shape);
}
