import * as tf from "@tensorflow/tfjs-core";
import type { WindowWalk } from "../kernels/index.ts";
import { type LayerView, numbers } from "./layer-view.ts";

/** Where a convolution reads: `offsets[t · window + k]` is the first channel of tap k at output position t, −1 in the padding. */
export interface ConvolutionGeometry {
  readonly inputShape: readonly [number, number, number];
  readonly filterShape: [number, number, number, number];
  readonly strides: [number, number];
  readonly dilations: [number, number];
  readonly padding: "same" | "valid";
  readonly positions: number;
  readonly outputShape: readonly [number, number];
  readonly window: number;
  readonly channels: number;
  readonly filters: number;
  readonly offsets: Int32Array;
  /** Cells of padding on each side. */
  readonly border: { readonly top: number; readonly bottom: number; readonly left: number; readonly right: number };
  /** The input with its border, and how the window walks over it. */
  readonly paddedShape: readonly [number, number, number];
  readonly walk: WindowWalk;
}

const geometries = new WeakMap<LayerView, { key: string; geometry: ConvolutionGeometry }>();

/** Remembers one geometry per layer and input shape. */
function remember(layer: LayerView, shape: readonly number[], make: () => ConvolutionGeometry): ConvolutionGeometry {
  const key = shape.slice(1).join();
  const known = geometries.get(layer);
  if (known?.key === key) return known.geometry;
  const geometry = make();
  geometries.set(layer, { key, geometry });
  return geometry;
}

type Triple = readonly [number, number, number];
type Filter = [number, number, number, number];

/** The geometry of a Conv1D (as an image of height 1) or Conv2D for inputs of a shape `[rows, …]`, remembered per layer. */
export function convolutionGeometry(layer: LayerView, shape: readonly number[]): ConvolutionGeometry {
  return remember(layer, shape, () => {
    const is1d = layer.getClassName() === "Conv1D";
    const kernel = (layer.weights[0]?.shape ?? []).map(Number);
    const filterShape = (is1d ? [1, ...kernel] : kernel) as Filter;
    const inputShape = (is1d ? [1, ...shape.slice(1)] : shape.slice(1)) as unknown as Triple;
    return measure(layer, inputShape, filterShape, is1d);
  });
}

/** The geometry of the depthwise part of a DepthwiseConv2D or SeparableConv2D; `filters` is 1 per channel. */
export function depthwiseGeometry(layer: LayerView, shape: readonly number[]): ConvolutionGeometry {
  return remember(layer, shape, () => {
    const [height, width, channels, multiplier] = (layer.weights[0]?.shape ?? []).map(Number);
    const geometry = measure(layer, shape.slice(1) as unknown as Triple, [height, width, channels, 1], false);
    return { ...geometry, filterShape: [height, width, channels, multiplier], filters: channels * multiplier };
  });
}

/** The geometry of the convolution whose input is the output of a Conv2DTranspose that reads inputs of a shape `[rows, …]`. */
export function spreadGeometry(layer: LayerView, shape: readonly number[]): ConvolutionGeometry {
  return remember(layer, shape, () => {
    const filterShape = (layer.weights[0]?.shape ?? []).map(Number) as Filter;
    const [, ...output] = layer.computeOutputShape([null, ...shape.slice(1)]).map(Number);
    return measure(layer, output as unknown as Triple, filterShape, false);
  });
}

function measure(layer: LayerView, inputShape: Triple, filterShape: Filter, is1d: boolean): ConvolutionGeometry {
  const widen = (values: number[]): [number, number] => (is1d ? [1, values[0] ?? 1] : [values[0] ?? 1, values[1] ?? 1]);
  const strides = widen(numbers(layer, "strides", 2));
  const dilations = widen(numbers(layer, "dilationRate", 2));
  const padding = layer.getConfig()["padding"] === "same" ? "same" : "valid";
  const info = tf.backend_util.computeConv2DInfo([1, ...inputShape], filterShape, strides, dilations, padding);
  const { top, bottom, left, right } = info.padInfo;
  return {
    inputShape,
    filterShape,
    strides,
    dilations,
    padding,
    positions: info.outHeight * info.outWidth,
    outputShape: [info.outHeight, info.outWidth],
    window: info.filterHeight * info.filterWidth,
    channels: info.inChannels,
    filters: info.outChannels,
    offsets: tapOffsets(info),
    border: { top, bottom, left, right },
    paddedShape: [info.inHeight + top + bottom, info.inWidth + left + right, info.inChannels],
    walk: walkOf(info),
  };
}

/** Lines of a window are one run each, unless the window is dilated. */
function walkOf(info: tf.backend_util.Conv2DInfo): WindowWalk {
  const { inChannels, strideHeight, strideWidth, dilationHeight, dilationWidth, filterHeight, filterWidth } = info;
  const line = (info.inWidth + info.padInfo.left + info.padInfo.right) * inChannels;
  const runs: [number, number, number] =
    dilationWidth === 1 ? [1, filterWidth * inChannels, 0] : [filterWidth, inChannels, dilationWidth * inChannels];
  return [
    info.outHeight,
    info.outWidth,
    strideHeight * line,
    strideWidth * inChannels,
    filterHeight,
    dilationHeight * line,
    ...runs,
  ];
}

/** The window's reads of a pooling or convolution, as `ConvolutionGeometry.offsets`. */
export function tapOffsets(info: tf.backend_util.Conv2DInfo): Int32Array {
  const offsets = new Int32Array(info.outHeight * info.outWidth * info.filterHeight * info.filterWidth);
  let at = 0;
  for (let oy = 0; oy < info.outHeight; oy++) {
    for (let ox = 0; ox < info.outWidth; ox++) {
      for (let fy = 0; fy < info.filterHeight; fy++) {
        for (let fx = 0; fx < info.filterWidth; fx++) {
          const y = oy * info.strideHeight - info.padInfo.top + fy * info.dilationHeight;
          const x = ox * info.strideWidth - info.padInfo.left + fx * info.dilationWidth;
          const isInside = y >= 0 && y < info.inHeight && x >= 0 && x < info.inWidth;
          offsets[at++] = isInside ? (y * info.inWidth + x) * info.inChannels : -1;
        }
      }
    }
  }
  return offsets;
}
