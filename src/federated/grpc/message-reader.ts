import { prefixBytes, takeMessage } from "./message-buffers.ts";

/**
 * Puts the messages of a gRPC stream together, as the decoder of grpc-js does: each with its prefix of a flag and a length. It
 * copies what arrives to its place at once, where that decoder keeps all pieces and then copies them.
 */
export class MessageReader {
  readonly #mostBytes: number;
  readonly #prefix: Buffer = Buffer.alloc(prefixBytes);
  #prefixFilled = 0;
  #message: Buffer | null = null;
  #filled = 0;

  /** @param mostBytes - of a message without its prefix; -1: any. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** @returns what became whole. @throws Error on a message that is too large, before any memory is taken for it. */
  write(data: Buffer): Buffer[] {
    const whole: Buffer[] = [];
    for (let at = 0; at < data.length;) {
      if (this.#message === null) {
        at += this.#readPrefix(data, at);
        if (this.#message === null) break;
      }
      const taken = Math.min(data.length - at, this.#message.length - this.#filled);
      data.copy(this.#message, this.#filled, at, at + taken);
      this.#filled += taken;
      at += taken;
      if (this.#filled < this.#message.length) continue;
      whole.push(this.#message);
      this.#message = null;
    }
    return whole;
  }

  /** Opens a message once its prefix is whole. @returns bytes used. */
  #readPrefix(data: Buffer, at: number): number {
    const taken = Math.min(prefixBytes - this.#prefixFilled, data.length - at);
    data.copy(this.#prefix, this.#prefixFilled, at, at + taken);
    this.#prefixFilled += taken;
    if (this.#prefixFilled < prefixBytes) return taken;
    const size = this.#prefix.readUInt32BE(1);
    if (this.#mostBytes !== -1 && size > this.#mostBytes) {
      throw new Error(`Received message larger than max (${size} vs ${this.#mostBytes})`);
    }
    this.#message = takeMessage(prefixBytes + size);
    this.#prefix.copy(this.#message);
    this.#filled = prefixBytes;
    this.#prefixFilled = 0;
    return taken;
  }
}
