import { inspect } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PrivacyError } from "../core/index.ts";
import { type RandomSource, operatingSystemRandom } from "../core/random-source.ts";
import { seededRandom } from "../testing/index.ts";
import { addNoiseFrom, createGridGaussian } from "./grid-gaussian.ts";
import { quantileTable } from "./quantile-table.ts";
import { scriptKeystream } from "./scripted-keystream.fixture.ts";

const zeros = (size: number): Float64Array => new Float64Array(size);

describe("noise on the grid", () => {
  it("is whole and independent of the values: multiples + noise of zeros under the same stream", () => {
    const values = fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 }), { maxLength: 50 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1e9, noNaN: true }), fc.integer(), (list, stddev, seed) => {
        const multiples = Float64Array.from(list);
        const noised = createGridGaussian(seededRandom(seed)).addNoise(multiples, stddev);
        const noise = createGridGaussian(seededRandom(seed)).addNoise(zeros(list.length), stddev);
        expect(noised).toEqual(noise.map((k, i) => k + multiples[i] + 0));
        expect(noised.every(Number.isInteger)).toBe(true);
        expect(multiples).toEqual(Float64Array.from(list));
      }),
      { seed: 41, numRuns: 100 },
    );
  });

  it("writes into an array of the caller's what it would return, and leaves the values alone", () => {
    const values = Float64Array.from({ length: 9001 }, (_, k) => k - 4000);
    for (const stddev of [0, 0.3, 1e6]) {
      const into = new Float64Array(values.length).fill(NaN);
      const own = createGridGaussian(seededRandom("into")).addNoise(values, stddev, into);
      expect(own).toBe(into);
      expect(own).toEqual(createGridGaussian(seededRandom("into")).addNoise(values, stddev));
      expect(values[9000]).toBe(5000);
    }
  });

  it("refuses an array that can not take the result, and leaves nothing partly noised in one that can", () => {
    const noise = createGridGaussian(seededRandom("into"));
    const values = zeros(9001);
    for (const into of [values, zeros(9000), new Float64Array(new SharedArrayBuffer(8 * 9001))]) {
      expect(() => noise.addNoise(values, 1, into)).toThrow(/\[invalid_argument\] into/);
    }
    const into = zeros(9001);
    values[9000] = 2 ** 53;
    expect(() => noise.addNoise(values, 1, into)).toThrow("2^52");
    expect(into).toEqual(zeros(9001));
  });

  it("grows with σ draw by draw, and never changes its sign", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1e6, noNaN: true }), fc.double({ min: 1, max: 10 }), (stddev, factor) => {
        const small = createGridGaussian(seededRandom("scale")).addNoise(zeros(64), stddev);
        const large = createGridGaussian(seededRandom("scale")).addNoise(zeros(64), stddev * factor);
        small.forEach((k, i) => {
          expect(Math.abs(large[i])).toBeGreaterThanOrEqual(Math.abs(k));
          expect(large[i] * k).toBeGreaterThanOrEqual(0);
        });
      }),
      { seed: 42, numRuns: 100 },
    );
  });

  it("turns its sign with the leading bit, and is the same size then", () => {
    const table = quantileTable();
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 43n, max: 2n ** 63n - 1n }), (bits) => {
        const of = (word: bigint): number =>
          addNoiseFrom(scriptKeystream([word, 1n, 2n, 3n]), table, zeros(1), 1000.5)[0];
        expect(of(bits | (1n << 63n))).toBe(0 - of(bits));
      }),
      { seed: 43, numRuns: 300 },
    );
  });

  it("falls as the tail probability grows, across every segment's and binade's end", () => {
    const table = quantileTable();
    const at = (p: bigint): number => addNoiseFrom(scriptKeystream([p, 5n, 7n, 9n]), table, zeros(1), 2 ** 40)[0];
    for (let e = 0; e <= 21; e++) {
      for (let j = 64n; j <= 128n; j++) {
        const end = j << BigInt(56 - e);
        if (end >= 1n << 63n) continue;
        const around = [-1_000_000n, -1n, 0n, 1_000_000n].map((step) => at(end + step));
        expect(around).toEqual(around.toSorted((a, b) => b - a));
      }
    }
  });

  it("returns a copy at σ = 0 and draws nothing", () => {
    const table = quantileTable();
    const multiples = Float64Array.of(3, -4, 0);
    const stream = scriptKeystream([]);
    const copy = addNoiseFrom(stream, table, multiples, 0);
    expect(copy).toEqual(multiples);
    expect(copy).not.toBe(multiples);
  });

  it("never returns −0, which would tell that the value was −0", () => {
    const gaussian = createGridGaussian(seededRandom(3));
    for (const stddev of [0, 0.001, 0.5]) {
      const noised = gaussian.addNoise(new Float64Array(1_000).fill(-0), stddev);
      expect(noised.some((value) => Object.is(value, -0))).toBe(false);
    }
  });

  it("says how far from ideal it is", () => {
    const gaussian = createGridGaussian(seededRandom(4));
    expect(gaussian.tvDistance).toBe(2 ** -900);
    expect(gaussian.tvDistance).toBeGreaterThan(0);
  });
});

