import { invalidArgument } from "../core/index.ts";
import { type Clip, type ClippedSum, parseClip, scaleClip } from "../gradients/index.ts";
import type { GridGaussian } from "../noise/index.ts";
import { type ScheduleRun, factorAt, parseSchedule } from "./schedule.ts";

/**
 * A clip norm that follows a quantile of the gradient norms: after each step C ← C · exp(−η(b̃ − γ)), b̃ the noised share
 * of records at or below C.
 */
export interface AdaptiveClip {
  readonly kind: "adaptive";
  /** γ: the share of records to leave unclipped, in [0, 1]. */
  readonly quantile: number;
  /** η > 0. */
  readonly learningRate: number;
  /** C of the first step; C stays within a factor of 10^6 of it. */
  readonly initial: number;
  /** σ_b: stddev of the noise on the count of unclipped records, above half the noise multiplier. */
  readonly countNoiseMultiplier: number;
}

/** How gradients are clipped over a run. A schedule multiplies the norms and costs nothing: noise follows the norm. */
export type ClipPolicy = (Clip & { readonly schedule?: readonly ScheduleRun[] }) | AdaptiveClip;

/** @throws PrivacyError `invalid_argument`, naming the field. */
export function parseClipPolicy(policy: ClipPolicy, steps: number): ClipPolicy {
  if (policy?.kind !== "adaptive") {
    const clip = parseClip(policy);
    if (policy.schedule === undefined) return clip;
    const schedule = parseSchedule(policy.schedule, steps, "clip.schedule");
    for (const { factor } of schedule) scaleClip(clip, factor);
    return Object.freeze({ ...clip, schedule });
  }
  const { kind, quantile, learningRate, initial, countNoiseMultiplier } = policy;
  parseClip({ kind: "flat", l2ClipNorm: initial });
  if (!(quantile >= 0 && quantile <= 1)) throw invalidArgument("clip.quantile", "in [0, 1]", quantile);
  if (!(learningRate > 0 && learningRate <= 10)) throw invalidArgument("clip.learningRate", "in (0, 10]", learningRate);
  if (!(countNoiseMultiplier > 0 && countNoiseMultiplier < 2 ** 30)) {
    throw invalidArgument("clip.countNoiseMultiplier", "in (0, 2^30)", countNoiseMultiplier);
  }
  return Object.freeze({ kind, quantile, learningRate, initial, countNoiseMultiplier });
}

/** The clip of the first step, whose kind every step has. */
export function firstClip(policy: ClipPolicy): Clip {
  if (policy.kind === "adaptive") return parseClip({ kind: "flat", l2ClipNorm: policy.initial });
  const [run] = policy.schedule ?? [];
  return run === undefined ? parseClip(policy) : scaleClip(policy, run.factor);
}

/**
 * The noise multiplier z_Δ of the sum itself. Sum and count are one Gaussian release: the count of b_i − 1/2 moves by 1/2
 * with one record, so 1/z² = 1/z_Δ² + 1/(2σ_b)², and z is what is priced.
 *
 * @returns z where the clip is not adaptive; rounded up.
 * @throws PrivacyError `invalid_argument` when the count alone costs as much as z, or more.
 * @source Andrew, Thakkar, McMahan, Ramaswamy 2021, arXiv:1905.03871v5, Theorem 1.
 */
export function sumNoiseMultiplier(policy: ClipPolicy, z: number): number {
  if (policy.kind !== "adaptive" || z === 0) return z;
  const left = z ** -2 - (2 * policy.countNoiseMultiplier) ** -2;
  // the difference has an error of at most 5e-16 · z^-2: below 2^-30 of it, which is added to the root
  if (left > 1e-6 * z ** -2) return left ** -0.5 * (1 + 2 ** -30);
  throw invalidArgument(
    "clip.countNoiseMultiplier",
    `above noiseMultiplier / 2 (${z / 2})`,
    policy.countNoiseMultiplier,
    "the noised count would spend the whole budget; the paper's choice is a twentieth of the expected batch",
  );
}

/** Farther than that from where it began the norm follows noise. */
const farthest = 1e6;
/** The count is released on a grid of 2^-11 records. */
const countGrid = 2 ** -11;

/**
 * The adaptive norm after one more noised count. What was noised before it is all that it depends on.
 *
 * @param sum - the step's sum, clipped at `norm`.
 */
export function nextNorm(
  policy: AdaptiveClip,
  norm: number,
  sum: Pick<ClippedSum, "diagnostics">,
  noise: GridGaussian,
  expectedBatchSize: number,
): number {
  const { norms } = sum.diagnostics.revealNotPrivate();
  // b_i − 1/2 in units of the grid; a norm that is not a number is not at or below anything
  let excess = 0;
  for (const own of norms) excess += own <= norm ? 0.5 / countGrid : -0.5 / countGrid;
  const [noised = 0] = noise.addNoise(Float64Array.of(excess), policy.countNoiseMultiplier / countGrid);
  const share = (noised * countGrid) / expectedBatchSize + 0.5;
  const next = norm * Math.exp(-policy.learningRate * (Math.min(2, Math.max(-1, share)) - policy.quantile));
  return Math.min(policy.initial * farthest, Math.max(policy.initial / farthest, next));
}

/** The clip of a step, counted from 0; for an adaptive policy at the norm that it has reached. */
export function clipAt(policy: ClipPolicy, step: number, norm: number): Clip {
  if (policy.kind === "adaptive") return parseClip({ kind: "flat", l2ClipNorm: norm });
  return policy.schedule === undefined ? parseClip(policy) : scaleClip(policy, factorAt(policy.schedule, step));
}
