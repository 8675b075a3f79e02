import { existsSync } from "node:fs";
import { invalidArgument } from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import { type DpEvent, canonicalJson } from "../events/index.ts";
import { type AnyLedgerRecord, type Ledger, openLedger } from "../ledger/index.ts";

export interface RunLedgerOptions {
  /** The ledger's folder. */
  readonly dir: string;
  /** Who writes for which run, 1 to 128 printable characters: by this name a later process finds the run's schedule again. */
  readonly actor: string;
  readonly scope: string;
  /** Of everything in the scope together; epsilon null: counted and never refused. */
  readonly budget: { readonly epsilon: number | null; readonly delta: number };
  /** One round. */
  readonly event: DpEvent;
  readonly rounds: number;
  readonly randomSource: RandomSource["kind"];
  /** True where an earlier process of this run must have written the schedule: a ledger without it is not the run's. */
  readonly isResumed: boolean;
}

/** Under this name a coordinator writes for a run, whichever of its processes it is. */
export function coordinatorActor(runId: string): string {
  return `federated coordinator, run ${runId}`;
}

type ScheduleRecord = AnyLedgerRecord & { readonly type: "schedule" };
type Schedule = Pick<ScheduleRecord["body"], "runId" | "event" | "steps">;

/** Noise of another source is not what the schedule promised. */
function isOf(options: RunLedgerOptions, { scope, body }: ScheduleRecord): boolean {
  const { event, rounds, randomSource } = options;
  const isSameNoise = canonicalJson(body.event) === canonicalJson(event) && body.randomSource === randomSource;
  return scope === options.scope && body.steps === rounds && isSameNoise;
}

function refuseSchedule(wanted: string, got: string, advice: string): never {
  throw invalidArgument("ledger", `with ${wanted}`, got, advice);
}

function scheduleOf({ records }: Ledger, actor: string): ScheduleRecord | undefined {
  return records.find((r): r is ScheduleRecord => r.type === "schedule" && r.actor === actor);
}

/**
 * One run's account for the site as unit: the whole schedule before the first round, a reservation on the disk before each round's
 * noise is drawn. A process that goes on with the run finds the schedule by the name that it was written under, so that nothing is
 * paid twice and no reservation is forgotten.
 */
export class RunLedger {
  /** One round, and how many were planned. */
  readonly event: DpEvent;
  readonly rounds: number;
  readonly #ledger: Ledger;
  readonly #runId: string;

  private constructor(ledger: Ledger, { runId, event, steps }: Schedule) {
    this.#ledger = ledger;
    this.#runId = runId;
    this.event = event;
    this.rounds = steps;
  }

  /**
   * @throws PrivacyError `budget_exceeded` when the schedule does not fit; `invalid_argument` when the ledger holds another
   *   schedule under this run's name, or, where the run is resumed, none, or when the scope has another budget; as `openLedger`.
   */
  static async open(options: RunLedgerOptions): Promise<RunLedger> {
    const { dir, actor, scope, budget, event, rounds, randomSource, isResumed } = options;
    const ledger = await openLedger({ dir, actor });
    try {
      const found = scheduleOf(ledger, actor);
      if (found === undefined && isResumed)
        refuseSchedule("the schedule of the run that goes on", "none", "restore it");
      if (found !== undefined && !isOf(options, found))
        refuseSchedule("the schedule that this run was begun with", "another", "put the plan back");
      const schedule = { event, steps: rounds };
      const policy = { scope, unit: "client", neighboring: "zero-out", delta: budget.delta } as const;
      // a run that goes on is held to the budget that is given now: the ledger refuses another than the scope's
      await ledger.openScope({ ...policy, epsilonMax: budget.epsilon, firstSchedule: schedule });
      const runId = found?.body.runId ?? (await ledger.schedule({ scope, ...schedule, randomSource }));
      return new RunLedger(ledger, { runId, ...schedule });
    } catch (error) {
      await ledger.close();
      throw error;
    }
  }

  /** The account that an earlier process had for a run, by who wrote it; null where there is none. @throws as `openLedger`. */
  static async find({ dir, actor }: Pick<RunLedgerOptions, "dir" | "actor">): Promise<RunLedger | null> {
    if (!existsSync(dir)) return null;
    const ledger = await openLedger({ dir, actor });
    const found = scheduleOf(ledger, actor);
    if (found !== undefined) return new RunLedger(ledger, found.body);
    await ledger.close();
    return null;
  }

  /**
   * Draws one round's noise between a reservation and its commit: whatever happens in between, the round is spent.
   *
   * @throws PrivacyError `budget_exceeded` when every round of the schedule was spent; what `draw` throws.
   */
  async spend<T>(draw: () => Promise<T>): Promise<T> {
    const reservationId = await this.#ledger.reserve({ runId: this.#runId, steps: 1 });
    const drawn = await draw();
    await this.#ledger.commit({ reservationId, stepsUsed: 1 });
    return drawn;
  }

  /** @param isFinished - false where another process may go on with the run. */
  async close(isFinished: boolean): Promise<void> {
    const isClosed = this.#ledger.records.some((r) => r.type === "close" && r.body.runId === this.#runId);
    try {
      if (isFinished && !isClosed) await this.#ledger.closeRun({ runId: this.#runId });
    } finally {
      await this.#ledger.close();
    }
  }
}
