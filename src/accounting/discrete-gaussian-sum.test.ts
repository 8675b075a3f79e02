import { describe, expect, it } from "vitest";
import { discreteGaussianSumRho } from "./discrete-gaussian-sum.ts";

/** P(x) ∝ exp(−x²/(2σ²)) on the integers from −reach to reach; what lies beyond is below 1e-80. */
function discreteGaussian(stddev: number, reach: number): number[] {
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * stddev * stddev)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function convolve(a: readonly number[], b: readonly number[]): number[] {
  const sum = Array.from({ length: a.length + b.length - 1 }, () => 0);
  for (const [i, x] of a.entries()) for (const [j, y] of b.entries()) sum[i + j] += x * y;
  return sum;
}

/** D_α of a law and itself moved by a whole number, summed term by term where both are above 1e-200. */
function divergence(law: readonly number[], moved: number, order: number): number {
  let sum = 0;
  for (let i = moved; i < law.length; i++) {
    if (law[i] > 1e-200 && law[i - moved] > 1e-200)
      sum += Math.exp(order * Math.log(law[i]) + (1 - order) * Math.log(law[i - moved]));
  }
  return Math.log(sum) / (order - 1);
}

describe("the price of a sum of discrete Gaussians", () => {
  it("is above the divergence that term-by-term summation gives, at every order, also where the sum is far from a discrete Gaussian", () => {
    for (const stddev of [0.5, 0.55, 0.6, 0.75, 1, 2]) {
      const one = discreteGaussian(stddev, Math.ceil(20 * stddev));
      let law = one;
      for (let summands = 2; summands <= 6; summands++) {
        law = convolve(law, one);
        for (const moved of [1, 2, 3]) {
          const facts = { summands, stddev, l1Sensitivity: moved, l2Sensitivity: moved, dimension: 1 } as const;
          const rho = discreteGaussianSumRho({ kind: "discrete-gaussian-sum", ...facts }, 1, "event");
          for (const order of [1.01, 1.5, 2, 3, 5]) {
            const exact = divergence(law, moved, order);
            expect(rho * order).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
            // and hardly above it where the sum is nearly one discrete Gaussian
            if (stddev >= 1) expect(rho * order).toBeLessThan(exact * 1.001 + 1e-2);
          }
        }
      }
    }
  });

  it("is what one discrete Gaussian costs where there is one, and refuses a deviation below a half", () => {
    const facts = { kind: "discrete-gaussian-sum", l1Sensitivity: 2, l2Sensitivity: 2, dimension: 9 } as const;
    const one = discreteGaussianSumRho({ ...facts, summands: 1, stddev: 4 }, 1, "event");
    expect(one).toBeGreaterThanOrEqual(4 / (2 * 16));
    expect(one).toBeLessThan((4 / (2 * 16)) * (1 + 1e-12));
    expect(() => discreteGaussianSumRho({ ...facts, summands: 3, stddev: 0.49 }, 1, "event")).toThrow(/0.5/);
  });
});
