/** How many chunks may be in the hands of the transport at once, over all streams: a slow line holds few, many lines not more. */
export class SendLimit {
  #left: number;
  readonly #waiting: (() => void)[] = [];

  constructor(chunks: number) {
    this.#left = chunks;
  }

  /** Waits until one more may be handed over, first come, first served. */
  async begin(): Promise<void> {
    if (this.#left > 0) {
      this.#left -= 1;
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** One is on its way, or lost with its stream. */
  end(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#left += 1;
    else next();
  }
}
