import { describe, expect, it } from "vitest";
import { account, gaussian, laplace, nonPrivate, poissonSampled, selfComposed, stepwiseEpsilon } from "./index.ts";

const neighboring = "add-or-remove-one";

describe("the live progress line", () => {
  it("is at every one of 3,000 steps within a thousandth above the certified bracket, and never falls", () => {
    const step = poissonSampled(0.01, gaussian(1));
    const live = stepwiseEpsilon(step, { neighboring, delta: 1e-5, steps: 3000 });
    const line = Array.from({ length: 3000 }, (_, i) => live(i + 1));
    for (let i = 1; i < line.length; i++) expect(line[i]).toBeGreaterThanOrEqual(line[i - 1] ?? 0);
    for (const k of [1, 2, 7, 333, 1501, 2999]) {
      const { lower, upper } = account(selfComposed(step, k), { neighboring }).guarantee({
        delta: 1e-5,
        tolerance: 1e-3,
      }).epsilon;
      expect(line[k - 1]).toBeGreaterThanOrEqual(lower);
      expect(line[k - 1]).toBeLessThanOrEqual(1.002 * upper);
    }
  });

  it("rises to the end instead of waiting at the target: no step is free", () => {
    const live = stepwiseEpsilon(poissonSampled(0.01, gaussian(1)), { neighboring, delta: 1e-5, steps: 2000 });
    for (let k = 1000; k < 2000; k += 100) expect(live(k + 100)).toBeGreaterThan(live(k));
  });

  it("is at or above another library's truth for the whole schedule, without being told its length", () => {
    // reference of the golden rows: two-sided, extended precision
    const lines = [
      { q: 0.01, z: 1, steps: 10_000, delta: 1e-5, truth: 6.18771239 },
      { q: 256 / 60_000, z: 1.1, steps: 14_062, delta: 1e-5, truth: 2.38159692 },
      { q: 0.001, z: 0.5, steps: 1000, delta: 1e-6, truth: 4.2350683 },
      { q: 0.05, z: 2, steps: 500, delta: 1e-14, truth: 4.93966947 },
      { q: 0.5, z: 0.5, steps: 1, delta: 0.1, truth: 0 },
    ];
    for (const { q, z, steps, delta, truth } of lines) {
      const live = stepwiseEpsilon(poissonSampled(q, gaussian(z)), { neighboring, delta });
      expect(live(steps)).toBeGreaterThanOrEqual(truth * (1 - 1e-8));
      if (truth > 0) expect(live(steps)).toBeLessThanOrEqual(1.001 * truth);
    }
  });

  it("bounds steps of bounded loss, whose spectrum never fades, and steps without protection", () => {
    const live = stepwiseEpsilon(laplace(10), { neighboring, delta: 1e-6, steps: 400 });
    for (const k of [1, 2, 10, 399]) {
      const { lower } = account(selfComposed(laplace(10), k), { neighboring }).guarantee({ delta: 1e-6 }).epsilon;
      expect(live(k)).toBeGreaterThanOrEqual(lower);
      expect(live(k)).toBeLessThanOrEqual(0.1 * k * (1 + 1e-12));
    }
    const open = stepwiseEpsilon(nonPrivate(), { neighboring, delta: 1e-6 });
    expect(open(0)).toBe(0);
    expect(open(1)).toBe(Infinity);
  });
});
