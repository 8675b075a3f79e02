import { describe, expect, it } from "vitest";
import {
  clopperPearsonLowerBound,
  gdpLowerBound,
  oneRunGdpLowerBound,
  oneRunGridLowerBound,
  oneRunLowerBound,
} from "./index.ts";
import { binomialPmf, normalRates } from "./mechanism.fixture.ts";

// How often a bound exceeds the truth, on mechanisms whose truth is known: summed over every outcome, not simulated.
// The mechanisms are the worst of their kind: randomized response attains (ε, δ) with equality everywhere.

const significance = 0.05;

interface Claim {
  readonly epsilon: number;
  readonly delta: number;
}

const claims: readonly Claim[] = [
  { epsilon: 0, delta: 0 },
  { epsilon: 0.5, delta: 0 },
  { epsilon: 1, delta: 0.01 },
  { epsilon: 2, delta: 0 },
  { epsilon: 3, delta: 1e-5 },
  { epsilon: 0, delta: 0.1 },
];

describe.each(claims)("against a mechanism that is exactly ($epsilon, $delta)-DP", ({ epsilon, delta }) => {
  const q = 1 / (1 + Math.exp(-epsilon));

  it.each([
    [12, 12],
    [40, 25],
    [50, 50],
  ])(
    "the two-world bound of %d and %d runs exceeds the truth with at most the stated probability",
    (members, nonMembers) => {
      const hits = binomialPmf(members, delta + (1 - delta) * q);
      const alarms = binomialPmf(nonMembers, (1 - delta) * (1 - q));
      let violation = 0;
      hits.forEach((p1, truePositives) => {
        alarms.forEach((p0, falsePositives) => {
          const counts = { truePositives, falsePositives, members, nonMembers, delta, significance };
          if (clopperPearsonLowerBound(counts).epsilonLowerBound > epsilon) violation += p1 * p0;
        });
      });
      expect(violation).toBeLessThanOrEqual(significance);
    },
  );

  it.each([
    [10, 10],
    [80, 40],
    [200, 200],
  ])("the one-run bound of %d canaries and %d guesses does too", (canaries, guesses) => {
    // with probability δ a canary is given away; the attack guesses those first, and answers the rest by chance q
    const violates = Array.from(
      { length: guesses + 1 },
      (_, correct) => oneRunLowerBound({ canaries, guesses, correct, delta, significance }).epsilonLowerBound > epsilon,
    );
    let violation = 0;
    binomialPmf(canaries, delta).forEach((weight, revealed) => {
      if (weight < 1e-18) return;
      const sure = Math.min(revealed, guesses);
      binomialPmf(guesses - sure, q).forEach((p, lucky) => {
        if (violates[sure + lucky]) violation += weight * p;
      });
    });
    expect(violation).toBeLessThanOrEqual(significance);
  });
});

describe("the one-run bound without delta", () => {
  it("wastes little: it exceeds the truth about as often as it may", () => {
    // guessing about every canary of randomized response at ε = 1: V is exactly binomial
    const [canaries, epsilon] = [600, 1];
    let violation = 0;
    const pmf = binomialPmf(canaries, 1 / (1 + Math.exp(-epsilon)));
    pmf.forEach((p, correct) => {
      if (p < 1e-15) return;
      const bound = oneRunLowerBound({ canaries, guesses: canaries, correct, delta: 0, significance });
      if (bound.epsilonLowerBound > epsilon) violation += p;
    });
    expect(violation).toBeLessThanOrEqual(significance);
    // the next count would add a probability of about 0.01
    expect(violation).toBeGreaterThan(0.035);
  });
});

describe("against a Gaussian mechanism with mu = 1, whose epsilon at delta 1e-5 is 4.377178", () => {
  it.each([0, 0.5, 1.5])(
    "the Gaussian bound with threshold %d exceeds the truth with at most the stated probability",
    (threshold) => {
      const runs = 40;
      const { tpr, fpr } = normalRates(1, threshold);
      const [hits, alarms] = [binomialPmf(runs, tpr), binomialPmf(runs, fpr)];
      let violation = 0;
      hits.forEach((p1, truePositives) => {
        alarms.forEach((p0, falsePositives) => {
          if (p1 * p0 < 1e-12) return;
          const counts = { truePositives, falsePositives, members: runs, nonMembers: runs, delta: 1e-5, significance };
          if (gdpLowerBound({ ...counts, assume: "gdp" }).epsilonLowerBound > 4.377178) violation += p1 * p0;
        });
      });
      expect(violation).toBeLessThanOrEqual(significance);
    },
  );
});

describe("why the Gaussian assumption must be spelled out", () => {
  it("on randomized response with epsilon 1 the bounds exceed the truth at the expected counts", () => {
    // 1000 runs a side, true and false positives at their means 731 and 269
    const counts = {
      truePositives: 731,
      falsePositives: 269,
      members: 1000,
      nonMembers: 1000,
      delta: 1e-5,
      significance,
    };
    expect(gdpLowerBound({ ...counts, assume: "gdp" }).epsilonLowerBound).toBeGreaterThan(3);
    expect(clopperPearsonLowerBound(counts).epsilonLowerBound).toBeLessThan(1);
    const oneRun = { canaries: 10_000, guesses: 10_000, correct: 7311, delta: 1e-6, significance };
    expect(oneRunGdpLowerBound({ ...oneRun, assume: "gdp" }).epsilonLowerBound).toBeGreaterThan(1.2);
    expect(oneRunLowerBound(oneRun).epsilonLowerBound).toBeLessThan(1);
  });
});

describe("the one-run bound over a grid of guess counts", () => {
  it("shows nothing on scores that know nothing, in all but the stated share of seeds", () => {
    // 500 seeds; at a true rate of 5 % more than 60 violations come less than once in 1e9
    const [runs, canaries] = [500, 80];
    let state = 12_345;
    const uniform = (): number => {
      // xorshift32: test data, not noise
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) / 2 ** 32;
    };
    let violations = 0;
    for (let run = 0; run < runs; run++) {
      const scores = Array.from({ length: canaries }, uniform);
      const membership = Array.from({ length: canaries }, () => uniform() < 0.5);
      const bound = oneRunGridLowerBound({ scores, membership, delta: 0, significance, guessGrid: [10, 20, 40, 80] });
      if (bound.epsilonLowerBound > 0) violations++;
    }
    expect(violations).toBeLessThanOrEqual(60);
  });
});
