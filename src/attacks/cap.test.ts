import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxAdvantage, maxAuc, maxTpr, maxTprGaussian } from "./index.ts";

// evenly spread: fc.double alone draws mostly tiny numbers
const evenly = (most: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 1000 }).map((i) => (i / 1000) * most);
const tiny = fc.double({ min: 0, max: 1e-6, noNaN: true });
const epsilon = fc.oneof(evenly(12), tiny);
const delta = fc.oneof(fc.constant(0), evenly(0.3), tiny);
const seeded = { seed: 20262, numRuns: 200 };

describe("the caps that a privacy claim puts on an attack", () => {
  // figures computed outside this project, to the digits quoted
  it.each([
    [0.5, 0.622, 0.0165],
    [1, 0.731, 0.0272],
    [2, 0.881, 0.0739],
    [4, 0.982, 0.546],
    [8, 0.9997, 0.9997],
  ])("at epsilon %d are an AUC of %d and a TPR of %d at 1 %% FPR", (eps, auc, tpr) => {
    expect(Math.abs(maxAuc(eps, 0) - auc)).toBeLessThan(6e-4);
    expect(Math.abs(maxTpr(eps, 0, 0.01) - tpr)).toBeLessThan(6e-4);
  });

  it.each([
    [0.25, 0.01893, 0.00225],
    [0.5, 0.0339, 0.0048],
    [1, 0.09236, 0.0183],
    [2, 0.37209, 0.13781],
    [4, 0.9529, 0.81853],
  ])("of a Gaussian claim with mu %d are %d at 1 %% and %d at 0.1 %%", (mu, at1, at01) => {
    expect(maxTprGaussian(mu, 0.01)).toBeCloseTo(at1, 4);
    expect(maxTprGaussian(mu, 0.001)).toBeCloseTo(at01, 4);
  });

  it("have the area and the largest gap of the curve that maxTpr draws", () => {
    fc.assert(
      fc.property(epsilon, delta, (eps, d) => {
        const n = 20_000;
        let [area, gap, before] = [0, 0, maxTpr(eps, d, 0)];
        for (let i = 1; i <= n; i++) {
          const tpr = maxTpr(eps, d, i / n);
          area += (before + tpr) / 2 / n;
          gap = Math.max(gap, tpr - i / n);
          before = tpr;
        }
        // the curve is concave: trapezia lie below it, by less than one cell at the corner
        expect(area).toBeLessThanOrEqual(maxAuc(eps, d) + 1e-12);
        expect(area).toBeGreaterThan(maxAuc(eps, d) - 1 / n);
        expect(gap).toBeLessThanOrEqual(maxAdvantage(eps, d) + 1e-12);
        expect(gap).toBeGreaterThan(maxAdvantage(eps, d) - Math.exp(Math.min(eps, 8)) / n - 1e-3);
      }),
      { ...seeded, numRuns: 20 },
    );
  });

  it("never fall below the rates of randomized response with a revealing share, which attain them", () => {
    fc.assert(
      fc.property(epsilon, delta, (eps, d) => {
        const q = 1 / (1 + Math.exp(-eps));
        const [tpr, fpr] = [d + (1 - d) * q, (1 - d) / (1 + Math.exp(eps))];
        expect(maxTpr(eps, d, fpr)).toBeGreaterThanOrEqual(tpr - 1e-15);
        expect(maxTpr(eps, d, fpr)).toBeLessThanOrEqual(tpr + 1e-12);
        expect(maxAdvantage(eps, d)).toBeGreaterThanOrEqual(tpr - fpr - 1e-15);
      }),
      seeded,
    );
  });

  it("grow with epsilon, delta and the false-positive rate, and lie between the rate and 1", () => {
    const unit = fc.oneof(evenly(1), tiny);
    fc.assert(
      fc.property(epsilon, epsilon, delta, delta, unit, (e1, e2, d1, d2, fpr) => {
        const low = maxTpr(Math.min(e1, e2), Math.min(d1, d2), fpr);
        const high = maxTpr(Math.max(e1, e2), Math.max(d1, d2), fpr);
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(fpr);
        expect(high).toBeLessThanOrEqual(1);
      }),
      seeded,
    );
  });

  it("are 1 without a claim and say nothing good about epsilon 70333", () => {
    expect(maxTpr(Infinity, 0, 0)).toBe(1);
    expect(maxTpr(70_333, 1e-5, 0.01)).toBe(1);
    expect(maxTpr(70_333, 1e-5, 0)).toBeCloseTo(1e-5, 15);
    expect(maxAuc(Infinity, 0)).toBe(1);
    expect(maxAdvantage(Infinity, 0)).toBe(1);
  });

  it.each([
    [() => maxTpr(-1, 0, 0.1), "epsilon"],
    [() => maxTpr(Number.NaN, 0, 0.1), "epsilon"],
    [() => maxTpr(1, 2, 0.1), "delta"],
    [() => maxTpr(1, 0, -0.1), "fpr"],
    [() => maxTprGaussian(Infinity, 0.1), "mu"],
  ])("refuse what is no claim (%#)", (call, argument) => {
    expect(call).toThrow(`[invalid_argument] ${argument}`);
  });
});
