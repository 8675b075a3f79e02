import { describe, expect, it } from "vitest";
import { account } from "../accounting/index.ts";
import {
  bandedMatrix,
  composed,
  discreteGaussian,
  gaussian,
  poissonSampled,
  sampledWithoutReplacement,
  selfComposed,
  shuffled,
  truncatedSubsampledGaussian,
} from "../events/index.ts";
import { planDpSgd } from "./plan.ts";
import type { PlanOptions, PrivacyPlan } from "./privacy-plan.ts";

const base: PlanOptions = {
  unit: "example",
  neighboring: "zero-out",
  datasetSize: 1000,
  steps: 20,
  l2ClipNorm: 1,
  noiseMultiplier: 1.5,
  sensitivity: 1.001,
  gridExponent: -20,
  budget: { epsilon: null, delta: 1e-5 },
  sampling: { kind: "poisson", expectedBatchSize: 100 },
};

const plan = (change: Partial<PlanOptions>): PrivacyPlan => planDpSgd({ ...base, ...change });

const schedule = [
  { steps: 15, factor: 1 },
  { steps: 5, factor: 2 },
];

describe("what a plan is priced as", () => {
  it("is the event of its own sampling and noise, cut where it can be cut", () => {
    const z = gaussian(1.5);
    expect(plan({})).toMatchObject({ ledgerEvent: poissonSampled(0.1, z), stepsPerEvent: 1, ledgerCount: 20 });
    expect(plan({ sampling: { kind: "without-replacement", expectedBatchSize: 100 } })).toMatchObject({
      ledgerEvent: sampledWithoutReplacement(1000, 100, z),
      ledgerCount: 20,
    });
    const truncated = { datasetSize: 1000, samplingProbability: 0.1, truncatedBatchSize: 130, noiseMultiplier: 1.5 };
    const cut = { kind: "truncated-poisson", expectedBatchSize: 100, maxBatchSize: 130 } as const;
    expect(plan({ sampling: cut }).ledgerEvent).toEqual(truncatedSubsampledGaussian(truncated));
    expect(plan({ sampling: { kind: "shuffled", expectedBatchSize: 300 } })).toMatchObject({
      ledgerEvent: shuffled(4, z),
      stepsPerEvent: 4,
      ledgerCount: 5,
    });
    const cyclic = { kind: "cyclic-poisson", expectedBatchSize: 100, groups: 4 } as const;
    const banded = bandedMatrix({ bands: 4, steps: 20, samplingProbability: 0.4, noiseMultiplier: 1.5 });
    for (const noise of [{ kind: "grid-gaussian" }, { kind: "banded", bands: 4 }] as const) {
      expect(plan({ sampling: cyclic, noise })).toMatchObject({
        ledgerEvent: banded,
        stepsPerEvent: 20,
        ledgerCount: 1,
      });
    }
    const whole = plan({ noise: { kind: "discrete-gaussian" } }).ledgerEvent;
    expect(whole).toEqual(poissonSampled(0.1, discreteGaussian(1.5 * 1_049_625, 1_049_625)));
    expect(plan({ noise: { kind: "grid-gaussian", schedule } })).toMatchObject({
      ledgerEvent: composed(
        selfComposed(poissonSampled(0.1, gaussian(1.5)), 15),
        selfComposed(poissonSampled(0.1, gaussian(3)), 5),
      ),
      stepsPerEvent: 20,
      ledgerCount: 1,
    });
  });

  it("does not depend on how gradients are clipped, nor on a schedule of norms", () => {
    const clips: PlanOptions["clip"][] = [
      { kind: "flat", l2ClipNorm: 1, schedule: [{ steps: 20, factor: 0.5 }] },
      { kind: "per-layer", l2ClipNorms: [0.6, 0.8] },
      { kind: "automatic", l2ClipNorm: 1, gamma: 0.01 },
      { kind: "adaptive", quantile: 0.5, learningRate: 0.2, initial: 1, countNoiseMultiplier: 5 },
    ];
    for (const clip of clips) {
      const { event } = planDpSgd({
        ...base,
        l2ClipNorm: undefined,
        clip,
        boundOf: () => ({ sensitivity: 1.001, gridExponent: -20 }),
      });
      expect(event).toEqual(plan({}).event);
    }
  });

  it("has a live line that is above every prefix's true price and ends at the price of the whole", () => {
    const cases: Partial<PlanOptions>[] = [
      {},
      { sampling: { kind: "shuffled", expectedBatchSize: 300 } },
      { sampling: { kind: "cyclic-poisson", expectedBatchSize: 100, groups: 4 } },
      { noise: { kind: "grid-gaussian", schedule } },
      { sampling: { kind: "without-replacement", expectedBatchSize: 100 }, neighboring: "replace-one" },
      { neighboring: "replace-one" },
    ];
    for (const change of cases) {
      const made = plan(change);
      const { neighboring } = made;
      const line = made.epsilonBySteps();
      const whole = account(made.event, { neighboring }).guarantee({ delta: 1e-5 }).epsilon;
      const values = Array.from({ length: 21 }, (_, k) => line(k));
      expect(values[0]).toBe(0);
      const firstStep = account(made.ledgerEvent, { neighboring }).guarantee({ delta: 1e-5 }).epsilon.lower;
      if (made.stepsPerEvent === 1) expect(values[1]).toBeGreaterThanOrEqual(firstStep);
      expect(values[20]).toBeGreaterThanOrEqual(whole.lower);
      expect(Math.max(...values)).toBeLessThanOrEqual(whole.upper * (1 + 1e-9));
    }
    const line = plan({ noise: { kind: "grid-gaussian", schedule } }).epsilonBySteps();
    const prefix = composed(
      selfComposed(poissonSampled(0.1, gaussian(1.5)), 15),
      selfComposed(poissonSampled(0.1, gaussian(3)), 2),
    );
    const { lower, upper } = account(prefix, { neighboring: "zero-out" }).guarantee({ delta: 1e-5 }).epsilon;
    expect(line(17)).toBeGreaterThanOrEqual(lower);
    expect(line(17)).toBeLessThan(1.4 * upper);
  });

  it("is what Google's accountant says of correlated noise, of a schedule, and of replaced records", () => {
    // dp_accounting's PLDAccountant at mesh 1e-4, pessimistic: 5 takings of the group's Poisson step, 15 + 5 steps, 20 steps
    const google: readonly [number, Partial<PlanOptions>][] = [
      [
        3.463202449150162,
        {
          neighboring: "add-or-remove-one",
          sampling: { kind: "cyclic-poisson", expectedBatchSize: 100, groups: 4 },
          noise: { kind: "banded", bands: 4 },
        },
      ],
      [1.5350739398957938, { neighboring: "add-or-remove-one", noise: { kind: "grid-gaussian", schedule } }],
      [2.5547647243156386, { neighboring: "replace-one" }],
    ];
    for (const [theirs, change] of google) {
      const { event, neighboring } = plan(change);
      const { lower, upper } = account(event, { neighboring }).guarantee({ delta: 1e-5 }).epsilon;
      expect(lower).toBeLessThanOrEqual(theirs);
      expect(upper).toBeGreaterThanOrEqual(theirs * (1 - 1e-6));
      expect(upper).toBeLessThan(theirs * (1 + 2e-3));
    }
  });

  it("T1 T8 costs a shuffled plan its full Gaussian, never the price of sampling", () => {
    const shuffledPlan = plan({ sampling: { kind: "shuffled", expectedBatchSize: 100 }, steps: 10 });
    const price = account(shuffledPlan.event, { neighboring: "zero-out" }).guarantee({ delta: 1e-5 }).epsilon.upper;
    const once = account(gaussian(1.5), { neighboring: "zero-out" }).guarantee({ delta: 1e-5 }).epsilon.upper;
    expect(price).toBeCloseTo(once, 9);
  });
});

