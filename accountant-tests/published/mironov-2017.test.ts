import { describe, expect, it } from "vitest";
import {
  type DpEvent,
  account,
  epsilonFromRdp,
  gaussian,
  laplace,
  randomizedResponse,
  rdpOfEvent,
} from "../../src/accounting/index.ts";

// Mironov 2017, "Renyi Differential Privacy", arXiv:1702.07476v3, table II and proposition 3
const orders = [1.25, 1.5, 2, 3.7, 8, 64];

const gaussianRow = (sigma: number, a: number): number => a / (2 * sigma ** 2);
const laplaceRow = (b: number, a: number): number =>
  Math.log((a / (2 * a - 1)) * Math.exp((a - 1) / b) + ((a - 1) / (2 * a - 1)) * Math.exp(-a / b)) / (a - 1);
/** p: the probability of the truth among two answers. */
const responseRow = (p: number, a: number): number =>
  Math.log(p ** a * (1 - p) ** (1 - a) + (1 - p) ** a * p ** (1 - a)) / (a - 1);

describe("table II of Mironov 2017", () => {
  const rows: readonly [string, DpEvent, (order: number) => number, "add-or-remove-one" | "replace-one"][] = [
    ["the Gaussian, σ = 0.7", gaussian(0.7), (a) => gaussianRow(0.7, a), "add-or-remove-one"],
    ["the Gaussian, σ = 20", gaussian(20), (a) => gaussianRow(20, a), "add-or-remove-one"],
    ["Laplace, λ = 0.5", laplace(0.5), (a) => laplaceRow(0.5, a), "add-or-remove-one"],
    ["Laplace, λ = 4", laplace(4), (a) => laplaceRow(4, a), "add-or-remove-one"],
    // a uniform answer with probability 1/2 is the truth with probability 3/4
    ["randomised response, p = 3/4", randomizedResponse(0.5, 2), (a) => responseRow(0.75, a), "replace-one"],
    ["randomised response, p = 0.55", randomizedResponse(0.9, 2), (a) => responseRow(0.55, a), "replace-one"],
  ];
  it.each(rows)("is met from above, to 1e-9: %s", (_name, event, exact, neighboring) => {
    for (const order of orders) {
      const rdp = rdpOfEvent(event, { neighboring, order });
      expect(rdp / exact(order)).toBeGreaterThan(1 - 1e-12);
      expect(rdp / exact(order)).toBeLessThan(1 + 1e-9);
    }
  });
});

describe("proposition 3 of Mironov 2017", () => {
  it("bounds ε by RDP + log(1/δ)/(order − 1): our conversion never exceeds it", () => {
    for (const delta of [1e-3, 1e-5, 1e-10, 1e-100]) {
      for (const order of orders) {
        for (const rdp of [1e-4, 0.1, 3]) {
          expect(epsilonFromRdp(rdp, order, delta)).toBeLessThanOrEqual(rdp - Math.log(delta) / (order - 1));
        }
      }
      const best = Math.min(...orders.map((a) => gaussianRow(3, a) - Math.log(delta) / (a - 1)));
      const { upper } = account(gaussian(3), { neighboring: "add-or-remove-one" }).guarantee({ delta }).epsilon;
      expect(upper).toBeLessThanOrEqual(best);
    }
  });
});
