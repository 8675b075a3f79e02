import { describe, expect, it } from "vitest";
import { calibrateNoiseMultiplier, calibrateSteps } from "../../src/accounting/index.ts";
import { priceOf, renyiPriceOf } from "./price.ts";

// TensorFlow Privacy 0.9.0, the tests of compute_dp_sgd_privacy_lib: RDP over a list of orders, an upper bound;
// [records, batch, z, epochs, δ, ε]
const renyiTable = [
  [60_000, 150, 1.3, 15, 1e-5, 0.7242234026],
  [100_000, 100, 1.0, 30, 1e-7, 1.4154988495],
  [100_000_000, 1024, 0.1, 10, 1e-7, 5907982.311],
] as const;

// the same: PLD at its default mesh beside RDP; microbatches double the sensitivity, so z counts half there
const statements = [
  {
    name: "each example once per epoch, z 2, 5 epochs, microbatches",
    q: 1,
    z: 1,
    steps: 5,
    delta: 1e-6,
    pld: 12.595,
    rdp: 13.376,
  },
  {
    name: "Poisson, z 2, 5 epochs, microbatches",
    q: 64 / 10_000,
    z: 1,
    steps: 782,
    delta: 1e-6,
    pld: 1.199,
    rdp: 1.616,
  },
  { name: "no subsampling, z .7, 1.2 epochs", q: 1, z: 0.7, steps: 2, delta: 1e-5, pld: 10.1224946, rdp: 10.8602036 },
  { name: "q .01, z .7, 1.2 epochs", q: 0.01, z: 0.7, steps: 120, delta: 1e-5, pld: 2.4612381, rdp: 3.2392676 },
  { name: "no subsampling, microbatches", q: 1, z: 0.35, steps: 2, delta: 1e-5, pld: 24.7160779, rdp: 26.2880374 },
  { name: "q .01, microbatches", q: 0.01, z: 0.35, steps: 120, delta: 1e-5, pld: 18.6977407, rdp: 22.6248601 },
];

describe("the statements of TensorFlow Privacy", () => {
  it.each(renyiTable)(
    "%d records, batch %d, z %d, %d epochs, δ %d: at most %d",
    (n, batch, z, epochs, delta, published) => {
      const run = { samplingProbability: batch / n, noiseMultiplier: z, steps: Math.ceil((epochs * n) / batch), delta };
      expect(renyiPriceOf(run)).toBeLessThanOrEqual(published);
      expect(priceOf(run).upper).toBeLessThanOrEqual(published);
    },
  );

  it.each(statements)("$name: PLD $pld, RDP $rdp", ({ q, z, steps, delta, pld, rdp }) => {
    const run = { samplingProbability: q, noiseMultiplier: z, steps, delta };
    const { lower, upper } = priceOf(run, 1e-3);
    // the last printed digit and the mesh of 1e-4, upward; our bracket is at most 1e-3 wide
    const digit = pld === 12.595 || pld === 1.199 ? 5e-4 : 5e-7;
    expect(lower).toBeLessThanOrEqual(pld + digit);
    expect(upper).toBeGreaterThanOrEqual(pld - digit - 1e-4);
    expect(upper).toBeLessThanOrEqual(pld + digit + 1e-3);
    if (q < 1) expect(renyiPriceOf(run)).toBeLessThanOrEqual(rdp + digit);
    expect(upper).toBeLessThan(rdp);
  });
});

describe("the PLD examples of JAX Privacy 2.0.0", () => {
  it("z 3, 512 steps, q .1, δ 1e-6: ε 3.77; ε 1 needs z 9.66; ε 2 allows 155 steps", () => {
    const common = { delta: 1e-6, samplingProbability: 0.1, neighboring: "add-or-remove-one" } as const;
    const { lower, upper } = priceOf({ samplingProbability: 0.1, noiseMultiplier: 3, steps: 512, delta: 1e-6 }, 1e-3);
    expect(lower).toBeLessThanOrEqual(3.775);
    expect(upper.toFixed(2)).toBe("3.77");
    const noise = calibrateNoiseMultiplier({ ...common, targetEpsilon: 1, steps: 512 }).value;
    // certified, so never less noise than needed; within 0.2 % of theirs
    expect(noise).toBeGreaterThan(9.655);
    expect(noise).toBeLessThan(9.665 * 1.002);
    expect(calibrateSteps({ ...common, targetEpsilon: 2, noiseMultiplier: 3 }).value).toBeLessThanOrEqual(155);
    expect(calibrateSteps({ ...common, targetEpsilon: 2, noiseMultiplier: 3 }).value).toBeGreaterThanOrEqual(154);
  });
});
