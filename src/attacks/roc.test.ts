import { describe, expect, it } from "vitest";
import { normalQuantile } from "../numeric/index.ts";
import { aucInterval, rocCurve } from "./index.ts";

/** Scores (i − ½)/n mapped through a quantile function: a sample without chance. */
const quantiles = (n: number, quantile: (p: number) => number): number[] =>
  Array.from({ length: n }, (_, i) => quantile((i + 0.5) / n));

describe("a ROC curve", () => {
  it("moves equal scores together, from nothing selected to everything", () => {
    const { points } = rocCurve([2, 2, 1], [2, 0]);
    expect(points).toEqual([
      { fpr: 0, tpr: 0, threshold: Infinity },
      { fpr: 0.5, tpr: 2 / 3, threshold: 2 },
      { fpr: 0.5, tpr: 1, threshold: 1 },
      { fpr: 1, tpr: 1, threshold: 0 },
    ]);
  });

  it("has an area of exactly one half when all scores are equal, and no false certainty about it", () => {
    const roc = rocCurve([7, 7, 7], [7, 7]);
    expect(roc.auc).toBe(0.5);
    expect(roc.advantage).toBe(0);
    expect(roc.aucDeLongSe).toBe(0);
    const { lower, upper } = aucInterval(roc, 0.95);
    expect(lower).toBeLessThan(0.2);
    expect(upper).toBeGreaterThan(0.8);
  });

  it("says that one record is too few for a standard error", () => {
    expect(rocCurve([1], [0, 2]).aucDeLongSe).toBeNull();
  });

  it("approaches the closed forms of two unit Gaussians one standard deviation apart", () => {
    // AUC Φ(1/√2), advantage 2Φ(1/2) − 1, TPR at 1 % Φ(Φ⁻¹(0.01) + 1)
    const base = quantiles(10_000, normalQuantile);
    const roc = rocCurve(
      base.map((x) => x + 1),
      base,
    );
    expect(roc.auc).toBeCloseTo(0.76025, 4);
    expect(roc.advantage).toBeCloseTo(0.38292, 3);
    expect(roc.tprAtFpr(0.01).tpr).toBeCloseTo(0.09236, 3);
    expect(Math.abs(roc.tprAtFpr(0.001).tpr - 0.0183)).toBeLessThan(1e-3);
  });

  it("follows a circular arc: area π/4 and TPR √(f(2 − f))", () => {
    // score 1 − U for non-members; members' scores have the quantile function that makes the arc
    const non = quantiles(4000, (p) => -p);
    const members = quantiles(4000, (p) => -(1 - Math.sqrt(1 - p * p)));
    const roc = rocCurve(members, non);
    expect(roc.auc).toBeCloseTo(Math.PI / 4, 3);
    for (const f of [0.01, 0.1, 0.3, 0.7]) {
      expect(Math.abs(roc.tprAtFpr(f).tpr - Math.sqrt(f * (2 - f)))).toBeLessThan(3e-3);
    }
  });

  it("allows 29 false positives of 100 at a rate of 0.29, though the product rounds below", () => {
    expect(0.29 * 100).toBeLessThan(29);
    const non = Array.from({ length: 100 }, (_, i) => i);
    expect(rocCurve([70.5], non).tprAtFpr(0.29).fp).toBe(29);
  });

  it("is marked unresolved where fewer than ten false positives are allowed", () => {
    const non = Array.from({ length: 1000 }, (_, i) => i);
    const roc = rocCurve([2000], non);
    expect(roc.tprAtFpr(0.01).isResolved).toBe(true);
    expect(roc.tprAtFpr(0.001).isResolved).toBe(false);
    expect(roc.tprAtFpr(0).isResolved).toBe(false);
  });

  it.each([
    [[], [1], "memberScores"],
    [[1], [], "nonMemberScores"],
    [[Number.NaN], [1], "memberScores"],
    [[1], [2, Number.NaN], "nonMemberScores"],
    [["1"], [2], "memberScores"],
    [undefined, [2], "memberScores"],
  ])("refuses %j against %j by the argument's name", (members, nonMembers, argument) => {
    const call = (): unknown => rocCurve(members as number[], nonMembers);
    expect(call).toThrow(
      expect.objectContaining({ code: "invalid_argument", details: expect.objectContaining({ argument }) }),
    );
  });

  it.each([-0.1, 1.1, Number.NaN])("refuses a false-positive rate of %d", (fpr) => {
    expect(() => rocCurve([1], [0]).tprAtFpr(fpr)).toThrow("[invalid_argument] fpr");
  });
});

describe("Newcombe's part of the AUC interval", () => {
  it("gives at perfect separation of 10 against 10 the limit that its equation has", () => {
    const roc = rocCurve(
      Array.from({ length: 10 }, (_, i) => 100 + i),
      Array.from({ length: 10 }, (_, i) => i),
    );
    const { lower, upper } = aucInterval(roc, 0.95);
    expect(upper).toBe(1);
    // (1 − θ)² = z² θ(1 − θ)[1 + 9((1 − θ)/(2 − θ) + θ/(1 + θ))]/100
    const excess =
      (1 - lower) ** 2 -
      (3.841458820694124 * lower * (1 - lower) * (1 + 9 * ((1 - lower) / (2 - lower) + lower / (1 + lower)))) / 100;
    expect(Math.abs(excess)).toBeLessThan(1e-12);
    expect(lower).toBeGreaterThan(0.75);
    expect(lower).toBeLessThan(0.9);
  });
});
