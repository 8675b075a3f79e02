import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SpooledUpdate, foldRound } from "./fold.ts";
import { outgoingTensors } from "./manifest.ts";
import { ModelFile } from "./model-file.ts";
import type { Parameters } from "./parameters.ts";
import {
  type Strategy,
  coordinateMedian,
  fedAdagrad,
  fedAdam,
  fedAvg,
  fedAvgM,
  fedYogi,
  geometricMedian,
  krum,
  multiKrum,
  qFedAvg,
  trimmedMean,
} from "./strategy.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "sordino-fold-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

function spool(name: string, parameters: Parameters): string {
  const path = join(dir, name);
  writeFileSync(path, Buffer.concat(outgoingTensors(parameters).bytes));
  return path;
}

/** Folds updates into a model, by any strategy. */
async function fold(
  strategy: Strategy,
  before: Parameters,
  updates: readonly SpooledUpdate[],
  name = "out",
): Promise<ModelFile> {
  const model = await ModelFile.write(join(dir, `${name}-before`), outgoingTensors(before));
  const files = { path: join(dir, name), momentsBefore: null, momentsAfter: join(dir, `${name}-moments`) };
  return await foldRound({ rule: strategy.rule, model, updates, ...files, isDurable: false });
}

/** The exact value of a finite double as a fraction over 2^1100. */
function exact(x: number): bigint {
  let [mantissa, exponent] = [x, 0];
  while (!Number.isSafeInteger(mantissa) && exponent < 1100) {
    mantissa *= 2;
    exponent += 1;
  }
  return BigInt(mantissa) << BigInt(1100 - exponent);
}

/** Is y the float32 nearest to sum/total, or its neighbor where binary64 rounding may cross a tie? */
function isNearest(y: number, sum: bigint, total: bigint): boolean {
  const distance = (v: number): bigint => {
    const d = exact(v) * total - sum;
    return d < 0n ? -d : d;
  };
  const bits = new DataView(new ArrayBuffer(4));
  const neighbor = (step: number): number => {
    bits.setFloat32(0, y);
    bits.setInt32(0, bits.getInt32(0) + step);
    return bits.getFloat32(0);
  };
  // an excess of 2^-40 of the value covers the binary64 rounding of the sum
  const slack = distance(0) >> 40n;
  return [1, -1].every((s) => !Number.isFinite(neighbor(s)) || distance(y) <= distance(neighbor(s)) + slack);
}

const value = fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e6), max: Math.fround(1e6) });
const weight = fc.integer({ min: 1, max: 1000 });

/** Every strategy, with constants that five updates satisfy. */
const strategies: Strategy[] = [
  fedAvg(),
  fedAvgM(),
  fedAdam({ serverLearningRate: 0.1 }),
  fedYogi({ serverLearningRate: 0.1 }),
  fedAdagrad({ serverLearningRate: 0.1 }),
  qFedAvg({ q: 2, lipschitz: 10 }),
  coordinateMedian(),
  trimmedMean({ trimmedFraction: 0.2 }),
  krum({ byzantineSites: 1 }),
  multiKrum({ byzantineSites: 1, keptSites: 3 }),
  geometricMedian(),
];
const robust = strategies.slice(6);

const anyUpdate = fc.record({
  site: fc.string({ minLength: 1 }),
  weight,
  loss: fc.double({ min: 0, max: 100, noNaN: true }),
  v: fc.tuple(value, value),
  n: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
});
const fiveToNine = fc.uniqueArray(anyUpdate, { selector: (u) => u.site, minLength: 5, maxLength: 9 });
const mixed = (v: readonly number[], n: bigint): Parameters => [
  { name: "flag", dtype: "bool", shape: [1], data: [n > 0n ? 1 : 0] },
  { name: "w", dtype: "float32", shape: [2], data: [...v] },
  { name: "n", dtype: "int64", shape: [1], data: BigInt64Array.of(n) },
];

