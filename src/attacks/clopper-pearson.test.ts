import { describe, expect, it } from "vitest";
import { binomialPmf, sum } from "./binomial.fixture.ts";
import { clopperPearsonInterval, lowerRateLimit, upperRateLimit } from "./index.ts";

const sizes = [1, 2, 5, 17, 60, 90];
const significances = [0.25, 0.025, 1e-3, 1e-6];
const cases = sizes.flatMap((n) => significances.map((s) => [n, s] as const));

describe("Clopper-Pearson limits", () => {
  it.each(cases)("leave exactly the promised tail at n = %d and significance %d, rounded to the safe side", (n, s) => {
    for (let k = 0; k < n; k++) {
      const upper = upperRateLimit(k, n, s);
      const tail = sum(binomialPmf(n, upper).slice(0, k + 1));
      expect(tail).toBeLessThanOrEqual(s * (1 + 1e-13 * n));
      expect(tail).toBeGreaterThan(s * (1 - 1e-10) - 2e-12 * n);
      // the mirror image: successes and failures change places
      const lower = lowerRateLimit(n - k, n, s);
      expect(1 - lower).toBeGreaterThanOrEqual(upper - 1e-11);
      expect(1 - lower).toBeLessThanOrEqual(upper + 1e-11);
    }
  });

  it("cover every rate of a fine grid with at least the promised probability", () => {
    for (const n of [3, 20, 75]) {
      const intervals = Array.from({ length: n + 1 }, (_, k) => clopperPearsonInterval(k, n, 0.9));
      for (let i = 0; i <= 400; i++) {
        const rate = i / 400;
        const pmf = binomialPmf(n, rate);
        const covered = sum(pmf.filter((_, k) => intervals[k].lower <= rate && rate <= intervals[k].upper));
        expect(covered).toBeGreaterThanOrEqual(0.9 - 1e-12);
      }
    }
  });

  it("grow with every success and shrink with every certainty", () => {
    for (let k = 0; k < 40; k++) {
      expect(upperRateLimit(k + 1, 40, 0.05)).toBeGreaterThan(upperRateLimit(k, 40, 0.05));
      expect(lowerRateLimit(k + 1, 40, 0.05)).toBeGreaterThan(lowerRateLimit(k, 40, 0.05));
      expect(upperRateLimit(k, 40, 0.01)).toBeGreaterThan(upperRateLimit(k, 40, 0.05));
    }
  });

  it("are 0 and 1 where the data say nothing on that side", () => {
    expect(lowerRateLimit(0, 9, 0.05)).toBe(0);
    expect(upperRateLimit(9, 9, 0.05)).toBe(1);
  });

  it.each([
    [() => upperRateLimit(5, 4, 0.05), "successes"],
    [() => upperRateLimit(-1, 4, 0.05), "successes"],
    [() => upperRateLimit(0.5, 4, 0.05), "successes"],
    [() => lowerRateLimit(0, 0, 0.05), "trials"],
    [() => lowerRateLimit(1, 4, 0), "significance"],
    [() => lowerRateLimit(1, 4, Number.NaN), "significance"],
    [() => clopperPearsonInterval(1, 4, 1), "confidence"],
  ])("refuse what is no count or no probability (%#)", (call, argument) => {
    expect(call).toThrow(`[invalid_argument] ${argument}`);
  });
});