describe("what a plan refuses", () => {
  it("names laws that need a known size under add-or-remove-one, and parts that have no analysis together", () => {
    const remove = { neighboring: "add-or-remove-one" } as const;
    const cyclic = { kind: "cyclic-poisson", expectedBatchSize: 100, groups: 4 } as const;
    const truncated = { kind: "truncated-poisson", expectedBatchSize: 100, maxBatchSize: 130 } as const;
    const refused: readonly [string, Partial<PlanOptions>][] = [
      ["add-or-remove-one", { ...remove, sampling: { kind: "without-replacement", expectedBatchSize: 100 } }],
      ["add-or-remove-one", { ...remove, sampling: { kind: "shuffled", expectedBatchSize: 100 } }],
      ["add-or-remove-one", { ...remove, sampling: truncated }],
      ["balls in bins", { sampling: { kind: "balls-in-bins", expectedBatchSize: 100 } as never }],
      ["sampling.kind", { sampling: { kind: "sequential", expectedBatchSize: 100 } as never }],
      ["cyclic-poisson", { noise: { kind: "banded", bands: 4 } }],
      ["cyclic-poisson", { sampling: cyclic, noise: { kind: "banded", bands: 5 } }],
      ["noise.schedule", { sampling: cyclic, noise: { kind: "grid-gaussian", schedule } }],
      [
        "noise.schedule",
        { sampling: { kind: "shuffled", expectedBatchSize: 100 }, noise: { kind: "grid-gaussian", schedule } },
      ],
      ["noise.kind", { sampling: cyclic, noise: { kind: "discrete-gaussian" } }],
      ["noise.kind", { sampling: truncated, noise: { kind: "discrete-gaussian" } }],
      ["noise.kind", { noise: { kind: "laplace" } as never }],
      ["noise.bands", { sampling: cyclic, noise: { kind: "banded", bands: 21 } }],
      ["noise.coefficients", { sampling: cyclic, noise: { kind: "banded", bands: 4, coefficients: [1, 2] } }],
      ["noise.coefficients", { sampling: cyclic, noise: { kind: "banded", bands: 4, coefficients: [0, 1, 1, 1] } }],
      ["noise.schedule", { noise: { kind: "grid-gaussian", schedule: [{ steps: 19, factor: 1 }] } }],
      ["sampling.groups", { sampling: { ...cyclic, groups: 11 } }],
      ["sampling.maxBatchSize", { sampling: { ...truncated, maxBatchSize: 99 } }],
      ["expectedBatchSize", { sampling: { kind: "shuffled", expectedBatchSize: 99.5 } }],
      ["expectedBatchSize", { expectedBatchSize: 100 }],
      ["l2ClipNorm", { clip: { kind: "flat", l2ClipNorm: 1 } }],
    ];
    for (const [name, change] of refused) expect(() => plan(change), JSON.stringify(change)).toThrow(name);
    const moving = {
      l2ClipNorm: undefined,
      clip: { kind: "flat", l2ClipNorm: 1, schedule: [{ steps: 20, factor: 2 }] },
    } as const;
    expect(() => plan({ ...moving, noise: { kind: "discrete-gaussian" } })).toThrow("does not move");
    expect(() => plan({ ...moving, sampling: cyclic, noise: { kind: "banded", bands: 4 } })).toThrow("does not move");
  });

  it("prices replaced records at twice the norm: as the add-or-remove price of half the noise, or less where both are sampled", () => {
    const price = (change: Partial<PlanOptions>): number => {
      const { event, neighboring } = plan(change);
      return account(event, { neighboring }).guarantee({ delta: 1e-5 }).epsilon.upper;
    };
    const whole = { kind: "poisson", expectedBatchSize: 1000 } as const;
    const replaced = price({ neighboring: "replace-one", sampling: whole });
    expect(replaced).toBeCloseTo(price({ sampling: whole, noiseMultiplier: 0.75 }), 9);
    expect(price({ neighboring: "replace-one" })).toBeGreaterThan(price({}));
  });

  it("refuses a step by itself where steps differ, and a step after the last", () => {
    const sum = { sums: { w: new Float64Array(1) }, gridExponent: -20, sensitivity: 1 } as never;
    const scheduled = plan({ noise: { kind: "grid-gaussian", schedule } });
    expect(() => scheduled.perturb(sum, {} as never)).toThrow("plan.begin");
  });
});

it("explains every choice with what its price rests on", () => {
  const rows = plan({
    sampling: { kind: "cyclic-poisson", expectedBatchSize: 100, groups: 4 },
    noise: { kind: "banded", bands: 4 },
  }).explain();
  expect(rows.map((row) => row.option)).toEqual(["unit", "sampling", "clip", "sensitivity", "noise", "ledger"]);
  expect(rows.find((row) => row.option === "noise")?.value).toContain("4 bands");
  expect(rows.find((row) => row.option === "ledger")?.why).toContain("cannot be cut");
});
