import { randomUUID } from "node:crypto";
import { join, resolve } from "node:path";
import { PrivacyError, invalidArgument } from "../core/index.ts";
import type { DpEvent, Neighboring, PrivacyUnit } from "../events/index.ts";
import { headOf, readJournal, refuseFault, scanJournal } from "./journal-scan.ts";
import type { JournalScan, LedgerHead } from "./journal-scan.ts";
import { Journal, journalName, makeFolder } from "./journal.ts";
import { noPrevious, sha256Hex } from "./line.ts";
import { takeLock } from "./lock.ts";
import type { Lock } from "./lock.ts";
import { parseBody, parseName } from "./record-schema.ts";
import { buildLine, genesisLine, readBack } from "./record-writer.ts";
import { budgetExceeded, firstOrder, refuseOtherPolicy, wrongState } from "./refusals.ts";
import type { AnyLedgerRecord, LedgerBodies, LedgerRecordType } from "./record.ts";
import { scopeSpend } from "./scope-spend.ts";
import type { ScopeSpend } from "./scope-spend.ts";
import { SpendCounter } from "./spend.ts";
import { stepsLeft } from "./state.ts";
import type { RunState, ScopeState } from "./state.ts";
import { writeWhole } from "./whole-file.ts";

export interface OpenLedgerOptions {
  /** The ledger's folder; made when absent. */
  readonly dir: string;
  /** Who writes: 1 to 128 printable characters. Default "local". */
  readonly actor?: string;
  /** The clock, for `ts`. */
  readonly now?: () => Date;
}

export interface OpenScopeOptions {
  /** The data set that is charged: 1 to 256 printable characters. */
  readonly scope: string;
  readonly unit: PrivacyUnit;
  readonly neighboring: Neighboring;
  /** In (0, 1), for everything in the scope together. */
  readonly delta: number;
  /** Nats, > 0; null: spends are counted and never refused. */
  readonly epsilonMax: number | null;
  /** What the scope is opened for: fixes the order of the filter the first time. Ignored once the policy is written. */
  readonly firstSchedule?: { readonly event: DpEvent; readonly steps: number };
  /** The order itself, > 1, instead of `firstSchedule`. */
  readonly filterOrder?: number;
}

export interface ScheduleOptions {
  readonly scope: string;
  /** One step. */
  readonly event: DpEvent;
  /** ≥ 1. */
  readonly steps: number;
  readonly randomSource: "operating-system" | "seeded-test";
}

/**
 * The only writer of a ledger's folder. Every method that writes is queued behind the earlier ones, checks before it
 * writes, and returns when its record is on the disk; when it throws, nothing was written (or, after `file_unreadable`,
 * the ledger accepts nothing more and the next open counts what the disk holds).
 */
