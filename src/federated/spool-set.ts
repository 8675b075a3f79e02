import { type FileHandle, open } from "node:fs/promises";
import { readExactly } from "./model-file.ts";
import { heldSpool } from "./spool-memory.ts";

/** More than these are not held open: each costs a descriptor, and systems allow 1,024 of them. */
const mostOpen = 128;

/**
 * Files of equal layout that are read at the same places: in memory where they are held there, held open as far as descriptors
 * allow, opened anew beyond.
 */
export class SpoolSet {
  readonly #paths: readonly string[];
  readonly #held: readonly (Uint8Array | null)[];
  readonly #files: (FileHandle | null)[] = [];

  private constructor(paths: readonly string[]) {
    this.#paths = paths;
    this.#held = paths.map((path) => heldSpool(path) ?? null);
  }

  static async open(paths: readonly string[]): Promise<SpoolSet> {
    const set = new SpoolSet(paths);
    let isLeft = mostOpen;
    try {
      for (const [k, path] of paths.entries()) {
        const isWanted = set.#held[k] === null && isLeft > 0;
        if (isWanted) isLeft -= 1;
        set.#files.push(isWanted ? await open(path, "r") : null);
      }
      return set;
    } catch (error) {
      await set.close();
      throw error;
    }
  }

  /** True when all of them are in memory. */
  get isHeld(): boolean {
    return this.#held.every((bytes) => bytes !== null);
  }

  /** Part of file `k`, for reading only: where it is held, or in `buffer`. */
  async view(k: number, at: number, buffer: Uint8Array): Promise<Uint8Array> {
    const bytes = this.#held[k];
    if (bytes !== null) return bytes.subarray(at, at + buffer.length);
    await this.read(k, at, buffer);
    return buffer;
  }

  /** Fills `bytes` from file `k`, from `at` on. */
  async read(k: number, at: number, bytes: Uint8Array): Promise<void> {
    const [held, known, path] = [this.#held[k], this.#files[k], this.#paths[k]];
    if (held !== null) return bytes.set(held.subarray(at, at + bytes.length));
    if (known !== null) return await readExactly(known, path, at, bytes);
    const file = await open(path, "r");
    try {
      await readExactly(file, path, at, bytes);
    } finally {
      await file.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#files.splice(0).map(async (file) => await file?.close()));
  }
}
