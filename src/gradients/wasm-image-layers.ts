import * as tf from "@tensorflow/tfjs-core";
import type { WindowWalk } from "../kernels/index.ts";
import { type LayerView, numbers } from "./layer-view.ts";
import type { GraphBuilder, LayerUse } from "./wasm-graph.ts";
import { type ImagePadding, paddedSize } from "./wasm-op.ts";
import { type Translation, activate, activationOf, baseOf, count } from "./wasm-translation.ts";

type Image = readonly [height: number, width: number, channels: number];
type Filter = [height: number, width: number, inputs: number, outputs: number];

/** A layer of one dimension works on images of height 1. */
function extentOf(layer: LayerView): { is1d: boolean; widen: (values: number[]) => [number, number] } {
  const is1d = layer.getClassName().endsWith("1D");
  return { is1d, widen: (values) => (is1d ? [1, values[0] ?? 1] : [values[0] ?? 1, values[1] ?? 1]) };
}

interface Windows {
  readonly image: ImagePadding;
  readonly walk: WindowWalk;
  readonly positions: number;
  readonly taps: number;
}

/** How a kernel's windows walk over an image, by TensorFlow.js's rules for padding. */
function windowsOf(layer: LayerView, image: Image, filter: Filter): Windows {
  const { widen } = extentOf(layer);
  const padding = layer.getConfig()["padding"] === "same" ? "same" : "valid";
  const strides = widen(numbers(layer, "strides", 2));
  const rates = widen(numbers(layer, "dilationRate", 2));
  const info = tf.backend_util.computeConv2DInfo([1, ...image], filter, strides, rates, padding);
  const padded = paddingOf(image, info.padInfo);
  const line = (padded.width + padded.left + padded.right) * info.inChannels;
  const isDense = info.dilationWidth === 1;
  return {
    image: padded,
    walk: [
      info.outHeight,
      info.outWidth,
      info.strideHeight * line,
      info.strideWidth * info.inChannels,
      info.filterHeight,
      info.dilationHeight * line,
      isDense ? 1 : info.filterWidth,
      isDense ? info.filterWidth * info.inChannels : info.inChannels,
      info.dilationWidth * info.inChannels,
    ],
    positions: info.outHeight * info.outWidth,
    taps: info.filterHeight * info.filterWidth,
  };
}

function paddingOf(
  [height, width, channels]: Image,
  pad: { top: number; bottom: number; left: number; right: number },
): ImagePadding {
  const { top, bottom, left, right } = pad;
  return { height, width, channels, top, bottom, left, right };
}

export function translateConvolution(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const { is1d } = extentOf(layer);
  if (layer.getConfig()["padding"] === "causal") return { reason: "its padding is causal" };
  const kernel = (layer.weights[0]?.shape ?? []).map(Number);
  const filter = (is1d ? [1, ...kernel] : kernel) as Filter;
  const image = (is1d ? [1, ...use.inputs[0]] : use.inputs[0]) as unknown as Image;
  const { taps, ...windows } = windowsOf(layer, image, filter);
  const z = graph.add({
    ...baseOf(layer, use.from, count(use.inputs[0]), count(use.output)),
    kind: "convolution",
    weights: layer.weights.map((w) => graph.place(w)),
    isTrained: use.isTrained,
    ...windows,
    inputs: taps * image[2],
    units: filter[3],
    hasBias: layer.weights.length > 1,
  });
  return activate(layer, use.output, activationOf(layer), z, graph);
}

export function translateDepthwise(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const z = addDepthwise(layer, use, layer.weights.length > 1, count(use.output), graph);
  return activate(layer, use.output, activationOf(layer), z, graph);
}

function addDepthwise(
  layer: LayerView,
  use: LayerUse,
  hasBias: boolean,
  outputSize: number,
  graph: GraphBuilder,
): number {
  const filter = (layer.weights[0]?.shape ?? []).map(Number) as Filter;
  const windows = windowsOf(layer, use.inputs[0] as unknown as Image, filter);
  return graph.add({
    ...baseOf(layer, use.from, count(use.inputs[0]), outputSize),
    kind: "depthwise",
    weights: layer.weights.slice(0, hasBias ? 2 : 1).map((w) => graph.place(w)),
    isTrained: use.isTrained,
    ...windows,
    channels: filter[2],
    multiplier: filter[3],
    hasBias,
  });
}

/** A depthwise convolution without bias, then a product at every position. */
export function translateSeparable(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const [depthwise, pointwise, bias] = layer.weights;
  const [inputs, units] = pointwise.shape.slice(2).map(Number);
  const positions = count(use.output) / units;
  const channels = Number(depthwise.shape[2]) * Number(depthwise.shape[3]);
  const wide = addDepthwise(layer, use, false, positions * channels, graph);
  const z = graph.add({
    ...baseOf(layer, [wide], positions * channels, count(use.output)),
    kind: "dense",
    weights: (bias === undefined ? [pointwise] : [pointwise, bias]).map((w) => graph.place(w)),
    isTrained: use.isTrained,
    positions,
    inputs,
    units,
    hasBias: bias !== undefined,
  });
  return activate(layer, use.output, activationOf(layer), z, graph);
}

/** Conv2DTranspose: the way back of the convolution that leads from its output to its input. */
export function translateSpread(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  if (numbers(layer, "dilationRate", 2).some((rate) => rate !== 1)) return { reason: "it is dilated" };
  const filter = (layer.weights[0]?.shape ?? []).map(Number) as Filter;
  const { taps, ...windows } = windowsOf(layer, use.output as unknown as Image, filter);
  const [, , units, inputs] = filter;
  if (windows.positions * inputs !== count(use.inputs[0])) return { reason: "its output's shape is not the usual" };
  const z = graph.add({
    ...baseOf(layer, use.from, count(use.inputs[0]), count(use.output)),
    kind: "spread",
    weights: layer.weights.map((w) => graph.place(w)),
    isTrained: use.isTrained,
    ...windows,
    inputs,
    window: taps * units,
    units,
    hasBias: layer.weights.length > 1,
  });
  return activate(layer, use.output, activationOf(layer), z, graph);
}

export function translatePadding(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const padding = layer.getConfig()["padding"] as [[number, number], [number, number]];
  const [[top, bottom], [left, right]] = padding;
  const image = paddingOf(use.inputs[0] as unknown as Image, { top, bottom, left, right });
  return graph.add({ ...baseOf(layer, use.from, count(use.inputs[0]), paddedSize(image)), kind: "pad", image });
}

export function translatePooling(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const { is1d, widen } = extentOf(layer);
  const [height, width, channels] = (is1d ? [1, ...use.inputs[0]] : use.inputs[0]) as unknown as Image;
  const isGlobal = layer.getClassName().startsWith("Global");
  const size: [number, number] = isGlobal ? [height, width] : widen(numbers(layer, "poolSize", 2));
  const strides = isGlobal ? size : widen(numbers(layer, "strides", 2));
  const padding = layer.getConfig()["padding"] === "same" ? "same" : "valid";
  const info = tf.backend_util.computePool2DInfo([1, height, width, channels], size, strides, 1, padding);
  const { top, left } = info.padInfo;
  return graph.add({
    ...baseOf(layer, use.from, height * width * channels, info.outHeight * info.outWidth * channels),
    kind: layer.getClassName().includes("Max") ? "max-pool" : "average-pool",
    walk: [height, width, channels, info.outHeight, info.outWidth, ...size, ...strides, top, left],
  });
}
