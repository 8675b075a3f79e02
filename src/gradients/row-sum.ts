import { type ClipPart, clipScale } from "./clip.ts";
import type { Use } from "./layer-tap.ts";
import type { LayerRule } from "./layer-rule.ts";
import { sizeOf } from "./layer-view.ts";
import { multiplyInSingle } from "./product.ts";
import { addOnGrid, clipMargin, maxRunRows, normMargin, smallestNormal } from "./rounding.ts";
import { type Span, addRowGradient, spansOf } from "./row-gradient.ts";

export interface RowSum {
  /**
   * Clips the rows of one pass and keeps what their sum needs. `firstRow` is the first one's place in the batch. With
   * `groupSizes` it counts groups: group i is the mean of the next `groupSizes[i]` rows of the pass.
   */
  addRows(uses: readonly Use[], firstRow: number, rows: number, groupSizes?: Uint32Array): void;
  /** Integer multiples of the grid per weight id, once every row was added. */
  finish(runs: readonly (readonly number[])[], gridExponent: number): Map<number, Float64Array>;
  /** Norms before clipping, shape [batch]. */
  readonly norms: Float64Array;
  readonly isClipped: Uint8Array;
}

/** Per-row contributions of a rank-one layer: inputs and clipped gradients as they are stored, f32. */
interface RankOne {
  readonly rule: LayerRule;
  readonly inputs: number;
  readonly units: number;
  /** `[batch, inputs]`; subnormals are zero. */
  readonly a: Float32Array;
  /** `[batch, units]`; zero for rows that were not finite. */
  readonly g: Float32Array;
  readonly bias: Float64Array | undefined;
}

interface Materialized {
  readonly rule: LayerRule;
  /** The current row's gradient per weight, zero outside `spans`. */
  readonly row: readonly Float64Array[];
  /** Where the current row's gradient may be other than zero: all of it, or the table rows of its ids. */
  spans: readonly Span[];
  readonly sums: readonly Float64Array[];
}

/** Layers that are clipped together. */
export interface RulePart extends ClipPart {
  readonly rules: readonly LayerRule[];
}

/** Starts the sum of a logical batch of `batchRows` rows (or groups); every rule is in one of the parts. */
export function startRowSum(parts: readonly RulePart[], batchRows: number): RowSum {
  const sums = parts.map((part) => startPart(part, batchRows));
  const [only] = sums;
  if (only !== undefined && sums.length === 1) return only;
  const norms = new Float64Array(batchRows);
  const isClipped = new Uint8Array(batchRows);
  return {
    norms,
    isClipped,
    addRows(uses, firstRow, rows, groupSizes) {
      for (const sum of sums) sum.addRows(uses, firstRow, rows, groupSizes);
      for (let row = firstRow; row < firstRow + rows; row++) {
        norms[row] = Math.hypot(...sums.map((sum) => sum.norms[row]));
        isClipped[row] = Math.max(...sums.map((sum) => sum.isClipped[row]));
      }
    },
    finish: (runs, gridExponent) => new Map(sums.flatMap((sum) => [...sum.finish(runs, gridExponent)])),
  };
}

