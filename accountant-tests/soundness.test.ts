import { describe, expect, it } from "vitest";
import {
  type DpEvent,
  account,
  composed,
  epsilonDelta,
  exponentialMechanism,
  gaussian,
  laplace,
  poissonSampled,
  randomizedResponse,
  selfComposed,
} from "../src/accounting/index.ts";

const add = { neighboring: "add-or-remove-one" } as const;

/** log(e^ε − δ(1 + e^ε)), the exact ε of ε-randomised response at δ: Kairouz et al. 2015, arXiv:1311.0776v4. */
function worstPure(epsilon: number, delta: number): number {
  return epsilon + Math.log1p(-delta * (1 + Math.exp(-epsilon)));
}

describe("numbers at the ends of the doubles", () => {
  it("does not forget a pure epsilon whose exponential overflows", () => {
    for (const epsilon of [1, 30, 600, 709.7, 710, 745, 746, 1e4, 70_333, 1e12]) {
      for (const delta of [1e-300, 1e-7, 0.01, 0.4]) {
        const truth = worstPure(epsilon, delta);
        const upper = (event: DpEvent): number => account(event, add).guarantee({ delta }).epsilon.upper;
        expect(upper(epsilonDelta(epsilon, 0))).toBeGreaterThanOrEqual(truth);
        expect(upper(selfComposed(epsilonDelta(epsilon, 0), 2))).toBeGreaterThanOrEqual(truth);
        expect(upper(composed(epsilonDelta(epsilon, 0), gaussian(30)))).toBeGreaterThanOrEqual(truth);
      }
    }
  });

  it("nor that of a range or of Laplace noise", () => {
    for (const epsilon of [1, 709.7, 745, 1e4, 1e12]) {
      for (const delta of [1e-300, 0.01]) {
        const upper = (event: DpEvent): number => account(event, add).guarantee({ delta }).epsilon.upper;
        // a range of ε holds randomised response of ε/2
        expect(upper(exponentialMechanism(epsilon))).toBeGreaterThanOrEqual(worstPure(epsilon / 2, delta) - 1e-12);
        // Laplace: 1 − exp((ε' − ε)/2) at ε' [its profile]
        expect(upper(laplace(1 / epsilon))).toBeGreaterThanOrEqual((epsilon + 2 * Math.log1p(-delta)) * (1 - 1e-12));
      }
    }
  });

  it("does not forget a randomised response that almost never lies", () => {
    for (const p of [1e-5, 1e-300, 1e-307, 1e-310, 5e-324]) {
      const event = randomizedResponse(p, 4);
      const { upper } = account(event, { neighboring: "replace-one" }).guarantee({ delta: 1e-6 }).epsilon;
      // the truth's probability 1 − 3p/4 less δ, over p/4
      expect(upper).toBeGreaterThanOrEqual(-Math.log(p) + Math.log(4) + Math.log1p(-p - 1e-6) - 1e-9);
    }
  });

  it("amplifies huge epsilons by small probabilities without losing their difference", () => {
    const delta = 1e-13;
    for (const q of [1e-12, 1e-6, 0.01, 0.7]) {
      for (const epsilon of [1, 25, 29.9, 30.1, 700, 744.4, 746, 1e4]) {
        const event = poissonSampled(q, epsilonDelta(epsilon, 0));
        // δ(log(1 + q·expm1 ε')) = q·δ'(ε'): Balle, Barthe, Gaboardi 2018, arXiv:1807.01647v2
        const inner = Math.max(0, worstPure(epsilon, delta / q));
        const truth = inner < 30 ? Math.log1p(q * Math.expm1(inner)) : Math.log(q) + inner;
        expect(account(event, add).guarantee({ delta }).epsilon.upper).toBeGreaterThanOrEqual(truth * (1 - 1e-12));
      }
    }
  });

  it("never says that a delta is zero because no double is small enough for it", () => {
    expect(account(gaussian(1), add).delta({ epsilon: 60 }).upper).toBeGreaterThan(0);
    expect(account(gaussian(0.1), add).delta({ epsilon: 1e6 }).upper).toBeGreaterThan(0);
    expect(account(poissonSampled(0.01, gaussian(1)), add).delta({ epsilon: 60 }).upper).toBeGreaterThan(0);
    expect(
      account(selfComposed(poissonSampled(0.01, gaussian(1)), 100), add).delta({ epsilon: 500 }).upper,
    ).toBeGreaterThan(0);
    const rare = account(poissonSampled(5e-324, gaussian(1)), add).delta({ epsilon: 1 });
    expect(rare.upper).toBeGreaterThan(0);
    expect(rare.upper).toBeLessThan(1.1e-300);
  });
});

describe("bounds from both sides", () => {
  it("never puts the lower one above the truth when one part of two is next to nothing", () => {
    const whole = composed(poissonSampled(1e-5, gaussian(0.3)), gaussian(0.3));
    const { lower, upper } = account(whole, add).guarantee({ delta: 0.01 }).epsilon;
    // mpmath, 40 digits: ε of the Gaussian alone is 12.558040975793…; the other part adds less than 1e-3 to δ's place
    expect(lower).toBeLessThanOrEqual(12.5585);
    expect(upper).toBeGreaterThanOrEqual(12.558040975793);
  });
});
