import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { account, composed, epsilonDelta, laplace, poissonSampled, privacyProfile, selfComposed } from "./index.ts";
import { repeatedFailure } from "./mechanism.ts";
import { composePure } from "./pure-composition.ts";

const neighboring = "zero-out";
const seed = 20_261_201;

/** Kairouz, Oh, Viswanath 2015, Thm 3.3, as printed: at ε' = (k − 2i)ε. */
function theorem33(epsilon: number, k: number, i: number): { readonly epsilon: number; readonly delta: number } {
  let [sum, ways] = [0, 1];
  for (let l = 0; l < i; l++) {
    sum += ways * (Math.exp((k - l) * epsilon) - Math.exp((k - 2 * i + l) * epsilon));
    ways *= (k - l) / (l + 1);
  }
  return { epsilon: (k - 2 * i) * epsilon, delta: sum / (1 + Math.exp(epsilon)) ** k };
}

describe("optimal composition of pure mechanisms", () => {
  it("is the theorem of Kairouz, Oh and Viswanath, from above", () => {
    for (const epsilon of [0.05, 0.3, 1, 2.5]) {
      for (const k of [2, 5, 30]) {
        const found = composePure([{ epsilon, count: k }]);
        for (let i = 1; 2 * i <= k; i++) {
          const exact = theorem33(epsilon, k, i);
          const delta = found?.deltaAt(exact.epsilon) ?? NaN;
          expect(delta / exact.delta).toBeGreaterThanOrEqual(1 - 1e-12);
          expect(delta / exact.delta).toBeLessThan(1 + 1e-10);
          const back = found?.epsilonAt(exact.delta) ?? NaN;
          expect(back).toBeGreaterThanOrEqual(exact.epsilon - 1e-10);
          expect(found?.deltaAt(back * (1 - 1e-6))).toBeGreaterThanOrEqual(exact.delta * (1 - 1e-12));
        }
      }
    }
  });

  it("unequal parts by adding up all 2^n answers, one by one", () => {
    const epsilons = [0.2, 0.2, 0.5, 0.5, 0.5, 1.1, 2];
    const found = composePure([
      { epsilon: 0.2, count: 2 },
      { epsilon: 0.5, count: 3 },
      { epsilon: 1.1, count: 1 },
      { epsilon: 2, count: 1 },
    ]);
    for (const epsilon of [0, 0.1, 1, 2.7, 5, 5.9]) {
      let exact = 0;
      for (let answers = 0; answers < 2 ** epsilons.length; answers++) {
        let [p, q] = [1, 1];
        for (const [i, e] of epsilons.entries()) {
          const [high, low] = [1 / (1 + Math.exp(-e)), 1 / (1 + Math.exp(e))];
          const isTrue = ((answers >> i) & 1) === 1;
          p *= isTrue ? high : low;
          q *= isTrue ? low : high;
        }
        exact += Math.max(0, p - Math.exp(epsilon) * q);
      }
      expect(found?.deltaAt(epsilon)).toBeGreaterThanOrEqual(exact * (1 - 1e-12));
      expect(found?.deltaAt(epsilon)).toBeLessThanOrEqual(exact * (1 + 1e-11) + 1e-14);
    }
  });

  it("answers epsilon and delta inversely, at most the sum, at every size of both", () => {
    const part = fc.record({
      epsilon: fc.double({ min: -6, max: 4, noNaN: true }).map((x) => 10 ** x),
      count: fc.integer({ min: 1, max: 30 }),
    });
    const property = fc.property(
      fc.array(part, { minLength: 1, maxLength: 2 }),
      fc.double({ min: -290, max: -0.01, noNaN: true }).map((x) => 10 ** x),
      (parts, delta) => {
        const found = composePure(parts);
        const epsilon = found?.epsilonAt(delta) ?? NaN;
        const sum = parts.reduce((total, p) => total + p.epsilon * p.count, 0);
        expect(epsilon).toBeGreaterThanOrEqual(0);
        expect(epsilon).toBeLessThanOrEqual(sum * (1 + 1e-12));
        expect(found?.deltaAt(epsilon)).toBeLessThanOrEqual(delta);
        if (epsilon > 1e-3) expect(found?.deltaAt(epsilon * (1 - 1e-9))).toBeGreaterThan(delta * (1 - 1e-9));
      },
    );
    fc.assert(property, { seed, numRuns: 300 });
  });

  it("makes the pure engine tight in both directions: Laplace and opaque mechanisms, with failures", () => {
    const [epsilon, k, f] = [0.4, 12, 1e-7];
    const found = account(selfComposed(epsilonDelta(epsilon, f), k), { neighboring });
    const failure = 1 - (1 - f) ** k;
    const exact = theorem33(epsilon, k, 3);
    // 1 − (1 − f)^k·(1 − δ')
    const delta = failure + (1 - failure) * exact.delta;
    expect(found.delta({ epsilon: exact.epsilon }).upper).toBeGreaterThanOrEqual(delta * (1 - 1e-12));
    expect(found.delta({ epsilon: exact.epsilon }).upper).toBeLessThan(delta * (1 + 1e-10));
    expect(found.guarantee({ delta }).epsilon.upper).toBeCloseTo(exact.epsilon, 9);
    const many = account(selfComposed(laplace(4), 9), { neighboring });
    const pure = many.guarantee({ delta: 1e-3 }).engines.find((e) => e.name === "pure")?.epsilon.upper ?? NaN;
    expect(pure).toBeLessThan(9 / 4);
    expect(many.guarantee({ delta: 1e-3 }).epsilon.lower).toBeLessThanOrEqual(pure);
  });
});

describe("failure probabilities", () => {
  it("of independent parts come to 1 − Π(1 − f), whatever the order and nesting", () => {
    const [a, b] = [epsilonDelta(0, 1e-3), epsilonDelta(0, 0.02)];
    const exact = 1 - (1 - 1e-3) ** 3 * (1 - 0.02);
    for (const event of [
      composed(a, a, a, b),
      composed(b, selfComposed(a, 3)),
      composed(composed(a, b), composed(a, a)),
    ]) {
      const { upper } = account(event, { neighboring }).delta({ epsilon: 1 });
      expect(upper).toBeGreaterThanOrEqual(exact);
      expect(upper).toBeLessThan(exact * (1 + 1e-13));
    }
    expect(repeatedFailure(0.5, 1e9)).toBe(1);
    expect(repeatedFailure(1e-300, 1e9) / 1e-291).toBeCloseTo(1, 12);
    // a sample of which every record may be published
    const sampled = account(poissonSampled(0.1, epsilonDelta(0, 0.1)), { neighboring });
    expect(sampled.delta({ epsilon: 0 }).upper).toBeCloseTo(0.01, 12);
  });

  it("raise the exact trade-off curve by what they publish, and cap it where there is nothing else", () => {
    const failing = privacyProfile(epsilonDelta(0, 0.1), { neighboring });
    // f + (1 − f)·(FPR/(1 − f))
    for (const rate of [0, 0.2, 0.5, 0.9]) {
      expect(failing.tradeOff([rate])[0]?.truePositiveRate).toBeCloseTo(Math.min(1, 0.1 + rate), 12);
      expect(account(epsilonDelta(0, 0.1), { neighboring }).tradeOff([rate])[0]?.truePositiveRate).toBeCloseTo(
        Math.min(1, 0.1 + rate),
        12,
      );
    }
    expect(failing.areaUnderCurve).toBeCloseTo(0.5 * 0.81 + 0.2 - 0.01, 12);
  });
});
