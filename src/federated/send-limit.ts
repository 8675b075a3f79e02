interface Waiting {
  readonly turn: number;
  readonly sinceMs: number;
  readonly go: () => void;
}

/** Who waited longer than this is no longer passed over, and a chunk that is no further on by then no longer counts. */
const patienceMs = 1_000;

/**
 * Gives the next chunk of a transfer to the transport, once it may. Resolves when `send` was called.
 *
 * @param send - resolves when the chunk is on its way, or lost with its stream; never rejects.
 */
export type Hand = (send: () => Promise<void>) => Promise<void>;

/**
 * How many chunks may be in the hands of the transport at once, over all streams: a slow line holds few, many lines not more.
 * Whose transfer began first goes first: it ends while the others' has hardly begun, and its site trains meanwhile, where chunks
 * dealt out in turn would let all of them end together at the last moment. Nobody waits long for the next chunk while any
 * is sent: a site that saw none for minutes would be taken for dead. Nor behind lines that take nothing: their chunks lose
 * their places to others, and they get no further ones meanwhile.
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

  /** For a transfer that begins now. */
  transfer(): Hand {
    this.#turns += 1;
    const turn = this.#turns;
    const stalled = new Set<Promise<void>>();
    return async (send) => {
      await Promise.all(stalled);
      await this.#begin(turn);
      const sent = send();
      const timer = setTimeout(() => {
        stalled.add(sent);
        this.#end();
      }, patienceMs).unref();
      void sent.then(() => {
        clearTimeout(timer);
        if (!stalled.delete(sent)) this.#end();
      });
    };
  }

  /** Waits for a place. */
  async #begin(turn: number): Promise<void> {
    if (this.#left > 0) {
      this.#left -= 1;
      return;
    }
    await new Promise<void>((go) => this.#waiting.push({ turn, sinceMs: this.#nowMs(), go }));
  }

  /** Gives a place back. */
  #end(): void {
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
