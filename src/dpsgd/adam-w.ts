import { AdamOptimizer, engine, mul, serialization, tidy } from "@tensorflow/tfjs-core";
import { invalidArgument } from "../core/index.ts";

export interface AdamWOptions {
  /** η, finite and > 0; 0.001 by default. */
  readonly learningRate?: number;
  /** β1 in [0, 1); 0.9 by default. */
  readonly beta1?: number;
  /** β2 in [0, 1); 0.999 by default. */
  readonly beta2?: number;
  /** Added to the root of the second moment, finite and >= 0; 1e-8 by default. */
  readonly epsilon?: number;
  /** λ, finite and >= 0: every step takes the share η·λ of each weight away; 0.01 by default. */
  readonly weightDecay?: number;
}

type Gradients = Parameters<AdamOptimizer["applyGradients"]>[0];

/** Adam with decoupled weight decay, which `tf.train` lacks; made by `adamW`. */
export class AdamWOptimizer extends AdamOptimizer {
  static override get className(): string {
    return "AdamW";
  }

  protected readonly weightDecay: number;

  constructor(learningRate: number, beta1: number, beta2: number, epsilon: number, weightDecay: number) {
    super(learningRate, beta1, beta2, epsilon);
    this.weightDecay = weightDecay;
  }

  /** The decay first, then the step of Adam. */
  override applyGradients(gradients: Gradients): void {
    const names = Array.isArray(gradients) ? gradients.map(({ name }) => name) : Object.keys(gradients);
    tidy(() => {
      for (const name of names) {
        const weight = engine().registeredVariables[name];
        weight.assign(mul(weight, 1 - this.learningRate * this.weightDecay));
      }
    });
    super.applyGradients(gradients);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), weightDecay: this.weightDecay };
  }

  static override fromConfig<T extends serialization.Serializable>(
    make: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    return new make(config.learningRate, config.beta1, config.beta2, config.epsilon, config.weightDecay);
  }
}
serialization.registerClass(AdamWOptimizer);

/**
 * Adam with decoupled weight decay: θ ← θ · (1 − η·λ), then Adam's step with η. Every trained weight decays, biases too. On
 * noised gradients it is post-processing, which costs no epsilon.
 *
 * @throws PrivacyError `invalid_argument` naming the option that is out of its range.
 * @source Loshchilov, Hutter 2019, arXiv:1711.05101v3, Algorithm 2, with η·λ for the decay as in PyTorch's AdamW.
 */
export function adamW(options: AdamWOptions = {}): AdamWOptimizer {
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = options;
  if (!(learningRate > 0 && learningRate < Infinity)) {
    throw invalidArgument("learningRate", "a finite number > 0", learningRate);
  }
  for (const [name, value] of Object.entries({ beta1, beta2 })) {
    if (!(value >= 0 && value < 1)) throw invalidArgument(name, "a number in [0, 1)", value);
  }
  for (const [name, value] of Object.entries({ epsilon, weightDecay })) {
    if (!(value >= 0 && value < Infinity)) throw invalidArgument(name, "a finite number >= 0", value);
  }
  return new AdamWOptimizer(learningRate, beta1, beta2, epsilon, weightDecay);
}
