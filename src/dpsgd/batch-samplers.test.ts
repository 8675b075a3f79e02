import { describe, expect, it } from "vitest";
import { parseSamplingProbability } from "../core/index.ts";
import { seededRandom } from "../testing/index.ts";
import {
  cyclicPoissonSampler,
  shuffledSampler,
  truncatedPoissonSampler,
  withoutReplacementSampler,
} from "./batch-samplers.ts";
import { drawIndex } from "./uniform-index.ts";

/** 7 standard deviations: two-sided false-alarm rate 2.6e-12 per comparison, at most 1e-9 for those of a test. */
const z = 7;

const isAscending = (batch: Uint32Array): boolean => batch.every((row, i) => i === 0 || row > (batch[i - 1] ?? 0));

/** How often each row came in `draws` batches. */
function countRows(rows: number, draws: number, sampler: () => Uint32Array): Float64Array {
  const counts = new Float64Array(rows);
  for (let i = 0; i < draws; i++) {
    const batch = sampler();
    expect(isAscending(batch)).toBe(true);
    for (const row of batch) counts[row] = (counts[row] ?? 0) + 1;
  }
  return counts;
}

function expectAll(counts: Float64Array, draws: number, p: number): void {
  const sd = Math.sqrt(draws * p * (1 - p));
  for (const count of counts) expect(Math.abs(count - draws * p)).toBeLessThan(z * sd);
}

describe("samplers other than Poisson", () => {
  it("draws whole numbers below any bound equally often", () => {
    const random = seededRandom("index");
    for (const bound of [1, 2, 3, 7, 10]) {
      const counts = new Float64Array(bound);
      for (let i = 0; i < 7000; i++) {
        const k = drawIndex(bound, random);
        counts[k] = (counts[k] ?? 0) + 1;
      }
      if (bound > 1) expectAll(counts, 7000, 1 / bound);
      else expect(counts[0]).toBe(7000);
    }
  });

  it("D17 without replacement: always as many, every row equally often, and every pair", () => {
    const [rows, size, draws] = [20, 5, 8000];
    const sampler = withoutReplacementSampler(rows, size, seededRandom(1));
    let pairs = 0;
    const counts = countRows(rows, draws, () => {
      const batch = sampler();
      expect(batch.length).toBe(size);
      if (batch.includes(3) && batch.includes(17)) pairs++;
      return batch;
    });
    expectAll(counts, draws, size / rows);
    const p = (size * (size - 1)) / (rows * (rows - 1));
    expect(Math.abs(pairs - draws * p)).toBeLessThan(z * Math.sqrt(draws * p));
  });

  it("T6 D17 shuffled: every epoch meets every row exactly once, in another order, the last batch being what is left", () => {
    const sampler = shuffledSampler(23, 5, seededRandom(2));
    const firsts = new Set<string>();
    for (let epoch = 0; epoch < 20; epoch++) {
      const batches = Array.from({ length: 5 }, () => sampler());
      expect(batches.map((batch) => batch.length)).toEqual([5, 5, 5, 5, 3]);
      const met = batches.flatMap((batch) => [...batch]).toSorted((a, b) => a - b);
      expect(met).toEqual(Array.from({ length: 23 }, (_, row) => row));
      firsts.add(String(batches[0]));
    }
    // 20 epochs share a first batch with probability about 190 / 33649 for one pair, and this seed has none or few
    expect(firsts.size).toBeGreaterThan(15);
  });

  it("D17 truncated Poisson: never above the cut, as Poisson below it, and the cut spares nobody", () => {
    const [rows, q, limit, draws] = [40, 0.25, 10, 8000];
    const sampler = truncatedPoissonSampler(rows, parseSamplingProbability(q), limit, seededRandom(3));
    let largest = 0;
    let total = 0;
    const counts = countRows(rows, draws, () => {
      const batch = sampler();
      largest = Math.max(largest, batch.length);
      total += batch.length;
      return batch;
    });
    // E min(Bin(40, 1/4), 10), summed by hand from the binomial weights
    let [weight, mean, mass] = [0.75 ** 40, 0, 0];
    for (let k = 0; k <= rows; k++) {
      mean += Math.min(k, limit) * weight;
      mass += weight;
      weight *= ((rows - k) / (k + 1)) * (q / (1 - q));
    }
    expect(mass).toBeCloseTo(1, 12);
    expect(largest).toBe(limit);
    expect(Math.abs(total / draws - mean)).toBeLessThan((z * 2) / Math.sqrt(draws));
    expectAll(counts, draws, mean / rows);
  });

  it("D17 cyclic Poisson: a row comes in one turn of the cycle only, with its probability, and groups are even", () => {
    const [rows, groups, q, cycles] = [300, 3, 0.4, 1500];
    const sampler = cyclicPoissonSampler(rows, parseSamplingProbability(q), groups, seededRandom(4));
    const turnOf = new Map<number, number>();
    const counts = new Float64Array(rows);
    for (let step = 0; step < groups * cycles; step++) {
      for (const row of sampler()) {
        const turn = step % groups;
        if ((turnOf.get(row) ?? turn) !== turn) throw new Error("a row came in two turns");
        turnOf.set(row, turn);
        counts[row] = (counts[row] ?? 0) + 1;
      }
    }
    expectAll(counts, cycles, q);
    const sizes = new Float64Array(groups);
    for (const turn of turnOf.values()) sizes[turn] = (sizes[turn] ?? 0) + 1;
    expectAll(sizes, rows, 1 / groups);
  });

  it("takes nobody from nobody", () => {
    const random = seededRandom(5);
    const half = parseSamplingProbability(0.5);
    expect(cyclicPoissonSampler(0, half, 4, random)()).toEqual(new Uint32Array(0));
    expect(truncatedPoissonSampler(0, half, 1, random)()).toEqual(new Uint32Array(0));
  });
});
