import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aucInterval, rocCurve } from "./index.ts";

const seeded = { seed: 20261, numRuns: 200 };

// few distinct values, so that ties are the rule; infinities are scores too
const score = fc.oneof(fc.integer({ min: -6, max: 6 }), fc.constantFrom(-Infinity, Infinity, 0.5, -0));
const scores = fc.array(score, { minLength: 1, maxLength: 40 });

/** Pairs won, ties one half: the definition, by brute force. */
function pairsWon(members: readonly number[], nonMembers: readonly number[]): number {
  let wins = 0;
  for (const m of members) for (const n of nonMembers) wins += m > n ? 1 : m === n ? 0.5 : 0;
  return wins;
}

describe("a ROC curve", () => {
  it("has the area that counting every pair gives", () => {
    fc.assert(
      fc.property(scores, scores, (members, nonMembers) => {
        expect(rocCurve(members, nonMembers).auc).toBe(
          pairsWon(members, nonMembers) / (members.length * nonMembers.length),
        );
      }),
      seeded,
    );
  });

  it("has the trapezoid area under its points", () => {
    fc.assert(
      fc.property(scores, scores, (members, nonMembers) => {
        const { points, auc } = rocCurve(members, nonMembers);
        const area = points
          .slice(1)
          .reduce((sum, p, i) => sum + ((p.fpr - points[i].fpr) * (p.tpr + points[i].tpr)) / 2, 0);
        expect(area).toBeCloseTo(auc, 12);
      }),
      seeded,
    );
  });

  it("does not change under a strictly increasing map of the scores", () => {
    fc.assert(
      fc.property(scores, scores, (members, nonMembers) => {
        const map = (x: number): number => Math.atan(x) * 3 + 7;
        const [a, b] = [rocCurve(members, nonMembers), rocCurve(members.map(map), nonMembers.map(map))];
        expect(b.auc).toBe(a.auc);
        expect(b.aucDeLongSe).toBe(a.aucDeLongSe);
        expect(b.advantage).toBe(a.advantage);
        expect(b.points.map((p) => [p.fpr, p.tpr])).toEqual(a.points.map((p) => [p.fpr, p.tpr]));
      }),
      seeded,
    );
  });

  it("has one minus the area when the classes change places, or when every score changes sign", () => {
    fc.assert(
      fc.property(scores, scores, (members, nonMembers) => {
        const { auc, aucDeLongSe } = rocCurve(members, nonMembers);
        const swapped = rocCurve(nonMembers, members);
        expect(swapped.auc).toBeCloseTo(1 - auc, 14);
        expect(swapped.aucDeLongSe === null).toBe(aucDeLongSe === null);
        expect(Math.abs((swapped.aucDeLongSe ?? 0) - (aucDeLongSe ?? 0))).toBeLessThan(1e-12);
        const mirrored = rocCurve(
          members.map((x) => -x),
          nonMembers.map((x) => -x),
        );
        expect(mirrored.auc).toBeCloseTo(1 - auc, 14);
      }),
      seeded,
    );
  });

  it("does not depend on the order of the records", () => {
    fc.assert(
      fc.property(scores, scores, (members, nonMembers) => {
        const a = rocCurve(members, nonMembers);
        const b = rocCurve(members.toReversed(), nonMembers.toReversed());
        expect(JSON.stringify(b)).toBe(JSON.stringify(a));
      }),
      seeded,
    );
  });

  it("gives at a false-positive rate the best count that a brute-force search over thresholds finds", () => {
    const rate = fc.oneof(
      fc.integer({ min: 0, max: 100 }).map((i) => i / 100),
      fc.constantFrom(0, 1e-3, 1 / 3, 1 / 7),
    );
    fc.assert(
      fc.property(scores, scores, rate, (members, nonMembers, fpr) => {
        const found = rocCurve(members, nonMembers).tprAtFpr(fpr);
        let [best, falsePositives] = [0, 0];
        for (const t of [...members, ...nonMembers]) {
          const fp = nonMembers.filter((x) => x >= t).length;
          const tp = members.filter((x) => x >= t).length;
          if (fp / nonMembers.length <= fpr && (tp > best || fp > falsePositives)) {
            [best, falsePositives] = [Math.max(tp, best), Math.max(fp, falsePositives)];
          }
        }
        expect([found.tp, found.fp]).toEqual([best, falsePositives]);
        expect(found.fpr).toBeLessThanOrEqual(fpr);
        expect(members.filter((x) => x >= found.threshold && found.threshold < Infinity).length).toBeLessThanOrEqual(
          found.tp,
        );
        expect(found.interval.lower).toBeLessThanOrEqual(found.tpr);
        expect(found.interval.upper).toBeGreaterThanOrEqual(found.tpr);
      }),
      seeded,
    );
  });

  it("has an AUC interval that contains the AUC, lies in [0, 1] and never shrinks to a point", () => {
    fc.assert(
      fc.property(scores, scores, (members, nonMembers) => {
        const roc = rocCurve(members, nonMembers);
        const { lower, upper } = aucInterval(roc, 0.95);
        expect(lower).toBeLessThanOrEqual(roc.auc);
        expect(upper).toBeGreaterThanOrEqual(roc.auc);
        expect(lower).toBeGreaterThanOrEqual(0);
        expect(upper).toBeLessThanOrEqual(1);
        expect(upper - lower).toBeGreaterThan(0.05);
      }),
      seeded,
    );
  });
});
