import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { PrivacyError } from "../core/index.ts";
import type { Manifest, TensorSpec } from "./manifest.ts";
import { ModelFile, chunkPlaces, readExactly } from "./model-file.ts";
import type { ParameterDtype } from "./parameters.ts";

/** A whole and valid update in its spool file. */
export interface SpooledUpdate {
  readonly site: string;
  readonly path: string;
  /** Public, > 0. */
  readonly weight: number;
}

/** Accumulates chunks of one tensor, in the order given, and gives the combined bytes. */
interface ChunkFold {
  add(bytes: Uint8Array, weight: number): void;
  result(totalWeight: number): Uint8Array;
}

/** Σ wᵢxᵢ / Σ wᵢ in binary64, then rounded once to the tensor's type. Integer weights below 2^29 make w·x exact for float32. */
function foldMean(length: number, make: (b: ArrayBuffer) => Float32Array | Float64Array, size: number): ChunkFold {
  const sums = new Float64Array(length / size);
  return {
    add(bytes, weight) {
      const values = make(bytes.buffer as ArrayBuffer);
      for (let i = 0; i < sums.length; i++) sums[i] = sums[i] + weight * values[i];
    },
    result(totalWeight) {
      const out = new Uint8Array(length);
      const values = make(out.buffer);
      for (let i = 0; i < sums.length; i++) values[i] = sums[i] / totalWeight;
      return out;
    },
  };
}

/** The largest value: a counter must never be averaged, and its type never changes. */
function foldLargest(make: (b: ArrayBuffer) => Int32Array | Uint8Array | BigInt64Array): ChunkFold {
  let largest: Uint8Array | undefined;
  return {
    add(bytes) {
      if (largest === undefined) {
        largest = bytes.slice();
        return;
      }
      const have = make(largest.buffer as ArrayBuffer);
      const came = make(bytes.buffer as ArrayBuffer);
      for (let i = 0; i < have.length; i++) if (came[i] > have[i]) have[i] = came[i];
    },
    result: () => largest ?? new Uint8Array(),
  };
}

function chunkFold(dtype: ParameterDtype, length: number): ChunkFold {
  switch (dtype) {
    case "float32":
      return foldMean(length, (b) => new Float32Array(b), 4);
    case "float64":
      return foldMean(length, (b) => new Float64Array(b), 8);
    case "int32":
      return foldLargest((b) => new Int32Array(b));
    case "int64":
      return foldLargest((b) => new BigInt64Array(b));
    case "uint8":
    case "bool":
      return foldLargest((b) => new Uint8Array(b));
  }
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
    for (const { tensor, at, length } of chunkPlaces(manifest)) {
      const fold = chunkFold(manifest[tensor].dtype, length);
      for (const [i, u] of updates.entries()) fold.add(await readExactly(files[i], u.path, at, length), u.weight);
      const bytes = fold.result(totalWeight);
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
