import * as tf from "@tensorflow/tfjs-core";
import { dropRate, dropoutMask } from "./dropout-mask.ts";
import { type Pass, project, tapSteps } from "./layer-tap.ts";
import type { Curve, LayerView } from "./layer-view.ts";

/** What a step reads: its part of x·W + b, `[rows, columns]`, and its number. The states come and go, `[rows, units]`. */
type Step = (projected: tf.Tensor, states: tf.Tensor[], step: number) => tf.Tensor[];

/**
 * SimpleRNN, LSTM or GRU over `[rows, steps, inputs]` from a state of zeros. The input's products are one tap with the
 * steps as positions, the state's are another: the gradient of either kernel is one product over all steps.
 *
 * @param context - `mask`: `[rows, steps]`; where it is false the states stay, as in TensorFlow.js. In training, entries of
 *   the inputs and of the states are dropped, the same at every step.
 * @source Keras's parametrisation, as in tfjs-layers 4.22.0: gates of an LSTM in the order i, f, c, o; a GRU that resets
 *   before the product (z, r, h). Masks: Gal, Ghahramani 2016, arXiv:1512.05287v5.
 */
export function callRecurrent(
  layer: LayerView,
  x: tf.Tensor,
  pass: Pass,
  { mask, isTraining }: { readonly mask?: tf.Tensor | null; readonly isTraining: boolean },
): tf.Tensor {
  const config = layer.getConfig();
  const units = Number(config["units"]);
  const [kernel, , ...bias] = layer.weights;
  const columns = Number(kernel.shape[1]);
  // copies: the tape holds the lists that unstack returned, in their order
  const order = <T>(list: readonly T[]): T[] => (config["goBackwards"] === true ? list.toReversed() : [...list]);
  const rows = x.shape[0] ?? 0;
  const drop = (key: string, shape: number[]): ((values: tf.Tensor) => tf.Tensor) => {
    const rate = isTraining ? dropRate(config[key]) : undefined;
    if (rate === undefined) return (values) => values;
    const kept = dropoutMask(pass.random, shape, rate);
    return (values) => tf.mul(values, kept);
  };
  const read = drop("dropout", [rows, 1, x.shape[2] ?? 1])(x);
  const dropState = drop("recurrentDropout", [rows, units]);
  const projected = order(stepsOf(project(pass, read, [kernel, ...bias], columns)));
  const masks = order(mask === undefined || mask === null ? [] : tf.unstack(tf.cast(mask, "float32"), 1));
  const step = stepOf(layer, pass, units, rows, projected.length - 1);
  const zero = tf.zeros([rows, units]);
  let states = layer.getClassName() === "LSTM" ? [zero, zero] : [zero];
  const outputs: tf.Tensor[] = [];
  projected.forEach((part, t) => {
    // the state before the first step is zero
    const next = step(part, t === 0 ? states : [dropState(states[0]), ...states.slice(1)], t);
    states = masks.length === 0 ? next : next.map((state, k) => choose(masks[t], state, states[k]));
    outputs.push(states[0]);
  });
  return config["returnSequences"] === true ? tf.stack(outputs, 1) : (outputs.at(-1) as tf.Tensor);
}

/** Step by step; the steps are made the first axis before, along which cutting and joining is copying. */
function stepsOf(x: tf.Tensor): tf.Tensor[] {
  const [rows, steps, columns] = x.shape as [number, number, number];
  const lines = tf.reshape(tf.transpose(x, [1, 0, 2]), [steps, rows * columns]);
  return tf.split(lines, steps, 0).map((line) => tf.reshape(line, [rows, columns]));
}

function choose(mask: tf.Tensor, next: tf.Tensor, before: tf.Tensor): tf.Tensor {
  const keep = tf.expandDims(mask, 1);
  return tf.add(tf.mul(next, keep), tf.mul(before, tf.sub(1, keep)));
}

const identity: Curve = { apply: (x) => x };

function stepOf(layer: LayerView, pass: Pass, units: number, rows: number, products: number): Step {
  const weight = layer.weights[1];
  const kernel = weight.read() as tf.Tensor2D;
  const activation = layer.cell?.activation ?? identity;
  const gate = layer.cell?.recurrentActivation ?? identity;
  if (layer.getClassName() === "GRU") {
    const gates = tf.slice2d(kernel, [0, 0], [units, 2 * units]);
    const candidate = tf.slice2d(kernel, [0, 2 * units], [units, units]);
    return gruStep(
      activation,
      gate,
      // the state before the first step is zero: its product needs no record
      tapSteps(pass, weight, gates, 0, rows, products),
      tapSteps(pass, weight, candidate, 2 * units, rows, products),
    );
  }
  const multiplyState = tapSteps(pass, weight, kernel, 0, rows, products);
  const sum = (part: tf.Tensor, h: tf.Tensor, t: number): tf.Tensor =>
    t === 0 ? part : tf.add(part, multiplyState(h, t - 1));
  if (layer.getClassName() === "SimpleRNN") return (part, [h], t) => [activation.apply(sum(part, h, t))];
  return (part, [h, c], t) => {
    const [input, forget, candidate, output] = tf.split(sum(part, h, t), 4, 1);
    const kept = tf.mul(gate.apply(forget), c);
    const cell = tf.add(kept, tf.mul(gate.apply(input), activation.apply(candidate)));
    return [tf.mul(gate.apply(output), activation.apply(cell)), cell];
  };
}

type Product = ReturnType<typeof tapSteps>;

function gruStep(activation: Curve, gate: Curve, gates: Product, candidate: Product): Step {
  return (part, [h], t) => {
    const [update, reset, input] = tf.split(part, 3, 1);
    if (t === 0) return [tf.mul(tf.sub(1, gate.apply(update)), activation.apply(input))];
    const [updateState, resetState] = tf.split(gates(h, t - 1), 2, 1);
    const z = gate.apply(tf.add(update, updateState));
    const r = gate.apply(tf.add(reset, resetState));
    const next = activation.apply(tf.add(input, candidate(tf.mul(r, h), t - 1)));
    return [tf.add(tf.mul(z, h), tf.mul(tf.sub(1, z), next))];
  };
}
