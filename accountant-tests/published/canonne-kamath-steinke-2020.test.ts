import { describe, expect, it } from "vitest";
import { account, discreteGaussian, epsilonFromRdp, rdpOfEvent, zcdp } from "../../src/accounting/index.ts";

// Canonne, Kamath, Steinke 2020, "The Discrete Gaussian for Differential Privacy", arXiv:2004.00010v5
const neighboring = "add-or-remove-one";

/** Theorem 7: δ = P[Y > εσ²/Δ − Δ/2] − e^ε·P[Y > εσ²/Δ + Δ/2] for Y discrete Gaussian; summed term by term. */
function exactDelta(sigma: number, sensitivity: number, epsilon: number): number {
  const reach = Math.ceil(40 * sigma);
  let [total, above, beyond] = [0, 0, 0];
  for (let y = -reach; y <= reach; y++) {
    const weight = Math.exp(-(y * y) / (2 * sigma ** 2));
    total += weight;
    if (y > (epsilon * sigma ** 2) / sensitivity - sensitivity / 2) above += weight;
    if (y > (epsilon * sigma ** 2) / sensitivity + sensitivity / 2) beyond += weight;
  }
  return (above - Math.exp(epsilon) * beyond) / total;
}

describe("the discrete Gaussian of Canonne, Kamath, Steinke 2020", () => {
  it("theorem 7: its exact δ is never above ours", () => {
    for (const [sigma, sensitivity] of [
      [1, 1],
      [4, 1],
      [10, 3],
    ] as const) {
      for (const epsilon of [0.1, 0.5, 1, 2]) {
        const exact = exactDelta(sigma, sensitivity, epsilon);
        const { upper } = account(discreteGaussian(sigma, sensitivity), { neighboring }).delta({ epsilon });
        expect(upper).toBeGreaterThanOrEqual(exact);
        expect(upper).toBeLessThanOrEqual(1);
      }
    }
  });

  it("theorem 4: it is Δ²/2σ²-zCDP, any Δ", () => {
    for (const order of [1.5, 2, 30]) {
      const rdp = rdpOfEvent(discreteGaussian(5, 3), { neighboring, order });
      expect(rdp / ((9 * order) / 50)).toBeCloseTo(1, 12);
    }
  });

  it("proposition 12: RDP becomes ε = RDP + log(1 − 1/α) − log(αδ)/(α − 1), from above to 1e-12", () => {
    for (const order of [1.5, 4, 60]) {
      for (const delta of [1e-2, 1e-8, 1e-50]) {
        const exact = 0.7 + Math.log1p(-1 / order) - Math.log(order * delta) / (order - 1);
        const found = epsilonFromRdp(0.7, order, delta);
        expect(found / exact).toBeGreaterThan(1 - 1e-13);
        expect(found / exact).toBeLessThan(1 + 1e-12);
      }
    }
  });

  it("its consequence: zCDP at its best real order is at or below each whole order's bound", () => {
    const { upper } = account(zcdp(0.2), { neighboring }).guarantee({ delta: 1e-6 }).epsilon;
    for (let order = 2; order < 100; order++) {
      expect(upper).toBeLessThanOrEqual(epsilonFromRdp(0.2 * order, order, 1e-6) * (1 + 1e-12));
    }
  });
});
