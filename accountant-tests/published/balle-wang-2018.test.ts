import { describe, expect, it } from "vitest";
import { account, gaussian } from "../../src/accounting/index.ts";

// Balle, Wang 2018, "Improving the Gaussian Mechanism for Differential Privacy", arXiv:1805.06530v2: the least σ at
// which theorem 8 gives (ε, δ), evaluated with mpmath 1.4.1 to 60 digits by bisection
const calibrated = [
  { epsilon: 0.1, delta: 1e-6, sigma: 36.30469042619579 },
  { epsilon: 1, delta: 1e-5, sigma: 3.730631634815942 },
  { epsilon: 3, delta: 1e-10, sigma: 2.062253178907376 },
  { epsilon: 10, delta: 1e-5, sigma: 0.4998886197090085 },
];
const at = (sigma: number): ReturnType<typeof account> =>
  account(gaussian(sigma), { neighboring: "add-or-remove-one" });

describe("the Gaussian mechanism of Balle, Wang 2018", () => {
  it.each(calibrated)("needs σ = $sigma for ε = $epsilon at δ = $delta", ({ epsilon, delta, sigma }) => {
    const found = at(sigma).guarantee({ delta }).epsilon;
    expect(found.upper / epsilon).toBeGreaterThan(1 - 1e-12);
    expect(found.upper / epsilon).toBeLessThan(1 + 1e-9);
    expect(found.lower / epsilon).toBeLessThan(1 + 1e-12);
    expect(at(sigma).delta({ epsilon }).upper / delta).toBeGreaterThan(1 - 1e-9);
    expect(at(sigma).delta({ epsilon }).upper / delta).toBeLessThan(1 + 1e-9);
  });

  it("costs less than the classical bound, which holds for ε < 1 and fails at ε = 10", () => {
    for (const { epsilon, delta } of calibrated) {
      // theorem 1 there: σ = √(2 log(1.25/δ))/ε
      const classical = Math.sqrt(2 * Math.log(1.25 / delta)) / epsilon;
      const { lower, upper } = at(classical).guarantee({ delta }).epsilon;
      if (epsilon < 1) expect(upper).toBeLessThan(epsilon);
      if (epsilon === 10) expect(lower).toBeGreaterThan(epsilon);
    }
  });
});
