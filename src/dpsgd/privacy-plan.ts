import type { L2Sensitivity, NoiseMultiplier, SamplingProbability } from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import type { DpEvent, Neighboring, PrivacyUnit } from "../events/index.ts";
import type { Clip, ClippedSum } from "../gradients/index.ts";
import type { GridGaussian } from "../noise/index.ts";
import type { ClipPolicy } from "./clip-policy.ts";
import type { MechanicsOptions } from "./mechanics.ts";
import type { NoisePolicy } from "./noise-policy.ts";
import type { NoisedGradient, PlanRun, RunStart, SumBound } from "./plan-run.ts";
import type { Sampler } from "./poisson-sampler.ts";
import type { Sampling } from "./sampling.ts";

/** What a DP-SGD run will do, all of it public, before any data is touched. */
export interface PlanOptions extends MechanicsOptions {
  readonly unit: PrivacyUnit;
  readonly neighboring: Neighboring;
  /** A number the user declares public; never read off the data. Of users, where the unit is the user. */
  readonly datasetSize: number;
  readonly steps: number;
  /** z; where there is a schedule, the base that its factors multiply; with an adaptive clip, of sum and count together. */
  readonly noiseMultiplier: number;
  /** What a clip costs: `engine.boundOf`. */
  readonly boundOf?: (clip: Clip) => SumBound;
  /** The same where the clip never changes. */
  readonly sensitivity?: number;
  readonly gridExponent?: number;
  readonly budget: { readonly epsilon: number | null; readonly delta: number };
}

/**
 * One truth for the run and its price: the object that emits the sampler that runs, the clip that is applied, the noise
 * that is drawn and the event that is priced. They come from the same frozen fields, so they cannot disagree.
 */
export interface PrivacyPlan {
  readonly version: "privacy-plan/v1";
  readonly unit: PrivacyUnit;
  readonly neighboring: Neighboring;
  readonly datasetSize: number;
  /** The law of the batches; `probability` is one record's in one batch (in its own group, where there are groups). */
  readonly sampling: Sampling & { readonly probability: SamplingProbability };
  /** `norm` and `sensitivity` are those of the first step. */
  readonly clip: {
    readonly kind: ClipPolicy["kind"];
    readonly norm: number;
    readonly sensitivity: L2Sensitivity;
    readonly policy: ClipPolicy;
  };
  readonly noise: {
    readonly kind: NoisePolicy["kind"];
    /** What is priced. */
    readonly multiplier: NoiseMultiplier;
    /** What is drawn for the sum: larger where a count is released beside it. */
    readonly sumMultiplier: number;
    readonly gridExponent: number;
    readonly policy: NoisePolicy;
  };
  readonly steps: number;
  readonly expectedBatchSize: number;
  /** What the ledger counts: one step, or what cannot be cut into steps. */
  readonly ledgerEvent: DpEvent;
  /** Optimizer steps that one `ledgerEvent` covers. */
  readonly stepsPerEvent: number;
  readonly ledgerCount: number;
  /** The whole schedule. */
  readonly event: DpEvent;
  readonly budget: { readonly epsilon: number | null; readonly delta: number };
  /** Names of the quantities that the plan makes public. */
  readonly publicQuantities: readonly string[];
  /** The sampler whose law the event names, over however many records (or users) there are: one for the whole run. */
  sampler(rows: number, random: RandomSource): Sampler;
  /** What the steps do one after the other: the clip of the next, and its noise. */
  begin(random: RandomSource, start?: RunStart): PlanRun;
  /**
   * One step of a plan whose clip and noise are the same in every step: adds the noise that the event names and divides by
   * expectedBatchSize (never by the realised size).
   *
   * @param into - a gradient that its owner no longer needs, of the same weights: its arrays are written to and returned.
   * @throws PrivacyError `invalid_argument` when the sum was made under another grid or a larger sensitivity;
   * `invalid_state` when steps differ: then `begin` says what comes next.
   */
  perturb(sum: ClippedSum, noise: GridGaussian, into?: NoisedGradient): NoisedGradient;
  /** An upper bound on the epsilon of the first k steps, at the budget's delta. */
  epsilonBySteps(): (steps: number) => number;
  /** One row per choice: what it is, which event prices it, and why. */
  explain(): readonly PlanRow[];
}

/** One choice of a plan. */
export interface PlanRow {
  readonly option: string;
  readonly value: string;
  /** How it enters the price, and what the price rests on. */
  readonly why: string;
}
