interface Waiting {
  readonly turn: number;
  readonly sinceMs: number;
  readonly go: () => void;
}

/** Who waited longer than this is no longer passed over. */
const patienceMs = 1_000;

/**
 * How many chunks may be in the hands of the transport at once, over all streams: a slow line holds few, many lines not more.
 * Whose transfer began first goes first: it ends while the others' has hardly begun, and its site trains meanwhile, where chunks
 * dealt out in turn would let all of them end together at the last moment. Nobody waits long for the next chunk while any
 * is sent: a site that saw none for minutes would be taken for dead.
 */
export class SendLimit {
  #left: number;
  #turns = 0;
  readonly #nowMs: () => number;
  readonly #waiting: Waiting[] = [];

  /** @param nowMs - monotonic. */
  constructor(chunks: number, nowMs: () => number = () => performance.now()) {
    this.#left = chunks;
    this.#nowMs = nowMs;
  }

  /** The turn of a transfer that begins now. */
  turn(): number {
    this.#turns += 1;
    return this.#turns;
  }

  /** Waits until one more may be handed over. */
  async begin(turn = 0): Promise<void> {
    if (this.#left > 0) {
      this.#left -= 1;
      return;
    }
    await new Promise<void>((go) => this.#waiting.push({ turn, sinceMs: this.#nowMs(), go }));
  }

  /** One is on its way, or lost with its stream. */
  end(): void {
    const [first] = this.#waiting;
    if (first === undefined) {
      this.#left += 1;
      return;
    }
    const isTired = this.#nowMs() - first.sinceMs > patienceMs;
    const next = isTired ? first : this.#waiting.reduce((a, b) => (b.turn < a.turn ? b : a));
    this.#waiting.splice(this.#waiting.indexOf(next), 1);
    next.go();
  }
}
