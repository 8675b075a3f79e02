import betainc from "@stdlib/math-base-special-betainc";
import betaincinv from "@stdlib/math-base-special-betaincinv";
import erfc from "@stdlib/math-base-special-erfc";
import erfcx from "@stdlib/math-base-special-erfcx";
import gammaln from "@stdlib/math-base-special-gammaln";
import logcdf from "@stdlib/stats-base-dists-normal-logcdf";
import { describe, expect, it } from "vitest";
import * as numeric from "./index.ts";

/** Evenly spaced points, ends included. */
const grid = (count: number, low: number, high: number): number[] =>
  Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));

function expectClose(got: number, want: number, relative: number, at: unknown): void {
  expect(Math.abs(got - want), `${got}, not ${want}, at ${String(at)}`).toBeLessThanOrEqual(relative * Math.abs(want));
}

/** Denser than the vectors; the tolerances are what the other library keeps, not what this one claims. */
describe("special functions against @stdlib", () => {
  it("agree on erfc and erfcx", () => {
    for (const x of grid(5000, -5, 26.2)) {
      expectClose(numeric.erfc(x), erfc(x), 2e-15, x);
      expectClose(numeric.erfcx(x), erfcx(x), 2e-15 * (x < 0 ? 1 + x * x : 1), x);
    }
  });

  it("agree on log Φ", () => {
    for (const x of grid(5000, -1000, 4)) expectClose(numeric.logNormalCdf(x), logcdf(x, 0, 1), 1e-11, x);
    for (const x of grid(2000, -38, 0)) expectClose(numeric.logNormalCdf(x), logcdf(x, 0, 1), 2e-15, x);
  });

  it("agree on log Γ", () => {
    for (const t of grid(5000, -7, 14)) expectClose(numeric.logGamma(Math.exp(t)), gammaln(Math.exp(t)), 1e-12, t);
  });

  it("agree on the incomplete beta function and its inverse", () => {
    const shapes = [
      [0.5, 0.5],
      [1, 1],
      [3, 1000],
      [13, 988],
      [10, 10],
      [0.5, 200.5],
      [50_000, 100_000],
    ] as const;
    for (const [a, b] of shapes) {
      for (const t of grid(60, -20, -0.001)) {
        const p = Math.exp(t);
        const x = numeric.inverseRegularizedIncompleteBeta(p, a, b);
        expectClose(x, betaincinv(p, a, b), 1e-12, [p, a, b]);
        expectClose(numeric.regularizedIncompleteBeta(x, a, b), betainc(x, a, b), 2e-11, [x, a, b]);
      }
    }
  });
});
