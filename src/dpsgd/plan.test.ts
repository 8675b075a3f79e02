import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { markNotPrivate } from "../core/index.ts";
import { gaussian, poissonSampled, selfComposed } from "../events/index.ts";
import { type GridGaussian, createGridGaussian } from "../noise/index.ts";
import { seededRandom } from "../testing/index.ts";
import { planDpSgd } from "./plan.ts";
import type { PlanOptions } from "./privacy-plan.ts";

const options: PlanOptions = {
  unit: "example",
  neighboring: "add-or-remove-one",
  datasetSize: 60_000,
  expectedBatchSize: 256,
  steps: 100,
  l2ClipNorm: 1,
  noiseMultiplier: 1.1,
  sensitivity: 1.001,
  gridExponent: -20,
  budget: { epsilon: null, delta: 1e-5 },
};

const sum = (values: Float64Array, sensitivity = 1.001, gridExponent = -20) => ({
  sums: { w: values },
  gridExponent,
  sensitivity,
  diagnostics: markNotPrivate({
    norms: new Float64Array(),
    losses: new Float64Array(),
    fractionClipped: 0,
    nonFiniteRows: 0,
  }),
});

describe("the plan", () => {
  it("prices the sampler that it emits and the noise that it draws", () => {
    const plan = planDpSgd(options);
    expect(plan.event).toEqual(selfComposed(poissonSampled(256 / 60_000, gaussian(1.1)), 100));
    expect(plan.sampling.probability).toBe(256 / 60_000);
    expect(Object.isFrozen(plan) && Object.isFrozen(plan.sampling) && Object.isFrozen(plan.noise)).toBe(true);
  });

  it("T13 D14 draws noise of standard deviation z times the priced sensitivity over the expected batch, whatever came in", () => {
    const plan = planDpSgd(options);
    const n = 200_000;
    const noised = plan.perturb(sum(new Float64Array(n)), createGridGaussian(seededRandom(14))).w ?? new Float32Array();
    const sigma = (1.1 * 1.001) / 256;
    const chi2 = noised.reduce((total, v) => total + (v / sigma) ** 2, 0);
    // chi-square with n degrees of freedom is normal(n, 2n) to high accuracy here: 6.2 sigma is 6e-10 two-sided
    expect(Math.abs(chi2 - n)).toBeLessThan(6.2 * Math.sqrt(2 * n));
  });

  it("D16 draws every weight's noise anew, in every step: weights of one shape share none", () => {
    const plan = planDpSgd(options);
    const noise = createGridGaussian(seededRandom(16));
    const n = 20_000;
    const [first, second] = [1, 2].map(() => {
      const zeros = sum(new Float64Array(n));
      return plan.perturb({ ...zeros, sums: { v: new Float64Array(n), w: new Float64Array(n) } }, noise);
    });
    const drawn = [first, second].flatMap((step) => [step?.["v"], step?.["w"]].map((v) => Float32Array.from(v ?? [])));
    const sigma = (1.1 * 1.001) / 256;
    for (let a = 0; a < drawn.length; a++) {
      for (let b = 0; b < a; b++) {
        const product = (drawn[a] ?? []).reduce(
          (total, v, k) => total + (v / sigma) * ((drawn[b]?.[k] ?? NaN) / sigma),
          0,
        );
        // a sum of n products of independent normals: normal(0, n) to high accuracy, 7 sigma is 3e-12 two-sided
        expect(Math.abs(product)).toBeLessThan(7 * Math.sqrt(n));
      }
    }
  });

  it("rounds the noise up, never down: no standard deviation is below noise multiplier times sensitivity", () => {
    const asked = (multiplier: number, sensitivity: number): number => {
      let stddev = NaN;
      const spy: GridGaussian = {
        kind: "seeded-test",
        tvDistance: 0,
        addNoise(multiples, stddevInGridUnits) {
          stddev = stddevInGridUnits;
          return multiples;
        },
      };
      planDpSgd({ ...options, noiseMultiplier: multiplier, sensitivity }).perturb(
        sum(new Float64Array(1), sensitivity),
        spy,
      );
      return stddev;
    };
    const rational = (x: number): bigint => BigInt(x * 2 ** 70);
    const positive = fc.double({ min: 2 ** -15, max: 2 ** 15, noNaN: true });
    const check = fc.property(positive, fc.double({ min: 1, max: 2, noNaN: true }), (multiplier, sensitivity) => {
      // all three are whole multiples of 2^-70; the grid's 2^20 is exact
      const drawn = rational(asked(multiplier, sensitivity) / 2 ** 20) << 70n;
      expect(drawn >= rational(multiplier) * rational(sensitivity)).toBe(true);
      expect(drawn < (rational(multiplier) * rational(sensitivity) * 1000001n) / 1000000n).toBe(true);
    });
    fc.assert(check, { seed: 7, numRuns: 500 });
    expect(asked(0, 1.001)).toBe(0);
  });

  it("leaves a gradient alone that it gave away, and writes over one that it is handed back", () => {
    const plan = planDpSgd(options);
    const values = Float64Array.from({ length: 1000 }, (_, k) => k);
    const perturb = (into?: ReturnType<typeof plan.perturb>) =>
      plan.perturb(sum(values), createGridGaussian(seededRandom("into")), into);
    const first = perturb();
    const kept = first.w?.slice();
    plan.perturb(sum(values), createGridGaussian(seededRandom("other")));
    expect(first.w).toEqual(kept);
    const other = { w: new Float32Array(1000).fill(7) };
    const again = perturb(other);
    expect(again.w).toBe(other.w);
    expect(again.w).toEqual(kept);
    // an array of another model's is not written to
    expect(perturb({ w: new Float32Array(3) }).w).toEqual(kept);
  });

  it("T4 divides by the expected batch and never by the realised one", () => {
    const plan = planDpSgd({ ...options, noiseMultiplier: 0 });
    const noised = plan.perturb(sum(Float64Array.of(256 * 2 ** 20, -(2 ** 20))), createGridGaussian(seededRandom(1)));
    expect([...(noised.w ?? [])]).toEqual([1, -1 / 256]);
  });

  it("refuses a sum that was made under another grid or a larger sensitivity", () => {
    const plan = planDpSgd(options);
    const noise = createGridGaussian(seededRandom(1));
    expect(() => plan.perturb(sum(Float64Array.of(1), 1.002), noise)).toThrow("sum must be made under this plan");
    expect(() => plan.perturb(sum(Float64Array.of(1), 1.001, -21), noise)).toThrow("sum must be made under this plan");
  });

  it("P04 P18 refuses an expected batch above the data set, naming both", () => {
    expect(() => planDpSgd({ ...options, datasetSize: 512, expectedBatchSize: 1024 })).toThrow("1024 > 512");
    expect(planDpSgd({ ...options, datasetSize: 512, expectedBatchSize: 512 }).sampling.probability).toBe(1);
  });

  it("refuses every field that is out of range, by name", () => {
    const bad: readonly [string, Partial<PlanOptions>][] = [
      ["datasetSize", { datasetSize: 0 }],
      ["datasetSize", { datasetSize: 1.5 }],
      ["expectedBatchSize", { expectedBatchSize: 0 }],
      ["expectedBatchSize", { expectedBatchSize: NaN }],
      ["steps", { steps: 1.5 }],
      ["steps", { steps: -1 }],
      ["l2ClipNorm", { l2ClipNorm: 0 }],
      ["l2ClipNorm", { l2ClipNorm: Infinity }],
      ["noiseMultiplier", { noiseMultiplier: -1 }],
      ["noiseMultiplier", { noiseMultiplier: NaN }],
      ["sensitivity", { sensitivity: 0.999 }],
      ["gridExponent", { gridExponent: 0.5 }],
      ["delta", { budget: { epsilon: null, delta: 1 } }],
      ["neighboring", { neighboring: "bounded" as "zero-out" }],
    ];
    for (const [name, change] of bad) expect(() => planDpSgd({ ...options, ...change }), name).toThrow(name);
  });

  it("T2 keeps q, the steps and the divisor exactly as declared, for any declaration", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.double({ min: 1e-6, max: 1, noNaN: true }),
        (datasetSize, share) => {
          const expectedBatchSize = share * datasetSize;
          const plan = planDpSgd({ ...options, datasetSize, expectedBatchSize });
          expect(plan.sampling.probability).toBe(expectedBatchSize / datasetSize);
          expect(plan.expectedBatchSize).toBe(expectedBatchSize);
        },
      ),
      { seed: 2, numRuns: 200 },
    );
  });
});
