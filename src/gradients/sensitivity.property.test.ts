import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "./backend.fixture.ts";
import type { Use } from "./layer-tap.ts";
import type { LayerRule } from "./layer-rule.ts";
import type { LayerView, WeightView } from "./layer-view.ts";
import { type Rows, distance, makeRows, schemes } from "./hard-rows.fixture.ts";
import { testNumbers } from "./models.fixture.ts";
import { chooseGridExponent, maxRunRows, priceRounding } from "./rounding.ts";
import { startRowSum } from "./row-sum.ts";

/** The integers of the sum of some of the rows, each in its run. Rows that are left out leave no trace. */
function sumOf(
  rows: Rows,
  runOf: readonly number[],
  kept: readonly number[],
  clip: number,
  method: LayerRule["method"],
) {
  const weights = [
    { id: 1, name: "kernel", shape: [rows.inputs, rows.units] },
    { id: 2, name: "bias", shape: [rows.units] },
  ] as unknown as WeightView[];
  const layer = { name: "dense", weights, getClassName: () => "Dense" } as unknown as LayerView;
  const runs: number[][] = Array.from({ length: Math.max(...runOf) + 1 }, () => []);
  kept.forEach((row, at) => runs[runOf[row]].push(at));
  const sum = startRowSum([{ layer: null, l2ClipNorm: clip, gamma: 0, rules: [{ layer, method, weights }] }], runs);
  const use: Use = {
    layer,
    input: Float32Array.from(kept.flatMap((row) => [...rows.a[row]])),
    rule: { kind: "product", firstColumn: 0 },
    weights: [0, 1],
    repeats: 1,
    inputShape: [rows.inputs],
    outputShape: [rows.units],
    gradient: Float32Array.from(kept.flatMap((row) => [...rows.g[row]])),
  };
  sum.addRows([use], Int32Array.from(kept.keys()));
  const gridExponent = chooseGridExponent(clip, rows.inputs * rows.units + rows.units);
  const totals = sum.finish(gridExponent);
  return [...totals.values()].flatMap((values) => Array.from(values, (value) => value * 2 ** gridExponent));
}

describe("the priced sensitivity", () => {
  beforeAll(() => useBackend("wasm"));

  const cases = fc.record({
    scheme: fc.constantFrom(...schemes),
    // below, at and above the rows that a run adds in f32
    count: fc.constantFrom(2, 5, 40, maxRunRows, maxRunRows + 1, maxRunRows + 30),
    runs: fc.integer({ min: 1, max: 3 }),
    method: fc.constantFrom<LayerRule["method"]>("rank-one", "materialized"),
    clip: fc.constantFrom(1e-6, 0.1, 1, 1000),
    seed: fc.nat(),
  });

  it("D8 bounds how far the sum moves when one row goes, its neighbors keeping their runs", () => {
    const check = fc.property(cases, ({ scheme, count, runs, method, clip, seed }) => {
      const rows = makeRows(scheme, count, 9, 7, seed);
      const next = testNumbers(seed + 1);
      const runOf = Array.from({ length: count }, () => Math.floor(runs * next()));
      const all = Array.from({ length: count }, (_, row) => row);
      const gone = Math.floor(count * next());
      const dimension = 9 * 7 + 7;
      const sensitivity = clip + priceRounding(clip, dimension, chooseGridExponent(clip, dimension)).total;
      const whole = sumOf(rows, runOf, all, clip, method);
      const without = sumOf(
        rows,
        runOf,
        all.filter((row) => row !== gone),
        clip,
        method,
      );
      expect(distance(whole, without)).toBeLessThanOrEqual(sensitivity);
      // zeroed rather than removed: the row stays, its gradient is zero
      const zeroed = { ...rows, g: rows.g.map((g, row) => (row === gone ? new Float32Array(7) : g)) };
      expect(distance(whole, sumOf(zeroed, runOf, all, clip, method))).toBeLessThanOrEqual(sensitivity);
      // replaced: another row in its place and run
      const other = { ...rows, g: rows.g.map((g, row) => (row === gone ? g.map((v) => -3 * v) : g)) };
      expect(distance(whole, sumOf(other, runOf, all, clip, method))).toBeLessThanOrEqual(2 * sensitivity);
    });
    fc.assert(check, { seed: 20, numRuns: 1000 });
  });

  it("is needed: there are rows that move the f32 sum by more than C and the grid, and f64 sums by no more", () => {
    // 64 rows of ones fill the sum to 64, where 32 further rows of just over half an ulp are rounded up to a whole one;
    // with one row of ones less the sum is 63, has twice as fine an ulp, and takes them nearly as they are
    const [ones, dust] = [1, 2 ** -18 * (1 + 2 ** -10)];
    const g = Array.from({ length: maxRunRows }, (_, row) => new Float32Array(7).fill(row < 64 ? ones : dust));
    const rows: Rows = { inputs: 9, units: 7, a: g.map(() => new Float32Array(9).fill(1)), g };
    const runOf = g.map(() => 0);
    const all = runOf.map((_, row) => row);
    const clip = Math.sqrt(70) * (1 + 2 ** -19);
    const price = priceRounding(clip, 70, chooseGridExponent(clip, 70));
    const move = (method: LayerRule["method"]): number =>
      distance(sumOf(rows, runOf, all, clip, method), sumOf(rows, runOf, all.slice(1), clip, method));
    expect(move("rank-one")).toBeGreaterThan(clip + price.grid);
    expect(move("rank-one")).toBeLessThanOrEqual(clip + price.total);
    expect(move("materialized")).toBeLessThanOrEqual(clip + price.grid);
  });

  it.each(["rank-one", "materialized"] as const)(
    "T17 D6 holds one %s row to norm C before it is rounded to the grid",
    (method) => {
      const check = fc.property(
        fc.constantFrom(...schemes),
        fc.nat(),
        fc.constantFrom(1e-6, 1, 1000),
        (scheme, seed, clip) => {
          const rows = makeRows(scheme, 1, 9, 7, seed);
          const norm = Math.hypot(...sumOf(rows, [0], [0], clip, method));
          expect(norm).toBeLessThanOrEqual(clip * (1 + 2 ** -14));
        },
      );
      fc.assert(check, { seed: 21, numRuns: 200 });
    },
  );

  it("charges at least what one grid and one run of f32 can cost, and less than 0.2 %", () => {
    const price = priceRounding(1, 1e6, chooseGridExponent(1, 1e6));
    expect(price.grid).toBeGreaterThan(2 ** -15);
    expect(price.grid).toBeLessThanOrEqual(2 ** -14 * (1 + 1e-9));
    expect(price.summation).toBeGreaterThan(2 * 96 * 96 * 2 ** -24);
    expect(price.relative).toBeLessThan(0.002);
  });
});
