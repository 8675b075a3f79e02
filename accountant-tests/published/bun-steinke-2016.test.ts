import { describe, expect, it } from "vitest";
import { account, composed, epsilonDelta, gaussian, laplace, rdpOfEvent, zcdp } from "../../src/accounting/index.ts";

// Bun, Steinke 2016, "Concentrated Differential Privacy: Simplifications, Extensions, and Lower Bounds",
// arXiv:1605.02065v1
const neighboring = "add-or-remove-one";
const orders = [1.1, 2, 5, 50, 1000];

describe("zero-concentrated privacy of Bun, Steinke 2016", () => {
  it("proposition 1.3: ρ-zCDP is (ρ + 2√(ρ log(1/δ)), δ)-private, and here at most that", () => {
    for (const rho of [1e-4, 0.1, 0.5, 4]) {
      for (const delta of [1e-2, 1e-6, 1e-30]) {
        const { upper } = account(zcdp(rho), { neighboring }).guarantee({ delta }).epsilon;
        expect(upper).toBeLessThanOrEqual(rho + 2 * Math.sqrt(-rho * Math.log(delta)));
        // it can not be less than what the Gaussian of the same ρ costs, for which the bound is claimed
        const exact = account(gaussian(1 / Math.sqrt(2 * rho)), { neighboring }).guarantee({ delta }).epsilon;
        expect(upper).toBeGreaterThanOrEqual(exact.lower);
      }
    }
  });

  it("proposition 1.4: an ε-private mechanism is ε²/2-zCDP, and here at most that", () => {
    for (const epsilon of [0.01, 0.5, 2]) {
      for (const order of orders) {
        const bound = (order * epsilon ** 2) / 2;
        for (const event of [epsilonDelta(epsilon, 0), laplace(1 / epsilon)]) {
          expect(rdpOfEvent(event, { neighboring, order })).toBeLessThanOrEqual(bound * (1 + 1e-12));
        }
      }
    }
  });

  it("proposition 1.6: the Gaussian is exactly 1/2σ²-zCDP; lemma 1.7: ρ adds up", () => {
    for (const order of orders) {
      expect(rdpOfEvent(gaussian(2), { neighboring, order }) / (order / 8)).toBeCloseTo(1, 12);
      const sum = composed(zcdp(0.1), zcdp(0.3), gaussian(1));
      expect(rdpOfEvent(sum, { neighboring, order }) / (0.9 * order)).toBeCloseTo(1, 12);
    }
  });
});
