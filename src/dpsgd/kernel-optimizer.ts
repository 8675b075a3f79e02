import {
  AdadeltaOptimizer,
  AdagradOptimizer,
  AdamOptimizer,
  MomentumOptimizer,
  type Optimizer,
  RMSPropOptimizer,
  SGDOptimizer,
  type Scalar,
  type Variable,
  backend,
  engine as tensorEngine,
  fill,
  getBackend,
  mul,
  tensor,
  tidy,
} from "@tensorflow/tfjs-core";
import { isPrivacyError } from "../core/index.ts";
import type { EngineWeight } from "../gradients/index.ts";
import { type KernelExports, type Kernels, createKernels } from "../kernels/index.ts";
import { AdamWOptimizer } from "./adam-w.ts";
import type { NoisedGradient } from "./plan-run.ts";

/**
 * The steps of an optimizer of `tf.train`, or of `adamW`, made by kernels on a memory of their own: the same numbers, to the bit, as its
 * `applyGradients` has on TensorFlow.js's cpu backend.
 *
 * The model's variables hold the new weights after every step, so that whoever looks at the model between two steps sees
 * it as it is. The optimizer's own state (momenta and the like) stays in the memory until `writeBack`.
 */
export interface KernelOptimizer {
  /** One step. False, with everything as it was, where `applyGradients` has been replaced by the optimizer's owner. */
  apply(gradient: NoisedGradient): boolean;
  /** Gives the optimizer its state: for a checkpoint, and for its owner after the last step. */
  writeBack(): void;
}

/** One of an optimizer's arrays: a variable for each weight, by the names that its class gives them. */
interface Slot {
  readonly field: string;
  readonly suffix: string;
  readonly initial: number;
}

/** Addresses of the weights, the gradient and the arrays of state, all of `count` floats. */
interface Places {
  readonly weights: number;
  readonly gradient: number;
  readonly slots: readonly number[];
  readonly count: number;
}

type Fields = Record<string, unknown>;
type SlotVariables = { originalName: string; variable: Variable }[];

/** What is known of a class of `tf.train`: its arrays, and its step by the fields as they are now. */
interface Rule {
  readonly slots: (fields: Fields) => readonly Slot[];
  readonly step: (run: KernelExports, at: Places, fields: Fields) => void;
}

const numberOf = (fields: Fields, name: string): number => fields[name] as number;
const slot = (field: string, suffix: string, initial = 0): Slot => ({ field, suffix, initial });
const scalarOf = (fields: Fields, name: string): Scalar & Variable => fields[name] as Scalar & Variable;

const sgd: Rule = {
  slots: () => [],
  step: (run, { weights, gradient, count }, fields) => {
    // the scalar that the class made of its rate: `setLearningRate` replaces it, an assignment to `learningRate` does not
    run.stepSgd(weights, gradient, count, valueOf(scalarOf(fields, "c")));
  },
};

const momentum: Rule = {
  slots: () => [slot("accumulations", "momentum")],
  step: (run, { weights, gradient, slots: [sum], count }, fields) => {
    const [c, m] = [valueOf(scalarOf(fields, "c")), valueOf(scalarOf(fields, "m"))];
    run.stepMomentum(weights, gradient, sum, count, c, m, fields["useNesterov"] === true ? 1 : 0);
  },
};

const rmsProp: Rule = {
  slots: ({ centered }) => [
    slot("accumulatedMeanSquares", "rms"),
    slot("accumulatedMoments", "momentum"),
    ...(centered === true ? [slot("accumulatedMeanGrads", "mg")] : []),
  ],
  step: (run, { weights, gradient, slots: [squares, moments, means = 0], count }, fields) => {
    const [rate, decay] = [numberOf(fields, "learningRate"), numberOf(fields, "decay")];
    const [mass, epsilon] = [numberOf(fields, "momentum"), numberOf(fields, "epsilon")];
    run.stepRmsProp(weights, gradient, squares, moments, means, count, rate, decay, 1 - decay, mass, epsilon);
  },
};

