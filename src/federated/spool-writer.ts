import { type FileHandle, open } from "node:fs/promises";

/** Small appends are put together to writes of this many bytes. */
const writeBytes = 1 << 20;

/** A file that is written from its beginning to its end, in few writes. */
export class SpoolWriter {
  readonly #file: FileHandle;
  readonly #buffer: Uint8Array;
  #filled = 0;

  private constructor(file: FileHandle, buffer: Uint8Array) {
    this.#file = file;
    this.#buffer = buffer;
  }

  /** Makes or empties `path`. @param size - bytes that will come, as far as known: no larger buffer is made. */
  static async create(path: string, size: number = writeBytes): Promise<SpoolWriter> {
    return new SpoolWriter(await open(path, "w", 0o600), new Uint8Array(Math.max(1, Math.min(size, writeBytes))));
  }

  /** `bytes` is the caller's again when this resolves. */
  async append(bytes: Uint8Array): Promise<void> {
    if (this.#filled === 0 && bytes.length >= this.#buffer.length) return await this.#write(bytes);
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
      await this.#file.close();
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      done += (await this.#file.write(bytes, done, bytes.length - done)).bytesWritten;
    }
  }
}
