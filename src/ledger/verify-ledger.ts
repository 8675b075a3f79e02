import { isPrivacyError } from "../core/index.ts";
import { headOf } from "./journal-scan.ts";
import type { JournalScan, LedgerHead } from "./journal-scan.ts";
import { scanFolder } from "./read-ledger.ts";
import type { LedgerBodies } from "./record.ts";
import { scopeSpend } from "./scope-spend.ts";
import type { ScopeSpend } from "./scope-spend.ts";
import { SpendCounter } from "./spend.ts";
import { StateMachine } from "./state.ts";
import type { ScopeState } from "./state.ts";

/** One thing that is wrong; `line` from 1, null when it is about the whole file. */
export interface LedgerProblem {
  readonly line: number | null;
  readonly reason: string;
}

/** What anyone can find out from a ledger's file alone. */
export interface LedgerVerification {
  readonly version: "ledger-verification/v1";
  /** No problem was found. Says nothing about records that were cut off: see `complete`. */
  readonly ok: boolean;
  /**
   * Whether an outside anchor vouches that nothing up to it is missing or changed. Without an anchor false: a ledger cut
   * at the end of a line is a valid, shorter ledger.
   */
  readonly complete: boolean;
  readonly problems: readonly LedgerProblem[];
  /** Records before the first fault. */
  readonly records: number;
  readonly head: LedgerHead;
  /** Recomputed from the events, not read from anywhere. */
  readonly scopes: readonly ScopeSpend[];
}

/**
 * Checks a ledger from its file alone: form of every line, hash chain, order of records (reserve before commit, commits
 * within reservations, steps within schedules), the budget at every prefix, and recomputes each scope's epsilon.
 *
 * @param options - `anchor`: a head that somebody else kept, such as the one printed in a privacy card.
 * @guarantee Tamper-evident relative to the anchor only: who can write the file can rewrite whatever no anchor covers.
 * The ledger shows what was claimed to be drawn; it cannot show that noise was drawn.
 * @throws PrivacyError `file_unreadable` when there is no ledger.
 */
export async function verifyLedger(
  dir: string,
  options: { readonly anchor?: LedgerHead } = {},
): Promise<LedgerVerification> {
  const scan = await scanFolder(dir);
  const problems: LedgerProblem[] = [];
  if (scan.fault !== null) problems.push(scan.fault);
  if (scan.torn.length > 0) {
    const reason = "is incomplete, as a crash or a write in progress leaves it; opening the ledger cuts and records it";
    problems.push({ line: scan.records.length + 1, reason });
  }
  problems.push(...overspends(scan));
  const anchorProblem = options.anchor === undefined ? null : againstAnchor(scan, options.anchor);
  if (anchorProblem !== null) problems.push(anchorProblem);
  const scopes = scan.machine.scopes.flatMap((scope) => spendOrProblem(scan, scope, problems));
  const ok = problems.length === 0;
  return Object.freeze({
    version: "ledger-verification/v1",
    ok,
    complete: ok && options.anchor !== undefined,
    problems: Object.freeze(problems.map((problem) => Object.freeze(problem))),
    records: scan.records.length,
    head: headOf(scan),
    scopes: Object.freeze(scopes),
  });
}

// Another machine's logarithms may differ in the last digits: a run calibrated to its limit must not look overspent there.
const relativeTolerance = 1e-9;

function withSlack(policy: LedgerBodies["policy"]): LedgerBodies["policy"] {
  const { epsilonMax } = policy;
  return epsilonMax === null ? policy : { ...policy, epsilonMax: epsilonMax * (1 + relativeTolerance) };
}

/**
 * Every schedule that should have been refused where it stands. Only schedules raise what is counted (a reservation is
 * within its schedule, closing and committing lower it), so that the budget held at every prefix if it held at these.
 */
function overspends(scan: JournalScan): LedgerProblem[] {
  const machine = new StateMachine();
  const counters = new Map<string, SpendCounter>();
  return scan.records.flatMap((record) => {
    const problems: LedgerProblem[] = [];
    if (record.type === "policy") counters.set(record.scope, new SpendCounter(withSlack(record.body)));
    const counter = counters.get(record.scope);
    if (record.type === "schedule" && counter !== undefined) {
      const line = record.seq + 1;
      try {
        const { fits, after } = counter.admit(machine.runsOf(record.scope), record.body.event, record.body.steps);
        if (!fits)
          problems.push({ line, reason: `schedules a run that takes the scope to epsilon ${after}, over its limit` });
      } catch (error) {
        problems.push({ line, reason: `schedules a run that cannot be priced: ${messageOf(error)}` });
      }
    }
    machine.apply(record);
    return problems;
  });
}

function againstAnchor(scan: JournalScan, anchor: LedgerHead): LedgerProblem | null {
  if (anchor.records > scan.records.length) {
    const reason = `the anchor vouches for ${anchor.records} records and ${scan.records.length} are here: some are missing`;
    return { line: null, reason };
  }
  if (scan.lineHashes[anchor.records - 1] === anchor.head) return null;
  return { line: anchor.records, reason: "is not the line that the anchor vouches for: the ledger was rewritten" };
}

function spendOrProblem(scan: JournalScan, scope: ScopeState, problems: LedgerProblem[]): ScopeSpend[] {
  try {
    return [scopeSpend(scope, scan.machine.runsOf(scope.scope), new SpendCounter(scope.policy))];
  } catch (error) {
    problems.push({ line: null, reason: `scope ${scope.scope} cannot be priced: ${messageOf(error)}` });
    return [];
  }
}

function messageOf(error: unknown): string {
  if (isPrivacyError(error)) return error.message;
  throw error;
}
