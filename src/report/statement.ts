import type { Neighboring, PrivacyUnit } from "../events/index.ts";
import type { CardThreatModel, PrivacyTier } from "./card.ts";
import { printExact, printRoundedUp } from "./printed-number.ts";

/**
 * strong up to 1, reasonable up to 10, weak above, none for Infinity.
 *
 * @source Ponomareva et al. 2023, arXiv:2303.00654, tiers 1 to 3.
 */
export function tierOf(epsilon: number): PrivacyTier {
  if (!(epsilon < Infinity)) return "none";
  if (epsilon <= 1) return "strong";
  return epsilon <= 10 ? "reasonable" : "weak";
}

const relations: Readonly<Record<Neighboring, string>> = {
  "add-or-remove-one": "adding or removing",
  "replace-one": "replacing",
  "zero-out": "zeroing out",
};

const surfaces: Readonly<Record<CardThreatModel["releaseSurface"], string>> = {
  "final-model": "the final model",
  "all-checkpoints": "all checkpoints",
  "all-noised-updates": "every noised update",
  predictions: "the predictions",
};

export function describeRelation(neighboring: Neighboring, unit: PrivacyUnit): string {
  return `${relations[neighboring]} any one ${unit}`;
}

export function describeSurface(surface: CardThreatModel["releaseSurface"]): string {
  return surfaces[surface];
}

export interface StatementFacts {
  readonly name: string;
  readonly surface: CardThreatModel["releaseSurface"];
  readonly unit: PrivacyUnit;
  readonly neighboring: Neighboring;
  readonly epsilon: number;
  readonly delta: number;
  /** Why no guarantee stands; empty where one does. */
  readonly broken: readonly string[];
  /** Whether the bound on membership attacks is 1 even at the lowest false positive rate shown. */
  readonly isVacuous: boolean;
  readonly isRefuted: boolean;
}

/** The card's one sentence. Where no guarantee stands it claims none, and does not name one. */
export function stateGuarantee(facts: StatementFacts): string {
  const what = `${describeSurface(facts.surface)} of ${facts.name}`;
  if (facts.broken.length > 0) {
    return `No privacy is claimed for ${what}: ${facts.broken.join("; ")}. Treat every record in the training data as exposed.`;
  }
  const epsilon = printRoundedUp(facts.epsilon);
  const claim = `Differential privacy of ${what}: ${describeRelation(facts.neighboring, facts.unit)} in the training data changes the probability of any outcome by at most a factor e^ε with ε = ${epsilon}, up to δ = ${printExact(facts.delta)}`;
  if (facts.isRefuted) return `${claim}; a valid audit has found more leakage than that, so the claim is refuted.`;
  if (facts.isVacuous) return `${claim}; this is no protection: it rules out no membership attack.`;
  return `${claim}.`;
}
