import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { account } from "../accounting/index.ts";
import { markNotPrivate } from "../core/index.ts";
import { gaussian } from "../events/index.ts";
import { createGridGaussian } from "../noise/index.ts";
import { seededRandom } from "../testing/index.ts";
import { type AdaptiveClip, clipAt, firstClip, nextNorm, parseClipPolicy, sumNoiseMultiplier } from "./clip-policy.ts";

const adaptive: AdaptiveClip = {
  kind: "adaptive",
  quantile: 0.5,
  learningRate: 0.2,
  initial: 1,
  countNoiseMultiplier: 5,
};

const sumWith = (norms: ArrayLike<number>) => ({
  sums: {},
  gridExponent: -20,
  sensitivity: 1,
  diagnostics: markNotPrivate({
    norms: Float64Array.from(norms),
    losses: new Float64Array(0),
    fractionClipped: 0,
    nonFiniteRows: 0,
  }),
});

describe("the multiplier of a sum beside which a count is released", () => {
  it("T15 is larger than what is priced, by the paper's formula", () => {
    // mpmath, 40 digits
    const narrow = sumNoiseMultiplier({ ...adaptive, countNoiseMultiplier: 0.6 }, 1);
    expect(narrow).toBeGreaterThanOrEqual(1.809068067466581);
    expect(narrow).toBeLessThan(1.809068067466582 * (1 + 2 ** -28));
    expect(sumNoiseMultiplier(adaptive, 1.1)).toBeCloseTo(1.106716009617608, 8);
  });

  it("T15 makes sum and count together cost what z costs, never more", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 20, noNaN: true }),
        fc.double({ min: 0.51, max: 100, noNaN: true }),
        (z, ratio) => {
          const countNoiseMultiplier = z * ratio;
          const own = sumNoiseMultiplier({ ...adaptive, countNoiseMultiplier }, z);
          // the joint release moves by (1/own, 1/(2 sigma_b)) standard deviations
          const together = Math.hypot(1 / own, 1 / (2 * countNoiseMultiplier)) ** -1;
          expect(together).toBeGreaterThanOrEqual(z * (1 - 4e-16));
          expect(together).toBeLessThan(z * (1 + 1e-6));
        },
      ),
      { seed: 15, numRuns: 300 },
    );
  });

  it("T15 priced by the sum's own multiplier it would promise less than half of what is spent", () => {
    const epsilon = (z: number): number =>
      account(gaussian(z), { neighboring: "add-or-remove-one" }).guarantee({ delta: 1e-5 }).epsilon.upper;
    expect(epsilon(1)).toBeGreaterThan(
      1.9 * epsilon(sumNoiseMultiplier({ ...adaptive, countNoiseMultiplier: 0.6 }, 1)),
    );
  });

  it("refuses a count that would spend everything, and leaves other clips alone", () => {
    expect(() => sumNoiseMultiplier({ ...adaptive, countNoiseMultiplier: 0.5 }, 1)).toThrow("countNoiseMultiplier");
    expect(() => sumNoiseMultiplier({ ...adaptive, countNoiseMultiplier: 0.3 }, 1)).toThrow("countNoiseMultiplier");
    expect(sumNoiseMultiplier({ kind: "flat", l2ClipNorm: 1 }, 1.3)).toBe(1.3);
    expect(sumNoiseMultiplier(adaptive, 0)).toBe(0);
  });
});

