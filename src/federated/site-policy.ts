import { z } from "zod";
import { calibrateNoiseMultiplier } from "../accounting/index.ts";
import type { PrivacyError } from "../core/index.ts";
import type { EvaluateResult, FitResult, RunAnnouncement } from "./client.ts";
import type { HospitalOptions } from "./hospital-client.ts";
import { parseFingerprint } from "./identity/index.ts";
import { type Manifest, manifestBytes } from "./manifest.ts";
import type { Numbers } from "./messages.ts";
import { refusedByPolicy } from "./policy-refusal.ts";
import { type NoiseFloor, checkNoise } from "./site-noise-floor.ts";

const positive = z.number().positive();
const range = z
  .strictObject({ min: z.number(), max: z.number() })
  .refine((r) => r.min <= r.max, "min must be at most max");
const fingerprint = z.string().transform((text, context) => {
  try {
    return parseFingerprint(text);
  } catch {
    context.addIssue({ code: "custom", message: "a whole SHA-256 fingerprint" });
    return z.NEVER;
  }
});

/** A range that holds its ends. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * What a site allows, whatever the coordinator and the training code want. Whoever answers for the site's data writes it;
 * what is not allowed here is refused.
 */
export interface SitePolicy {
  /** Public keys of coordinators, or of their authorities, that may be joined. */
  readonly servers: readonly string[];
  /** Runs that may be joined, by id. */
  readonly runs: readonly string[] | "any";
  /** Fewest sites in a round. A claim of the coordinator: only secure aggregation proves a cohort. */
  readonly minCohort: number;
  readonly maxRounds: number;
  /** What the clip may be: too small destroys the model, too large drowns it in noise. */
  readonly l2ClipNorm: Range;
  /** Least noise, as a multiple of the sensitivity, in every step. */
  readonly minNoiseMultiplier: number;
  readonly mustUseSecureAggregation: boolean;
  /** Only runs in which every site adds noise to its masked update, this one at least so much; absent: any. */
  readonly siteNoise?: NoiseFloor | undefined;
  /** Names of tensors that may leave, or "announced": those of the run's manifest. */
  readonly tensors: readonly string[] | "announced";
  /** Most bytes of one update. */
  readonly maxBytesPerRound: number;
  /** The most that the site's ledger may say its records have spent. */
  readonly epsilonBudget: number;
  /** The largest delta of any statement. */
  readonly maxDelta: number;
  /** Names of numbers that the coordinator may give to the training code, and their ranges; none by default. */
  readonly config: Readonly<Record<string, Range>>;
  /** Names of metrics on public data that may leave; none by default. */
  readonly metrics: readonly string[];
}

export const policySchema: z.ZodType<SitePolicy> = z.strictObject({
  servers: z.array(fingerprint).min(1),
  runs: z.union([z.array(z.string().min(1)).min(1), z.literal("any")]),
  minCohort: z.int().min(1),
  maxRounds: z.int().min(1),
  l2ClipNorm: range,
  minNoiseMultiplier: z.number().min(0),
  mustUseSecureAggregation: z.boolean(),
  siteNoise: z.strictObject({ minShare: positive, maxHonestSurvivors: z.int().min(1) }).optional(),
  tensors: z.union([z.array(z.string().min(1)).min(1), z.literal("announced")]),
  maxBytesPerRound: z.int().min(1),
  epsilonBudget: positive,
  maxDelta: z.number().gt(0).lt(1),
  config: z.record(z.string(), range).default({}),
  metrics: z.array(z.string()).default([]),
});

/** Each rule by its field, so that a refusal names the line of the site file that made it. */
export type PolicyRule = keyof SitePolicy | "privacy";

export function policyRefused(rule: PolicyRule, text: string): PrivacyError<"policy_refused"> {
  return refusedByPolicy(rule, text);
}

const inside = (x: number, { min, max }: Range): boolean => x >= min && x <= max;

/** What a site's own plan comes to when a run of so many rounds is announced. */
export interface PlannedTraining {
  readonly privacy: HospitalOptions["privacy"];
  readonly datasetSize: number;
}

/**
 * Before any record is read: the run, and what training in it would cost.
 *
 * @throws PrivacyError `policy_refused` naming the rule.
 */
export function checkRun(policy: SitePolicy, run: RunAnnouncement, plan: PlannedTraining | null): void {
  if (policy.runs !== "any" && !policy.runs.includes(run.runId)) {
    throw policyRefused("runs", `run ${run.runId} was announced and only ${policy.runs.join(", ")} may be joined`);
  }
  if (run.rounds > policy.maxRounds) {
    throw policyRefused("maxRounds", `${run.rounds} rounds were announced and at most ${policy.maxRounds} are allowed`);
  }
  const cohort = run.minClients ?? 1;
  if (cohort < policy.minCohort) {
    throw policyRefused(
      "minCohort",
      `rounds of ${cohort} sites were announced and at least ${policy.minCohort} are wanted`,
    );
  }
  if (policy.mustUseSecureAggregation && run.isSecure !== true) {
    throw policyRefused(
      "mustUseSecureAggregation",
      "the run would show this site's update to the coordinator unmasked",
    );
  }
  if (policy.siteNoise !== undefined) {
    if (run.siteNoise === undefined) throw policyRefused("siteNoise", "the run would be without noise from its sites");
    checkNoise(policy.siteNoise, run.siteNoise, null);
  }
  checkTensors(policy, run.tensors);
  if (plan !== null) checkPlan(policy, run.rounds, plan);
}

