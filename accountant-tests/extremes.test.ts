import { describe, expect, it } from "vitest";
import { account, gaussian, laplace, selfComposed, stepwiseEpsilon } from "../src/accounting/index.ts";
import { dpSgd } from "./golden.ts";

describe("extremes", () => {
  it("A30: never NaN, never upside down", () => {
    for (const z of [1e-3, 1, 1e6]) {
      for (const q of [1e-9, 0.01, 1]) {
        for (const n of [1, 1000, 1e9]) {
          for (const delta of [1e-300, 1e-6, 0.999]) {
            const { lower, upper, point } = account(dpSgd(q, z, n), { neighboring: "add-or-remove-one" }).guarantee({
              delta,
            }).epsilon;
            expect(lower, `${z} ${q} ${n} ${delta}`).toBeGreaterThanOrEqual(0);
            expect(point).toBeGreaterThanOrEqual(lower);
            expect(upper).toBeGreaterThanOrEqual(point);
          }
        }
      }
    }
  });

  it("A30: the smallest and largest noise that a double holds are priced, not refused", () => {
    for (const z of [Number.MIN_VALUE, 1e-200, 1e200, Number.MAX_VALUE]) {
      const { upper } = account(selfComposed(gaussian(z), 3), { neighboring: "replace-one" }).guarantee({
        delta: 1e-6,
      }).epsilon;
      expect(upper).toBe(z < 1 ? Infinity : 0);
    }
    const laplaceUpper = account(laplace(1e-300), { neighboring: "zero-out" }).guarantee({ delta: 1e-6 }).epsilon.upper;
    expect(laplaceUpper).toBeGreaterThan(1e299);
  });

  it("A30: the progress line survives the same extremes", () => {
    for (const z of [1e-3, 1e6]) {
      const live = stepwiseEpsilon(dpSgd(0.01, z, 1), { neighboring: "add-or-remove-one", delta: 1e-300 });
      for (const k of [1, 1e6, 1e12]) expect(live(k)).toBeGreaterThanOrEqual(0);
    }
  });
});
