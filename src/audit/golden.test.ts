import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { clopperPearsonInterval, lowerRateLimit, upperRateLimit } from "../attacks/index.ts";
import {
  clopperPearsonLowerBound,
  gdpLowerBound,
  oneRunGdpLowerBound,
  oneRunGridLowerBound,
  oneRunLowerBound,
  oneRunPValue,
} from "./index.ts";

type Row = Readonly<Record<string, number>>;

interface Golden {
  readonly clopper_pearson_interval: readonly Row[];
  readonly two_world: readonly Row[];
  readonly one_run: readonly Row[];
  readonly one_run_p_value: readonly (Readonly<Record<string, number>> & { readonly p_value: string })[];
  readonly one_run_fdp_gaussian: readonly Row[];
  readonly one_run_scores: {
    readonly scores: readonly number[];
    readonly member: string;
    readonly delta: number;
    readonly alpha: number;
    readonly grid: readonly { guesses: number; correct: number; eps_lower: number }[];
    readonly eps_lower: number;
  };
}

const file = new URL("../attacks/golden/epsilon_bounds.json", import.meta.url);
const golden = JSON.parse(readFileSync(file, "utf8")) as Golden;

/** A lower bound may fall short of the exact one by rounding, and never exceed it (by more than the file's last digit). */
function expectJustBelow(actual: number, exact: number, lastDigit: number, slack: number): void {
  expect(actual).toBeLessThanOrEqual(exact + lastDigit);
  expect(actual).toBeGreaterThanOrEqual(exact - slack);
}

describe("Clopper-Pearson limits", () => {
  it.each(golden.clopper_pearson_interval)("of $k in $n at $alpha enclose the exact ones, within 1e-11", (row) => {
    const upper = upperRateLimit(row.k, row.n, row.alpha);
    const lower = lowerRateLimit(row.k, row.n, row.alpha);
    expectJustBelow(-upper, -row.upper, 2e-15, 1e-11);
    expectJustBelow(lower, row.lower, 2e-15, 1e-11);
  });

  it("agree with the interval that gives each side half of the error", () => {
    const { lower, upper } = clopperPearsonInterval(3, 1000, 0.95);
    expect(lower).toBeCloseTo(0.000619099931649571, 12);
    expect(upper).toBeCloseTo(0.0087420232384783, 12);
  });
});

describe("bounds from two worlds", () => {
  it.each(golden.two_world)("$tp of $n_in against $fp of $n_out at delta $delta", (row) => {
    const counts = {
      truePositives: row.tp,
      falsePositives: row.fp,
      members: row.n_in,
      nonMembers: row.n_out,
      delta: row.delta,
      significance: 1 - row.confidence,
    };
    const found = clopperPearsonLowerBound(counts);
    expectJustBelow(found.epsilonLowerBound, row.eps_lower_both_directions, 1e-14, 1e-10);
    // the file's cap looks one way only; with unequal sizes the other way can show more
    const rate = (n: number): number => -Math.expm1(Math.log((1 - row.confidence) / 2) / n);
    const otherWay = Math.log((1 - row.delta - rate(row.n_out)) / rate(row.n_in));
    expectJustBelow(found.cap, Math.max(row.eps_cap, otherWay), 1e-14, 1e-10);
    const gdp = gdpLowerBound({ ...counts, delta: 1e-5, assume: "gdp" });
    expectJustBelow(gdp.epsilonLowerBound, row.eps_lower_gdp_at_1e_5, 1e-11, 1e-9);
  });
});

describe("bounds from one run", () => {
  it.each(golden.one_run_p_value)("p-value of $correct in $guesses of $m at epsilon $eps, delta $delta", (row) => {
    const counts = { canaries: row.m, guesses: row.guesses, correct: row.correct, delta: row.delta };
    const exact = Number(row.p_value);
    expect(Math.abs(oneRunPValue(counts, row.eps) - exact)).toBeLessThanOrEqual(1e-12 * exact);
  });

  // p-values that JAX Privacy's function gave for the same tuples, to the digits quoted
  it.each([
    [1000, 100, 75, 0, 0, 2.818141e-7],
    [1000, 100, 75, 1, 1e-5, 0.384505],
    [1000, 100, 75, 1, 1e-3, 0.561048],
    [1000, 1000, 650, 0.5, 1e-5, 0.0387491],
    [10, 10, 10, 1, 0, 0.0436035],
  ])("p-value of m=%d r=%d v=%d eps=%d delta=%d agrees with a peer's", (canaries, guesses, correct, eps, delta, p) => {
    expect(oneRunPValue({ canaries, guesses, correct, delta }, eps) / p).toBeCloseTo(1, 5);
  });

  it.each(golden.one_run)("$correct of $guesses guesses about $m canaries, delta $delta", (row) => {
    const found = oneRunLowerBound({
      canaries: row.m,
      guesses: row.guesses,
      correct: row.correct,
      delta: row.delta,
      significance: row.alpha,
    });
    expectJustBelow(found.epsilonLowerBound, row.eps_lower, 1e-9, 3e-9);
  });

  // bounds that JAX Privacy's function gave at significance 0.05
  it.each([
    [1000, 1000, 650, 1e-5, 0.50795],
    [1000, 100, 90, 1e-5, 1.626144],
    [1000, 100, 100, 1e-5, 3.465376],
    [1000, 100, 100, 0, 3.492965],
    [1000, 1000, 1000, 0, 5.809068],
    [5000, 500, 450, 1e-5, 1.94142],
    [100, 50, 50, 0, 2.784727],
  ])("m=%d r=%d v=%d delta=%d agrees with a peer's bound", (canaries, guesses, correct, delta, exact) => {
    const found = oneRunLowerBound({ canaries, guesses, correct, delta, significance: 0.05 });
    expectJustBelow(found.epsilonLowerBound, exact, 6e-7, 1e-6);
  });

  it.each([
    ...golden.one_run_fdp_gaussian.map((r) => [r.m, r.guesses, r.correct, r.delta, r.eps_lower] as const),
    [1000, 1000, 650, 1e-5, 0.967527] as const,
    [1000, 100, 90, 1e-5, 2.456405] as const,
    [5000, 500, 450, 1e-5, 2.776066] as const,
  ])("m=%d r=%d v=%d delta=%d under the Gaussian assumption", (canaries, guesses, correct, delta, exact) => {
    const found = oneRunGdpLowerBound({ canaries, guesses, correct, delta, significance: 0.05, assume: "gdp" });
    expectJustBelow(found.epsilonLowerBound, exact, 2e-6, 2e-6);
  });

  it("finds the best of a grid from a thousand scores, and each grid point's count", () => {
    const { scores, member, delta, alpha, grid, eps_lower } = golden.one_run_scores;
    const membership = bitsOf(member, scores.length);
    const guessGrid = grid.map((g) => g.guesses);
    const found = oneRunGridLowerBound({ scores, membership, delta, significance: alpha, guessGrid });
    expectJustBelow(found.epsilonLowerBound, eps_lower, 1e-9, 3e-9);
    for (const { guesses, correct } of grid) {
      const alone = oneRunGridLowerBound({ scores, membership, delta, significance: alpha, guessGrid: [guesses] });
      const counted = oneRunLowerBound({ canaries: scores.length, guesses, correct, delta, significance: alpha });
      expect(alone.epsilonLowerBound).toBe(counted.epsilonLowerBound);
    }
  });
});

function bitsOf(text: string, length: number): number[] {
  const bits = Array.from(text, Number);
  expect(bits).toHaveLength(length);
  return bits;
}