/** The plan is the site's own file: a policy also holds the site's researchers to what was agreed. */
function checkPlan(policy: SitePolicy, rounds: number, { privacy, datasetSize }: PlannedTraining): void {
  const { targetEpsilon, delta, l2ClipNorm, stepsPerRound, expectedBatchSize, neighboring } = privacy;
  if (!inside(l2ClipNorm, policy.l2ClipNorm)) {
    const { min, max } = policy.l2ClipNorm;
    throw policyRefused("l2ClipNorm", `the plan clips at ${l2ClipNorm} and ${min} to ${max} is allowed`);
  }
  if (targetEpsilon > policy.epsilonBudget) {
    throw policyRefused(
      "epsilonBudget",
      `the plan spends up to ${targetEpsilon} and the budget is ${policy.epsilonBudget}`,
    );
  }
  if (delta > policy.maxDelta) {
    throw policyRefused("maxDelta", `the plan's delta is ${delta} and at most ${policy.maxDelta} is allowed`);
  }
  const { value } = calibrateNoiseMultiplier({
    targetEpsilon,
    delta,
    samplingProbability: expectedBatchSize / datasetSize,
    steps: rounds * stepsPerRound,
    neighboring,
  });
  if (value < policy.minNoiseMultiplier) {
    const least = policy.minNoiseMultiplier;
    throw policyRefused(
      "minNoiseMultiplier",
      `the plan's noise multiplier is ${value} and at least ${least} is wanted`,
    );
  }
}

/** Which tensors may leave, and how many bytes of them. */
export function checkTensors(policy: SitePolicy, manifest: Manifest): void {
  const { tensors, maxBytesPerRound } = policy;
  const other = tensors === "announced" ? undefined : manifest.find((t) => !tensors.includes(t.name));
  if (other !== undefined)
    throw policyRefused("tensors", `tensor ${JSON.stringify(other.name)} would leave and is not listed`);
  const bytes = manifestBytes(manifest);
  if (bytes > maxBytesPerRound) {
    throw policyRefused(
      "maxBytesPerRound",
      `${bytes} bytes would leave in a round and at most ${maxBytesPerRound} may`,
    );
  }
}

/** The numbers that the coordinator gives to the training code: only those that are listed, inside their ranges. */
export function checkConfig(policy: SitePolicy, config: Numbers): void {
  for (const [name, value] of Object.entries(config)) {
    if (name === "round") continue;
    const allowed = Object.hasOwn(policy.config, name) ? policy.config[name] : undefined;
    if (allowed === undefined)
      throw policyRefused("config", `the coordinator gives ${JSON.stringify(name)}, which is not listed`);
    if (!inside(value, allowed)) {
      throw policyRefused(
        "config",
        `the coordinator gives ${name} = ${value} and ${allowed.min} to ${allowed.max} is allowed`,
      );
    }
  }
}

/** Before bytes leave: what training gave back, against what was announced and what the ledger says. */
export function checkUpdate(policy: SitePolicy, announced: Manifest, result: FitResult, manifest: Manifest): void {
  checkTensors(policy, manifest);
  const other = announced.length === 0 ? undefined : manifest.find((t) => !announced.some((a) => isSameTensor(a, t)));
  if (other !== undefined || (announced.length > 0 && manifest.length !== announced.length)) {
    const what = other === undefined ? `${manifest.length} tensors` : `tensor ${JSON.stringify(other.name)}`;
    throw policyRefused("tensors", `${what} would leave, which the run did not announce`);
  }
  const extra = Object.keys(result).find((key) => !["parameters", "stepsTaken", "privacy"].includes(key));
  if (extra !== undefined)
    throw policyRefused(
      "metrics",
      `fit() gives ${JSON.stringify(extra)}, and nothing of private records leaves with an update`,
    );
  const { privacy } = result;
  if (privacy === undefined) {
    throw policyRefused("privacy", "the update has no accounted guarantee: only this package's own trainer earns one");
  }
  if (!(privacy.epsilon.upper <= policy.epsilonBudget)) {
    throw policyRefused(
      "epsilonBudget",
      `the ledger says epsilon ${privacy.epsilon.upper} and the budget is ${policy.epsilonBudget}`,
    );
  }
  if (!(privacy.delta <= policy.maxDelta)) {
    throw policyRefused("maxDelta", `the ledger's delta is ${privacy.delta} and at most ${policy.maxDelta} is allowed`);
  }
}

function isSameTensor(a: Manifest[number], b: Manifest[number]): boolean {
  return a.name === b.name && a.dtype === b.dtype && String(a.shape) === String(b.shape);
}

/**
 * Metrics on public data: listed names, finite single numbers. An array could carry an update round the clip and the noise.
 *
 * @returns the names that would leave.
 */
export function checkMetrics(policy: SitePolicy, { loss, metrics = {}, ...rest }: EvaluateResult): string[] {
  const [extra] = Object.keys(rest);
  if (extra !== undefined)
    throw policyRefused("metrics", `evaluate() gives ${JSON.stringify(extra)}, which is not allowed`);
  const all: Record<string, unknown> = { ...metrics, ...(loss === undefined ? {} : { loss }) };
  for (const [name, value] of Object.entries(all)) {
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw policyRefused("metrics", `${JSON.stringify(name)} is not one finite number, and nothing else may leave`);
    }
    if (!policy.metrics.includes(name))
      throw policyRefused("metrics", `metric ${JSON.stringify(name)} would leave and is not listed`);
  }
  return Object.keys(all);
}
