import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { PrivacyError } from "../core/index.ts";
import { replaceFile, syncFile } from "./durable-file.ts";
import { lockFolder } from "./folder-lock.ts";
import { type Manifest, type OutgoingTensors, chunkBytes } from "./manifest.ts";
import type { Chunk, ChunkPlace } from "./messages.ts";
import { ModelFile, chunkRuns } from "./model-file.ts";
import { type SavedTensor, manifestOf, parseJson, savedTensorSchema, savedTensors } from "./saved-tensors.ts";
import { onSpool } from "./spool-disk.ts";
import { type SitePrivacy, isSitePrivacy } from "./site-privacy.ts";

/** What training made of one round: the bytes that travel, however often the line breaks. */
export interface Answer {
  readonly round: number;
  readonly stepsTaken: number;
  readonly privacy: SitePrivacy | null;
  readonly manifest: Manifest;
  readonly chunks: (from: ChunkPlace) => AsyncIterable<Chunk>;
}

/** Which round of which run was begun last. */
interface Begun {
  readonly runId: string;
  readonly round: number;
}

type Facts = Pick<Answer, "round" | "stepsTaken" | "privacy">;

/**
 * Remembers which round a site began to train and what came of it, so that no round is trained twice: after a broken line
 * or, with a folder, after a crash, the same bytes are sent again, or nothing.
 */
export class Outbox {
  readonly #dir: string | null;
  readonly #unlock: () => Promise<void>;
  #begun: Begun | null = null;
  /** By run: the last secure round that was entered. */
  #secure: Map<string, number> | null = null;
  #entering: Promise<void> = Promise.resolve();
  #answer: Answer | null = null;

  private constructor(dir: string | null, unlock: () => Promise<void>) {
    this.#dir = dir;
    this.#unlock = unlock;
  }

  /** @param dir - null: remembers as long as the process lives. @throws PrivacyError `output_occupied`, `file_unreadable`. */
  static async open(dir: string | null): Promise<Outbox> {
    if (dir === null) return new Outbox(null, async () => undefined);
    const outbox = new Outbox(dir, await onSpool(dir, () => lockFolder(dir)));
    try {
      await outbox.#load(dir);
      return outbox;
    } catch (error) {
      await outbox.close();
      throw error;
    }
  }

  /** Whether a round of any run was ever begun. */
  get hasBegun(): boolean {
    return this.#begun !== null;
  }

  /** What came of this round, if anything did. */
  answer(runId: string, round: number): Answer | null {
    return this.#begun?.runId === runId && this.#answer?.round === round ? this.#answer : null;
  }

  /** False for a round that was begun before, or that lies before one that was. */
  mayBegin(runId: string, round: number): boolean {
    return this.#begun?.runId !== runId || round > this.#begun.round;
  }

