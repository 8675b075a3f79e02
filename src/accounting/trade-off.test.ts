import { describe, expect, it } from "vitest";
import { composed, gaussian, laplace, nonPrivate, noOp, poissonSampled, selfComposed } from "../events/index.ts";
import { normalCdf, normalQuantile } from "../numeric/index.ts";
import { account } from "./account.ts";

const neighboring = "add-or-remove-one";
const rates = [0, 1e-6, 1e-3, 0.1, 0.5, 0.9, 1];

describe("the trade-off curve", () => {
  it("is exact for Gaussians", () => {
    const curve = account(selfComposed(gaussian(3), 9), { neighboring }).tradeOff(rates);
    for (const { falsePositiveRate: f, truePositiveRate } of curve) {
      expect(truePositiveRate).toBeCloseTo(f === 0 ? 0 : f === 1 ? 1 : normalCdf(normalQuantile(f) + 1), 12);
    }
  });

  it("never lies below a test that exists: the best test on one sampled step", () => {
    const [q, z] = [0.2, 1];
    const curve = account(poissonSampled(q, gaussian(z)), { neighboring }).tradeOff(rates);
    for (const { falsePositiveRate: f, truePositiveRate } of curve) {
      if (f === 0 || f === 1) continue;
      // reject when the outcome exceeds t
      const t = -z * normalQuantile(f);
      const power = q * normalCdf((1 - t) / z) + (1 - q) * f;
      expect(truePositiveRate).toBeGreaterThanOrEqual(power * (1 - 1e-12));
      expect(truePositiveRate).toBeLessThan(1.5 * power + 1e-6);
    }
  });

  it("rises from the failure probability to 1 and never below the diagonal", () => {
    const events = [noOp(), laplace(1), composed(gaussian(2), poissonSampled(0.1, gaussian(1))), nonPrivate()];
    for (const event of events) {
      const curve = account(event, { neighboring }).tradeOff(rates);
      for (let k = 0; k < curve.length; k++) {
        expect(curve[k]?.truePositiveRate).toBeGreaterThanOrEqual(rates[k]);
        expect(curve[k]?.truePositiveRate).toBeLessThanOrEqual(1);
        if (k > 0) expect(curve[k]?.truePositiveRate).toBeGreaterThanOrEqual(curve[k - 1]?.truePositiveRate ?? 1);
      }
    }
  });
});
