import { describe, expect, it } from "vitest";
import { type SiteNoisePlanOptions, planSiteNoise, rotationKeyOf, siteNoiseMultiplier } from "./site-noise.ts";

const base: SiteNoisePlanOptions = {
  rounds: 100,
  elements: 1000,
  minClients: 8,
  l2ClipNorm: 1,
  noiseMultiplier: 4,
  honestSurvivors: 5,
  delta: 1e-5,
};

/**
 * Computed with mpmath at 50 digits from the algorithms of arXiv:2102.06387v4 (granularity, bound of conditional rounding,
 * Prop. 14 with its first form from the Rényi bound) and arXiv:2004.00010v4, Prop. 12, minimised over real orders.
 */
const golden = [
  { change: {}, epsilon: 14.13054843280035, norm: 9051523.598274963, stddev: 16191856.758 },
  {
    change: { rounds: 10, elements: 10, l2ClipNorm: 0.5, noiseMultiplier: 8, honestSurvivors: 3, delta: 1e-6 },
    epsilon: 1.8731294273323702,
    norm: 2753501.161861386,
    stddev: 12717874.787,
  },
  {
    change: { rounds: 1000, elements: 1_000_000, minClients: 30, noiseMultiplier: 20, honestSurvivors: 20 },
    epsilon: 8.07836091849472,
    norm: 3758825.465077179,
    stddev: 16809976.119,
  },
];

describe("a plan for noise from the sites", () => {
  it.each(golden)(
    "costs at least what mpmath says, and hardly more: epsilon $epsilon",
    ({ change, epsilon, ...event }) => {
      const plan = planSiteNoise({ ...base, ...change });
      const { upper } = plan.guarantee().epsilon;
      // the accountant may use any valid conversion; it may not be below the optimum of this one by more than another one gives
      expect(upper).toBeLessThanOrEqual(epsilon * (1 + 1e-9));
      expect(upper).toBeGreaterThan(epsilon * (1 - 1e-6));
      const { l2Sensitivity, stddev } = plan.roundEvent as { l2Sensitivity: number; stddev: number };
      // the norm may only be rounded up
      expect(l2Sensitivity).toBeGreaterThanOrEqual(event.norm * (1 - 1e-15));
      expect(l2Sensitivity).toBeLessThan(event.norm * (1 + 1e-11));
      expect(stddev).toBeCloseTo(event.stddev, 2);
    },
  );

  it("says how many may collude: what the honest survivors and what the masks leave room for, in every size of round", () => {
    // of 8, 6 stay: 6 − 5 and 2·6 − 8 − 1; of 9, 7: 2 and 4
    expect(planSiteNoise(base)).toMatchObject({ survivors: 6, mostColluders: 1 });
    expect(planSiteNoise({ ...base, honestSurvivors: 6 }).mostColluders).toBe(0);
    // of 4, 3 stay and the masks allow 2·3 − 4 − 1
    expect(planSiteNoise({ ...base, minClients: 3, honestSurvivors: 1 }).mostColluders).toBe(1);
    const { assumptions, guarantee } = planSiteNoise(base);
    expect(guarantee().caveats.slice(0, assumptions.length)).toEqual(assumptions);
    expect(assumptions.join("\n")).toMatch(
      /need not be honest about noise[^]*at least 5 honest survivors[^]*at most 1 sites/,
    );
    expect(planSiteNoise(base).noiseShare).toBe(4 / Math.sqrt(5));
  });

  it("prices the same whoever is there, and less where more noise is asked", () => {
    const upper = (change: Partial<SiteNoisePlanOptions>): number =>
      planSiteNoise({ ...base, ...change }).guarantee().epsilon.upper;
    expect(upper({ minClients: 100 })).toBe(upper({}));
    expect(upper({ noiseMultiplier: 5 })).toBeLessThan(upper({}));
    expect(upper({ rounds: 101 })).toBeGreaterThan(upper({}));
    // what a clip norm is called makes no difference but by rounding
    expect(upper({ l2ClipNorm: 1e-3 })).toBeCloseTo(upper({}), 6);
  });

  it("turns every round of every run and task by signs of its own", () => {
    const key = (run: string, round: number, task: string): string => rotationKeyOf({ run, round }, task).join();
    expect(new Set([key("a", 1, "t"), key("b", 1, "t"), key("a", 2, "t"), key("a", 1, "u")]).size).toBe(4);
    expect(key("a", 1, "t")).toBe(key("a", 1, "t"));
  });

  it("wraps around with next to no probability", () => {
    expect(planSiteNoise(base).wrapProbability).toBeLessThan(1e-9);
    expect(planSiteNoise({ ...base, elements: 2 ** 20 }).wrapProbability).toBeLessThan(1e-6);
  });

  it("finds the least noise for a target", () => {
    const { noiseMultiplier: _, ...rest } = base;
    const found = siteNoiseMultiplier({ ...rest, targetEpsilon: 4 });
    expect(planSiteNoise({ ...base, noiseMultiplier: found }).guarantee().epsilon.upper).toBeLessThanOrEqual(4);
    expect(planSiteNoise({ ...base, noiseMultiplier: found * 0.999 }).guarantee().epsilon.upper).toBeGreaterThan(4);
  });

  it("refuses more honest survivors than stay, cohorts that are too small, and what is out of range", () => {
    const bad: [Partial<SiteNoisePlanOptions>, string][] = [
      [{ honestSurvivors: 7 }, "honestSurvivors"],
      [{ honestSurvivors: 0 }, "honestSurvivors"],
      [{ minClients: 2, honestSurvivors: 1 }, "minClients"],
      [{ minClients: 256 }, "minClients"],
      [{ noiseMultiplier: 0 }, "noiseMultiplier"],
      [{ noiseMultiplier: NaN }, "noiseMultiplier"],
      [{ noiseMultiplier: 1e-9 }, "noiseMultiplier"],
      [{ l2ClipNorm: Infinity }, "l2ClipNorm"],
      [{ rounds: 0 }, "rounds"],
      [{ elements: 0 }, "length"],
      [{ delta: 1 }, "delta"],
    ];
    for (const [change, name] of bad) expect(() => planSiteNoise({ ...base, ...change })).toThrow(name);
  });
});
