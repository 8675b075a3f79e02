import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PrivacyError } from "../core/index.ts";
import { journalName } from "./journal.ts";
import { isTornAppend, noPrevious, readLine, sha256Hex } from "./line.ts";
import type { AnyLedgerRecord } from "./record.ts";
import { StateMachine } from "./state.ts";

/** Names a state of a ledger from outside: how many records it had and the SHA-256 (hex) of the last line. */
export interface LedgerHead {
  readonly records: number;
  readonly head: string;
}

/** What the bytes of a ledger hold, up to the first thing that is wrong with them. */
export interface JournalScan {
  readonly records: AnyLedgerRecord[];
  /** SHA-256 (hex) of each record's line. */
  readonly lineHashes: string[];
  readonly machine: StateMachine;
  /** Bytes that the good records take. */
  readonly goodBytes: number;
  /** What a crash left behind the last newline; empty when nothing. */
  readonly torn: Uint8Array;
  /** The first line (from 1) that is wrong, and why; null when none is. */
  readonly fault: { readonly line: number; readonly reason: string } | null;
}

/** Checks every line of a ledger: its form, its place in the chain, and whether what it records was allowed there. */
export function scanJournal(bytes: Uint8Array): JournalScan {
  const records: AnyLedgerRecord[] = [];
  const lineHashes: string[] = [];
  const machine = new StateMachine();
  let start = 0;
  let torn = new Uint8Array(0);
  let reason: string | null = null;
  while (start < bytes.length && reason === null) {
    const end = bytes.indexOf(0x0a, start);
    const line = bytes.subarray(start, end === -1 ? bytes.length : end);
    if (end === -1) {
      if (isTornAppend(line) && records.length > 0) torn = line.slice();
      else reason = "is incomplete, and not in a way that a crash could leave it";
      break;
    }
    const parsed = readLine(line);
    if (parsed.record === null) reason = parsed.reason;
    else if (parsed.record.prev !== (lineHashes.at(-1) ?? noPrevious)) reason = "does not follow the line before it";
    else reason = machine.apply(parsed.record);
    if (reason !== null || parsed.record === null) break;
    records.push(parsed.record);
    lineHashes.push(sha256Hex(line));
    start = end + 1;
  }
  if (bytes.length === 0) reason = "is missing: the file is empty";
  const fault = reason === null ? null : { line: records.length + 1, reason };
  return { records, lineHashes, machine, goodBytes: start, torn, fault };
}

/** The head of what was scanned. */
export function headOf(scan: JournalScan): LedgerHead {
  return Object.freeze({ records: scan.records.length, head: scan.lineHashes.at(-1) ?? noPrevious });
}

/** The bytes of the ledger in `dir`; null when there is none. @throws PrivacyError `file_unreadable`. */
export async function readJournal(dir: string): Promise<Uint8Array | null> {
  const path = join(dir, journalName);
  try {
    return await readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    if (reason === "ENOENT") return null;
    throw new PrivacyError(
      "file_unreadable",
      `a ledger was wanted at ${path} and cannot be read (${reason})`,
      { path, reason },
      { cause },
    );
  }
}

/** @throws PrivacyError `ledger_corrupt` when the scan found a fault. */
export function refuseFault(dir: string, scan: JournalScan): void {
  if (scan.fault === null) return;
  const path = join(dir, journalName);
  const { line, reason } = scan.fault;
  throw new PrivacyError(
    "ledger_corrupt",
    `the ledger ${path} was wanted whole, and line ${line} ${reason}; restore the file, do not edit it`,
    { path, line, reason },
  );
}
