import type { PrivacyCard } from "./card.ts";
import type { CardRun, PrivacyCardInput } from "./card-input.ts";

/** The run as the card describes it. */
export function runOfCard(card: PrivacyCard): CardRun {
  const { guarantee, mechanism } = card;
  return {
    event: card.accounting.event,
    delta: guarantee.delta,
    neighboring: guarantee.neighboring,
    unit: guarantee.unit,
    unitDetails: guarantee.unitDetails,
    contributionBound: guarantee.contributionBound,
    mechanism: mechanism.name,
    clip: mechanism.clip,
    normaliseBy: mechanism.normaliseBy,
    samplingActual: mechanism.sampling.actual,
    expectedBatchSize: mechanism.expectedBatchSize,
    datasetSize: card.data.size,
    publicQuantities: mechanism.publicQuantities,
    randomness: card.randomness,
  };
}

/** What the card was built from, read back off it: building again from this gives the same card. */
export function inputOfCard(card: PrivacyCard): PrivacyCardInput {
  const { name, source, sensitivity, lawfulBasis, residency, croissant } = card.data;
  return {
    generatedAt: card.generatedAt,
    generator: card.generator,
    subject: card.subject,
    threatModel: card.threatModel,
    run: runOfCard(card),
    scope: card.scope,
    federation: card.federation,
    utility: card.utility,
    attacks: card.empirical.attacks,
    canaries: card.empirical.canaries,
    data: { name, source, sensitivity, lawfulBasis, residency, croissant },
    governance: card.governance,
    ledger: card.evidence.ledger,
    attestation: card.evidence.attestation,
    isReproducible: card.evidence.isReproducible,
    command: card.evidence.command,
  };
}
