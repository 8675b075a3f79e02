import { type Hash, createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { elementProblem } from "./element-problem.ts";
import { chunkBytes, chunksOf, tensorBytes } from "./manifest.ts";
import type { ChunkPlace } from "./messages.ts";
import { readExactly } from "./model-file.ts";
import type { NotedUpload } from "./upload-notes.ts";

/** How far a half-received update is what its site said. */
export interface CheckedSpool extends ChunkPlace {
  /** Of the tensor at this place, up to it. */
  readonly hash: Hash;
  /** Of the file that are true; what follows them is not. */
  readonly bytes: number;
  /** As many of its notes as belong to these bytes. */
  readonly sums: readonly string[];
}

/**
 * Reads what a crash left of an update, chunk by chunk, up to the first that is not whole or has another digest than was noted
 * when it came: the end of each tensor is held against the site's own digest, every chunk before it against the coordinator's note.
 *
 * @throws PrivacyError `file_unreadable`; the system's error when the file is gone.
 */
export async function checkSpool({ path, manifest, sums }: NotedUpload): Promise<CheckedSpool> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const scratch = new Uint8Array(chunkBytes);
    let [bytes, known] = [0, 0];
    for (const [tensor, spec] of manifest.entries()) {
      let hash = createHash("sha256");
      const chunks = chunksOf(spec);
      for (let index = 0; index < chunks; index++) {
        const stop = { tensor, index, hash, bytes, sums: sums.slice(0, known) };
        const length = Math.min(chunkBytes, tensorBytes(spec) - index * chunkBytes);
        if (bytes + length > size) return stop;
        const chunk = scratch.subarray(0, length);
        await readExactly(file, path, bytes, chunk);
        const next = hash.copy().update(chunk);
        const isLast = index === chunks - 1;
        const expected = isLast ? Buffer.from(spec.sha256 ?? []).toString("hex") : sums[known];
        if (next.copy().digest("hex") !== expected || elementProblem(spec.dtype, chunk) !== undefined) return stop;
        if (!isLast) known += 1;
        bytes += length;
        hash = next;
      }
    }
    return { tensor: manifest.length, index: 0, hash: createHash("sha256"), bytes, sums };
  } finally {
    await file.close();
  }
}
