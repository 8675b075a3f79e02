import erfc from "@stdlib/math-base-special-erfc";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { addNoiseFrom, createGridGaussian } from "./grid-gaussian.ts";
import { openKeystream, takeBits64 } from "./keystream.ts";
import { quantileTable } from "./quantile-table.ts";
import { scriptKeystream } from "./scripted-keystream.fixture.ts";

/*
 * Every test here has a false-alarm rate of at most 1e-9 over seeds (and one fixed seed). The null law is computed with
 * stdlib's erfc, which shares nothing with our tables.
 */
const DRAWS = 1_000_000;
/** Massart 1990: P(√n sup|F_n − F| > t) ≤ 2 exp(−2t²) for every n and F; 2 exp(−2 · 3.28²) = 8.9e-10. */
const KOLMOGOROV_LIMIT = 3.28;
/** Two-sided normal quantile of 1e-9 is 6.11; a little more for what is only nearly normal. */
const NORMAL_LIMIT = 6.3;

/** P(round(σN) ≤ k). */
const cdf = (k: number, stddev: number): number => erfc(-(k + 0.5) / stddev / Math.SQRT2) / 2;

function draw(stddev: number, seed: string, size = DRAWS): Float64Array {
  return createGridGaussian(seededRandom(seed)).addNoise(new Float64Array(size), stddev);
}

/** √n · sup over k of |F_n(k) − F(k)|, the distance at both ends of every jump. */
function kolmogorov(sample: Float64Array, stddev: number): number {
  const sorted = sample.toSorted();
  const n = sorted.length;
  let worst = 0;
  for (let i = 0; i < n; i++) {
    if (i + 1 < n && sorted[i + 1] === sorted[i]) continue;
    worst = Math.max(worst, Math.abs((i + 1) / n - cdf(sorted[i], stddev)));
    if (i + 1 < n) worst = Math.max(worst, Math.abs((i + 1) / n - cdf(sorted[i + 1] - 1, stddev)));
  }
  return Math.sqrt(n) * worst;
}

/** Pearson's statistic over cells ending at whole numbers, open at both ends, and its degrees of freedom. */
function pearson(
  sample: Float64Array,
  ends: readonly number[],
  stddev: number,
): { statistic: number; freedom: number } {
  const counts = new Float64Array(ends.length + 1);
  for (const k of sample) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (k <= (ends[middle] ?? Infinity)) high = middle;
      else low = middle + 1;
    }
    counts[low] += 1;
  }
  const edges = [0, ...ends.map((end) => cdf(end, stddev)), 1];
  let statistic = 0;
  counts.forEach((count, i) => {
    const expected = sample.length * (edges[i + 1] - edges[i]);
    statistic += (count - expected) ** 2 / expected;
  });
  return { statistic, freedom: ends.length };
}

/** Laurent, Massart 2000, Lemma 1: P(χ²_f > f + 2√(fx) + 2x) ≤ exp(−x), at x = 20.8 (9.3e-10). */
const chiSquareLimit = (freedom: number): number => freedom + 2 * Math.sqrt(freedom * 20.8) + 2 * 20.8;

/** 60 cells of about equal probability for a σ that spans many grid points. */
function equalCells(stddev: number): number[] {
  return Array.from({ length: 59 }, (_, i) => {
    let [low, high] = [-6 * stddev, 6 * stddev];
    for (let round = 0; round < 60; round++) {
      const middle = (low + high) / 2;
      if (cdf(middle, stddev) < (i + 1) / 60) low = middle;
      else high = middle;
    }
    return Math.round(low);
  });
}

/** Σk² / (nσ²) − 1; under the null χ²_n/n − 1 but for the rounding's 1/(12σ²). */
function varianceExcess(sample: Float64Array, stddev: number): number {
  let sum = 0;
  for (const k of sample) sum += k * k;
  return sum / sample.length / (stddev * stddev) - 1;
}
/** Laurent, Massart 2000 both ways, at x = 21.5 (2 exp(−x) = 9.2e-10). */
const VARIANCE_LIMIT: number = 2 * Math.sqrt(21.5 / DRAWS) + (2 * 21.5) / DRAWS;

