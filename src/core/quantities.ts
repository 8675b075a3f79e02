import { invalidArgument } from "./privacy-error.ts";

declare const brand: unique symbol;
/** A number that has passed its parser and says what it measures. */
export type Branded<Name extends string> = number & { readonly [brand]: Name };

/** ε in nats, ≥ 0, Infinity allowed. */
export type Epsilon = Branded<"Epsilon">;
/** δ, a probability in (0, 1). */
export type Delta = Branded<"Delta">;
/** z = σ / C, dimensionless, ≥ 0 (0 means no noise: ε is Infinity). */
export type NoiseMultiplier = Branded<"NoiseMultiplier">;
/** σ, in the gradient's units. */
export type NoiseStddev = Branded<"NoiseStddev">;
/** C, the bound on one record's contribution, in the gradient's units. */
export type L2ClipNorm = Branded<"L2ClipNorm">;
/** Δ, the bound on how far the released sum moves between neighbors, in the gradient's units. */
export type L2Sensitivity = Branded<"L2Sensitivity">;
/** q, the probability that one record is in a step's batch, in [0, 1]. */
export type SamplingProbability = Branded<"SamplingProbability">;
/** A whole number of optimizer steps, ≥ 0. */
export type Steps = Branded<"Steps">;

/** @throws PrivacyError `invalid_argument` unless 0 < δ < 1. */
export function parseDelta(value: unknown, argument = "delta"): Delta {
  if (typeof value !== "number" || !(value > 0 && value < 1)) {
    throw invalidArgument(argument, "a number in (0, 1)", value, "for pure DP ask a pure mechanism for its epsilon");
  }
  return value as Delta;
}

/** @throws PrivacyError `invalid_argument` unless ε > 0 and finite: a target to calibrate to. */
export function parseTargetEpsilon(value: unknown, argument = "targetEpsilon"): Epsilon {
  if (typeof value !== "number" || !(value > 0 && value < Infinity)) {
    throw invalidArgument(argument, "a finite number > 0", value);
  }
  return value as Epsilon;
}

/** @throws PrivacyError `invalid_argument` unless z ≥ 0 and finite. */
export function parseNoiseMultiplier(value: unknown, argument = "noiseMultiplier"): NoiseMultiplier {
  if (typeof value !== "number" || !(value >= 0 && value < Infinity)) {
    throw invalidArgument(argument, "a finite number >= 0", value);
  }
  return value as NoiseMultiplier;
}

/** @throws PrivacyError `invalid_argument` unless 0 < C < ∞. */
export function parseL2ClipNorm(value: unknown, argument = "l2ClipNorm"): L2ClipNorm {
  if (typeof value !== "number" || !(value > 0 && value < Infinity)) {
    throw invalidArgument(argument, "a finite number > 0", value, "an unclipped gradient has no sensitivity");
  }
  return value as L2ClipNorm;
}

/** @throws PrivacyError `invalid_argument` unless 0 ≤ q ≤ 1. */
export function parseSamplingProbability(value: unknown, argument = "samplingProbability"): SamplingProbability {
  if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
    throw invalidArgument(argument, "a number in [0, 1]", value);
  }
  return value as SamplingProbability;
}

/** @throws PrivacyError `invalid_argument` unless a whole number ≥ 0 that a double holds exactly. */
export function parseSteps(value: unknown, argument = "steps"): Steps {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw invalidArgument(argument, "a whole number >= 0", value);
  }
  return value as Steps;
}

/** @throws PrivacyError `invalid_argument` unless a whole number ≥ 1. */
export function parsePositiveInteger(value: unknown, argument: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1) {
    throw invalidArgument(argument, "a whole number >= 1", value);
  }
  return value;
}

/** The one door between z and σ: σ = z · Δ. */
export function noiseStddev(multiplier: NoiseMultiplier, sensitivity: L2Sensitivity): NoiseStddev {
  return (multiplier * sensitivity) as NoiseStddev;
}
