import type { DpEvent, Neighboring, PrivacyUnit } from "../events/index.ts";
import type { Available } from "./not-available.ts";

/**
 * `privacy-card/v1`: what a released model claims about the people in its data, with every assumption, recomputable by a
 * third party from the ledger. Frozen plain data; in JSON, Infinity is the string "Infinity".
 *
 * What is derived (summary, guarantee, mechanism, accounting, hazards, assurance, evidence digests) is computed by
 * `buildPrivacyCard` from the ledger's event; what is declared (subject, governance, data) is the user's word.
 *
 * @source Fields after Ponomareva et al. 2023, arXiv:2303.00654, section 5.3.3, and NIST SP 800-226 (March 2025).
 */
export interface PrivacyCard {
  readonly schema: "privacy-card/v1";
  /** The first 32 hex digits of the SHA-256 of everything else on the card. */
  readonly cardId: string;
  /** UTC, ISO 8601 with milliseconds. */
  readonly generatedAt: string;
  readonly generator: CardGenerator;
  readonly subject: CardSubject;
  readonly summary: CardSummary;
  readonly threatModel: CardThreatModel;
  readonly guarantee: CardGuarantee;
  readonly scope: CardScope;
  readonly mechanism: CardMechanism;
  readonly accounting: CardAccounting;
  readonly randomness: CardRandomness;
  readonly federation: Available<CardFederation>;
  readonly utility: CardUtility;
  readonly empirical: CardEmpirical;
  readonly data: CardData;
  readonly hazards: readonly CardHazard[];
  readonly assurance: readonly CardAssurance[];
  readonly governance: CardGovernance;
  readonly evidence: CardEvidence;
}

/** The sections that carry a digest of their own: all but the identity and the evidence itself. */
export const cardSections = [
  "accounting",
  "assurance",
  "data",
  "empirical",
  "federation",
  "generator",
  "governance",
  "guarantee",
  "hazards",
  "mechanism",
  "randomness",
  "scope",
  "subject",
  "summary",
  "threatModel",
  "utility",
] as const;

export type CardSection = (typeof cardSections)[number];

export interface CardGenerator {
  readonly name: string;
  readonly version: string;
  readonly commit: Available<string>;
  readonly npmIntegrity: Available<string>;
}

