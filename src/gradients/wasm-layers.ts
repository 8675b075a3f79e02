import * as tf from "@tensorflow/tfjs-core";
import { type ActivationName, activationCodes } from "../kernels/index.ts";
import { type LayerView, numbers } from "./layer-view.ts";
import { type ImagePadding, type WasmOp, paddedSize } from "./wasm-op.ts";

/** What a layer becomes: operations, nothing at all (a reshape of the same floats), or the reason why it cannot. */
export type Translation = { readonly ops: readonly WasmOp[]; readonly endsInSoftmax?: boolean } | { reason: string };

/** Where a layer stands: its shapes without the batch axis. */
export interface LayerShapes {
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly isTrained: boolean;
}

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const nothing: Translation = { ops: [] };

/** Translates one layer that `checkModel` accepts. */
export function translate(layer: LayerView, shapes: LayerShapes): Translation {
  const config = layer.getConfig();
  if (config["dataFormat"] === "channelsFirst") return { reason: "it has its channels first" };
  switch (layer.getClassName()) {
    case "InputLayer":
    case "Flatten":
    case "Reshape":
      return nothing;
    case "Dropout":
      return config["rate"] === 0 ? nothing : { reason: "it draws masks" };
    case "Dense":
      return translateDense(layer, shapes);
    case "Conv1D":
    case "Conv2D":
      return translateConvolution(layer, shapes);
    case "ZeroPadding2D":
      return translatePadding(layer, shapes);
    case "MaxPooling1D":
    case "MaxPooling2D":
    case "AveragePooling2D":
    case "GlobalMaxPooling1D":
    case "GlobalMaxPooling2D":
    case "GlobalAveragePooling1D":
    case "GlobalAveragePooling2D":
      return translatePooling(layer, shapes);
    default:
      return translateActivation(layer, shapes);
  }
}

function translateActivation(layer: LayerView, shapes: LayerShapes): Translation {
  const config = layer.getConfig();
  const isPlain = (key: string, value: unknown): boolean => (config[key] ?? value) === value;
  switch (layer.getClassName()) {
    case "Activation":
      return activate(layer, shapes, String(config["activation"]), []);
    case "ReLU":
      return isPlain("maxValue", null) ? activate(layer, shapes, "relu", []) : { reason: "its ReLU has a maximum" };
    case "ELU":
      return isPlain("alpha", 1) ? activate(layer, shapes, "elu", []) : { reason: "its alpha is not 1" };
    case "Softmax":
      return isPlain("axis", -1) ? activate(layer, shapes, "softmax", []) : { reason: "its axis is not the last" };
    default:
      return { reason: "its class has no kernels yet" };
  }
}

/** The operations before it and the activation, in place where there is one to apply it. */
function activate(
  layer: LayerView,
  { output }: LayerShapes,
  activation: string,
  before: readonly WasmOp[],
): Translation {
  if (activation === "softmax") return { ops: before, endsInSoftmax: true };
  if (!isKnown(activation)) return { reason: `its activation ${activation} has no kernel yet` };
  if (activation === "linear") return { ops: before };
  const size = count(output);
  const last: WasmOp = before.at(-1) ?? {
    kind: "copy",
    layer,
    inputSize: size,
    outputSize: size,
    activation: "linear",
  };
  return { ops: [...before.slice(0, -1), { ...last, activation }] };
}

function isKnown(name: string): name is ActivationName {
  return Object.hasOwn(activationCodes, name);
}

/** The name in the layer's configuration; tfjs writes it as it was given, or as an object of a class. */
function activationOf(layer: LayerView): string {
  const { activation } = layer.getConfig();
  if (typeof activation === "string") return activation;
  return activation === undefined || activation === null ? "linear" : "of its own";
}

