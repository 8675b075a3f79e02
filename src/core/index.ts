export { type NotPrivate, markNotPrivate } from "./not-private.ts";
export {
  type AnyPrivacyError,
  type ModelProblem,
  PrivacyError,
  type PrivacyErrorCode,
  type PrivacyErrorDetails,
  invalidArgument,
  isPrivacyError,
} from "./privacy-error.ts";
export {
  type Branded,
  type Delta,
  type Epsilon,
  type L2ClipNorm,
  type L2Sensitivity,
  type NoiseMultiplier,
  type NoiseStddev,
  type SamplingProbability,
  type Steps,
  noiseStddev,
  parseDelta,
  parseL2ClipNorm,
  parseNoiseMultiplier,
  parsePositiveInteger,
  parseSamplingProbability,
  parseSteps,
  parseTargetEpsilon,
} from "./quantities.ts";
