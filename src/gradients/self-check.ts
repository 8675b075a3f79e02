import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { BatchLoss } from "./batch-loss.ts";
import { type WeightView, sizeOf } from "./layer-view.ts";
import { unsupportedModel } from "./model-check.ts";
import { referenceGradient } from "./reference-loop.ts";

/**
 * Both sides are f32: a weight's gradient may differ by 2^-10 of itself, where a wrong rule differs in the first digit, and
 * by the rounding of sums of up to 2^12 terms, √2^12 · 2^-24 of the whole gradient, four times over for cancellation.
 */
const [ownTolerance, roundingTolerance] = [2 ** -10, 2 ** -16];

/** Rows of the check: more than a tile of the kernels, so that a row has company of both kinds. */
export const checkedRows = 5;
/** The grid of the check is finer than that of a run by so many bits: it shall not hide a small weight. */
export const checkedBits = 8;

/** A row's gradient counts as much as that of the largest, unless it is smaller than this share of it. */
const smallestShare = 2 ** -6;

export interface SelfCheck {
  readonly model: LayersModel;
  readonly loss: BatchLoss;
  readonly weights: readonly WeightView[];
  /** The TensorFlow.js backend that the engine computes with; null where it uses none. */
  readonly backend: string | null;
  /** Rows that go through TensorFlow.js at once. */
  readonly physicalBatchSize: number;
  /** Makes the examples; disposed here. */
  readonly batch: () => { x: tf.Tensor[]; y: tf.Tensor[] };
  /** The engine's norms and clipped sums per weight id, without Dropout. */
  readonly sumOf: (x: tf.Tensor[], y: tf.Tensor[], clip: number) => CheckedSums;
}

export interface CheckedSums {
  readonly norms: Float64Array;
  /** Of the grid that the sums were rounded to. */
  readonly step: number;
  readonly sums: () => Map<number, Float64Array>;
}

interface Examples {
  readonly x: tf.Tensor[];
  readonly y: tf.Tensor[];
}

/**
 * Compares the engine with TensorFlow.js's own gradients on the user's own model, in three steps that leave nothing of a
 * sum open. What the engine says of examples in company is what it says of each alone: the norms bit for bit, so that a
 * model or loss that mixes examples fails here, and the clipped sum. The norm of an example is that of the gradient that
 * the engine sums. And these gradients are those of TensorFlow.js: one gradient of a weighted sum of all losses, with
 * weights of no simple ratio, so that no error of one example makes up for that of another.
 *
 * @throws PrivacyError `unsupported_model` on disagreement.
 */
export function checkAgainstLoop(check: SelfCheck): void {
  const all = check.batch();
  try {
    const rows = all.y[0].shape[0] ?? 0;
    const { norms } = check.sumOf(all.x, all.y, 1);
    const largest = Math.max(...norms);
    if (!(largest < Infinity)) throw unequalNorms(check.model);
    // wide enough for every example to come through as it is
    const wide = Math.max(2 * largest, 1e-6);
    const alone = Array.from({ length: rows }, (_, row) =>
      withRows(all, row, 1, ({ x, y }) => readAlone(check.sumOf(x, y, wide))),
    );
    requireIndependent(check, norms, alone);
    requireEqualNorms(check, alone);
    requireEqualSums(check, all, alone);
    requireEqualGradients(check, all, alone, largest);
  } finally {
    tf.dispose([...all.x, ...all.y]);
  }
}

/** One example by itself. */
interface Alone {
  readonly norm: number;
  readonly step: number;
  readonly gradient: Map<number, Float64Array>;
}

function readAlone({ norms, step, sums }: CheckedSums): Alone {
  return { norm: norms[0], step, gradient: sums() };
}

function withRows<T>({ x, y }: Examples, first: number, count: number, use: (examples: Examples) => T): T {
  const cut = (t: tf.Tensor): tf.Tensor =>
    tf.slice(t, [first, ...t.shape.slice(1).map(() => 0)], [count, ...t.shape.slice(1)]);
  const own = { x: x.map(cut), y: y.map(cut) };
  try {
    return use(own);
  } finally {
    tf.dispose([...own.x, ...own.y]);
  }
}

function squares(values: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k] * values[k];
  return sum;
}

/** A bit is enough: what depends on others at all is not bounded by the clip norm. */
function requireIndependent({ model, backend }: SelfCheck, together: Float64Array, alone: readonly Alone[]): void {
  const differences = alone.map(({ norm }, row) =>
    Object.is(norm, together[row]) ? 0 : Math.abs(norm - together[row]),
  );
  if (differences.every((difference) => difference === 0)) return;
  const isRounding = differences.every((d, row) => d <= roundingTolerance * together[row]);
  // libtensorflow cuts products by the number of rows, so that a row's last bits change with the rows beside it
  if (isRounding && backend !== null && backend !== "cpu" && backend !== "wasm") {
    throw disagreement(
      model,
      `the kernels of backend ${backend} round an example by its place in the batch, which no sensitivity covers`,
      `engine "wasm", which uses no kernels of the backend, or tf.setBackend("wasm") before creating the engine`,
    );
  }
  throw disagreement(
    model,
    "an example's gradient depends on the other examples of its batch",
    "layers and a loss that treat each example by itself",
  );
}

