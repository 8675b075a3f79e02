import { type FileHandle, open } from "node:fs/promises";
import type { Manifest } from "./manifest.ts";
import { readExactly } from "./model-file.ts";
import { type Moments, type OptimizerRule, firstMoments, momentsOf } from "./server-optimizer.ts";
import { floatElements } from "./spans.ts";

/**
 * The moments of the coordinator's optimizer, in a file beside the model: all first moments in binary64, then all second
 * ones. Read from the file of the round before, written to that of this round.
 */
export class MomentFiles {
  readonly #rule: OptimizerRule;
  readonly #elements: number;
  readonly #before: { readonly file: FileHandle; readonly path: string } | null;
  readonly #after: FileHandle;

  private constructor(
    rule: OptimizerRule,
    elements: number,
    before: { readonly file: FileHandle; readonly path: string } | null,
    after: FileHandle,
  ) {
    this.#rule = rule;
    this.#elements = elements;
    this.#before = before;
    this.#after = after;
  }

  static async open(
    rule: OptimizerRule,
    manifest: Manifest,
    paths: { readonly momentsBefore: string | null; readonly momentsAfter: string },
  ): Promise<MomentFiles> {
    const { momentsBefore: path, momentsAfter } = paths;
    const before = path === null ? null : { path, file: await open(path, "r") };
    try {
      return new MomentFiles(rule, floatElements(manifest), before, await open(momentsAfter, "w", 0o600));
    } catch (error) {
      await before?.file.close();
      throw error;
    }
  }

  /** Fresh copies of the moments of some elements before the round. */
  async read(index: number, length: number): Promise<Moments> {
    const moments = { first: new Float64Array(length), second: new Float64Array(length) };
    if (this.#before === null) firstMoments(this.#rule, moments);
    for (const [region, values] of this.#regions(moments)) {
      if (this.#before === null) break;
      const at = 8 * (region * this.#elements + index);
      await readExactly(this.#before.file, this.#before.path, at, new Uint8Array(values.buffer));
    }
    return moments;
  }

  async write(index: number, moments: Moments): Promise<void> {
    for (const [region, values] of this.#regions(moments)) {
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      const at = 8 * (region * this.#elements + index);
      for (let done = 0; done < bytes.length;) {
        done += (await this.#after.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
      }
    }
  }

  async sync(): Promise<void> {
    await this.#after.datasync();
  }

  async close(): Promise<void> {
    await Promise.all([this.#before?.file.close(), this.#after.close()]);
  }

  #regions({ first, second }: Moments): (readonly [number, Float64Array])[] {
    return momentsOf(this.#rule) === 1
      ? [[0, first]]
      : [
          [0, first],
          [1, second],
        ];
  }
}
