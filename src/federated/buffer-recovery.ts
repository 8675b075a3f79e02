import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { Delivery } from "./delivery.ts";
import type { JournalEntry } from "./round-journal.ts";
import type { RoundRecord } from "./round-record.ts";
import {
  type JournalEntryOf,
  type RecoveredRun,
  type TracedModel,
  damaged,
  deliveryOf,
  releasedOf,
  reviveInfinity,
  tracedModel,
} from "./run-recovery.ts";
import { type NotedUpload, notedUploads, notesPath } from "./upload-notes.ts";

/** A model that somebody may still train from. */
export type KeptModel = Pick<TracedModel, "model" | "parent">;

/** Which round a site was asked for, under which weight. */
export interface AskedRound {
  readonly round: number;
  readonly weight: number;
}

/** A whole update that no release has taken. */
export interface WaitingUpdate {
  readonly site: string;
  readonly weight: number;
  readonly delivery: Delivery;
}

/** Where a buffered run stood when its coordinator ended. */
export interface RecoveredBuffer extends RecoveredRun {
  /** Releases so far. */
  readonly version: number;
  /** By version: the present one, and those that something below was or is being trained from. */
  readonly models: ReadonlyMap<number, KeptModel>;
  /** In the order in which they came. */
  readonly waiting: readonly WaitingUpdate[];
  /** By site: asked and not answered. */
  readonly asked: ReadonlyMap<string, AskedRound>;
  /** By site: the last round that it has answered with an update. */
  readonly answered: ReadonlyMap<string, number>;
  /** Half-received updates of sites that were asked, unchecked. */
  readonly partial: readonly NotedUpload[];
}

type Source = JournalEntryOf<"model-given"> | JournalEntryOf<"round-released">;

/** What a journal says, before a file is looked at. */
interface Played {
  readonly opened: JournalEntryOf<"run-opened">;
  readonly sources: Source[];
  readonly asked: Map<string, AskedRound>;
  readonly answered: Map<string, number>;
  /** By file. */
  readonly waiting: Map<string, { readonly weight: number; readonly entry: JournalEntryOf<"update-spooled"> }>;
  readonly records: RoundRecord[];
  isFinished: boolean;
}

function play(path: string, entries: readonly JournalEntry[]): Played {
  const [opened, ...rest] = entries;
  if (opened?.kind !== "run-opened") throw damaged(path, "no run was opened");
  const played: Played = {
    opened,
    sources: [],
    asked: new Map(),
    answered: new Map(),
    waiting: new Map(),
    records: [],
    isFinished: false,
  };
  for (const entry of rest) step(path, played, entry);
  return played;
}

function step(path: string, played: Played, entry: JournalEntry): void {
  const { sources, asked, answered, waiting, records } = played;
  switch (entry.kind) {
    case "run-opened":
      throw damaged(path, "a second run was opened");
    case "model-given":
      sources.push(entry);
      return;
    case "round-opened":
      for (const { site, weight } of entry.sites) asked.set(site, { round: entry.round, weight });
      return;
    case "update-spooled": {
      const { site, round, file } = entry;
      const weight = asked.get(site)?.weight;
      if (weight === undefined) throw damaged(path, "an update that nobody was asked for");
      waiting.set(file, { weight, entry });
      answered.set(site, round);
      asked.delete(site);
      return;
    }
    case "round-released":
      if (entry.round !== sources.length || entry.taken === null) throw damaged(path, "releases out of order");
      for (const file of entry.taken) waiting.delete(file);
      sources.push(entry);
      return;
    case "round-closed":
      records.push(Object.freeze(reviveInfinity(entry.record) as RoundRecord));
      return;
    case "run-finished":
      played.isFinished = true;
  }
}

/**
 * Plays the journal of a buffered run back and checks the bytes of every file that it goes on with.
 *
 * @throws PrivacyError `file_unreadable` when the journal is not one of a buffered run, or a file is not what it says.
 */
export async function recoverBuffer(dir: string, entries: readonly JournalEntry[]): Promise<RecoveredBuffer> {
  const { opened, sources, asked, answered, waiting, records, isFinished } = play(join(dir, "rounds.jsonl"), entries);
  const version = sources.length - 1;
  const last = sources[version];
  // somebody who was asked long ago may train from a model that is gone: it is asked for another
  for (const [site, { round }] of asked) {
    const file = sources[round - 1]?.file;
    if (file === undefined || !existsSync(join(dir, file))) asked.delete(site);
  }
  const trained = [...waiting.values()].map(({ entry }) => entry.round - 1);
  const needed = isFinished ? [version] : [version, ...trained, ...[...asked.values()].map(({ round }) => round - 1)];
  const models = new Map<number, TracedModel>();
  for (const v of new Set(needed)) {
    const source = sources[v];
    if (source !== undefined) models.set(v, await tracedModel(dir, source));
  }
  const updates: WaitingUpdate[] = [];
  for (const { weight, entry } of isFinished ? [] : waiting.values()) {
    updates.push({ site: entry.site, weight, delivery: await deliveryOf(dir, entry) });
  }
  const partial = (await notedUploads(dir)).filter(({ site, round }) => asked.get(site)?.round === round);
  const names = [...models.values()].map(({ model }) => basename(model.path));
  const halves = partial.flatMap(({ path }) => [basename(path), notesPath(basename(path))]);
  return {
    runId: opened.runId,
    configuration: opened.configuration,
    publicKey: opened.publicKey,
    model: models.get(version)?.model ?? null,
    moments: null,
    records,
    released: last?.kind === "round-released" ? releasedOf(last) : null,
    traced: [...models.values()],
    isFinished,
    files: [...names, ...updates.map(({ delivery }) => basename(delivery.path)), ...halves],
    version: Math.max(version, 0),
    models,
    waiting: updates,
    asked,
    answered,
    partial,
  };
}
