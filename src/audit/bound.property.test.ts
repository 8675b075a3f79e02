import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AuditBound,
  auditVerdict,
  clopperPearsonLowerBound,
  gdpLowerBound,
  oneRunGdpLowerBound,
  oneRunGridLowerBound,
  oneRunLowerBound,
  oneRunPValue,
} from "./index.ts";

const seeded = { seed: 20265, numRuns: 30 };
const significance = fc.constantFrom(0.2, 0.05, 0.01, 1e-6);
const delta = fc.constantFrom(0, 1e-6, 1e-3, 0.05);

const twoWorld = fc
  .record({ members: fc.integer({ min: 1, max: 300 }), nonMembers: fc.integer({ min: 1, max: 300 }) })
  .chain(({ members, nonMembers }) =>
    fc.record({
      members: fc.constant(members),
      nonMembers: fc.constant(nonMembers),
      truePositives: fc.integer({ min: 0, max: members }),
      falsePositives: fc.integer({ min: 0, max: nonMembers }),
      delta,
      significance,
    }),
  );

const oneRun = fc.integer({ min: 1, max: 200 }).chain((guesses) =>
  fc.record({
    canaries: fc.integer({ min: guesses, max: 400 }),
    guesses: fc.constant(guesses),
    correct: fc.integer({ min: 0, max: guesses }),
    delta,
    significance,
  }),
);

type TwoWorld = Parameters<typeof clopperPearsonLowerBound>[0];
type OneRun = Parameters<typeof oneRunLowerBound>[0];

const atLeastOne = (d: number): number => Math.max(d, 1e-6);
const twoWorldBounds: readonly ((c: TwoWorld) => AuditBound)[] = [
  clopperPearsonLowerBound,
  (c) => gdpLowerBound({ ...c, delta: atLeastOne(c.delta), assume: "gdp" }),
];
const oneRunBounds: readonly ((c: OneRun) => AuditBound)[] = [
  oneRunLowerBound,
  (c) => oneRunGdpLowerBound({ ...c, delta: atLeastOne(c.delta), assume: "gdp" }),
];

/** Equal bounds may differ by what rounding down takes. */
const isAtMost = (a: AuditBound, b: AuditBound): boolean =>
  a.epsilonLowerBound <= b.epsilonLowerBound + 1e-9 * Math.max(1, b.epsilonLowerBound);

describe("a lower bound", () => {
  it("is at most its cap, never negative, and finite", () => {
    fc.assert(
      fc.property(twoWorld, oneRun, (c, r) => {
        for (const b of [...twoWorldBounds.map((f) => f(c)), ...oneRunBounds.map((f) => f(r))]) {
          expect(b.epsilonLowerBound).toBeGreaterThanOrEqual(0);
          expect(b.epsilonLowerBound).toBeLessThanOrEqual(b.cap);
          expect(b.cap).toBeLessThan(Infinity);
        }
      }),
      seeded,
    );
  });

  it("does not fall when the attack does better", () => {
    fc.assert(
      fc.property(twoWorld, (c) => {
        // away from chance level only: an attack that is always wrong tells as much as one that is always right
        fc.pre(c.truePositives * c.nonMembers > c.falsePositives * c.members);
        for (const f of twoWorldBounds) {
          if (c.truePositives < c.members) {
            expect(isAtMost(f(c), f({ ...c, truePositives: c.truePositives + 1 }))).toBe(true);
          }
          if (c.falsePositives > 0) {
            expect(isAtMost(f(c), f({ ...c, falsePositives: c.falsePositives - 1 }))).toBe(true);
          }
        }
      }),
      seeded,
    );
    fc.assert(
      fc.property(oneRun, (c) => {
        fc.pre(c.correct < c.guesses);
        for (const f of oneRunBounds) expect(isAtMost(f(c), f({ ...c, correct: c.correct + 1 }))).toBe(true);
      }),
      seeded,
    );
  });

  it("does not grow when less error is allowed, or when more is allowed to delta", () => {
    fc.assert(
      fc.property(twoWorld, oneRun, (c, r) => {
        for (const f of twoWorldBounds) {
          expect(isAtMost(f({ ...c, significance: c.significance / 3 }), f(c))).toBe(true);
          expect(isAtMost(f({ ...c, delta: c.delta + 0.02 }), f(c))).toBe(true);
        }
        for (const f of oneRunBounds) {
          expect(isAtMost(f({ ...r, significance: r.significance / 3 }), f(r))).toBe(true);
          expect(isAtMost(f({ ...r, delta: r.delta + 0.02 }), f(r))).toBe(true);
        }
      }),
      seeded,
    );
  });

  it("from one run is the last epsilon whose p-value lies below the significance, and all below it lie below", () => {
    fc.assert(
      fc.property(oneRun, fc.integer({ min: 0, max: 100 }), (c, percent) => {
        const { epsilonLowerBound: bound } = oneRunLowerBound(c);
        fc.pre(bound > 0);
        expect(oneRunPValue(c, (bound * percent) / 100)).toBeLessThan(c.significance);
        // above it is not rejected; with 2mδ > 1 the bound may stop a little early
        if (2 * c.canaries * c.delta <= 1) {
          expect(oneRunPValue(c, bound + 1e-9)).toBeGreaterThanOrEqual(c.significance * (1 - 1e-6));
        }
      }),
      seeded,
    );
  });
});