const adagrad: Rule = {
  slots: (fields) => [slot("accumulatedGrads", "accumulator", numberOf(fields, "initialAccumulatorValue"))],
  step: (run, { weights, gradient, slots: [squares], count }, fields) => {
    run.stepAdagrad(weights, gradient, squares, count, -numberOf(fields, "learningRate"), backend().epsilon());
  },
};

const adadelta: Rule = {
  slots: () => [slot("accumulatedGrads", "accum_grad"), slot("accumulatedUpdates", "accum_var")],
  step: (run, { weights, gradient, slots: [squares, updates], count }, fields) => {
    const [rate, rho, epsilon] = ["learningRate", "rho", "epsilon"].map((name) => numberOf(fields, name));
    run.stepAdadelta(weights, gradient, squares, updates, count, -rate, rho, 1 - rho, epsilon);
  },
};

const adam: Rule = {
  slots: () => [slot("accumulatedFirstMoment", "m"), slot("accumulatedSecondMoment", "v")],
  step: (run, { weights, gradient, slots: [first, second], count }, fields) => {
    const [rate, b1, b2, epsilon] = ["learningRate", "beta1", "beta2", "epsilon"].map((name) => numberOf(fields, name));
    const powers = [scalarOf(fields, "accBeta1"), scalarOf(fields, "accBeta2")];
    const [left1, left2] = powers.map((power) => 1 - valueOf(power));
    run.stepAdam(weights, gradient, first, second, count, -rate, b1, 1 - b1, b2, 1 - b2, left1, left2, epsilon);
    tidy(() => {
      powers[0].assign(mul(powers[0], b1));
      powers[1].assign(mul(powers[1], b2));
    });
  },
};

const adamW: Rule = {
  slots: adam.slots,
  step: (run, at, fields) => {
    run.scaleAll(at.weights, at.count, 1 - numberOf(fields, "learningRate") * numberOf(fields, "weightDecay"));
    adam.step(run, at, fields);
  },
};

/** By class, and no class derived of one: another `applyGradients` has other numbers. */
const rules = new Map<unknown, Rule>([
  [SGDOptimizer.prototype, sgd],
  [MomentumOptimizer.prototype, momentum],
  [RMSPropOptimizer.prototype, rmsProp],
  [AdagradOptimizer.prototype, adagrad],
  [AdadeltaOptimizer.prototype, adadelta],
  [AdamOptimizer.prototype, adam],
  [AdamWOptimizer.prototype, adamW],
]);

/** Who has moved an optimizer last: the one that may hold state which the optimizer has not. */
const holders = new WeakMap<Optimizer, KernelOptimizer>();

const valueOf = (scalar: Scalar): number => scalar.dataSync()[0];

const isReplaced = (optimizer: Optimizer): boolean => Object.hasOwn(optimizer, "applyGradients");

/**
 * @param weights - the model's trainable weights, by the names of their variables, in the order of the gradients.
 * @returns nothing for an optimizer that is not exactly one of the known classes, or where kernels were not built.
 * @source TensorFlow.js 4.22.0, `tfjs-core/src/optimizers`: the order of operations, and where numbers are rounded to f32.
 */
export function openKernelOptimizer(
  optimizer: Optimizer,
  weights: readonly EngineWeight[],
): KernelOptimizer | undefined {
  const rule = rules.get(Object.getPrototypeOf(optimizer));
  if (rule === undefined || isReplaced(optimizer)) return undefined;
  const slots = rule.slots(optimizer as unknown as Fields);
  const count = 4 * Math.ceil(weights.reduce((sum, { size }) => sum + size, 0) / 4);
  const kernels = openMemory(4 * count * (2 + slots.length));
  if (kernels === undefined) return undefined;
  return createKernelOptimizer(optimizer, rule, slots, weights, count, kernels);
}

