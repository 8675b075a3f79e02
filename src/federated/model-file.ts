import { type FileHandle, open, rm } from "node:fs/promises";
import { PrivacyError } from "../core/index.ts";
import {
  type Manifest,
  type OutgoingTensors,
  chunkBytes,
  chunksOf,
  manifestBytes,
  modelDigest,
  tensorBytes,
  tensorOffsets,
} from "./manifest.ts";
import type { Chunk, ChunkPlace } from "./messages.ts";
import { type Parameters, parameterFromBytes } from "./parameters.ts";
import { giveBuffer, takeBuffer } from "./spare-buffers.ts";
import { dropHeld, heldSpool, holdSpool } from "./spool-memory.ts";

/** Fills `bytes` from `position` on. */
export async function readExactly(file: FileHandle, path: string, position: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0) {
      throw new PrivacyError("file_unreadable", `${path} ended early; it was changed while the run used it`, {
        path,
        reason: "shorter than its manifest",
      });
    }
    done += bytesRead;
  }
}

/** Where the bytes of one message lie: one chunk of a tensor, or several whole tensors that fit into one chunk together. */
interface ChunkRun extends ChunkPlace {
  readonly at: number;
  readonly length: number;
}

/** The messages that carry a manifest's bytes, in order. @param from - a place where one of them may begin. */
export function* chunkRuns(manifest: Manifest, from: ChunkPlace): Generator<ChunkRun> {
  const offsets = tensorOffsets(manifest);
  let run = null as ChunkRun | null;
  for (let tensor = from.tensor; tensor < manifest.length; tensor++) {
    const spec = manifest[tensor];
    for (let index = tensor === from.tensor ? from.index : 0; index < chunksOf(spec); index++) {
      const at = offsets[tensor] + index * chunkBytes;
      const length = Math.min(chunkBytes, tensorBytes(spec) - index * chunkBytes);
      const isWhole = length === tensorBytes(spec);
      if (run !== null && isWhole && run.length + length <= chunkBytes) run = { ...run, length: run.length + length };
      else {
        if (run !== null) yield run;
        run = { tensor, index, at, length };
      }
      // what follows a part of a tensor is never packed behind it
      if (!isWhole) {
        yield run;
        run = null;
      }
    }
  }
  if (run !== null) yield run;
}

/** A model of at most so many bytes stays in memory once it was read: every site of a round wants it. */
const mostKeptBytes = 16 * 2 ** 20;

/**
 * The global model of one round, the tensors' bytes one after the other: in memory where it is held there, else on the disk. Of
 * a large one nothing but the chunk that is being sent is in memory.
 */
export class ModelFile {
  readonly path: string;
  /** Every tensor with its digest. */
  readonly manifest: Manifest;
  /** SHA-256 (hex) over manifest and digests. */
  readonly digest: string;
  /** By where they begin; null for a large model. */
  readonly #kept: Map<number, Promise<Uint8Array> | Uint8Array> | null;
  /** All of its bytes; null where they are in a file. */
  readonly #held: Uint8Array | null;

  constructor(path: string, manifest: Manifest) {
    this.path = path;
    this.#held = heldSpool(path) ?? null;
    this.#kept = manifestBytes(manifest) <= mostKeptBytes ? new Map() : null;
    this.manifest = manifest;
    this.digest = modelDigest(manifest);
  }

  /** @param isHeld - in memory, if there is room: nothing has to outlive the process. */
  static async write(path: string, tensors: OutgoingTensors, isHeld = false): Promise<ModelFile> {
    const held = isHeld ? holdSpool(path, manifestBytes(tensors.manifest)) : null;
    if (held !== null) {
      for (const [i, at] of tensorOffsets(tensors.manifest).entries()) held.set(tensors.bytes[i], at);
      return new ModelFile(path, tensors.manifest);
    }
    const file = await open(path, "w", 0o600);
    try {
      for (const bytes of tensors.bytes) await file.appendFile(bytes);
    } finally {
      await file.close();
    }
    return new ModelFile(path, tensors.manifest);
  }

  /** The chunks in order, read one at a time; for reading only. @param from - the first one. */
  async *chunks(from: ChunkPlace): AsyncGenerator<Chunk> {
    let file: FileHandle | undefined;
    try {
      for (const { tensor, index, at, length } of chunkRuns(this.manifest, from)) {
        if (this.#kept === null) {
          file ??= await open(this.path, "r");
          yield { tensor, index, ...(await this.#borrow(file, at, length)) };
          continue;
        }
        // how far a message reaches depends on nothing but where it begins
        let bytes = this.#kept.get(at) ?? this.#held?.subarray(at, at + length);
        if (bytes === undefined) {
          file ??= await open(this.path, "r");
          bytes = this.#read(file, at, Buffer.allocUnsafeSlow(length));
        }
        // the same array for all who are sent it
        this.#kept.set(at, bytes);
        yield { tensor, index, data: bytes instanceof Uint8Array ? bytes : await bytes, isShared: true };
      }
    } finally {
      await file?.close();
    }
  }

  /** Memory that is used again once the chunk was copied; one that never is keeps it. */
  async #borrow(file: FileHandle, at: number, length: number): Promise<Pick<Chunk, "data" | "copied">> {
    let buffer: Uint8Array | null = takeBuffer(length);
    const data = await this.#read(file, at, buffer.subarray(0, length));
    const copied = (): void => {
      if (buffer !== null) giveBuffer(buffer);
      buffer = null;
    };
    return { data, copied };
  }

  async #read(file: FileHandle, at: number, bytes: Uint8Array): Promise<Uint8Array> {
    await readExactly(file, this.path, at, bytes);
    return bytes;
  }

  /** The whole model in memory, fresh copies. */
  async parameters(): Promise<Parameters> {
    const offsets = tensorOffsets(this.manifest);
    const held = this.#held;
    if (held !== null) {
      return this.manifest.map((s, i) => {
        return parameterFromBytes(s.name, s.dtype, s.shape, held.slice(offsets[i], offsets[i] + tensorBytes(s)));
      });
    }
    const file = await open(this.path, "r");
    try {
      const all: Uint8Array[] = [];
      // one after the other: what a transfer has left behind can be collected meanwhile
      for (const [i, spec] of this.manifest.entries()) {
        const bytes = new Uint8Array(tensorBytes(spec));
        await readExactly(file, this.path, offsets[i], bytes);
        all.push(bytes);
      }
      return this.manifest.map((s, i) => parameterFromBytes(s.name, s.dtype, s.shape, all[i]));
    } finally {
      await file.close();
    }
  }

  /** A site that is being sent it may go on. */
  async remove(): Promise<void> {
    if (dropHeld(this.path, false)) return;
    await rm(this.path, { force: true });
  }
}
