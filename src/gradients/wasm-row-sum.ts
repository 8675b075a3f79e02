import { type ClipPart, clipScale } from "./clip.ts";
import { clipMargin, maxRunRows, normMargin } from "./rounding.ts";
import type { GatheredSum, Layout, MaterializedSum, RankOneSum, SumMemory } from "./wasm-memory.ts";
import { formRow, mergeRow } from "./wasm-row-gradient.ts";
import { taskInputs } from "./wasm-sizes.ts";

/** Facts about the rows of a batch that the sum leaves behind. */
export interface RowFacts {
  readonly norms: Float64Array;
  /** 1 where a row was scaled down. */
  readonly isClipped: Int32Array;
}

/** Where the rows of a batch's units lie. */
export interface UnitPlaces {
  /** Where each unit is stored: the units of a run lie together. */
  readonly slots: Int32Array;
  /** The first row of every group, and the end; undefined where every row is a unit. */
  readonly starts?: Int32Array | undefined;
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

/** Zeros in what a shard adds up, and in every slot of a table. */
export function clearShard(layout: Layout, shard: number): void {
  const { run } = layout.kernels;
  for (const sum of layout.sums) {
    run.clear(shardOf(sum, shard), 8 * sum.sharded);
    if (sum.method === "gathered") run.clear(sum.slots, 4 * sum.uses[0].op.vocabulary);
  }
}

const shardOf = (sum: SumMemory, shard: number): number => sum.shards + 8 * shard * sum.shardStride;

/**
 * Clips the units of one pass (rows, or groups of them) and stores or adds what their sum needs, by the scheme of
 * docs/numerics-summation.md: large Dense layers are `rank-one`, all else is written out, tables as the rows of them that
 * were read, and the gradient of a group as the mean of its rows'.
 *
 * @param firstUnit - the place in the batch of the first of `units` units.
 * @param parts - layers that are clipped together; every layer is in one.
 * @param shard - what the units are added to; all of a shard's units come in order.
 */
export function addRows(
  layout: Layout,
  facts: RowFacts,
  { slots, starts }: UnitPlaces,
  firstUnit: number,
  units: number,
  parts: readonly ClipPart[],
  shard = 0,
): void {
  const methods = parts.map((part) => ({ part, shard, ...byMethod(layout, part) }));
  const rowOf = (unit: number): number => starts?.[unit] ?? unit;
  for (let unit = 0; unit < units; unit++) {
    const at = firstUnit + unit;
    const place = { row: rowOf(at) - rowOf(firstUnit), count: rowOf(at + 1) - rowOf(at), slot: slots[at] };
    let squares = 0;
    for (const method of methods) {
      const norm = addUnit(layout, method, place);
      squares += norm * norm;
      if (Number.isFinite(norm) && norm > method.part.l2ClipNorm * (1 - clipMargin)) facts.isClipped[at] = 1;
    }
    facts.norms[at] = Math.sqrt(squares);
  }
}

/** A unit in a pass: its first row and how many it has, and where it is stored. */
interface Place {
  readonly row: number;
  readonly count: number;
  readonly slot: number;
}

/** Clips and adds one unit's gradient of one part, and returns its norm before. */
function addUnit(
  layout: Layout,
  methods: Methods & { part: ClipPart; shard: number },
  { row, count, slot }: Place,
): number {
  const { run } = layout.kernels;
  const { stored, written, gathered, inputSquares, found } = methods;
  const { shard } = methods;
  const { l2ClipNorm, gamma } = methods.part;
  let rest = 0;
  for (const sum of written) rest += formRow(layout, sum, row, count);
  gathered.forEach((sum, i) => {
    found[i] = mergeRow(layout, sum, row, count);
    rest += run.sumSquares(sum.merged, found[i] * sum.uses[0].op.width);
  });
  // what was written is the sum over the unit's rows
  rest /= count * count;
  const squares = stored.reduce((total, sum, i) => total + storeInput(layout, sum, row, slot, inputSquares, i), rest);
  const norm = Math.sqrt(squares);
  if (!Number.isFinite(norm)) {
    for (const sum of stored) forget(layout, sum, slot);
    return norm;
  }
  const wanted = clipScale(norm, l2ClipNorm * (1 - clipMargin), gamma);
  const scale = storeClipped(layout, stored, inputSquares, row, slot, rest, wanted, l2ClipNorm, shard);
  for (const sum of written) run.addScaled(shardOf(sum, shard), sum.row, sum.size, scale / count);
  gathered.forEach((sum, i) => {
    run.addRowsAt(shardOf(sum, shard), sum.unique, sum.merged, found[i], sum.uses[0].op.width, scale / count);
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
  shard: number,
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
    for (const sum of stored) {
      const [{ op }] = sum.uses;
      if (op.hasBias) run.addScaled(shardOf(sum, shard), sum.gradients + 4 * slot * op.units, op.units, 1);
    }
    return scale;
  }
}

/** A part of finishing a sum that no other part shares a number with: entries, or inputs of a rank-one kernel. */
export interface FinishTask {
  readonly sum: number;
  readonly kind: "fold" | "product";
  readonly from: number;
  readonly to: number;
}

const foldSize = 2 ** 14;

/** How the sums of a batch are finished: tasks in any order, on any thread. */
export function finishTasks(sums: readonly SumMemory[]): FinishTask[] {
  return sums.flatMap((sum, i): FinishTask[] => {
    const cut = (kind: FinishTask["kind"], size: number, step: number): FinishTask[] =>
      Array.from({ length: Math.ceil(size / step) }, (_, k) => {
        return { sum: i, kind, from: k * step, to: Math.min(size, (k + 1) * step) };
      });
    const folds = cut("fold", sum.sharded, foldSize);
    if (sum.method !== "rank-one") return folds;
    const { inputs } = sum.uses[0].op;
    return [...cut("product", inputs, taskInputs(inputs)), ...folds];
  });
}

/** What finishing a batch depends on: runs, shards, and 1 / grid. */
export interface Finish {
  readonly runs: number;
  readonly shards: number;
  readonly scale: number;
}

/** Integer multiples of the grid for the entries of a task, once every row of the batch was added to its shard. */
export function finishTask(layout: Layout, task: FinishTask, finish: Finish, packed: PackedSum): void {
  const { run } = layout.kernels;
  switch (task.kind) {
    case "fold": {
      const { from, to } = task;
      const sum = layout.sums[task.sum];
      const first = sum.sums + 8 * (sum.size - sum.sharded + from);
      run.foldSums(first, sum.shards + 8 * from, to - from, finish.shards, sum.shardStride, finish.scale);
      break;
    }
    case "product":
      addRuns(layout, task, finish, packed);
      break;
  }
}

/** What one thread packed last while it finishes a batch: the gradients of a sum serve all of its tasks. */
export interface PackedSum {
  sum: number | undefined;
}

/** Each run's aᵀ·h for some of the inputs, rounded to the grid and added as integers. */
function addRuns(
  layout: Layout,
  { sum: number, from, to }: FinishTask,
  { runs, scale }: Finish,
  packed: PackedSum,
): void {
  const { run } = layout.kernels;
  const { runInputs: a, runGradients: h, tile } = layout;
  const { runLengths } = layout.batch;
  const sum = layout.sums[number] as RankOneSum;
  const { inputs, units } = sum.uses[0].op;
  if (packed.sum !== number) run.packRuns(h, sum.gradients, runLengths, runs, units);
  packed.sum = number;
  run.packLeftRuns(a, sum.inputs + 4 * from, runLengths, runs, to - from, inputs);
  const sums = sum.sums + 8 * from * units;
  run.addRuns(sums, a, h, runLengths, runs, maxRunRows, to - from, units, scale, tile);
}

/** The finished sums per weight, by its place in the plan, where they lie. */
export function viewSums(layout: Layout): Map<number, Float64Array> {
  const result = new Map<number, Float64Array>();
  for (const { sums, size, sizes, weights } of layout.sums) {
    const doubles = new Float64Array(layout.kernels.floats().buffer, sums, size);
    let from = 0;
    weights.forEach((weight, k) => {
      result.set(weight, doubles.subarray(from, from + sizes[k]));
      from += sizes[k];
    });
  }
  return result;
}
