import { describe, expect, it } from "vitest";
import { expRemainder, logDivergenceWeight } from "./divergence-weight.ts";

describe("the divergence weight", () => {
  // (1 + u)^a − 1 − a·u at the exact values of these doubles, by mpmath 1.4.1 with 40 digits
  const rows = [
    [1e-9, 2.5, 1.8750000003125e-18],
    [1e-9, 1.0001, 5.000499998332783e-23],
    [-0.5, 1.5, 0.10355339059327376],
    [0.02, 30, 0.21136158410335376],
    [5, 3.3, 352.2422896324962],
  ] as const;
  it("keeps its relative accuracy from tiny to large ratios", () => {
    for (const [u, a, exact] of rows) {
      expect(Math.exp(logDivergenceWeight(u, Math.log1p(u), a)) / exact).toBeCloseTo(1, 12);
    }
  });

  it("does not overflow where the moment itself would", () => {
    // u = e^800: (1 + u)^3 is far beyond doubles
    expect(logDivergenceWeight(Infinity, 800, 3)).toBeCloseTo(2400, 9);
    expect(logDivergenceWeight(0.5, Math.log1p(0.5), 5000)).toBeCloseTo(5000 * Math.log(1.5), 9);
  });

  it("agrees on both sides of the switch of exp(y) − 1 − y", () => {
    for (const y of [0.3, -0.3]) {
      const [inside, outside] = [expRemainder(y * (1 - 1e-12)), expRemainder(y * (1 + 1e-12))];
      expect(outside / inside).toBeCloseTo(1, 10);
    }
  });
});