function requireEqualNorms({ model }: SelfCheck, alone: readonly Alone[]): void {
  for (const { norm, step, gradient } of alone) {
    let [sum, entries] = [0, 0];
    for (const values of gradient.values()) [sum, entries] = [sum + squares(values), entries + values.length];
    if (!(Math.abs(norm - Math.sqrt(sum)) <= ownTolerance * norm + gridError(step, entries))) throw unequalNorms(model);
  }
}

/** Of rounding so many entries to the grid. */
const gridError = (step: number, entries: number): number => (step / 2) * Math.sqrt(entries);

/** Clipped by the mean norm, so that some examples are scaled and some are not. */
function requireEqualSums(check: SelfCheck, { x, y }: Examples, alone: readonly Alone[]): void {
  const clip = Math.max(alone.reduce((sum, { norm }) => sum + norm, 0) / alone.length, 1e-6);
  const { step, sums } = check.sumOf(x, y, clip);
  const scales = alone.map(({ norm }) => (norm > clip ? clip / norm : 1));
  const ours = sums();
  const whole = alone.reduce((sum, { norm }) => sum + Math.min(norm, clip), 0);
  requireEqualSides(check, alone, scales, { of: (weight) => ours.get(weight.id), step, whole });
}

/** Weight by weight: a small one that is wrong would not show in the norm of them all. */
function requireEqualGradients(check: SelfCheck, all: Examples, alone: readonly Alone[], largest: number): void {
  // fractions of multiples of the golden ratio; an example with a small gradient counts more
  const factors = alone.map(({ norm }, row) => {
    const generic = 0.5 + 0.5 * (((row + 1) * 0.6180339887498949) % 1);
    return largest === 0 ? generic : (generic * largest) / Math.max(norm, smallestShare * largest);
  });
  // as TensorFlow.js has them
  const scales = [...Float32Array.from(factors)];
  const reference = gradientOfAll(check, all, scales);
  const whole = largest * scales.reduce((sum, scale) => sum + scale, 0);
  requireEqualSides(check, alone, scales, { of: (_, w) => reference[w], step: 0, whole });
}

function gradientOfAll(check: SelfCheck, all: Examples, scales: readonly number[]): Float64Array[] {
  const { model, loss, weights } = check;
  const total = weights.map((weight) => new Float64Array(sizeOf(weight)));
  for (let first = 0; first < scales.length; first += check.physicalBatchSize) {
    const own = scales.slice(first, first + check.physicalBatchSize);
    const part = withRows(all, first, own.length, ({ x, y }) =>
      tf.tidy(() => referenceGradient(model, loss, weights, x, { y, sampleWeights: tf.tensor1d(own) })),
    );
    part.forEach((values, w) => {
      const to = total[w];
      for (let k = 0; k < to.length; k++) to[k] += values[k];
    });
  }
  return total;
}

/** What a weighted sum of the gradients is compared with: numbers by weight, their grid, and how large the whole may be. */
interface Side {
  readonly of: (weight: WeightView, w: number) => ArrayLike<number> | undefined;
  readonly step: number;
  readonly whole: number;
}

/** Whether Σ scale · gradient over the examples is the other side, weight by weight. */
function requireEqualSides(
  check: SelfCheck,
  alone: readonly Alone[],
  scales: readonly number[],
  { of, step, whole }: Side,
): void {
  check.weights.forEach((weight, w) => {
    const rest = Float64Array.from(of(weight, w) ?? []);
    let own = 0;
    let grid = gridError(step, rest.length);
    alone.forEach((example, row) => {
      const gradient = example.gradient.get(weight.id) ?? new Float64Array(rest.length);
      const scale = scales[row];
      own += scale * Math.sqrt(squares(gradient));
      grid += scale * gridError(example.step, rest.length);
      for (let k = 0; k < rest.length; k++) rest[k] -= scale * gradient[k];
    });
    if (Math.sqrt(squares(rest)) <= ownTolerance * own + roundingTolerance * whole + grid) return;
    throw disagreement(
      check.model,
      `its sum of clipped gradients differs from that of a batch-of-one loop in ${weight.name}`,
      "built-in layers, or fewer of them, to find the one that differs",
    );
  });
}

function unequalNorms(model: LayersModel): Error {
  return disagreement(
    model,
    "its per-example gradient norms differ from those of a batch-of-one loop",
    "built-in layers, or fewer of them, to find the one that differs",
  );
}

function disagreement(model: LayersModel, reason: string, replacement: string): Error {
  return unsupportedModel([{ layer: model.name, layerClass: model.getClassName(), reason, replacement }]);
}
