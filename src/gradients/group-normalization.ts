import * as tf from "@tensorflow/tfjs-core";
import { initializers, layers } from "@tensorflow/tfjs-layers";
import { invalidArgument, parsePositiveInteger } from "../core/index.ts";

type Shape = (number | null)[];

export interface GroupNormalizationArgs {
  /** Divides the number of channels, the last axis. Default 32, or the number of channels where that is less. */
  readonly groups?: number;
  readonly epsilon?: number;
  readonly name?: string;
  readonly trainable?: boolean;
  readonly inputShape?: number[];
}

/**
 * x to (x − mean) / sqrt(variance + epsilon), both taken over the positions and the channels of a group, for each
 * example by itself. x: `[batch, …, channels]`.
 */
export function normalizeGroups(x: tf.Tensor, groups: number, epsilon: number): tf.Tensor {
  const channels = x.shape.at(-1) ?? 1;
  const positions = x.shape.slice(1, -1).reduce((a, b) => a * b, 1);
  const grouped = tf.reshape(x, [-1, positions, groups, channels / groups]);
  const centered = tf.sub(grouped, tf.mean(grouped, [1, 3], true));
  const variance = tf.mean(tf.square(centered), [1, 3], true);
  return tf.reshape(tf.mul(centered, tf.rsqrt(tf.add(variance, epsilon))), x.shape);
}

/**
 * Group normalization for TensorFlow.js, which has none: the replacement for BatchNormalization where examples must not
 * mix. Channels last; a scale and an offset per channel. One group is layer normalization over everything.
 *
 * @throws PrivacyError `invalid_argument` at build when groups do not divide the channels, or hold a single number, which
 *   normalizing would make zero.
 * @source Wu, He 2018, arXiv:1803.08494v3, section 3.1, eq. (7).
 */
export class GroupNormalization extends layers.Layer {
  static readonly className: string = "GroupNormalization";
  readonly #epsilon: number;
  readonly #wanted: number | undefined;
  #groups = 1;

  constructor(args: GroupNormalizationArgs = {}) {
    super(args);
    this.#wanted = args.groups === undefined ? undefined : parsePositiveInteger(args.groups, "groups");
    this.#epsilon = args.epsilon ?? 1e-3;
    this.supportsMasking = true;
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = inputShape as Shape;
    const channels = shape.at(-1) ?? 0;
    this.#groups = this.#wanted ?? Math.min(32, channels);
    if (channels % this.#groups !== 0) {
      throw invalidArgument("groups", `a divisor of the ${channels} channels`, this.#groups);
    }
    const positions = shape.slice(1, -1);
    if (positions.every((axis) => axis === 1) && channels === this.#groups) {
      throw invalidArgument("groups", "fewer than the channels where there are no positions", this.#groups);
    }
    this.addWeight("gamma", [channels], "float32", initializers.ones());
    this.addWeight("beta", [channels], "float32", initializers.zeros());
    this.built = true;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      const [gamma, beta] = this.weights.map((weight) => weight.read());
      return tf.add(tf.mul(normalizeGroups(x, this.#groups, this.#epsilon), gamma), beta);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), groups: this.#groups, epsilon: this.#epsilon };
  }
}

tf.serialization.registerClass(GroupNormalization);
