import type { DpEvent } from "../events/index.ts";
import type { AnyLedgerRecord, LedgerBodies } from "./record.ts";

/** A run as the records so far describe it. Steps are whole numbers; used + reserved ≤ scheduled always. */
export interface RunState {
  readonly runId: string;
  readonly scope: string;
  readonly event: DpEvent;
  readonly scheduled: number;
  readonly randomSource: LedgerBodies["schedule"]["randomSource"];
  /** Steps in reservations that are not committed: they count as spent. */
  readonly reserved: number;
  /** Steps that drew noise, by commit. */
  readonly used: number;
  readonly open: boolean;
  /** Whether a step was ever reserved: only then can the run have touched data. */
  readonly touched: boolean;
}

export interface ScopeState {
  readonly scope: string;
  readonly policy: LedgerBodies["policy"];
}

/** A reservation as the records so far describe it. */
export interface ReservationState {
  readonly runId: string;
  readonly steps: number;
  readonly open: boolean;
}

/** Builds the state of a ledger record by record. */
export class StateMachine {
  readonly #scopes = new Map<string, ScopeState>();
  readonly #runs = new Map<string, RunState>();
  readonly #reservations = new Map<string, ReservationState>();
  #records = 0;

  get scopes(): readonly ScopeState[] {
    return [...this.#scopes.values()];
  }

  scope(scope: string): ScopeState | undefined {
    return this.#scopes.get(scope);
  }

  run(runId: string): RunState | undefined {
    return this.#runs.get(runId);
  }

  reservation(reservationId: string): ReservationState | undefined {
    return this.#reservations.get(reservationId);
  }

  /** The runs of a scope, in the order in which they were scheduled. */
  runsOf(scope: string): readonly RunState[] {
    return [...this.#runs.values()].filter((run) => run.scope === scope);
  }

  /** Applies `record`, or says why it may not stand here and changes nothing. */
  apply(record: AnyLedgerRecord): string | null {
    const reason = this.check(record);
    if (reason !== null) return reason;
    this.#take(record);
    this.#records += 1;
    return null;
  }

  /** Why `record` may not stand here; null when it may. */
  check(record: AnyLedgerRecord): string | null {
    if (record.seq !== this.#records) return `has seq ${record.seq} where ${this.#records} was due`;
    if ((record.seq === 0) !== (record.type === "genesis"))
      return "is not the genesis that must stand first, and only there";
    let reason: string | null;
    switch (record.type) {
      case "genesis":
      case "recover":
        reason = record.scope === "" ? null : `is a ${record.type} record with a scope`;
        break;
      case "policy":
        reason = this.#refusePolicy(record.scope);
        break;
      case "schedule":
        reason = this.#refuseSchedule(record.scope, record.body);
        break;
      case "reserve":
        reason = this.#refuseReserve(record.scope, record.body);
        break;
      case "commit":
        reason = this.#refuseCommit(record.scope, record.body);
        break;
      case "close":
        reason = this.#refuseRun(record.scope, record.body.runId);
        if (reason === null && this.#runs.get(record.body.runId)?.open !== true) reason = "closes a run that is closed";
        break;
      case "release":
        reason = this.#refuseRun(record.scope, record.body.runId);
        break;
    }
    return reason;
  }

  #refusePolicy(scope: string): string | null {
    if (scope === "") return "is a policy without a scope";
    return this.#scopes.has(scope) ? "is a second policy of its scope" : null;
  }

  #refuseSchedule(scope: string, body: LedgerBodies["schedule"]): string | null {
    if (!this.#scopes.has(scope)) return "schedules in a scope without a policy";
    return this.#runs.has(body.runId) ? "schedules a run that is scheduled" : null;
  }

  #refuseRun(scope: string, runId: string): string | null {
    return this.#runs.get(runId)?.scope === scope ? null : "names a run that is not scheduled in its scope";
  }

  #refuseReserve(scope: string, body: LedgerBodies["reserve"]): string | null {
    const run = this.#runs.get(body.runId);
    if (run === undefined || run.scope !== scope) return "reserves of a run that is not scheduled in its scope";
    if (!run.open) return "reserves of a closed run";
    if (this.#reservations.has(body.reservationId)) return "reserves under an id that is taken";
    return body.steps <= stepsLeft(run) ? null : "reserves more steps than the schedule has left";
  }

  #refuseCommit(scope: string, body: LedgerBodies["commit"]): string | null {
    const reservation = this.#reservations.get(body.reservationId);
    if (reservation === undefined) return "commits what was never reserved";
    if (this.#runs.get(reservation.runId)?.scope !== scope) return "commits a reservation of another scope";
    if (!reservation.open) return "commits a reservation a second time";
    return body.stepsUsed <= reservation.steps ? null : "commits more steps than were reserved";
  }

  #take(record: AnyLedgerRecord): void {
    switch (record.type) {
      case "genesis":
      case "recover":
      case "release":
        return;
      case "policy":
        this.#scopes.set(record.scope, { scope: record.scope, policy: record.body });
        return;
      case "schedule":
        this.#schedule(record.scope, record.body);
        return;
      case "reserve": {
        const { reservationId, runId, steps } = record.body;
        this.#reservations.set(reservationId, { runId, steps, open: true });
        this.#update(runId, (run) => ({ ...run, reserved: run.reserved + steps, touched: true }));
        return;
      }
      case "commit":
        this.#commit(record.body);
        return;
      case "close":
        this.#update(record.body.runId, (run) => ({ ...run, open: false }));
    }
  }

  #schedule(scope: string, body: LedgerBodies["schedule"]): void {
    const { runId, event, steps, randomSource } = body;
    this.#runs.set(runId, {
      runId,
      scope,
      event,
      scheduled: steps,
      randomSource,
      reserved: 0,
      used: 0,
      open: true,
      touched: false,
    });
  }

  #commit(body: LedgerBodies["commit"]): void {
    const reservation = this.#reservations.get(body.reservationId);
    if (reservation === undefined) return;
    this.#reservations.set(body.reservationId, { ...reservation, open: false });
    this.#update(reservation.runId, (run) => ({
      ...run,
      reserved: run.reserved - reservation.steps,
      used: run.used + body.stepsUsed,
    }));
  }

  #update(runId: string, change: (run: RunState) => RunState): void {
    const run = this.#runs.get(runId);
    if (run !== undefined) this.#runs.set(runId, change(run));
  }
}

/** Steps of the schedule that are neither used nor reserved; a closed run has none. */
export function stepsLeft(run: RunState): number {
  return run.open ? run.scheduled - run.used - run.reserved : 0;
}
