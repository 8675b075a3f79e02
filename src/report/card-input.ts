import type { DpEvent, Neighboring, PrivacyUnit } from "../events/index.ts";
import type {
  CardAttack,
  CardData,
  CardFederation,
  CardGenerator,
  CardGovernance,
  CardLedger,
  CardMechanism,
  CardRandomness,
  CardScope,
  CardSubject,
  CardThreatModel,
  CardUtility,
  SamplingKind,
} from "./card.ts";
import type { Available } from "./not-available.ts";

/**
 * What a card is made of: the run as the ledger records it, and what only people know. No field here is an epsilon:
 * the card prices `run.event` itself, so nothing typed by hand can change the number.
 */
export interface PrivacyCardInput {
  /** UTC, ISO 8601 with milliseconds. */
  readonly generatedAt: string;
  readonly generator: CardGenerator;
  readonly subject: CardSubject;
  readonly threatModel: CardThreatModel;
  readonly run: CardRun;
  readonly scope: CardScope;
  readonly federation: Available<CardFederation>;
  readonly utility: CardUtility;
  /** One entry per attack that was run; empty: none was. */
  readonly attacks: readonly CardAttack[];
  readonly canaries: Available<string>;
  readonly data: Omit<CardData, "isSizePublic" | "size">;
  readonly governance: CardGovernance;
  readonly ledger: CardLedger;
  readonly attestation: Available<string>;
  readonly isReproducible: boolean;
  readonly command: string;
}

/** The run, from the ledger's policy and schedule and from the plan that emitted both. */
export interface CardRun {
  /** The whole schedule: as a rule `self-composed` of the ledger's step event. */
  readonly event: DpEvent;
  /** In (0, 1). */
  readonly delta: number;
  readonly neighboring: Neighboring;
  readonly unit: PrivacyUnit;
  readonly unitDetails: string;
  readonly contributionBound: { readonly max: number; readonly howEnforced: string };
  /** "dp-sgd", "dp-fedavg", …: how the mechanism is called where a guarantee stands. */
  readonly mechanism: string;
  readonly clip: CardMechanism["clip"];
  readonly normaliseBy: CardMechanism["normaliseBy"];
  /** What the loop really did; the card compares it with what `event` prices. */
  readonly samplingActual: SamplingKind;
  readonly expectedBatchSize: number;
  /** The number of records that the user declares public, >= 1; never a count of rows. */
  readonly datasetSize: Available<number>;
  readonly publicQuantities: readonly string[];
  readonly randomness: CardRandomness;
}
