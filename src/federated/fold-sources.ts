import { readNumbers } from "./elements.ts";
import { manifestBytes } from "./manifest.ts";
import type { ModelFile } from "./model-file.ts";
import { type Segment, type Span, isFloat, spansOf } from "./spans.ts";
import { giveBuffer, takeBuffer } from "./spare-buffers.ts";
import { SpoolSet } from "./spool-set.ts";

const longestSpan = 1 << 20;
/** Of updates in memory: with its sums a span stays in a processor's cache. */
const longestHeldSpan = 1 << 16;
/** Updates that must be seen all at once are seen in spans that together take no more than this, in bytes. */
const mostAtOnce = 32 << 20;

/** The reading side of a fold: the updates and the model before the round, span by span. */
export class FoldSources {
  readonly model: ModelFile;
  readonly count: number;
  readonly #set: SpoolSet;
  readonly spanBytes: number;
  /** One buffer for each update, or one for all of them in turn. */
  readonly #buffers: readonly Uint8Array[];
  /** Taken when the model is wanted: a mean does not. */
  #modelBuffer: Uint8Array | null = null;

  private constructor(model: ModelFile, count: number, set: SpoolSet, isTogether: boolean) {
    const longest = set.isHeld ? longestHeldSpan : longestSpan;
    const most = isTogether ? Math.min(longest, mostAtOnce / count) : longest;
    this.spanBytes = Math.max(8, Math.floor(Math.min(most, manifestBytes(model.manifest) + 8) / 8) * 8);
    this.model = model;
    this.count = count;
    this.#set = set;
    this.#buffers = Array.from({ length: isTogether ? count : 1 }, () => takeBuffer(this.spanBytes));
  }

  /** @param isTogether - whether a rule needs the same span of all updates at once. Integer tensors always do. */
  static async open(model: ModelFile, paths: readonly string[], isTogether: boolean): Promise<FoldSources> {
    const hasIntegers = model.manifest.some((spec) => !isFloat(spec.dtype));
    const set = await SpoolSet.open([...paths, model.path]);
    return new FoldSources(model, paths.length, set, isTogether || hasIntegers);
  }

  spans(): Generator<Span> {
    return spansOf(this.model.manifest, this.spanBytes);
  }

  /** The span's bytes of update k; when spans are not read together, only until the next call. */
  async update(k: number, span: Span): Promise<Uint8Array> {
    const buffer = this.#buffers.length === 1 ? this.#buffers[0] : this.#buffers[k];
    return await this.#set.view(k, span.at, buffer.subarray(0, span.length));
  }

  /** All updates' bytes of the span, for a source that was opened so. */
  async together(span: Span): Promise<Uint8Array[]> {
    const all: Uint8Array[] = [];
    for (let k = 0; k < this.count; k++) all.push(await this.update(k, span));
    return all;
  }

  /** The span's bytes of the model before the round, until the next call. */
  async before(span: Span): Promise<Uint8Array> {
    this.#modelBuffer ??= takeBuffer(this.spanBytes);
    return await this.#set.view(this.count, span.at, this.#modelBuffer.subarray(0, span.length));
  }

  /** Once; nothing that was read may be looked at any more. */
  async close(): Promise<void> {
    for (const buffer of this.#buffers) giveBuffer(buffer);
    if (this.#modelBuffer !== null) giveBuffer(this.#modelBuffer);
    await this.#set.close();
  }
}

/** The bytes of one segment within its span's. */
export function part(bytes: Uint8Array, { from, length }: Segment): Uint8Array {
  return bytes.subarray(from, from + length);
}

/** The elements of a float segment. */
export function floatsOf(bytes: Uint8Array, segment: Segment): Float32Array | Float64Array {
  return readNumbers(segment.dtype as "float32" | "float64", part(bytes, segment)) as Float32Array | Float64Array;
}

/** The float segments of a span. */
export function floatSegments(span: Span): Segment[] {
  return span.segments.filter((s) => isFloat(s.dtype));
}

/** ‖xₖ − x‖² of each update to the model before the round, over float tensors; one pass. */
export async function squaredChanges(sources: FoldSources): Promise<number[]> {
  const totals = Array.from({ length: sources.count }, () => 0);
  for (const span of sources.spans()) {
    const before = await sources.before(span);
    for (let k = 0; k < sources.count; k++) {
      const after = await sources.update(k, span);
      for (const s of floatSegments(span)) totals[k] += squaredDistance(floatsOf(before, s), floatsOf(after, s));
    }
  }
  return totals;
}

/** ‖xᵢ − xⱼ‖² of every two updates, over float tensors, by their differences: no cancellation; one pass. */
export async function squaredDistances(sources: FoldSources): Promise<number[][]> {
  const n = sources.count;
  const totals = Array.from({ length: n }, () => Array.from({ length: n }, () => 0));
  for (const span of sources.spans()) {
    const all = await sources.together(span);
    for (const s of floatSegments(span)) {
      const columns = all.map((bytes) => floatsOf(bytes, s));
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < i; j++) totals[i][j] += squaredDistance(columns[i], columns[j]);
      }
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) totals[j][i] = totals[i][j];
  return totals;
}

/** ‖a − b‖². */
export function squaredDistance(a: Float32Array | Float64Array, b: Float32Array | Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) {
    const d = a[i] - b[i];
    total += d * d;
  }
  return total;
}
