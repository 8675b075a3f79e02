import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalCdf, normalQuantile } from "../numeric/index.ts";
import {
  type DpEvent,
  type PrivacyProfile,
  account,
  composed,
  epsilonDelta,
  gaussian,
  laplace,
  noOp,
  nonPrivate,
  poissonSampled,
  privacyProfile,
  selfComposed,
  zcdp,
} from "./index.ts";

const neighboring = "add-or-remove-one";
const seed = 20_261_125;
const profileOf = (event: DpEvent): PrivacyProfile => privacyProfile(event, { neighboring });
const dpSgd = selfComposed(poissonSampled(0.02, gaussian(1)), 500);
const rates = [0, 1e-6, 1e-4, 0.001, 0.01, 0.1, 0.3, 0.5, 0.9, 0.999, 1];

const event: fc.Arbitrary<DpEvent> = fc.oneof(
  fc.double({ min: 0.4, max: 5, noNaN: true }).map(gaussian),
  fc.double({ min: 0.4, max: 5, noNaN: true }).map(laplace),
  fc
    .tuple(fc.double({ min: 0.01, max: 0.9, noNaN: true }), fc.double({ min: 0.5, max: 3, noNaN: true }))
    .map(([q, z]) => poissonSampled(q, gaussian(z))),
  fc.double({ min: 0.01, max: 1, noNaN: true }).map((rho) => zcdp(rho)),
  fc
    .tuple(fc.double({ min: 0.05, max: 3, noNaN: true }), fc.double({ min: 1e-6, max: 0.2, noNaN: true }))
    .map(([e, d]) => epsilonDelta(e, d)),
);

