import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { drawBelow, drawBernoulli, drawBernoulliExp } from "./bernoulli-exp.ts";
import { createDiscreteGaussian, createDiscreteLaplace } from "./discrete-gaussian.ts";
import { openKeystream } from "./keystream.ts";
import { floorSquareRoot, rationalFromDouble } from "./rational.ts";
import { scriptKeystream } from "./scripted-keystream.fixture.ts";

/*
 * The null laws are summed from their definitions (exp in doubles, 1e-15). Every statistical test has a false-alarm rate
 * of at most 1e-9 over seeds, and one fixed seed.
 */
const DRAWS = 40_000;

/** Laurent, Massart 2000, Lemma 1: P(χ²_f > f + 2√(fx) + 2x) ≤ exp(−x), at x = 20.8 (9.3e-10). */
const chiSquareLimit = (freedom: number): number => freedom + 2 * Math.sqrt(freedom * 20.8) + 2 * 20.8;

/** Hoeffding: P(|mean − p| > t) ≤ 2 exp(−2nt²); t for 1e-9 at n draws. */
const hoeffdingLimit = (draws: number): number => Math.sqrt(Math.log(2e9) / (2 * draws));

/** Pearson's statistic of whole numbers against weights proportional to a law, all beyond ±reach in two open cells. */
function pearson(sample: readonly bigint[], weight: (k: number) => number, reach: number): number {
  let total = 0;
  for (let k = -2_000; k <= 2_000; k++) total += weight(k);
  const counts = new Map<number, number>();
  for (const value of sample) {
    const cell = Math.max(-reach - 1, Math.min(reach + 1, Number(value)));
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  let statistic = 0;
  let inside = 0;
  for (let k = -reach; k <= reach; k++) inside += weight(k) / total;
  for (let k = -reach - 1; k <= reach + 1; k++) {
    const expected = sample.length * (Math.abs(k) > reach ? (1 - inside) / 2 : weight(k) / total);
    statistic += ((counts.get(k) ?? 0) - expected) ** 2 / expected;
  }
  return statistic;
}

function drawMany(size: number, sample: () => bigint): bigint[] {
  return Array.from({ length: size }, sample);
}

describe("the discrete Gaussian", () => {
  it.each([
    { numerator: 1n, denominator: 4n, reach: 1 },
    { numerator: 1n, denominator: 1n, reach: 3 },
    { numerator: 10n, denominator: 3n, reach: 6 },
    { numerator: 400n, denominator: 7n, reach: 20 },
  ])("has probabilities proportional to exp(−k²/(2σ²)) at σ² = $numerator/$denominator", (row) => {
    const { numerator, denominator, reach } = row;
    const variance = Number(numerator) / Number(denominator);
    const gaussian = createDiscreteGaussian(seededRandom(`gauss ${variance}`));
    const sample = drawMany(DRAWS, () => gaussian.sample({ numerator, denominator }));
    const weight = (k: number): number => Math.exp((-k * k) / (2 * variance));
    expect(pearson(sample, weight, reach)).toBeLessThan(chiSquareLimit(2 * reach + 2));
    // and the test has power: a tenth more σ is rejected
    const wrong = (k: number): number => Math.exp((-k * k) / (2 * 1.21 * variance));
    expect(pearson(sample, wrong, reach)).toBeGreaterThan(chiSquareLimit(2 * reach + 2));
  });

  it("has variance near σ² at a σ no double holds", () => {
    const sigmaSquared = { numerator: 10n ** 40n + 1n, denominator: 7n };
    const gaussian = createDiscreteGaussian(seededRandom("large"));
    const scale = Math.sqrt(1e40 / 7);
    const draws = 4_000;
    let sum = 0;
    for (let i = 0; i < draws; i++) sum += (Number(gaussian.sample(sigmaSquared)) / scale) ** 2;
    // Laurent, Massart 2000 both ways at x = 21.5, 2 exp(−x) = 9.2e-10
    expect(Math.abs(sum / draws - 1)).toBeLessThan(2 * Math.sqrt(21.5 / draws) + (2 * 21.5) / draws);
  });

  it("is reproducible under a seed, and not the same under another", () => {
    const draw = (seed: number): bigint[] => {
      const gaussian = createDiscreteGaussian(seededRandom(seed));
      return drawMany(50, () => gaussian.sample({ numerator: 10n ** 12n, denominator: 1n }));
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(createDiscreteGaussian(seededRandom(1)).kind).toBe("seeded-test");
  });

  it.each([
    [0n, 1n],
    [-1n, 1n],
    [1n, 0n],
    [1n, -1n],
    [1 as unknown as bigint, 1n],
  ])("refuses σ² = %s/%s", (numerator, denominator) => {
    const gaussian = createDiscreteGaussian(seededRandom(1));
    expect(() => gaussian.sample({ numerator, denominator })).toThrow("[invalid_argument] sigmaSquared");
    const laplace = createDiscreteLaplace(seededRandom(1));
    expect(() => laplace.sample({ numerator, denominator })).toThrow("[invalid_argument] scale");
  });
});

describe("the discrete Laplace", () => {
  it.each([
    { numerator: 1n, denominator: 2n, reach: 2 },
    { numerator: 1n, denominator: 1n, reach: 4 },
    { numerator: 7n, denominator: 3n, reach: 8 },
    { numerator: 12n, denominator: 1n, reach: 30 },
  ])("has probabilities proportional to exp(−|k|/b) at b = $numerator/$denominator", (row) => {
    const { numerator, denominator, reach } = row;
    const scale = Number(numerator) / Number(denominator);
    const laplace = createDiscreteLaplace(seededRandom(`laplace ${scale}`));
    const sample = drawMany(DRAWS, () => laplace.sample({ numerator, denominator }));
    const weight = (k: number): number => Math.exp(-Math.abs(k) / scale);
    expect(pearson(sample, weight, reach)).toBeLessThan(chiSquareLimit(2 * reach + 2));
    const wrong = (k: number): number => Math.exp(-Math.abs(k) / (1.15 * scale));
    expect(pearson(sample, wrong, reach)).toBeGreaterThan(chiSquareLimit(2 * reach + 2));
  });
});

describe("exact Bernoulli draws", () => {
  it.each([
    [0n, 1n],
    [1n, 3n],
    [1n, 1n],
    [5n, 2n],
    [7n, 1n],
  ])("are true with probability exp(−γ) at γ = %s/%s", (numerator, denominator) => {
    const stream = openKeystream(seededRandom(`exp ${numerator}/${denominator}`));
    let hits = 0;
    for (let i = 0; i < DRAWS; i++) hits += drawBernoulliExp(stream, { numerator, denominator }) ? 1 : 0;
    const wanted = Math.exp(-Number(numerator) / Number(denominator));
    expect(Math.abs(hits / DRAWS - wanted)).toBeLessThan(hoeffdingLimit(DRAWS));
  });

  it("are constant at probabilities 0 and 1", () => {
    const stream = openKeystream(seededRandom("constant"));
    for (let i = 0; i < 1_000; i++) {
      expect(drawBernoulli(stream, 0n, 5n)).toBe(false);
      expect(drawBernoulli(stream, 5n, 5n)).toBe(true);
      expect(drawBernoulliExp(stream, { numerator: 0n, denominator: 9n })).toBe(true);
    }
  });

  it("draw whole numbers uniformly below a limit of any size", () => {
    const stream = openKeystream(seededRandom("below"));
    const counts = new Float64Array(6);
    for (let i = 0; i < DRAWS; i++) counts[Number(drawBelow(stream, 6n))] += 1;
    const statistic = counts.reduce((sum, n) => sum + (n - DRAWS / 6) ** 2 / (DRAWS / 6), 0);
    expect(statistic).toBeLessThan(chiSquareLimit(5));
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 200n }), (limit) => {
        const value = drawBelow(stream, limit);
        expect(value >= 0n && value < limit).toBe(true);
      }),
      { seed: 51, numRuns: 300 },
    );
  });

  it("take the leading bits of a word and draw again when they are not below the limit", () => {
    // limit 6 needs 3 bits: 7 and 6 are thrown away, 5 is taken
    const words = [7n << 61n, 6n << 61n, 5n << 61n];
    expect(drawBelow(scriptKeystream(words), 6n)).toBe(5n);
    // limit 2^64 takes two words, of which the leading 64 bits count
    expect(drawBelow(scriptKeystream([9n, 8n]), 2n ** 64n)).toBe(9n);
    expect(drawBelow(scriptKeystream([]), 1n)).toBe(0n);
  });
});

describe("rationals", () => {
  it("hold a double exactly", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), (value) => {
        const { numerator, denominator } = rationalFromDouble(value);
        const exponent = denominator.toString(2).length - 1;
        expect(denominator).toBe(1n << BigInt(exponent));
        // a double's numerator has 53 significant bits, so each of these conversions is exact
        expect(Number(numerator) * 2 ** -(exponent >> 1) * 2 ** -(exponent - (exponent >> 1))).toBe(value);
      }),
      { seed: 52 },
    );
  });

  it("have whole square roots from below", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 300n }), (n) => {
        const root = floorSquareRoot(n);
        expect(root * root <= n && (root + 1n) * (root + 1n) > n).toBe(true);
      }),
      { seed: 53 },
    );
    expect([0n, 1n, 2n, 3n, 4n].map(floorSquareRoot)).toEqual([0n, 1n, 1n, 1n, 2n]);
  });
});
