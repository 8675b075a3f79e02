import { invalidArgument } from "../core/index.ts";
import { tierOf, stateGuarantee } from "./statement.ts";
import { assuranceOf } from "./assurance.ts";
import type { CardAccounting, CardGuarantee, CardMechanism, CardScope, PrivacyCard } from "./card.ts";
import type { CardRun, PrivacyCardInput } from "./card-input.ts";
import { cardIdOf, digestOf, digestSections } from "./card-json.ts";
import { checkCard } from "./card-schema.ts";
import { type Claim, makeClaim } from "./claim.ts";
import { justifyDelta } from "./delta-note.ts";
import { judgeAttacks } from "./empirical.ts";
import { type EventFacts, describeEvent } from "./event-facts.ts";
import { findHazards } from "./hazards.ts";
import { isNotAvailable, notAvailable } from "./not-available.ts";
import { printRoundedUp } from "./printed-number.ts";
import { isUnpricedRelease, withholdPrivateMetrics } from "./withheld-metrics.ts";

/**
 * Builds the card of a finished run. Everything that follows from the run's event is computed here: no number of the
 * guarantee is taken from the caller.
 *
 * @returns a frozen `privacy-card/v1`.
 * @throws PrivacyError `invalid_argument` naming a field that is missing, unknown or out of range; `unsupported_event`
 * when no accountant has a sound analysis of the event; `invalid_state` when a value that is not private is handed in.
 * @guarantee Epsilon is the accountant's upper bound for `run.event` at `run.delta` under `run.neighboring`; it is
 * Infinity, without tier and without claim, when the noise is predictable or the sampling is not what was priced.
 */
export function buildPrivacyCard(input: PrivacyCardInput): PrivacyCard {
  const { run } = input;
  checkBatchSize(run);
  const claim = makeClaim(run);
  const facts = describeEvent(run.event);
  const utility = withholdPrivateMetrics(input.utility);
  const verdict = judgeAttacks(input.attacks, claim.epsilon);
  const parts = {
    threatModel: input.threatModel,
    guarantee: guaranteeOf(run, claim),
    scope: completeScope(input.scope, input),
    mechanism: mechanismOf(run, facts, claim),
    randomness: run.randomness,
    utility,
    empirical: { attacks: input.attacks, canaries: input.canaries, verdict },
    summary: summaryOf(input, claim, verdict === "inconsistent"),
  };
  const sections = {
    ...parts,
    generator: input.generator,
    subject: input.subject,
    accounting: accountingOf(input, claim),
    federation: input.federation,
    data: { ...input.data, isSizePublic: !isNotAvailable(run.datasetSize), size: run.datasetSize },
    hazards: findHazards(parts),
    assurance: assuranceOf(parts.mechanism, run.randomness),
    governance: input.governance,
  };
  const evidence = {
    ledger: input.ledger,
    attestation: input.attestation,
    isReproducible: input.isReproducible,
    command: input.command,
    sectionDigests: digestSections(sections),
  };
  const body = { schema: "privacy-card/v1" as const, generatedAt: input.generatedAt, ...sections, evidence };
  return freeze(checkCard({ ...body, cardId: cardIdOf(body) }));
}

/** q is expectedBatchSize / datasetSize exactly: a card whose three numbers disagree describes no run. */
function checkBatchSize(run: CardRun): void {
  const { sampling, samplingProbability } = describeEvent(run.event);
  if (sampling !== "poisson" || isNotAvailable(samplingProbability) || isNotAvailable(run.datasetSize)) return;
  const expected = samplingProbability * run.datasetSize;
  if (Math.abs(expected - run.expectedBatchSize) <= 1e-9 * expected) return;
  throw invalidArgument(
    "mechanism.expectedBatchSize",
    `the sampling probability times the declared data set size (${expected})`,
    run.expectedBatchSize,
  );
}

