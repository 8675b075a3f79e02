import {
  type L2Sensitivity,
  type NoiseMultiplier,
  type SamplingProbability,
  invalidArgument,
  noiseStddev,
  parseDelta,
  parseL2ClipNorm,
  parseNoiseMultiplier,
  parsePositiveInteger,
  parseSamplingProbability,
  parseSteps,
} from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import {
  type DpEvent,
  type Neighboring,
  type PrivacyUnit,
  gaussian,
  poissonSampled,
  selfComposed,
} from "../events/index.ts";
import type { ClippedSum } from "../gradients/index.ts";
import type { GridGaussian } from "../noise/index.ts";
import { nextUp } from "../numeric/index.ts";
import { type Sampler, poissonSampler } from "./poisson-sampler.ts";

/** What a DP-SGD run will do, all of it public, before any data is touched. */
export interface PlanOptions {
  readonly unit: PrivacyUnit;
  readonly neighboring: Neighboring;
  /** A number the user declares public; never read off the data. */
  readonly datasetSize: number;
  /** q · datasetSize; the gradient's divisor, whatever the realised batch. */
  readonly expectedBatchSize: number;
  readonly steps: number;
  readonly l2ClipNorm: number;
  readonly noiseMultiplier: number;
  /** The priced bound on how far the clipped sum moves between neighbors, ≥ l2ClipNorm; the engine proves it. */
  readonly sensitivity: number;
  /** The released sums lie on multiples of 2 ** gridExponent. */
  readonly gridExponent: number;
  readonly budget: { readonly epsilon: number | null; readonly delta: number };
}

/** Noised sums, ready to become a gradient: `values[w]` in the gradient's units, already divided by expectedBatchSize. */
export type NoisedGradient = Readonly<Record<string, Float32Array>>;

/**
 * One truth for the run and its price: the object that emits the sampler that runs, the noise that is drawn and the event
 * that is priced. They come from the same frozen fields, so they cannot disagree.
 */
export interface PrivacyPlan {
  readonly version: "privacy-plan/v1";
  readonly unit: PrivacyUnit;
  readonly neighboring: Neighboring;
  readonly datasetSize: number;
  readonly sampling: { readonly kind: "poisson"; readonly probability: SamplingProbability };
  readonly clip: { readonly kind: "flat"; readonly norm: number; readonly sensitivity: L2Sensitivity };
  readonly noise: {
    readonly kind: "grid-gaussian";
    readonly multiplier: NoiseMultiplier;
    readonly gridExponent: number;
  };
  readonly steps: number;
  readonly expectedBatchSize: number;
  /** What one step does to the data. */
  readonly stepEvent: DpEvent;
  /** The whole schedule. */
  readonly event: DpEvent;
  readonly budget: { readonly epsilon: number | null; readonly delta: number };
  /** Names of the quantities that the plan makes public. */
  readonly publicQuantities: readonly string[];
  /** The sampler whose law the event names, over however many rows there are. */
  sampler(rows: number, random: RandomSource): Sampler;
  /**
   * Adds the noise that the event names and divides by expectedBatchSize (never by the realised size).
   *
   * @throws PrivacyError `invalid_argument` when the sum was made under another grid or a larger sensitivity.
   */
  perturb(sum: ClippedSum, noise: GridGaussian): NoisedGradient;
}

/**
 * Plans DP-SGD with Poisson sampling, flat clipping and Gaussian noise on a grid.
 *
 * @guarantee `event` prices exactly what `sampler` and `perturb` do: inclusion with probability q, noise of standard
 * deviation noiseMultiplier · sensitivity on a sum that moves by at most sensitivity.
 * @throws PrivacyError `invalid_argument` naming the field; `expectedBatchSize` above `datasetSize` is refused (q > 1).
 * @source Abadi et al. 2016, arXiv:1607.00133v2, Algorithm 1; Poisson sampling as analysed in Mironov, Talwar, Zhang
 * 2019, arXiv:1908.10530, section 3.
 */