  /** Notes, on the disk, that the round is being trained; before the first record is touched. */
  async begin(runId: string, round: number): Promise<void> {
    const before = this.#answer;
    this.#begun = { runId, round };
    this.#answer = null;
    if (this.#dir === null) return;
    await this.#save(this.#dir, { version, runId, round, update: null });
    if (before !== null) await rm(join(this.#dir, updateName(before.round)), { force: true });
  }

  /** An answer that is not remembered: parameters to start from. What training made stays as it is. */
  passing(facts: Facts, tensors: OutgoingTensors): Answer {
    return { ...facts, manifest: tensors.manifest, chunks: (from) => chunksOf(tensors, from) };
  }

  /** Keeps what training made; on the disk when this resolves. */
  async keep(facts: Facts, tensors: OutgoingTensors): Promise<Answer> {
    const { manifest } = tensors;
    if (this.#dir === null || this.#begun === null) return (this.#answer = this.passing(facts, tensors));
    const path = join(this.#dir, updateName(facts.round));
    await onSpool(path, async () => {
      await ModelFile.write(path, tensors);
      await syncFile(path);
    });
    const update = { ...facts, tensors: savedTensors(manifest) };
    await this.#save(this.#dir, { version, ...this.#begun, update });
    return (this.#answer = fileAnswer(path, facts, manifest));
  }

  /**
   * Notes, on the disk where there is a folder, that a secure round was entered.
   *
   * @throws PrivacyError `invalid_state` for a round that is not later than the last: its masks are gone, and new ones would give
   *   the coordinator two masked vectors of one update.
   */
  async enterSecure(run: string, round: number): Promise<void> {
    // one at a time: two streams may ask for the same round at once
    const entering = this.#entering.then(async () => await this.#enterSecure(run, round));
    this.#entering = entering.catch(() => undefined);
    await entering;
  }

  async #enterSecure(run: string, round: number): Promise<void> {
    const entered = (this.#secure ??= await this.#loadSecure());
    const last = entered.get(run);
    if (last !== undefined && round <= last) {
      throw new PrivacyError("invalid_state", "a secure round was to be entered a second time; the site sits it out", {
        object: "secure round",
        state: "entered before",
      });
    }
    const next = new Map(entered).set(run, round);
    if (this.#dir !== null) {
      const path = join(this.#dir, secureName);
      const rounds = [...next].map(([id, latest]) => ({ run: id, round: latest }));
      await onSpool(path, () => replaceFile(path, JSON.stringify({ version: secureVersion, rounds })));
    }
    this.#secure = next;
  }

  async #loadSecure(): Promise<Map<string, number>> {
    const path = this.#dir === null ? null : join(this.#dir, secureName);
    if (path === null || !existsSync(path)) return new Map();
    const parsed = secureSchema.safeParse(parseJson(await onSpool(path, () => readFile(path, "utf8"))));
    if (!parsed.success) throw damaged(path, "its fields");
    return new Map(parsed.data.rounds.map(({ run, round }) => [run, round]));
  }

  async close(): Promise<void> {
    await this.#unlock();
  }

  async #save(dir: string, state: SavedState): Promise<void> {
    const path = join(dir, stateName);
    await onSpool(path, () => replaceFile(path, JSON.stringify(state, infinityAsText)));
  }

  async #load(dir: string): Promise<void> {
    const path = join(dir, stateName);
    if (!existsSync(path)) return;
    const parsed = stateSchema.safeParse(parseJson(await onSpool(path, () => readFile(path, "utf8"))));
    if (!parsed.success) throw damaged(path, "its fields");
    const { runId, round, update } = parsed.data;
    this.#begun = { runId, round };
    if (update === null) return;
    const { stepsTaken, tensors } = update;
    const privacy = update.privacy === null ? null : (update.privacy as SitePrivacy);
    if (update.round !== round || (privacy !== null && !isSitePrivacy(privacy))) throw damaged(path, "its update");
    this.#answer = fileAnswer(join(dir, updateName(round)), { round, stepsTaken, privacy }, manifestOf(tensors));
  }
}

const version = "federated-outbox/v1";
const stateName = "outbox.json";
const secureName = "secure-round.json";
const updateName = (round: number): string => `update-${round}.bin`;

interface SavedState {
  readonly version: string;
  readonly runId: string;
  readonly round: number;
  readonly update: { round: number; stepsTaken: number; privacy: unknown; tensors: SavedTensor[] } | null;
}

const secureVersion = "federated-secure-rounds/v1";
const bound = z.union([z.number(), z.literal("Infinity").transform(() => Infinity)]);
const count = z.int().min(0);
const secureSchema = z.strictObject({
  version: z.literal(secureVersion),
  rounds: z.array(z.strictObject({ run: z.string(), round: count })),
});
const stateSchema: z.ZodType<SavedState> = z.strictObject({
  version: z.literal(version),
  runId: z.string(),
  round: count,
  update: z
    .strictObject({
      round: count,
      stepsTaken: count,
      privacy: z
        .strictObject({
          epsilon: z.strictObject({ lower: bound, upper: bound, point: bound }),
          delta: z.number(),
          neighboring: z.string(),
          unit: z.string(),
        })
        .nullable(),
      tensors: z.array(savedTensorSchema),
    })
    .nullable(),
});

function infinityAsText(_key: string, value: unknown): unknown {
  return value === Infinity ? "Infinity" : value;
}

/** The coordinator checks every digest, so a file that was changed is refused there and never averaged. */
function fileAnswer(path: string, facts: Facts, manifest: Manifest): Answer {
  return { ...facts, manifest, chunks: (from) => new ModelFile(path, manifest).chunks(from) };
}

async function* chunksOf({ manifest, bytes }: OutgoingTensors, from: ChunkPlace): AsyncGenerator<Chunk> {
  for (const { tensor, index, length } of chunkRuns(manifest, from)) {
    const first = bytes[tensor].subarray(index * chunkBytes);
    if (first.length >= length) yield { tensor, index, data: first.subarray(0, length) };
    else yield { tensor, index, data: first, rest: wholeTensors(bytes, tensor + 1, length - first.length) };
  }
}

/** So many tensors as have `length` bytes together. */
function wholeTensors(bytes: readonly Uint8Array[], from: number, length: number): readonly Uint8Array[] {
  let [to, left] = [from, length];
  for (; left > 0; to++) left -= bytes[to].length;
  return bytes.slice(from, to);
}

function damaged(path: string, reason: string): PrivacyError<"file_unreadable"> {
  const text = `${path} was wanted as a site left it and is not (${reason}); restore it, or give the site another outbox`;
  return new PrivacyError("file_unreadable", text, { path, reason });
}
