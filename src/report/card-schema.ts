import { z } from "zod";
import { PrivacyError } from "../core/index.ts";
import { type DpEvent, validateEvent } from "../events/index.ts";
import { type PrivacyCard, cardSections } from "./card.ts";

// A card is read on a terminal and beside other text: nothing in it may move the cursor or turn the reading around.
const words = z
  .string()
  .min(1)
  .regex(/^(?:[\n\t]|[^\p{Cc}\u202a-\u202e\u2066-\u2069])*$/u, "printable text");
const count = z.int().min(0);
const positive = z.number().gt(0);
const rate = z.number().min(0).max(1);
const probability = z.number().gt(0).lt(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hex digits");
/** JSON has no Infinity: it is written as the string. */
const epsilon = z.union([
  z.number().min(0),
  z.literal("Infinity").transform(() => Infinity),
  z.custom<number>((value) => value === Infinity, "a number >= 0 or Infinity"),
]);
const notAvailable = z.strictObject({ notAvailable: words });

function available<T extends z.ZodType>(value: T): z.ZodUnion<[typeof notAvailable, T]> {
  return z.union([notAvailable, value]);
}

const interval = z.strictObject({ low: z.number(), high: z.number() });
const event = z.custom<DpEvent>((value) => {
  try {
    validateEvent(value);
    return true;
  } catch {
    return false;
  }
}, "a DpEvent");
const neighboring = z.enum(["add-or-remove-one", "replace-one", "zero-out"]);
const samplingKind = z.enum([
  "poisson",
  "without-replacement",
  "with-replacement",
  "truncated-poisson",
  "shuffled",
  "cyclic-poisson",
  "full-batch",
  "other",
]);

const generator = z.strictObject({
  name: words,
  version: words,
  commit: available(words),
  npmIntegrity: available(words),
});

const subject = z.strictObject({
  name: words,
  version: words,
  kind: z.enum(["model", "checkpoint-series", "statistic", "synthetic-data"]),
  artifacts: z.array(z.strictObject({ path: words, sha256, bytes: count })),
  parent: available(words),
});

const summary = z.strictObject({
  statement: words,
  tier: z.enum(["strong", "reasonable", "weak", "none"]),
  headline: z.strictObject({ epsilon, delta: probability }),
});

const threatModel = z.strictObject({
  setting: z.enum(["central", "local", "distributed", "secagg-distributed"]),
  trustedParties: z.array(words),
  releaseSurface: z.enum(["final-model", "all-checkpoints", "all-noised-updates", "predictions"]),
  adversary: words,
  collusionThreshold: available(count),
  interactive: z.boolean(),
});

const guarantee = z.strictObject({
  variant: z.enum(["approximate", "none"]),
  unit: z.enum(["example", "user", "client", "device", "sequence"]),
  unitDetails: words,
  neighboring,
  contributionBound: z.strictObject({ max: positive, howEnforced: words }),
  epsilon,
  delta: probability,
  deltaJustification: z.strictObject({
    text: words,
    expectedDisclosures: available(z.number().min(0)),
    warning: z.string(),
  }),
  profile: z.array(z.strictObject({ delta: probability, epsilon })).min(8),
  groupPrivacy: z.array(z.strictObject({ k: z.int().min(2), epsilon, delta: rate })),
  gdpMu: available(positive),
  rho: available(positive),
  attackBounds: z.array(z.strictObject({ fpr: rate, maxTpr: rate })).min(1),
});

const scope = z.strictObject({
  dataAccessesCovered: z.array(
    z.enum(["training", "tuning", "normalisation", "early-stopping", "evaluation", "vocabulary"]),
  ),
  notCovered: z.array(z.strictObject({ what: words, why: words })),
  tuning: z.strictObject({
    method: words,
    runs: available(count),
    accounted: z.boolean(),
    epsilon: available(epsilon),
  }),
  unprotectedQuantities: z.array(words),
  otherReleases: z.array(z.strictObject({ cardId: words, composedEpsilon: available(epsilon) })),
});

const mechanism = z.strictObject({
  name: words,
  clip: z.strictObject({ kind: z.enum(["flat", "per-layer", "automatic", "adaptive"]), norm: positive }),
  noiseMultiplier: available(z.number().min(0)),
  noiseDistribution: z.enum(["gaussian", "discrete-gaussian", "other", "none"]),
  normaliseBy: z.enum(["expected-batch-size", "other"]),
  steps: count,
  sampling: z.strictObject({
    assumed: samplingKind,
    actual: samplingKind,
    match: z.boolean(),
    probability: available(rate),
  }),
  expectedBatchSize: positive,
  publicQuantities: z.array(words),
});

const accounting = z.strictObject({
  accountant: words,
  library: words,
  version: words,
  estimateType: z.literal("pessimistic"),
  discretisation: available(words),
  epsilon: z.strictObject({ lower: epsilon, upper: epsilon, point: epsilon }),
  crossChecks: z.array(z.strictObject({ accountant: words, epsilon, why: z.string() })),
  assumptions: z.array(z.strictObject({ id: words, text: words, holds: z.enum(["yes", "no", "unverified"]) })),
  caveats: z.array(words),
  dependsOn: z.array(words),
  event,
  eventDigest: sha256,
});

const federation = z.strictObject({
  rounds: count,
  clientsPerRound: available(count),
  minClients: count,
  dropoutTolerance: available(count),
  secureAggregation: available(z.strictObject({ protocol: words, threshold: count })),
  clientAuthentication: z.enum(["mtls", "none"]),
  participationCap: available(count),
});

const metric = z.strictObject({
  name: words,
  value: available(z.number()),
  interval: available(interval),
  split: words,
  isSplitPrivate: z.boolean(),
  isPrivateRelease: z.boolean(),
});

const utility = z.strictObject({
  metrics: z.array(metric),
  baselineNonPrivate: available(z.array(metric)),
  subgroups: available(
    z.array(
      z.strictObject({
        attribute: words,
        value: words,
        metric,
        gapToOverall: available(z.number()),
        gapToNonPrivate: available(z.number()),
      }),
    ),
  ),
});

const attack = z.strictObject({
  name: words,
  version: words,
  goal: words,
  access: z.enum(["black", "grey", "white"]),
  shadowModels: count,
  slice: words,
  auc: rate,
  aucInterval: interval,
  advantage: rate,
  tprAtFpr: z.array(
    z.strictObject({ fpr: rate, realisedFpr: rate, tpr: available(rate), interval: available(interval) }),
  ),
  epsilonLowerBound: available(z.strictObject({ value: z.number().min(0), significance: probability, method: words })),
  reportDigest: available(sha256),
});

const empirical = z.strictObject({
  attacks: z.array(attack),
  canaries: available(words),
  verdict: z.enum(["consistent", "inconsistent", "not-run"]),
});

const data = z.strictObject({
  name: words,
  source: words,
  sensitivity: words,
  lawfulBasis: available(words),
  residency: available(words),
  croissant: available(words),
  isSizePublic: z.boolean(),
  size: available(z.int().min(1)),
});

const hazard = z.strictObject({
  id: words,
  title: words,
  status: z.enum(["clear", "present", "unknown"]),
  note: words,
});
const assurance = z.strictObject({
  id: words,
  severity: z.enum(["critical", "theoretical", "negligible"]),
  handled: z.enum(["by-construction", "by-check", "by-user"]),
  note: words,
});

const governance = z.strictObject({
  intendedUse: words,
  outOfScope: words,
  limitations: words,
  owner: words,
  contact: words,
  approvals: available(z.array(words)),
  retentionUntil: available(words),
  crosswalk: available(z.array(words)),
});

const evidence = z.strictObject({
  ledger: z.strictObject({
    origin: words,
    scope: words,
    runId: words,
    records: count,
    head: sha256,
    checkpoint: available(words),
  }),
  attestation: available(words),
  isReproducible: z.boolean(),
  command: words,
  sectionDigests: z.record(z.enum(cardSections), sha256),
});

/** `privacy-card/v1`, strict at every level: a missing or an unknown field is refused. */
export const privacyCardSchema: z.ZodType<PrivacyCard> = z.strictObject({
  schema: z.literal("privacy-card/v1"),
  cardId: z.string().regex(/^[0-9a-f]{32}$/, "32 lower-case hex digits"),
  generatedAt: z.iso.datetime({ precision: 3 }),
  generator,
  subject,
  summary,
  threatModel,
  guarantee,
  scope,
  mechanism,
  accounting,
  randomness: z.strictObject({
    source: z.enum(["operating-system", "seeded-test"]),
    floatHardening: z.enum(["rounded-to-grid", "discrete", "none"]),
  }),
  federation: available(federation),
  utility,
  empirical,
  data,
  hazards: z.array(hazard).min(1),
  assurance: z.array(assurance).min(1),
  governance,
  evidence,
});

/**
 * Checks that `value` is a privacy card, field by field.
 *
 * @throws PrivacyError `invalid_argument` naming the first field that is missing, unknown or out of range; the message
 * holds no value of the card.
 */
export function checkCard(value: unknown): PrivacyCard {
  const result = privacyCardSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const field = ["card", ...(issue?.path ?? []), ...unknown].join(".");
  const problem = issue?.message ?? "invalid";
  throw new PrivacyError(
    "invalid_argument",
    `${field} must be as privacy-card/v1 says, got: ${problem}; build the card with buildPrivacyCard`,
    { argument: field, expected: problem },
  );
}
