import { describe, expect, it } from "vitest";
import {
  type DpEvent,
  type Neighboring,
  account,
  composed,
  discreteGaussian,
  discreteGaussianSum,
  discreteLaplace,
  epsilonDelta,
  exponentialMechanism,
  gaussian,
  laplace,
  poissonSampled,
  randomizedResponse,
  selfComposed,
  shuffled,
  singleEpochTreeAggregation,
  zcdp,
} from "../src/accounting/index.ts";
import { type GoldenRow, goldenRows } from "./golden.ts";

/** The event of a mechanism row, where this accountant covers it. */
function mechanismEvent(row: GoldenRow): DpEvent | undefined {
  const p = row.params ?? {};
  const number = (name: string): number => Number(p[name]);
  switch (row.mechanism) {
    case "laplace":
      return selfComposed(laplace(number("scale_over_sensitivity")), number("steps"));
    case "poisson_laplace":
      return selfComposed(
        poissonSampled(number("sampling_prob"), laplace(number("scale_over_sensitivity"))),
        number("steps"),
      );
    case "discrete_gaussian":
      return selfComposed(discreteGaussian(number("sigma"), number("sensitivity")), number("steps"));
    case "discrete_laplace":
      return selfComposed(discreteLaplace(number("a"), number("sensitivity")), number("steps"));
    case "randomized_response":
      return selfComposed(randomizedResponse(number("noise_parameter"), number("num_buckets")), number("steps"));
    case "tree_aggregation":
      return singleEpochTreeAggregation(number("noise_multiplier"), [p["step_counts"] ?? []].flat());
    case "zcdp":
      return zcdp(number("rho"), number("xi"));
    case "poisson_gaussian_replace_one":
      // below q = 1 this accountant has no analysis and refuses
      if (number("sampling_prob") < 1) return undefined;
      return selfComposed(gaussian(number("noise_multiplier")), number("steps"));
    case "epsilon_delta":
      return selfComposed(epsilonDelta(number("epsilon"), number("delta0")), number("steps"));
    default:
      return undefined;
  }
}

const relations: Readonly<Record<string, Neighboring>> = {
  ADD_OR_REMOVE_ONE: "add-or-remove-one",
  REPLACE_ONE: "replace-one",
  REPLACE_SPECIAL: "zero-out",
};

describe("golden mechanism rows", () => {
  for (const row of goldenRows("mechanism")) {
    const event = mechanismEvent(row);
    if (event === undefined) continue;
    const neighboring = relations[String(row["neighboring"])] ?? "add-or-remove-one";
    it(`A1: ${row.id}: at least dp_accounting's optimistic value, at most its Renyi value`, () => {
      const { lower, upper } = account(event, { neighboring }).guarantee({ delta: row.delta ?? NaN }).epsilon;
      const ceiling = Number(row["eps_pld_pessimistic_1e-5"] ?? row["eps_pld_pessimistic_1e-4"] ?? Infinity);
      expect(lower).toBeLessThanOrEqual(ceiling + 1e-9);
      // optimistic values are good to 1e-9
      const floor = Number(row["eps_pld_optimistic_1e-5"] ?? row["eps_pld_optimistic_1e-4"] ?? 0);
      expect(upper).toBeGreaterThanOrEqual(floor - 1e-9);
      if (typeof row["eps_rdp"] === "number") expect(upper).toBeLessThanOrEqual(row["eps_rdp"] * (1 + 1e-9));
      if (typeof row["exact_eps_gaussian"] === "number") expect(upper).toBeCloseTo(row["exact_eps_gaussian"], 9);
    });
  }

  it("A8: the two count defects of the reference are not ours: a count multiplies", () => {
    const rr = account(selfComposed(randomizedResponse(0.5, 4), 100), { neighboring: "replace-one" });
    // dp_accounting's PLD with self_compose gives 128.5 at 1e-6, without it 1.609
    expect(rr.guarantee({ delta: 1e-6 }).epsilon.upper).toBeGreaterThan(100);
    const one = account(exponentialMechanism(0.1), { neighboring: "add-or-remove-one" }).guarantee({ delta: 1e-6 });
    const many = account(selfComposed(exponentialMechanism(0.1), 100), { neighboring: "add-or-remove-one" });
    expect(many.guarantee({ delta: 1e-6 }).epsilon.upper).toBeGreaterThan(10 * one.epsilon.upper);
  });
});

