import { describe, expect, it } from "vitest";
import { epsilonFromRdp, logDeltaFromRdp, totalVariationFromRdp } from "./rdp-conversion.ts";

describe("conversion from Renyi divergence", () => {
  it("is the formula of Canonne, Kamath and Steinke, from above", () => {
    const exact = 4 + Math.log(7 / 8) - Math.log(8e-5) / 7;
    expect(epsilonFromRdp(4, 8, 1e-5)).toBeGreaterThanOrEqual(exact);
    expect(epsilonFromRdp(4, 8, 1e-5)).toBeCloseTo(exact, 13);
  });

  it("answers itself in both directions, down to delta 1e-300", () => {
    for (const delta of [0.1, 1e-10, 1e-300]) {
      const epsilon = epsilonFromRdp(3, 5, delta);
      expect(logDeltaFromRdp(3, 4, epsilon) / Math.log(delta)).toBeCloseTo(1, 12);
    }
  });

  it("never goes below 0, passes Infinity on, refuses what is no divergence", () => {
    expect(epsilonFromRdp(0, 1.5, 0.9)).toBe(0);
    expect(epsilonFromRdp(Infinity, 2, 1e-5)).toBe(Infinity);
    for (const bad of [-1e-9, NaN]) expect(() => epsilonFromRdp(bad, 2, 1e-5)).toThrow(/numerical_failure/);
    for (const bad of [1, Infinity, NaN]) expect(() => epsilonFromRdp(1, bad, 1e-5)).toThrow(/order must be/);
    for (const bad of [0, 1, NaN]) expect(() => epsilonFromRdp(1, 2, bad)).toThrow(/delta must be/);
  });

  it("bounds the total variation of two Gaussians, which is known", () => {
    // KL = μ²/2, TV = 2Φ(μ/2) − 1: 0.0398776 at μ = 0.1, 0.682689 at μ = 2
    expect(totalVariationFromRdp(0.005)).toBeGreaterThan(0.0398776);
    expect(totalVariationFromRdp(2)).toBeGreaterThan(0.682689);
    expect(totalVariationFromRdp(Infinity)).toBe(1);
  });
});
