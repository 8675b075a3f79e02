import { createHash } from "node:crypto";
import { PrivacyError } from "../core/index.ts";
import { combineIntegers } from "./combination.ts";
import { writeFloats } from "./elements.ts";
import { FoldSources, floatSegments, floatsOf, part } from "./fold-sources.ts";
import type { TensorSpec } from "./manifest.ts";
import { ModelFile } from "./model-file.ts";
import { type Span, isFloat } from "./spans.ts";
import { SpoolSet } from "./spool-set.ts";
import { SpoolWriter } from "./spool-writer.ts";

/** One update of a buffer and the model that it was trained from. */
export interface BufferedUpdate {
  readonly site: string;
  /** Public, > 0. */
  readonly weight: number;
  readonly path: string;
  readonly base: ModelFile;
  /** Releases between its base and now. */
  readonly staleness: number;
}

/** How much of a stale change counts: 1/√(1 + τ). */
export function staleShare(staleness: number): number {
  return 1 / Math.sqrt(1 + staleness);
}

/**
 * Moves a model by the mean of the buffered changes, each damped by its staleness:
 *
 *   x ← x + η · Σ wᵢ·s(τᵢ)·(xᵢ − xᵢ⁰) / Σ wᵢ,   s(τ) = 1/√(1 + τ),   xᵢ⁰ the model that update i was trained from
 *
 * Integer tensors take the largest value. Arithmetic is in binary64, rounded once; updates are taken by site and base.
 *
 * @param isDurable - what was written is on the disk when this resolves.
 * @throws PrivacyError `numerical_failure` when the next model is not finite; `file_unreadable`.
 * @source Nguyen, Malik, Zhan, Yousefpour, Rabbat, Malek, Huba 2022, arXiv:2106.06639v4, Algorithm 1 and section 5, with
 *   public weights wᵢ (equal ones are the paper's).
 */
export async function foldBuffer(
  model: ModelFile,
  updates: readonly BufferedUpdate[],
  serverLearningRate: number,
  path: string,
  isDurable = false,
): Promise<ModelFile> {
  const sorted = updates.toSorted((a, b) => (a.site === b.site ? b.staleness - a.staleness : a.site < b.site ? -1 : 1));
  const total = sorted.reduce((sum, u) => sum + u.weight, 0);
  const shares = sorted.map((u) => (serverLearningRate * u.weight * staleShare(u.staleness)) / total);
  const paths = sorted.map((u) => u.path);
  const sources = await FoldSources.open(model, paths, false);
  const bases = await SpoolSet.open(sorted.map((u) => u.base.path));
  const output = await SpoolWriter.create(path);
  const hashes = model.manifest.map(() => createHash("sha256"));
  try {
    for (const span of sources.spans()) {
      const bytes = await moveSpan(sources, bases, shares, span);
      for (const s of span.segments) hashes[s.tensor].update(part(bytes, s));
      await output.append(bytes);
    }
    if (isDurable) await output.sync();
  } finally {
    await Promise.all([sources.close(), bases.close(), output.close()]);
  }
  const manifest = model.manifest.map((spec, i): TensorSpec => ({ ...spec, sha256: hashes[i].digest() }));
  return new ModelFile(path, manifest);
}

async function moveSpan(
  sources: FoldSources,
  bases: SpoolSet,
  shares: readonly number[],
  span: Span,
): Promise<Uint8Array> {
  const out = new Uint8Array(span.length);
  const base = new Uint8Array(span.length);
  const segments = floatSegments(span);
  const before = await sources.before(span);
  const sums = segments.map((s) => Float64Array.from(floatsOf(before, s)));
  const columns: Uint8Array[] = [];
  for (const [k, share] of shares.entries()) {
    const update = await sources.update(k, span);
    await bases.read(k, span.at, base);
    for (const [i, s] of segments.entries()) addChange(sums[i], share, floatsOf(update, s), floatsOf(base, s));
    columns.push(update);
  }
  for (const [i, s] of segments.entries()) {
    if (writeFloats(s.dtype as "float32" | "float64", part(out, s), sums[i])) continue;
    const text =
      "the buffer was to give a finite model and gave none; the model stays, lower buffered.serverLearningRate";
    throw new PrivacyError("numerical_failure", text, { routine: "foldBuffer", reason: "not finite" });
  }
  for (const s of span.segments) {
    if (isFloat(s.dtype)) continue;
    combineIntegers(
      s.dtype,
      columns.map((c) => part(c, s)),
      "largest",
      part(out, s),
    );
  }
  return out;
}

function addChange(
  sums: Float64Array,
  share: number,
  update: Float32Array | Float64Array,
  base: Float32Array | Float64Array,
): void {
  for (let i = 0; i < sums.length; i++) sums[i] += share * (update[i] - base[i]);
}
