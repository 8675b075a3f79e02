import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openKernels } from "../kernels/index.ts";
import { type Rows, distance, makeRows, schemes } from "./hard-rows.fixture.ts";
import { testNumbers } from "./models.fixture.ts";
import { chooseGridExponent, maxRunRows, priceRounding } from "./rounding.ts";
import { edgesOf, findTrained, groupByWeights } from "./wasm-graph.ts";
import { type Layout, countShards, layOut } from "./wasm-memory.ts";
import type { DenseOp } from "./wasm-op.ts";
import type { WasmPlan } from "./wasm-plan.ts";
import { addRows, clearShard, finishTask, finishTasks, viewSums } from "./wasm-row-sum.ts";

/** A layer below the size at which rows are summed as a product, and one above. */
const shapes = [
  [9, 7],
  [37, 29],
] as const;

/** The integers of the sum of some of the rows, each in its run, in the gradient's units. */
function sumOf(rows: Rows, runOf: readonly number[], kept: readonly number[], clip: number): number[] {
  const { inputs, units } = rows;
  const op: DenseOp = {
    kind: "dense",
    layer: "dense",
    layerClass: "Dense",
    from: [-1],
    weights: [0, 1],
    inputSize: inputs,
    outputSize: units,
    activation: "linear",
    positions: 1,
    inputs,
    units,
    hasBias: true,
    isTrained: true,
  };
  const runs: number[][] = Array.from({ length: Math.max(...runOf) + 1 }, () => []);
  kept.forEach((row, at) => runs[runOf[row]].push(at));
  const ops = [op];
  const plan: WasmPlan = {
    ops,
    edges: edgesOf(ops, [0]),
    isReached: findTrained(ops),
    groups: groupByWeights(ops),
    inputs: [{ size: inputs, vocabulary: null }],
    outputs: [{ op: 0, shape: [units], endsInSoftmax: false }],
    isGrouped: false,
    variables: [],
    weights: [],
  };
  const shape = { rows: kept.length, chunkRows: kept.length, runs: runs.length };
  const [layout] = layOut(openKernels(), plan, shape);
  const floats = layout.kernels.floats();
  kept.forEach((row, at) => {
    floats.set(rows.a[row], layout.inputs[0] / 4 + at * inputs);
    floats.set(rows.g[row], layout.ops[0].gradient / 4 + at * units);
  });
  const slots = new Int32Array(kept.length);
  runs.flat().forEach((at, slot) => (slots[at] = slot));
  // as an engine cuts it: rows that come after the one that goes change their shard
  const shards = countShards(plan, kept.length);
  const size = Math.ceil(kept.length / shards);
  const facts = { norms: new Float64Array(kept.length), isClipped: new Int32Array(kept.length) };
  const parts = [{ layer: null, l2ClipNorm: clip, gamma: 0 }];
  for (let shard = 0; shard < shards; shard++) {
    clearShard(layout, shard);
    const first = Math.min(kept.length, shard * size);
    const count = Math.min(kept.length, first + size) - first;
    const moved = {
      ...layout,
      ops: layout.ops.map((at) => ({ ...at, gradient: at.gradient + 4 * first * units })),
      sums: layout.sums.map((sum) => ({
        ...sum,
        uses: sum.uses.map((use) => ({
          ...use,
          gradient: use.gradient + 4 * first * units,
          sources: [use.sources[0] + 4 * first * inputs],
        })),
      })),
    } as Layout;
    addRows(moved, facts, { slots }, first, count, parts, shard);
  }
  const gridExponent = chooseGridExponent(clip, inputs * units + units);
  const lengths = Int32Array.from(runs, (run) => run.length);
  new Int32Array(floats.buffer).set(lengths, layout.batch.runLengths / 4);
  const [finish, packed] = [{ runs: runs.length, shards, scale: 2 ** -gridExponent }, { sum: undefined }];
  for (const task of finishTasks(layout.sums)) finishTask(layout, task, finish, packed);
  const totals = viewSums(layout);
  return [...totals.values()].flatMap((values) => Array.from(values, (value) => value * 2 ** gridExponent));
}

const price = (clip: number, dimension: number) => priceRounding(clip, dimension, chooseGridExponent(clip, dimension));

describe("the priced sensitivity, of sums by the kernels", () => {
  const cases = fc.record({
    shape: fc.constantFrom(...shapes),
    scheme: fc.constantFrom(...schemes),
    // below, at and above the rows that a run adds in f32
    count: fc.constantFrom(2, 5, 40, maxRunRows, maxRunRows + 1, maxRunRows + 30),
    runs: fc.integer({ min: 1, max: 3 }),
    clip: fc.constantFrom(1e-6, 0.1, 1, 1000),
    seed: fc.nat(),
  });

  it("D8 bounds how far the sum moves when one row goes, is zeroed or replaced", () => {
    const check = fc.property(cases, ({ shape: [inputs, units], scheme, count, runs, clip, seed }) => {
      const rows = makeRows(scheme, count, inputs, units, seed);
      const next = testNumbers(seed + 1);
      const runOf = Array.from({ length: count }, () => Math.floor(runs * next()));
      const all = Array.from({ length: count }, (_, row) => row);
      const gone = Math.floor(count * next());
      const sensitivity = clip + price(clip, inputs * units + units).total;
      const whole = sumOf(rows, runOf, all, clip);
      const rest = all.filter((row) => row !== gone);
      expect(distance(whole, sumOf(rows, runOf, rest, clip))).toBeLessThanOrEqual(sensitivity);
      const change = (factor: number): Rows => ({
        ...rows,
        g: rows.g.map((g, row) => (row === gone ? g.map((v) => factor * v) : g)),
      });
      expect(distance(whole, sumOf(change(0), runOf, all, clip))).toBeLessThanOrEqual(sensitivity);
      expect(distance(whole, sumOf(change(-3), runOf, all, clip))).toBeLessThanOrEqual(2 * sensitivity);
    });
    fc.assert(check, { seed: 70, numRuns: 300 });
  });

  it("is needed: 64 ones and 32 addends above half an ulp move the sum of a run by more than C and the grid", () => {
    const [inputs, units] = shapes[1];
    const dust = 2 ** -18 * (1 + 2 ** -10);
    const g = Array.from({ length: maxRunRows }, (_, row) => new Float32Array(units).fill(row < 64 ? 1 : dust));
    const rows: Rows = { inputs, units, a: g.map(() => new Float32Array(inputs).fill(1)), g };
    const runOf = g.map(() => 0);
    const all = runOf.map((_, row) => row);
    const dimension = inputs * units + units;
    const clip = Math.sqrt(dimension) * (1 + 2 ** -19);
    const { grid, total } = price(clip, dimension);
    const moved = distance(sumOf(rows, runOf, all, clip), sumOf(rows, runOf, all.slice(1), clip));
    expect(moved).toBeGreaterThan(clip + grid);
    expect(moved).toBeLessThanOrEqual(clip + total);
  });

  it.each(shapes)(
    "D6 holds one row of a layer [%i, %i] to norm C before it is rounded to the grid",
    (inputs, units) => {
      const check = fc.property(
        fc.constantFrom(...schemes),
        fc.nat(),
        fc.constantFrom(1e-6, 1, 1000),
        (scheme, seed, clip) => {
          const norm = Math.hypot(...sumOf(makeRows(scheme, 1, inputs, units, seed), [0], [0], clip));
          expect(norm).toBeLessThanOrEqual(clip * (1 + 2 ** -14));
        },
      );
      fc.assert(check, { seed: 71, numRuns: 100 });
    },
  );
});
