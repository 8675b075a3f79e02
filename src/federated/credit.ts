import { creditStep, initialCredit } from "./messages.ts";

/** A sender's side of chunk credit: `take` waits until the receiver allows one more. */
export class CreditGate {
  #allowed = initialCredit;
  #isClosed = false;
  #waiting: (() => void)[] = [];

  /** Resolves true when one chunk may be sent, false when the gate was closed. */
  async take(): Promise<boolean> {
    while (this.#allowed === 0 && !this.#isClosed) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.#isClosed) return false;
    this.#allowed -= 1;
    return true;
  }

  /**
   * The receiver allows more; never more than the window, or it would give up its own bound.
   *
   * @returns whether it answers chunks that were sent: credit for nothing is no sign of progress.
   */
  grant(chunks: number): boolean {
    const before = this.#allowed;
    this.#allowed = Math.min(before + chunks, initialCredit);
    this.#wakeAll();
    return this.#allowed > before;
  }

  close(): void {
    this.#isClosed = true;
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/**
 * A receiver's side: says when to allow more. It need not count against a sender who takes more than it was allowed:
 * a receiver reads one message at a time, so such a sender only fills the transport's window and waits there.
 */
export class CreditMeter {
  #consumed = 0;

  /** After a chunk was put away: how many more to allow now, 0 for none yet. */
  consume(): number {
    this.#consumed += 1;
    if (this.#consumed < creditStep) return 0;
    this.#consumed = 0;
    return creditStep;
  }
}
