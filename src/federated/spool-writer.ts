import { type FileHandle, open } from "node:fs/promises";
import { bufferBytes, giveBuffer, takeBuffer } from "./spare-buffers.ts";
import { holdSpool } from "./spool-memory.ts";

const none = new Uint8Array();

/** A spool file that is written from its beginning to its end: in few writes, or in memory. */
export class SpoolWriter {
  readonly #file: FileHandle | null;
  #held: Uint8Array | null;
  #heldBytes = 0;
  #buffer: Uint8Array = none;
  readonly #bufferBytes: number;
  #filled = 0;

  private constructor(file: FileHandle | null, held: Uint8Array | null, size: number) {
    this.#file = file;
    this.#held = held;
    this.#bufferBytes = Math.max(1, Math.min(size, bufferBytes));
  }

  /** Makes or empties `path`. @param size - bytes that will come, as far as known: no larger buffer is made. */
  static async create(path: string, size: number = bufferBytes): Promise<SpoolWriter> {
    return new SpoolWriter(await open(path, "w", 0o600), null, size);
  }

  /** As `create`, in memory if there is room. @param size - bytes that will come, and no more. */
  static async hold(path: string, size: number): Promise<SpoolWriter> {
    const held = holdSpool(path, size);
    return held === null ? await SpoolWriter.create(path, size) : new SpoolWriter(null, held, size);
  }

  /** Goes on with a file after its first `length` bytes; what follows them is cut off. */
  static async reopen(path: string, length: number, size: number = bufferBytes): Promise<SpoolWriter> {
    const file = await open(path, "a", 0o600);
    try {
      await file.truncate(length);
    } catch (error) {
      await file.close();
      throw error;
    }
    return new SpoolWriter(file, null, size);
  }

  /**
   * The memory of the next `length` bytes, to be filled and appended; null where there is none that begins at a multiple of
   * `align`.
   */
  place(length: number, align: number): Uint8Array | null {
    if (this.#heldBytes % align !== 0) return null;
    return this.#held?.subarray(this.#heldBytes, this.#heldBytes + length) ?? null;
  }

  /** True where appending needs no waiting. */
  get isHeld(): boolean {
    return this.#held !== null;
  }

  /** For a file in memory. */
  appendHeld(bytes: Uint8Array): void {
    if (bytes.buffer !== this.#held?.buffer) this.#held?.set(bytes, this.#heldBytes);
    this.#heldBytes += bytes.length;
  }

  /** `bytes` is the caller's again when this resolves. */
  async append(bytes: Uint8Array): Promise<void> {
    if (this.#held !== null) return this.appendHeld(bytes);
    if (this.#filled === 0 && bytes.length >= this.#bufferBytes) return await this.#write(bytes);
    if (this.#buffer.length === 0) this.#buffer = takeBuffer(this.#bufferBytes);
    for (let done = 0; done < bytes.length;) {
      const taken = Math.min(bytes.length - done, this.#buffer.length - this.#filled);
      this.#buffer.set(bytes.subarray(done, done + taken), this.#filled);
      this.#filled += taken;
      done += taken;
      if (this.#filled === this.#buffer.length) await this.flush();
    }
  }

  /** Gives the system what was put together so far. */
  async flush(): Promise<void> {
    const filled = this.#filled;
    this.#filled = 0;
    if (filled > 0) await this.#write(this.#buffer.subarray(0, filled));
  }

  /** Everything is on the disk when this resolves. */
  async sync(): Promise<void> {
    await this.flush();
    await this.#file?.datasync();
  }

  /** Flushes and gives the memory back: for a file whose next bytes may be long in coming. */
  async rest(): Promise<void> {
    try {
      await this.flush();
    } finally {
      giveBuffer(this.#buffer);
      this.#buffer = none;
    }
  }

  /** Flushes and closes. */
  async close(): Promise<void> {
    try {
      await this.rest();
    } finally {
      this.#held = null;
      await this.#file?.close();
    }
  }

  /** Closes, and forgets what was not flushed. */
  async abandon(): Promise<void> {
    this.#filled = 0;
    await this.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; this.#file !== null && done < bytes.length;) {
      done += (await this.#file.write(bytes, done, bytes.length - done)).bytesWritten;
    }
  }
}