describe("closed forms", () => {
  it("A11: a Gaussian in N steps is the Gaussian with noise z/√N, at delta down to 1e-100", () => {
    for (const n of [1, 10, 1e4, 1e6]) {
      for (const delta of [1e-3, 1e-10, 1e-30, 1e-100]) {
        const split = account(selfComposed(gaussian(Math.sqrt(n)), n), { neighboring: "add-or-remove-one" });
        const whole = account(gaussian(1), { neighboring: "add-or-remove-one" });
        const [a, b] = [split.guarantee({ delta }).epsilon, whole.guarantee({ delta }).epsilon];
        expect(a.upper / b.upper).toBeCloseTo(1, 11);
        expect(a.lower).toBeLessThanOrEqual(b.upper);
        expect(b.lower).toBeLessThanOrEqual(a.upper);
      }
    }
  });

  it("A13: one Laplace mechanism has delta = 1 − exp((eps − eps0)/2), bounded from above; T of them are T·eps0-DP", () => {
    for (const e of [0.1, 1, 3]) {
      const one = account(laplace(1 / e), { neighboring: "add-or-remove-one" });
      for (const share of [0, 0.3, 0.9]) {
        const exact = -Math.expm1((share * e - e) / 2);
        expect(one.delta({ epsilon: share * e }).upper).toBeGreaterThanOrEqual(exact * (1 - 1e-12));
      }
      const many = account(selfComposed(laplace(1 / e), 7), { neighboring: "add-or-remove-one" });
      expect(many.guarantee({ delta: 1e-9 }).epsilon.upper).toBeLessThanOrEqual(7 * e * (1 + 1e-12));
    }
  });

  it("A14: composed binary randomised response is at least the exact binomial sum", () => {
    const [p, n] = [0.5, 20];
    const e = Math.log1p((2 * (1 - p)) / p);
    const high = 1 / (1 + Math.exp(-e));
    const rr = account(selfComposed(randomizedResponse(p, 2), n), { neighboring: "replace-one" });
    for (const epsilon of [1, 4, 8]) {
      let [exact, ways] = [0, 1];
      for (let k = 0; k <= n; k++) {
        const loss = (2 * k - n) * e;
        if (loss > epsilon) exact += ways * high ** k * (1 - high) ** (n - k) * -Math.expm1(epsilon - loss);
        ways *= (n - k) / (k + 1);
      }
      const found = rr.delta({ epsilon });
      expect(found.upper).toBeGreaterThanOrEqual(exact);
      expect(found.lower).toBeLessThanOrEqual(exact);
      expect(found.upper).toBeLessThan(1.05 * exact);
      const bracket = rr.guarantee({ delta: exact }).epsilon;
      expect(bracket.upper).toBeGreaterThanOrEqual(epsilon * (1 - 1e-9));
      expect(bracket.lower).toBeLessThanOrEqual(epsilon * (1 + 1e-9));
      expect(bracket.upper - bracket.lower).toBeLessThan(0.02 * epsilon);
    }
  });

  it("A15: q = 1 is the unsampled Gaussian, q = 0 is free, and the price is continuous at both ends", () => {
    const at = (q: number): number =>
      account(selfComposed(poissonSampled(q, gaussian(2)), 10), { neighboring: "add-or-remove-one" }).guarantee({
        delta: 1e-5,
      }).epsilon.upper;
    const whole = account(selfComposed(gaussian(2), 10), { neighboring: "add-or-remove-one" }).guarantee({
      delta: 1e-5,
    });
    expect(at(1)).toBe(whole.epsilon.upper);
    expect(at(0)).toBe(0);
    expect(at(1 - 1e-9) / at(1)).toBeCloseTo(1, 2);
    expect(at(1 - 1e-9)).toBeGreaterThanOrEqual(whole.epsilon.lower * (1 - 1e-6));
    expect(at(1e-7)).toBeLessThan(1e-4);
    for (const q of [1 - 1e-15, 1 - 1e-12, 1 - 1e-7]) {
      const { lower, upper } = account(selfComposed(poissonSampled(q, gaussian(2)), 10), {
        neighboring: "add-or-remove-one",
      }).guarantee({ delta: 1e-5, tolerance: 1e-2 }).epsilon;
      expect(lower).toBeLessThanOrEqual(whole.epsilon.upper);
      expect(upper).toBeGreaterThanOrEqual(whole.epsilon.lower * (1 - 1e-6));
      expect(upper - lower).toBeLessThanOrEqual(1e-2);
    }
  });

  it("a failure probability is paid from delta, by every engine: (delta − f)/(1 − f) is what is left for the rest", () => {
    const f = 4e-6;
    for (const event of [
      gaussian(1),
      poissonSampled(0.1, gaussian(1)),
      selfComposed(poissonSampled(0.1, gaussian(1)), 50),
    ]) {
      const failing = account(composed(event, epsilonDelta(0, f)), { neighboring: "add-or-remove-one" });
      const found = failing.guarantee({ delta: 1e-5 }).epsilon;
      const less = account(event, { neighboring: "add-or-remove-one" }).guarantee({
        delta: (1e-5 - f) / (1 - f),
      }).epsilon;
      expect(found.upper / less.upper).toBeCloseTo(1, 2);
      expect(found.upper).toBeGreaterThanOrEqual(less.lower);
      expect(failing.guarantee({ delta: f }).epsilon.upper).toBe(Infinity);
      expect(failing.delta({ epsilon: 100 }).upper).toBeGreaterThanOrEqual(f);
    }
  });

  it("A16: a schedule of equal phases costs what one phase of the same length costs", () => {
    const phase = (steps: number): DpEvent => selfComposed(poissonSampled(0.01, gaussian(1)), steps);
    const price = (event: DpEvent): number =>
      account(event, { neighboring: "add-or-remove-one" }).guarantee({ delta: 1e-5 }).epsilon.upper;
    expect(price(composed(phase(300), phase(700)))).toBe(price(phase(1000)));
  });

  it("A23: replace-one at noise z costs what add-or-remove-one costs at z/2, and trees and shuffles likewise", () => {
    const price = (event: DpEvent, neighboring: Neighboring): number =>
      account(event, { neighboring }).guarantee({ delta: 1e-6 }).epsilon.upper;
    for (const z of [0.5, 2, 30]) {
      expect(price(gaussian(z), "replace-one")).toBe(price(gaussian(z / 2), "add-or-remove-one"));
      expect(price(shuffled(10, gaussian(z)), "replace-one")).toBe(price(gaussian(z), "replace-one"));
      expect(price(shuffled(10, gaussian(z)), "zero-out")).toBe(price(gaussian(z), "zero-out"));
      const tree = singleEpochTreeAggregation(z, [8]);
      expect(price(tree, "zero-out")).toBe(price(gaussian(z / 2), "zero-out"));
    }
  });

  it("a sum of discrete Gaussians costs a little more than one Gaussian of the same variance", () => {
    const sum = discreteGaussianSum({ summands: 100, stddev: 3, l1Sensitivity: 10, l2Sensitivity: 10, dimension: 1 });
    const price = (event: DpEvent): number =>
      account(event, { neighboring: "zero-out" }).guarantee({ delta: 1e-6 }).epsilon.upper;
    expect(price(sum)).toBeGreaterThanOrEqual(price(gaussian(3)));
    expect(price(sum)).toBeLessThan(1.001 * price(zcdp(1 / 18)));
  });
});
