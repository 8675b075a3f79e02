import { PrivacyError } from "../core/index.ts";
import type { Ledger } from "../ledger/index.ts";

/**
 * Takes a run's steps from the ledger in blocks: a block is on disk before its first noise is drawn, and what was used of
 * it is committed when the block ends, the loop ends, or anything throws. A crash in between leaves the block spent.
 */
export class StepReservations {
  readonly #ledger: Ledger;
  readonly #runId: string;
  readonly #planned: number;
  readonly #blockSize: number;
  #reservationId: string | undefined;
  #reserved = 0;
  #usedOfBlock = 0;
  #taken: number;

  /** @param taken - steps of the run that the ledger already counts (0 for a new run). */
  constructor(ledger: Ledger, runId: string, planned: number, blockSize: number, taken = 0) {
    this.#ledger = ledger;
    this.#runId = runId;
    this.#planned = planned;
    this.#blockSize = blockSize;
    this.#taken = taken;
  }

  /** Steps of the schedule that count as taken. */
  get taken(): number {
    return this.#taken;
  }

  get left(): number {
    return this.#planned - this.#taken;
  }

  /** Makes sure that the next step is reserved on disk. Throws `budget_exceeded` when the schedule has no step left. */
  async ensure(): Promise<void> {
    if (this.#reservationId !== undefined && this.#usedOfBlock < this.#reserved) return;
    await this.settle();
    if (this.left <= 0) {
      throw new PrivacyError(
        "budget_exceeded",
        `one more step was asked of a run whose ${this.#planned} planned steps are all spent; plan a new run`,
        { spent: this.#taken, requested: 1, limit: this.#planned },
      );
    }
    const steps = Math.min(this.#blockSize, this.left);
    this.#reservationId = await this.#ledger.reserve({ runId: this.#runId, steps });
    this.#reserved = steps;
    this.#usedOfBlock = 0;
  }

  /** Counts one reserved step as taken. Called before its noise is drawn. */
  use(): void {
    if (this.#reservationId === undefined || this.#usedOfBlock >= this.#reserved) {
      throw new PrivacyError("invalid_state", "noise was about to be drawn for a step that is not reserved", {
        object: "StepReservations",
        state: "no reservation",
      });
    }
    this.#usedOfBlock += 1;
    this.#taken += 1;
  }

  /** Commits what was used of the open block, if any. */
  async settle(): Promise<void> {
    const reservationId = this.#reservationId;
    if (reservationId === undefined) return;
    this.#reservationId = undefined;
    await this.#ledger.commit({ reservationId, stepsUsed: this.#usedOfBlock });
  }
}
