import { creditStep, initialCredit, mostCredit } from "./messages.ts";

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
    this.#allowed = Math.min(before + chunks, mostCredit);
    this.#wakeAll();
    return this.#allowed > before;
  }

  /** A new transfer begins: nothing of it is under way. */
  reset(): void {
    this.#allowed = initialCredit;
    this.#wakeAll();
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
  readonly #pool: CreditPool;
  #consumed = 0;
  #borrowed = 0;

  constructor(pool: CreditPool) {
    this.#pool = pool;
  }

  /** A transfer begins: how many more than the initial credit to allow, as far as there is room. */
  open(): number {
    this.close();
    this.#consumed = 0;
    this.#borrowed = this.#pool.borrow(mostCredit - initialCredit);
    return this.#borrowed;
  }

  /** The transfer is over, whole or not. */
  close(): void {
    this.#pool.give(this.#borrowed);
    this.#borrowed = 0;
  }

  /** After a chunk was put away: how many more to allow now, 0 for none yet. */
  consume(): number {
    this.#consumed += 1;
    if (this.#consumed < Math.min(creditStep, initialCredit + this.#borrowed)) return 0;
    const allowed = this.#consumed;
    this.#consumed = 0;
    return allowed;
  }
}

/** Room for chunks under way, shared by all transfers to one receiver, so that its memory does not grow with their number. */
export class CreditPool {
  #left: number;

  /** @param chunks - beyond the initial credit of each transfer. */
  constructor(chunks: number) {
    this.#left = chunks;
  }

  /** Takes up to `chunks`, and no more than half of what is there: the next one also finds some. Never waits. */
  borrow(chunks: number): number {
    const taken = Math.min(chunks, Math.ceil(this.#left / 2));
    this.#left -= taken;
    return taken;
  }

  give(chunks: number): void {
    this.#left += chunks;
  }
}
