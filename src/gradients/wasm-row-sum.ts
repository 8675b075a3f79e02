import { type ClipPart, clipScale } from "./clip.ts";
import { clipMargin, maxRunRows, normMargin } from "./rounding.ts";
import type { GatheredSum, Layout, MaterializedSum, RankOneSum } from "./wasm-memory.ts";
import { formRow, mergeRow } from "./wasm-row-gradient.ts";

/** Facts about the rows of a batch that the sum leaves behind. */
export interface RowFacts {
  readonly norms: Float64Array;
  readonly isClipped: Uint8Array;
}

/** The sums of a part by how they are formed, and what a row leaves between its norm and its sum. */
interface Methods {
  readonly stored: readonly RankOneSum[];
  readonly written: readonly MaterializedSum[];
  readonly gathered: readonly GatheredSum[];
  readonly inputSquares: Float64Array;
  /** Rows of each gathered table that have a gradient. */
  readonly found: Int32Array;
}

function byMethod(layout: Layout, { layer }: ClipPart): Methods {
  const sums = layout.sums.filter(({ uses }) => layer === null || uses[0].op.layer === layer);
  const stored = sums.filter((sum): sum is RankOneSum => sum.method === "rank-one");
  const gathered = sums.filter((sum): sum is GatheredSum => sum.method === "gathered");
  return {
    stored,
    written: sums.filter((sum): sum is MaterializedSum => sum.method === "materialized"),
    gathered,
    inputSquares: new Float64Array(stored.length),
    found: new Int32Array(gathered.length),
  };
}

/** Zeros in every sum of the batch, and in every slot of a table. */
export function clearSums(layout: Layout): void {
  const { run } = layout.kernels;
  for (const sum of layout.sums) {
    run.clear(sum.sums, 8 * sum.size);
    if (sum.method === "gathered") run.clear(sum.slots, 4 * sum.uses[0].op.vocabulary);
  }
}

/**
 * Clips the rows of one pass and stores or adds what their sum needs, by the scheme of docs/numerics-summation.md: large
 * Dense layers are `rank-one`, all else is written out, tables as the rows of them that were read.
 *
 * @param firstRow - the place in the batch of the first of `rows` examples.
 * @param slots - where each row of the batch is stored: the rows of a run lie together.
 * @param parts - layers that are clipped together; every layer is in one.
 */
export function addRows(
  layout: Layout,
  facts: RowFacts,
  slots: Int32Array,
  firstRow: number,
  rows: number,
  parts: readonly ClipPart[],
): void {
  const methods = parts.map((part) => ({ part, ...byMethod(layout, part) }));
  for (let row = 0; row < rows; row++) {
    const at = firstRow + row;
    let squares = 0;
    for (const method of methods) {
      const norm = addRow(layout, method, row, slots[at]);
      squares += norm * norm;
      if (Number.isFinite(norm) && norm > method.part.l2ClipNorm * (1 - clipMargin)) facts.isClipped[at] = 1;
    }
    facts.norms[at] = Math.sqrt(squares);
  }
}

/** Clips and adds one row's gradient of one part, and returns its norm before. */
function addRow(layout: Layout, methods: Methods & { part: ClipPart }, row: number, slot: number): number {
  const { run } = layout.kernels;
  const { stored, written, gathered, inputSquares, found } = methods;
  const { l2ClipNorm, gamma } = methods.part;
  let rest = 0;
  for (const sum of written) rest += formRow(layout, sum, row);
  gathered.forEach((sum, i) => {
    found[i] = mergeRow(layout, sum, row);
    rest += run.sumSquares(sum.merged, found[i] * sum.uses[0].op.width);
  });
  const squares = stored.reduce((total, sum, i) => total + storeInput(layout, sum, row, slot, inputSquares, i), rest);
  const norm = Math.sqrt(squares);
  if (!Number.isFinite(norm)) {
    for (const sum of stored) forget(layout, sum, slot);
    return norm;
  }
  const wanted = clipScale(norm, l2ClipNorm * (1 - clipMargin), gamma);
  const scale = storeClipped(layout, stored, inputSquares, row, slot, rest, wanted, l2ClipNorm);
  for (const sum of written) run.addScaled(sum.sums, sum.row, sum.size, scale);
  gathered.forEach((sum, i) => {
    run.addRowsAt(sum.sums, sum.unique, sum.merged, found[i], sum.uses[0].op.width, scale);
  });
  return norm;
}

/** Stores what a rank-one layer read of a row, and returns the squared norm of its gradient: (‖a‖² + bias) · ‖g‖². */
function storeInput(
  layout: Layout,
  { uses, inputs }: RankOneSum,
  row: number,
  slot: number,
  inputSquares: Float64Array,
  i: number,
): number {
  const { run } = layout.kernels;
  const [{ op, sources, gradient }] = uses;
  const from = sources[0] + 4 * row * op.inputs;
  inputSquares[i] = run.storeRow(inputs + 4 * slot * op.inputs, from, op.inputs) + (op.hasBias ? 1 : 0);
  return inputSquares[i] * run.sumSquares(gradient + 4 * row * op.units, op.units);
}

/** A row that is not finite leaves zeros in every layer: products of what is stored are formed later. */
function forget(layout: Layout, { uses, inputs, gradients }: RankOneSum, slot: number): void {
  const [{ op }] = uses;
  layout.kernels.run.clear(inputs + 4 * slot * op.inputs, 4 * op.inputs);
  layout.kernels.run.clear(gradients + 4 * slot * op.units, 4 * op.units);
}

/** Stores scale · g in f32 and returns the scale, halved until the norm of what is *stored* is at most C. */
function storeClipped(
  layout: Layout,
  stored: readonly RankOneSum[],
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
    stored.forEach(({ uses, gradients }, i) => {
      const [{ op, gradient }] = uses;
      const to = gradients + 4 * slot * op.units;
      total += inputSquares[i] * run.storeScaled(to, gradient + 4 * row * op.units, op.units, scale);
    });
    if (!(total <= limit || scale === 0)) continue;
    for (const { uses, gradients, sums, sizes } of stored) {
      const [{ op }] = uses;
      if (op.hasBias) run.addScaled(sums + 8 * (sizes[0] ?? 0), gradients + 4 * slot * op.units, op.units, 1);
    }
    return scale;
  }
}

/** Integer multiples of the grid per weight, by its place in the plan, once every row of the batch was added. */
export function finishSums(
  layout: Layout,
  runs: readonly (readonly number[])[],
  gridExponent: number,
): Map<number, Float64Array> {
  const { run } = layout.kernels;
  const scale = 2 ** -gridExponent;
  const result = new Map<number, Float64Array>();
  for (const sum of layout.sums) {
    const { sums, size, sizes, weights } = sum;
    if (sum.method === "rank-one") {
      const [kernel] = sizes;
      addRuns(layout, sum, runs, scale);
      run.roundSums(sums + 8 * kernel, size - kernel, scale);
    } else run.roundSums(sums, size, scale);
    const doubles = new Float64Array(layout.kernels.floats().buffer, sums, size);
    let from = 0;
    weights.forEach((weight, k) => {
      result.set(weight, doubles.slice(from, from + sizes[k]));
      from += sizes[k];
    });
  }
  return result;
}

/** Each run's aᵀ·h, rounded to the grid and added as integers. */
function addRuns(layout: Layout, sum: RankOneSum, runs: readonly (readonly number[])[], scale: number): void {
  const { run } = layout.kernels;
  const { inputs, gradients, sums } = sum;
  const [{ op }] = sum.uses;
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