export class Ledger {
  readonly dir: string;
  readonly #lock: Lock;
  readonly #journal: Journal;
  readonly #scan: JournalScan;
  readonly #actor: string;
  readonly #now: () => Date;
  readonly #counters = new Map<string, SpendCounter>();
  /** Reservations of this process. Those of an earlier one stay open for ever: what it drew, nobody knows. */
  readonly #mine = new Set<string>();
  #queue: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  private constructor(dir: string, lock: Lock, journal: Journal, scan: JournalScan, actor: string, now: () => Date) {
    this.dir = dir;
    this.#lock = lock;
    this.#journal = journal;
    this.#scan = scan;
    this.#actor = actor;
    this.#now = now;
  }

  /** See `openLedger`. */
  static async open(options: OpenLedgerOptions): Promise<Ledger> {
    const dir = resolve(options.dir);
    const actor = parseName(options.actor ?? "local", "actor");
    const now = options.now ?? ((): Date => new Date());
    await makeFolder(dir);
    const lock = takeLock(join(dir, "ledger.lock"));
    let journal: Journal | undefined;
    try {
      const path = join(dir, journalName);
      let bytes = await readJournal(dir);
      if (bytes === null) {
        bytes = Buffer.from(`${genesisLine(actor, now)}\n`);
        writeWhole(path, bytes);
      }
      const scan = scanJournal(bytes);
      refuseFault(dir, scan);
      journal = await Journal.open(path, scan.goodBytes);
      const ledger = new Ledger(dir, lock, journal, scan, actor, now);
      const tornBytes = scan.torn.length;
      if (tornBytes > 0) await ledger.#write("recover", "", { tornBytes, tornDigest: sha256Hex(scan.torn) });
      return ledger;
    } catch (error) {
      await journal?.close();
      lock.release();
      throw error;
    }
  }

  /** Every record so far, oldest first; a copy. */
  get records(): readonly AnyLedgerRecord[] {
    return Object.freeze([...this.#scan.records]);
  }

  /** What to print beside a result, so that nobody can later cut or rewrite what came before it unnoticed. */
  head(): LedgerHead {
    return headOf(this.#scan);
  }

  /**
   * Opens a scope: writes its policy the first time, checks that nothing differs every other time.
   *
   * @returns the policy that holds.
   * @throws PrivacyError `invalid_argument` naming the field that is out of range or differs from the policy.
   */
  openScope(options: OpenScopeOptions): Promise<LedgerBodies["policy"]> {
    return this.#enqueue(async () => {
      const scope = parseName(options.scope, "scope");
      const { unit, neighboring, delta, epsilonMax } = options;
      const known = this.#scan.machine.scope(scope);
      if (known !== undefined) {
        refuseOtherPolicy(known.policy, { unit, neighboring, delta, epsilonMax }, scope);
        return known.policy;
      }
      const provisional = parseBody("policy", { unit, neighboring, delta, epsilonMax, filter: "rdp", filterOrder: 2 });
      const filterOrder = options.filterOrder ?? firstOrder(options, provisional);
      const policy = parseBody("policy", { ...provisional, filterOrder });
      await this.#write("policy", scope, policy);
      return policy;
    });
  }

  /**
   * Writes a run down, whole, before its first step.
   *
   * @returns its runId.
   * @throws PrivacyError `budget_exceeded` when the full schedule does not fit (nothing is written); `unsupported_event`
   * when no accountant bounds it; `invalid_argument` on an unknown scope or a bad value.
   */
  schedule(options: ScheduleOptions): Promise<string> {
    return this.#enqueue(async () => {
      const scope = this.#scope(options.scope);
      const { event, steps, randomSource } = options;
      const body = parseBody("schedule", { runId: randomUUID(), event, steps, randomSource });
      const runs = this.#scan.machine.runsOf(scope.scope);
      const admission = this.#counter(scope).admit(runs, body.event, body.steps);
      if (!admission.fits) throw budgetExceeded(scope, admission);
      await this.#write("schedule", scope.scope, body);
      return body.runId;
    });
  }

  /**
   * Reserves the next steps of a run. They count as spent from the moment this returns: noise may be drawn only then.
   *
   * @returns the reservationId, good for one `commit` by this object.
   * @throws PrivacyError `budget_exceeded` when the schedule has fewer steps left; `invalid_state` when the run is closed.
   */
  reserve(options: { readonly runId: string; readonly steps: number }): Promise<string> {
    return this.#enqueue(async () => {
      const { runId, steps } = options;
      const body = parseBody("reserve", { reservationId: randomUUID(), runId, steps });
      const run = this.#openRun(runId);
      const left = stepsLeft(run);
      if (body.steps > left) {
        const taken = run.scheduled - left;
        throw new PrivacyError(
          "budget_exceeded",
          `${body.steps} steps were to be reserved of a run that has ${left} of its ${run.scheduled} left; schedule a new run`,
          { spent: taken, requested: body.steps, limit: run.scheduled },
        );
      }
      await this.#write("reserve", run.scope, body);
      this.#mine.add(body.reservationId);
      return body.reservationId;
    });
  }

  /**
   * Says how many steps of a reservation drew noise; the others return to the schedule.
   *
   * @param options - `stepsUsed` from 0 to what was reserved. When in doubt whether a step drew noise, count it.
   * @throws PrivacyError `invalid_state` when the reservation is unknown, committed, or of an earlier process: what that
   * one drew nobody knows, and it stays spent.
   */
  commit(options: { readonly reservationId: string; readonly stepsUsed: number }): Promise<void> {
    return this.#enqueue(async () => {
      const body = parseBody("commit", { reservationId: options.reservationId, stepsUsed: options.stepsUsed });
      const reservation = this.#scan.machine.reservation(body.reservationId);
      const run = reservation === undefined ? undefined : this.#scan.machine.run(reservation.runId);
      if (reservation === undefined || run === undefined) throw wrongState("Reservation", "unknown", "reserve first");
      if (!reservation.open) throw wrongState("Reservation", "committed", "a reservation is committed once");
      if (!this.#mine.has(body.reservationId)) {
        throw wrongState(
          "Reservation",
          "left behind by an earlier process",
          "it stays spent; reserve the next steps anew",
        );
      }
      if (body.stepsUsed > reservation.steps) {
        throw invalidArgument("stepsUsed", `at most the ${reservation.steps} steps reserved`, body.stepsUsed);
      }
      await this.#write("commit", run.scope, body);
    });
  }

  /**
   * Ends a run: no step of it will be reserved any more, and what it never reserved makes room in the scope's filter.
   * The run's own guarantee stays that of the full schedule.
   */
  closeRun(options: { readonly runId: string }): Promise<void> {
    return this.#enqueue(async () => {
      const body = parseBody("close", { runId: options.runId });
      await this.#write("close", this.#openRun(body.runId).scope, body);
    });
  }

  /** Records that an artifact of a run and its card left the house; digests are SHA-256 in lower-case hex. */
  release(options: LedgerBodies["release"]): Promise<void> {
    return this.#enqueue(async () => {
      const { runId, artifactDigest, cardDigest } = options;
      const body = parseBody("release", { runId, artifactDigest, cardDigest });
      await this.#write("release", this.#run(body.runId).scope, body);
    });
  }

  /** What a scope has spent, by run and altogether. @throws PrivacyError `invalid_argument` on an unknown scope. */
  spent(scope: string): ScopeSpend {
    const known = this.#scope(scope);
    return scopeSpend(known, this.#scan.machine.runsOf(scope), this.#counter(known));
  }

  /** Waits for what is queued, closes the file and gives the lock back. Reservations that are open stay spent. */
  close(): Promise<void> {
    this.#closing ??= this.#queue.then(async () => {
      await this.#journal.close();
      this.#lock.release();
    });
    return this.#closing;
  }

  /** Runs `work` after everything that was asked before it, whether or not that failed. */
  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(wrongState("Ledger", "closed", "open it again"));
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #write<T extends LedgerRecordType>(type: T, scope: string, body: LedgerBodies[T]): Promise<void> {
    const scan = this.#scan;
    const prev = scan.lineHashes.at(-1) ?? noPrevious;
    const line = buildLine({ seq: scan.records.length, scope, type, body, prev, actor: this.#actor, ts: this.#now() });
    const record = readBack(line);
    const before = scan.machine.check(record);
    if (before !== null) throw wrongState("Ledger", "out of order", before);
    await this.#journal.append(line);
    scan.machine.apply(record);
    scan.records.push(record);
    scan.lineHashes.push(sha256Hex(line));
  }

  #scope(scope: string): ScopeState {
    const known = this.#scan.machine.scope(parseName(scope, "scope"));
    if (known !== undefined) return known;
    throw invalidArgument("scope", "one that was opened", scope, "call openScope first");
  }

  #run(runId: string): RunState {
    const run = this.#scan.machine.run(runId);
    if (run !== undefined) return run;
    throw invalidArgument("runId", "that of a scheduled run", runId, "call schedule first");
  }

  #openRun(runId: string): RunState {
    const run = this.#run(runId);
    if (!run.open) throw wrongState("Run", "closed", "schedule a new run");
    return run;
  }

  #counter(scope: ScopeState): SpendCounter {
    const known = this.#counters.get(scope.scope);
    if (known !== undefined) return known;
    const counter = new SpendCounter(scope.policy);
    this.#counters.set(scope.scope, counter);
    return counter;
  }
}

/**
 * Opens the ledger in `dir` for writing: makes folder and genesis when there is none, takes the lock, checks every line
 * of what is there, and cuts an incomplete last line (leaving a `recover` record).
 *
 * @returns the folder's only writer; `close` it.
 * @throws PrivacyError `ledger_locked` naming who holds it; `ledger_corrupt` with line and reason on anything that a
 * crash cannot have left; `file_unreadable` when the disk refuses; `invalid_argument` on a bad actor.
 */
export function openLedger(options: OpenLedgerOptions): Promise<Ledger> {
  return Ledger.open(options);
}