function openMemory(bytes: number): Kernels | undefined {
  try {
    // with room for what the kernels keep for themselves
    const kernels = createKernels(bytes + 2 ** 20);
    kernels.reserve(kernels.base + 64 + bytes);
    return kernels;
  } catch (error) {
    if (isPrivacyError(error) && error.code === "file_unreadable") return undefined;
    throw error;
  }
}

function createKernelOptimizer(
  optimizer: Optimizer,
  rule: Rule,
  slots: readonly Slot[],
  weights: readonly EngineWeight[],
  count: number,
  kernels: Kernels,
): KernelOptimizer {
  const fields = optimizer as unknown as Fields;
  const base = 64 * Math.ceil(kernels.base / 64);
  const arrays = Array.from({ length: 2 + slots.length }, (_, k) => base + 4 * count * k);
  const [weightsAt, gradientAt, ...slotsAt] = arrays;
  const places: Places = { weights: weightsAt, gradient: gradientAt, slots: slotsAt, count };
  const offsets: number[] = [];
  weights.reduce((offset, { size }) => {
    offsets.push(offset);
    return offset + size;
  }, 0);
  const view = (at: number, i: number): Float32Array =>
    kernels.floats().subarray(at / 4 + offsets[i], at / 4 + offsets[i] + weights[i].size);
  // a variable that has these numbers still is as it was left: every assignment gives it others
  const seen = new Map<number, object>();
  const read = (at: number, i: number, variable: Variable): void => {
    const key = at + 4 * offsets[i];
    if (seen.get(key) === variable.dataId) return;
    view(at, i).set(variable.dataSync<"float32">());
    seen.set(key, variable.dataId);
  };
  const write = (at: number, i: number, variable: Variable): void => {
    // backends but this one keep the array itself
    const values = getBackend() === "wasm" ? view(at, i) : view(at, i).slice();
    tidy(() => variable.assign(tensor(values, variable.shape, "float32")));
    seen.set(at + 4 * offsets[i], variable.dataId);
  };
  let isAhead = false;
  const variableOf = (i: number): Variable => tensorEngine().registeredVariables[weights[i].name];
  return {
    apply(gradient) {
      if (isReplaced(optimizer)) {
        this.writeBack();
        return false;
      }
      // where two trainers have one optimizer, each finds its state as the other left it
      if (holders.get(optimizer) !== this) holders.get(optimizer)?.writeBack();
      holders.set(optimizer, this);
      weights.forEach((weight, i) => {
        const variable = variableOf(i);
        read(weightsAt, i, variable);
        slots.forEach((own, k) => read(slotsAt[k], i, slotVariable(fields, own, weight, i, variable)));
        view(gradientAt, i).set(gradient[weight.name]);
      });
      rule.step(kernels.run, places, fields);
      isAhead = slots.length > 0;
      weights.forEach((_, i) => write(weightsAt, i, variableOf(i)));
      (optimizer as unknown as { incrementIterations(): void }).incrementIterations();
      return true;
    },
    writeBack() {
      if (!isAhead) return;
      isAhead = false;
      weights.forEach((_, i) => {
        slots.forEach(({ field }, k) => {
          // their owner may have disposed of them, or taken others
          const kept = (fields[field] as Partial<SlotVariables>)[i];
          if (kept !== undefined && !kept.variable.isDisposed) write(slotsAt[k], i, kept.variable);
        });
      });
    },
  };
}

/** The variable of weight number `i` in one of the optimizer's arrays, made as `applyGradients` makes it. */
function slotVariable(fields: Fields, own: Slot, { name }: EngineWeight, i: number, weight: Variable): Variable {
  const list = fields[own.field] as SlotVariables;
  list[i] ??= {
    originalName: `${name}/${own.suffix}`,
    variable: tidy(() => fill(weight.shape, own.initial).variable(false)),
  };
  return list[i].variable;
}
