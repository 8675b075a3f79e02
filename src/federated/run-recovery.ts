import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { PrivacyError } from "../core/index.ts";
import type { AskedSite, Delivery } from "./delivery.ts";
import { fileDigest } from "./durable-file.ts";
import type { JournalEntry } from "./round-journal.ts";
import { type Manifest, manifestBytes, tensorBytes } from "./manifest.ts";
import { ModelFile } from "./model-file.ts";
import type { RoundRecord, SiteOutcome } from "./round-record.ts";
import { manifestOf } from "./saved-tensors.ts";
import type { SitePrivacy } from "./site-privacy.ts";
import { type NotedUpload, notedUploads, notesPath } from "./upload-notes.ts";

/** A round that was open when the coordinator ended. */
export interface OpenRound {
  readonly round: number;
  readonly asked: readonly AskedSite[];
  /** By site, each whole and on the disk. */
  readonly deliveries: ReadonlyMap<string, Delivery>;
  /** Half-received updates of other sites that were asked, unchecked. */
  readonly partial: readonly NotedUpload[];
}

/** The round that a model comes from. */
export interface ReleasedRound {
  readonly round: number;
  readonly parent: string;
  readonly sites: readonly SiteOutcome[];
  /** What the next round clips to, where the site is the unit. */
  readonly clipNorm?: number;
}

/** A model that is there, and where a journal says that it comes from. */
export interface TracedModel {
  readonly model: ModelFile;
  /** 0 for the first model. */
  readonly round: number;
  /** Digest of the model before it; null for the first. */
  readonly parent: string | null;
  /** Of the coordinator's key over this, base64; null without one. */
  readonly signature: string | null;
}

/** What every run that is found again has. */
export interface RecoveredRun {
  readonly runId: string;
  readonly configuration: string;
  readonly publicKey: string | null;
  /** The model that the next round starts from. */
  readonly model: ModelFile | null;
  readonly moments: string | null;
  /** Rounds that were told. */
  readonly records: readonly RoundRecord[];
  /** The round that released the model; null for the first model. */
  readonly released: ReleasedRound | null;
  /** Every model that the run goes on with. */
  readonly traced: readonly TracedModel[];
  readonly isFinished: boolean;
  /** Names of the files that the journal still needs. */
  readonly files: readonly string[];
}

/** Where a run of rounds stood when its coordinator ended. */
export interface Recovered extends RecoveredRun {
  readonly open: OpenRound | null;
}

/** True where an earlier process of the run may have begun a round. */
export function hasPlayed(recovered: Recovered | null): boolean {
  return recovered !== null && (recovered.open !== null || recovered.records.length > 0 || recovered.released !== null);
}

export type JournalEntryOf<K extends JournalEntry["kind"]> = JournalEntry & { readonly kind: K };

/**
 * Plays a journal back and checks the bytes of every file that the run goes on with.
 *
 * @throws PrivacyError `file_unreadable` when the journal has no beginning, or a file is not what it says.
 */
export async function recover(dir: string, entries: readonly JournalEntry[]): Promise<Recovered> {
  const [first] = entries;
  const path = join(dir, "rounds.jsonl");
  if (first?.kind !== "run-opened") throw damaged(path, "no run was opened");
  let source: JournalEntryOf<"model-given"> | JournalEntryOf<"round-released"> | null = null;
  let opened: JournalEntryOf<"round-opened"> | null = null;
  let spooled = new Map<string, JournalEntryOf<"update-spooled">>();
  const records: RoundRecord[] = [];
  let isFinished = false;
  for (const entry of entries.slice(1)) {
    switch (entry.kind) {
      case "run-opened":
        throw damaged(path, "a second run was opened");
      case "model-given":
        source = entry;
        break;
      case "round-opened":
        [opened, spooled] = [entry, new Map()];
        break;
      case "update-spooled":
        if (entry.round === opened?.round) spooled.set(entry.site, entry);
        break;
      case "round-released":
        [source, opened, spooled] = [entry, null, new Map()];
        break;
      case "round-closed":
        records.push(Object.freeze(reviveInfinity(entry.record) as RoundRecord));
        [opened, spooled] = [null, new Map()];
        break;
      case "run-finished":
        isFinished = true;
    }
  }
  const moments = source?.kind === "round-released" ? source.moments : null;
  if (source?.kind === "round-released") await checkMoments(dir, source);
  const { runId, configuration, publicKey } = first;
  const open = opened === null ? null : await openRoundOf(dir, opened, spooled);
  const partial = (open?.partial ?? []).flatMap(({ path: spool }) => [basename(spool), notesPath(basename(spool))]);
  const whole = [...spooled.values()].map(({ file }) => file);
  const traced = source === null ? null : await tracedModel(dir, source);
  return {
    runId,
    configuration,
    publicKey,
    model: traced?.model ?? null,
    moments: moments === null ? null : join(dir, moments),
    records,
    released: source?.kind === "round-released" ? releasedOf(source) : null,
    open,
    traced: traced === null ? [] : [traced],
    isFinished,
    files: [source?.file, moments, ...whole, ...partial].filter((f) => typeof f === "string"),
  };
}

