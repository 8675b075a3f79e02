import { panelColumns, panelInputs, tileFloats } from "../kernels/index.ts";
import { type ClipPart, clipScale } from "./clip.ts";
import type { Use } from "./layer-tap.ts";
import type { LayerRule } from "./layer-rule.ts";
import { sizeOf } from "./layer-view.ts";
import { clipMargin, maxRunRows, normMargin } from "./rounding.ts";
import { type RowArena, openArena } from "./row-arena.ts";
import { type RowRoom, type TableRoom, addRowGradient, mergeTableRows, takeRoom } from "./row-gradient.ts";

export interface RowSum {
  /**
   * Clips the units of one pass (rows, or with `groupSizes` the means of so many rows each) and keeps what their sum
   * needs. `units[i]` is the number in the batch of the pass's i-th; −1 where the place is empty.
   */
  addRows(uses: readonly Use[], units: ArrayLike<number>, groupSizes?: Uint32Array): void;
  /** Integer multiples of the grid per weight id, once every unit was added; once. */
  finish(gridExponent: number): Map<number, Float64Array>;
  /** Norms before clipping, shape [batch]. */
  readonly norms: Float64Array;
  readonly isClipped: Uint8Array;
}

/** A rank-one layer's part of a sum: what its rows read and their clipped gradients as they are stored, a run together. */
interface RankOne {
  readonly rule: LayerRule;
  readonly inputs: number;
  readonly units: number;
  /** `[batch, inputs]`; subnormals are zero. */
  readonly a: number;
  /** `[batch, units]`; zero for rows that were not finite. */
  readonly g: number;
  /** The current row's gradient before clipping, and ‖a‖², 1 more for the bias. */
  readonly current: number;
  inputSquares: number;
  /** Sums in f64; undefined where there is none. */
  readonly bias: number | undefined;
}

interface Materialized {
  readonly rule: LayerRule;
  /** The current row's gradient, f32, and the sums, f64: the weights one after the other. */
  readonly row: number;
  readonly sums: number;
  readonly size: number;
  readonly places: readonly number[];
  /** Where the layer only looks rows of a table up: the rows that the current unit has a gradient for. */
  table: TableRoom | undefined;
  found: number;
}

/** Layers that are clipped together. */
export interface RulePart extends ClipPart {
  readonly rules: readonly LayerRule[];
}

interface Part extends RulePart {
  readonly rankOnes: readonly RankOne[];
  readonly materialized: readonly Materialized[];
}

/** What the parts of one sum share. */
interface Bench {
  readonly arena: RowArena;
  /** Where each unit's rank-one factors are stored: those of a run lie together, in the order of the batch. */
  readonly slots: Int32Array;
}

/**
 * Starts the sum of a logical batch, whose units (rows or groups of them) are those of the runs; every rule is in one of
 * the parts. Sums that are under way are ended by it: they share one memory.
 */
export function startRowSum(parts: readonly RulePart[], runs: readonly (readonly number[])[]): RowSum {
  const order = runs.flat();
  const slots = new Int32Array(order.length);
  order.forEach((unit, slot) => (slots[unit] = slot));
  const bench = { arena: openArena(), slots };
  const own = parts.map((part) => startPart(bench, part));
  const norms = new Float64Array(order.length);
  const isClipped = new Uint8Array(order.length);
  const addEach = (pass: readonly PartPass[], room: RowRoom, first: number, count: number, unit: number): void => {
    let squares = 0;
    for (const each of pass) {
      const norm = addUnit(bench, room, each, first, count, unit);
      squares += norm * norm;
      if (Number.isFinite(norm) && norm > each.part.l2ClipNorm * (1 - clipMargin)) isClipped[unit] = 1;
    }
    norms[unit] = Math.sqrt(squares);
  };
  return {
    norms,
    isClipped,
    addRows(uses, units, groupSizes) {
      bench.arena.within(() => {
        const largestGroup = groupSizes?.reduce((most, count) => Math.max(most, count), 1) ?? 1;
        const pass = own.map((part) => openPass(bench.arena, part, uses, largestGroup));
        const room = takeRoom(bench.arena, uses);
        for (let i = 0, first = 0; i < units.length; i++) {
          const count = groupSizes?.[i] ?? 1;
          if (units[i] >= 0) addEach(pass, room, first, count, units[i]);
          first += count;
        }
      });
    },
    finish: (gridExponent) => new Map(own.flatMap((part) => [...finishPart(bench, part, runs, gridExponent)])),
  };
}

function startPart({ arena, slots }: Bench, part: RulePart): Part {
  const { rules } = part;
  return {
    ...part,
    rankOnes: rules.filter((rule) => rule.method === "rank-one").map((rule) => startRankOne(arena, rule, slots.length)),
    materialized: rules.filter((rule) => rule.method !== "rank-one").map((rule) => startMaterialized(arena, rule)),
  };
}

