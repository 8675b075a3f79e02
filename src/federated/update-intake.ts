import { type Hash, createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { elementProblem } from "./element-problem.ts";
import {
  type Manifest,
  chunkBytes,
  manifestBytes,
  manifestDifference,
  manifestProblem,
  tensorBytes,
} from "./manifest.ts";
import type { ChunkPlace } from "./messages.ts";
import { dtypeBytes } from "./parameters.ts";
import type { RejectReason } from "./reject-reason.ts";
import { onSpool, removeSpool } from "./spool-disk.ts";
import { type CheckedSpool, checkSpool } from "./spool-check.ts";
import { SpoolWriter } from "./spool-writer.ts";
import { type NotedUpload, type UploadOwner, UploadNotes, notesPath } from "./upload-notes.ts";

/** What an update must look like, and where it is kept until the round closes. */
export interface IntakePlan {
  /** The run's manifest; null while the run has no model and any well-formed one will do. */
  readonly agreed: Manifest | null;
  /** No update may be larger, in bytes. */
  readonly maxBytes: number;
  /** The spool file: the tensors' bytes one after the other. */
  readonly path: string;
  /** True: in memory if there is room; nothing has to outlive the coordinator. */
  readonly isHeld?: boolean;
  /** Whose it is, where a half-received update is to outlive the coordinator; null: it goes with it. */
  readonly owner: UploadOwner | null;
}

/**
 * Takes one update in, chunk by chunk, to a file: checks order, sizes, elements and digests as the bytes arrive, so
 * that memory holds one chunk and nothing half-received is ever averaged.
 */
export class UpdateIntake {
  readonly manifest: Manifest;
  readonly path: string;
  readonly #file: SpoolWriter;
  #tensor = -1;
  #index = 0;
  #left = 0;
  #hash: Hash = createHash("sha256");
  readonly #notes: UploadNotes | null;

  private constructor(manifest: Manifest, path: string, file: SpoolWriter, notes: UploadNotes | null) {
    this.manifest = manifest;
    this.path = path;
    this.#file = file;
    this.#notes = notes;
  }

  /** Opens the spool file, or says why these tensors are not wanted. Every tensor must come with its digest. */
  static async begin(plan: IntakePlan, manifest: Manifest): Promise<UpdateIntake | RejectReason> {
    const difference = plan.agreed === null ? undefined : manifestDifference(plan.agreed, manifest);
    const problem = difference ?? manifestProblem(manifest, plan.maxBytes);
    if (problem !== undefined) return problem;
    if (manifest.some((spec) => spec.sha256 === undefined)) return "digest";
    const { path, owner, isHeld = false } = plan;
    const bytes = manifestBytes(manifest);
    const intake = await onSpool(path, async () => {
      // one chunk is sent again sooner than it is looked for
      const notes = owner === null || bytes <= chunkBytes ? null : await UploadNotes.create(path, owner, manifest);
      const file = isHeld ? await SpoolWriter.hold(path, bytes) : await SpoolWriter.create(path, bytes);
      return new UpdateIntake(manifest, path, file, notes);
    });
    const empty = intake.#nextTensor();
    if (empty === undefined) return intake;
    await intake.discard();
    return empty;
  }

  /** Goes on with what a crash left of an update, as far as it is true; null when nothing can be done with it. */
  static async resume(noted: NotedUpload): Promise<UpdateIntake | null> {
    const { path, manifest } = noted;
    try {
      const checked = await checkSpool(noted);
      const file = await SpoolWriter.reopen(path, checked.bytes, manifestBytes(manifest));
      const notes = await UploadNotes.create(path, noted, manifest, checked.sums);
      const intake = new UpdateIntake(manifest, path, file, notes);
      intake.#stand(checked);
      return intake;
    } catch {
      await removeUpload(path);
      return null;
    }
  }

  #stand({ tensor, index, hash }: CheckedSpool): void {
    const spec = this.manifest[tensor];
    [this.#tensor, this.#index, this.#hash] = [tensor, index, hash];
    this.#left = spec === undefined ? 0 : tensorBytes(spec) - index * chunkBytes;
  }

  /** Takes the next chunk or whole tensors, or says what is wrong; after that only `discard` makes sense. */
  async take(tensor: number, index: number, data: Uint8Array): Promise<RejectReason | undefined> {
    const isNext = this.#tensor < this.manifest.length && tensor === this.#tensor && index === this.#index;
    if (!isNext || data.length === 0 || data.length > chunkBytes) return "size";
    for (let done = 0; done < data.length;) {
      const length = Math.min(chunkBytes, this.#left);
      // several tensors come together only if they are whole
      if (length === 0 || done + length > data.length) return "size";
      const problem = await this.#append(data.subarray(done, done + length));
      if (problem !== undefined) return problem;
      done += length;
    }
    return undefined;
  }

  async #append(given: Uint8Array): Promise<RejectReason | undefined> {
    const { dtype } = this.manifest[this.#tensor];
    const place = this.#file.place(given.length, dtypeBytes[dtype]);
    place?.set(given);
    const bytes = place ?? given;
    const problem = elementProblem(dtype, bytes);
    if (problem !== undefined) return problem;
    this.#hash.update(bytes);
    if (this.#file.isHeld) this.#file.appendHeld(bytes);
    else await onSpool(this.path, () => this.#file.append(bytes));
    this.#left -= bytes.length;
    this.#index += 1;
    if (this.#left === 0) return this.#closeTensor();
    const [notes, { path }] = [this.#notes, this];
    if (notes !== null) await onSpool(path, async () => await notes.note(this.#hash.copy().digest()));
    return undefined;
  }

  /** The chunk that is missing next. */
  get next(): ChunkPlace {
    return { tensor: this.#tensor, index: this.#index };
  }

  /** Closes the spool file when every byte is there; else says so. @param isDurable - with every byte on the disk. */
  async finish(isDurable: boolean): Promise<RejectReason | undefined> {
    if (this.#tensor < this.manifest.length) return "size";
    await onSpool(this.path, async () => {
      if (isDurable) await this.#file.sync();
      await this.#file.close();
    });
    return undefined;
  }

  /** Nothing is coming for a while: keeps no memory. */
  async rest(): Promise<void> {
    await onSpool(this.path, () => this.#file.rest());
  }

  /** The run ends here: the file stays for its next life where there are notes to it. Writes no more, whoever has the folder now. */
  async leave(): Promise<void> {
    if (this.#notes === null) return await this.discard();
    await this.#notes.close();
    await this.#file.abandon();
  }

  /** What was noted of a whole update that is in good hands. */
  async removeNotes(): Promise<void> {
    await this.#notes?.remove();
  }

  /** Closes and removes the spool file. */
  async discard(): Promise<void> {
    this.#tensor = this.manifest.length;
    await this.#notes?.remove();
    await this.#file.abandon();
    await removeSpool(this.path);
  }

  #closeTensor(): RejectReason | undefined {
    const expected = this.manifest[this.#tensor]?.sha256;
    if (expected === undefined || !this.#hash.digest().equals(expected)) return "digest";
    return this.#nextTensor();
  }

  /** Goes to the next tensor that has bytes; an empty one is whole at once. */
  #nextTensor(): RejectReason | undefined {
    this.#tensor += 1;
    this.#index = 0;
    this.#hash = createHash("sha256");
    const spec = this.manifest[this.#tensor];
    if (spec === undefined) return undefined;
    this.#left = tensorBytes(spec);
    return this.#left === 0 ? this.#closeTensor() : undefined;
  }
}

/** Removes a spool file and what was noted of it. */
export async function removeUpload(path: string): Promise<void> {
  await Promise.all([path, notesPath(path)].map(async (file) => await rm(file, { force: true })));
}
