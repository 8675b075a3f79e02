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
/** Rows that TensorFlow.js is asked about: what holds for a row alone holds for all of them, in whose company ever. */
const comparedRows = 2;
/** The grid of the check is finer than that of a run by so many bits: it shall not hide a small weight. */
export const checkedBits = 8;

/** Gradients are mostly larger than this, so that one sum shows norms and scaling. */
const smallClip = 2 ** -7;

/** A row's gradient counts as much as that of the largest, unless it is smaller than this share of it. */
const smallestShare = 2 ** -6;

export interface SelfCheck {
  readonly model: LayersModel;
  readonly loss: BatchLoss;
  readonly weights: readonly WeightView[];
  /** Rows that go through TensorFlow.js at once. */
  readonly physicalBatchSize: number;
  /** Makes the examples; disposed here. */
  readonly batch: () => { x: tf.Tensor[]; y: tf.Tensor[] };
  /**
   * The engine's norms and clipped sums per weight id, without Dropout. `first` is the place in a pass of the first row,
   * where the backend's kernels round by it: a row alone is then at the place that it has in company.
   */
  readonly sumOf: (x: tf.Tensor[], y: tf.Tensor[], clip: number, first: number) => CheckedSums;
}

export interface CheckedSums {
  readonly norms: Float64Array;
  /** Of the grid that the sums were rounded to. */
  readonly step: number;
  /** In multiples of `unit`; to be read before the next sum is asked for. */
  readonly sums: () => ReadonlyMap<number, Float64Array>;
  readonly unit: number;
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
    const together = check.sumOf(all.x, all.y, smallClip, 0);
    const { norms } = together;
    const largest = Math.max(...norms);
    if (!(largest < Infinity)) throw unequalNorms(check.model);
    const sides = [clippedSide(check, all, together, largest), weightedSide(check, all, norms, largest)] as const;
    const alone = Array.from(norms, (_, row) =>
      // wide enough for the example to come through as it is
      withRows(all, row, 1, ({ x, y }) =>
        takeOut(check, sides, row, check.sumOf(x, y, Math.max(2 * largest, 1e-6), row)),
      ),
    );
    requireIndependent(check, norms, alone);
    if (!alone.every(isOwnNorm)) throw unequalNorms(check.model);
    for (const side of sides) requireNothingLeft(check, side);
    requireUnmoved(check, all, norms);
  } finally {
    tf.dispose([...all.x, ...all.y]);
  }
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

/** A weighted sum of the gradients of all examples, from which those of single examples are taken away. */
interface Side {
  /** By example. */
  readonly scales: readonly number[];
  /** By weight. */
  readonly rests: readonly Rest[];
  /** Bound on the norm of the whole. */
  readonly whole: number;
}

interface Rest {
  readonly values: Float64Array;
  /** Σ scale · norm of this weight's gradient. */
  own: number;
  /** What rounding to grids may have left. */
  grid: number;
}

/** What the engine makes of all examples together, each of them scaled. */
function clippedSide(check: SelfCheck, { x, y }: Examples, together: CheckedSums, largest: number): Side {
  const { norms } = together;
  const clip = largest > smallClip ? smallClip : Math.max(largest / 2, 1e-6);
  const { step, sums, unit } = clip === smallClip ? together : check.sumOf(x, y, clip, 0);
  const totals = sums();
  return {
    scales: Array.from(norms, (norm) => (norm > clip ? clip / norm : 1)),
    rests: check.weights.map((weight) => {
      const values = new Float64Array(sizeOf(weight));
      const total = totals.get(weight.id);
      if (total !== undefined) addTo(values, total, unit);
      return { values, own: 0, grid: gridError(step, values.length) };
    }),
    whole: norms.reduce((sum, norm) => sum + Math.min(norm, clip), 0),
  };
}

/** What TensorFlow.js makes of the last of them, the smaller gradients weighed more. */
function weightedSide(check: SelfCheck, all: Examples, norms: Float64Array, largest: number): Side {
  const start = Math.max(0, norms.length - comparedRows);
  const scales = Float32Array.from(norms, (norm, row) => {
    if (row < start) return 0;
    // fractions of multiples of the golden ratio
    const generic = 0.5 + 0.5 * (((row + 1) * 0.6180339887498949) % 1);
    return largest === 0 ? generic : (generic * largest) / Math.max(norm, smallestShare * largest);
  });
  const rests = check.weights.map((weight) => ({ values: new Float64Array(sizeOf(weight)), own: 0, grid: 0 }));
  for (let first = start; first < scales.length; first += check.physicalBatchSize) {
    const own = scales.subarray(first, first + check.physicalBatchSize);
    withRows(all, first, own.length, ({ x, y }) => {
      const sampleWeights = tf.tensor1d(own);
      const part = referenceGradient(check.model, check.loss, check.weights, x, { y, sampleWeights });
      sampleWeights.dispose();
      part.forEach((values, w) => addTo(rests[w].values, values, 1));
    });
  }
  return { scales: [...scales], rests, whole: largest * scales.reduce((sum, scale) => sum + scale, 0) };
}

