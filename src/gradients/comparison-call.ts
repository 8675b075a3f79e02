import * as tf from "@tensorflow/tfjs-core";
import { type LayerView, onlyTensor } from "./layer-view.ts";

/*
 * Layers that compare: TensorFlow.js 4.22.0 has no gradient of a comparison, also where none is wanted. What is compared
 * is read off, and a constant of zeros and ones takes its place.
 */

/** x where it is above theta, 0 elsewhere. */
export function callThreshold(layer: LayerView, x: tf.Tensor): tf.Tensor {
  const theta = Math.fround(Number(layer.getConfig()["theta"] ?? 1));
  const isKept = Float32Array.from(x.dataSync<"float32">(), (value) => (value > theta ? 1 : 0));
  return tf.mul(x, tf.tensor(isKept, x.shape));
}

/** Zeros at the steps whose entries are all the mask's value. */
export function callMasking(layer: LayerView, x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.cast(tf.expandDims(keptSteps(layer, x), -1), "float32"));
}

/** `[rows, …steps]`, of booleans: which steps have an entry that is not the mask's value. */
function keptSteps(layer: LayerView, x: tf.Tensor): tf.Tensor {
  const masked = Math.fround(Number(layer.getConfig()["maskValue"] ?? 0));
  const width = x.shape.at(-1) ?? 1;
  const values = x.dataSync<"float32">();
  const isKept = Uint8Array.from({ length: values.length / width }, (_, step) => {
    const own = values.subarray(step * width, (step + 1) * width);
    return own.every((value) => value === masked) ? 0 : 1;
  });
  return tf.tensor(isKept, x.shape.slice(0, -1), "bool");
}

/** Puts another call in the place of a layer's own, until {@link restoreCall}; the mask that a layer makes goes with it. */
export function replaceCall(layer: LayerView, call: LayerView["call"]): void {
  define(layer, "call", call);
  if (layer.getClassName() !== "Masking") return;
  define(layer, "computeMask", (inputs: tf.Tensor | tf.Tensor[]) => keptSteps(layer, onlyTensor(inputs)));
}

export function restoreCall(layer: LayerView): void {
  Reflect.deleteProperty(layer, "call");
  Reflect.deleteProperty(layer, "computeMask");
}

function define(layer: LayerView, name: string, value: unknown): void {
  Object.defineProperty(layer, name, { value, configurable: true, enumerable: false, writable: true });
}