function translateDense(layer: LayerView, shapes: LayerShapes): Translation {
  if (shapes.input.length !== 1) return { reason: "it is applied at several positions" };
  const [inputs] = shapes.input;
  const [units] = shapes.output;
  const hasBias = layer.weights.length > 1;
  const op: WasmOp = {
    kind: "dense",
    layer,
    inputSize: inputs,
    outputSize: units,
    activation: "linear",
    inputs,
    units,
    hasBias,
    isTrained: shapes.isTrained,
  };
  return activate(layer, shapes, activationOf(layer), [op]);
}

/** A layer of one dimension works on images of height 1. */
function extentOf(layer: LayerView): { is1d: boolean; widen: (values: number[]) => [number, number] } {
  const is1d = layer.getClassName().endsWith("1D");
  return { is1d, widen: (values) => (is1d ? [1, values[0] ?? 1] : [values[0] ?? 1, values[1] ?? 1]) };
}

function translateConvolution(layer: LayerView, shapes: LayerShapes): Translation {
  const { is1d, widen } = extentOf(layer);
  const kernel = (layer.weights[0]?.shape ?? []).map(Number);
  const filter = (is1d ? [1, ...kernel] : kernel) as [number, number, number, number];
  const image = (is1d ? [1, ...shapes.input] : shapes.input) as [number, number, number];
  const padding = layer.getConfig()["padding"] === "same" ? "same" : "valid";
  const strides = widen(numbers(layer, "strides", 2));
  const rates = widen(numbers(layer, "dilationRate", 2));
  const info = tf.backend_util.computeConv2DInfo([1, ...image], filter, strides, rates, padding);
  const padded = paddingOf(image, info.padInfo);
  const inputs = info.filterHeight * info.filterWidth * info.inChannels;
  const line = (padded.width + padded.left + padded.right) * info.inChannels;
  const isDense = info.dilationWidth === 1;
  const op: WasmOp = {
    kind: "convolution",
    layer,
    inputSize: count(shapes.input),
    outputSize: count(shapes.output),
    activation: "linear",
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
    inputs,
    units: info.outChannels,
    hasBias: layer.weights.length > 1,
    isTrained: shapes.isTrained,
  };
  return activate(layer, shapes, activationOf(layer), [op]);
}

function paddingOf(
  [height, width, channels]: readonly [number, number, number],
  pad: { top: number; bottom: number; left: number; right: number },
): ImagePadding {
  const { top, bottom, left, right } = pad;
  return { height, width, channels, top, bottom, left, right };
}

function translatePadding(layer: LayerView, { input }: LayerShapes): Translation {
  const padding = layer.getConfig()["padding"] as [[number, number], [number, number]];
  const [[top, bottom], [left, right]] = padding;
  const image = paddingOf(input as [number, number, number], { top, bottom, left, right });
  const op: WasmOp = {
    kind: "pad",
    layer,
    inputSize: count(input),
    outputSize: paddedSize(image),
    activation: "linear",
    image,
  };
  return { ops: [op] };
}

function translatePooling(layer: LayerView, shapes: LayerShapes): Translation {
  const { is1d, widen } = extentOf(layer);
  const [height, width, channels] = (is1d ? [1, ...shapes.input] : shapes.input) as [number, number, number];
  const isGlobal = layer.getClassName().startsWith("Global");
  const size: [number, number] = isGlobal ? [height, width] : widen(numbers(layer, "poolSize", 2));
  const strides = isGlobal ? size : widen(numbers(layer, "strides", 2));
  const padding = layer.getConfig()["padding"] === "same" ? "same" : "valid";
  const image: [number, number, number, number] = [1, height, width, channels];
  const info = tf.backend_util.computePool2DInfo(image, size, strides, 1, padding);
  const { top, left } = info.padInfo;
  const op: WasmOp = {
    kind: layer.getClassName().includes("Max") ? "max-pool" : "average-pool",
    layer,
    inputSize: height * width * channels,
    outputSize: info.outHeight * info.outWidth * channels,
    activation: "linear",
    walk: [height, width, channels, info.outHeight, info.outWidth, ...size, ...strides, top, left],
  };
  return { ops: [op] };
}