describe("the whole profile against numbers from elsewhere", () => {
  it("one Gaussian of mu = 1: curve, area, advantage and Bayes success in closed form (Φ by mpmath)", () => {
    const profile = profileOf(gaussian(1));
    const [rare, tenth] = profile.tradeOff([0.01, 0.1]);
    expect(rare?.truePositiveRate).toBeCloseTo(0.0923622481, 9);
    expect(tenth?.truePositiveRate).toBeCloseTo(0.3891436916, 8);
    expect(rare?.attained).toBeLessThanOrEqual(rare?.truePositiveRate ?? 0);
    expect(rare?.attained).toBeCloseTo(0.0923622481, 9);
    expect(profile.areaUnderCurve).toBeCloseTo(0.7602499389065233, 12);
    expect(profile.advantage).toBeCloseTo(0.3829249225480262, 12);
    expect(profile.bayesSuccess(0.5)).toBeCloseTo(0.6914624612740131, 12);
    // the likelihood ratio passes the prior odds of 4 at log 4 + 1/2
    const bar = Math.log(4) + 0.5;
    for (const prior of [0.2, 0.8]) {
      expect(profile.bayesSuccess(prior)).toBeCloseTo(0.2 * normalCdf(1 - bar) + 0.8 * normalCdf(bar), 12);
    }
    expect(profile.reconstruction(0.01)).toBeCloseTo(0.0923622481, 9);
    expect(profile.gaussianFit({ slack: 0 })).toMatchObject({ slack: 0, regret: 0 });
    expect(profile.gaussianFit({ slack: 1e-5 }).mu).toBeCloseTo(1, 10);
  });

  it("(epsilon, delta): area and advantage in the closed forms of Kairouz et al.'s region", () => {
    for (const [epsilon, delta] of [
      [0.5, 0],
      [1, 0],
      [4, 0],
      [1, 0.05],
      [2, 1e-3],
    ] as const) {
      const p = (1 - delta) / (1 + Math.exp(epsilon));
      const area = (p * (delta + 1 - p)) / 2 + ((1 - delta - p) * (2 - p)) / 2 + delta;
      const profile = profileOf(epsilonDelta(epsilon, delta));
      expect(profile.areaUnderCurve).toBeGreaterThanOrEqual(area - 1e-15);
      expect(profile.areaUnderCurve).toBeCloseTo(area, 8);
      expect(profile.advantage).toBeCloseTo(1 - 2 * p, 10);
      expect(profile.bayesSuccess(0.5)).toBeCloseTo(1 - p, 10);
      expect(profile.reconstruction(1e-3)).toBeCloseTo(Math.exp(epsilon) * 1e-3 + delta, 8);
    }
  });

  it("one sampled step: both directions of the Neyman-Pearson test, by integrals that know no formula of ours", () => {
    const [q, mu] = [0.3, 2];
    const curve = profileOf(poissonSampled(q, gaussian(1 / mu)));
    for (let t = -6; t <= 8; t += 0.25) {
      // "record" above t under the mixture, and "no record" below t under the plain Gaussian
      const above = { fpr: normalCdf(-t), tpr: (1 - q) * normalCdf(-t) + q * normalCdf(mu - t) };
      const below = { fpr: (1 - q) * normalCdf(t) + q * normalCdf(t - mu), tpr: normalCdf(t) };
      for (const { fpr, tpr } of [above, below]) {
        const [point] = curve.tradeOff([fpr]);
        expect(point?.truePositiveRate).toBeGreaterThanOrEqual(tpr * (1 - 1e-13));
      }
      // with the record above is the better direction where false positives are rare, the other one where they are not
      const [best, other] = curve.tradeOff([above.fpr, below.fpr]);
      if (t >= 2) expect(Math.abs((best?.attained ?? 0) - above.tpr)).toBeLessThan(1e-12);
      if (t >= 2) expect(Math.abs((other?.attained ?? 0) - below.tpr)).toBeLessThan(1e-12);
      for (const p of [best, other]) expect((p?.truePositiveRate ?? 1) - (p?.attained ?? 0)).toBeLessThan(1e-11);
    }
    // area under the mixture's curve: half where not sampled, that of the Gaussian where sampled
    expect(curve.areaUnderCurve).toBeCloseTo(0.7 / 2 + 0.3 * normalCdf(Math.SQRT2), 12);
  });

  it("500 sampled steps: no cap below dp_accounting's curve (PLD, mesh 1e-4), none more than 3 % above it", () => {
    const profile = profileOf(dpSgd);
    for (const [fpr, tpr] of [
      [1e-6, 2.3116752666529404e-5],
      [1e-4, 0.001064692934868932],
      [0.001, 0.0069427632757414655],
      [0.01, 0.043096664181505366],
      [0.1, 0.24343257739201526],
      [0.3, 0.5182165623441122],
      [0.5, 0.716014962041358],
      [0.9, 0.9700432122949185],
    ] as const) {
      const cap = profile.reconstruction(fpr);
      // the grid of dp_accounting errs upward too, by 1e-4 of its value at most
      expect(cap).toBeGreaterThanOrEqual(tpr * (1 - 1e-4));
      expect(cap).toBeLessThan(tpr * 1.03);
    }
    expect(profile.areaUnderCurve).toBeGreaterThanOrEqual(0.6583);
    expect(profile.areaUnderCurve).toBeLessThan(0.6595);
    expect(profile.advantage).toBeGreaterThanOrEqual(0.22263156966 * (1 - 1e-5));
    expect(profile.gaussianFit({ slack: 1e-5 }).mu).toBeGreaterThan(0.6492);
    expect(profile.gaussianFit({ slack: 1e-5 }).mu).toBeLessThan(0.66);
  });

  it("nothing and everything", () => {
    const nothing = profileOf(noOp());
    expect(nothing.tradeOff(rates).map((p) => p.truePositiveRate)).toEqual(rates);
    expect([nothing.advantage, nothing.areaUnderCurve, nothing.bayesSuccess(0.9)]).toEqual([0, 0.5, 0.9 * (1 + 1e-15)]);
    expect(nothing.gaussianFit({ slack: 0 }).mu).toBe(0);
    const everything = profileOf(nonPrivate());
    expect(everything.tradeOff(rates).map((p) => p.truePositiveRate)).toEqual(rates.map(() => 1));
    expect([everything.advantage, everything.areaUnderCurve, everything.reconstruction(0)]).toEqual([1, 1, 1]);
    expect(everything.gaussianFit({ slack: 0.1 }).mu).toBe(Infinity);
  });
});

