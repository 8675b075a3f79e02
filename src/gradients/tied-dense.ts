import * as tf from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";
import { PrivacyError, invalidArgument } from "../core/index.ts";
import type { LayerView, WeightView } from "./layer-view.ts";

type Shape = (number | null)[];

export interface TiedDenseArgs {
  /** The Embedding whose table gives the logits; it must be called before this layer is. */
  readonly tiedTo: ReturnType<typeof layers.embedding>;
  readonly name?: string;
}

/**
 * Logits by the transposed table of an Embedding, h·Eᵀ, without a bias: `[batch, …, outputDim]` to
 * `[batch, …, inputDim]`. It has no weights of its own: the gradients of both uses belong to the table, and their cross
 * terms are part of its per-example norm.
 *
 * @throws PrivacyError `invalid_argument` when the widths differ; `invalid_state` from `fromConfig`: a saved model cannot
 *   say which table was meant, so build the model anew and load its weights.
 * @source Press, Wolf 2017, arXiv:1608.05859v3, section 2.
 */
export class TiedDense extends layers.Layer {
  static readonly className: string = "TiedDense";
  readonly #tiedTo: LayerView;

  constructor(args: TiedDenseArgs) {
    super(args.name === undefined ? {} : { name: args.name });
    this.#tiedTo = args.tiedTo as unknown as LayerView;
    this.supportsMasking = true;
  }

  /** The table `[inputDim, outputDim]`. */
  get table(): WeightView {
    return this.#tiedTo.weights[0];
  }

  override build(inputShape: Shape | Shape[]): void {
    const width = (inputShape as Shape).at(-1);
    const [, columns] = this.#tiedTo.weights[0]?.shape ?? [];
    if (columns === undefined) throw invalidArgument("tiedTo", "an Embedding that was called", "one without weights");
    if (width !== columns) throw invalidArgument("the input of TiedDense", `a last axis of ${columns}`, width);
    this.built = true;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return [...(inputShape as Shape).slice(0, -1), this.table.shape[0] ?? null];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      const table = this.table.read() as tf.Tensor2D;
      const flat = tf.reshape<tf.Rank.R2>(x, [-1, table.shape[1]]);
      return tf.reshape(tf.matMul(flat, tf.transpose(table)), [...x.shape.slice(0, -1), table.shape[0]]);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), tiedTo: this.#tiedTo.name };
  }

  static override fromConfig(): never {
    throw new PrivacyError(
      "invalid_state",
      "a TiedDense with its table was wanted, and a saved configuration names it only; build the model in code and load its weights",
      { object: "TiedDense", state: "saved" },
    );
  }
}

tf.serialization.registerClass(TiedDense);
