/**
 * What was done to the data, as data: a closed union in which each kind documents the mechanism so completely that an
 * accountant can be written from it alone. Kinds are dp_accounting's class names in kebab-case, fields its fields in
 * camelCase, so that anyone can recompute an epsilon with Google's library from our ledger.
 *
 * `noiseMultiplier` is z = σ / C under every neighboring relation, C being the bound on one record's contribution
 * (the clip norm); the accountant applies the relation (replace-one moves a sum by up to 2C).
 */
export type DpEvent =
  | NoOpEvent
  | NonPrivateEvent
  | UnsupportedEvent
  | GaussianEvent
  | LaplaceEvent
  | DiscreteGaussianEvent
  | DiscreteLaplaceEvent
  | ZcdpEvent
  | EpsilonDeltaEvent
  | RandomizedResponseEvent
  | ExponentialMechanismEvent
  | PoissonSampledEvent
  | SampledWithReplacementEvent
  | SampledWithoutReplacementEvent
  | TruncatedSubsampledGaussianEvent
  | MixtureOfGaussiansEvent
  | SingleEpochTreeAggregationEvent
  | RepeatAndSelectEvent
  | SelfComposedEvent
  | ComposedEvent
  | ShuffledEvent
  | BandedMatrixEvent
  | DiscreteGaussianSumEvent;

export type DpEventKind = DpEvent["kind"];

/** Touches no data. */
export interface NoOpEvent {
  readonly kind: "no-op";
}
/** Releases data without protection: ε = Infinity. */
export interface NonPrivateEvent {
  readonly kind: "non-private";
}
/** Something whose privacy nobody has analysed. */
export interface UnsupportedEvent {
  readonly kind: "unsupported";
}
/** Adds N(0, (zC)²) to each coordinate of a sum of records of L2 norm at most C. */
export interface GaussianEvent {
  readonly kind: "gaussian";
  readonly noiseMultiplier: number;
}
/** Adds Laplace noise of scale b to a sum of records of L1 norm at most C; noiseMultiplier = b / C. */
export interface LaplaceEvent {
  readonly kind: "laplace";
  readonly noiseMultiplier: number;
}
/** Adds N_Z(0, noiseMultiplier²) to an integer query of the given sensitivity. Both are in the query's own units. */
export interface DiscreteGaussianEvent {
  readonly kind: "discrete-gaussian";
  readonly noiseMultiplier: number;
  readonly sensitivity: number;
}
/** Adds an integer n with probability ∝ exp(−noiseParameter · |n|) to an integer query of the given sensitivity. */
export interface DiscreteLaplaceEvent {
  readonly kind: "discrete-laplace";
  readonly noiseParameter: number;
  readonly sensitivity: number;
}
/** (ξ, ρ)-zCDP: Rényi divergence of order α at most ξ + ρα for every α > 1. */
export interface ZcdpEvent {
  readonly kind: "zcdp";
  readonly rho: number;
  readonly xi: number;
}
/** An opaque (ε, δ)-DP mechanism. */
export interface EpsilonDeltaEvent {
  readonly kind: "epsilon-delta";
  readonly epsilon: number;
  readonly delta: number;
}
/** k-ary randomised response: with probability noiseParameter a uniform bucket, else the truth. */
export interface RandomizedResponseEvent {
  readonly kind: "randomized-response";
  readonly noiseParameter: number;
  readonly numBuckets: number;
}
/** The exponential mechanism: ε-bounded-range. */
export interface ExponentialMechanismEvent {
  readonly kind: "exponential-mechanism";
  readonly epsilon: number;
}
/** Every record enters the batch independently with probability q; `event` sees the batch. */
export interface PoissonSampledEvent {
  readonly kind: "poisson-sampled";
  readonly samplingProbability: number;
  readonly event: DpEvent;
}
/** A batch of sampleSize draws with replacement from a data set of known size. */
export interface SampledWithReplacementEvent {
  readonly kind: "sampled-with-replacement";
  readonly sourceDatasetSize: number;
  readonly sampleSize: number;
  readonly event: DpEvent;
}
/** A uniform subset of sampleSize records of a data set of known size. */
export interface SampledWithoutReplacementEvent {
  readonly kind: "sampled-without-replacement";
  readonly sourceDatasetSize: number;
  readonly sampleSize: number;
  readonly event: DpEvent;
}
/** Poisson sampling cut at truncatedBatchSize records, then a Gaussian. */
export interface TruncatedSubsampledGaussianEvent {
  readonly kind: "truncated-subsampled-gaussian";
  readonly datasetSize: number;
  readonly samplingProbability: number;
  readonly truncatedBatchSize: number;
  readonly noiseMultiplier: number;
}
/** A Gaussian whose sensitivity is itself drawn: sensitivities[i] with probability samplingProbs[i]. */
export interface MixtureOfGaussiansEvent {
  readonly kind: "mixture-of-gaussians";
  readonly standardDeviation: number;
  readonly sensitivities: readonly number[];
  readonly samplingProbs: readonly number[];
}
/** Binary-tree aggregation in which every record takes part once; one tree per entry of stepCounts. */
export interface SingleEpochTreeAggregationEvent {
  readonly kind: "single-epoch-tree-aggregation";
  readonly noiseMultiplier: number;
  readonly stepCounts: readonly number[];
}
/** Runs `event` a random number of times (truncated negative binomial: mean, shape) and keeps the best output. */
export interface RepeatAndSelectEvent {
  readonly kind: "repeat-and-select";
  readonly event: DpEvent;
  readonly mean: number;
  readonly shape: number;
}
/** `event`, count times, non-adaptively fixed in advance. */
export interface SelfComposedEvent {
  readonly kind: "self-composed";
  readonly event: DpEvent;
  readonly count: number;
}
/** All of `events` on the same data. */
export interface ComposedEvent {
  readonly kind: "composed";
  readonly events: readonly DpEvent[];
}
/** One epoch of shuffled batches: every record is in exactly one of `batches` batches. No amplification is claimed. */
export interface ShuffledEvent {
  readonly kind: "shuffled";
  readonly batches: number;
  readonly event: DpEvent;
}
/**
 * `steps` steps of correlated noise from a matrix of `bands` bands, under cyclic Poisson sampling over `bands`
 * independent groups; samplingProbability is the one within the group, noise relative to the largest column norm.
 */
export interface BandedMatrixEvent {
  readonly kind: "banded-matrix";
  readonly bands: number;
  readonly steps: number;
  readonly samplingProbability: number;
  readonly noiseMultiplier: number;
}
/** A sum of `summands` independent discrete Gaussians of standard deviation `stddev` each, on an integer vector. */
export interface DiscreteGaussianSumEvent {
  readonly kind: "discrete-gaussian-sum";
  readonly summands: number;
  readonly stddev: number;
  readonly l1Sensitivity: number;
  readonly l2Sensitivity: number;
  readonly dimension: number;
}

/** How two data sets may differ and still be called neighbors. One per ledger scope; never a default. */
export type Neighboring = "add-or-remove-one" | "replace-one" | "zero-out";

/** Whose presence the guarantee hides. */
export type PrivacyUnit = "example" | "user" | "client" | "device" | "sequence";
