import { describe, expect, it } from "vitest";
import { compensatedSum } from "../numeric/index.ts";
import { boundedBuckets } from "./bounded-buckets.ts";

const pairs = [
  { shape: "laplace", epsilon: 1.3, lowProbability: 0 },
  { shape: "laplace", epsilon: 0.011, lowProbability: 0 },
  { shape: "atoms", epsilon: 2, lowProbability: 1 / (1 + Math.exp(2)) },
  { shape: "atoms", epsilon: 0.7, lowProbability: 0.1 },
] as const;

describe("A20: buckets of bounded losses", () => {
  for (const pair of pairs) {
    it(`hold the whole mass of P and of Q: ${pair.shape}, epsilon ${pair.epsilon}`, () => {
      for (const mesh of [2 ** -2, 2 ** -7, 2 ** -12]) {
        const b = boundedBuckets(pair, { mesh, reach: 0, tilt: 0, logScale: 0 });
        const p = compensatedSum(b.left.map((v, i) => v + b.right[i]));
        const q = compensatedSum(
          b.left.map((v, i) => Math.exp(-(b.first + i) * mesh) * (v + b.right[i] * Math.exp(-mesh))),
        );
        expect(Math.abs(p - 1)).toBeLessThan(b.relativeError + 1e-12);
        expect(Math.abs(q - 1)).toBeLessThan(b.relativeError + 1e-12);
      }
    });
  }

  it("have the exact delta of one Laplace mechanism at the multiples of the mesh: 1 − exp((eps' − eps)/2)", () => {
    const mesh = 2 ** -5;
    const b = boundedBuckets(pairs[0], { mesh, reach: 0, tilt: 0, logScale: 0 });
    for (const epsilon of [0, 8 * mesh, 40 * mesh]) {
      let dots = 0;
      for (let i = 0; i < b.left.length; i++) {
        const g = (b.first + i) * mesh;
        dots +=
          b.left[i] * Math.max(0, -Math.expm1(epsilon - g)) + b.right[i] * Math.max(0, -Math.expm1(epsilon - g - mesh));
      }
      expect(dots / -Math.expm1((epsilon - 1.3) / 2)).toBeCloseTo(1, 10);
    }
  });
});
