import { createHash } from "node:crypto";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { z } from "zod";
import { PrivacyError } from "../core/index.ts";
import type { AskedSite } from "./delivery.ts";
import { type SavedTensor, parseJson, savedTensorSchema } from "./saved-tensors.ts";
import { onSpool } from "./spool-disk.ts";

type Facts = Record<string, unknown>;

/** One entry of a coordinator's journal. Files are names within its folder. */
export type JournalEntry =
  | {
      readonly kind: "run-opened";
      readonly version: "federated-journal/v1";
      readonly runId: string;
      /** SHA-256 over everything that the run was configured with. */
      readonly configuration: string;
      readonly strategy: string;
      /** PEM of the key that signs the lineage; null without one. */
      readonly publicKey: string | null;
    }
  /** The first model: given by the caller, or sent by a site. */
  | { readonly kind: "model-given"; readonly file: string; readonly tensors: SavedTensor[]; signature: string | null }
  /** Who was asked; in a buffered run, one line for each time that somebody was. */
  | { readonly kind: "round-opened"; readonly round: number; readonly sites: AskedSite[] }
  | {
      readonly kind: "update-spooled";
      readonly round: number;
      readonly site: string;
      readonly file: string;
      readonly tensors: SavedTensor[];
      readonly facts: Facts;
    }
  | {
      readonly kind: "round-released";
      readonly round: number;
      readonly parent: string;
      readonly model: string;
      readonly file: string;
      readonly tensors: SavedTensor[];
      readonly moments: string | null;
      /** SHA-256 of that file; absent in journals of earlier releases. */
      readonly momentsDigest?: string | undefined;
      /** Files of the updates that a buffered run folded; null where it was all of the round. */
      readonly taken: string[] | null;
      /** What the next round clips changes to, where the site is the unit: computed from released numbers. */
      readonly clipNorm?: number | undefined;
      /** Outcomes of the asked sites, for the round's record. */
      readonly sites: Facts[];
      /** Ed25519 over run, round, parent, model and strategy, base64; null without a key. */
      readonly signature: string | null;
    }
  | { readonly kind: "round-closed"; readonly round: number; readonly record: Facts }
  | { readonly kind: "run-finished"; readonly model: string };

const lineSchema: z.ZodType<{ prev: string; entry: JournalEntry }> = makeLineSchema();

function makeLineSchema(): z.ZodType<{ prev: string; entry: JournalEntry }> {
  const digest = z.string().regex(/^[0-9a-f]{64}$/);
  const round = z.int().min(0);
  const tensors = z.array(savedTensorSchema);
  // a name within the folder and nothing else, whatever a file says
  const file = z.string().regex(/^[a-z0-9-]+\.bin$/);
  const signature = z.string().nullable();
  const site = z.string();
  const facts = z.record(z.string(), z.unknown());
  const asked = z.strictObject({ site, weight: z.number(), loss: z.number().nullable() });
  const opened = { configuration: digest, strategy: z.string(), publicKey: z.string().nullable() };
  const released = {
    parent: digest,
    model: digest,
    moments: file.nullable(),
    momentsDigest: digest.optional(),
    taken: z.array(file).nullable(),
    sites: z.array(facts),
    signature,
    clipNorm: z.number().positive().optional(),
  };
  const entry = z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("run-opened"),
      version: z.literal("federated-journal/v1"),
      runId: z.string(),
      ...opened,
    }),
    z.strictObject({ kind: z.literal("model-given"), file, tensors, signature }),
    z.strictObject({ kind: z.literal("round-opened"), round, sites: z.array(asked) }),
    z.strictObject({ kind: z.literal("update-spooled"), round, site, file, tensors, facts }),
    z.strictObject({ kind: z.literal("round-released"), round, file, tensors, ...released }),
    z.strictObject({ kind: z.literal("round-closed"), round, record: facts }),
    z.strictObject({ kind: z.literal("run-finished"), model: digest }),
  ]);
  return z.strictObject({ prev: z.string(), entry });
}

const noPrevious = "0".repeat(64);
const hashOf = (line: string): string => createHash("sha256").update(line).digest("hex");

/** What a journal's bytes hold. */
export interface JournalContent {
  readonly entries: readonly JournalEntry[];
  /** SHA-256 of the last line. */
  readonly head: string;
  /** Bytes of whole lines; what follows them a crash left behind. */
  readonly bytes: number;
}

/**
 * Reads a journal. Each line names the hash of the one before; a last line without its newline is what a crash left.
 *
 * @throws PrivacyError `file_unreadable` when another line is not what the coordinator wrote.
 */
export function parseJournal(text: string, path: string): JournalContent {
  const entries: JournalEntry[] = [];
  let [head, bytes] = [noPrevious, 0];
  const lines = text.split("\n");
  lines.pop();
  for (const line of lines) {
    const parsed = lineSchema.safeParse(parseJson(line));
    if (!parsed.success || parsed.data.prev !== head) {
      const reason = `line ${entries.length + 1} does not follow`;
      const advice = "restore the file from before it was changed, or start the run in another folder";
      throw new PrivacyError("file_unreadable", `${path} was wanted as a round journal and ${reason}; ${advice}`, {
        path,
        reason,
      });
    }
    entries.push(parsed.data.entry);
    head = hashOf(line);
    bytes += Buffer.byteLength(line) + 1;
  }
  return { entries, head, bytes };
}

/** The coordinator's journal, open for appending: an entry is on the disk when `append` resolves. */
export class RoundJournal {
  readonly path: string;
  readonly #file: FileHandle;
  #head: string;
  #tail: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle, head: string) {
    this.path = path;
    this.#file = file;
    this.#head = head;
  }

  /** Opens the journal, new or not; cuts off what a crash left of the last line. */
  static async open(path: string): Promise<{ journal: RoundJournal; entries: readonly JournalEntry[] }> {
    const handle = await onSpool(path, () => open(path, "a", 0o600));
    try {
      const { entries, head, bytes } = parseJournal(await readFile(path, "utf8"), path);
      await onSpool(path, async () => {
        await handle.truncate(bytes);
        await handle.sync();
      });
      return { journal: new RoundJournal(path, handle, head), entries };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async append(entry: JournalEntry): Promise<void> {
    const step = this.#tail.then(async () => {
      const line = JSON.stringify({ prev: this.#head, entry });
      await onSpool(this.path, async () => {
        await this.#file.appendFile(`${line}\n`);
        await this.#file.datasync();
      });
      this.#head = hashOf(line);
    });
    // after a failed append nobody knows what is on the disk: every further one fails with the same error
    this.#tail = step;
    step.catch(() => undefined);
    await step;
  }

  async close(): Promise<void> {
    await this.#tail.catch(() => undefined);
    await this.#file.close();
  }
}
