import { invalidArgument } from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import { type DpEvent, canonicalJson } from "../events/index.ts";
import { type Ledger, openLedger } from "../ledger/index.ts";

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

/**
 * One run's account for the site as unit: the whole schedule before the first round, a reservation on the disk before each round's
 * noise is drawn. A process that goes on with the run finds the schedule by the name that it was written under, so that nothing is
 * paid twice and no reservation is forgotten.
 */
export class RunLedger {
  readonly #ledger: Ledger;
  readonly #runId: string;

  private constructor(ledger: Ledger, runId: string) {
    this.#ledger = ledger;
    this.#runId = runId;
  }

  /**
   * @throws PrivacyError `budget_exceeded` when the schedule does not fit; `invalid_argument` when the ledger holds another
   *   schedule under this run's name, or, where the run is resumed, none; as `openLedger`.
   */
  static async open(options: RunLedgerOptions): Promise<RunLedger> {
    const { dir, actor, scope, budget, event, rounds, randomSource, isResumed } = options;
    const ledger = await openLedger({ dir, actor });
    try {
      const found = ledger.records.flatMap((r) => (r.type === "schedule" && r.actor === actor ? [r] : []))[0];
      if (found !== undefined) {
        const { runId, event: known, steps } = found.body;
        if (found.scope === scope && steps === rounds && canonicalJson(known) === canonicalJson(event))
          return new RunLedger(ledger, runId);
        throw invalidArgument(
          "ledger",
          "with the schedule that this run was begun with",
          "another",
          "put the plan back",
        );
      }
      if (isResumed) throw invalidArgument("ledger", "with the schedule of the run that goes on", "none", "restore it");
      const schedule = { event, steps: rounds };
      const policy = { scope, unit: "client", neighboring: "zero-out", delta: budget.delta } as const;
      await ledger.openScope({ ...policy, epsilonMax: budget.epsilon, firstSchedule: schedule });
      return new RunLedger(ledger, await ledger.schedule({ scope, ...schedule, randomSource }));
    } catch (error) {
      await ledger.close();
      throw error;
    }
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