describe("noise that can not be drawn", () => {
  const gaussian = createGridGaussian(seededRandom(5));

  it.each([-1, NaN, Infinity, -Infinity, 2 ** 46 + 1, "1" as unknown as number])("refuses σ = %s", (stddev) => {
    expect(() => gaussian.addNoise(zeros(1), stddev)).toThrow(/\[invalid_argument\] stddevInGridUnits/);
  });

  it.each([0.5, NaN, Infinity, -Infinity, 1e-300])("refuses the value %s without naming it", (value) => {
    const attempt = (): Float64Array => gaussian.addNoise(Float64Array.of(1, value), 1);
    expect(attempt).toThrow(/\[invalid_argument\] multiples must be whole numbers, got "an entry that is not"/);
  });

  it("refuses arrays of another type", () => {
    expect(() => gaussian.addNoise([1, 2] as unknown as Float64Array, 1)).toThrow("[invalid_argument] multiples");
    expect(() => gaussian.addNoise(new Float32Array(2) as unknown as Float64Array, 1)).toThrow("[invalid_argument]");
  });

  it("fails where a noised value reaches 2^52, and returns nothing", () => {
    expect(() => gaussian.addNoise(Float64Array.of(0, 2 ** 52), 0)).toThrow("[numerical_failure]");
    expect(() => gaussian.addNoise(new Float64Array(64).fill(2 ** 52 - 1), 1e6)).toThrow("[numerical_failure]");
    expect(() => gaussian.addNoise(Float64Array.of(1e300), 1e6)).toThrow("[numerical_failure]");
    expect(gaussian.addNoise(Float64Array.of(2 ** 52 - 1), 0)).toEqual(Float64Array.of(2 ** 52 - 1));
  });

  it("fails as the source fails, at the first key and at a later one", () => {
    let left = 1;
    const fill = (bytes: Uint8Array): void => {
      if (left-- <= 0) throw new PrivacyError("entropy_unavailable", "none", { source: "test" });
      bytes[0] = 1;
    };
    const source: RandomSource = { kind: "operating-system", fill };
    const running = createGridGaussian(source);
    expect(() => running.addNoise(zeros(2 ** 17 + 1), 10)).toThrow("[entropy_unavailable]");
    expect(() => createGridGaussian(source)).toThrow("[entropy_unavailable]");
  });
});

describe("the secret", () => {
  it("is reproducible under a seed only", () => {
    const draw = (source: RandomSource): Float64Array => createGridGaussian(source).addNoise(zeros(64), 1e6);
    expect(draw(seededRandom(6))).toEqual(draw(seededRandom(6)));
    expect(draw(seededRandom(6))).not.toEqual(draw(seededRandom(7)));
    // false alarm: 64 equal draws of σ = 1e6, below 1e-300
    expect(draw(operatingSystemRandom())).not.toEqual(draw(operatingSystemRandom()));
  });

  it("goes on across calls as if they were one, whatever their sizes", () => {
    const whole = createGridGaussian(seededRandom(8)).addNoise(zeros(30_000), 1e5);
    const parts = createGridGaussian(seededRandom(8));
    const joined = [1, 8_191, 8_192, 13_616].flatMap((size) => [...parts.addNoise(zeros(size), 1e5)]);
    expect(joined).toEqual([...whole]);
  });

  it("gives two streams of one source different noise", () => {
    const source = seededRandom(9);
    const [one, two] = [createGridGaussian(source), createGridGaussian(source)];
    expect(one.addNoise(zeros(64), 1e6)).not.toEqual(two.addNoise(zeros(64), 1e6));
  });

  it("tells the kind of its source", () => {
    expect(createGridGaussian(seededRandom(10)).kind).toBe("seeded-test");
    expect(createGridGaussian(operatingSystemRandom()).kind).toBe("operating-system");
  });

  it("can not be reached through the object", () => {
    const marked: RandomSource = { kind: "operating-system", fill: (bytes) => void bytes.fill(0xa7) };
    const gaussian = createGridGaussian(marked);
    gaussian.addNoise(zeros(1), 1);
    const names = Reflect.ownKeys(gaussian);
    expect(new Set(names)).toEqual(new Set(["addNoise", "kind", "openBlocks", "tvDistance"]));
    expect(Object.isFrozen(gaussian)).toBe(true);
    expect(JSON.parse(JSON.stringify(gaussian))).toEqual({ kind: "operating-system", tvDistance: 2 ** -900 });
    const shown = inspect(gaussian, { depth: Infinity, showHidden: true });
    // 0xa7 as the parts of a printed buffer, array or string of bytes would show it
    expect(shown).not.toMatch(/a7|167|cipher|\bkey\b/i);
    expect(() => structuredClone(gaussian)).toThrow();
  });
});
