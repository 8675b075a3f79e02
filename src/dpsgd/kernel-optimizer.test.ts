import "@tensorflow/tfjs-backend-cpu";
import {
  type Optimizer,
  SGDOptimizer,
  type Variable,
  memory,
  setBackend,
  tensor,
  train,
  variable,
} from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { adamW } from "./adam-w.ts";
import { type KernelOptimizer, openKernelOptimizer } from "./kernel-optimizer.ts";
import type { NoisedGradient } from "./plan-run.ts";

beforeAll(() => setBackend("cpu"));
const made: Variable[] = [];
afterEach(() => {
  for (const own of made.splice(0)) own.dispose();
});

/** Sizes that are no multiples of a vector's length. */
const shapes = [[7, 3], [3], [2, 2, 5], [1]];
const sizeOf = (shape: number[]): number => shape.reduce((a, b) => a * b, 1);

let names = 0;

/** Weights, and who moves them: kernels, or TensorFlow.js itself. */
interface Side {
  readonly weights: { readonly name: string; readonly shape: number[]; readonly size: number }[];
  readonly variables: Variable[];
  readonly optimizer: Optimizer;
  readonly kernels: KernelOptimizer | undefined;
}

const startAt = (k: number, entry: number): number => Math.sin(7 * k + entry) / (1 + (entry % 3));

function sideOf(optimizer: Optimizer, isByKernels: boolean): Side {
  const group = `side${++names}`;
  const variables = shapes.map((shape, k) => {
    const values = Float32Array.from({ length: sizeOf(shape) }, (_, entry) => startAt(k, entry));
    return variable(tensor(values, shape), true, `${group}/w${k}`);
  });
  made.push(...variables);
  const weights = variables.map(({ name }, k) => ({ name, shape: shapes[k], size: sizeOf(shapes[k]) }));
  return { weights, variables, optimizer, kernels: isByKernels ? openKernelOptimizer(optimizer, weights) : undefined };
}

/** Gradients of all sizes, exact zeros among them. */
function gradientAt(step: number, k: number, size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, entry) => {
    const wave = Math.sin(step * 12.9898 + k * 78.233 + entry * 37.719) * 43_758.5453;
    const value = 2 * (wave - Math.floor(wave)) - 1;
    return (step + entry) % 11 === 0 ? 0 : value * 10 ** (((step * 7 + entry) % 9) - 6);
  });
}

function stepOf({ weights, variables, optimizer, kernels }: Side, step: number): void {
  const gradient: NoisedGradient = Object.fromEntries(
    weights.map(({ name, size }, k) => [name, gradientAt(step, k, size)]),
  );
  if (kernels?.apply(gradient) === true) return;
  const tensors = Object.fromEntries(
    weights.map(({ name }, k) => [name, tensor(gradient[name].slice(), variables[k].shape)]),
  );
  optimizer.applyGradients(tensors);
  for (const own of Object.values(tensors)) own.dispose();
}

const numbersOf = ({ variables }: Side): number[][] => variables.map((own) => [...own.dataSync()]);

async function stateOf({ optimizer }: Side): Promise<number[][]> {
  const state = await optimizer.getWeights();
  const numbers = state.map(({ tensor: own }) => [...own.dataSync()]);
  state[0].tensor.dispose();
  return numbers;
}

const optimizers: { name: string; make: () => Optimizer }[] = [
  { name: "sgd", make: () => train.sgd(0.3) },
  { name: "momentum", make: () => train.momentum(0.1, 0.9) },
  { name: "Nesterov's momentum", make: () => train.momentum(0.1, 0.9, true) },
  { name: "rmsprop", make: () => train.rmsprop(0.01) },
  { name: "rmsprop with momentum", make: () => train.rmsprop(0.01, 0.95, 0.7, 1e-5) },
  { name: "centered rmsprop", make: () => train.rmsprop(0.01, 0.9, 0.5, 1e-9, true) },
  { name: "adagrad", make: () => train.adagrad(0.1, 0.2) },
  { name: "adadelta", make: () => train.adadelta(0.5, 0.9) },
  { name: "adam", make: () => train.adam(0.02) },
  { name: "adam with its own betas", make: () => train.adam(0.5, 0.7, 0.99, 1e-3) },
  { name: "adamW", make: () => adamW({ learningRate: 0.02, weightDecay: 0.4 }) },
];

