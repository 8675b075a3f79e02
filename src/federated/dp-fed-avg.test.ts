import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { account } from "../accounting/index.ts";
import { operatingSystemRandom } from "../core/random-source.ts";
import { gaussian, selfComposed } from "../events/index.ts";
import { seededRandom } from "../testing/index.ts";
import { ChangeSum } from "./clipped-changes.ts";
import { type DpFedAvgOptions, planDpFedAvg } from "./dp-fed-avg.ts";

const random = operatingSystemRandom();
const options: DpFedAvgOptions = {
  rounds: 100,
  sites: 100,
  samplingProbability: 1,
  l2ClipNorm: 1,
  noiseMultiplier: 4,
  delta: 1e-5,
};
const quiet = { ...options, noiseMultiplier: 1e-9 };
const zeros = (length: number): Float64Array => new Float64Array(length);

describe("the sum of clipped changes", () => {
  const vectors = fc.array(
    fc.float64Array({ minLength: 6, maxLength: 6, noNaN: true, noDefaultInfinity: true, min: -1e3, max: 1e3 }),
    {
      minLength: 1,
      maxLength: 12,
    },
  );

  it("moves by its sensitivity at most when one site is taken away, wherever it stands, and not with the order", () => {
    fc.assert(
      fc.property(vectors, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), fc.nat(), (all, clipNorm, k) => {
        const sumOf = (changed: readonly Float64Array[]): ReturnType<ChangeSum["result"]> => {
          const sum = new ChangeSum(zeros(6), clipNorm);
          for (const after of changed) sum.add(after);
          return sum.result();
        };
        const whole = sumOf(all);
        const without = sumOf(all.filter((_, i) => i !== k % all.length));
        const moved = whole.multiples.map((v, i) => (v - without.multiples[i]) * 2 ** whole.gridExponent);
        expect(Math.hypot(...moved)).toBeLessThanOrEqual(whole.sensitivity);
        expect(whole.sensitivity).toBeLessThan(clipNorm * 1.000002);
        expect(sumOf(all.toReversed()).multiples).toEqual(whole.multiples);
      }),
      { numRuns: 300, seed: 51 },
    );
  });

  it("takes no change with NaN or infinity, and a change of zero or of any size", () => {
    const sum = new ChangeSum(zeros(3), 1);
    for (const bad of [NaN, Infinity, -Infinity]) expect(sum.add(Float64Array.of(0, bad, 0))).toBe(false);
    expect(sum.add(new Float64Array(2))).toBe(false);
    expect(sum.result().multiples).toEqual(zeros(3));
    for (const size of [0, 5e-324, 1e-200, 1e200, 1e308]) expect(sum.add(new Float64Array(3).fill(size))).toBe(true);
    const { multiples, gridExponent } = sum.result();
    // the two large ones were clipped to norm 1
    expect(multiples[0] * 2 ** gridExponent).toBeCloseTo(2 / Math.sqrt(3), 5);
  });
});