export function releasedOf({ round, parent, sites, clipNorm }: JournalEntryOf<"round-released">): ReleasedRound {
  const facts = { round, parent, sites: sites.map((s) => reviveInfinity(s) as SiteOutcome) };
  return clipNorm === undefined ? facts : { ...facts, clipNorm };
}

/** The model of an entry, its bytes checked. */
export async function tracedModel(
  dir: string,
  source: JournalEntryOf<"model-given"> | JournalEntryOf<"round-released">,
): Promise<TracedModel> {
  const model = await checkedModel(join(dir, source.file), manifestOf(source.tensors));
  const { round, parent } = source.kind === "round-released" ? source : { round: 0, parent: null };
  return { model, round, parent, signature: source.signature };
}

async function openRoundOf(
  dir: string,
  { round, sites }: JournalEntryOf<"round-opened">,
  spooled: ReadonlyMap<string, JournalEntryOf<"update-spooled">>,
): Promise<OpenRound> {
  const deliveries = new Map<string, Delivery>();
  for (const [site, entry] of spooled) {
    // an update that came too late after all is removed before the next entry says so
    if (!existsSync(join(dir, entry.file))) continue;
    deliveries.set(site, await deliveryOf(dir, entry));
  }
  const isMissing = ({ site }: AskedSite): boolean => !deliveries.has(site);
  const missing = new Set(sites.filter(isMissing).map(({ site }) => site));
  const partial = (await notedUploads(dir)).filter((noted) => noted.round === round && missing.has(noted.site));
  return { round, asked: sites, deliveries, partial: [...new Map(partial.map((n) => [n.site, n])).values()] };
}

async function checkMoments(dir: string, { moments, momentsDigest }: JournalEntryOf<"round-released">): Promise<void> {
  if (moments === null) return;
  const path = join(dir, moments);
  const found = await fileDigest(path).catch((cause: unknown) => {
    throw damaged(path, cause instanceof Error && "code" in cause ? String(cause.code) : "unknown", cause);
  });
  if (momentsDigest !== undefined && found !== momentsDigest) throw damaged(path, "another digest");
}

/** A whole update, its bytes checked. */
export async function deliveryOf(dir: string, entry: JournalEntryOf<"update-spooled">): Promise<Delivery> {
  const { path, manifest } = await checkedModel(join(dir, entry.file), manifestOf(entry.tensors));
  const { stepsTaken, privacy } = reviveInfinity(entry.facts) as { stepsTaken: number; privacy: SitePrivacy | null };
  return { round: entry.round, path, tensors: manifest, stepsTaken, privacy };
}

/** Reads the whole file once: a run does not go on with other bytes than it had. */
async function checkedModel(path: string, manifest: Manifest): Promise<ModelFile> {
  const model = new ModelFile(path, manifest);
  try {
    if ((await stat(path)).size !== manifestBytes(manifest)) throw damaged(path, "another length");
    const file = await open(path, "r");
    try {
      const chunk = Buffer.alloc(1 << 20);
      for (const spec of manifest) {
        const hash = createHash("sha256");
        for (let left = tensorBytes(spec); left > 0;) {
          const { bytesRead } = await file.read(chunk, 0, Math.min(left, chunk.length), null);
          if (bytesRead === 0) throw damaged(path, "shorter than its manifest");
          hash.update(chunk.subarray(0, bytesRead));
          left -= bytesRead;
        }
        if (!hash.digest().equals(spec.sha256 ?? Buffer.alloc(0))) throw damaged(path, "another digest");
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof PrivacyError) throw cause;
    throw damaged(path, cause instanceof Error && "code" in cause ? String(cause.code) : "unknown", cause);
  }
  return model;
}

/** The only numbers that can be infinite are the bounds of an epsilon. */
export function reviveInfinity(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, v: unknown) => {
    return v === "Infinity" && ["lower", "upper", "point"].includes(key) ? Infinity : v;
  }) as unknown;
}

export function damaged(path: string, reason: string, cause?: unknown): PrivacyError<"file_unreadable"> {
  const text = `${path} was wanted as a run left it and is not (${reason}); restore it, or start the run in another folder`;
  return new PrivacyError("file_unreadable", text, { path, reason }, { cause });
}
