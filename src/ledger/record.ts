import type { DpEvent, Neighboring, PrivacyUnit } from "../events/index.ts";

/**
 * One line of `ledger.jsonl`, in RFC 8785 form. `prev` is the SHA-256 (hex) of the previous line's bytes without its
 * newline, 64 zeros for the first. `seq` alone orders the records: `ts` is what the clock said and may go backwards. Strict: a field that is not listed here cannot be written, so seeds, realised batch
 * sizes, losses, norms and example ids have no place to go.
 */
export interface LedgerRecord<T extends LedgerRecordType = LedgerRecordType> {
  readonly v: "ledger/v1";
  readonly seq: number;
  /** UTC, ISO 8601 with milliseconds. */
  readonly ts: string;
  readonly type: T;
  /** The data set the spend is charged to (`data.id`); "" for records about the ledger itself. */
  readonly scope: string;
  readonly actor: string;
  readonly body: LedgerBodies[T];
  readonly prev: string;
  /**
   * SHA-256 (hex) of the RFC 8785 form of this record without this field. It finds damage to the last line, which no
   * `prev` covers yet. It is no signature: whoever can write the file can compute it.
   */
  readonly digest: string;
}

export interface LedgerBodies {
  readonly genesis: { readonly schema: "ledger/v1"; readonly generator: string };
  /** One per scope, before its first schedule: what the budget is and how it is counted. */
  readonly policy: {
    readonly unit: PrivacyUnit;
    readonly neighboring: Neighboring;
    readonly delta: number;
    /** null: no limit, spends are only counted. */
    readonly epsilonMax: number | null;
    /** How several runs of one scope, chosen adaptively, are added up. */
    readonly filter: "rdp";
    /** The Rényi order of the filter, fixed before any data is touched. */
    readonly filterOrder: number;
  };
  /** A run, recorded whole before its first step: `steps` times `event`. Its own guarantee is that of the full schedule. */
  readonly schedule: {
    readonly runId: string;
    readonly event: DpEvent;
    readonly steps: number;
    readonly randomSource: "operating-system" | "seeded-test";
  };
  /** `steps` steps of the run are about to be taken: they count as spent from here on, whatever happens. */
  readonly reserve: { readonly reservationId: string; readonly runId: string; readonly steps: number };
  /** Of the reservation, `stepsUsed` steps drew noise; the rest did not and may be reserved anew. */
  readonly commit: { readonly reservationId: string; readonly stepsUsed: number };
  /** No step of the run will be reserved from here on: the filter stops counting the steps it never reserved. */
  readonly close: { readonly runId: string };
  /** A model or card left the house. */
  readonly release: { readonly runId: string; readonly artifactDigest: string; readonly cardDigest: string };
  /** An incomplete last line was cut; `tornDigest` is the SHA-256 of what was cut. */
  readonly recover: { readonly tornBytes: number; readonly tornDigest: string };
}

export type LedgerRecordType = keyof LedgerBodies;

/** Distributed over types, so `switch (record.type)` narrows `record.body`. */
export type AnyLedgerRecord = { [T in LedgerRecordType]: LedgerRecord<T> }[LedgerRecordType];
