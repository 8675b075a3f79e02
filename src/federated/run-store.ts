import { type KeyObject, createPublicKey, randomUUID } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { invalidArgument } from "../core/index.ts";
import type { AskedSite, Delivery } from "./delivery.ts";
import { fileDigest, syncFile, syncFolder } from "./durable-file.ts";
import { lockFolder } from "./folder-lock.ts";
import { type SpooledUpdate, foldRound } from "./fold.ts";
import { type BufferedUpdate, foldBuffer } from "./fold-buffer.ts";
import { type JournalEntry, RoundJournal } from "./round-journal.ts";
import { type Lineage, signLineage } from "./lineage.ts";
import { ModelFile } from "./model-file.ts";
import type { RoundRecord, SiteOutcome } from "./round-record.ts";
import { type JournalEntryOf, type RecoveredRun, damaged } from "./run-recovery.ts";
import { savedTensors } from "./saved-tensors.ts";
import { hasOptimizer } from "./server-optimizer.ts";
import { onSpool } from "./spool-disk.ts";
import { dropHeldIn } from "./spool-memory.ts";
import { type Rule, ruleText } from "./strategy.ts";

const journalName = "rounds.jsonl";

/** What a run is, for its journal and its lineage. */
export interface RunIdentity {
  readonly runId: string;
  readonly rule: Rule;
  /** SHA-256 (hex) over everything that both lives of a run must share. */
  readonly configuration: string;
  /** Ed25519; null: models are not signed. */
  readonly signingKey: KeyObject | null;
}

/**
 * The files of one run: the global model, the optimizer's moments, updates that wait for their round. With a journal
 * everything that the run has reached is on the disk before anybody is told, and `open` finds it again after a crash at
 * any byte; without one the folder lives as long as the run.
 */
export class RunStore {
  readonly dir: string;
  readonly identity: RunIdentity;
  /** Where the present model comes from; null without a model or a key. */
  lineage: Lineage | null = null;
  readonly #journal: RoundJournal | null;
  readonly #unlock: (() => Promise<void>) | null;
  #moments: string | null = null;

  private constructor(
    dir: string,
    identity: RunIdentity,
    journal: RoundJournal | null,
    unlock: (() => Promise<void>) | null,
  ) {
    this.dir = dir;
    this.identity = identity;
    this.#journal = journal;
    this.#unlock = unlock;
  }

  /** A folder that is removed with the run. */
  static temporary(dir: string, identity: RunIdentity): RunStore {
    return new RunStore(dir, identity, null, null);
  }

  /**
   * Opens a folder that outlives the process.
   *
   * @param identity - its runId is that of a new run; one that is found keeps its own.
   * @param recover - plays the journal back: `recover`, or `recoverBuffer` for a run without rounds.
   * @throws PrivacyError `output_occupied` while another process has the folder; `invalid_argument` when it holds a run of
   *   another configuration or key; `file_unreadable` when journal or files were changed.
   */
  static async open<R extends RecoveredRun>(
    dir: string,
    identity: RunIdentity,
    recover: (dir: string, entries: readonly JournalEntry[]) => Promise<R>,
  ): Promise<{ store: RunStore; recovered: R | null }> {
    const unlock = await onSpool(dir, () => lockFolder(dir));
    let journal: RoundJournal | undefined;
    try {
      const opened = await RoundJournal.open(join(dir, journalName));
      journal = opened.journal;
      requireSameRun(dir, opened.entries[0], identity);
      const recovered = opened.entries.length === 0 ? null : await recover(dir, opened.entries);
      const runId = recovered?.runId ?? identity.runId;
      const store = new RunStore(dir, { ...identity, runId }, opened.journal, unlock);
      if (recovered === null) await store.#openRun();
      else store.#take(recovered);
      await store.#removeStrays(recovered);
      return { store, recovered };
    } catch (error) {
      await journal?.close();
      await unlock();
      throw error;
    }
  }

  get isDurable(): boolean {
    return this.#journal !== null;
  }

  /** A fresh path for an update. */
  updatePath(): string {
    return join(this.dir, `update-${randomUUID()}.bin`);
  }

