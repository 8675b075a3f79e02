import { describe, expect, it } from "vitest";
import { compensatedSum, normalCdf } from "../numeric/index.ts";
import { lossAt, lossBuckets } from "./loss-buckets.ts";

const pairs = [
  { samplingProbability: 0.01, noiseMultiplier: 1 },
  { samplingProbability: 1e-6, noiseMultiplier: 0.5 },
  { samplingProbability: 0.9, noiseMultiplier: 3 },
  { samplingProbability: 1, noiseMultiplier: 2 },
];

describe("A20: loss buckets", () => {
  for (const pair of pairs) {
    const { samplingProbability: q, noiseMultiplier: z } = pair;
    it(`hold the whole mass of P and of Q, to their stated error, at q ${q}, z ${z}`, () => {
      for (const mesh of [2 ** -3, 2 ** -9, 2 ** -14]) {
        const b = lossBuckets(pair, { mesh, reach: 10, tilt: 0, logScale: 0 });
        const p = compensatedSum(b.left.map((v, i) => v + b.right[i]));
        const underQ = compensatedSum(
          b.left.map((v, i) => Math.exp(-(b.first + i) * mesh) * (v + b.right[i] * Math.exp(-mesh))),
        );
        expect(Math.abs(p - 1)).toBeLessThan(b.relativeError + 4 * normalCdf(-10) + 1e-12);
        expect(Math.abs(underQ - 1)).toBeLessThan(b.relativeError + 4 * normalCdf(-10) + 1e-12);
        expect(b.left.every((v) => v >= 0)).toBe(true);
        expect(b.right.every((v) => v >= 0)).toBe(true);
      }
    });

    it(`A25: at the multiples of the mesh the dots have the exact delta of the step, at q ${q}, z ${z}`, () => {
      const mesh = 2 ** -6;
      const b = lossBuckets(pair, { mesh, reach: 12, tilt: 0, logScale: 0 });
      for (const epsilon of [8 * mesh, 20 * mesh]) {
        let dots = 0;
        for (let i = 0; i < b.left.length; i++) {
          const g = (b.first + i) * mesh;
          dots += b.left[i] * Math.max(0, -Math.expm1(epsilon - g));
          dots += b.right[i] * Math.max(0, -Math.expm1(epsilon - g - mesh));
        }
        const x = q === 1 ? 0.5 + z * z * epsilon : 0.5 + z * z * Math.log1p(Math.expm1(epsilon) / q);
        expect(lossAt(pair, x)).toBeCloseTo(epsilon, 12);
        const exact = q * normalCdf((1 - x) / z) + (1 - q - Math.exp(epsilon)) * normalCdf(-x / z);
        expect(dots / exact).toBeCloseTo(1, 8);
      }
    });
  }

  it("carry a tilt without losing mass: undoing it gives the untilted buckets", () => {
    const [pair] = pairs;
    const plain = lossBuckets(pair, { mesh: 0.01, reach: 9, tilt: 0, logScale: 0 });
    const tilted = lossBuckets(pair, { mesh: 0.01, reach: 9, tilt: 5, logScale: 2 });
    for (let i = 0; i < plain.left.length; i += 7) {
      const undo = Math.exp(2 - 5 * (plain.first + i) * 0.01);
      expect(tilted.left[i] * undo).toBeCloseTo(plain.left[i], 12);
      expect(tilted.right[i] * undo).toBeCloseTo(plain.right[i], 12);
    }
  });
});