function startPart({ rules, l2ClipNorm, gamma }: RulePart, batchRows: number): RowSum {
  const rankOnes = rules.filter((rule) => rule.method === "rank-one").map((rule) => startRankOne(rule, batchRows));
  const materialized = rules.filter((rule) => rule.method === "materialized").map(startMaterialized);
  const norms = new Float64Array(batchRows);
  const isClipped = new Uint8Array(batchRows);
  const addRows = (uses: readonly Use[], firstRow: number, rows: number, groupSizes?: Uint32Array): void => {
    const usesOf = new Map(rules.map((rule) => [rule, uses.filter((use) => use.layer === rule.layer)]));
    for (let row = 0, first = 0; row < rows; row++) {
      const at = firstRow + row;
      const size = groupSizes?.[row] ?? 1;
      const parts = rankOnes.map((layer) => storeInput(layer, usesOf.get(layer.rule)?.[0] as Use, row, at));
      let rest = 0;
      for (const layer of materialized) rest += fillRows(layer, usesOf.get(layer.rule) ?? [], first, size);
      first += size;
      const norm = Math.sqrt(parts.reduce((sum, part) => sum + part.inputSquares * part.gradientSquares, rest));
      norms[at] = norm;
      if (!Number.isFinite(norm)) continue;
      const target = l2ClipNorm * (1 - clipMargin);
      if (norm > target) isClipped[at] = 1;
      const scale = storeClipped(parts, at, rest, clipScale(norm, target, gamma), l2ClipNorm);
      for (const layer of materialized) addScaled(layer, scale);
    }
  };
  const finish = (runs: readonly (readonly number[])[], gridExponent: number): Map<number, Float64Array> => {
    const sums = new Map<number, Float64Array>();
    const put = (id: number, values: Float64Array): void => {
      const totals = new Float64Array(values.length);
      addOnGrid(totals, values, gridExponent);
      sums.set(id, totals);
    };
    for (const { rule, sums: own } of materialized) rule.weights.forEach((w, i) => put(w.id, own[i]));
    for (const layer of rankOnes) {
      const [kernel, bias] = layer.rule.weights;
      if (kernel !== undefined) sums.set(kernel.id, sumRuns(layer, runs, gridExponent));
      if (bias !== undefined && layer.bias !== undefined) put(bias.id, layer.bias);
    }
    return sums;
  };
  return { addRows, finish, norms, isClipped };
}

function startRankOne(rule: LayerRule, batchRows: number): RankOne {
  const [inputs, units] = (rule.weights[0]?.shape ?? []).map(Number) as [number, number];
  return {
    rule,
    inputs,
    units,
    a: new Float32Array(batchRows * inputs),
    g: new Float32Array(batchRows * units),
    bias: rule.weights.length > 1 ? new Float64Array(units) : undefined,
  };
}

function startMaterialized(rule: LayerRule): Materialized {
  const zeros = (): Float64Array[] => rule.weights.map((w) => new Float64Array(sizeOf(w)));
  return { rule, row: zeros(), spans: [], sums: zeros() };
}

interface RankOnePart {
  readonly layer: RankOne;
  readonly gradient: Float32Array;
  /** ‖a‖², and 1 more for the bias. */
  readonly inputSquares: number;
  readonly gradientSquares: number;
}

function storeInput(layer: RankOne, use: Use, row: number, at: number): RankOnePart {
  const { inputs, units, a } = layer;
  let inputSquares = layer.bias === undefined ? 0 : 1;
  for (let k = 0, from = row * inputs, to = at * inputs; k < inputs; k++) {
    const value = use.input[from + k];
    const kept = Math.abs(value) < smallestNormal ? 0 : value;
    a[to + k] = kept;
    inputSquares += kept * kept;
  }
  const gradient = (use.gradient as Float32Array).subarray(row * units, (row + 1) * units);
  const part = { layer, gradient, inputSquares, gradientSquares: squares(gradient) };
  // a row that is not finite must leave zeros in every layer, and products of stored values are formed later
  if (!Number.isFinite(inputSquares * part.gradientSquares)) a.fill(0, at * inputs, (at + 1) * inputs);
  return part;
}

/** Writes the mean gradient of `count` rows out and returns its squared norm. */
function fillRows(layer: Materialized, uses: readonly Use[], first: number, count: number): number {
  for (const { weight, from, to } of layer.spans) layer.row[weight].fill(0, from, to);
  layer.spans = spansOf(uses, first, layer.row);
  for (const use of uses) addRowGradient(use, first, layer.row);
  if (count > 1) addOthers(layer, uses, first, count);
  return layer.spans.reduce((sum, { weight, from, to }) => sum + squares(layer.row[weight].subarray(from, to)), 0);
}

