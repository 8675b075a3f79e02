import { PrivacyError } from "../core/index.ts";
import type { Ledger } from "../ledger/index.ts";

/** A run's schedule as the ledger counts it: `count` events, each of `stepsPerEvent` optimizer steps. */
export interface StepSchedule {
  readonly runId: string;
  /** Optimizer steps in all; the last event may have fewer than the others. */
  readonly steps: number;
  readonly stepsPerEvent: number;
  readonly count: number;
}

/**
 * Takes a run's events from the ledger in blocks: a block is on disk before its first noise is drawn, and what was used of
 * it is committed when the block ends, the loop ends, or anything throws. A crash in between leaves the block spent. An
 * event of several steps is spent with its first one; the steps in it are then taken without asking again.
 */
export class StepReservations {
  readonly #ledger: Ledger;
  readonly #schedule: StepSchedule;
  readonly #blockSize: number;
  #reservationId: string | undefined;
  #reserved = 0;
  #usedOfBlock = 0;
  #events: number;
  /** Steps taken of the event in progress; equal to stepsPerEvent when none is. */
  #within: number;

  /** @param events - events of the run that the ledger already counts (0 for a new run): they are over. */
  constructor(ledger: Ledger, schedule: StepSchedule, blockSize: number, events = 0) {
    this.#ledger = ledger;
    this.#schedule = schedule;
    this.#blockSize = blockSize;
    this.#events = events;
    this.#within = schedule.stepsPerEvent;
  }

  /** Steps of the schedule that count as taken. */
  get taken(): number {
    const { steps, stepsPerEvent } = this.#schedule;
    return Math.min(steps, this.#events * stepsPerEvent - (stepsPerEvent - this.#within));
  }

  get left(): number {
    return this.#schedule.steps - this.taken;
  }

  /**
   * Makes sure that the next step is reserved on disk. Throws `budget_exceeded` when the schedule has no step left.
   *
   * @param wanted - steps that the caller means to take: no more are reserved, so that a crash costs no more.
   */
  async ensure(wanted: number = Infinity): Promise<void> {
    const { steps, stepsPerEvent, count, runId } = this.#schedule;
    if (this.left > 0 && this.#within < stepsPerEvent) return;
    if (this.#reservationId !== undefined && this.#usedOfBlock < this.#reserved) return;
    await this.settle();
    if (this.left <= 0) {
      throw new PrivacyError(
        "budget_exceeded",
        `one more step was asked of a run whose ${steps} planned steps are all spent; plan a new run`,
        { spent: this.taken, requested: 1, limit: steps },
      );
    }
    const block = Math.max(1, Math.floor(Math.min(this.#blockSize, wanted) / stepsPerEvent));
    const events = Math.min(block, count - this.#events);
    this.#reservationId = await this.#ledger.reserve({ runId, steps: events });
    this.#reserved = events;
    this.#usedOfBlock = 0;
  }

  /** Counts one reserved step as taken. Called before its noise is drawn. */
  use(): void {
    if (this.left > 0 && this.#within < this.#schedule.stepsPerEvent) {
      this.#within += 1;
      return;
    }
    if (this.#reservationId === undefined || this.#usedOfBlock >= this.#reserved) {
      throw new PrivacyError("invalid_state", "noise was about to be drawn for a step that is not reserved", {
        object: "StepReservations",
        state: "no reservation",
      });
    }
    this.#usedOfBlock += 1;
    this.#events += 1;
    this.#within = 1;
  }

  /** Commits what was used of the open block, if any. */
  async settle(): Promise<void> {
    const reservationId = this.#reservationId;
    if (reservationId === undefined) return;
    this.#reservationId = undefined;
    await this.#ledger.commit({ reservationId, stepsUsed: this.#usedOfBlock });
  }
}
