import * as tf from "@tensorflow/tfjs-core";
import type { RandomSource } from "../core/random-source.ts";
import type { ConvolutionGeometry } from "./convolution-geometry.ts";
import type { LayerView, WeightView } from "./layer-view.ts";

/**
 * How a use's gradient at its weights follows from its input a and its output gradient g.
 *
 * - `product`: aᵀg over all positions, in the columns of the first weight that begin at `firstColumn`; then Σg.
 * - `tied-product`: gᵀa, for logits by a transposed table.
 * - `convolution`, `depthwise`: every tap of the filter against g; then Σg.
 * - `transposed-convolution`: the same with the roles of a and g exchanged; then Σg.
 * - `table`: g at the rows of the ids.
 * - `normalization`: a∘g and g, summed over the positions, as far as the layer scales and shifts.
 * - `slope`: a∘g where a ≤ 0, summed over the axes that share a slope.
 */
export type UseRule =
  | { readonly kind: "product"; readonly firstColumn: number }
  | { readonly kind: "tied-product" }
  | {
      readonly kind: "convolution" | "depthwise" | "transposed-convolution";
      readonly geometry: ConvolutionGeometry;
    }
  | { readonly kind: "table" }
  | { readonly kind: "normalization"; readonly hasScale: boolean; readonly hasOffset: boolean }
  | { readonly kind: "slope" };

/**
 * One use of trainable weights during a forward pass: what its rule needs to form the gradient of every row. `input` is
 * what was read (ids for a table, the normalized input for a normalization), `[rows · repeats, …inputShape]`;
 * `gradient` is ∂loss/∂pre-activation, `[rows · repeats, …outputShape]`, undefined until the backward pass has reported.
 */
export interface Use {
  /** The layer of the model that owns the weights, whichever layer reads them. */
  readonly layer: LayerView;
  readonly rule: UseRule;
  /** Which of the layer's weights, by place; the rule says in which order. */
  readonly weights: readonly number[];
  /** How often the layer ran for one example: the positions of a TimeDistributed layer, otherwise 1. */
  readonly repeats: number;
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
  /** The layer that owns a weight whose gradient is wanted, by the weight's id. */
  readonly owners: ReadonlyMap<number, LayerView>;
  readonly repeats: number;
}

export interface TapPoint {
  readonly rule: UseRule;
  readonly weights: readonly WeightView[];
  readonly input: tf.Tensor;
}

/** The owners of all weights of `layers`. */
export function ownersOf(layers: Iterable<LayerView>): Map<number, LayerView> {
  return new Map([...layers].flatMap((layer) => layer.weights.map((w) => [w.id, layer] as const)));
}

/** Where in its owner's list each weight stands; undefined when no gradient is wanted of them (a frozen layer). */
function placesOf(pass: Pass, weights: readonly WeightView[]): { layer: LayerView; places: number[] } | undefined {
  const layer = weights.length === 0 ? undefined : pass.owners.get(weights[0].id);
  if (layer === undefined) return undefined;
  return { layer, places: weights.map((weight) => layer.weights.findIndex((own) => own.id === weight.id)) };
}

/** z + bias; on the way back, writes the gradient at z into a new use. Frozen weights leave no use. */
export function tap(pass: Pass, z: tf.Tensor, bias: tf.Tensor | undefined, point: TapPoint): tf.Tensor {
  const owner = placesOf(pass, point.weights);
  if (owner === undefined) return bias === undefined ? z : tf.add(z, bias);
  const use: Use = {
    layer: owner.layer,
    rule: point.rule,
    weights: owner.places,
    repeats: pass.repeats,
    input: point.input.dataSync(),
    inputShape: point.input.shape.slice(1),
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

/** One state of a recurrent layer, `[rows, inputs]`, times a kernel `[inputs, columns]`, at step `step`. */
export type StepProduct = (state: tf.Tensor, step: number) => tf.Tensor;

/**
 * The product of a recurrent layer's state at each of `steps` steps, recorded as one use with the steps as positions:
 * its gradient is known when every step has reported.
 */
export function tapSteps(
  pass: Pass,
  weight: WeightView,
  kernel: tf.Tensor2D,
  firstColumn: number,
  rows: number,
  steps: number,
): StepProduct {
  const owner = placesOf(pass, [weight]);
  if (owner === undefined || steps === 0) return (state) => multiply(state as tf.Tensor2D, kernel);
  const [inputs, columns] = kernel.shape;
  const input = new Float32Array(rows * steps * inputs);
  const gradient = new Float32Array(rows * steps * columns);
  const use: Use = {
    layer: owner.layer,
    rule: { kind: "product", firstColumn },
    weights: owner.places,
    repeats: pass.repeats,
    input,
    inputShape: [steps, inputs],
    outputShape: [steps, columns],
    gradient: undefined,
  };
  pass.uses.push(use);
  const reported = new Set<number>();
  const transposed = tf.transpose(kernel);
  return (state, step) => {
    scatter(state.dataSync<"float32">(), input, step, steps, inputs);
    const op = tf.customGrad((h, _anchor, save) => {
      keepFor(save, [transposed]);
      return {
        value: tf.matMul<tf.Tensor>(h as tf.Tensor2D, kernel),
        gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => {
          scatter(dy.dataSync<"float32">(), gradient, step, steps, columns);
          reported.add(step);
          if (reported.size === steps) use.gradient = gradient;
          return [tf.matMul(dy, saved), tf.scalar(0)];
        },
      };
    });
    return op(state, pass.anchor);
  };
}

/** `[rows, width]` into step `step` of `[rows, steps, width]`. */
function scatter(values: Float32Array, to: Float32Array, step: number, steps: number, width: number): void {
  for (let row = 0; row * width < values.length; row++) {
    to.set(values.subarray(row * width, (row + 1) * width), (row * steps + step) * width);
  }
}

/** Keeps what a gradient needs until the backward pass is over; other tensors go with the call that made them. */
export function keepFor(save: unknown, tensors: tf.Tensor[]): void {
  (save as (tensors: tf.Tensor[]) => void)(tensors);
}

/** a·W whose gradient is g·Wᵀ by an explicit transpose: a transposed matmul is scalar on the wasm backend. */
export function multiply(a: tf.Tensor2D, kernel: tf.Tensor2D): tf.Tensor2D {
  const op = tf.customGrad((input, save) => {
    keepFor(save, [kernel]);
    return {
      value: tf.matMul(input as tf.Tensor2D, kernel),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.matMul(dy, tf.transpose(saved)),
    };
  });
  return op(a) as tf.Tensor2D;
}

/** x·W + b over the last axis of x, tapped. `shape` is that of the output, without the batch. */
export function project(
  pass: Pass,
  x: tf.Tensor,
  weights: readonly WeightView[],
  columns: number,
  outputShape: readonly number[] = [...x.shape.slice(1, -1), columns],
): tf.Tensor {
  const inputs = x.shape.at(-1) ?? 1;
  const [kernel, bias] = weights.map((w) => w.read());
  const flat = tf.reshape<tf.Rank.R2>(kernel, [inputs, columns]);
  const z = tf.reshape(multiply(tf.reshape(x, [-1, inputs]), flat), [...x.shape.slice(0, -1), columns]);
  const shift = bias === undefined ? undefined : tf.reshape(bias, [columns]);
  const shifted = tap(pass, z, shift, { rule: { kind: "product", firstColumn: 0 }, weights, input: x });
  return tf.reshape(shifted, [x.shape[0] ?? 0, ...outputShape]);
}
