import { invalidArgument } from "../core/index.ts";
import type { Kernels } from "../kernels/index.ts";
import { type Loss, positionsOf } from "./loss.ts";

/** Labels and outputs of an example at one position, as f64; writes ∂loss/∂output and returns the loss. */
type PositionLoss = (y: Float64Array, out: Float64Array, gradient: Float64Array) => number;

/** Keras's fuzz factor, as in `loss.ts`. */
const epsilon = 1e-7;

/** A label that no loss reads: it marks a position that a mask leaves out. */
export const leftOut: number = -Infinity;

/** A chunk of rows in the memory of the kernels: byte offsets of outputs and gradients in f32, labels and losses. */
export interface LossChunk {
  readonly output: number;
  readonly gradient: number;
  readonly labels: Float64Array;
  /** One per row. */
  readonly losses: Float64Array;
}

export interface WasmLoss {
  /** Reads outputs and labels, writes ∂loss/∂output and the losses. */
  apply(kernels: Kernels, chunk: LossChunk): void;
  /** Labels per example. */
  readonly labelSize: number;
  /** Positions per example. */
  readonly positions: number;
  /** What it is multiplied with. */
  readonly weight: number;
}

/** The loss of one output, as plain data: it can be posted to a thread. */
export interface LossPlan {
  readonly loss: Exclude<Loss, (...args: never) => unknown>;
  readonly weight: number;
  readonly shape: readonly number[];
  readonly endsInSoftmax: boolean;
}

/**
 * The named losses of `loss.ts`, in f64: losses of positions are averaged or summed. Example i's loss and gradient are
 * functions of its own labels and outputs.
 *
 * @param plan - `shape` is that of the output without the batch axis.
 */
export function wasmLoss({ loss, weight, shape, endsInSoftmax }: LossPlan): WasmLoss {
  const kind = typeof loss === "string" ? loss : loss.kind;
  const isSparse = kind === "sparseCategoricalCrossentropy";
  const classes = shape.at(-1) ?? 1;
  const positions = shape.slice(0, -1).reduce((a, b) => a * b, 1);
  const isMean = positionsOf(loss) === "mean";
  const [applyAt, hasKernel] = [positionLoss(loss), isSparse && isOfLogits(loss) && !endsInSoftmax];
  const sizes = { classes, positions, labelWidth: isSparse ? 1 : classes };
  return {
    apply(kernels, chunk) {
      const ways = { isMean, isSparse, endsInSoftmax, applyAt };
      if (!hasKernel) return applyHere(kernels, chunk, sizes, ways);
      // large vocabularies: an exponential per class and position
      for (const { isWhole, ...part } of cutByMask(chunk, sizes)) {
        if (isWhole) applyKernel(kernels, part, sizes, isMean);
        else applyHere(kernels, part, sizes, ways);
      }
    },
    labelSize: positions * sizes.labelWidth,
    positions,
    weight,
  };
}

interface LossSizes {
  readonly classes: number;
  readonly positions: number;
  /** Labels of a position. */
  readonly labelWidth: number;
}

/**
 * Rows that follow each other and all have, or all have not, a loss at every position. The two ways differ in the last
 * bits: which one a row goes must not depend on the rows beside it.
 */
function* cutByMask(
  { output, gradient, labels, losses }: LossChunk,
  { classes, positions, labelWidth }: LossSizes,
): Generator<LossChunk & { readonly isWhole: boolean }> {
  const [labelSize, outputBytes] = [positions * labelWidth, 4 * positions * classes];
  const isWhole = (row: number): boolean => !labels.subarray(row * labelSize, (row + 1) * labelSize).includes(leftOut);
  for (let first = 0, next = 0; first < losses.length; first = next) {
    const isFirstWhole = isWhole(first);
    for (next++; next < losses.length && isWhole(next) === isFirstWhole; next++);
    yield {
      output: output + first * outputBytes,
      gradient: gradient + first * outputBytes,
      labels: labels.subarray(first * labelSize, next * labelSize),
      losses: losses.subarray(first, next),
      isWhole: isFirstWhole,
    };
  }
}

function applyKernel({ run }: Kernels, chunk: LossChunk, { classes, positions }: LossSizes, isMean: boolean): void {
  const { output, gradient, labels, losses } = chunk;
  const rows = losses.length;
  run.crossEntropy(gradient, output, labels.byteOffset, losses.byteOffset, rows, positions, classes);
  if (!isMean || positions === 1) return;
  run.scaleAll(gradient, rows * positions * classes, 1 / positions);
  for (let row = 0; row < rows; row++) losses[row] /= positions;
}

interface LossWays {
  readonly isMean: boolean;
  readonly isSparse: boolean;
  readonly endsInSoftmax: boolean;
  readonly applyAt: PositionLoss;
}

