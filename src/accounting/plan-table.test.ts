import { describe, expect, it } from "vitest";
import {
  type PlanTable,
  account,
  calibrateNoiseMultiplier,
  gaussian,
  planDpSgdTable,
  poissonSampled,
  selfComposed,
} from "./index.ts";

const neighboring = "add-or-remove-one";
const published = { datasetSize: 60_000, epsilon: 3, delta: 1e-5, neighboring } as const;
const small: PlanTable = planDpSgdTable({ ...published, batches: [256, 1024, 4096, 60_000], epochs: [5, 40] });

describe("the table of DP-SGD plans", () => {
  it("holds every batch with every number of epochs, each certified within the budget", () => {
    expect(small.rows).toHaveLength(8);
    for (const { batch, epochs, steps, samplingProbability: q, noiseMultiplier: z, ...row } of small.rows) {
      expect(q).toBe(batch / 60_000);
      expect(steps).toBe(Math.round((epochs * 60_000) / batch));
      const event = selfComposed(q === 1 ? gaussian(z) : poissonSampled(q, gaussian(z)), steps);
      expect(account(event, { neighboring }).guarantee({ delta: 1e-5 }).epsilon.upper).toBe(row.epsilon);
      expect(row.epsilon).toBeLessThanOrEqual(3);
      expect(row.noisePerCoordinate).toBe(z / batch);
      expect(row.signalToNoisePerStep).toBe(batch / z);
      expect(row.signalToNoise).toBeCloseTo((Math.sqrt(steps) * batch) / z, 6);
    }
  });

  it("asks for no less noise than calibration does, and for at most 0.3 % more", () => {
    for (const { samplingProbability, steps, noiseMultiplier } of small.rows) {
      const exact = calibrateNoiseMultiplier({
        targetEpsilon: 3,
        delta: 1e-5,
        neighboring,
        samplingProbability,
        steps,
      }).value;
      expect(noiseMultiplier).toBeGreaterThan(exact * (1 - 1e-3));
      expect(noiseMultiplier).toBeLessThanOrEqual(exact * 1.003);
    }
  });

  it("gives full batches the analytic Gaussian: five of them cost one of z/√5 (mpmath: by bisection)", () => {
    const full = small.rows.find((r) => r.batch === 60_000 && r.epochs === 5);
    expect(full?.steps).toBe(5);
    expect(full?.noiseMultiplier).toBeGreaterThanOrEqual(3.10946149819);
    expect(full?.noiseMultiplier).toBeLessThanOrEqual(3.10946149819 * 1.003);
  });

  it("is sorted by the ratio of the run, which at a fixed number of epochs grows with the batch", () => {
    const ratios = small.rows.map((r) => r.signalToNoise);
    expect(ratios).toEqual(ratios.toSorted((a, b) => b - a));
    const five = small.rows.filter((r) => r.epochs === 5).toSorted((a, b) => a.batch - b.batch);
    expect(five.map((r) => r.signalToNoise)).toEqual(five.map((r) => r.signalToNoise).toSorted((a, b) => a - b));
  });

  it("recommends by its own rule: enough steps, within a tenth of the best of these, least computation", () => {
    const long = small.rows.filter((r) => r.steps >= 500);
    const best = Math.max(...long.map((r) => r.signalToNoise));
    const chosen = small.recommended;
    expect(chosen).not.toBeNull();
    expect(chosen?.steps).toBeGreaterThanOrEqual(500);
    expect(chosen?.signalToNoise).toBeGreaterThanOrEqual(0.9 * best);
    for (const r of long) {
      const isCheaper = r.epochs < (chosen?.epochs ?? 0) || (r.epochs === chosen?.epochs && r.batch < chosen.batch);
      if (isCheaper) expect(r.signalToNoise).toBeLessThan(0.9 * best);
    }
    expect(small.rule).toContain("500 steps");
    const short = planDpSgdTable({ ...published, batches: [60_000], epochs: [5] });
    expect(short.recommended).toBeNull();
    expect(planDpSgdTable({ ...published, batches: [60_000], epochs: [5], leastSteps: 5 }).recommended?.steps).toBe(5);
  });

  it("has batches and epochs of its own for any size, down to one record", () => {
    expect(planDpSgdTable({ ...published, datasetSize: 2000 }).rows).toHaveLength(15);
    const one = planDpSgdTable({ ...published, datasetSize: 1 });
    expect(one.rows.map((r) => [r.batch, r.steps])).toEqual(one.rows.map((r) => [1, r.epochs]));
  });

  it("refuses what is no plan", () => {
    expect(() => planDpSgdTable({ ...published, datasetSize: 0 })).toThrow(/datasetSize must be/);
    expect(() => planDpSgdTable({ ...published, epsilon: 0 })).toThrow(/epsilon must be/);
    expect(() => planDpSgdTable({ ...published, delta: 1 })).toThrow(/delta must be/);
    expect(() => planDpSgdTable({ ...published, batches: [60_001] })).toThrow(/batches must be at most/);
    expect(() => planDpSgdTable({ ...published, batches: [1.5] })).toThrow(/batches must be/);
    expect(() => planDpSgdTable({ ...published, batches: [] })).toThrow(/batches must be/);
    expect(() => planDpSgdTable({ ...published, epochs: [-1] })).toThrow(/epochs must be/);
    expect(() => planDpSgdTable({ ...published, leastSteps: 0 })).toThrow(/leastSteps must be/);
  });
});
