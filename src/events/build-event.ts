import type { DpEvent, DpEventKind } from "./event.ts";
import { validateEvent } from "./validate-event.ts";

type EventOf<K extends DpEventKind> = Extract<DpEvent, { kind: K }>;

/** Every builder passes the door that files pass: what can be built can be read back, and nothing else can. */
function build<K extends DpEventKind>(event: EventOf<K>): EventOf<K> {
  return validateEvent(event) as EventOf<K>;
}

/*
 * One builder per kind; event.ts says what each mechanism is. All return deeply frozen data and throw PrivacyError
 * `invalid_argument` with the field's name. Zero noise and zero steps are events like others: they cost Infinity and 0.
 */

export function noOp(): EventOf<"no-op"> {
  return build({ kind: "no-op" });
}

export function nonPrivate(): EventOf<"non-private"> {
  return build({ kind: "non-private" });
}

export function unsupported(): EventOf<"unsupported"> {
  return build({ kind: "unsupported" });
}

/** @param noiseMultiplier - z = σ / C, finite, ≥ 0. */
export function gaussian(noiseMultiplier: number): EventOf<"gaussian"> {
  return build({ kind: "gaussian", noiseMultiplier });
}

/** @param noiseMultiplier - b / C for L1 clip norm C, finite, ≥ 0. */
export function laplace(noiseMultiplier: number): EventOf<"laplace"> {
  return build({ kind: "laplace", noiseMultiplier });
}

/** @param noiseMultiplier - σ in the query's own units, finite, ≥ 0. @param sensitivity - L2, a whole number ≥ 0. */
export function discreteGaussian(noiseMultiplier: number, sensitivity: number): EventOf<"discrete-gaussian"> {
  return build({ kind: "discrete-gaussian", noiseMultiplier, sensitivity });
}

/** @param noiseParameter - a in P(n) ∝ exp(−a|n|), finite, ≥ 0. @param sensitivity - L1, a whole number ≥ 0. */
export function discreteLaplace(noiseParameter: number, sensitivity: number): EventOf<"discrete-laplace"> {
  return build({ kind: "discrete-laplace", noiseParameter, sensitivity });
}

/** @param rho - ≥ 0, Infinity allowed. @param xi - likewise; 0 is ρ-zCDP. */
export function zcdp(rho: number, xi = 0): EventOf<"zcdp"> {
  return build({ kind: "zcdp", rho, xi });
}

/** @param epsilon - in nats, ≥ 0, Infinity allowed. @param delta - in [0, 1]. */
export function epsilonDelta(epsilon: number, delta: number): EventOf<"epsilon-delta"> {
  return build({ kind: "epsilon-delta", epsilon, delta });
}

/** @param noiseParameter - the probability of a uniform answer, in [0, 1]. @param numBuckets - k ≥ 1. */
export function randomizedResponse(noiseParameter: number, numBuckets: number): EventOf<"randomized-response"> {
  return build({ kind: "randomized-response", noiseParameter, numBuckets });
}

/** @param epsilon - in nats, ≥ 0, Infinity allowed. */
export function exponentialMechanism(epsilon: number): EventOf<"exponential-mechanism"> {
  return build({ kind: "exponential-mechanism", epsilon });
}

/** @param samplingProbability - q in [0, 1]. @param event - what the batch goes through. */
export function poissonSampled(samplingProbability: number, event: DpEvent): EventOf<"poisson-sampled"> {
  return build({ kind: "poisson-sampled", samplingProbability, event });
}

/** @param sourceDatasetSize - n ≥ 1. @param sampleSize - draws, ≥ 0. */
export function sampledWithReplacement(
  sourceDatasetSize: number,
  sampleSize: number,
  event: DpEvent,
): EventOf<"sampled-with-replacement"> {
  return build({ kind: "sampled-with-replacement", sourceDatasetSize, sampleSize, event });
}

/** @param sourceDatasetSize - n ≥ 1. @param sampleSize - in [0, n]. */
export function sampledWithoutReplacement(
  sourceDatasetSize: number,
  sampleSize: number,
  event: DpEvent,
): EventOf<"sampled-without-replacement"> {
  return build({ kind: "sampled-without-replacement", sourceDatasetSize, sampleSize, event });
}

/** Poisson sampling, cut at truncatedBatchSize records, then a Gaussian. Fields as in event.ts. */
export function truncatedSubsampledGaussian(
  fields: Omit<EventOf<"truncated-subsampled-gaussian">, "kind">,
): EventOf<"truncated-subsampled-gaussian"> {
  return build({ ...fields, kind: "truncated-subsampled-gaussian" });
}

/**
 * @param standardDeviation - in the units of the sensitivities, finite, ≥ 0.
 * @param sensitivities - shape [n], each finite and ≥ 0.
 * @param samplingProbs - shape [n], adding up to 1 within 1e-12.
 */
export function mixtureOfGaussians(
  standardDeviation: number,
  sensitivities: readonly number[],
  samplingProbs: readonly number[],
): EventOf<"mixture-of-gaussians"> {
  return build({ kind: "mixture-of-gaussians", standardDeviation, sensitivities, samplingProbs });
}

/** @param noiseMultiplier - per tree node, finite, ≥ 0. @param stepCounts - steps of each tree, shape [trees]. */
export function singleEpochTreeAggregation(
  noiseMultiplier: number,
  stepCounts: readonly number[],
): EventOf<"single-epoch-tree-aggregation"> {
  return build({ kind: "single-epoch-tree-aggregation", noiseMultiplier, stepCounts });
}

/** @param mean - repetitions, ≥ 1 (> 0 for Poisson). @param shape - ≥ 0; Infinity is Poisson, 1 geometric, 0 logarithmic. */
export function repeatAndSelect(event: DpEvent, mean: number, shape: number): EventOf<"repeat-and-select"> {
  return build({ kind: "repeat-and-select", event, mean, shape });
}

/** @param count - a whole number ≥ 0. */
export function selfComposed(event: DpEvent, count: number): EventOf<"self-composed"> {
  return build({ kind: "self-composed", event, count });
}

export function composed(...events: readonly DpEvent[]): EventOf<"composed"> {
  return build({ kind: "composed", events });
}

/** @param batches - batches in the epoch, ≥ 1. @param event - what each batch goes through. */
export function shuffled(batches: number, event: DpEvent): EventOf<"shuffled"> {
  return build({ kind: "shuffled", batches, event });
}

/** Correlated noise from a banded matrix under cyclic Poisson sampling. Fields as in event.ts. */
export function bandedMatrix(fields: Omit<EventOf<"banded-matrix">, "kind">): EventOf<"banded-matrix"> {
  return build({ ...fields, kind: "banded-matrix" });
}

/** A sum of independent discrete Gaussians on an integer vector. Fields as in event.ts. */
export function discreteGaussianSum(
  fields: Omit<EventOf<"discrete-gaussian-sum">, "kind">,
): EventOf<"discrete-gaussian-sum"> {
  return build({ ...fields, kind: "discrete-gaussian-sum" });
}
