import { describe, expect, it } from "vitest";
import { rdpOfEvent } from "../../src/accounting/index.ts";
import { dpSgd } from "../golden.ts";

/**
 * log A(α) of Mironov, Talwar, Zhang 2019, "Renyi Differential Privacy of the Sampled Gaussian Mechanism",
 * arXiv:1908.10530v1, section 3.3: A = Σ C(α, k)(1 − q)^(α−k) q^k exp((k² − k)/2σ²), for whole α. Since the weights
 * add up to 1, A − 1 is summed instead, which has no cancellation; plain doubles serve up to order 20.
 */
function published(q: number, sigma: number, order: number): number {
  let [excess, ways] = [0, 1];
  for (let k = 0; k <= order; k++) {
    excess += ways * (1 - q) ** (order - k) * q ** k * Math.expm1((k * k - k) / (2 * sigma ** 2));
    ways *= (order - k) / (k + 1);
  }
  return Math.log1p(excess) / (order - 1);
}

describe("the sampled Gaussian of Mironov, Talwar, Zhang 2019", () => {
  const cases = [0.0001, 0.01, 0.3, 0.9].flatMap((q) => [0.8, 1.5, 10].map((sigma) => ({ q, sigma })));
  it.each(cases)("has their Renyi divergence at whole orders, q = $q, σ = $sigma", ({ q, sigma }) => {
    for (const order of [2, 3, 5, 10, 20]) {
      const rdp = rdpOfEvent(dpSgd(q, sigma, 1), { neighboring: "add-or-remove-one", order });
      expect(rdp / published(q, sigma, order)).toBeGreaterThan(1 - 1e-12);
      expect(rdp / published(q, sigma, order)).toBeLessThan(1 + 1e-9);
    }
  });
});
