import { describe, expect, it } from "vitest";
import { account, gaussian, poissonSampled, rdpOfEvent } from "../src/accounting/index.ts";

const neighboring = "replace-one";

/**
 * log ∫ P^α·Q^(1 − α) / (α − 1) for (1 − q)·N(0) + q·N(±1/z), by the trapezoid on a window wide enough for any α here: the
 * definition, without a formula of ours. The query moves by 2C, from −C to C.
 */
function renyiByDefinition(q: number, z: number, order: number): number {
  const s = 1 / z;
  const [to, cells] = [20 + 2 * order * s, 40_000];
  const step = (2 * to) / cells;
  const logs: number[] = [];
  const logDensity = (x: number, at: number): number => {
    const [a, b] = [Math.log1p(-q) - (x * x) / 2, Math.log(q) - (x - at) ** 2 / 2];
    return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
  };
  for (let k = 0; k <= cells; k++) {
    const x = -to + k * step;
    logs.push(order * logDensity(x, s) + (1 - order) * logDensity(x, -s));
  }
  const top = Math.max(...logs);
  const sum = logs.reduce((total, v) => total + Math.exp(v - top), 0);
  return (top + Math.log(sum * step) - Math.log(2 * Math.PI) / 2) / (order - 1);
}

describe("a Poisson sample of which a record is replaced", () => {
  it("A18: has at least the Renyi divergence of its definition at small and at large orders", () => {
    for (const [q, z] of [
      [0.1, 1],
      [0.5, 2],
      [0.01, 0.5],
      [0.999, 4],
    ] as const) {
      for (const order of [1.5, 3, 12, 25, 60, 200]) {
        const exact = renyiByDefinition(q, z, order);
        const found = rdpOfEvent(poissonSampled(q, gaussian(z)), { neighboring, order });
        expect(found, `${q} ${z} ${order}`).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
        expect(found).toBeLessThanOrEqual(Math.max(exact * 1.35, (2 * order) / (z * z)));
      }
    }
  });

  it("A15: tends to the whole batch as q goes to 1, at every order and delta", () => {
    const q = 1 - 2 ** -40;
    for (const { z, orders } of [
      { z: 4, orders: [2, 20] },
      { z: 1e6, orders: [2, 1e3, 1e7, 1e8] },
    ]) {
      // where α/z² stays below −log(1 − q): beyond, the records that were not drawn do help
      for (const order of orders) {
        const whole = rdpOfEvent(gaussian(z), { neighboring, order });
        const found = rdpOfEvent(poissonSampled(q, gaussian(z)), { neighboring, order });
        expect(found / whole, `${z} ${order}`).toBeGreaterThanOrEqual(1 - 1e-6);
        expect(found / whole).toBeLessThan(1 + 1e-6);
      }
      for (const delta of [1e-300, 1e-30, 1e-6, 0.1]) {
        const whole = account(gaussian(z), { neighboring }).guarantee({ delta }).epsilon;
        const { lower, upper } = account(poissonSampled(q, gaussian(z)), { neighboring }).guarantee({ delta }).epsilon;
        expect(upper, `${z} ${delta}`).toBeGreaterThanOrEqual(whole.lower * (1 - 1e-6));
        expect(lower).toBeLessThanOrEqual(whole.upper);
      }
    }
  });
});
