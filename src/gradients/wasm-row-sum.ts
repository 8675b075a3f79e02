import { clipMargin, maxRunRows, normMargin } from "./rounding.ts";
import type { Layout, SumMemory } from "./wasm-memory.ts";
import { isRankOne } from "./wasm-op.ts";
import { readWindows } from "./wasm-pass.ts";

/** Facts about the rows of a batch that the sum leaves behind. */
export interface RowFacts {
  readonly norms: Float64Array;
  readonly isClipped: Uint8Array;
}

/** Zeros in every sum of the batch. */
export function clearSums(layout: Layout): void {
  for (const { sums, size } of layout.sums) layout.kernels.run.clear(sums, 8 * size);
}

/**
 * Clips the rows of one pass and stores or adds what their sum needs, by the scheme of docs/numerics-summation.md: large
 * Dense layers are `rank-one`, all else is `materialized`.
 *
 * @param firstRow - the place in the batch of the first of `rows` examples.
 * @param slots - where each row of the batch is stored: the rows of a run lie together.
 */
export function addRows(
  layout: Layout,
  facts: RowFacts,
  slots: Int32Array,
  firstRow: number,
  rows: number,
  l2ClipNorm: number,
): void {
  const stored = layout.sums.filter(({ op }) => isRankOne(op));
  const written = layout.sums.filter(({ op }) => !isRankOne(op));
  const inputSquares = new Float64Array(stored.length);
  const target = l2ClipNorm * (1 - clipMargin);
  for (let row = 0; row < rows; row++) {
    const slot = slots[firstRow + row];
    const rest = written.reduce((sum, part) => sum + formRow(layout, part, row), 0);
    const squares = stored.reduce((sum, part, i) => sum + storeInput(layout, part, row, slot, inputSquares, i), rest);
    const norm = Math.sqrt(squares);
    facts.norms[firstRow + row] = norm;
    if (!Number.isFinite(norm)) {
      for (const part of stored) forget(layout, part, slot);
      continue;
    }
    if (norm > target) facts.isClipped[firstRow + row] = 1;
    const wanted = norm > target ? target / norm : 1;
    const scale = storeClipped(layout, stored, inputSquares, row, slot, rest, wanted, l2ClipNorm);
    for (const part of written) layout.kernels.run.addScaled(part.sums, part.row, part.size, scale);
  }
}

/** Writes a row's gradient out, in f32, and returns the squared norm of what was written. */
function formRow(layout: Layout, { op, at, row: to, kernelSize, size }: SumMemory, row: number): number {
  const { run } = layout.kernels;
  const { inputs, units } = op;
  const gradient = at.gradient + 4 * row * op.outputSize;
  const positions = op.kind === "dense" ? 1 : op.positions;
  let from = layout.windows;
  if (op.kind === "dense") from = inputOf(layout, at) + 4 * row * inputs;
  else readWindows(layout, op, inputOf(layout, at), row);
  run.pack(layout.panels, gradient, positions, units, units, 1, 8);
  run.multiply(to, from, 1, inputs, layout.panels, inputs, positions, units, 0, layout.tile);
  if (op.hasBias) run.sumColumns(to + 4 * kernelSize, gradient, positions, units);
  return run.sumSquares(to, size);
}

/** Where an operation reads. */
function inputOf(layout: Layout, at: SumMemory["at"]): number {
  const i = layout.ops.indexOf(at);
  return i === 0 ? layout.x : layout.ops[i - 1].output;
}

/** Stores what a rank-one layer read of a row, and returns the squared norm of its gradient: (‖a‖² + bias) · ‖g‖². */
function storeInput(
  layout: Layout,
  { op, at, inputs }: SumMemory,
  row: number,
  slot: number,
  inputSquares: Float64Array,
  i: number,
): number {
  const { run } = layout.kernels;
  const from = inputOf(layout, at) + 4 * row * op.inputs;
  inputSquares[i] = run.storeRow(inputs + 4 * slot * op.inputs, from, op.inputs) + (op.hasBias ? 1 : 0);
  return inputSquares[i] * run.sumSquares(at.gradient + 4 * row * op.units, op.units);
}

/** A row that is not finite leaves zeros in every layer: products of what is stored are formed later. */
function forget(layout: Layout, { op, inputs, gradients }: SumMemory, slot: number): void {
  layout.kernels.run.clear(inputs + 4 * slot * op.inputs, 4 * op.inputs);
  layout.kernels.run.clear(gradients + 4 * slot * op.units, 4 * op.units);
}

/** Stores scale · g in f32 and returns the scale, halved until the norm of what is *stored* is at most C. */
function storeClipped(
  layout: Layout,
  stored: readonly SumMemory[],
  inputSquares: Float64Array,
  row: number,
  slot: number,
  rest: number,
  wanted: number,
  l2ClipNorm: number,
): number {
  const { run } = layout.kernels;
  const limit = (l2ClipNorm * (1 - normMargin)) ** 2;
  for (let scale = wanted; ; scale /= 2) {
    let total = scale * scale * rest;
    stored.forEach(({ op, at, gradients }, i) => {
      const to = gradients + 4 * slot * op.units;
      total += inputSquares[i] * run.storeScaled(to, at.gradient + 4 * row * op.units, op.units, scale);
    });
    if (!(total <= limit || scale === 0)) continue;
    for (const { op, gradients, sums, kernelSize } of stored) {
      if (op.hasBias) run.addScaled(sums + 8 * kernelSize, gradients + 4 * slot * op.units, op.units, 1);
    }
    return scale;
  }
}

/** Integer multiples of the grid per weight id, once every row of the batch was added. */
export function finishSums(
  layout: Layout,
  runs: readonly (readonly number[])[],
  gridExponent: number,
): Map<number, Float64Array> {
  const { run } = layout.kernels;
  const scale = 2 ** -gridExponent;
  const result = new Map<number, Float64Array>();
  for (const part of layout.sums) {
    const { op, sums, kernelSize, size } = part;
    const [kernel, bias] = op.layer.weights;
    if (isRankOne(op)) {
      addRuns(layout, part, runs, scale);
      run.roundSums(sums + 8 * kernelSize, size - kernelSize, scale);
    } else run.roundSums(sums, size, scale);
    const doubles = new Float64Array(layout.kernels.floats().buffer, sums, size);
    result.set(kernel.id, doubles.slice(0, kernelSize));
    if (op.hasBias) result.set(bias.id, doubles.slice(kernelSize));
  }
  return result;
}

/** Each run's aᵀ·h, rounded to the grid and added as integers. */
function addRuns(layout: Layout, part: SumMemory, runs: readonly (readonly number[])[], scale: number): void {
  const { run } = layout.kernels;
  const { op, inputs, gradients, sums } = part;
  const { runInputs: a, runGradients: h } = layout;
  let first = 0;
  for (const { length: rows } of runs) {
    if (rows > 0) {
      run.pack(a, inputs + 4 * first * op.inputs, rows, op.inputs, op.inputs, 1, 4);
      run.pack(h, gradients + 4 * first * op.units, rows, op.units, op.units, 1, 8);
      if (rows <= maxRunRows) run.addRun(sums, a, h, rows, op.inputs, op.units, scale, layout.tile);
      else run.addLongRun(sums, a, h, rows, op.inputs, op.units, scale);
    }
    first += rows;
  }
}
