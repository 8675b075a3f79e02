import * as tf from "@tensorflow/tfjs-core";
import { initializers, layers } from "@tensorflow/tfjs-layers";
import { invalidArgument, parsePositiveInteger } from "../core/index.ts";
import { attend } from "./attention.ts";

type Shape = (number | null)[];

export interface MultiHeadAttentionArgs {
  readonly numHeads: number;
  /** Width of a head's queries and keys. */
  readonly keyDim: number;
  /** Width of a head's values. Default: `keyDim`. */
  readonly valueDim?: number;
  readonly useBias?: boolean;
  /** True: position t reads positions 0 to t only. */
  readonly useCausalMask?: boolean;
  readonly name?: string;
  readonly trainable?: boolean;
}

/**
 * Attention of several heads for TensorFlow.js models, of four Dense parts: query, key, value, output, in Keras's
 * parametrisation (kernels `[width, heads, size]`, the output's `[heads, size, width]`, each followed by its bias;
 * Glorot's uniform start over the fans of those shapes, which a convolution's kernel of that shape would have).
 *
 * Input: one tensor `[batch, positions, width]` (self-attention), or `[query, value]`, or `[query, value, key]`.
 * Output: `[batch, queries, query width]`. Padding masks and dropout are not part of it: a mask reaching it is an error.
 *
 * @throws PrivacyError `invalid_argument` for sizes that are not positive integers, or inputs that are not sequences.
 * @source Vaswani et al. 2017, arXiv:1706.03762v7, section 3.2; Keras 3.0 MultiHeadAttention (parametrisation).
 */
export class MultiHeadAttention extends layers.Layer {
  static readonly className: string = "MultiHeadAttention";
  readonly numHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  readonly useBias: boolean;
  readonly useCausalMask: boolean;

  constructor(args: MultiHeadAttentionArgs) {
    super(args);
    this.numHeads = parsePositiveInteger(args.numHeads, "numHeads");
    this.keyDim = parsePositiveInteger(args.keyDim, "keyDim");
    this.valueDim = parsePositiveInteger(args.valueDim ?? args.keyDim, "valueDim");
    this.useBias = args.useBias ?? true;
    this.useCausalMask = args.useCausalMask ?? false;
  }

  override build(inputShape: Shape | Shape[]): void {
    const shapes = (Array.isArray(inputShape[0]) ? inputShape : [inputShape]) as Shape[];
    if (shapes.length > 3 || shapes.some((shape) => shape.length !== 3)) {
      throw invalidArgument("the input of MultiHeadAttention", "one to three of [batch, positions, width]", "others");
    }
    const [query, value = query, key = value] = shapes.map((shape) => shape[2] ?? 0);
    const { numHeads: heads, keyDim, valueDim } = this;
    this.#add("query", [query, heads, keyDim], [heads, keyDim]);
    this.#add("key", [key, heads, keyDim], [heads, keyDim]);
    this.#add("value", [value, heads, valueDim], [heads, valueDim]);
    this.#add("output", [heads, valueDim, query], [query]);
    this.built = true;
  }

  #add(part: string, kernel: number[], bias: number[]): void {
    this.addWeight(`${part}_kernel`, kernel, "float32", initializers.glorotUniform({}));
    if (this.useBias) this.addWeight(`${part}_bias`, bias, "float32", initializers.zeros());
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as Shape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const [query, value = query, key = value] = Array.isArray(inputs) ? inputs : [inputs];
      const step = this.useBias ? 2 : 1;
      const part = (x: tf.Tensor, place: number): tf.Tensor => {
        const [kernel, bias] = this.weights.slice(place * step, (place + 1) * step).map((w) => w.read());
        const width = x.shape.at(-1) ?? 1;
        const flat = tf.reshape<tf.Rank.R2>(kernel, [width, -1]);
        const z = tf.matMul(tf.reshape<tf.Rank.R2>(x, [-1, width]), flat);
        return tf.reshape(bias === undefined ? z : tf.add(z, tf.reshape(bias, [-1])), [
          ...x.shape.slice(0, -1),
          flat.shape[1],
        ]);
      };
      const shape = { heads: this.numHeads, isCausal: this.useCausalMask };
      return part(attend(part(query, 0), part(key, 1), part(value, 2), shape), 3);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { numHeads, keyDim, valueDim, useBias, useCausalMask } = this;
    return { ...super.getConfig(), numHeads, keyDim, valueDim, useBias, useCausalMask };
  }
}

tf.serialization.registerClass(MultiHeadAttention);
