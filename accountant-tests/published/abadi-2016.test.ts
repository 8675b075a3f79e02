import { describe, expect, it } from "vitest";
import { rdpOfEvent } from "../../src/accounting/index.ts";
import { dpSgd } from "../golden.ts";
import { priceOf } from "./price.ts";

// Abadi, Chu, Goodfellow, McMahan, Mironov, Talwar, Zhang 2016, "Deep Learning with Differential Privacy",
// arXiv:1607.00133v2, figure 2 and its text: q = 0.01, σ = 4, δ = 1e-5; an epoch is 1/q steps
const rows = [
  { epochs: 100, moments: 1.26, strongComposition: 9.34 },
  { epochs: 400, moments: 2.55, strongComposition: 24.22 },
];
const [samplingProbability, noiseMultiplier, delta] = [0.01, 4, 1e-5];

describe("the moments accountant of Abadi et al. 2016", () => {
  it.each(rows)(
    "bounds $epochs epochs by $moments: so do we, and by less",
    ({ epochs, moments, strongComposition }) => {
      const { upper } = priceOf({ samplingProbability, noiseMultiplier, steps: 100 * epochs, delta });
      expect(upper).toBeLessThanOrEqual(moments);
      expect(upper).toBeLessThan(strongComposition);
    },
  );

  it("is reproduced by its own conversion at whole orders up to 33: 1.26 for 100 epochs", () => {
    const step = dpSgd(samplingProbability, noiseMultiplier, 1);
    // theorem 2: ε = (α_M(λ) − log δ)/λ with λ = order − 1 and α_M(λ) = λ·(Renyi divergence)
    const epsilons = Array.from({ length: 32 }, (_, k) => k + 1).map((lambda) => {
      const rdp = rdpOfEvent(step, { neighboring: "add-or-remove-one", order: lambda + 1 });
      return 10_000 * rdp - Math.log(delta) / lambda;
    });
    // 400 epochs come out at 2.58, a little above the 2.55 that the text reads off
    expect(Math.min(...epsilons).toFixed(2)).toBe("1.26");
  });
});
