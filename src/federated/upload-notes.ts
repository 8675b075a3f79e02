import { type FileHandle, open, readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Manifest } from "./manifest.ts";
import { isSiteName } from "./messages.ts";
import { type SavedTensor, manifestOf, parseJson, savedTensorSchema, savedTensors } from "./saved-tensors.ts";

/** Whose update of which round. */
export interface UploadOwner {
  readonly site: string;
  readonly round: number;
}

/** A half-received update as an earlier life of the coordinator left it: nothing of it is known to be true yet. */
export interface NotedUpload extends UploadOwner {
  /** The spool file. */
  readonly path: string;
  readonly manifest: Manifest;
  /** In order, for each chunk that did not end its tensor: SHA-256 (hex) of the tensor up to the end of that chunk. */
  readonly sums: readonly string[];
}

const version = "federated-upload/v1";
const headerSchema: z.ZodType<UploadOwner & { version: string; tensors: SavedTensor[] }> = z.strictObject({
  version: z.literal(version),
  site: z.string().refine(isSiteName),
  round: z.int().min(1),
  tensors: z.array(savedTensorSchema),
});

/** Where the notes to a spool file are. */
export function notesPath(path: string): string {
  return path.replace(/\.bin$/, ".notes");
}

/**
 * Written beside a large update while it comes in, so that a coordinator that was killed can go on with it. Never waited for on the
 * disk: notes that are missing, torn or wrong cost a transfer, since every byte they speak of is hashed again, and the update's own
 * digests decide.
 */
export class UploadNotes {
  readonly #path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** @param sums - of an update that goes on: those that were found true. */
  static async create(
    spool: string,
    { site, round }: UploadOwner,
    manifest: Manifest,
    sums: readonly string[] = [],
  ): Promise<UploadNotes> {
    const path = notesPath(spool);
    const file = await open(path, "w", 0o600);
    const header = JSON.stringify({ version, site, round, tensors: savedTensors(manifest) });
    await file.appendFile([header, ...sums].map((line) => `${line}\n`).join(""));
    return new UploadNotes(path, file);
  }

  async note(sum: Buffer): Promise<void> {
    await this.#file.appendFile(`${sum.toString("hex")}\n`);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async remove(): Promise<void> {
    await this.#file.close();
    await rm(this.#path, { force: true });
  }
}

/** The half-received updates of a folder, as far as their notes can be read. */
export async function notedUploads(dir: string): Promise<NotedUpload[]> {
  const names = await readdir(dir);
  const spools = names.filter((name) => name.endsWith(".bin") && names.includes(notesPath(name)));
  const read = await Promise.all(spools.map(async (name) => await readNotes(join(dir, name))));
  return read.filter((noted) => noted !== null);
}

async function readNotes(path: string): Promise<NotedUpload | null> {
  // what a crash left of a last line is no line
  const [first = "", ...sums] = (await readFile(notesPath(path), "utf8")).split("\n").slice(0, -1);
  const parsed = headerSchema.safeParse(parseJson(first));
  if (!parsed.success) return null;
  const { site, round, tensors } = parsed.data;
  return { site, round, path, manifest: manifestOf(tensors), sums };
}