/** The other rows of a group; the mean is what is clipped. Spans of one layer are equal or disjoint. */
function addOthers(layer: Materialized, uses: readonly Use[], first: number, count: number): void {
  const spans = new Map(layer.spans.map((span) => [`${span.weight} ${span.from}`, span]));
  for (let row = first + 1; row < first + count; row++) {
    for (const span of spansOf(uses, row, layer.row)) spans.set(`${span.weight} ${span.from}`, span);
    for (const use of uses) addRowGradient(use, row, layer.row);
  }
  layer.spans = [...spans.values()];
  for (const { weight, from, to } of layer.spans) {
    for (let k = from; k < to; k++) layer.row[weight][k] /= count;
  }
}

function squares(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k] * values[k];
  return sum;
}

/**
 * Stores scale · g in f32 and returns the scale, lowered until the norm of what is *stored* is at most C: rounding to
 * f32 can round up, by more than an ulp of the norm where entries are near the smallest numbers.
 */
function storeClipped(
  parts: readonly RankOnePart[],
  at: number,
  rest: number,
  wantedScale: number,
  l2ClipNorm: number,
): number {
  const limit = (l2ClipNorm * (1 - normMargin)) ** 2;
  for (let scale = wantedScale; ; scale /= 2) {
    let total = scale * scale * rest;
    for (const part of parts) total += part.inputSquares * storeScaled(part, at, scale);
    if (total <= limit || scale === 0) {
      for (const part of parts) addBias(part.layer, at);
      return scale;
    }
  }
}

function storeScaled(part: RankOnePart, at: number, scale: number): number {
  const { g, units } = part.layer;
  let sum = 0;
  for (let k = 0, to = at * units; k < units; k++) {
    const value = Math.fround(scale * part.gradient[k]);
    const kept = Math.abs(value) < smallestNormal ? 0 : value;
    g[to + k] = kept;
    sum += kept * kept;
  }
  return sum;
}

function addBias(layer: RankOne, at: number): void {
  const { bias, g, units } = layer;
  if (bias === undefined) return;
  for (let k = 0; k < units; k++) bias[k] += g[at * units + k];
}

function addScaled(layer: Materialized, scale: number): void {
  for (const { weight, from, to } of layer.spans) {
    const sums = layer.sums[weight];
    const values = layer.row[weight];
    for (let k = from; k < to; k++) sums[k] += scale * values[k];
  }
}

/** Each run's aᵀ(c∘g), rounded to the grid and added as integers: exact, in any order. */
function sumRuns(layer: RankOne, runs: readonly (readonly number[])[], gridExponent: number): Float64Array {
  const totals = new Float64Array(layer.inputs * layer.units);
  for (const rows of runs) {
    if (rows.length === 0) continue;
    addOnGrid(totals, rows.length <= maxRunRows ? sumInSingle(layer, rows) : sumInDouble(layer, rows), gridExponent);
  }
  return totals;
}

function sumInSingle(layer: RankOne, rows: readonly number[]): ArrayLike<number> {
  const { inputs, units, a, g } = layer;
  const left = new Float32Array(inputs * rows.length);
  const right = new Float32Array(rows.length * units);
  rows.forEach((row, i) => {
    right.set(g.subarray(row * units, (row + 1) * units), i * units);
    for (let k = 0; k < inputs; k++) left[k * rows.length + i] = a[row * inputs + k];
  });
  return multiplyInSingle(left, right, rows.length);
}

/** Products of two f32 are exact in f64: only the additions round. */
function sumInDouble(layer: RankOne, rows: readonly number[]): Float64Array {
  const { inputs, units, a, g } = layer;
  const sums = new Float64Array(inputs * units);
  for (const row of rows) {
    for (let k = 0; k < inputs; k++) {
      const value = a[row * inputs + k];
      if (value === 0) continue;
      for (let j = 0; j < units; j++) {
        const at = k * units + j;
        sums[at] += value * g[row * units + j];
      }
    }
  }
  return sums;
}
