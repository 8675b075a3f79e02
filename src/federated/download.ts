import { type Hash, createHash } from "node:crypto";
import { type Manifest, chunkBytes, tensorBytes } from "./manifest.ts";
import type { ChunkMessage, ChunkPlace } from "./messages.ts";
import { elementProblem } from "./element-problem.ts";
import { type Parameters, parameterFromBytes } from "./parameters.ts";

/** Puts the chunks of one instruction together in memory; every tensor must match its digest and be finite. */
export class Download {
  readonly #manifest: Manifest;
  readonly #tensors: Uint8Array[] = [];
  #filled = 0;
  #index = 0;
  #hash: Hash = createHash("sha256");
  #isSpoiled = false;

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
    this.#open();
  }

  get state(): "coming" | "whole" | "spoiled" {
    if (this.#isSpoiled) return "spoiled";
    return this.#tensors.length > this.#manifest.length ? "whole" : "coming";
  }

  /** The chunk that is missing next; of a whole download the place after the last. */
  get next(): ChunkPlace {
    return { tensor: this.#tensors.length - 1, index: this.#index };
  }

  take({ tensor, index, data }: ChunkMessage): void {
    if (this.state !== "coming") return;
    const isNext = tensor === this.#tensors.length - 1 && index === this.#index;
    if (!isNext || data.length === 0 || data.length > chunkBytes) this.#isSpoiled = true;
    let done = 0;
    while (done < data.length && this.state === "coming") {
      const bytes = this.#tensors[this.#tensors.length - 1];
      const length = Math.min(chunkBytes, bytes.length - this.#filled);
      // several tensors come together only if they are whole
      if (done + length > data.length) this.#isSpoiled = true;
      else this.#append(bytes, data.subarray(done, done + length));
      done += length;
    }
    // bytes beyond the last tensor are not part of any
    if (done < data.length) this.#isSpoiled = true;
  }

  #append(bytes: Uint8Array, data: Uint8Array): void {
    bytes.set(data, this.#filled);
    this.#hash.update(data);
    this.#filled += data.length;
    this.#index += 1;
    if (this.#filled === bytes.length) this.#close();
  }

  /** Only of a whole download. */
  parameters(): Parameters {
    return this.#manifest.map((s, i) =>
      parameterFromBytes(s.name, s.dtype, s.shape, this.#tensors[i] ?? new Uint8Array()),
    );
  }

  #close(): void {
    const [spec, bytes] = [this.#manifest[this.#tensors.length - 1], this.#tensors.at(-1)];
    const isIntact = spec?.sha256 !== undefined && this.#hash.digest().equals(spec.sha256);
    // a model of NaN teaches nothing, and steps on it would be paid for
    if (!isIntact || bytes === undefined || elementProblem(spec.dtype, bytes) !== undefined) this.#isSpoiled = true;
    else this.#open();
  }

  /** Opens the next tensor that has bytes; one past the last means whole. */
  #open(): void {
    const spec = this.#manifest[this.#tensors.length];
    this.#filled = 0;
    this.#index = 0;
    this.#hash = createHash("sha256");
    this.#tensors.push(new Uint8Array(spec === undefined ? 0 : tensorBytes(spec)));
    if (spec !== undefined && tensorBytes(spec) === 0) this.#close();
  }
}
