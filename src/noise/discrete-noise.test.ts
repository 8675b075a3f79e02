import * as fc from "fast-check";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { encloseCellWeight } from "./cell-weight.ts";
import { addDiscreteNoiseFrom, createDiscreteNoise } from "./discrete-noise.ts";
import { createGridGaussian } from "./grid-gaussian.ts";
import { quantileTable } from "./quantile-table.ts";
import { rationalFromDouble } from "./rational.ts";
import { scriptKeystream } from "./scripted-keystream.fixture.ts";

/* Statistical tests have a false-alarm rate of at most 1e-9 over seeds, and one fixed seed. */

/** What `tools/cell-weights.py` computed with mpmath: k, σ, ⌊w(k) · 2^bits⌋. */
const golden = JSON.parse(readFileSync(new URL("golden/cell-weights.json", import.meta.url), "utf8")) as {
  readonly bits: number;
  readonly rows: readonly (readonly [number, number, string])[];
};

/** Laurent, Massart 2000, Lemma 1: P(χ²_f > f + 2√(fx) + 2x) ≤ exp(−x), at x = 20.8 (9.3e-10). */
const chiSquareLimit = (freedom: number): number => freedom + 2 * Math.sqrt(freedom * 20.8) + 2 * 20.8;

/** Pearson's statistic of whole numbers against weights proportional to a law, all beyond ±reach in two open cells. */
function pearson(sample: Float64Array, weight: (k: number) => number, reach: number): number {
  let [total, inside] = [0, 0];
  for (let k = -400; k <= 400; k++) total += weight(k);
  for (let k = -reach; k <= reach; k++) inside += weight(k) / total;
  const counts = new Map<number, number>();
  for (const value of sample) {
    const cell = Math.max(-reach - 1, Math.min(reach + 1, value));
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  let statistic = 0;
  for (let k = -reach - 1; k <= reach + 1; k++) {
    const expected = sample.length * (Math.abs(k) > reach ? (1 - inside) / 2 : weight(k) / total);
    statistic += ((counts.get(k) ?? 0) - expected) ** 2 / expected;
  }
  return statistic;
}

const draws = 200_000;
const draw = (stddev: number, seed: string, count: number = draws): Float64Array =>
  createDiscreteNoise(seededRandom(seed)).addNoise(new Float64Array(count), stddev);

describe("discrete Gaussian noise", () => {
  it.each([
    { stddev: 0.25, reach: 1 },
    { stddev: 0.5, reach: 1 },
    { stddev: 1, reach: 3 },
    { stddev: 1.75, reach: 6 },
    { stddev: 7.5, reach: 22 },
    { stddev: 60, reach: 160 },
  ])("has probabilities proportional to exp(−k²/(2σ²)) at σ = $stddev", ({ stddev, reach }) => {
    const sample = draw(stddev, `discrete ${stddev}`);
    const weight = (k: number): number => Math.exp((-k * k) / (2 * stddev * stddev));
    expect(pearson(sample, weight, reach)).toBeLessThan(chiSquareLimit(2 * reach + 2));
    // and the test has power: a tenth more σ is rejected
    const wrong = (k: number): number => Math.exp((-k * k) / (2 * (1.1 * stddev) ** 2));
    expect(pearson(sample, wrong, reach)).toBeGreaterThan(chiSquareLimit(2 * reach + 2));
  });

  it("is not the rounded Gaussian, which the same test rejects", () => {
    for (const stddev of [0.5, 1]) {
      const weight = (k: number): number => Math.exp((-k * k) / (2 * stddev * stddev));
      const rounded = createGridGaussian(seededRandom("rounded")).addNoise(new Float64Array(draws), stddev);
      expect(pearson(rounded, weight, 1)).toBeGreaterThan(chiSquareLimit(4));
    }
  });

  it.each([2 ** 10, 2 ** 20 + 0.3, 2 ** 30, 2 ** 40, 2 ** 46])("has mean 0 and variance σ² at σ = %d", (stddev) => {
    const sample = draw(stddev, `wide ${stddev}`, 50_000);
    let [sum, squares, odd] = [0, 0, 0];
    for (const value of sample) {
      sum += value / stddev;
      squares += (value / stddev) ** 2;
      odd += Math.abs(value % 2);
    }
    // Laurent, Massart 2000 both ways at x = 21.5; a normal mean beyond 6.2 deviations and Hoeffding's bound for the parity: each below 1e-9
    expect(Math.abs(squares / sample.length - 1)).toBeLessThan(2 * Math.sqrt(21.5 / 50_000) + 43 / 50_000);
    expect(Math.abs(sum)).toBeLessThan(6.2 * Math.sqrt(50_000));
    expect(Math.abs(odd / 50_000 - 0.5)).toBeLessThan(Math.sqrt(Math.log(2e9) / 100_000));
  });

  it("is added to the multiples, into memory that is given, and never gives −0", () => {
    const multiples = Float64Array.from({ length: 20_000 }, (_, i) => (i % 2 === 0 ? -0 : 1000 * i));
    const into = new Float64Array(20_000);
    const noised = createDiscreteNoise(seededRandom(3)).addNoise(multiples, 0.4, into);
    expect(noised).toBe(into);
    const noise = createDiscreteNoise(seededRandom(3)).addNoise(new Float64Array(20_000), 0.4);
    noised.forEach((value, i) => {
      if (value !== multiples[i] + noise[i] || Object.is(value, -0)) throw new Error("another sum");
    });
    expect(createDiscreteNoise(seededRandom(3)).addNoise(multiples, 0)).toEqual(
      Float64Array.from(multiples, (v) => v + 0),
    );
  });

  it("refuses what the grid Gaussian refuses, and leaves nothing partly noised", () => {
    const noise = createDiscreteNoise(seededRandom(1));
    const one = Float64Array.of(1);
    for (const stddev of [-1, NaN, Infinity, 2 ** 47, "1" as unknown as number]) {
      expect(() => noise.addNoise(one, stddev)).toThrow("[invalid_argument] stddevInGridUnits");
    }
    expect(() => noise.addNoise(Float64Array.of(0.5), 1)).toThrow("whole numbers");
    expect(() => noise.addNoise(one, 1, one)).toThrow("into");
    expect(noise.addNoise(new Float64Array(0), 1).length).toBe(0);
    const into = new Float64Array(9000);
    let calls = 0;
    const failing = {
      kind: "seeded-test",
      fill(bytes: Uint8Array): void {
        if (++calls > 2) throw new Error("no more randomness");
        seededRandom(calls).fill(bytes);
      },
    } as const;
    const source = createDiscreteNoise(failing);
    expect(() => {
      for (let i = 0; i < 100; i++) source.addNoise(new Float64Array(9000).fill(5), 1e6, into);
    }).toThrow("no more randomness");
    expect(into.every((value) => value === 0)).toBe(true);
    expect(() => noise.addNoise(new Float64Array(9000).fill(2 ** 52 - 1), 1e6, into)).toThrow("2^52");
    expect(into.every((value) => value === 0)).toBe(true);
  });

  it("is reproducible under a seed and says where it came from", () => {
    expect(draw(1e6, "a", 100)).toEqual(draw(1e6, "a", 100));
    expect(draw(1e6, "a", 100)).not.toEqual(draw(1e6, "b", 100));
    expect(createDiscreteNoise(seededRandom(1)).kind).toBe("seeded-test");
    expect(createDiscreteNoise(seededRandom(1)).tvDistance).toBeLessThan(2 ** -890);
  });
});

describe("the weight of a cell", () => {
  it("encloses what mpmath finds from tails and by quadrature", () => {
    for (const [k, stddev, floor] of golden.rows) {
      const { low, high } = encloseCellWeight(BigInt(k), rationalFromDouble(stddev), golden.bits);
      const wanted = BigInt(floor);
      expect(low <= wanted && wanted <= high && high - low <= 3n, `k = ${k}, σ = ${stddev}`).toBe(true);
    }
  });

  it("is within (0, 1], and 1 − w(k) ≤ k²/(24σ⁴); more bits lie inside fewer", () => {
    const inputs = [fc.integer({ min: 1, max: 2000 }), fc.double({ min: 0.2, max: 1e4, noNaN: true })] as const;
    fc.assert(
      fc.property(...inputs, (k, stddev) => {
        fc.pre(k < 64 * stddev);
        const sigma = rationalFromDouble(stddev);
        const { low, high } = encloseCellWeight(BigInt(k), sigma, 64);
        const { numerator: n, denominator: d } = sigma;
        const bound = ((BigInt(k) ** 2n * d ** 4n) << 64n) / (24n * n ** 4n) + 1n;
        expect(low >= 0n && high <= (1n << 64n) + 2n && (1n << 64n) - high <= bound).toBe(true);
        const finer = encloseCellWeight(BigInt(k), sigma, 128);
        expect(finer.low >> 64n >= low - 1n && finer.high >> 64n <= high + 1n).toBe(true);
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it("decides by as many bits as it takes: next to the border on both sides", () => {
    // p = 2^-2 · 0.9…: a quantile near 2.6 in units of σ gives the candidate 3 at σ = 1
    const candidate = 0x00800000_00000000n;
    const table = quantileTable();
    const [k, stddev, floor] = golden.rows[1];
    expect([k, stddev]).toEqual([3, 1]);
    // 1 − w(3) in 96 bits: a coin whose bits are these and then zeros is below it or above by less than 2^-95
    const drop = (1n << 96n) - BigInt(floor);
    const outcome = (bits: bigint): { value: number; words: number } => {
      const coins = scriptKeystream([...wordsOf(bits), ...wordsOf(0xffffffffn << 64n), 0n, 0n]);
      const source = {
        draws: scriptKeystream([candidate, ...Array<bigint>(4).fill(1n << 62n)]),
        coins,
        table,
        kernel: undefined,
      };
      const [value] = addDiscreteNoiseFrom(source, Float64Array.of(0), stddev);
      return { value, words: coins.next };
    };
    const far = 1n << 64n;
    expect(outcome(drop + far)).toEqual({ value: 3, words: 1 });
    expect(outcome(drop + 2n)).toEqual({ value: 3, words: 3 });
    // dropped: the next candidate, with the next word
    expect(outcome(drop - far).value).not.toBe(3);
    // the fourth word is 0 and drops the next one too, the fifth is all ones
    expect(outcome(drop - 3n)).toEqual({ value: 1, words: 5 });
  });
});

/** 96 bits as they are read: 32 first, then 64 with the more significant half first; as words of a script, low half first. */
function wordsOf(bits: bigint): bigint[] {
  const part = (at: bigint): bigint => (bits >> at) & 0xffffffffn;
  return [part(64n) | (part(32n) << 32n), part(0n)];
}