function applyHere(kernels: Kernels, chunk: LossChunk, sizes: LossSizes, ways: LossWays): void {
  const { classes, positions, labelWidth } = sizes;
  const { isMean, isSparse, endsInSoftmax, applyAt } = ways;
  const { labels, losses } = chunk;
  const { buffer } = kernels.floats();
  const outputs = new Float32Array(buffer, chunk.output, losses.length * positions * classes);
  const gradients = new Float32Array(buffer, chunk.gradient, outputs.length);
  const [y, out, gradient] = [new Float64Array(classes), new Float64Array(classes), new Float64Array(classes)];
  const isUsed = (p: number): boolean => labels[p * labelWidth] !== leftOut;
  for (let row = 0; row < losses.length; row++) {
    const [from, to] = [row * positions, (row + 1) * positions];
    let used = 0;
    for (let p = from; p < to; p++) used += isUsed(p) ? 1 : 0;
    const share = isMean ? 1 / Math.max(1, used) : 1;
    let sum = 0;
    for (let p = from; p < to; p++) {
      for (let k = 0; k < classes; k++) {
        out[k] = outputs[p * classes + k];
        y[k] = isSparse ? Number(labels[p] === k) : labels[p * classes + k];
      }
      gradient.fill(0);
      if (isUsed(p)) {
        if (endsInSoftmax) softmax(out);
        sum += applyAt(y, out, gradient);
        if (endsInSoftmax) throughSoftmax(out, gradient);
      }
      for (let k = 0; k < classes; k++) gradients[p * classes + k] = share * gradient[k];
    }
    losses[row] = share * sum;
  }
}

const isOfLogits = (loss: Exclude<Loss, (...args: never) => unknown>): boolean =>
  typeof loss !== "string" && loss.fromLogits === true;

function positionLoss(loss: Exclude<Loss, (...args: never) => unknown>): PositionLoss {
  const kind = typeof loss === "string" ? loss : loss.kind;
  const fromLogits = isOfLogits(loss);
  switch (kind) {
    case "categoricalCrossentropy":
    case "sparseCategoricalCrossentropy":
      return fromLogits ? crossEntropyOfLogits : crossEntropy;
    case "binaryCrossentropy":
      return fromLogits ? binaryCrossEntropyOfLogits : binaryCrossEntropy;
    case "meanSquaredError":
      return meanSquaredError;
  }
  throw invalidArgument("loss", "a loss by name", kind);
}

function largest(values: Float64Array): number {
  let best = -Infinity;
  for (const value of values) best = value > best ? value : best;
  return best;
}

/** In place. */
function softmax(values: Float64Array): void {
  const top = largest(values);
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k] = Math.exp(values[k] - top);
  for (let k = 0; k < values.length; k++) values[k] /= sum;
}

/** ∂loss/∂p to ∂loss/∂z for p = softmax(z), in place. */
function throughSoftmax(p: Float64Array, gradient: Float64Array): void {
  let mean = 0;
  for (let k = 0; k < p.length; k++) mean += p[k] * gradient[k];
  for (let k = 0; k < p.length; k++) gradient[k] = p[k] * (gradient[k] - mean);
}

const crossEntropyOfLogits: PositionLoss = (y, z, gradient) => {
  const top = largest(z);
  let [sum, weight] = [0, 0];
  for (let k = 0; k < z.length; k++) {
    sum += gradient[k] = Math.exp(z[k] - top);
    weight += y[k];
  }
  const shift = top + Math.log(sum);
  let loss = 0;
  for (let k = 0; k < z.length; k++) {
    loss -= y[k] * (z[k] - shift);
    gradient[k] = (gradient[k] / sum) * weight - y[k];
  }
  return loss;
};

/** Outputs are normalized to sum 1, then kept inside [1e-7, 1 − 1e-7], outside of which the gradient is zero. */
const crossEntropy: PositionLoss = (y, out, gradient) => {
  let total = 0;
  for (const value of out) total += value;
  let [loss, mean] = [0, 0];
  for (let k = 0; k < out.length; k++) {
    const p = out[k] / total;
    loss -= y[k] * Math.log(clip(p));
    gradient[k] = p === clip(p) ? -y[k] / p : p - p;
    mean += gradient[k] * p;
  }
  for (let k = 0; k < out.length; k++) gradient[k] = (gradient[k] - mean) / total;
  return loss;
};

/** max(x, 0) − x·y + log(1 + exp(−|x|)): the form that never overflows. */
const binaryCrossEntropyOfLogits: PositionLoss = (y, x, gradient) => {
  let loss = 0;
  for (let k = 0; k < x.length; k++) {
    const small = Math.exp(-Math.abs(x[k]));
    loss += Math.max(x[k], 0) - x[k] * y[k] + Math.log1p(small);
    gradient[k] = ((x[k] >= 0 ? 1 : small) / (1 + small) - y[k]) / x.length;
  }
  return loss / x.length;
};

const binaryCrossEntropy: PositionLoss = (y, out, gradient) => {
  let loss = 0;
  for (let k = 0; k < out.length; k++) {
    const p = clip(out[k]);
    loss -= y[k] * Math.log(p) + (1 - y[k]) * Math.log(1 - p);
    gradient[k] = p === out[k] ? ((1 - y[k]) / (1 - p) - y[k] / p) / out.length : out[k] - out[k];
  }
  return loss / out.length;
};

const meanSquaredError: PositionLoss = (y, out, gradient) => {
  let loss = 0;
  for (let k = 0; k < out.length; k++) {
    const difference = out[k] - y[k];
    loss += difference * difference;
    gradient[k] = (2 * difference) / out.length;
  }
  return loss / out.length;
};

/** Not a number stays so. */
function clip(p: number): number {
  return Math.min(Math.max(p, epsilon), 1 - epsilon);
}
