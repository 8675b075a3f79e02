import { z } from "zod";
import type { SecureAggregationOptions, SiteNoiseOptions } from "./secure-exchange.ts";
import { planSiteNoise, siteNoiseMultiplier } from "./site-noise.ts";

/** Noise from the sites as a run file says it. Rounds, the smallest cohort and the model are the run's. */
export interface RunNoiseFields {
  /** Of a site's whole change. */
  readonly l2ClipNorm: number;
  /** This, or the epsilon that it is calibrated to: one of the two. */
  readonly noiseMultiplier?: number | undefined;
  readonly targetEpsilon?: number | undefined;
  readonly delta: number;
  /** How many sites of each sum are taken to draw their noise and keep it to themselves. */
  readonly honestSurvivors: number;
  /** Folder of the coordinator's ledger; `scope` names what is charged. */
  readonly ledger: string;
  readonly scope: string;
  /** The most that the scope may ever spend; what this run costs by default, so that a second run needs a decision. */
  readonly budgetEpsilon?: number | undefined;
}

/** Masked updates as a run file says them. */
export interface SecureFields {
  /** This or `siteNoise`: one of the two. */
  readonly range?: number | undefined;
  readonly siteNoise?: RunNoiseFields | undefined;
  readonly stepMs?: number | undefined;
}

const positive = z.number().positive();
const isOne = (a: unknown, b: unknown): boolean => (a === undefined) !== (b === undefined);

export const secureSchema: z.ZodType<SecureFields> = z
  .strictObject({
    range: positive.optional(),
    siteNoise: z
      .strictObject({
        l2ClipNorm: positive,
        noiseMultiplier: positive.optional(),
        targetEpsilon: positive.optional(),
        delta: positive.lt(1),
        honestSurvivors: z.int().min(1),
        ledger: z.string().min(1),
        scope: z.string().min(1),
        budgetEpsilon: positive.optional(),
      })
      .refine((f) => isOne(f.noiseMultiplier, f.targetEpsilon), "either noiseMultiplier or targetEpsilon")
      .optional(),
    stepMs: positive.optional(),
  })
  .refine((f) => isOne(f.range, f.siteNoise), "either range or siteNoise");

/** What of a run decides what noise costs. */
export interface NoisedRun {
  readonly rounds: number;
  readonly minClients: number;
  /** Elements of the model's float tensors. */
  readonly elements: number;
}

/**
 * Plans what a run file asks for.
 *
 * @param path - finds the ledger's folder.
 * @throws PrivacyError `invalid_argument` naming what is out of its range, or a target that no noise reaches.
 * @guarantee With `targetEpsilon` the plan's epsilon is at most that, by the accountant's certified upper bound.
 */
export function secureFrom(
  { range, siteNoise, stepMs }: SecureFields,
  run: NoisedRun,
  path: (relative: string) => string,
): SecureAggregationOptions {
  const wait = stepMs === undefined ? {} : { stepMs };
  if (siteNoise !== undefined) return { siteNoise: noiseFrom(siteNoise, run, path), ...wait };
  return range === undefined ? wait : { range, ...wait };
}

function noiseFrom(fields: RunNoiseFields, run: NoisedRun, path: (relative: string) => string): SiteNoiseOptions {
  const { l2ClipNorm, delta, honestSurvivors, ledger, scope, targetEpsilon = NaN } = fields;
  const common = { ...run, l2ClipNorm, delta, honestSurvivors };
  const noiseMultiplier = fields.noiseMultiplier ?? siteNoiseMultiplier({ ...common, targetEpsilon });
  const plan = planSiteNoise({ ...common, noiseMultiplier });
  const epsilon = fields.budgetEpsilon ?? fields.targetEpsilon ?? plan.guarantee().epsilon.upper;
  return { plan, ledger: path(ledger), scope, budget: { epsilon, delta } };
}
