import { invalidArgument } from "../core/index.ts";
import { type Numbers, readNumbers } from "./argument.ts";
import { aucInterval } from "./auc-interval.ts";
import { type LossInput, lossThreshold } from "./loss-threshold.ts";
import { type RocCurve, rocCurve } from "./roc.ts";

/** Version of the attack definitions in this room; it rises when a score or a statistic changes its meaning. */
const ATTACK_VERSION = "1";

/** What the attacker sees: outputs, intermediate releases, or everything. */
export type AttackAccess = "black" | "grey" | "white";

/** Signals for the loss attack, or the scores of any other attack, higher = more member-like. */
export type AttackSignals = LossInput | { readonly scores: Numbers };

export interface AttackSummaryInput {
  readonly members: AttackSignals;
  readonly nonMembers: AttackSignals;
  /** The attack's name; required with `scores`, `loss-threshold` otherwise. */
  readonly name?: string;
  readonly access?: AttackAccess;
  /** How many shadow models were trained for it. Default 0. */
  readonly shadowModels?: number;
  /** Which records were attacked. Default `all`. */
  readonly slice?: string;
  /** False-positive rates to report. Default 0.001 and 0.01. */
  readonly fprs?: readonly number[];
}

/** The true-positive rate at one false-positive rate, as a privacy card shows it. */
export interface SummaryRate {
  readonly fpr: number;
  readonly tpr: number;
  /** Clopper-Pearson, 95 %, [lower, upper]. */
  readonly ci: readonly [number, number];
  /** At most `fpr`. */
  readonly realisedFpr: number;
  /** False where fewer than ten false positives are allowed: the card must say `insufficient`, not the number. */
  readonly isResolved: boolean;
}

/** One attack in a privacy card (`empirical.attacks`). Plain data, no score of any record. */
export interface AttackSummary {
  readonly name: string;
  readonly version: string;
  readonly goal: "membership";
  readonly access: AttackAccess;
  readonly shadowModels: number;
  readonly slice: string;
  readonly auc: number;
  /** 95 %, [lower, upper]; see `aucInterval`. */
  readonly aucCi: readonly [number, number];
  readonly advantage: number;
  readonly tprAtFpr: readonly SummaryRate[];
}

/**
 * Sums one attack up in the shape of a privacy card: AUC and low-FPR rates with intervals, no threshold, no score.
 * The numbers come from the training data without noise: publishing them is a release of its own that no epsilon covers.
 *
 * @param input.members - signals of records the model was trained on.
 * @param input.nonMembers - signals of records from the same distribution that it was not.
 * @throws PrivacyError `invalid_argument`, naming the argument.
 * @guarantee None: an estimate of leakage. Neither AUC nor TPR is a bound on epsilon; audits give those.
 * @source metrics: Carlini et al., IEEE S&P 2022, arXiv:2112.03570; intervals as in `rocCurve` and `aucInterval`.
 */
export function attackSummary(input: AttackSummaryInput): AttackSummary {
  const roc = rocCurve(scoresOf(input.members, "members"), scoresOf(input.nonMembers, "nonMembers"));
  return summarizeRoc(roc, input);
}

function summarizeRoc(roc: RocCurve, input: AttackSummaryInput): AttackSummary {
  const interval = aucInterval(roc, 0.95);
  const shadowModels = input.shadowModels ?? 0;
  if (!Number.isSafeInteger(shadowModels) || shadowModels < 0) {
    throw invalidArgument("shadowModels", "a whole number >= 0", shadowModels);
  }
  return Object.freeze({
    name: nameOf(input),
    version: ATTACK_VERSION,
    goal: "membership",
    access: input.access ?? "black",
    shadowModels,
    slice: input.slice ?? "all",
    auc: roc.auc,
    aucCi: Object.freeze([interval.lower, interval.upper] as const),
    advantage: roc.advantage,
    tprAtFpr: Object.freeze((input.fprs ?? [0.001, 0.01]).map((fpr) => summarizeRate(roc, fpr))),
  });
}

function summarizeRate(roc: RocCurve, fpr: number): SummaryRate {
  const point = roc.tprAtFpr(fpr);
  return Object.freeze({
    fpr,
    tpr: point.tpr,
    ci: Object.freeze([point.interval.lower, point.interval.upper] as const),
    realisedFpr: point.fpr,
    isResolved: point.isResolved,
  });
}

function nameOf({ name, members, nonMembers }: AttackSummaryInput): string {
  if (name !== undefined && name !== "") return name;
  if (!("scores" in members) && !("scores" in nonMembers)) return "loss-threshold";
  throw invalidArgument("name", "the name of the attack that gave the scores", "none");
}

function scoresOf(signals: AttackSignals, argument: string): Float64Array {
  if ("scores" in signals) return readNumbers(signals.scores, `${argument}.scores`);
  return lossThreshold(signals);
}
