import { resolve } from "node:path";
import { PrivacyError } from "../core/index.ts";
import { headOf, readJournal, refuseFault, scanJournal } from "./journal-scan.ts";
import type { JournalScan, LedgerHead } from "./journal-scan.ts";
import type { AnyLedgerRecord } from "./record.ts";
import { scopeSpend } from "./scope-spend.ts";
import type { ScopeSpend } from "./scope-spend.ts";
import { SpendCounter } from "./spend.ts";

/** A ledger as it was when it was read. */
export interface LedgerSnapshot {
  readonly records: readonly AnyLedgerRecord[];
  readonly head: LedgerHead;
  /** Bytes of an incomplete last line: a crash left them, or a writer was in the middle of an append. They count for nothing. */
  readonly tornBytes: number;
  readonly scopes: readonly ScopeSpend[];
}

/**
 * Reads and checks a ledger without a lock and without writing.
 *
 * @throws PrivacyError `file_unreadable` when there is none; `ledger_corrupt` with line and reason; `unsupported_event`
 * when no accountant bounds an event in it.
 */
export async function readLedger(dir: string): Promise<LedgerSnapshot> {
  const scan = await scanFolder(dir);
  refuseFault(dir, scan);
  const scopes = scan.machine.scopes.map((scope) =>
    scopeSpend(scope, scan.machine.runsOf(scope.scope), new SpendCounter(scope.policy)),
  );
  const records = Object.freeze([...scan.records]);
  return Object.freeze({ records, head: headOf(scan), tornBytes: scan.torn.length, scopes: Object.freeze(scopes) });
}

/** What the folder's bytes hold. @throws PrivacyError `file_unreadable` when it has no ledger. */
export async function scanFolder(dir: string): Promise<JournalScan> {
  const path = resolve(dir);
  const bytes = await readJournal(path);
  if (bytes !== null) return scanJournal(bytes);
  const reason = "ENOENT";
  throw new PrivacyError("file_unreadable", `a ledger was wanted in ${path} and there is none; check the folder`, {
    path,
    reason,
  });
}
