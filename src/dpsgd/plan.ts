import {
  type L2Sensitivity,
  PrivacyError,
  invalidArgument,
  parseDelta,
  parseNoiseMultiplier,
  parsePositiveInteger,
} from "../core/index.ts";
import { type Neighboring, selfComposed } from "../events/index.ts";
import { type Clip, totalClipNorm } from "../gradients/index.ts";
import { type ClipPolicy, firstClip, sumNoiseMultiplier } from "./clip-policy.ts";
import { createNoise } from "./discrete-noise.ts";
import { type ParsedMechanics, isStateless, parseMechanics } from "./mechanics.ts";
import type { NoisePolicy } from "./noise-policy.ts";
import { explainPlan } from "./plan-rows.ts";
import { type SumBound, beginRun } from "./plan-run.ts";
import { epsilonBySteps, noiseRuns, priceRun } from "./priced-run.ts";
import type { PlanOptions, PrivacyPlan } from "./privacy-plan.ts";
import { createSampler, probabilityOf } from "./sampling.ts";

/**
 * Plans DP-SGD.
 *
 * @guarantee `event` prices exactly what `sampler`, `begin` and `perturb` do: batches of the named law, and noise of
 * standard deviation noiseMultiplier · sensitivity on a sum that moves by at most sensitivity (twice that when a record is
 * replaced, which is the accountant's business).
 * @throws PrivacyError `invalid_argument` naming the field, or the parts that have no sound analysis together;
 * `expectedBatchSize` above `datasetSize` is refused (q > 1).
 * @source Abadi et al. 2016, arXiv:1607.00133v2, Algorithm 1; Poisson sampling as analysed in Mironov, Talwar, Zhang
 * 2019, arXiv:1908.10530, section 3.
 */
export function planDpSgd(options: PlanOptions): PrivacyPlan {
  const parsed = parsePlanOptions(options);
  const { sampling, clip, noise, multiplier, steps, boundOf, datasetSize, delta } = parsed;
  const { unit, neighboring, budget } = options;
  const first = firstClip(clip);
  const bound = checkedBound(boundOf, first);
  const priced = {
    neighboring,
    datasetSize,
    sampling,
    noise,
    noiseMultiplier: multiplier,
    steps,
    sensitivityInGridUnits: bound.sensitivity / 2 ** bound.gridExponent,
  };
  const run = priceRun(priced);
  const event = selfComposed(run.event, run.count);
  const isConstant = isStateless(clip, noise);
  const { expectedBatchSize } = sampling;
  const mechanics = {
    clip,
    noise,
    multiplier,
    steps,
    expectedBatchSize,
    boundOf: (c: Clip) => checkedBound(boundOf, c),
  };
  const plan: PrivacyPlan = {
    version: "privacy-plan/v1" as const,
    unit,
    neighboring,
    datasetSize,
    sampling: Object.freeze({ ...sampling, probability: probabilityOf(sampling, datasetSize) }),
    clip: Object.freeze({
      kind: clip.kind,
      norm: totalClipNorm(first),
      sensitivity: bound.sensitivity as L2Sensitivity,
      policy: clip,
    }),
    noise: Object.freeze({
      kind: noise.kind,
      multiplier,
      sumMultiplier: sumNoiseMultiplier(clip, multiplier),
      gridExponent: bound.gridExponent,
      policy: noise,
    }),
    steps,
    expectedBatchSize,
    ledgerEvent: run.event,
    stepsPerEvent: run.stepsPerEvent,
    ledgerCount: run.count,
    event,
    budget: Object.freeze({ epsilon: budget.epsilon, delta }),
    publicQuantities: publicQuantities(clip, noise),
    sampler: (rows, random) => createSampler(sampling, datasetSize, rows, random),
    begin: (random, start) => beginRun(mechanics, createNoise(noise.kind, random), start),
    perturb(sum, gaussian, into) {
      if (isConstant) return beginRun(mechanics, gaussian).perturb(sum, into);
      throw statefulPlan();
    },
    epsilonBySteps: () => epsilonBySteps(run, priced, delta),
    explain: () => explainPlan(plan),
  };
  return Object.freeze(plan);
}

const relations: readonly Neighboring[] = ["add-or-remove-one", "replace-one", "zero-out"];

interface ParsedPlan extends ParsedMechanics {
  readonly datasetSize: number;
  readonly multiplier: ReturnType<typeof parseNoiseMultiplier>;
  readonly delta: number;
  readonly boundOf: (clip: Clip) => SumBound;
}

function parsePlanOptions(options: PlanOptions): ParsedPlan {
  if (!relations.includes(options.neighboring)) {
    throw invalidArgument("neighboring", relations.map((r) => `"${r}"`).join(", "), options.neighboring);
  }
  const datasetSize = parsePositiveInteger(options.datasetSize, "datasetSize");
  const mechanics = parseMechanics(options, datasetSize, options.steps);
  const multiplier = parseNoiseMultiplier(options.noiseMultiplier);
  // every step's count must leave something for its sum
  for (const { factor } of noiseRuns(mechanics.noise, mechanics.steps)) {
    sumNoiseMultiplier(mechanics.clip, multiplier * factor);
  }
  return { ...mechanics, datasetSize, multiplier, delta: parseDelta(options.budget.delta), boundOf: boundsOf(options) };
}

function boundsOf({ boundOf, sensitivity, gridExponent }: PlanOptions): (clip: Clip) => SumBound {
  if (boundOf !== undefined) return boundOf;
  return () => ({ sensitivity: sensitivity as number, gridExponent: gridExponent as number });
}

function checkedBound(boundOf: (clip: Clip) => SumBound, clip: Clip): SumBound {
  const { sensitivity, gridExponent } = boundOf(clip);
  const norm = totalClipNorm(clip);
  if (!(sensitivity >= norm && sensitivity < Infinity)) {
    throw invalidArgument("sensitivity", `a finite number >= l2ClipNorm (${norm})`, sensitivity);
  }
  if (!Number.isInteger(gridExponent)) throw invalidArgument("gridExponent", "a whole number", gridExponent);
  return { sensitivity, gridExponent };
}

function publicQuantities(clip: ClipPolicy, noise: NoisePolicy): readonly string[] {
  const names = ["datasetSize", "expectedBatchSize", "steps", "l2ClipNorm", "noiseMultiplier"];
  if (clip.kind === "adaptive") names.push("countNoiseMultiplier", "the noised share of unclipped records");
  if (noise.kind === "banded") names.push("noise.coefficients");
  return Object.freeze(names);
}

function statefulPlan(): PrivacyError<"invalid_state"> {
  const message =
    "a step by itself was wanted of a plan whose steps differ; call plan.begin(random) once and its perturb";
  return new PrivacyError("invalid_state", message, { object: "PrivacyPlan", state: "steps differ" });
}
