import { type ActivationName, type CurveName, activationCodes, curveCodes } from "../kernels/index.ts";
import type { LayerView } from "./layer-view.ts";
import type { GraphBuilder } from "./wasm-graph.ts";

/** What a layer became: the operation that gives its output (or what it read, for a reshape), or why it cannot. */
export type Translation = number | { readonly reason: string };

export const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** What every operation of a layer has. */
export function baseOf(
  layer: LayerView,
  from: readonly number[],
  inputSize: number,
  outputSize: number,
): {
  layer: string;
  layerClass: string;
  from: readonly number[];
  inputSize: number;
  outputSize: number;
  activation: "linear";
} {
  return { layer: layer.name, layerClass: layer.getClassName(), from, inputSize, outputSize, activation: "linear" };
}

/** An activation by its name in TensorFlow.js. */
export function activate(
  layer: LayerView,
  output: readonly number[],
  activation: string,
  from: number,
  graph: GraphBuilder,
): Translation {
  const size = count(output);
  if (activation === "linear") return from;
  if (activation === "softmax") {
    return graph.add({ ...baseOf(layer, [from], size, size), kind: "softmax", rows: size / (output.at(-1) ?? 1) });
  }
  if (isActivation(activation)) return graph.add({ ...baseOf(layer, [from], size, size), kind: "copy", activation });
  const name = activation === "relu6" ? "cappedRelu" : activation;
  if (isCurve(name)) return curve(layer, output, name, name === "cappedRelu" ? 6 : 1, from, graph);
  return { reason: `its activation ${activation} has no kernel yet` };
}

export function curve(
  layer: LayerView,
  output: readonly number[],
  name: CurveName,
  parameter: number,
  from: number,
  graph: GraphBuilder,
): number {
  const size = count(output);
  return graph.add({ ...baseOf(layer, [from], size, size), kind: "curve", curve: name, parameter });
}

export const isActivation = (name: string): name is ActivationName => Object.hasOwn(activationCodes, name);

const isCurve = (name: string): name is CurveName => Object.hasOwn(curveCodes, name);

/** The name in the layer's configuration; tfjs writes it as it was given, or as an object of a class. */
export function activationOf(layer: LayerView, key = "activation"): string {
  const activation = layer.getConfig()[key];
  if (typeof activation === "string") return activation;
  return activation === undefined || activation === null ? "linear" : "of its own";
}
