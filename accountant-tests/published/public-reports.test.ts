import { describe, expect, it } from "vitest";
import { account, gaussian, selfComposed } from "../../src/accounting/index.ts";
import { priceOf, renyiPriceOf } from "./price.ts";

// Questions that users of other libraries asked in public. Values: dp-accounting 0.6.0 at two meshes, extrapolated, and
// a contour integral; P04 by the closed form with 60 digits.
describe("settings from public reports", () => {
  it("P04: a batch as large as the data set is the Gaussian itself: 3.34140946924", () => {
    const { lower, upper } = priceOf({ samplingProbability: 1, noiseMultiplier: 4, steps: 10, delta: 1e-5 });
    expect(upper).toBeCloseTo(3.34140946924, 10);
    expect(lower).toBeCloseTo(3.34140946924, 10);
    const plain = account(selfComposed(gaussian(4), 10), { neighboring: "add-or-remove-one" });
    expect(plain.guarantee({ delta: 1e-5 }).epsilon.upper).toBe(upper);
  });

  it.each([
    { id: "P05", q: 250 / 15_000, z: 1.3, steps: 900, delta: 1e-5, epsilon: 1.8915185, rdp: 2.0847153 },
    { id: "P06", q: 250 / 60_000, z: 1.1, steps: 480, delta: 1e-5, epsilon: 0.4110186, rdp: 0.7957675 },
    { id: "P07", q: 256 / 60_000, z: 1.1, steps: 14_062, delta: 1e-7, epsilon: 2.984176, rdp: 3.185174 },
    { id: "P07", q: 256 / 60_000, z: 1.1, steps: 14_063, delta: 1e-7, epsilon: 2.984288, rdp: Infinity },
  ])(
    "$id: $steps steps, q $q, z $z, δ $delta: $epsilon, by RDP at most $rdp",
    ({ q, z, steps, delta, epsilon, rdp }) => {
      const run = { samplingProbability: q, noiseMultiplier: z, steps, delta };
      const { lower, upper, point } = priceOf(run, 1e-3);
      // the last printed digit
      expect(lower).toBeLessThanOrEqual(epsilon + 5e-7);
      expect(upper).toBeGreaterThanOrEqual(epsilon - 5e-7);
      expect(Math.abs(point - epsilon)).toBeLessThan(1e-4);
      expect(renyiPriceOf(run)).toBeLessThanOrEqual(rdp);
    },
  );

  it("P06: the old answer for these flags, 0.80, is an upper bound by Renyi orders; the bracket is below it", () => {
    const { upper } = priceOf({ samplingProbability: 250 / 60_000, noiseMultiplier: 1.1, steps: 480, delta: 1e-5 });
    expect(upper).toBeLessThan(0.52 * 0.7957675);
  });
});