describe.each(strategies)("$rule.kind", (strategy) => {
  it("gives the same bytes in whatever order the updates arrived, and keeps every dtype", async () => {
    await fc.assert(
      fc.asyncProperty(fiveToNine, fc.infiniteStream(fc.nat()), async (all, shuffle) => {
        const files = all.map((u, i) => ({ ...u, path: spool(`u${i}`, mixed(u.v, u.n)) }));
        const keyed = files.map((u) => ({ u, key: shuffle.next().value ?? 0 })).sort((a, b) => a.key - b.key);
        const one = await fold(strategy, mixed([0, 0], 0n), files, "one");
        const other = await fold(
          strategy,
          mixed([0, 0], 0n),
          keyed.map(({ u }) => u),
          "other",
        );
        expect(await readFile(other.path)).toEqual(await readFile(one.path));
        expect(other.digest).toBe(one.digest);
        expect((await one.parameters()).map((p) => p.dtype)).toEqual(["bool", "float32", "int64"]);
      }),
      { numRuns: 15, seed: 1 },
    );
  });

  it("of updates that change nothing gives the model back, to the last bit: no norm is divided by", async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(value, value), async (v) => {
        const path = spool("same", mixed(v, 7n));
        const files = ["a", "b", "c", "d", "e"].map((site) => ({ site, path, weight: 3, loss: 0 }));
        const out = await fold(strategy, mixed(v, 7n), files);
        const [flag, w, n] = await out.parameters();
        expect(flag?.data).toEqual(Uint8Array.of(1));
        for (const [i, x] of v.entries()) expect(Number(w?.data[i])).toBeCloseTo(x, 30);
        expect(n?.data).toEqual(BigInt64Array.of(7n));
      }),
      { numRuns: 20, seed: 3 },
    );
  });
});

describe.each(robust)("$rule.kind", (strategy) => {
  it("with one liar among five stays within what the honest sent, whatever weight and integers the liar claims", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 4, maxLength: 4 }), value, async (honest, lie) => {
        const from = (site: string, v: number, n: bigint, weight: number): SpooledUpdate => {
          return { site, weight, path: spool(site, mixed([v, -v], n)) };
        };
        const files = honest.map((v, i) => from(`h${i}`, v, BigInt(i), 1));
        files.push(from("liar", lie * 1e6, 2n ** 60n, 2 ** 20));
        const [, w, n] = await (await fold(strategy, mixed([0, 0], 0n), files)).parameters();
        const [low, high] = [Math.min(...honest), Math.max(...honest)];
        // a liar may also tell the truth and be chosen; the smoothing of the geometric median moves it by some 1e-6
        const reach = Math.max(high - low, 0) * 2 + 1e-3 * Math.max(Math.abs(low), Math.abs(high)) + 1e-5;
        expect(Number(w?.data[0])).toBeGreaterThanOrEqual(low - reach);
        expect(Number(w?.data[0])).toBeLessThanOrEqual(high + reach);
        if (Math.abs(lie) > 10) expect(n?.data[0]).toBeLessThanOrEqual(4n);
      }),
      { numRuns: 40, seed: 4 },
    );
  });
});