describe("laws of the whole profile", () => {
  it("A24: of a group every cap is that of the group", () => {
    const two = privacyProfile(gaussian(2), { neighboring, groupSize: 2 });
    const one = profileOf(gaussian(1));
    expect(two.tradeOff(rates)).toEqual(one.tradeOff(rates));
    expect(two.areaUnderCurve).toBe(one.areaUnderCurve);
    expect(two.gaussianFit({ slack: 0 })).toEqual(one.gaussianFit({ slack: 0 }));
    expect(two.bayesSuccess(0.3)).toBe(one.bayesSuccess(0.3));
  });

  it("A7: epsilon and delta are inverse to each other within their certified intervals", () => {
    const property = fc.property(event, fc.double({ min: -8, max: -1, noNaN: true }), (e, power) => {
      const [profile, delta] = [profileOf(e), 10 ** power];
      const epsilon = profile.epsilon(delta);
      if (epsilon.upper < Infinity) expect(profile.delta(epsilon.upper).lower).toBeLessThanOrEqual(delta);
      if (epsilon.lower > 0)
        expect(profile.delta(epsilon.lower * (1 - 1e-9)).upper).toBeGreaterThanOrEqual(delta * (1 - 1e-9));
      const back = profile.delta(1).upper;
      if (back > 1e-300 && back < 1) expect(profile.epsilon(back).lower).toBeLessThanOrEqual(1 + 1e-9);
    });
    fc.assert(property, { seed, numRuns: 24 });
  });

  it("caps: concave from FPR to 1, at least what is attained, and hardly above any single (epsilon, delta) line", () => {
    const property = fc.property(event, event, (a, b) => {
      const profile = profileOf(composed(a, b));
      const curve = profile.tradeOff(rates);
      const heights = curve.map((p) => p.truePositiveRate);
      for (const [i, p] of curve.entries()) {
        expect(p.truePositiveRate).toBeGreaterThanOrEqual(p.falsePositiveRate);
        expect(p.truePositiveRate).toBeGreaterThanOrEqual((p.attained ?? 0) * (1 - 1e-14));
        expect(p.truePositiveRate).toBeGreaterThanOrEqual((heights[i - 1] ?? 0) * (1 - 1e-12));
      }
      const { upper } = profile.epsilon(0.9e-4);
      const line = Math.exp(upper) * 0.001 + 0.9e-4;
      expect(profile.reconstruction(0.001)).toBeLessThanOrEqual(line * 1.15);
      expect(profile.areaUnderCurve).toBeLessThanOrEqual(0.5 + profile.advantage - profile.advantage ** 2 / 2 + 1e-9);
      // who sees both outputs can do what who sees one can
      for (const part of [a, b]) {
        const single = profileOf(part);
        for (const [i, p] of single.tradeOff(rates).entries()) {
          expect(heights[i]).toBeGreaterThanOrEqual((p.attained ?? 0) * (1 - 1e-12));
        }
        expect(profile.bayesSuccess(0.3)).toBeGreaterThanOrEqual(0.7);
      }
    });
    fc.assert(property, { seed, numRuns: 6 });
  });

  it("A25: what is computed from an output, here by binning it, is never beyond the profile of the output", () => {
    const cuts = fc.uniqueArray(fc.double({ min: -6, max: 8, noNaN: true }), { minLength: 1, maxLength: 12 });
    const property = fc.property(
      cuts,
      fc.double({ min: 0.02, max: 1, noNaN: true }),
      fc.double({ min: 0.4, max: 3, noNaN: true }),
      fc.double({ min: 0, max: 3, noNaN: true }),
      (points, q, z, epsilon) => {
        const profile = profileOf(poissonSampled(q, gaussian(z)));
        const edges = [-Infinity, ...points.toSorted((a, b) => a - b), Infinity];
        const mass = (cdf: (x: number) => number): number[] =>
          edges.slice(1).map((to, i) => cdf(to) - cdf(edges[i] ?? -Infinity));
        const without = mass((x) => normalCdf(x / z));
        const record = mass((x) => (1 - q) * normalCdf(x / z) + q * normalCdf((x - 1) / z));
        const cap = profile.delta(epsilon).upper;
        for (const [p, r] of [
          [record, without],
          [without, record],
        ] as const) {
          const stick = p.reduce((sum, m, i) => sum + Math.max(0, m - Math.exp(epsilon) * (r[i] ?? 0)), 0);
          expect(stick).toBeLessThanOrEqual(cap + 1e-13);
        }
      },
    );
    fc.assert(property, { seed, numRuns: 300 });
  });

  it("a test that only adds up the outputs of ten sampled steps stays below the cap, and comes near it", () => {
    const [q, z, n] = [0.3, 1.5, 10];
    const profile = profileOf(selfComposed(poissonSampled(q, gaussian(z)), n));
    let closest = Infinity;
    for (let t = -10; t <= 20; t += 0.5) {
      const s = z * Math.sqrt(n);
      let [tpr, weight] = [0, (1 - q) ** n];
      for (let k = 0; k <= n; k++) {
        tpr += weight * normalCdf((k - t) / s);
        weight *= ((n - k) / (k + 1)) * (q / (1 - q));
      }
      const cap = profile.tradeOff([normalCdf(-t / s)])[0]?.truePositiveRate ?? 0;
      expect(cap).toBeGreaterThanOrEqual(tpr);
      if (tpr > 0.2 && tpr < 0.8) closest = Math.min(closest, cap - tpr);
    }
    expect(closest).toBeLessThan(0.05);
  });
});