/** A released file. */
export interface CardArtifact {
  /** Relative to the card's folder, with forward slashes. */
  readonly path: string;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface CardSubject {
  readonly name: string;
  readonly version: string;
  readonly kind: "model" | "checkpoint-series" | "statistic" | "synthetic-data";
  readonly artifacts: readonly CardArtifact[];
  /** The model this one was fine-tuned from. */
  readonly parent: Available<string>;
}

/** strong: epsilon <= 1; reasonable: <= 10; weak: > 10; none: Infinity, or an assumption of the claim is broken. */
export type PrivacyTier = "strong" | "reasonable" | "weak" | "none";

export interface CardSummary {
  /** One sentence, generated. */
  readonly statement: string;
  readonly tier: PrivacyTier;
  /** Epsilon rounded up to four significant digits: the number to quote. */
  readonly headline: { readonly epsilon: number; readonly delta: number };
}

export interface CardThreatModel {
  readonly setting: "central" | "local" | "distributed" | "secagg-distributed";
  readonly trustedParties: readonly string[];
  /** What the adversary sees. */
  readonly releaseSurface: "final-model" | "all-checkpoints" | "all-noised-updates" | "predictions";
  readonly adversary: string;
  readonly collusionThreshold: Available<number>;
  readonly interactive: boolean;
}

/** A certified interval around the optimal epsilon, nats; see accounting's EpsilonInterval. */
export interface CardEpsilon {
  readonly lower: number;
  readonly upper: number;
  readonly point: number;
}

export interface CardGuarantee {
  /** none: no guarantee is claimed, and epsilon is Infinity. */
  readonly variant: "approximate" | "none";
  readonly unit: PrivacyUnit;
  /** What one unit is in this data set. */
  readonly unitDetails: string;
  readonly neighboring: Neighboring;
  readonly contributionBound: { readonly max: number; readonly howEnforced: string };
  /** Nats, an upper bound: accounting's `upper`, or Infinity where the claim does not stand. */
  readonly epsilon: number;
  readonly delta: number;
  readonly deltaJustification: CardDelta;
  /** The same run at other deltas, largest delta first; at least 8 points. */
  readonly profile: readonly { readonly delta: number; readonly epsilon: number }[];
  /** k members of the data set at once. */
  readonly groupPrivacy: readonly { readonly k: number; readonly epsilon: number; readonly delta: number }[];
  readonly gdpMu: Available<number>;
  readonly rho: Available<number>;
  /** The best true positive rate that any membership attack can have at a false positive rate. */
  readonly attackBounds: readonly { readonly fpr: number; readonly maxTpr: number }[];
}

export interface CardDelta {
  readonly text: string;
  /** N * delta: the expected number of records that a mechanism of this delta may publish outright. */
  readonly expectedDisclosures: Available<number>;
  /** "" when N * delta is small. */
  readonly warning: string;
}

export type DataAccess = "training" | "tuning" | "normalisation" | "early-stopping" | "evaluation" | "vocabulary";

export interface CardScope {
  readonly dataAccessesCovered: readonly DataAccess[];
  readonly notCovered: readonly { readonly what: string; readonly why: string }[];
  readonly tuning: {
    readonly method: string;
    readonly runs: Available<number>;
    readonly accounted: boolean;
    readonly epsilon: Available<number>;
  };
  readonly unprotectedQuantities: readonly string[];
  readonly otherReleases: readonly { readonly cardId: string; readonly composedEpsilon: Available<number> }[];
}

export type SamplingKind =
  | "poisson"
  | "without-replacement"
  | "with-replacement"
  | "truncated-poisson"
  | "shuffled"
  | "cyclic-poisson"
  | "full-batch"
  | "other";

export interface CardMechanism {
  readonly name: string;
  readonly clip: { readonly kind: "flat" | "per-layer" | "automatic" | "adaptive"; readonly norm: number };
  readonly noiseMultiplier: Available<number>;
  readonly noiseDistribution: "gaussian" | "discrete-gaussian" | "other" | "none";
  /** The divisor of the noised sum. */
  readonly normaliseBy: "expected-batch-size" | "other";
  /** Noised releases composed. */
  readonly steps: number;
  readonly sampling: {
    /** What the priced event says. */
    readonly assumed: SamplingKind;
    /** What the run did. */
    readonly actual: SamplingKind;
    readonly match: boolean;
    readonly probability: Available<number>;
  };
  readonly expectedBatchSize: number;
  /** Constants the noise does not cover because they are public. */
  readonly publicQuantities: readonly string[];
}

export interface CardAccounting {
  /** The engine whose bound is the answer. */
  readonly accountant: string;
  readonly library: string;
  readonly version: string;
  readonly estimateType: "pessimistic";
  readonly discretisation: Available<string>;
  /** What the accountant found for the event, whatever becomes of the claim. */
  readonly epsilon: CardEpsilon;
  /** What each engine found. */
  readonly crossChecks: readonly { readonly accountant: string; readonly epsilon: number; readonly why: string }[];
  readonly assumptions: readonly {
    readonly id: string;
    readonly text: string;
    readonly holds: "yes" | "no" | "unverified";
  }[];
  readonly caveats: readonly string[];
  /** The only things epsilon depends on. */
  readonly dependsOn: readonly string[];
  /** The priced event, whole: anyone can recompute epsilon from it. */
  readonly event: DpEvent;
  /** SHA-256 of the event's RFC 8785 form. */
  readonly eventDigest: string;
}

export interface CardRandomness {
  readonly source: "operating-system" | "seeded-test";
  readonly floatHardening: "rounded-to-grid" | "discrete" | "none";
}

export interface CardFederation {
  readonly rounds: number;
  readonly clientsPerRound: Available<number>;
  readonly minClients: number;
  readonly dropoutTolerance: Available<number>;
  readonly secureAggregation: Available<{ readonly protocol: string; readonly threshold: number }>;
  readonly clientAuthentication: "mtls" | "none";
  readonly participationCap: Available<number>;
}

export interface CardUtility {
  readonly metrics: readonly CardMetric[];
  readonly baselineNonPrivate: Available<readonly CardMetric[]>;
  readonly subgroups: Available<readonly CardSubgroup[]>;
}

export interface CardMetric {
  readonly name: string;
  /** Withheld when measured, without noise, on records that the guarantee protects. */
  readonly value: Available<number>;
  readonly interval: Available<CardInterval>;
  readonly split: string;
  /** Whether the split holds records that the guarantee protects. */
  readonly isSplitPrivate: boolean;
  /** Whether the value itself was released with noise that the ledger priced. */
  readonly isPrivateRelease: boolean;
}

export interface CardSubgroup {
  readonly attribute: string;
  readonly value: string;
  readonly metric: CardMetric;
  readonly gapToOverall: Available<number>;
  readonly gapToNonPrivate: Available<number>;
}

export interface CardAttack {
  readonly name: string;
  readonly version: string;
  readonly goal: string;
  readonly access: "black" | "grey" | "white";
  readonly shadowModels: number;
  readonly slice: string;
  readonly auc: number;
  /** 95 %. */
  readonly aucInterval: CardInterval;
  /** The largest TPR - FPR. */
  readonly advantage: number;
  readonly tprAtFpr: readonly CardAttackRate[];
  /** Only from a statistically valid audit; attacks on one model give none. */
  readonly epsilonLowerBound: Available<CardLowerBound>;
  readonly reportDigest: Available<string>;
}

export interface CardInterval {
  readonly low: number;
  readonly high: number;
}

/** The true positive rate at one false positive rate; none where too few non-members were there to speak of that rate. */
export interface CardAttackRate {
  readonly fpr: number;
  /** At most `fpr`: the rate at which `tpr` was reached. */
  readonly realisedFpr: number;
  readonly tpr: Available<number>;
  /** Clopper-Pearson, 95 %. */
  readonly interval: Available<CardInterval>;
}

export interface CardLowerBound {
  readonly value: number;
  /** The probability that the bound is wrong, in (0, 1). */
  readonly significance: number;
  readonly method: string;
}

export interface CardEmpirical {
  readonly attacks: readonly CardAttack[];
  readonly canaries: Available<string>;
  /** inconsistent: a valid lower bound lies above epsilon, so the claim is refuted. Consistent is not "passed". */
  readonly verdict: "consistent" | "inconsistent" | "not-run";
}

export interface CardData {
  readonly name: string;
  readonly source: string;
  readonly sensitivity: string;
  readonly lawfulBasis: Available<string>;
  readonly residency: Available<string>;
  readonly croissant: Available<string>;
  readonly isSizePublic: boolean;
  /** The number that the user declares public, never a count of rows. */
  readonly size: Available<number>;
}

export interface CardHazard {
  readonly id: string;
  readonly title: string;
  readonly status: "clear" | "present" | "unknown";
  readonly note: string;
}

export interface CardAssurance {
  readonly id: string;
  readonly severity: "critical" | "theoretical" | "negligible";
  readonly handled: "by-construction" | "by-check" | "by-user";
  readonly note: string;
}

export interface CardGovernance {
  readonly intendedUse: string;
  readonly outOfScope: string;
  readonly limitations: string;
  readonly owner: string;
  readonly contact: string;
  readonly approvals: Available<readonly string[]>;
  readonly retentionUntil: Available<string>;
  readonly crosswalk: Available<readonly string[]>;
}

/** The state of the ledger when the card was made, and where in it the run is. */
export interface CardLedger {
  /** The ledger's folder, relative to the card's. */
  readonly origin: string;
  /** The data set the run is charged to. */
  readonly scope: string;
  readonly runId: string;
  readonly records: number;
  /** SHA-256 of the last record's line, 64 lower-case hex digits. */
  readonly head: string;
  readonly checkpoint: Available<string>;
}

export interface CardEvidence {
  readonly ledger: CardLedger;
  readonly attestation: Available<string>;
  readonly isReproducible: boolean;
  /** What a third party types to check the card. */
  readonly command: string;
  /** SHA-256 of each section's RFC 8785 form: an edit is found and its section named. */
  readonly sectionDigests: Readonly<Record<CardSection, string>>;
}
