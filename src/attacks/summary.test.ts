import { describe, expect, it } from "vitest";
import { attackSummary, rocCurve } from "./index.ts";

const range = (n: number, f: (i: number) => number): number[] => Array.from({ length: n }, (_, i) => f(i));

describe("the summary of an attack", () => {
  const members = range(2000, (i) => i / 1000);
  const nonMembers = range(20_000, (i) => 0.5 + i / 10_000);

  it("holds what rocCurve says, at 0.1 % and 1 % unless told otherwise", () => {
    const summary = attackSummary({ members: { losses: members }, nonMembers: { losses: nonMembers } });
    const roc = rocCurve(
      members.map((x) => -x),
      nonMembers.map((x) => -x),
    );
    expect(summary).toMatchObject({
      name: "loss-threshold",
      version: "1",
      goal: "membership",
      access: "black",
      shadowModels: 0,
      slice: "all",
      auc: roc.auc,
      advantage: roc.advantage,
    });
    expect(summary.aucCi[0]).toBeLessThan(roc.auc);
    expect(summary.aucCi[1]).toBeGreaterThan(roc.auc);
    expect(summary.tprAtFpr.map((r) => r.fpr)).toEqual([0.001, 0.01]);
    for (const rate of summary.tprAtFpr) {
      const point = roc.tprAtFpr(rate.fpr);
      expect(rate).toEqual({
        fpr: rate.fpr,
        tpr: point.tpr,
        ci: [point.interval.lower, point.interval.upper],
        realisedFpr: point.fpr,
        isResolved: true,
      });
    }
  });

  it("is plain frozen data without any record's score or threshold, the same after JSON", () => {
    const summary = attackSummary({
      name: "lira-online-shrunk",
      members: { scores: members },
      nonMembers: { scores: nonMembers },
      access: "grey",
      shadowModels: 16,
      slice: "class 3",
      fprs: [0.1],
    });
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
    expect(Object.isFrozen(summary)).toBe(true);
    expect(Object.keys(summary).toSorted()).toEqual(
      [
        "access",
        "advantage",
        "auc",
        "aucCi",
        "goal",
        "name",
        "shadowModels",
        "slice",
        "tprAtFpr",
        "version",
      ].toSorted(),
    );
    expect(Object.keys(summary.tprAtFpr[0]).toSorted()).toEqual(["ci", "fpr", "isResolved", "realisedFpr", "tpr"]);
  });

  it("takes logits and margins as well", () => {
    const labels = [0, 1];
    const summary = attackSummary({
      members: {
        logits: [
          [5, 0],
          [0, 5],
        ],
        labels,
      },
      nonMembers: { phi: [-1, 0] },
    });
    expect(summary.auc).toBe(1);
  });

  it.each([
    [{ members: { scores: [1] }, nonMembers: { scores: [0] } }, "name"],
    [{ members: { losses: [] }, nonMembers: { losses: [0] } }, "losses"],
    [{ name: "x", members: { scores: [1] }, nonMembers: { scores: [] } }, "nonMembers.scores"],
    [{ members: { losses: [1] }, nonMembers: { losses: [0] }, shadowModels: -1 }, "shadowModels"],
    [{ members: { losses: [1] }, nonMembers: { losses: [0] }, fprs: [2] }, "fpr"],
  ])("refuses what it can not sum up (%#)", (input, argument) => {
    expect(() => attackSummary(input)).toThrow(`[invalid_argument] ${argument}`);
  });
});
