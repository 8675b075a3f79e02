import { describe, expect, it } from "vitest";
import { account, gaussian, poissonSampled } from "../src/accounting/index.ts";
import { toNumber } from "./oracle/big-float.ts";
import { gaussianDelta, sampledGaussianDelta } from "./oracle/mechanisms.ts";

const neighboring = "add-or-remove-one";
const settings = [
  [0.01, 1],
  [0.5, 0.5],
  [0.99, 2],
  [1e-6, 0.3],
  [0.2, 20],
  [0.001, 0.1],
] as const;

describe("one sampled step, by arbitrary precision", () => {
  it("A12: delta is the closed form to 1e-6, enclosed, the larger of both directions", () => {
    for (const [q, z] of settings) {
      const step = account(poissonSampled(q, gaussian(z)), { neighboring });
      for (const epsilon of [0, 1e-3, 0.1, 0.7, 3, 12]) {
        // beyond, δ is below exp(−450), and series for it are long
        if (z * epsilon > 30) continue;
        const { remove, add } = sampledGaussianDelta(q, z, epsilon);
        const exact = Math.max(toNumber(remove), toNumber(add));
        const found = step.delta({ epsilon });
        if (exact < 1e-290) {
          expect(found.upper).toBeLessThanOrEqual(1e-289);
          continue;
        }
        expect(found.upper / exact, `${q} ${z} ${epsilon}`).toBeGreaterThanOrEqual(1);
        expect(found.lower / exact).toBeLessThanOrEqual(1);
        expect(found.upper / exact).toBeLessThan(1 + 1e-6);
        expect(found.lower / exact).toBeGreaterThan(1 - 1e-6);
      }
    }
  });

  it("A12: epsilon at the closed form's delta is the epsilon that went in", () => {
    for (const [q, z] of settings) {
      const step = account(poissonSampled(q, gaussian(z)), { neighboring });
      for (const epsilon of [0.01, 0.7, 3]) {
        if (z * epsilon > 30) continue;
        const { remove, add } = sampledGaussianDelta(q, z, epsilon);
        const exact = Math.max(toNumber(remove), toNumber(add));
        if (exact < 1e-290) continue;
        // one unit in the last place more and less than the exact δ
        const above = step.guarantee({ delta: exact * (1 - 3e-16) }).epsilon.upper;
        const below = step.guarantee({ delta: exact * (1 + 3e-16) }).epsilon.lower;
        expect(above).toBeGreaterThanOrEqual(epsilon);
        expect(below).toBeLessThanOrEqual(epsilon);
        expect(above - below).toBeLessThan(1e-6 * Math.max(1, epsilon));
      }
    }
  });

  it("A12: the two directions differ, and adding is free beyond −log(1 − q)", () => {
    const { remove, add } = sampledGaussianDelta(0.1, 1, 0.05);
    expect(toNumber(remove)).toBeGreaterThan(toNumber(add));
    expect(toNumber(add)).toBeGreaterThan(0);
    expect(toNumber(sampledGaussianDelta(0.1, 1, -Math.log(0.9)).add)).toBeLessThan(1e-17);
    expect(toNumber(sampledGaussianDelta(1, 1, 1).remove)).toBe(toNumber(gaussianDelta(1, 1)));
  });
});