describe("the law of the noise", () => {
  it.each([0.3, 1, 1e3, 1e7])("is the rounded Gaussian's, by Kolmogorov's distance, at σ = %d", (stddev) => {
    expect(kolmogorov(draw(stddev, `ks ${stddev}`), stddev)).toBeLessThan(KOLMOGOROV_LIMIT);
  });

  it.each([
    { stddev: 0.3, ends: [-1, 0] },
    { stddev: 1, ends: [-4, -3, -2, -1, 0, 1, 2, 3] },
    { stddev: 2.5, ends: Array.from({ length: 21 }, (_, i) => i - 10) },
    { stddev: 1e3, ends: equalCells(1e3) },
    { stddev: 1e7, ends: equalCells(1e7) },
  ])("is the rounded Gaussian's, cell by cell, at σ = $stddev", ({ stddev, ends }) => {
    const { statistic, freedom } = pearson(draw(stddev, `cells ${stddev}`), ends, stddev);
    expect(statistic).toBeLessThan(chiSquareLimit(freedom));
  });

  it("has its probabilities at a small σ: at 0.1 one draw in 1,744,278 is not 0", () => {
    // 2 Φ̄(5) = 5.7330e-7; of 4e6 draws 2.29 on average, and 21 or more with probability below 1e-12 (Poisson)
    const nonZero = draw(0.1, "small", 4 * DRAWS).filter((k) => k !== 0);
    expect(nonZero.length).toBeLessThan(21);
    expect(nonZero.every((k) => Math.abs(k) === 1)).toBe(true);
  });

  it("D15 has the Gaussian's tails beyond 4 and 5 standard deviations, on both sides", () => {
    const sample = draw(1e6, "tails", 4 * DRAWS);
    const count = (inside: (z: number) => boolean): number => sample.filter((k) => inside(k / 1e6)).length;
    // Φ̄(4) = 3.16712e-5: 126.7 on average a side; Poisson: outside 62 … 208 with probability below 2e-10
    for (const beyond of [count((z) => z > 4), count((z) => z < -4)]) {
      expect(beyond).toBeGreaterThan(62);
      expect(beyond).toBeLessThan(208);
    }
    // Φ̄(5) = 2.86652e-7: 2.29 on average for both; 21 or more with probability below 1e-12
    expect(count((z) => Math.abs(z) > 5)).toBeLessThan(21);
    // and it does not end at 4: the largest of 4e6 is above 4.2 except with probability below 1e-40
    expect(count((z) => Math.abs(z) > 4.2)).toBeGreaterThan(0);
  });

  it("has the Gaussian's law beyond the table, where p < 2^-21, 4.9 standard deviations out", () => {
    const stream = openKeystream(seededRandom("deep"));
    const table = quantileTable();
    const draws = 3_000;
    const sample = Float64Array.from({ length: draws }, () => {
      const words = [takeBits64(stream) >> 21n, takeBits64(stream), takeBits64(stream), takeBits64(stream)];
      return addNoiseFrom(scriptKeystream(words), table, new Float64Array(1), 1e6)[0];
    }).sort();
    // given p < 2^-21, p is uniform below it; rounding to 1e-6 σ moves the distance by less than 1e-5
    let worst = 0;
    sample.forEach((k, i) => {
      const uniform = 1 - 2 ** 20 * erfc(k / 1e6 / Math.SQRT2);
      worst = Math.max(worst, Math.abs(uniform - i / draws), Math.abs(uniform - (i + 1) / draws));
    });
    expect(Math.sqrt(draws) * worst).toBeLessThan(KOLMOGOROV_LIMIT + 0.001);
  });

  it("D15 has the variance that is asked for", () => {
    expect(Math.abs(varianceExcess(draw(1e6, "variance"), 1e6))).toBeLessThan(VARIANCE_LIMIT);
  });
});

describe("the power of these tests", () => {
  const stddev = 1e6;

  it.each([2 / 3, 3 / 2])("rejects noise whose scale is %d of what is claimed, by each of them", (scale) => {
    const wrong = draw(stddev * scale, `wrong ${scale}`);
    expect(kolmogorov(wrong, stddev)).toBeGreaterThan(KOLMOGOROV_LIMIT);
    const cells = pearson(wrong, equalCells(stddev), stddev);
    expect(cells.statistic).toBeGreaterThan(chiSquareLimit(cells.freedom));
    expect(Math.abs(varianceExcess(wrong, stddev))).toBeGreaterThan(VARIANCE_LIMIT);
  });

  it("D15 rejects a scale of 0.99 by its variance", () => {
    expect(Math.abs(varianceExcess(draw(stddev * 0.99, "wrong 0.99"), stddev))).toBeGreaterThan(VARIANCE_LIMIT);
  });

  it("D15 rejects a shift by a hundredth of σ", () => {
    const shifted = draw(stddev, "shifted").map((k) => k + stddev / 100);
    expect(kolmogorov(shifted, stddev)).toBeGreaterThan(KOLMOGOROV_LIMIT);
  });
});

describe("the independence of draws", () => {
  /** √n times the correlation of pairs, under independence nearly standard normal. */
  function correlate(a: Float64Array, b: Float64Array, scale: (x: number) => number): number {
    let sum = 0;
    for (let i = 0; i < b.length; i++) sum += scale(a[i]) * scale(b[i]);
    return sum / Math.sqrt(b.length);
  }
  const plain = (x: number): number => x / 1e6;
  const squared = (x: number): number => ((x / 1e6) ** 2 - 1) / Math.SQRT2;

  const sample = draw(1e6, "coordinates");

  it.each([1, 2, 3, 8_192])("shows between coordinates %d apart, in value and in size", (lag) => {
    expect(Math.abs(correlate(sample, sample.subarray(lag), plain))).toBeLessThan(NORMAL_LIMIT);
    expect(Math.abs(correlate(sample, sample.subarray(lag), squared))).toBeLessThan(NORMAL_LIMIT);
  });

  it("shows between two calls, and between two streams of one source", () => {
    const source = seededRandom("streams");
    const [one, two] = [createGridGaussian(source), createGridGaussian(source)];
    const zeros = new Float64Array(DRAWS / 2);
    const calls = [one.addNoise(zeros, 1e6), one.addNoise(zeros, 1e6), two.addNoise(zeros, 1e6)];
    for (const [i, j] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ]) {
      expect(Math.abs(correlate(calls[i], calls[j], plain))).toBeLessThan(NORMAL_LIMIT);
      expect(Math.abs(correlate(calls[i], calls[j], squared))).toBeLessThan(NORMAL_LIMIT);
    }
  });

  it("T18 shows in the residues: the low bits of the result are even (Mironov's leak would sit there)", () => {
    const residues = new Float64Array(16);
    for (const k of draw(1e6, "residues")) residues[((k % 16) + 16) % 16] += 1;
    const expected = DRAWS / 16;
    const statistic = residues.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(statistic).toBeLessThan(chiSquareLimit(15));
  });
});
