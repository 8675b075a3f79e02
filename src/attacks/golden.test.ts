import { describe, expect, it } from "vitest";
import { type GoldenTarget, gameAgainst, readGame, splitScores } from "./golden.fixture.ts";
import { difficultyCalibrated, lira, lossThreshold, rmia, rmiaRatios, rocCurve } from "./index.ts";

type Game = ReturnType<typeof gameAgainst>;

const target = 64;
const attacks: Record<string, (game: Game) => Float64Array> = {
  loss: ({ phi }) => lossThreshold({ phi: phi[target] }),
  lira_online: (game) => lira({ ...game, target, mode: "online", variance: "per-record" }),
  lira_online_fixed: (game) => lira({ ...game, target, mode: "online", variance: "global" }),
  lira_online_shrunk: (game) => lira({ ...game, target, mode: "online", variance: "shrunk" }),
  lira_offline: (game) => lira({ ...game, target, mode: "offline", variance: "per-record" }),
  lira_offline_fixed: (game) => lira({ ...game, target, mode: "offline", variance: "global" }),
  rmia_online: (game) => rmia({ ...game, target, mode: "online", gamma: 2 }),
  rmia_online_ratio: (game) => rmiaRatios({ ...game, target, mode: "online" }),
  rmia_offline: (game) => rmia({ ...game, target, mode: "offline", gamma: 2 }),
  rmia_offline_ratio: (game) => rmiaRatios({ ...game, target, mode: "offline" }),
  difficulty_calibrated: (game) => difficultyCalibrated({ ...game, target, calibration: "out" }),
};

const isClose = (actual: number, wanted: number, tolerance: number): boolean =>
  Math.abs(actual - wanted) <= tolerance * Math.max(1, Math.abs(wanted));

/** Relative to the score's own size, down to the digits that the file holds. */
const isSameScore = (actual: number, wanted: number): boolean =>
  Math.abs(actual - wanted) <= 1e-8 * Math.abs(wanted) + 1e-300;

describe.each(["mixture_mlp", "breast_cancer_logreg"])("on the shadow models of %s", (name) => {
  const golden = readGame(name);
  const targets = golden.target_models;

  it.each(Object.keys(attacks))("%s gives the scores, sums and ROC of the independent implementation", (attack) => {
    const isSaturated = name === "breast_cancer_logreg" && !/rmia_o[a-z]+line$/.test(attack);
    const seen = targets.map((model) => {
      const expected = golden.expected[String(model)];
      const game = gameAgainst(golden, model);
      const scores = attacks[attack](game);
      expect(scores).toHaveLength(golden.records);
      expect(expected.first_10[attack].filter((wanted, i) => !isSameScore(scores[i], wanted))).toEqual([]);
      const complete = expected.scores?.[attack] ?? [];
      expect(complete.filter((wanted, i) => !isSameScore(scores[i], wanted))).toEqual([]);
      expect(
        isClose(
          scores.reduce((a, b) => a + b, 0),
          expected.sum[attack],
          1e-8,
        ),
      ).toBe(true);
      return checkCurve(scores, game.membership[target], expected, attack, isSaturated);
    });
    const mean = golden.expected.mean_over_targets[attack];
    const average = (pick: (s: (typeof seen)[number]) => number): number =>
      seen.reduce((sum, s) => sum + pick(s), 0) / seen.length;
    expect(Math.abs(average((s) => s.auc) - mean.auc)).toBeLessThanOrEqual(average((s) => s.unsettled) + 1e-10);
    expect(average((s) => s.at1)).toBeCloseTo(mean.tpr_at_fpr_0_01, 9);
    expect(average((s) => s.at01)).toBeCloseTo(mean.tpr_at_fpr_0_001, 9);
  });
});

function checkCurve(
  scores: Float64Array,
  isMember: boolean[],
  expected: GoldenTarget,
  attack: string,
  isSaturated: boolean,
): { auc: number; at1: number; at01: number; unsettled: number } {
  const metrics = expected.metrics[attack];
  const roc = rocCurve(...splitScores(scores, isMember));
  expect(roc.members).toBe(expected.members);
  // saturated models tie many records, and where two scores differ by rounding alone either order is right
  const unsettled = isSaturated ? nearTies(...splitScores(scores, isMember)) / (roc.members * roc.nonMembers) : 0;
  expect(Math.abs(roc.auc - metrics.auc)).toBeLessThanOrEqual(unsettled + 1e-10);
  expect(Math.abs((roc.aucDeLongSe ?? NaN) - metrics.auc_delong_se)).toBeLessThanOrEqual(unsettled + 1e-10);
  expect(Math.abs(roc.advantage - metrics.advantage)).toBeLessThanOrEqual(unsettled > 0 ? 0.01 : 1e-10);
  expect(roc.balancedAccuracy).toBeCloseTo((1 + roc.advantage) / 2, 14);
  for (const fpr of [0.1, 0.01, 0.001]) {
    const wanted = metrics[`tpr_at_fpr_${fpr}`];
    const found = roc.tprAtFpr(fpr);
    expect([found.tp, found.fp]).toEqual([wanted.tp, wanted.fp]);
    expect(found.tpr).toBeCloseTo(wanted.tpr, 12);
    expect(found.fpr).toBeCloseTo(wanted.realised_fpr, 12);
    if (wanted.threshold === null) expect(found.threshold).toBe(Infinity);
    else expect(isSameScore(found.threshold, wanted.threshold)).toBe(true);
    // never inside the exact interval: limits round outward
    expect(found.interval.lower).toBeLessThanOrEqual(wanted.clopper_pearson_95[0] + 1e-15);
    expect(found.interval.lower).toBeCloseTo(wanted.clopper_pearson_95[0], 10);
    expect(found.interval.upper).toBeGreaterThanOrEqual(wanted.clopper_pearson_95[1] - 1e-15);
    expect(found.interval.upper).toBeCloseTo(wanted.clopper_pearson_95[1], 10);
  }
  return { auc: roc.auc, at1: roc.tprAtFpr(0.01).tpr, at01: roc.tprAtFpr(0.001).tpr, unsettled };
}

/** How many (member, non-member) pairs differ by less than the files' digits, or by what cancels in a difference of losses. */
function nearTies(members: readonly number[], nonMembers: readonly number[]): number {
  const isNear = (a: number, b: number): boolean =>
    Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b)) + 1e-30;
  return members.reduce((sum, m) => sum + nonMembers.filter((n) => isNear(m, n)).length, 0);
}