describe("federated averaging", () => {
  it("is the weighted mean in exact rational arithmetic, rounded once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ weight, v: value }), { minLength: 1, maxLength: 6 }), async (all) => {
        const model = (v: number): Parameters => [{ dtype: "float32", shape: [1], data: [v] }];
        const files = all.map((u, i) => ({ site: `s${i}`, weight: u.weight, path: spool(`m${i}`, model(u.v)) }));
        const out = await fold(fedAvg(), model(0), files);
        const mean = Number((await out.parameters())[0]?.data[0]);
        const sum = all.reduce((s, u) => s + BigInt(u.weight) * exact(u.v), 0n);
        const total = BigInt(all.reduce((s, u) => s + u.weight, 0));
        expect(isNearest(mean, sum, total)).toBe(true);
      }),
      { numRuns: 100, seed: 2 },
    );
  });

  it("of equal updates is that update, to the last bit, also over span borders and odd offsets", async () => {
    const data = new Float32Array(600_000).map((_, i) => Math.sin(i) * 1e3);
    const model: Parameters = [
      { name: "flag", dtype: "bool", shape: [], data: [1] },
      { name: "w", dtype: "float32", shape: [6, 100_000], data },
      { name: "none", dtype: "float32", shape: [0], data: [] },
    ];
    const files = [1, 2, 4].map((w, i) => ({ site: `s${i}`, weight: w, path: spool(`e${i}`, model) }));
    const tensors = outgoingTensors(model);
    const out = await fold(fedAvg(), model, files);
    expect(out.manifest).toEqual(tensors.manifest);
    expect((await readFile(out.path)).equals(Buffer.concat(tensors.bytes))).toBe(true);
  });

  it("C-P34: takes the largest of integers and the or of booleans, and never changes a type", async () => {
    const model = (n: bigint, k: number, b: number): Parameters => [
      { name: "n", dtype: "int64", shape: [1], data: BigInt64Array.of(n) },
      { name: "k", dtype: "int32", shape: [1], data: [k] },
      { name: "b", dtype: "bool", shape: [2], data: [b, 0] },
    ];
    const all = [model(2n ** 60n + 1n, -7, 0), model(2n ** 60n, -9, 1)];
    const files = all.map((m, i) => ({ site: `s${i}`, weight: 3, path: spool(`i${i}`, m) }));
    const [n, k, b] = await (await fold(fedAvg(), model(0n, 0, 0), files)).parameters();
    expect([n?.data, k?.data, b?.data]).toEqual([
      BigInt64Array.of(2n ** 60n + 1n),
      Int32Array.of(-7),
      Uint8Array.of(1, 0),
    ]);
  });

  it("C-P34: averages a float32 beside an int64 counter: 1.25 and 14", async () => {
    const model = (w: number, n: bigint): Parameters => [
      { name: "w", dtype: "float32", shape: [1], data: [w] },
      { name: "n", dtype: "int64", shape: [1], data: BigInt64Array.of(n) },
    ];
    const files = [
      { site: "a", weight: 1, path: spool("p34a", model(0.5, 10n)) },
      { site: "b", weight: 3, path: spool("p34b", model(1.5, 14n)) },
    ];
    const [w, n] = await (await fold(fedAvg(), model(0, 0n), files)).parameters();
    expect([w?.data, n?.data]).toEqual([Float32Array.of(1.25), BigInt64Array.of(14n)]);
  });
});

describe("a fold", () => {
  const one = (v: number): Parameters => [{ dtype: "float32", shape: [1], data: [v] }];

  it("holds no more files open than it may: 1,500 sites", async () => {
    const files = Array.from({ length: 1_500 }, (_, i) => {
      return { site: `s${i}`, weight: 1, path: spool(`many-${i}`, one(i % 3)) };
    });
    const out = await fold(fedAvg(), one(0), files, "many");
    expect(Number((await out.parameters())[0]?.data[0])).toBe(1);
  });

  it("of a step that leaves the numbers is refused by name, and the model before it stays", async () => {
    const files = [{ site: "a", weight: 1, path: spool("far", one(3e38)) }];
    const strategy = fedAvgM({ serverLearningRate: 2 ** 40 });
    await expect(fold(strategy, one(1), files)).rejects.toMatchObject({ code: "numerical_failure" });
    expect(await readFile(join(dir, "out-before"))).toEqual(Buffer.from(Float32Array.of(1).buffer));
  });

  it("of fewer updates than Krum needs is refused", async () => {
    const files = ["a", "b", "c", "d"].map((site) => ({ site, weight: 1, path: spool(site, one(1)) }));
    await expect(fold(krum({ byzantineSites: 1 }), one(1), files)).rejects.toMatchObject({ code: "invalid_state" });
  });
});
