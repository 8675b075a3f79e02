import type * as tf from "@tensorflow/tfjs-core";
import type { LayersModel, layers } from "@tensorflow/tfjs-layers";

export type Layer = ReturnType<typeof layers.dense>;

/** An activation. */
export interface Curve {
  apply(x: tf.Tensor): tf.Tensor;
}

/** A trainable or frozen variable of a layer, as far as the engine needs it. */
export interface WeightView {
  readonly id: number;
  readonly name: string;
  readonly shape: readonly (number | null)[];
  read(): tf.Tensor;
}

/**
 * What the rules read of a layer. TensorFlow.js 4.22.0 declares some of it protected; its source is frozen upstream and
 * pinned here, and the self-check at attach would notice a field that has gone.
 */
export interface LayerView {
  readonly name: string;
  readonly layers?: readonly LayerView[];
  readonly weights: readonly WeightView[];
  readonly trainableWeights: readonly WeightView[];
  readonly activation?: Curve | null;
  readonly stateful?: boolean;
  /** A wrapper's layer; the two of a Bidirectional. */
  readonly layer?: LayerView;
  readonly forwardLayer?: LayerView;
  readonly backwardLayer?: LayerView;
  /** The step of a recurrent layer. */
  readonly cell?: { readonly activation?: Curve | null; readonly recurrentActivation?: Curve | null };
  readonly outboundNodes: readonly { readonly outboundLayer: LayerView }[];
  readonly inboundNodes: readonly { readonly outputShapes: readonly (readonly (number | null)[])[] }[];
  getClassName(): string;
  getConfig(): Record<string, unknown>;
  computeOutputShape(inputShape: readonly (number | null)[]): (number | null)[];
  call: (inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>) => tf.Tensor | tf.Tensor[];
}

/** The one place where a model's layers are read through `LayerView`. */
export function viewModel(model: LayersModel): LayerView {
  return model as unknown as LayerView;
}

/** Every layer that is not itself a container, once each, nested models included. */
export function leaves(root: LayerView): LayerView[] {
  const found = new Set<LayerView>();
  const visit = (layer: LayerView): void => {
    if (layer.layers === undefined) found.add(layer);
    else layer.layers.forEach(visit);
  };
  visit(root);
  return [...found];
}

/** The model's trainable weights in its own order, once each. */
export function trainableWeights(root: LayerView): WeightView[] {
  return [...new Map(root.trainableWeights.map((w) => [w.id, w])).values()];
}

/** The leaves that hold a trainable weight of the model: a nested model that is frozen freezes its layers. */
export function trainableLeaves(root: LayerView): LayerView[] {
  const ids = new Set(trainableWeights(root).map((w) => w.id));
  return leaves(root).filter((layer) => layer.weights.some((w) => ids.has(w.id)));
}

export function sizeOf(weight: WeightView): number {
  return weight.shape.reduce<number>((size, axis) => size * (axis ?? 1), 1);
}

/** A layer's config entry as a list of numbers; a single number stands for `count` equal ones. */
export function numbers(layer: LayerView, key: string, count: number): number[] {
  const value = layer.getConfig()[key];
  if (typeof value === "number") return Array.from<number>({ length: count }).fill(value);
  return Array.isArray(value) ? value.map(Number) : Array.from<number>({ length: count }).fill(1);
}

export function onlyTensor(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return Array.isArray(inputs) ? inputs[0] : inputs;
}

/** The layer's activation of z; z itself where that is the identity. */
export function activate(layer: LayerView, z: tf.Tensor): tf.Tensor {
  const { activation } = layer;
  const isLinear = layer.getConfig()["activation"] === "linear";
  return activation === undefined || activation === null || isLinear ? z : activation.apply(z);
}