function startRankOne(arena: RowArena, rule: LayerRule, batchRows: number): RankOne {
  const [inputs, units] = (rule.weights[0]?.shape ?? []).map(Number);
  return {
    rule,
    inputs,
    units,
    a: arena.take(batchRows * inputs),
    g: arena.take(batchRows * units),
    current: arena.take(units),
    inputSquares: 0,
    bias: rule.weights.length > 1 ? takeZeros(arena, 2 * units) : undefined,
  };
}

function startMaterialized(arena: RowArena, rule: LayerRule): Materialized {
  const sizes = rule.weights.map(sizeOf);
  const size = sizes.reduce((a, b) => a + b, 0);
  const row = arena.take(rule.method === "gathered" ? 0 : size);
  let at = row;
  const places = sizes.map((own) => (at += 4 * own) - 4 * own);
  const vocabulary = Number(rule.weights[0]?.shape[0]);
  const table = rule.method === "gathered" ? { slots: takeZeros(arena, vocabulary), unique: 0, merged: 0 } : undefined;
  return { rule, row, sums: takeZeros(arena, 2 * size), size, places, table, found: 0 };
}

function takeZeros(arena: RowArena, count: number): number {
  const at = arena.take(count);
  arena.run.clear(at, 4 * count);
  return at;
}

/** One pass of a part: the uses of each of its rules. */
interface PartPass {
  readonly part: Part;
  readonly rankOnes: readonly (readonly [RankOne, Use])[];
  readonly materialized: readonly (readonly [Materialized, readonly Use[]])[];
}

function openPass(arena: RowArena, part: Part, uses: readonly Use[], largestGroup: number): PartPass {
  const usesOf = (rule: LayerRule): Use[] => uses.filter((use) => use.layer === rule.layer);
  for (const layer of part.materialized) {
    if (layer.table === undefined) continue;
    const width = Number(layer.rule.weights[0]?.shape[1]);
    const most = usesOf(layer.rule).reduce((sum, use) => sum + use.repeats * floatsOf(use), 0) / width;
    layer.table = {
      slots: layer.table.slots,
      unique: arena.take(most * largestGroup),
      merged: arena.take(most * largestGroup * width),
    };
  }
  return {
    part,
    rankOnes: part.rankOnes.map((layer) => [layer, usesOf(layer.rule)[0]] as const),
    materialized: part.materialized.map((layer) => [layer, usesOf(layer.rule)] as const),
  };
}

const floatsOf = ({ outputShape }: Use): number => outputShape.reduce((a, b) => a * b, 1);

/** Clips and adds one unit's gradient of one part, of `count` rows from row `first` of the pass on; returns its norm before. */
function addUnit(bench: Bench, room: RowRoom, pass: PartPass, first: number, count: number, unit: number): number {
  const { arena, slots } = bench;
  const { rankOnes, materialized, part } = pass;
  const slot = slots[unit];
  let rest = 0;
  for (const [layer, uses] of materialized) rest += fillRow(arena, room, layer, uses, first, count);
  // what was written is the sum over the unit's rows
  rest /= count * count;
  const norm = Math.sqrt(
    rankOnes.reduce((sum, [layer, use]) => sum + storeInput(arena, room, layer, use, first, slot), rest),
  );
  if (!Number.isFinite(norm)) {
    for (const [layer] of rankOnes) forget(arena, layer, slot);
    return norm;
  }
  const wanted = clipScale(norm, part.l2ClipNorm * (1 - clipMargin), part.gamma);
  const scale = storeClipped(arena, part.rankOnes, slot, rest, wanted, part.l2ClipNorm);
  for (const [layer] of materialized) addScaled(arena, layer, scale / count);
  return norm;
}

/** Writes the gradient of `count` rows out, added up, and returns its squared norm. */
function fillRow(
  arena: RowArena,
  room: RowRoom,
  layer: Materialized,
  uses: readonly Use[],
  first: number,
  count: number,
): number {
  const { run } = arena;
  const { table } = layer;
  if (table === undefined) {
    run.clear(layer.row, 4 * layer.size);
    for (let row = first; row < first + count; row++) {
      for (const use of uses) addRowGradient(arena, room, use, row, layer.places);
    }
    return run.sumSquares(layer.row, layer.size);
  }
  layer.found = 0;
  for (let row = first; row < first + count; row++) {
    for (const use of uses) layer.found = mergeTableRows(arena, room, table, use, row, layer.found);
  }
  run.clearSlots(table.slots, table.unique, layer.found);
  return run.sumSquares(table.merged, layer.found * Number(layer.rule.weights[0]?.shape[1]));
}

