import { describe, expect, it } from "vitest";
import { account, rdpOfEvent } from "../src/accounting/index.ts";
import { dpSgd, eventOfRow, goldenRows, referenceOf } from "./golden.ts";

const rows = [...goldenRows("dp_sgd"), ...goldenRows("heterogeneous")];
const neighboring = "add-or-remove-one";

describe("golden DP-SGD rows", () => {
  const wide: string[] = [];
  for (const row of rows) {
    const reference = referenceOf(row);
    const guarantee = account(eventOfRow(row), { neighboring }).guarantee({ delta: row.delta ?? NaN });
    const { lower, upper, point } = guarantee.epsilon;
    if (upper - lower > 1e-5 * upper) wide.push(row.id);

    it(`D18 A1, A3, A4: ${row.id}: the truth lies in the bracket, by every engine alone`, () => {
      expect(upper).toBeGreaterThanOrEqual(reference.lower);
      expect(lower).toBeLessThanOrEqual(reference.upper);
      expect(lower).toBeLessThanOrEqual(point);
      expect(point).toBeLessThanOrEqual(upper);
      for (const engine of guarantee.engines) {
        expect(engine.epsilon.upper, engine.name).toBeGreaterThanOrEqual(reference.lower);
        expect(engine.epsilon.lower, engine.name).toBeLessThanOrEqual(reference.upper);
      }
    });

    const contour = guarantee.engines.find((e) => e.name === "contour")?.epsilon;
    if (contour !== undefined && contour.upper < Infinity) {
      it(`A2, A3: ${row.id}: the contour's point is the reference to 1e-6 or its tolerance, its bracket within 1e-5`, () => {
        expect(Math.abs(point - reference.eps)).toBeLessThan(1e-6 * reference.eps + reference.tol);
        expect(contour.upper - contour.lower).toBeLessThan(1e-5 * reference.eps);
        expect(contour.upper).toBeGreaterThanOrEqual(reference.lower);
        expect(contour.lower).toBeLessThanOrEqual(reference.upper);
      });
    }

    it(`A17: ${row.id}: the Renyi engine reaches the optimum over all real orders`, () => {
      const rdp = guarantee.engines.find((e) => e.name === "rdp")?.epsilon.upper ?? NaN;
      const optimum = row.rdp_all_real_orders?.eps ?? NaN;
      expect(rdp / optimum).toBeGreaterThan(1 - 1e-9);
      expect(rdp / optimum).toBeLessThan(1 + 1e-6);
      expect(upper).toBeLessThanOrEqual(rdp);
    });

    const isIntegrated = guarantee.engines.some((e) => e.name === "contour" && e.epsilon.upper < Infinity);
    if (isIntegrated) {
      it(`A2: ${row.id}: the point of the contour integral is the reference, to 1e-6 and the reference's own tolerance`, () => {
        expect(Math.abs(point - reference.eps)).toBeLessThanOrEqual(1e-6 * reference.eps + reference.tol);
        expect(upper).toBeLessThanOrEqual(reference.upper * (1 + 1e-6));
        expect(lower).toBeGreaterThanOrEqual(reference.lower * (1 - 1e-6));
      });
    }

    it(`A2: ${row.id}: the upper bound is within 0.3 % of the truth`, () => {
      expect(upper).toBeLessThanOrEqual(1.003 * reference.upper);
    });
  }

  it("A2: rare steps too are integrated: one row alone, ten steps of z = 0.2, is left to the grid", () => {
    expect(wide).toEqual(["dp_sgd/tiny_sigma/2"]);
  });

  it("A4: the bracket narrows to the tolerance that is asked for", () => {
    const accountant = account(dpSgd(0.02, 1.5, 5000), { neighboring });
    for (const tolerance of [1e-1, 1e-2, 1e-3]) {
      const { lower, upper } = accountant.guarantee({ delta: 1e-5, tolerance }).epsilon;
      expect(upper - lower).toBeLessThanOrEqual(tolerance);
      expect(lower).toBeLessThanOrEqual(4.765250089898059);
      expect(upper).toBeGreaterThanOrEqual(4.765249317527166);
    }
  });

  it("A4, A21: at small delta, few steps and small noise too: a finer mesh tightens both ends and crosses neither", () => {
    for (const row of rows.filter((r) => /tiny_delta|few_steps|tiny_sigma/.test(r.regime ?? ""))) {
      const reference = referenceOf(row);
      const accountant = account(eventOfRow(row), { neighboring });
      const delta = row.delta ?? NaN;
      const coarse = accountant.guarantee({ delta }).epsilon;
      const fine = accountant.guarantee({ delta, tolerance: 2e-3 * reference.eps }).epsilon;
      expect(fine.upper, row.id).toBeGreaterThanOrEqual(reference.lower);
      expect(fine.lower, row.id).toBeLessThanOrEqual(reference.upper);
      expect(fine.upper - fine.lower, row.id).toBeLessThanOrEqual(2e-3 * reference.eps);
      expect(fine.upper, row.id).toBeLessThanOrEqual(coarse.upper * (1 + 1e-9));
    }
  });

  it("A2: the point of a narrow bracket agrees with the reference to a thousandth of the width", () => {
    const { lower, upper, point } = account(dpSgd(0.02, 1.5, 5000), { neighboring }).guarantee({
      delta: 1e-5,
      tolerance: 1e-2,
    }).epsilon;
    expect(Math.abs(point - 4.765249574854174)).toBeLessThan(1e-3 * (upper - lower) + 1e-11);
  });
});

describe("golden Renyi curves", () => {
  it("A18: every rdp_curve row, from above, to 1e-10 relative", () => {
    for (const row of goldenRows("rdp_curve")) {
      const { noise_multiplier: z = NaN, sampling_prob: q = NaN, order = NaN } = row;
      const rdp = rdpOfEvent(dpSgd(q, z, 1), { neighboring, order });
      expect(rdp / Number(row.rdp), row.id).toBeGreaterThanOrEqual(1);
      expect(rdp / Number(row.rdp), row.id).toBeLessThan(1 + 1e-10);
    }
  });

  it("A19: divergence grows with the order, and (order − 1) times it is convex", () => {
    for (const [q, z] of [
      [0.01, 1],
      [0.5, 0.3],
      [1e-6, 2],
      [0.9, 50],
    ] as const) {
      const rdp = (order: number): number => rdpOfEvent(dpSgd(q, z, 1), { neighboring, order });
      const orders = Array.from({ length: 60 }, (_, k) => 1.05 + 0.5 * k);
      const values = orders.map(rdp);
      for (let k = 1; k < orders.length; k++) {
        expect(values[k]).toBeGreaterThanOrEqual(values[k - 1] * (1 - 1e-10));
        const middle = (orders[k] + orders[k - 1]) / 2;
        const chord = ((orders[k] - 1) * values[k] + (orders[k - 1] - 1) * values[k - 1]) / 2;
        expect((middle - 1) * rdp(middle)).toBeLessThanOrEqual(chord * (1 + 1e-10));
      }
    }
  });
});
