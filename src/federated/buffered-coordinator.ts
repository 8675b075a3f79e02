import { join } from "node:path";
import { PrivacyError, invalidArgument, parsePositiveInteger, parseSteps } from "../core/index.ts";
import type { CoordinatorOptions } from "./coordinator-options.ts";
import type { Delivery } from "./delivery.ts";
import type { Desk, Order, SiteLink } from "./desk.ts";
import { type BufferedUpdate, foldBuffer } from "./fold-buffer.ts";
import type { Manifest } from "./manifest.ts";
import type { ModelFile } from "./model-file.ts";
import type { RejectReason } from "./reject-reason.ts";
import type { RoundRecord, SiteOutcome } from "./round-record.ts";
import { sortedSites } from "./round.ts";
import type { RunStore } from "./run-store.ts";
import { SiteFloor } from "./site-floor.ts";
import { onSpool, removeSpool } from "./spool-disk.ts";
import type { Strategy } from "./strategy.ts";
import type { UpdateIntake } from "./update-intake.ts";

/** How a buffered run releases. Public constants. */
export interface BufferOptions {
  /** K: a release for every so many updates. */
  readonly size: number;
  /** An update whose model is more releases old is refused; 20 by default. */
  readonly maxStaleness?: number;
  /** η; 1 by default. */
  readonly serverLearningRate?: number;
}

/** @throws PrivacyError `invalid_argument` naming the option, also for what a buffered run can not do. */
export function parseBuffer(
  { size, maxStaleness = 20, serverLearningRate = 1 }: BufferOptions,
  run: { strategy: Strategy; stateDir?: string; evaluateEvery?: number; initialModel?: unknown },
): Required<BufferOptions> {
  parsePositiveInteger(size, "buffered.size");
  parseSteps(maxStaleness, "buffered.maxStaleness");
  if (!(serverLearningRate > 0 && serverLearningRate <= 2 ** 20)) {
    throw invalidArgument("buffered.serverLearningRate", "a number in (0, 2^20]", serverLearningRate);
  }
  const { kind } = run.strategy.rule;
  if (kind !== "fed-avg" && kind !== "fed-prox")
    throw invalidArgument("strategy", "fedAvg or fedProx with buffered", kind);
  const advice = "a buffered run has no rounds to keep";
  if (run.stateDir !== undefined) throw invalidArgument("stateDir", "left out with buffered", run.stateDir, advice);
  if ((run.evaluateEvery ?? 0) > 0) throw invalidArgument("evaluateEvery", "0 with buffered", run.evaluateEvery);
  if (run.initialModel === undefined) throw invalidArgument("initialModel", "given with buffered", undefined);
  return { size, maxStaleness, serverLearningRate };
}

interface Waiting {
  readonly update: Omit<BufferedUpdate, "staleness">;
  readonly version: number;
  readonly delivery: Delivery;
}

/**
 * Releases a model whenever K updates are there, whoever they come from: nobody waits for the slowest. A site trains each
 * version at most once and is told of the next when it has answered. Versions count as rounds: version v is asked as round
 * v + 1, so a site that plans for `rounds` rounds trains no more often than it planned.
 *
 * @source Nguyen et al. 2022, arXiv:2106.06639v4, Algorithm 1.
 */
export class BufferedCoordinator implements Desk {
  readonly records: RoundRecord[] = [];
  readonly isDurable = false;
  model: ModelFile | null;
  readonly #options: Omit<CoordinatorOptions, "aggregate">;
  readonly #buffer: Required<BufferOptions>;
  readonly #store: RunStore;
  readonly #floor: SiteFloor;
  /** By version: models that somebody still trains from. */
  readonly #models = new Map<number, ModelFile>();
  /** By site: the round that it was asked for and has not answered. */
  readonly #asked = new Map<string, number>();
  /** By site: the last round that it answered. */
  readonly #answered = new Map<string, number>();
  readonly #rejections = new Map<string, SiteOutcome>();
  #waiting: Waiting[] = [];
  #wake: (() => void) | null = null;
  #lastNewsMs: number;