describe("a one-run p-value", () => {
  it("is what the definition gives, summed term by term", () => {
    fc.assert(
      fc.property(oneRun, fc.integer({ min: 0, max: 600 }), (c, hundredths) => {
        const epsilon = hundredths / 100;
        const q = 1 / (1 + Math.exp(-epsilon));
        // Pascal's recurrence, independent of the ratios in the code under test
        let pmf = [1];
        for (let i = 0; i < c.guesses; i++) {
          pmf = Array.from({ length: i + 2 }, (_, k) => (pmf[k] ?? 0) * (1 - q) + (pmf[k - 1] ?? 0) * q);
        }
        const between = (lo: number, hi: number): number => pmf.slice(lo, hi).reduce((a, b) => a + b, 0);
        let steepest = 0;
        for (let i = 1; i <= c.correct; i++) steepest = Math.max(steepest, between(c.correct - i, c.correct) / i);
        const exact = Math.min(1, between(c.correct, c.guesses + 1) + 2 * c.canaries * c.delta * steepest);
        expect(Math.abs(oneRunPValue(c, epsilon) - exact)).toBeLessThanOrEqual(1e-11 * exact + 1e-15);
      }),
      { ...seeded, numRuns: 40 },
    );
  });
});

describe("the grid bound", () => {
  const scored = fc.array(fc.record({ score: fc.integer({ min: -4, max: 4 }), coin: fc.boolean() }), {
    minLength: 4,
    maxLength: 60,
  });

  it("does not depend on the order in which canaries are listed, ties and all", () => {
    fc.assert(
      fc.property(scored, (canaries) => {
        const bound = (list: typeof canaries): AuditBound =>
          oneRunGridLowerBound({
            scores: list.map((c) => c.score),
            membership: list.map((c) => c.coin),
            delta: 0,
            significance: 0.05,
            guessGrid: [2, 4],
          });
        const sorted = canaries.toSorted((a, b) => Number(b.coin) - Number(a.coin));
        expect(bound(sorted)).toEqual(bound(canaries));
        expect(bound(canaries.toReversed())).toEqual(bound(canaries));
      }),
      seeded,
    );
  });

  it("resolves ties at either edge against the attack, whoever is listed first", () => {
    // twenty sure answers on one side, forty tied scores on the other of which half would be right
    const coins = [...Array.from({ length: 20 }, () => true), ...Array.from({ length: 40 }, () => false)];
    const tiedTop = coins.map((_, i) => (i < 40 ? 1 : -1));
    const common = { delta: 0, significance: 0.05, guessGrid: [40] };
    expect(oneRunGridLowerBound({ ...common, scores: tiedTop, membership: coins }).epsilonLowerBound).toBe(0);
    const tiedBottom = { scores: tiedTop.map((s) => -s), membership: coins.map((coin) => !coin) };
    expect(oneRunGridLowerBound({ ...common, ...tiedBottom }).epsilonLowerBound).toBe(0);
    const settled = { scores: coins.map(Number), membership: coins };
    expect(oneRunGridLowerBound({ ...common, ...settled }).epsilonLowerBound).toBeGreaterThan(2);
  });

  it("gives nothing for equal scores though all members are listed first", () => {
    const membership = Array.from({ length: 100 }, (_, i) => i < 50);
    const bound = oneRunGridLowerBound({ scores: membership.map(() => 1), membership, delta: 0, significance: 0.05 });
    expect(bound.epsilonLowerBound).toBe(0);
    expect(bound.cap).toBeGreaterThan(1);
  });
});

describe("a verdict", () => {
  const bound = clopperPearsonLowerBound({
    truePositives: 80,
    falsePositives: 5,
    members: 100,
    nonMembers: 100,
    delta: 0,
    significance: 0.05,
  });

  it("refutes, does not refute, or says that the audit was too small, and never that a claim passed", () => {
    expect(auditVerdict(bound, 1.8)).toBe("refuted");
    expect(auditVerdict(bound, 1.84)).toBe("not refuted");
    expect(auditVerdict(bound, 3.3)).toBe("inconclusive");
    expect(auditVerdict(bound, Infinity)).toBe("inconclusive");
  });

  it("takes no claim that is not a number", () => {
    expect(() => auditVerdict(bound, Number.NaN)).toThrow("claimedEpsilon");
    expect(() => auditVerdict(bound, -1)).toThrow("claimedEpsilon");
  });
});