function addScaled({ run }: RowArena, { table, row, sums, size, found, rule }: Materialized, scale: number): void {
  if (table === undefined) run.addScaled(sums, row, size, scale);
  else run.addRowsAt(sums, table.unique, table.merged, found, Number(rule.weights[0]?.shape[1]), scale);
}

/** Stores what a row read, and returns the squared norm of its gradient: (‖a‖² + bias) · ‖g‖². */
function storeInput(arena: RowArena, room: RowRoom, layer: RankOne, use: Use, row: number, slot: number): number {
  const { inputs, units } = layer;
  arena.write(room.input, rowOf(use.input, row, inputs));
  arena.write(layer.current, rowOf(use.gradient as Float32Array, row, units));
  const bias = layer.bias === undefined ? 0 : 1;
  layer.inputSquares = arena.run.storeRow(layer.a + 4 * slot * inputs, room.input, inputs) + bias;
  return layer.inputSquares * arena.run.sumSquares(layer.current, units);
}

const rowOf = (values: ArrayLike<number>, row: number, length: number): ArrayLike<number> =>
  (values as Float32Array).subarray(row * length, (row + 1) * length);

/** A row that is not finite leaves zeros in every layer: products of what is stored are formed later. */
function forget({ run }: RowArena, { a, g, inputs, units }: RankOne, slot: number): void {
  run.clear(a + 4 * slot * inputs, 4 * inputs);
  run.clear(g + 4 * slot * units, 4 * units);
}

/**
 * Stores scale · g in f32 and returns the scale, lowered until the norm of what is *stored* is at most C: rounding to
 * f32 can round up, by more than an ulp of the norm where entries are near the smallest numbers.
 */
function storeClipped(
  { run }: RowArena,
  layers: readonly RankOne[],
  slot: number,
  rest: number,
  wantedScale: number,
  l2ClipNorm: number,
): number {
  const limit = (l2ClipNorm * (1 - normMargin)) ** 2;
  for (let scale = wantedScale; ; scale /= 2) {
    let total = scale * scale * rest;
    for (const { g, units, current, inputSquares } of layers) {
      total += inputSquares * run.storeScaled(g + 4 * slot * units, current, units, scale);
    }
    if (!(total <= limit || scale === 0)) continue;
    for (const { bias, g, units } of layers) {
      if (bias !== undefined) run.addScaled(bias, g + 4 * slot * units, units, 1);
    }
    return scale;
  }
}

function finishPart(
  { arena }: Bench,
  { rankOnes, materialized }: Part,
  runs: readonly (readonly number[])[],
  gridExponent: number,
): [number, Float64Array][] {
  const scale = 2 ** -gridExponent;
  const rounded = (sums: number, size: number): Float64Array => {
    arena.run.roundSums(sums, size, scale);
    return arena.doubles(sums, size).slice();
  };
  const written = materialized.flatMap(({ rule, sums, size }): [number, Float64Array][] => {
    const values = rounded(sums, size);
    let from = 0;
    return rule.weights.map((w) => [w.id, values.slice(from, (from += sizeOf(w)))]);
  });
  const stored = rankOnes.flatMap((layer): [number, Float64Array][] => {
    const [kernel, bias] = layer.rule.weights;
    const kernelSums: [number, Float64Array] = [kernel.id, sumRuns(arena, layer, runs, scale)];
    if (bias === undefined || layer.bias === undefined) return [kernelSums];
    return [kernelSums, [bias.id, rounded(layer.bias, layer.units)]];
  });
  return [...written, ...stored];
}

/** Each run's aᵀ(c∘g), rounded to the grid and added as integers: exact, in any order. */
function sumRuns(
  arena: RowArena,
  { inputs, units, a, g }: RankOne,
  runs: readonly (readonly number[])[],
  scale: number,
): Float64Array {
  const { run } = arena;
  return arena.within(() => {
    const rows = runs.reduce((sum, { length }) => sum + length, 0);
    const left = arena.take(rows * panelInputs * Math.ceil(inputs / panelInputs));
    const right = arena.take(rows * panelColumns * Math.ceil(units / panelColumns));
    const lengths = arena.take(runs.length);
    arena.integers(lengths, runs.length).set(runs.map(({ length }) => length));
    const tile = arena.take(tileFloats);
    const sums = arena.take(2 * inputs * units);
    run.packLeftRuns(left, a, lengths, runs.length, inputs, inputs);
    run.packRuns(right, g, lengths, runs.length, units);
    run.addRuns(sums, left, right, lengths, runs.length, maxRunRows, inputs, units, scale, tile);
    return arena.doubles(sums, inputs * units).slice();
  });
}
