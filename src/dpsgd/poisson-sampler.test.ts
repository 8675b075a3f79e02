import { describe, expect, it } from "vitest";
import { parseSamplingProbability } from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import { seededRandom } from "../testing/index.ts";
import { poissonSampler } from "./poisson-sampler.ts";

/** z = 6.5: two-sided false-alarm rate 8e-11 per comparison, at most 1e-9 for the few made in a test. */
const z = 6.5;

describe("the Poisson sampler", () => {
  it("D17 draws batches whose size has the mean and the variance of a binomial", () => {
    const [rows, q, draws] = [5000, 0.03, 4000];
    const sampler = poissonSampler(rows, parseSamplingProbability(q), seededRandom(17));
    const sizes = Array.from({ length: draws }, () => sampler().length);
    const mean = sizes.reduce((a, b) => a + b, 0) / draws;
    const variance = sizes.reduce((a, b) => a + (b - mean) ** 2, 0) / (draws - 1);
    const expected = rows * q * (1 - q);
    expect(Math.abs(mean - rows * q)).toBeLessThan(z * Math.sqrt(expected / draws));
    // the sample variance of a nearly normal count has relative standard deviation sqrt(2 / (n - 1))
    expect(Math.abs(variance / expected - 1)).toBeLessThan(z * Math.sqrt(2 / (draws - 1)) + 0.01);
  });

  it("D17 includes every record equally often, and steps are independent of one another", () => {
    const [rows, q, draws] = [200, 0.25, 20_000];
    const sampler = poissonSampler(rows, parseSamplingProbability(q), seededRandom("inclusion"));
    const counts = new Float64Array(rows);
    let both = 0;
    let before = false;
    for (let i = 0; i < draws; i++) {
      const batch = sampler();
      for (const row of batch) counts[row] = (counts[row] ?? 0) + 1;
      const first = batch[0] === 0;
      if (first && before) both += 1;
      before = first;
    }
    const sd = Math.sqrt(draws * q * (1 - q));
    // 200 comparisons at z = 7: false-alarm rate 200 · 2.6e-12
    for (const count of counts) expect(Math.abs(count - draws * q)).toBeLessThan(7 * sd);
    expect(Math.abs(both - draws * q * q)).toBeLessThan(z * Math.sqrt(2 * draws * q * q));
  });

  it("P26 gives an epoch with the mean 128, the spread 11.3 and the 63.25 % distinct records that Poisson sampling has", () => {
    const [rows, steps] = [59_904, 468];
    const q = 128 / 59_904;
    const sampler = poissonSampler(rows, parseSamplingProbability(q), seededRandom(26));
    const seen = new Uint8Array(rows);
    let total = 0;
    for (let i = 0; i < steps; i++) {
      const batch = sampler();
      total += batch.length;
      for (const row of batch) seen[row] = 1;
    }
    const distinct = seen.reduce((a, b) => a + b, 0);
    expect(Math.abs(total / steps - 128)).toBeLessThan((z * 11.3016) / Math.sqrt(steps));
    const share = 0.6325139;
    expect(Math.abs(distinct - share * rows)).toBeLessThan(z * Math.sqrt(rows * share * (1 - share)));
  });

  it("takes everybody at q = 1 and nobody at q = 0", () => {
    const random = seededRandom(1);
    expect([...poissonSampler(5, parseSamplingProbability(1), random)()]).toEqual([0, 1, 2, 3, 4]);
    expect(poissonSampler(5, parseSamplingProbability(0), random)()).toHaveLength(0);
    expect(poissonSampler(0, parseSamplingProbability(0.5), random)()).toHaveLength(0);
  });

  it("decides by 64 bits against floor(q · 2^64): the last included and the first excluded word", () => {
    const q = 0.3;
    // scaling by 2^64 changes only the exponent of the double, and above 2^53 every double is whole
    const threshold = BigInt(q * 2 ** 64);
    const draw = (bits: bigint): number => {
      const words = [Number(bits >> 32n), Number(bits & 0xffff_ffffn)];
      const source: RandomSource = {
        kind: "seeded-test",
        fill: (bytes) => new DataView(bytes.buffer).setUint32(bytes.byteOffset, words.shift() ?? 0, true),
      };
      return poissonSampler(1, parseSamplingProbability(q), source)().length;
    };
    expect(draw(threshold - 1n)).toBe(1);
    expect(draw(threshold)).toBe(0);
    expect(draw(0n)).toBe(1);
    expect(draw(2n ** 64n - 1n)).toBe(0);
  });
});