describe("the optimizers on kernels", () => {
  it.each(optimizers)("take the 50 steps of tf.train to the bit: $name", async ({ make }) => {
    const [ours, theirs] = [sideOf(make(), true), sideOf(make(), false)];
    expect(ours.kernels).toBeDefined();
    const start = numbersOf(ours);
    for (let step = 0; step < 50; step++) {
      stepOf(ours, step);
      stepOf(theirs, step);
      expect(numbersOf(ours)).toEqual(numbersOf(theirs));
    }
    expect(numbersOf(ours)).not.toEqual(start);
    ours.kernels?.writeBack();
    expect(await stateOf(ours)).toEqual(await stateOf(theirs));
    expect(ours.optimizer.iterations).toBe(50);
  });

  it.each(optimizers)("go on from a saved state, and hand it on: $name", async ({ make }) => {
    const [ours, theirs] = [sideOf(make(), true), sideOf(make(), false)];
    for (let step = 0; step < 5; step++) for (const side of [ours, theirs]) stepOf(side, step);
    ours.kernels?.writeBack();
    const saved = (await ours.optimizer.getWeights()).map(({ name, tensor: own }) => ({ name, tensor: own.clone() }));
    const fresh = make();
    await fresh.setWeights(saved);
    const next: Side = { ...ours, optimizer: fresh, kernels: openKernelOptimizer(fresh, ours.weights) };
    const other = make();
    await other.setWeights(saved);
    const reference: Side = { ...theirs, optimizer: other };
    for (let step = 5; step < 10; step++) for (const side of [next, reference]) stepOf(side, step);
    expect(numbersOf(next)).toEqual(numbersOf(reference));
  });

  it("see what their owner does between two steps: weights, state, rates", async () => {
    const [ours, theirs] = [true, false].map((isOurs) => sideOf(train.momentum(0.1, 0.9), isOurs));
    for (let step = 0; step < 12; step++) {
      for (const side of [ours, theirs]) {
        const { variables, optimizer, weights } = side;
        if (step === 3) variables[1].assign(tensor([1, 2, 3]));
        if (step === 5) (optimizer as SGDOptimizer).setLearningRate(0.7);
        if (step === 8) {
          const zeros = weights.map(({ name, shape }) => ({
            name,
            tensor: tensor(new Float32Array(sizeOf(shape)), shape),
          }));
          await optimizer.setWeights([{ name: "iter", tensor: tensor(8, [], "int32") }, ...zeros]);
        }
        stepOf(side, step);
      }
      expect(numbersOf(ours)).toEqual(numbersOf(theirs));
    }
    expect(ours.optimizer.iterations).toBe(12);
  });

  it("share one optimizer's state with another trainer of the same weights", () => {
    const [ours, theirs] = [true, false].map((isOurs) => sideOf(train.momentum(0.1, 0.9), isOurs));
    const second: Side = { ...ours, kernels: openKernelOptimizer(ours.optimizer, ours.weights) };
    for (let step = 0; step < 6; step++) {
      stepOf(step % 3 === 1 ? second : ours, step);
      stepOf(theirs, step);
      expect(numbersOf(ours)).toEqual(numbersOf(theirs));
    }
  });

  it("leave a class of the owner's own, a class that they do not know, and replaced methods to TensorFlow.js", () => {
    class Own extends SGDOptimizer {}
    const { weights } = sideOf(train.sgd(1), false);
    expect(openKernelOptimizer(new Own(0.1), weights)).toBeUndefined();
    expect(openKernelOptimizer(train.adamax(0.1), weights)).toBeUndefined();
    const replaced = train.momentum(0.1, 0.9);
    const side = sideOf(replaced, true);
    stepOf(side, 0);
    const before = numbersOf(side);
    let calls = 0;
    const apply = replaced.applyGradients.bind(replaced);
    replaced.applyGradients = (gradients) => {
      calls++;
      apply(gradients);
    };
    const reference = sideOf(train.momentum(0.1, 0.9), false);
    stepOf(reference, 0);
    for (const own of [side, reference]) stepOf(own, 1);
    expect(calls).toBe(1);
    expect(numbersOf(side)).not.toEqual(before);
    // with the momentum of the step that the kernels made
    expect(numbersOf(side)).toEqual(numbersOf(reference));
    expect(openKernelOptimizer(replaced, weights)).toBeUndefined();
  });

  it("make no tensor but the variables of the state", () => {
    const side = sideOf(train.adam(0.1), true);
    stepOf(side, 0);
    const { numTensors } = memory();
    for (let step = 1; step < 30; step++) stepOf(side, step);
    side.kernels?.writeBack();
    expect(memory().numTensors).toBe(numTensors);
  });
});