describe("the Gaussian fit", () => {
  it("lies above the whole certified curve, and no smaller one does", () => {
    for (const [e, slack] of [
      [dpSgd, 1e-5],
      [composed(laplace(1), gaussian(2)), 1e-6],
      [selfComposed(laplace(8), 40), 1e-5],
      [epsilonDelta(1, 1e-6), 1e-5],
    ] as const) {
      const profile = profileOf(e);
      const { mu, regret } = profile.gaussianFit({ slack });
      const above = (m: number, x: number): number =>
        Math.min(1, normalCdf(normalQuantile(x) + m) + slack) - (profile.tradeOff([x])[0]?.truePositiveRate ?? 1);
      const grid = Array.from({ length: 800 }, (_, i) => 1 / (1 + Math.exp(-(i - 399.5) / 20)));
      const heights = grid.map((x) => above(mu, x));
      expect(Math.min(...heights)).toBeGreaterThanOrEqual(-2e-6);
      expect(Math.max(...heights)).toBeLessThanOrEqual(regret + 1e-9);
      expect(Math.max(...heights)).toBeGreaterThan(0.9 * regret);
      expect(Math.min(...grid.map((x) => above(0.97 * mu, x)))).toBeLessThan(0);
      // the same in the other language: delta of the event is at most that of the Gaussian, but for the slack
      const gauss = account(gaussian(1 / mu), { neighboring });
      for (const epsilon of [0, 0.3, 1, 2, 4]) {
        expect(profile.delta(epsilon).lower).toBeLessThanOrEqual(gauss.delta({ epsilon }).upper + slack);
      }
    }
  });

  it("without slack sampling does not help, and what is not Gaussian-DP has no mu", () => {
    expect(profileOf(dpSgd).gaussianFit({ slack: 0 }).mu).toBeCloseTo(Math.sqrt(500), 9);
    expect(profileOf(dpSgd).gaussianFit({ slack: 1e-5 }).mu).toBeLessThan(2);
    expect(profileOf(zcdp(0.1)).gaussianFit({ slack: 0 }).mu).toBe(Infinity);
    expect(profileOf(epsilonDelta(1, 1e-6)).gaussianFit({ slack: 0 }).mu).toBe(Infinity);
  });

  it("refuses slacks, priors and rates that are none", () => {
    const profile = profileOf(gaussian(1));
    expect(() => profile.gaussianFit({ slack: 1 })).toThrow(/slack must be/);
    expect(() => profile.bayesSuccess(1.1)).toThrow(/prior must be/);
    expect(() => profile.reconstruction(-0.1)).toThrow(/priorSuccess must be/);
    expect(() => profile.tradeOff([NaN])).toThrow(/falsePositiveRates must be/);
    expect(() => profile.epsilon(0)).toThrow(/delta must be/);
    expect(() => profile.delta(-1)).toThrow(/epsilon must be/);
  });
});
