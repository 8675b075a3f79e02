import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { PrivacyError } from "../core/index.ts";
import { type Manifest, type TensorSpec, chunkBytes, tensorBytes } from "./manifest.ts";
import { ModelFile, chunkPlaces, readExactly } from "./model-file.ts";
import type { ParameterDtype } from "./parameters.ts";

/** A whole and valid update in its spool file. */
export interface SpooledUpdate {
  readonly site: string;
  readonly path: string;
  /** Public, > 0. */
  readonly weight: number;
}

/** Combines the chunks of one place, one per update, in the order given. Made once per fold; `begin` starts a place. */
interface ChunkFold {
  begin(): void;
  /** `bytes` begins at a multiple of the element size and is the caller's again afterwards. */
  add(bytes: Uint8Array, weight: number): void;
  /** Overwrites `bytes` with the combined chunk. */
  result(bytes: Uint8Array, totalWeight: number): void;
}

/** A view of the elements of some bytes. */
type View<T> = (bytes: Uint8Array) => T;

const float32: View<Float32Array> = (b) => new Float32Array(b.buffer as ArrayBuffer, b.byteOffset, b.length / 4);
const float64: View<Float64Array> = (b) => new Float64Array(b.buffer as ArrayBuffer, b.byteOffset, b.length / 8);
const int32: View<Int32Array> = (b) => new Int32Array(b.buffer as ArrayBuffer, b.byteOffset, b.length / 4);
const int64: View<BigInt64Array> = (b) => new BigInt64Array(b.buffer as ArrayBuffer, b.byteOffset, b.length / 8);
const uint8: View<Uint8Array> = (b) => b;

/** Σ wᵢxᵢ / Σ wᵢ in binary64, then rounded once to the tensor's type. Integer weights below 2^29 make w·x exact for float32. */
function foldMean(view: View<Float32Array | Float64Array>, sums: Float64Array): ChunkFold {
  return {
    begin: () => void sums.fill(0),
    add: (bytes, weight) => {
      const values = view(bytes);
      for (let i = 0; i < values.length; i++) sums[i] += weight * values[i];
    },
    result: (bytes, totalWeight) => {
      const values = view(bytes);
      for (let i = 0; i < values.length; i++) values[i] = sums[i] / totalWeight;
    },
  };
}

/** The largest value: a counter must never be averaged, and its type never changes. */
function foldLargest(view: View<Int32Array | Uint8Array | BigInt64Array>): ChunkFold {
  let largest: Uint8Array | undefined;
  return {
    begin: () => (largest = undefined),
    add: (bytes) => {
      largest ??= bytes.slice();
      const [have, came] = [view(largest), view(bytes)];
      for (let i = 0; i < have.length; i++) if (came[i] > have[i]) have[i] = came[i];
    },
    result: (bytes) => bytes.set(largest ?? bytes),
  };
}

function chunkFolds(largestChunk: number): Readonly<Record<ParameterDtype, ChunkFold>> {
  // one place at a time is folded, so that all floats share the sums
  const sums = new Float64Array(Math.ceil(largestChunk / 4));
  return {
    float32: foldMean(float32, sums),
    float64: foldMean(float64, sums),
    int32: foldLargest(int32),
    int64: foldLargest(int64),
    uint8: foldLargest(uint8),
    bool: foldLargest(uint8),
  };
}

/**
 * Federated averaging from spool files to a new model file, chunk by chunk: memory holds a few chunks, whatever the
 * size of the model and the number of sites.
 *
 *   float tensors:   x = Σ wᵢ·xᵢ / Σ wᵢ  in binary64, rounded once
 *   integer, bool:   the largest value among the updates
 *
 * @param updates - at least one, each of weight > 0; folded in the order given, so give them sorted by site: then the
 *   same set of updates gives the same bytes in whatever order they arrived.
 * @source McMahan, Moore, Ramage, Hampson, Agüera y Arcas 2017, arXiv:1602.05629v4, Algorithm 1, with the public
 *   weights wᵢ in place of example counts.
 */
export async function foldFedAvg(
  manifest: Manifest,
  updates: readonly SpooledUpdate[],
  path: string,
): Promise<ModelFile> {
  const totalWeight = updates.reduce((sum, u) => sum + u.weight, 0);
  if (!(totalWeight > 0)) {
    throw new PrivacyError("invalid_state", "a mean needs at least one update of positive weight; keep the model", {
      object: "fold",
      state: "without weight",
    });
  }
  const files = await openAll(updates);
  const output = await open(path, "w");
  const hashes = manifest.map(() => createHash("sha256"));
  try {
    const largestChunk = Math.min(chunkBytes, Math.max(...manifest.map(tensorBytes)));
    const folds = chunkFolds(largestChunk);
    const scratch = new Uint8Array(largestChunk);
    for (const { tensor, at, length } of chunkPlaces(manifest)) {
      const bytes = scratch.subarray(0, length);
      const fold = folds[manifest[tensor].dtype];
      fold.begin();
      for (const [i, u] of updates.entries()) {
        await readExactly(files[i], u.path, at, bytes);
        fold.add(bytes, u.weight);
      }
      fold.result(bytes, totalWeight);
      hashes[tensor].update(bytes);
      await output.appendFile(bytes);
    }
  } finally {
    await Promise.all([output, ...files].map(async (f) => await f.close()));
  }
  return new ModelFile(
    path,
    manifest.map((spec, i): TensorSpec => ({ ...spec, sha256: hashes[i].digest() })),
  );
}

async function openAll(updates: readonly SpooledUpdate[]): Promise<FileHandle[]> {
  const files: FileHandle[] = [];
  try {
    for (const u of updates) files.push(await open(u.path, "r"));
  } catch (error) {
    await Promise.all(files.map(async (f) => await f.close()));
    throw error;
  }
  return files;
}
