import type { AttackSummary } from "../attacks/index.ts";
import type { CardAttack, CardAttackRate, CardEmpirical, CardLowerBound } from "./card.ts";
import { type Available, isNotAvailable, notAvailable } from "./not-available.ts";

/**
 * An attack's summary as the card holds it. A rate that the sample is too small to speak of becomes "insufficient", not a
 * number.
 *
 * @param summary - from `attackSummary`.
 * @param epsilonLowerBound - from a statistically valid audit of the same training; as a rule there is none.
 */
export function cardAttack(
  summary: AttackSummary,
  epsilonLowerBound: Available<CardLowerBound> = notAvailable("an attack on one model bounds no epsilon"),
): CardAttack {
  const { name, version, goal, access, shadowModels, slice, auc, aucCi, advantage, tprAtFpr } = summary;
  const [low, high] = aucCi;
  return {
    name,
    version,
    goal,
    access,
    shadowModels,
    slice,
    auc,
    advantage,
    aucInterval: { low, high },
    tprAtFpr: tprAtFpr.map(rateOf),
    epsilonLowerBound,
    reportDigest: notAvailable("no separate report was written"),
  };
}

function rateOf({ fpr, tpr, ci, realisedFpr, isResolved }: AttackSummary["tprAtFpr"][number]): CardAttackRate {
  if (isResolved) return { fpr, realisedFpr, tpr, interval: { low: ci[0], high: ci[1] } };
  const insufficient = notAvailable("insufficient: fewer than ten false positives are allowed at this rate");
  return { fpr, realisedFpr, tpr: insufficient, interval: insufficient };
}

/**
 * Sets the measured leakage beside the claim. Only a statistically valid lower bound on epsilon can refute it; an
 * attack's success can not, and a claim that no audit refuted is not thereby proven.
 *
 * @param epsilon - the upper bound that is claimed, nats.
 */
export function judgeAttacks(attacks: readonly CardAttack[], epsilon: number): CardEmpirical["verdict"] {
  if (attacks.length === 0) return "not-run";
  const refuted = attacks.some((a) => !isNotAvailable(a.epsilonLowerBound) && a.epsilonLowerBound.value > epsilon);
  return refuted ? "inconsistent" : "consistent";
}