export function planDpSgd(options: PlanOptions): PrivacyPlan {
  const { unit, neighboring, budget } = options;
  const datasetSize = parsePositiveInteger(options.datasetSize, "datasetSize");
  const expectedBatchSize = parseExpectedBatchSize(options.expectedBatchSize, datasetSize);
  const probability = parseSamplingProbability(expectedBatchSize / datasetSize);
  const steps = parseSteps(options.steps);
  const norm = parseL2ClipNorm(options.l2ClipNorm);
  const multiplier = parseNoiseMultiplier(options.noiseMultiplier);
  const delta = parseDelta(budget.delta);
  const sensitivity = parseSensitivity(options.sensitivity, norm);
  const { gridExponent } = options;
  if (!Number.isInteger(gridExponent)) throw invalidArgument("gridExponent", "a whole number", gridExponent);
  if (neighboring !== "add-or-remove-one" && neighboring !== "zero-out") {
    throw invalidArgument(
      "neighboring",
      '"add-or-remove-one" or "zero-out" for Poisson sampling',
      neighboring,
      "the trainer's plan is made for records that come or go",
    );
  }
  const stepEvent = poissonSampled(probability, gaussian(multiplier));
  // the product is rounded up, so that what is drawn is never less than what is priced; the power of two is exact
  const stddevInGridUnits = multiplier === 0 ? 0 : nextUp(noiseStddev(multiplier, sensitivity)) / 2 ** gridExponent;
  return Object.freeze({
    version: "privacy-plan/v1" as const,
    unit,
    neighboring,
    datasetSize,
    sampling: Object.freeze({ kind: "poisson" as const, probability }),
    clip: Object.freeze({ kind: "flat" as const, norm, sensitivity }),
    noise: Object.freeze({ kind: "grid-gaussian" as const, multiplier, gridExponent }),
    steps,
    expectedBatchSize,
    stepEvent,
    event: selfComposed(stepEvent, steps),
    budget: Object.freeze({ epsilon: budget.epsilon, delta }),
    publicQuantities: Object.freeze(["datasetSize", "expectedBatchSize", "steps", "l2ClipNorm", "noiseMultiplier"]),
    sampler: (rows: number, random: RandomSource) => poissonSampler(rows, probability, random),
    perturb(sum: ClippedSum, noise: GridGaussian) {
      if (sum.gridExponent !== gridExponent || sum.sensitivity > sensitivity) {
        throw invalidArgument("sum", "made under this plan's grid and sensitivity", "a sum from another engine");
      }
      return perturbSums(sum, noise, stddevInGridUnits, 2 ** gridExponent / expectedBatchSize);
    },
  });
}

/** Noises every weight before returning any: a sampler that fails half-way releases nothing. */
function perturbSums(sum: ClippedSum, noise: GridGaussian, stddevInGridUnits: number, unit: number): NoisedGradient {
  const gradient: Record<string, Float32Array> = {};
  for (const [name, multiples] of Object.entries(sum.sums)) {
    const noised = noise.addNoise(multiples, stddevInGridUnits);
    const values = new Float32Array(noised.length);
    for (let i = 0; i < values.length; i++) values[i] = (noised[i] ?? 0) * unit;
    gradient[name] = values;
  }
  return gradient;
}

function parseExpectedBatchSize(value: unknown, datasetSize: number): number {
  if (typeof value !== "number" || !(value > 0 && value < Infinity)) {
    throw invalidArgument("expectedBatchSize", "a finite number > 0", value);
  }
  if (value > datasetSize) {
    throw invalidArgument(
      "expectedBatchSize",
      `at most datasetSize (${value} > ${datasetSize})`,
      value,
      "no record can be in a batch with probability above 1; nothing was spent",
    );
  }
  return value;
}

function parseSensitivity(value: unknown, norm: number): L2Sensitivity {
  if (typeof value !== "number" || !(value >= norm && value < Infinity)) {
    throw invalidArgument("sensitivity", `a finite number >= l2ClipNorm (${norm})`, value);
  }
  return value as L2Sensitivity;
}
