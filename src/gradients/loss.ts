import * as tf from "@tensorflow/tfjs-core";
import { invalidArgument } from "../core/index.ts";

/** Losses with a name. `binaryCrossentropy` and `meanSquaredError` are means over the last axis, as in Keras. */
export type LossKind =
  "categoricalCrossentropy" | "sparseCategoricalCrossentropy" | "binaryCrossentropy" | "meanSquaredError";

/** The kinds that may be given the model's last pre-activation instead of probabilities. */
export type LogitsLossKind = Exclude<LossKind, "meanSquaredError">;

/** Per-example loss of a batch: labels and outputs `[batch, …]` to losses `[batch]`, row i from example i alone. */
export type PerExampleLoss = (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.Tensor;

/** The same with a mask `[batch, …positions]` of zeros and ones: which positions count. */
export type MaskableLoss = (yTrue: tf.Tensor, yPred: tf.Tensor, mask?: tf.Tensor) => tf.Tensor;

/** How the losses of an example's positions (labels `[batch, positions, …]`) become one: their sum, or their mean. */
export type PositionReduction = "sum" | "mean";

/** A loss of a name. `positions` is the mean, as in tf.losses, unless the sum is asked for. */
export type Loss =
  | LossKind
  | { readonly kind: LogitsLossKind; readonly fromLogits: true; readonly positions?: PositionReduction }
  | { readonly kind: LossKind; readonly fromLogits?: false; readonly positions: PositionReduction }
  | PerExampleLoss;

/** Keras's fuzz factor: probabilities are kept in [1e-7, 1 − 1e-7]. */
const epsilon = 1e-7;

/**
 * The per-example loss of a name. Where labels have positions (`[batch, positions, …]`) the losses of an example's
 * positions are averaged, over the positions that the output has, unless `positions` is `"sum"`.
 *
 * @throws PrivacyError `invalid_argument` for an unknown name or reduction.
 */
export function perExampleLoss(loss: Loss): MaskableLoss {
  if (typeof loss === "function") {
    return (y, out, mask) => {
      if (mask === undefined) return loss(y, out);
      throw invalidArgument(
        "lossMask",
        "left out where the loss is a function",
        "a mask",
        "mask in the function itself",
      );
    };
  }
  const kind = typeof loss === "string" ? loss : loss.kind;
  const fromLogits = typeof loss !== "string" && loss.fromLogits === true;
  const reduce = positionsOf(loss) === "sum" ? sumPositions : meanPositions;
  switch (kind) {
    case "categoricalCrossentropy":
      return (y, out, mask) => reduce(crossEntropy(y, out, fromLogits), mask);
    case "sparseCategoricalCrossentropy":
      return (y, out, mask) => reduce(crossEntropy(oneHotLike(y, out), out, fromLogits), mask);
    case "binaryCrossentropy":
      return (y, out, mask) => reduce(binaryCrossEntropy(y, out, fromLogits), mask);
    case "meanSquaredError":
      return (y, out, mask) => reduce(meanSquaredError(y, out), mask);
  }
  throw invalidArgument(
    "loss",
    "categoricalCrossentropy, sparseCategoricalCrossentropy, binaryCrossentropy, meanSquaredError or a function",
    kind,
  );
}

/** @throws PrivacyError `invalid_argument` for another reduction than the two. */
export function positionsOf(loss: Exclude<Loss, PerExampleLoss>): PositionReduction {
  const positions: unknown = typeof loss === "string" ? undefined : loss.positions;
  if (positions === undefined || positions === "mean") return "mean";
  if (positions === "sum") return "sum";
  throw invalidArgument("loss.positions", '"sum" or "mean"', positions);
}

/** With a mask, over the positions of the example that it leaves: a row without any has the loss 0. */
function meanPositions(losses: tf.Tensor, mask?: tf.Tensor): tf.Tensor {
  const sum = sumPositions(losses, mask);
  if (mask !== undefined) return tf.div(sum, tf.maximum(1, addPositions(tf.cast(mask, "float32"))));
  const positions = losses.shape.slice(1).reduce((a, b) => a * b, 1);
  return tf.mul(sum, 1 / Math.max(1, positions));
}

function sumPositions(losses: tf.Tensor, mask?: tf.Tensor): tf.Tensor {
  return addPositions(mask === undefined ? losses : tf.mul(losses, tf.cast(mask, "float32")));
}

/** `[batch, …]` to `[batch]`. */
function addPositions(values: tf.Tensor): tf.Tensor {
  if (values.rank <= 1) return values;
  return tf.sum(tf.reshape(values, [values.shape[0] ?? 0, tf.util.sizeFromShape(values.shape.slice(1))]), 1);
}

function crossEntropy(y: tf.Tensor, out: tf.Tensor, fromLogits: boolean): tf.Tensor {
  sameShape(y, out);
  if (fromLogits) return tf.neg(tf.sum(tf.mul(y, tf.logSoftmax(out)), -1));
  const probabilities = tf.clipByValue(tf.div(out, tf.sum(out, -1, true)), epsilon, 1 - epsilon);
  return tf.neg(tf.sum(tf.mul(y, tf.log(probabilities)), -1));
}

function binaryCrossEntropy(y: tf.Tensor, out: tf.Tensor, fromLogits: boolean): tf.Tensor {
  sameShape(y, out);
  if (fromLogits) {
    return tf.mean(tf.sub(softplus(out), tf.mul(out, y)), -1);
  }
  const p = tf.clipByValue(out, epsilon, 1 - epsilon);
  const positive = tf.mul(y, tf.log(p));
  const negative = tf.mul(tf.sub(1, y), tf.log(tf.sub(1, p)));
  return tf.neg(tf.mean(tf.add(positive, negative), -1));
}

/**
 * log(1 + exp(x)) as max(x, 0) + log(1 + exp(−|x|)), which never overflows. Its slope at 0 is 1/2, where tfjs's slopes of
 * max and |x| are both 0.
 */
function softplus(x: tf.Tensor): tf.Tensor {
  const op = tf.customGrad((z, save) => {
    const input = z as tf.Tensor;
    (save as (tensors: tf.Tensor[]) => void)([input]);
    return {
      value: tf.add(tf.relu(input), tf.log1p(tf.exp(tf.neg(tf.abs(input))))),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.mul(dy, tf.sigmoid(saved)),
    };
  });
  return op(x);
}

/** Labels of another rank would be spread over the batch, and one example's loss would read the labels of others. */
function meanSquaredError(y: tf.Tensor, out: tf.Tensor): tf.Tensor {
  sameShape(y, out);
  return tf.mean(tf.squaredDifference(out, y), -1);
}

/** Class numbers `[batch, …positions]` (or with a trailing axis of one) to one-hot rows shaped like `out`. */
function oneHotLike(y: tf.Tensor, out: tf.Tensor): tf.Tensor {
  const positions = out.shape.slice(0, -1);
  if (tf.util.sizeFromShape(positions) !== y.size) {
    throw invalidArgument("y", `class numbers of shape [batch${", position".repeat(out.rank - 2)}]`, describe(y));
  }
  const classes = out.shape[out.rank - 1] ?? 0;
  const labels = y.dataSync();
  if (labels.some((label) => !(Number.isInteger(label) && label >= 0 && label < classes))) {
    throw invalidArgument("y", `whole class numbers in [0, ${classes})`, "something else");
  }
  // written here: oneHot of tfjs-backend-wasm 4.22.0 leaves integer bits in a float32 tensor
  const rows = new Float32Array(y.size * classes);
  labels.forEach((label, i) => (rows[i * classes + label] = 1));
  return tf.tensor(rows, out.shape);
}

function sameShape(y: tf.Tensor, out: tf.Tensor): void {
  if (y.rank === out.rank && y.shape.every((size, axis) => size === out.shape[axis])) return;
  throw invalidArgument("y", `labels of the output's shape ${describe(out)}`, describe(y));
}

/** A shape without its batch size, which is not public. */
export function describe(t: tf.Tensor): string {
  return t.rank === 0 ? "a scalar" : `[${["batch", ...t.shape.slice(1)].join(", ")}]`;
}
