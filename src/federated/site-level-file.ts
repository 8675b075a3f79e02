import { z } from "zod";
import { calibrateNoiseMultiplier } from "../accounting/index.ts";
import { type AdaptiveClip, type DpFedAvgPlan, planDpFedAvg } from "./dp-fed-avg.ts";
import { isSiteName } from "./messages.ts";
import type { SiteLevelOptions } from "./site-level-aggregation.ts";

/** DP-FedAvg as a run file says it: the site as unit. Rounds are the run's. */
export interface SiteLevelFields {
  /** Names of the enrolled sites: a public list. Others take no part. */
  readonly enrolled: readonly string[];
  /** With which each enrolled site is drawn for a round, in (0, 1]. */
  readonly samplingProbability: number;
  /** Of a site's whole change. */
  readonly l2ClipNorm: number;
  /** This, or the epsilon that it is calibrated to: one of the two. */
  readonly noiseMultiplier?: number | undefined;
  readonly targetEpsilon?: number | undefined;
  readonly delta: number;
  readonly adaptiveClip?: AdaptiveClip | undefined;
  /** Folder of the coordinator's ledger; `scope` names what is charged. */
  readonly ledger: string;
  readonly scope: string;
  /** File for who was drawn and who answered, for the coordinator's eyes alone (mode 0600); not written down by default. */
  readonly privateRecords?: string | undefined;
  /** The most that the scope may ever spend; what this run costs by default, so that a second run needs a decision. */
  readonly budgetEpsilon?: number | undefined;
}

const positive = z.number().positive();
const isOne = (f: { noiseMultiplier?: unknown; targetEpsilon?: unknown }): boolean =>
  (f.noiseMultiplier === undefined) !== (f.targetEpsilon === undefined);

export const siteLevelSchema: z.ZodType<SiteLevelFields> = z
  .strictObject({
    enrolled: z.array(z.string().refine(isSiteName, "1 to 64 letters, digits, '.', '_' or '-'")).min(1),
    samplingProbability: positive.max(1),
    l2ClipNorm: positive,
    noiseMultiplier: positive.optional(),
    targetEpsilon: positive.optional(),
    delta: positive.lt(1),
    adaptiveClip: z
      .strictObject({ quantile: positive.lt(1), learningRate: positive, countNoiseStddev: positive })
      .optional(),
    ledger: z.string().min(1),
    scope: z.string().min(1),
    privateRecords: z.string().min(1).optional(),
    budgetEpsilon: positive.optional(),
  })
  .refine(isOne, "either noiseMultiplier or targetEpsilon");

/**
 * Plans what a run file asks for.
 *
 * @param path - finds the ledger's folder.
 * @throws PrivacyError `invalid_argument` naming what is out of its range, or a target that no noise reaches.
 * @guarantee With `targetEpsilon` the plan's epsilon is at most that, by the accountant's certified upper bound.
 */
export function siteLevelFrom(
  fields: SiteLevelFields,
  rounds: number,
  path: (relative: string) => string,
): SiteLevelOptions {
  const { enrolled, ledger, scope, delta } = fields;
  const plan = planOf(fields, rounds);
  const epsilon = fields.budgetEpsilon ?? fields.targetEpsilon ?? plan.guarantee().epsilon.upper;
  return { plan, enrolled, ledger: path(ledger), scope, budget: { epsilon, delta } };
}

function planOf(fields: SiteLevelFields, rounds: number): DpFedAvgPlan {
  const { enrolled, samplingProbability, l2ClipNorm, delta, adaptiveClip, targetEpsilon = NaN } = fields;
  const target = { targetEpsilon, delta, neighboring: "zero-out", samplingProbability, steps: rounds } as const;
  const noiseMultiplier = fields.noiseMultiplier ?? calibrateNoiseMultiplier(target).value;
  const adaptive = adaptiveClip === undefined ? {} : { adaptiveClip };
  const sites = enrolled.length;
  return planDpFedAvg({ rounds, sites, samplingProbability, l2ClipNorm, noiseMultiplier, delta, ...adaptive });
}