  constructor(
    options: Omit<CoordinatorOptions, "aggregate">,
    buffer: Required<BufferOptions>,
    store: RunStore,
    model: ModelFile | null,
  ) {
    this.#options = options;
    this.#buffer = buffer;
    this.#store = store;
    this.model = model;
    this.#floor = new SiteFloor(options.strategy.weightOf, options.maxSites);
    this.#lastNewsMs = options.nowMs();
  }

  /** Runs until `rounds` models were released. Rejects `aborted`, `deadline_exceeded` when nothing moves any more. */
  async run(): Promise<ModelFile> {
    let model = this.model;
    if (model === null) throw invalidArgument("initialModel", "given with buffered", null);
    try {
      await this.#store.modelGiven(model);
      this.#models.set(0, model);
      this.#askAll();
      while (this.records.length < this.rounds) {
        await this.#full();
        model = await this.#release(model);
        this.#askAll();
      }
      return model;
    } finally {
      this.#floor.close();
      await Promise.all(this.#waiting.map(async ({ delivery }) => await removeSpool(delivery.path)));
    }
  }

  get maxModelBytes(): number {
    return this.#options.maxModelBytes;
  }

  get rounds(): number {
    return this.#options.rounds;
  }

  get attendance(): number {
    return this.#floor.size;
  }

  get manifest(): Manifest | null {
    return this.model?.manifest ?? null;
  }

  fail(error: unknown): void {
    this.#floor.fail(error);
    this.#news();
  }

  admit(site: string, declaredWeight: number): number | RejectReason {
    return this.#floor.admit(site, declaredWeight);
  }

  join(link: SiteLink, weight: number): void {
    this.#floor.add(link, weight);
    this.#asked.delete(link.site);
    this.#askAll();
  }

  leave(link: SiteLink): void {
    if (this.#floor.remove(link)) this.#asked.delete(link.site);
    this.#news();
  }

  progress(): void {
    this.#news();
  }

  isAwaiting(site: string, round: number): boolean {
    return this.#asked.get(site) === round;
  }

  updatePath(): string {
    return this.#store.updatePath();
  }

  async deliver({ site }: SiteLink, delivery: Delivery): Promise<boolean> {
    const version = delivery.round - 1;
    const base = this.#models.get(version);
    const weight = this.#floor.weight(site);
    const isFresh = this.records.length - version <= this.#buffer.maxStaleness;
    if (!this.isAwaiting(site, delivery.round) || base === undefined || weight === undefined || !isFresh) return false;
    this.#answered.set(site, delivery.round);
    const update = { site, weight, path: delivery.path, base };
    // weight 0 takes part and moves nothing
    if (weight > 0) this.#waiting.push({ update, version, delivery });
    else await removeSpool(delivery.path);
    this.#news();
    return true;
  }

  evaluated(): boolean {
    return false;
  }

  rejected({ site }: SiteLink, round: number, reason: RejectReason): void {
    this.#settleBadly(site, round, "rejected", reason);
  }

  declined({ site }: SiteLink, round: number, reason: SiteOutcome["reason"]): void {
    this.#settleBadly(site, round, "failed", reason);
  }

  /** A buffer has no rounds that could be secure: its options refuse it. */
  secureAnswer(): void {}

  ready(link: SiteLink): void {
    this.#asked.delete(link.site);
    if (this.#floor.free(link)) this.#askAll();
  }

  async park(_site: string, _round: number, intake: UpdateIntake): Promise<void> {
    await intake.discard();
  }

  async unpark(): Promise<null> {
    return null;
  }

  #settleBadly(site: string, round: number, status: "rejected" | "failed", reason: SiteOutcome["reason"]): void {
    this.#answered.set(site, round);
    const weight = this.#floor.weight(site) ?? 0;
    this.#rejections.set(site, { site, weight, status, reason, stepsTaken: 0, privacy: null });
    this.#news();
  }

  #news(): void {
    this.#lastNewsMs = this.#options.nowMs();
    this.#wake?.();
  }

  /** Asks everybody who is free and has not answered for the present version. */
  #askAll(): void {
    this.#news();
    const { config, strategy, plan, rounds } = this.#options;
    const version = this.records.length;
    const model = this.#models.get(version);
    if (model === undefined || version >= rounds) return;
    if (this.#floor.size < plan.minClients && version === 0 && this.#asked.size === 0) return;
    const round = version + 1;
    const pull = strategy.rule.kind === "fed-prox" ? { proximalMu: strategy.rule.proximalMu } : {};
    const order: Order = { kind: "train", round, config: { ...config, ...pull }, model, lineage: this.#store.lineage };
    const free = [...this.#floor.eligible(false).keys()].filter((site) => (this.#answered.get(site) ?? 0) < round);
    for (const site of free) this.#asked.set(site, round);
    this.#floor.instruct(free, order);
  }

  /** Resolves when the buffer is full; rejects when the run has failed or nothing has moved for too long. */
  async #full(): Promise<void> {
    const { idleMs } = this.#options.plan;
    for (;;) {
      this.#floor.throwIfFailed();
      if (this.#waiting.length >= this.#buffer.size) return;
      const left = this.#lastNewsMs + idleMs - this.#options.nowMs();
      if (left <= 0) throw idle(idleMs, this.#waiting.length, this.#buffer.size);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 2 ** 31 - 1));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async #release(model: ModelFile): Promise<ModelFile> {
    const version = this.records.length;
    const taken = this.#waiting.splice(0, this.#buffer.size);
    const updates = taken.map((w): BufferedUpdate => ({ ...w.update, staleness: version - w.version }));
    const path = join(this.#store.dir, `model-${version + 1}.bin`);
    const eta = this.#buffer.serverLearningRate;
    const next = await onSpool(path, () => foldBuffer(model, updates, eta, path));
    this.#store.trace(next, version + 1, model.digest);
    await Promise.all(taken.map(async ({ delivery }) => await removeSpool(delivery.path)));
    const record = this.#record(version + 1, next, taken);
    await this.#options.onRound(record, next);
    this.model = next;
    this.records.push(record);
    this.#models.set(version + 1, next);
    await this.#removeModels();
    return next;
  }

  #record(round: number, next: ModelFile, taken: readonly Waiting[]): RoundRecord {
    const outcomes = new Map(this.#rejections);
    this.#rejections.clear();
    for (const { update, delivery } of taken) {
      const { stepsTaken, privacy } = delivery;
      const { site, weight } = update;
      outcomes.set(site, { site, weight, status: "used", reason: null, stepsTaken, privacy });
    }
    const sites = sortedSites(outcomes.keys()).flatMap((site) => outcomes.get(site) ?? []);
    const facts = { round, outcome: "released", modelDigest: next.digest, sites, evaluation: null } as const;
    return Object.freeze({ version: "federated-round/v1", ...facts });
  }

  /** Models that nobody trains from and no waiting update was trained from. */
  async #removeModels(): Promise<void> {
    const needed = new Set([this.records.length, ...this.#waiting.map((w) => w.version)]);
    for (const round of this.#asked.values()) needed.add(round - 1);
    for (const [version, model] of this.#models) {
      if (needed.has(version)) continue;
      this.#models.delete(version);
      await model.remove();
    }
  }
}

function idle(idleMs: number, have: number, want: number): PrivacyError<"deadline_exceeded"> {
  const text = `${want} updates were wanted for a release, ${have} came and nothing moved for ${idleMs} ms; start more sites or lower buffered.size`;
  return new PrivacyError("deadline_exceeded", text, { phase: "buffering", afterMs: idleMs });
}
