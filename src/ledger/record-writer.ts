import { readFileSync } from "node:fs";
import { invalidArgument } from "../core/index.ts";
import { noPrevious, readLine, sealLine } from "./line.ts";
import type { UnsealedRecord } from "./line.ts";
import type { AnyLedgerRecord, LedgerBodies, LedgerRecordType } from "./record.ts";

/** What a record is made of, before it has its place in the chain's form. */
export interface RecordParts<T extends LedgerRecordType> {
  readonly seq: number;
  readonly ts: Date;
  readonly type: T;
  readonly scope: string;
  readonly actor: string;
  readonly body: LedgerBodies[T];
  readonly prev: string;
}

/** The line of a record. @throws PrivacyError `invalid_argument` when the clock gives no date. */
export function buildLine<T extends LedgerRecordType>(parts: RecordParts<T>): string {
  if (Number.isNaN(parts.ts.getTime())) throw invalidArgument("now", "a clock that gives dates", "an invalid date");
  const record = { v: "ledger/v1", ...parts, ts: parts.ts.toISOString() };
  return sealLine(record as unknown as UnsealedRecord);
}

/** The record that a reader will find in `line`: whatever this package writes, it reads first. */
export function readBack(line: string): AnyLedgerRecord {
  const parsed = readLine(Buffer.from(line));
  if (parsed.record !== null) return parsed.record;
  throw invalidArgument("record", "one that the ledger can read back", parsed.reason);
}

/** The first line of a new ledger. */
export function genesisLine(actor: string, now: () => Date): string {
  const body = { schema: "ledger/v1", generator: `sordino/${packageVersion()}` } as const;
  const line = buildLine({ seq: 0, ts: now(), type: "genesis", scope: "", actor, body, prev: noPrevious });
  readBack(line);
  return line;
}

/** package.json lies two folders up from src/ledger and from dist/ledger alike. */
function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