/** One example by itself: the norm that the engine gave, and that of its gradient. */
interface Alone {
  readonly norm: number;
  readonly gradientNorm: number;
  readonly grid: number;
}

/** Takes an example's gradient away from both sides. */
function takeOut(check: SelfCheck, [one, other]: readonly [Side, Side], row: number, alone: CheckedSums): Alone {
  const gradient = alone.sums();
  const scales = [one.scales[row], other.scales[row]] as const;
  let [whole, entries] = [0, 0];
  check.weights.forEach(({ id }, w) => {
    const values = gradient.get(id);
    if (values === undefined) return;
    const pair = [one.rests[w], other.rests[w]] as const;
    const [a, b] = [-scales[0] * alone.unit, -scales[1] * alone.unit];
    const square = alone.unit ** 2 * addBoth(values, pair[0].values, a, pair[1].values, b);
    whole += square;
    entries += values.length;
    pair.forEach((rest, side) => {
      rest.own += scales[side] * Math.sqrt(square);
      rest.grid += scales[side] * gridError(alone.step, values.length);
    });
  });
  return { norm: alone.norms[0], gradientNorm: Math.sqrt(whole), grid: gridError(alone.step, entries) };
}

/** Adds a · values and b · values, and returns Σ values². One loop: this is most of what an engine's start costs. */
function addBoth(values: Float64Array, to: Float64Array, a: number, also: Float64Array, b: number): number {
  let sum = 0;
  for (let k = 0; k < to.length; k++) {
    const value = values[k];
    to[k] += a * value;
    also[k] += b * value;
    sum += value * value;
  }
  return sum;
}

function addTo(to: Float64Array, values: Float32Array | Float64Array, scale: number): void {
  for (let k = 0; k < to.length; k++) to[k] += scale * values[k];
}

function squares(values: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k] * values[k];
  return sum;
}

/** Of rounding so many entries to the grid. */
const gridError = (step: number, entries: number): number => (step / 2) * Math.sqrt(entries);

/** A bit is enough: what depends on others at all is not bounded by the clip norm. */
function requireIndependent({ model }: SelfCheck, together: Float64Array, alone: readonly Alone[]): void {
  if (!alone.every(({ norm }, row) => Object.is(norm, together[row]))) throw mixesRows(model);
}

/** A row of numbers that are none leaves the others as they are: what looks after such rows has to do so row by row. */
function requireUnmoved(check: SelfCheck, { x, y }: Examples, norms: Float64Array): void {
  if (![...x, ...y].some(isFloat)) return;
  const spoiled = { x: x.map(spoilLast), y: y.map(spoilLast) };
  try {
    const beside = check.sumOf(spoiled.x, spoiled.y, smallClip, 0).norms;
    if (!beside.every((norm, row) => row === norms.length - 1 || Object.is(norm, norms[row]))) {
      throw mixesRows(check.model);
    }
  } finally {
    tf.dispose([...spoiled.x, ...spoiled.y]);
  }
}

const isFloat = (t: tf.Tensor): boolean => t.dtype === "float32";

function spoilLast(t: tf.Tensor): tf.Tensor {
  if (!isFloat(t)) return tf.clone(t);
  const values = t.dataSync<"float32">().slice();
  return tf.tensor(values.fill(NaN, values.length - values.length / t.shape[0]), t.shape);
}

/** The refusal of a model whose rows depend on each other. */
export function mixesRows(model: LayersModel): Error {
  return disagreement(
    model,
    "an example's gradient depends on the other examples of its batch",
    "layers and a loss that treat each example by itself",
  );
}

const isOwnNorm = ({ norm, gradientNorm, grid }: Alone): boolean =>
  Math.abs(norm - gradientNorm) <= ownTolerance * norm + grid;

/** Weight by weight: a small one that is wrong would not show in the norm of them all. */
function requireNothingLeft({ model, weights }: SelfCheck, { rests, whole }: Side): void {
  rests.forEach(({ values, own, grid }, w) => {
    if (Math.sqrt(squares(values)) <= ownTolerance * own + roundingTolerance * whole + grid) return;
    throw disagreement(
      model,
      `its sum of clipped gradients differs from that of a batch-of-one loop in ${weights[w].name}`,
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
