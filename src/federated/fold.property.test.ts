import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { foldFedAvg } from "./fold.ts";
import { outgoingTensors } from "./manifest.ts";
import type { Parameters } from "./parameters.ts";
import { sortedSites } from "./round.ts";

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

describe("federated averaging", () => {
  it("gives the same bytes in whatever order the updates arrived", async () => {
    const updates = fc.uniqueArray(
      fc.record({ site: fc.string({ minLength: 1 }), weight, v: fc.tuple(value, value) }),
      {
        selector: (u) => u.site,
        minLength: 1,
        maxLength: 8,
      },
    );
    await fc.assert(
      fc.asyncProperty(updates, fc.infiniteStream(fc.nat()), async (all, shuffle) => {
        const fold = async (arrived: typeof all): Promise<Buffer> => {
          const sorted = sortedSites(arrived.map((u) => u.site)).map((site) => arrived.find((u) => u.site === site)!);
          const model = (v: readonly number[]): Parameters => [{ dtype: "float32", shape: [2], data: [...v] }];
          const files = sorted.map((u, i) => ({ ...u, path: spool(`u${i}`, model(u.v)) }));
          const out = await foldFedAvg(outgoingTensors(model([0, 0])).manifest, files, join(dir, "out"));
          return await readFile(out.path);
        };
        const order = all.map((u) => ({ u, key: shuffle.next().value ?? 0 })).sort((a, b) => a.key - b.key);
        expect(await fold(order.map(({ u }) => u))).toEqual(await fold(all));
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  it("is the weighted mean in exact rational arithmetic, rounded once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ weight, v: value }), { minLength: 1, maxLength: 6 }), async (all) => {
        const model = (v: number): Parameters => [{ dtype: "float32", shape: [1], data: [v] }];
        const files = all.map((u, i) => ({ site: `s${i}`, weight: u.weight, path: spool(`m${i}`, model(u.v)) }));
        const out = await foldFedAvg(outgoingTensors(model(0)).manifest, files, join(dir, "mean"));
        const mean = Number((await out.parameters())[0]?.data[0]);
        const sum = all.reduce((s, u) => s + BigInt(u.weight) * exact(u.v), 0n);
        const total = BigInt(all.reduce((s, u) => s + u.weight, 0));
        expect(isNearest(mean, sum, total)).toBe(true);
      }),
      { numRuns: 100, seed: 2 },
    );
  });

  it("of equal updates is that update, to the last bit, also over chunk borders", async () => {
    const data = new Float32Array(300_000).map((_, i) => Math.sin(i) * 1e3);
    const model: Parameters = [
      { name: "w", dtype: "float32", shape: [3, 100_000], data },
      { name: "none", dtype: "float32", shape: [0], data: [] },
      { name: "flag", dtype: "bool", shape: [], data: [1] },
    ];
    const files = [1, 2, 4].map((w, i) => ({ site: `s${i}`, weight: w, path: spool(`e${i}`, model) }));
    const tensors = outgoingTensors(model);
    const out = await foldFedAvg(tensors.manifest, files, join(dir, "equal"));
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
    const out = await foldFedAvg(outgoingTensors(model(0n, 0, 0)).manifest, files, join(dir, "ints"));
    const [n, k, b] = await out.parameters();
    expect([n?.data, k?.data, b?.data]).toEqual([
      BigInt64Array.of(2n ** 60n + 1n),
      Int32Array.of(-7),
      Uint8Array.of(1, 0),
    ]);
  });
});
