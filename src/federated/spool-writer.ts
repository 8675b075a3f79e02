import { type FileHandle, open } from "node:fs/promises";
import { bufferBytes, giveBuffer, takeBuffer } from "./spare-buffers.ts";

const none = new Uint8Array();

/** A file that is written from its beginning to its end, in few writes. */
export class SpoolWriter {
  readonly #file: FileHandle;
  #buffer: Uint8Array = none;
  readonly #bufferBytes: number;
  #filled = 0;

  private constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#bufferBytes = size;
  }

  /** Makes or empties `path`. @param size - bytes that will come, as far as known: no larger buffer is made. */
  static async create(path: string, size: number = bufferBytes): Promise<SpoolWriter> {
    return new SpoolWriter(await open(path, "w", 0o600), Math.max(1, Math.min(size, bufferBytes)));
  }

  /** `bytes` is the caller's again when this resolves. */
  async append(bytes: Uint8Array): Promise<void> {
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
    await this.#file.datasync();
  }

  /** Flushes and closes. */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      giveBuffer(this.#buffer);
      this.#buffer = none;
      await this.#file.close();
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      done += (await this.#file.write(bytes, done, bytes.length - done)).bytesWritten;
    }
  }
}