  /** The model that the first round starts from. */
  async modelGiven(model: ModelFile): Promise<void> {
    this.trace(model, 0, null);
    if (this.isDurable) await syncFile(model.path);
    await this.#append({
      kind: "model-given",
      file: basename(model.path),
      tensors: savedTensors(model.manifest),
      signature: this.#signatureText(),
    });
  }

  async roundOpened(round: number, sites: readonly AskedSite[]): Promise<void> {
    await this.#append({ kind: "round-opened", round, sites: [...sites] });
  }

  /** The update's bytes are on the disk already: see `UpdateIntake.finish`. */
  async updateSpooled(site: string, { round, path, tensors, stepsTaken, privacy }: Delivery): Promise<void> {
    await this.#append({
      kind: "update-spooled",
      round,
      site,
      file: basename(path),
      tensors: savedTensors(tensors),
      facts: { stepsTaken, privacy: plainJson(privacy) },
    });
  }

  /** Folds a round's updates into the next model; only when that is on the disk are model and moments before it removed. */
  async release(
    round: number,
    model: ModelFile,
    updates: readonly SpooledUpdate[],
    sites: readonly SiteOutcome[],
    clipNorm?: number,
  ): Promise<ModelFile> {
    const { rule } = this.identity;
    const path = join(this.dir, `model-${round}.bin`);
    const momentsBefore = this.#moments;
    const momentsAfter = join(this.dir, `moments-${round}.bin`);
    const files = { path, momentsBefore, momentsAfter, isDurable: this.isDurable, isHeld: !this.isDurable };
    const next = await onSpool(path, () => foldRound({ rule, model, updates, ...files }));
    this.trace(next, round, model.digest);
    const moments = hasOptimizer(rule) ? momentsAfter : null;
    const made = { ...(await this.#noteOf(moments)), taken: null };
    await this.#released(round, model, next, sites, { ...made, ...(clipNorm === undefined ? {} : { clipNorm }) });
    this.#moments = moments;
    await model.remove();
    if (momentsBefore !== null) await rm(momentsBefore, { force: true });
    return next;
  }

  /** What the journal says of the moments. */
  async #noteOf(path: string | null): Promise<Pick<JournalEntryOf<"round-released">, "moments" | "momentsDigest">> {
    if (path === null) return { moments: null };
    const note = { moments: basename(path) };
    return this.isDurable ? { ...note, momentsDigest: await onSpool(path, () => fileDigest(path)) } : note;
  }

  /** Folds buffered updates into the next model. Models before it stay: somebody may train from them. */
  async releaseBuffered(
    round: number,
    model: ModelFile,
    updates: readonly BufferedUpdate[],
    { serverLearningRate, sites }: { serverLearningRate: number; sites: readonly SiteOutcome[] },
  ): Promise<ModelFile> {
    const path = join(this.dir, `model-${round}.bin`);
    const next = await onSpool(path, () => foldBuffer(model, updates, serverLearningRate, path, this.isDurable));
    this.trace(next, round, model.digest);
    const taken = updates.map((update) => basename(update.path));
    await this.#released(round, model, next, sites, { moments: null, taken });
    return next;
  }

  async #released(
    round: number,
    before: ModelFile,
    next: ModelFile,
    sites: readonly SiteOutcome[],
    made: Pick<JournalEntryOf<"round-released">, "moments" | "momentsDigest" | "taken" | "clipNorm">,
  ): Promise<void> {
    await this.#append({
      kind: "round-released",
      round,
      parent: before.digest,
      model: next.digest,
      file: basename(next.path),
      tensors: savedTensors(next.manifest),
      ...made,
      sites: sites.map((s) => plainJson(s) as Record<string, unknown>),
      signature: this.#signatureText(),
    });
  }

  async roundClosed(record: RoundRecord): Promise<void> {
    const entry = { kind: "round-closed", round: record.round, record: plainJson(record) as Record<string, unknown> };
    await this.#append(entry as JournalEntry);
  }

  async finished(model: ModelFile): Promise<void> {
    await this.#append({ kind: "run-finished", model: model.digest });
  }

  /** A durable folder stays; a temporary one goes. */
  async close(): Promise<void> {
    await this.#journal?.close();
    await this.#unlock?.();
    dropHeldIn(this.dir);
    if (this.#journal === null) await rm(this.dir, { recursive: true, force: true });
  }

  #take(recovered: RecoveredRun): void {
    this.#moments = recovered.moments;
    const { model, released } = recovered;
    // whoever can write the folder can write a journal that holds together, but not the key's word for its models
    for (const traced of recovered.traced) {
      this.trace(traced.model, traced.round, traced.parent);
      if (traced.signature !== this.#signatureText()) throw damaged(join(this.dir, journalName), "another signature");
    }
    if (model !== null) this.trace(model, released?.round ?? 0, released?.parent ?? null);
  }

  async #openRun(): Promise<void> {
    const { runId, configuration, rule, signingKey } = this.identity;
    const publicKey = signingKey === null ? null : publicPem(signingKey);
    const version = "federated-journal/v1";
    await this.#append({ kind: "run-opened", version, runId, configuration, strategy: ruleText(rule), publicKey });
  }

  /** Signs which round released the model and from which one. */
  trace(model: ModelFile, round: number, parent: string | null): void {
    this.lineage = this.lineageOf(model, round, parent);
  }

  lineageOf(model: ModelFile, round: number, parent: string | null): Lineage | null {
    const { runId, rule, signingKey } = this.identity;
    if (signingKey === null) return null;
    return signLineage({ run: runId, round, parent, model: model.digest, strategy: ruleText(rule) }, signingKey);
  }

  #signatureText(): string | null {
    return this.lineage === null ? null : Buffer.from(this.lineage.signature).toString("base64");
  }

  async #append(entry: JournalEntry): Promise<void> {
    if (this.#journal === null) return;
    // a file that an entry names must not lose its name in a power cut
    if ("file" in entry) await syncFolder(this.dir);
    await this.#journal.append(entry);
  }

  /** What a crash left that no entry names. */
  async #removeStrays(recovered: RecoveredRun | null): Promise<void> {
    const kept = new Set(recovered?.files);
    for (const name of await readdir(this.dir)) {
      if (/^(update|model|moments)-[a-z0-9-]+\.(bin|notes)$/.test(name) && !kept.has(name))
        await rm(join(this.dir, name));
    }
  }
}

export function publicPem(key: KeyObject): string {
  return createPublicKey(key).export({ type: "spki", format: "pem" }) as string;
}

function requireSameRun(
  dir: string,
  first: JournalEntry | undefined,
  { configuration, signingKey }: RunIdentity,
): void {
  // without a beginning it is no journal, which is found when it is played back
  if (first?.kind !== "run-opened") return;
  const publicKey = signingKey === null ? null : publicPem(signingKey);
  if (first.configuration === configuration && first.publicKey === publicKey) return;
  const expected = "a folder of this run, or an empty one";
  throw invalidArgument("stateDir", expected, dir, "it holds a run of another configuration, model or key");
}

/** As JSON holds it: Infinity is a string. */
function plainJson(value: unknown): unknown {
  const text = JSON.stringify(value, (_key, v: unknown) => (v === Infinity ? "Infinity" : v));
  return JSON.parse(text) as unknown;
}
