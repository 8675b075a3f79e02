import { describe, expect, it } from "vitest";
import { priceOf, renyiPriceOf } from "./price.ts";

// Gopi, Lee, Wutschitz 2021, "Numerical Composition of Differential Privacy", arXiv:2106.02848v3, as the accountant of
// Opacus 1.6.0 computes it (its own reference table): [z, q, steps, upper ε] at δ = 1e-6, error in ε 0.01, in δ 1e-9
const table = [
  [0.8, 0.001, 100, 0.270403],
  [1.5, 0.001, 100, 0.0393694],
  [2, 0.001, 100, 0.0291045],
  [0.8, 0.05, 100, 6.741052],
  [1.5, 0.05, 100, 1.953853],
  [2, 0.05, 100, 1.283637],
  [3, 0.05, 100, 0.767934],
  [0.8, 0.2, 100, 24.33366],
  [1.5, 0.2, 100, 8.498978],
  [3, 0.2, 100, 3.381221],
  [0.8, 0.001, 1000, 0.477771],
  [1.5, 0.05, 1000, 6.209969],
  [2, 0.05, 1000, 4.1728],
  [0.8, 0.001, 20000, 1.296009],
  [1.5, 0.05, 20000, 38.306618],
  [2, 0.001, 50000, 0.491355],
  [3, 0.05, 50000, 24.942006],
] as const;
const delta = 1e-6;

describe("the PRV accountant of Gopi, Lee, Wutschitz 2021", () => {
  it.each(table)("z = %d, q = %d, %d steps: ε ≤ %d, and at least that less both errors", (z, q, steps, published) => {
    // a default answer is wide by 0.2 % or so: narrow enough below 2
    const tolerance = published < 2 ? undefined : 5e-3;
    const { lower, upper } = priceOf({ samplingProbability: q, noiseMultiplier: z, steps, delta }, tolerance);
    expect(lower).toBeLessThanOrEqual(published);
    expect(upper).toBeLessThanOrEqual(published);
    // the upper end adds 0.01 to the estimate, which is itself within 0.01
    expect(upper).toBeGreaterThanOrEqual(published - 0.0205);
  });

  // Opacus 1.6.0, its accountants' tests: q = .04, z = 1.5, δ = 1e-5
  it("2250 steps of q = 0.04, z = 1.5 at 1e-5: PRV 6.779132, RDP over its list of orders 7.32911117143", () => {
    const run = { samplingProbability: 0.04, noiseMultiplier: 1.5, steps: 2250, delta: 1e-5 };
    const { lower, upper } = priceOf(run, 1e-3);
    expect(lower).toBeGreaterThan(6.779132 - 0.0205);
    expect(upper).toBeLessThanOrEqual(6.779132);
    expect(renyiPriceOf(run)).toBeLessThanOrEqual(7.32911117143);
    expect(renyiPriceOf(run)).toBeGreaterThan(0.999 * 7.32911117143);
  });
});