describe("DP-FedAvg", () => {
  it("costs what its rounds of a Gaussian cost, and less than the Rényi bounds 92.7, 13.2, 5.7 and 2.6 of 100 unsampled rounds", () => {
    // another accountant's Rényi bounds for noise multipliers 1, 4, 8, 16 at delta 1e-5, rounded
    const wanted = [
      [1, 92.7],
      [4, 13.2],
      [8, 5.7],
      [16, 2.6],
    ];
    for (const [noiseMultiplier, epsilon] of wanted) {
      const plan = planDpFedAvg({ ...options, noiseMultiplier });
      expect(plan.guarantee().epsilon.upper).toBeLessThan(epsilon + 0.05);
      expect(plan.guarantee().epsilon.upper).toBeGreaterThan(0.85 * epsilon);
      const exact = account(selfComposed(gaussian(noiseMultiplier), 100), { neighboring: "zero-out" });
      expect(plan.guarantee().epsilon.upper).toBe(exact.guarantee({ delta: 1e-5 }).epsilon.upper);
    }
  });

  it("costs less where sites are drawn, and draws each with its probability", () => {
    const sampled = planDpFedAvg({ ...options, samplingProbability: 0.1 });
    expect(sampled.guarantee().epsilon.upper).toBeLessThan(planDpFedAvg(options).guarantee().epsilon.upper / 5);
    const source = seededRandom(52);
    let drawn = 0;
    for (let round = 0; round < 2000; round++) drawn += sampled.draw(source).length;
    // 200,000 draws at 0.1: standard deviation 134; 6.5 of them are passed with probability 8e-11
    expect(Math.abs(drawn - 20_000)).toBeLessThan(872);
    expect(planDpFedAvg(options).draw(source)).toHaveLength(100);
  });

  it("divides by the planned cohort, not by who answered: noise on a mean of few would be too small", async () => {
    const { release } = planDpFedAvg(quiet);
    const answers = [Float64Array.of(0.6, 0.8), Float64Array.of(0.6, 0.8)];
    const { model } = await release(zeros(2), answers, 1, random);
    expect(model[0]).toBeCloseTo((2 * 0.6) / 100, 6);
    expect(model[1]).toBeCloseTo((2 * 0.8) / 100, 6);
  });

  it("4.4.1 and 4.4.6: weights all sites alike and draws noise of z times the clip norm on the sum", async () => {
    const { release } = planDpFedAvg(options);
    const { model } = await release(zeros(20_000), [], 1, random);
    const square = model.reduce((sum, v) => sum + (v * 100) ** 2, 0) / 20_000 / 16;
    // chi-square with 20,000 degrees of freedom: relative standard deviation 0.01; 6.5 of them
    expect(Math.abs(square - 1)).toBeLessThan(0.065);
  });

  it("4.4.2: lets the clip norm follow the changes: from far below and far above to their size", async () => {
    const adaptiveClip = { quantile: 0.5, learningRate: 0.2, countNoiseStddev: 5 };
    const plan = planDpFedAvg({ ...options, noiseMultiplier: 0.5, adaptiveClip });
    // norms from 0.5 to 1.5: the median is 1
    const changed = Array.from({ length: 100 }, (_, i) => Float64Array.of(0.5 + i / 99));
    for (const first of [0.1, 2]) {
      let clipNorm = first;
      for (let round = 0; round < 200; round++) {
        clipNorm = (await plan.release(zeros(1), changed, clipNorm, random)).nextClipNorm;
      }
      // the noise on the count moves the clip norm by about 0.2 · 5/100 a round around the median
      expect(clipNorm).toBeGreaterThan(0.75);
      expect(clipNorm).toBeLessThan(1.25);
    }
  });

  it("4.4.2: noises with the norm that clipped this round, not with the one that the next will clip to", async () => {
    const adaptiveClip = { quantile: 0.5, learningRate: 10, countNoiseStddev: 5 };
    const plan = planDpFedAvg({ ...options, noiseMultiplier: 1, adaptiveClip });
    // one site of 100, unclipped: the norm goes a little up or down, times e^(±10 · noise of 0.05)
    const { model, nextClipNorm } = await plan.release(zeros(20_000), [zeros(20_000)], 1, random);
    expect(nextClipNorm).not.toBe(1);
    const square = model.reduce((sum, v) => sum + (v * 100) ** 2, 0) / 20_000 / plan.changeNoiseMultiplier ** 2;
    // as above: 6.5 relative standard deviations of 0.01
    expect(Math.abs(square - 1)).toBeLessThan(0.065);
  });

  it("draws more noise on the changes where the count takes its share, so that both cost one Gaussian of z", () => {
    const adaptiveClip = { quantile: 0.5, learningRate: 0.2, countNoiseStddev: 5 };
    const plan = planDpFedAvg({ ...options, noiseMultiplier: 1, adaptiveClip });
    const both = 1 / plan.changeNoiseMultiplier ** 2 + (0.5 / 5) ** 2;
    expect(both).toBeLessThanOrEqual(1);
    expect(both).toBeGreaterThan(1 - 1e-9);
    expect(plan.event).toEqual(planDpFedAvg({ ...options, noiseMultiplier: 1 }).event);
    adaptiveClip.countNoiseStddev = 0.01;
    expect(plan.adaptiveClip?.countNoiseStddev).toBe(5);
  });

  it("survives a round that nobody answers, and NaN from everybody: only noise is released", async () => {
    const { release } = planDpFedAvg(quiet);
    for (const answers of [[], [Float64Array.of(NaN)]]) {
      expect((await release(zeros(1), answers, 1, random)).model[0]).toBeCloseTo(0, 6);
    }
  });

  it("refuses options out of their ranges by name", () => {
    const bad: [Partial<DpFedAvgOptions>, string][] = [
      [{ rounds: 0 }, "rounds"],
      [{ sites: 1.5 }, "sites"],
      [{ samplingProbability: 0 }, "samplingProbability"],
      [{ samplingProbability: 2 }, "samplingProbability"],
      [{ l2ClipNorm: 0 }, "l2ClipNorm"],
      [{ l2ClipNorm: Infinity }, "l2ClipNorm"],
      [{ noiseMultiplier: 0 }, "noiseMultiplier"],
      [{ delta: 1 }, "delta"],
      [{ adaptiveClip: { quantile: 1, learningRate: 0.2, countNoiseStddev: 5 } }, "quantile"],
      [{ adaptiveClip: { quantile: 0.5, learningRate: 0, countNoiseStddev: 5 } }, "learningRate"],
      [{ adaptiveClip: { quantile: 0.5, learningRate: 0.2, countNoiseStddev: 2 } }, "countNoiseStddev"],
    ];
    for (const [change, name] of bad) {
      expect(() => planDpFedAvg({ ...options, ...change }), name).toThrow(name);
    }
  });
});