describe("an adaptive norm", () => {
  it("finds the quantile of the norms and stays there", () => {
    const noise = createGridGaussian(seededRandom("adaptive"));
    const norms = Array.from({ length: 400 }, (_, i) => 3 + (i + 0.5) / 100);
    for (const [quantile, initial] of [
      [0.5, 0.01],
      [0.9, 100],
      [0.1, 5],
    ] as const) {
      let norm: number = initial;
      for (let step = 0; step < 150; step++)
        norm = nextNorm({ ...adaptive, quantile, initial }, norm, sumWith(norms), noise, 400);
      // the noised share has stddev 5/400; the quantile of uniform norms in [3, 7] is 3 + 4 quantile
      expect(Math.abs(norm - (3 + 4 * quantile))).toBeLessThan(0.6);
    }
  });

  it("moves by what is noised alone: no norm, and records that are not finite, count as above it", () => {
    const quiet = { kind: "seeded-test", tvDistance: 0, addNoise: (m: Float64Array) => m.slice() } as const;
    const step = (norms: readonly number[]): number => nextNorm(adaptive, 1, sumWith(norms), quiet, 4);
    expect(step([0.5, 0.5, 2, 2])).toBe(1);
    expect(step([0.5, 0.9, 1, 2])).toBeCloseTo(Math.exp(-0.2 * 0.25), 12);
    expect(step([NaN, Infinity, 0.5, 1])).toBe(1);
    expect(step([])).toBe(1);
  });

  it("draws the count's noise at the stated standard deviation, on a sensitivity of one half", () => {
    let asked: [number, number] = [NaN, NaN];
    const spy = {
      kind: "seeded-test",
      tvDistance: 0,
      addNoise: (m: Float64Array, stddev: number) => {
        asked = [m[0] ?? NaN, stddev];
        return m.slice();
      },
    } as const;
    nextNorm(adaptive, 1, sumWith([0.5, 0.5, 2]), spy, 4);
    const [three, stddev] = asked;
    nextNorm(adaptive, 1, sumWith([0.5, 0.5]), spy, 4);
    expect(Math.abs(asked[0] - three)).toBe(2 ** 10);
    expect(stddev / 2 ** 10).toBe(2 * adaptive.countNoiseMultiplier);
  });

  it("never leaves the range that its bounds were proven for", () => {
    const noise = createGridGaussian(seededRandom("far"));
    let norm = adaptive.initial;
    for (let i = 0; i < 400; i++) norm = nextNorm({ ...adaptive, learningRate: 10 }, norm, sumWith([]), noise, 1);
    expect(norm).toBeGreaterThanOrEqual(1e-6);
    expect(norm).toBeLessThanOrEqual(1e6);
  });
});

describe("clip policies", () => {
  it("follow their schedule, run by run", () => {
    const schedule = [
      { steps: 2, factor: 2 },
      { steps: 3, factor: 0.5 },
    ];
    const policy = parseClipPolicy({ kind: "per-layer", l2ClipNorms: [1, 3], schedule }, 5);
    expect(firstClip(policy)).toEqual({ kind: "per-layer", l2ClipNorms: [2, 6] });
    expect([0, 1, 2, 4].map((step) => clipAt(policy, step, NaN))).toEqual([
      { kind: "per-layer", l2ClipNorms: [2, 6] },
      { kind: "per-layer", l2ClipNorms: [2, 6] },
      { kind: "per-layer", l2ClipNorms: [0.5, 1.5] },
      { kind: "per-layer", l2ClipNorms: [0.5, 1.5] },
    ]);
    expect(clipAt(parseClipPolicy(adaptive, 5), 3, 0.25)).toEqual({ kind: "flat", l2ClipNorm: 0.25 });
  });

  it("D10 refuse what is out of range by name, and schedules of another length", () => {
    for (const [name, change] of [
      ["quantile", { quantile: 1.1 }],
      ["quantile", { quantile: NaN }],
      ["learningRate", { learningRate: 0 }],
      ["l2ClipNorm", { initial: Infinity }],
      ["countNoiseMultiplier", { countNoiseMultiplier: 0 }],
    ] as const) {
      expect(() => parseClipPolicy({ ...adaptive, ...change }, 5), name).toThrow(name);
    }
    const flat = { kind: "flat", l2ClipNorm: 1 } as const;
    expect(() => parseClipPolicy({ ...flat, schedule: [{ steps: 4, factor: 1 }] }, 5)).toThrow("5 steps");
    expect(() => parseClipPolicy({ ...flat, schedule: [{ steps: 5, factor: 0 }] }, 5)).toThrow("factor");
    expect(() => parseClipPolicy({ ...flat, schedule: [{ steps: 5, factor: 1e13 }] }, 5)).toThrow("l2ClipNorm");
    expect(() => parseClipPolicy({ ...flat, schedule: [] }, 5)).toThrow("schedule");
  });
});