function guaranteeOf(run: CardRun, claim: Claim): CardGuarantee {
  return {
    variant: claim.broken.length > 0 ? "none" : "approximate",
    unit: run.unit,
    unitDetails: run.unitDetails,
    neighboring: run.neighboring,
    contributionBound: run.contributionBound,
    epsilon: claim.epsilon,
    delta: run.delta,
    deltaJustification: justifyDelta(run.delta, run.datasetSize),
    profile: claim.profile,
    groupPrivacy: claim.groupPrivacy,
    gdpMu: notAvailable("no certified Gaussian fit of the trade-off curve is computed yet"),
    rho: notAvailable("the run is priced at its delta, not as a zCDP budget"),
    attackBounds: claim.attackBounds,
  };
}

function summaryOf(input: PrivacyCardInput, claim: Claim, isRefuted: boolean): PrivacyCard["summary"] {
  const { run, subject, threatModel } = input;
  const statement = stateGuarantee({
    name: `${subject.name} ${subject.version}`,
    surface: threatModel.releaseSurface,
    unit: run.unit,
    neighboring: run.neighboring,
    epsilon: claim.epsilon,
    delta: run.delta,
    broken: claim.broken,
    isVacuous: claim.attackBounds.every((bound) => bound.maxTpr >= 1 - 1e-12),
    isRefuted,
  });
  return {
    statement,
    tier: isRefuted ? "none" : tierOf(claim.epsilon),
    headline: { epsilon: Number(printRoundedUp(claim.epsilon)), delta: run.delta },
  };
}

/** What the caller lists, and what follows from the rest of the card. */
function completeScope(scope: CardScope, input: PrivacyCardInput): CardScope {
  const derived: { what: string; why: string }[] = [];
  if (input.utility.metrics.some(isUnpricedRelease)) {
    derived.push({ what: "metrics on protected records", why: "measured without noise, so withheld from this card" });
  }
  if (input.attacks.length > 0) {
    derived.push({
      what: "attack results",
      why: "measured on members without noise; shown as evidence, not protected",
    });
  }
  const listed = scope.notCovered.map((entry) => entry.what);
  return { ...scope, notCovered: [...scope.notCovered, ...derived.filter((entry) => !listed.includes(entry.what))] };
}

function mechanismOf(run: CardRun, facts: EventFacts, claim: Claim): CardMechanism {
  return {
    // A mechanism that gives no guarantee does not get the name of one that does.
    name: claim.broken.length > 0 ? "clipped training without a guarantee" : run.mechanism,
    clip: run.clip,
    noiseMultiplier: facts.noiseMultiplier,
    noiseDistribution: facts.noiseDistribution,
    normaliseBy: run.normaliseBy,
    steps: facts.steps,
    sampling: {
      assumed: facts.sampling,
      actual: run.samplingActual,
      match: facts.sampling === run.samplingActual,
      probability: facts.samplingProbability,
    },
    expectedBatchSize: run.expectedBatchSize,
    publicQuantities: run.publicQuantities,
  };
}

function accountingOf(input: PrivacyCardInput, claim: Claim): CardAccounting {
  const { run } = input;
  const { priced, broken } = claim;
  const isSampled = run.samplingActual !== "full-batch";
  return {
    accountant: priced.engine,
    library: input.generator.name,
    version: input.generator.version,
    estimateType: "pessimistic",
    discretisation: notAvailable("the answer is an interval; its upper end is used"),
    epsilon: { ...priced.epsilon },
    crossChecks: priced.engines.map(({ name, epsilon, why }) => ({ accountant: name, epsilon: epsilon.upper, why })),
    assumptions: [
      {
        id: "sampling",
        text: isSampled ? "batches are drawn as the priced event says" : "the priced event draws no batch",
        holds: describeEvent(run.event).sampling === run.samplingActual ? "yes" : "no",
      },
      {
        id: "secret-noise",
        text: "nobody else knows or can replay the random bits",
        holds: run.randomness.source === "operating-system" ? "yes" : "no",
      },
      { id: "contribution-bound", text: "no unit contributes more than the bound", holds: "unverified" },
      { id: "one-run", text: "every access to the data by this run is in the ledger", holds: "unverified" },
    ],
    caveats: broken.length > 0 ? [] : priced.caveats,
    dependsOn: ["sampling probability", "noise multiplier", "steps", "delta", "neighboring relation"],
    event: run.event,
    eventDigest: digestOf(run.event),
  };
}

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const item of Object.values(value)) freeze(item);
  }
  return value;
}
