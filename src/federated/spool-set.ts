import { type FileHandle, open } from "node:fs/promises";
import { readExactly } from "./model-file.ts";

/** More than these are not held open: each costs a descriptor, and systems allow 1,024 of them. */
const mostOpen = 128;

/** Files of equal layout that are read at the same places: held open as far as descriptors allow, opened anew beyond. */
export class SpoolSet {
  readonly #paths: readonly string[];
  readonly #files: FileHandle[];

  private constructor(paths: readonly string[], files: FileHandle[]) {
    this.#paths = paths;
    this.#files = files;
  }

  static async open(paths: readonly string[]): Promise<SpoolSet> {
    const set = new SpoolSet(paths, []);
    try {
      for (const path of paths.slice(0, mostOpen)) set.#files.push(await open(path, "r"));
      return set;
    } catch (error) {
      await set.close();
      throw error;
    }
  }

  /** Fills `bytes` from file `k`, from `at` on. */
  async read(k: number, at: number, bytes: Uint8Array): Promise<void> {
    const path = this.#paths[k];
    if (k < this.#files.length) return await readExactly(this.#files[k], path, at, bytes);
    const file = await open(path, "r");
    try {
      await readExactly(file, path, at, bytes);
    } finally {
      await file.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#files.splice(0).map(async (file) => await file.close()));
  }
}
