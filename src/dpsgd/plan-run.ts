import { PrivacyError, invalidArgument, noiseStddev, parseNoiseMultiplier } from "../core/index.ts";
import type { L2Sensitivity } from "../core/index.ts";
import type { Clip, ClippedSum, HeldSum, NoiseOrder } from "../gradients/index.ts";
import { totalClipNorm } from "../gradients/index.ts";
import type { GridGaussian } from "../noise/index.ts";
import { nextUp } from "../numeric/index.ts";
import { BandedNoise } from "./banded-noise.ts";
import { type ClipPolicy, clipAt, firstClip, nextNorm, sumNoiseMultiplier } from "./clip-policy.ts";
import type { NoisePolicy } from "./noise-policy.ts";
import { noiseRuns } from "./priced-run.ts";
import { factorAt } from "./schedule.ts";

/** The priced bound on how far a clipped sum moves between neighbors, and the grid it is released on. */
export interface SumBound {
  /** At least the clip's norm; the engine proves it. */
  readonly sensitivity: number;
  /** The released sums lie on multiples of 2 ** gridExponent. */
  readonly gridExponent: number;
}

/** Noised sums, ready to become a gradient: `values[w]` in the gradient's units, already divided by expectedBatchSize. */
export type NoisedGradient = Readonly<Record<string, Float32Array>>;

/** Where a run goes on: public, since noised quantities alone decided it. */
export interface RunStart {
  /** Steps that were taken. */
  readonly step: number;
  /** The norm that an adaptive clip has reached; null where the clip is not adaptive. */
  readonly clipNorm: number | null;
}

/** The steps of a plan in their order. */
export interface PlanRun {
  /** What the next step's sum is to be clipped to. */
  readonly clip: Clip;
  /** Where the run is, for a checkpoint. */
  readonly position: RunStart;
  /**
   * Adds the next step's noise, divides by expectedBatchSize, and moves on. All weights are noised before any is returned.
   *
   * @param into - a gradient that its owner no longer needs, of the same weights: its arrays are written to and returned.
   * @throws PrivacyError `invalid_argument` when the sum was made under another grid or a larger sensitivity than the
   * next step's clip has: nothing is drawn then; `invalid_state` after the last step.
   */
  perturb(sum: ClippedSum, into?: NoisedGradient): NoisedGradient;
  /** Whether the noise may be added where a sum lies: what correlates steps, and what is drawn one by one, is not. */
  readonly canHold: boolean;
  /** `perturb` by the engine's threads; throws as `perturb` and as `HeldSum.addNoise`. */
  perturbHeld(sum: HeldSum, into?: NoisedGradient): Promise<NoisedGradient>;
  /** Forgets what correlated noise needs of the past. */
  dispose(): void;
}

/** What a plan has fixed of its steps. */
export interface PlanMechanics {
  readonly clip: ClipPolicy;
  readonly noise: NoisePolicy;
  readonly multiplier: number;
  readonly steps: number;
  readonly expectedBatchSize: number;
  readonly boundOf: (clip: Clip) => SumBound;
}

/** @param source - draws what the plan's noise kind names. */
export function beginRun(plan: PlanMechanics, source: GridGaussian, start?: RunStart): PlanRun {
  const { clip: policy, noise, expectedBatchSize } = plan;
  const runs = noiseRuns(noise, plan.steps);
  let step = start?.step ?? 0;
  let norm = start?.clipNorm ?? totalClipNorm(firstClip(policy));
  let banded: BandedNoise | undefined;
  let isBroken = false;
  const clipNow = (): Clip => {
    if (step < plan.steps) return clipAt(policy, step, norm);
    throw new PrivacyError("invalid_state", `a step was asked of a plan whose ${plan.steps} steps are done`, {
      object: "PlanRun",
      state: "done",
    });
  };
  /** The next step's noise, if the sum is the one that it is priced for. */
  const orderFor = (sum: Omit<ClippedSum, "sums">): NoiseOrder & { readonly inGridUnits: number } => {
    if (isBroken) throw brokenRun();
    const { sensitivity, gridExponent } = plan.boundOf(clipNow());
    if (sum.gridExponent !== gridExponent || sum.sensitivity > sensitivity) {
      throw invalidArgument("sum", "made under this plan's grid and sensitivity", "a sum from another engine");
    }
    const multiplier = sumNoiseMultiplier(policy, plan.multiplier * factorAt(runs, step));
    const inGridUnits = sensitivity / 2 ** gridExponent;
    const stddev = stddevOf(multiplier, noise.kind === "discrete-gaussian" ? Math.ceil(inGridUnits) : inGridUnits);
    return { source, stddev, unit: 2 ** gridExponent / expectedBatchSize, inGridUnits };
  };
  const moveOn = (sum: Omit<ClippedSum, "sums">): void => {
    if (policy.kind === "adaptive") norm = nextNorm(policy, norm, sum, source, expectedBatchSize);
    step += 1;
    isBroken = false;
  };
  return Object.freeze({
    get clip() {
      return clipNow();
    },
    get position(): RunStart {
      return { step, clipNorm: policy.kind === "adaptive" ? norm : null };
    },
    perturb(sum: ClippedSum, into: NoisedGradient = {}): NoisedGradient {
      const { stddev, unit, inGridUnits } = orderFor(sum);
      if (noise.kind === "banded") banded ??= new BandedNoise(noise.coefficients ?? [1], inGridUnits);
      const gradient: Record<string, Float32Array> = {};
      fitScratch(sum);
      // half a step of correlated noise leaves weights at different steps: such a run is over
      isBroken = banded !== undefined;
      for (const [name, multiples] of Object.entries(sum.sums)) {
        const { length } = multiples;
        const noised =
          banded?.addNoise(name, multiples, source, stddev) ??
          source.addNoise(multiples, stddev, scratch.subarray(0, length));
        const values = into[name]?.length === length ? into[name] : new Float32Array(length);
        for (let i = 0; i < length; i++) values[i] = noised[i] * unit;
        gradient[name] = values;
      }
      moveOn(sum);
      return gradient;
    },
    canHold: noise.kind !== "banded" && source.openBlocks !== undefined,
    async perturbHeld(sum: HeldSum, into?: NoisedGradient): Promise<NoisedGradient> {
      const gradient = await sum.addNoise(orderFor(sum), into);
      moveOn(sum);
      return gradient;
    },
    dispose: () => banded?.dispose(),
  });
}

/** One weight's noised sum at a time, for every run of the thread: a step waits for nothing. */
let scratch = new Float64Array(0);

function fitScratch({ sums }: ClippedSum): void {
  const longest = Object.values(sums).reduce((most, { length }) => Math.max(most, length), 0);
  if (scratch.length < longest) scratch = new Float64Array(longest);
}

function brokenRun(): PrivacyError<"invalid_state"> {
  const message = "a step was asked of correlated noise whose last step failed; it cannot go on, plan a new run";
  return new PrivacyError("invalid_state", message, { object: "PlanRun", state: "broken" });
}

/** The product is rounded up, so that what is drawn is never less than what is priced. In units of the grid. */
function stddevOf(multiplier: number, sensitivityInGridUnits: number): number {
  if (multiplier === 0) return 0;
  return nextUp(noiseStddev(parseNoiseMultiplier(multiplier), sensitivityInGridUnits as L2Sensitivity));
}
