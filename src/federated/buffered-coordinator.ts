import { PrivacyError, invalidArgument } from "../core/index.ts";
import type { BufferOptions } from "./buffer-options.ts";
import type { AskedRound, KeptModel, RecoveredBuffer, WaitingUpdate } from "./buffer-recovery.ts";
import type { CoordinatorOptions } from "./coordinator-options.ts";
import type { AskedSite, Delivery } from "./delivery.ts";
import type { Desk, SiteLink } from "./desk.ts";
import type { Manifest } from "./manifest.ts";
import type { Numbers } from "./messages.ts";
import type { ModelFile } from "./model-file.ts";
import { ParkedIntakes } from "./parked-intakes.ts";
import type { RejectReason } from "./reject-reason.ts";
import { type EvaluationRecord, type RoundRecord, type SiteOutcome, averageMetrics } from "./round-record.ts";
import { sortedSites } from "./round.ts";
import type { RunStore } from "./run-store.ts";
import { SiteFloor } from "./site-floor.ts";
import { removeSpool } from "./spool-disk.ts";
import type { UpdateIntake } from "./update-intake.ts";

/** A release that is being evaluated. */
interface Evaluation {
  readonly round: number;
  /** Asked, and not heard of. */
  readonly missing: Set<string>;
  readonly reports: { readonly site: string; readonly weight: number; readonly metrics: Numbers }[];
}

/**
 * Releases a model whenever K updates are there, whoever they come from: nobody waits for the slowest. A site trains each
 * version at most once and is told of the next when it has answered. Versions count as rounds: version v is asked as round
 * v + 1, so a site that plans for `rounds` rounds trains no more often than it planned.
 *
 * With a journal every ask, update and release is on the disk, and a release names the files that it took: what a crash leaves
 * is folded once or not at all. A site whose line broke, or that comes back after the crash, is asked for the round that it owes.
 *
 * @source Nguyen et al. 2022, arXiv:2106.06639v4, Algorithm 1.
 */
export class BufferedCoordinator implements Desk {
  readonly records: RoundRecord[];
  model: ModelFile | null;
  readonly #options: Omit<CoordinatorOptions, "aggregate">;
  readonly #buffer: Required<BufferOptions>;
  readonly #store: RunStore;
  readonly #recovered: RecoveredBuffer | null;
  readonly #floor: SiteFloor;
  readonly #parked = new ParkedIntakes();
  /** By version: models that somebody still trains from. */
  readonly #models: Map<number, KeptModel>;
  /** By site: what it was asked for and has not answered, also while its line is broken. */
  readonly #asked: Map<string, AskedRound>;
  /** By site: the last round that it answered. */
  readonly #answered: Map<string, number>;
  readonly #rejections = new Map<string, SiteOutcome>();
  readonly #waiting: WaitingUpdate[];
  /** Releases so far; the last may not be told yet. */
  #version: number;
  #evaluation: Evaluation | null = null;
  /** Whether updates are taken: not before a release that a crash left untold is told, nor when the run is over. */
  #isOpen = false;
  #wake: (() => void) | null = null;
  #lastNewsMs: number;

  constructor(
    options: Omit<CoordinatorOptions, "aggregate">,
    buffer: Required<BufferOptions>,
    store: RunStore,
    model: ModelFile | null,
    recovered: RecoveredBuffer | null,
  ) {
    this.#options = options;
    this.#buffer = buffer;
    this.#store = store;
    this.#recovered = recovered;
    this.model = recovered?.model ?? model;
    this.records = [...(recovered?.records ?? [])];
    this.#models = new Map(recovered?.models);
    this.#asked = new Map(recovered?.asked);
    this.#answered = new Map(recovered?.answered);
    this.#waiting = [...(recovered?.waiting ?? [])];
    this.#version = recovered?.version ?? 0;
    for (const noted of recovered?.partial ?? []) this.#parked.restore(noted);
    this.#floor = new SiteFloor(options.strategy.weightOf, options.maxSites, store.isDurable);
    this.#lastNewsMs = options.nowMs();
  }

  /** Runs until `rounds` models were released. Rejects `aborted`, `deadline_exceeded` when nothing moves any more. */
  async run(): Promise<ModelFile> {
    let { model } = this;
    if (model === null) throw invalidArgument("initialModel", "given with buffered", null);
    try {
      if (this.#recovered?.isFinished === true) return model;
      if (this.#recovered?.model == null) await this.#store.modelGiven(model);
      if (!this.#models.has(this.#version)) this.#models.set(this.#version, { model, parent: null });
      await this.#tellRecovered(model);
      this.#isOpen = true;
      this.#askAll();
      while (this.#version < this.rounds) {
        await this.#full();
        model = await this.#release(model);
      }
      await this.#store.finished(model);
      return model;
    } finally {
      this.#isOpen = false;
      const isLeft = this.isDurable && this.#floor.hasFailed;
      await (isLeft ? this.#parked.leave() : this.#parked.drop());
      this.#floor.close();
      if (!isLeft) await this.#removeFiles();
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

  get isDurable(): boolean {
    return this.#store.isDurable;
  }

  get manifest(): Manifest | null {
    return this.model?.manifest ?? null;
  }

  fail(error: unknown): void {
    this.#floor.fail(error);
    this.#news();
  }

  admit(site: string, declaredWeight: number): number | RejectReason | null {
    return this.#floor.admit(site, declaredWeight);
  }

  join(link: SiteLink, weight: number): void {
    this.#floor.add(link, weight);
    this.#askAll();
  }

  leave(link: SiteLink, mayReturn: boolean): void {
    if (this.#floor.remove(link)) {
      if (!mayReturn) this.#asked.delete(link.site);
      this.#evaluation?.missing.delete(link.site);
    }
    this.#news();
  }

  progress(): void {
    this.#news();
  }

  isAwaiting(site: string, round: number): boolean {
    return this.#asked.get(site)?.round === round;
  }

  updatePath(): string {
    return this.#store.updatePath();
  }

  async deliver({ site }: SiteLink, delivery: Delivery): Promise<boolean> {
    const asked = this.#asked.get(site);
    if (!this.#isOpen || asked?.round !== delivery.round || !this.#isFresh(asked)) return false;
    const { weight } = asked;
    // weight 0 takes part and moves nothing
    if (weight === 0) await removeSpool(delivery.path);
    else {
      // once it is on the disk it counts, also when a release has come in between
      if (this.isDurable) await this.#store.updateSpooled(site, delivery);
      // but for a run that is finished, where nobody wants it any more
      if (!this.#isOpen && !this.#floor.hasFailed) return false;
      this.#waiting.push({ site, weight, delivery });
    }
    this.#asked.delete(site);
    this.#answered.set(site, delivery.round);
    this.#news();
    return true;
  }

  evaluated({ site }: SiteLink, round: number, metrics: Numbers): boolean {
    const evaluation = this.#evaluation;
    if (evaluation?.round !== round || !evaluation.missing.delete(site)) return false;
    evaluation.reports.push({ site, weight: this.#floor.weight(site) ?? 0, metrics });
    this.#news();
    return true;
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
    if (this.#floor.free(link)) this.#askAll();
  }

  async park(site: string, round: number, intake: UpdateIntake): Promise<void> {
    await this.#parked.put(site, round, intake, this.isAwaiting(site, round));
  }

  async unpark(site: string, round: number): Promise<UpdateIntake | null> {
    return await this.#parked.take(site, round);
  }

  #settleBadly(site: string, round: number, status: "rejected" | "failed", reason: SiteOutcome["reason"]): void {
    this.#news();
    if (this.#evaluation?.round === round && this.#evaluation.missing.delete(site)) return;
    // of an evaluation that is over, or of an update that came too late to count
    if (this.#asked.get(site)?.round !== round) return;
    this.#asked.delete(site);
    this.#answered.set(site, round);
    const weight = this.#floor.weight(site) ?? 0;
    this.#rejections.set(site, { site, weight, status, reason, stepsTaken: 0, privacy: null });
  }

  #news(): void {
    this.#lastNewsMs = this.#options.nowMs();
    this.#wake?.();
  }

  #isFresh({ round }: AskedRound): boolean {
    return this.#models.has(round - 1) && this.#version - (round - 1) <= this.#buffer.maxStaleness;
  }

  /** Asks everybody who is free: for what they owe, or for the present version unless they have answered for it. */
  #askAll(): void {
    this.#news();
    const { plan, rounds } = this.#options;
    if (!this.#isOpen || this.#version >= rounds) return;
    if (this.#floor.size < plan.minClients && this.#version === 0 && this.#asked.size === 0) return;
    const present = this.#version + 1;
    const fresh: AskedSite[] = [];
    for (const [site, weight] of this.#floor.eligible(false)) {
      const owed = this.#asked.get(site);
      if (owed !== undefined && this.#isFresh(owed)) this.#instruct([site], owed.round);
      else if ((this.#answered.get(site) ?? 0) < present) fresh.push({ site, weight, loss: null });
    }
    if (fresh.length === 0) return;
    for (const { site, weight } of fresh) this.#asked.set(site, { round: present, weight });
    // not waited for: a crash that forgets it has the site asked for the then present version
    this.#store.roundOpened(present, fresh).catch((error: unknown) => this.fail(error));
    const sites = fresh.map(({ site }) => site);
    this.#instruct(sites, present);
  }

  #instruct(sites: readonly string[], round: number): void {
    const { config, strategy } = this.#options;
    const kept = this.#models.get(round - 1);
    if (kept === undefined) return;
    const pull = strategy.rule.kind === "fed-prox" ? { proximalMu: strategy.rule.proximalMu } : {};
    const lineage = this.#store.lineageOf(kept.model, round - 1, kept.parent);
    this.#floor.instruct(sites, { kind: "train", round, config: { ...config, ...pull }, model: kept.model, lineage });
  }

  /** False when nothing has moved for too long, or at the deadline. */
  async #until(isReached: () => boolean, deadlineMs = Infinity): Promise<boolean> {
    const { plan, nowMs } = this.#options;
    for (;;) {
      this.#floor.throwIfFailed();
      if (isReached()) return true;
      const left = Math.min(this.#lastNewsMs + plan.idleMs, deadlineMs) - nowMs();
      if (left <= 0) return false;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(Math.max(left, 1), 2 ** 31 - 1));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async #full(): Promise<void> {
    const { size } = this.#buffer;
    if (await this.#until(() => this.#waiting.length >= size)) return;
    throw idle(this.#options.plan.idleMs, this.#waiting.length, size);
  }

  async #release(model: ModelFile): Promise<ModelFile> {
    const round = this.#version + 1;
    const taken = this.#waiting.splice(0, this.#buffer.size);
    const updates = taken.map(({ site, weight, delivery }) => {
      const base = this.#models.get(delivery.round - 1)?.model ?? model;
      return { site, weight, path: delivery.path, base, staleness: round - delivery.round };
    });
    const { serverLearningRate } = this.#buffer;
    const sites = this.#outcomes(taken);
    const next = await this.#store.releaseBuffered(round, model, updates, { serverLearningRate, sites });
    this.#models.set(round, { model: next, parent: model.digest });
    this.#version = round;
    this.model = next;
    await Promise.all(taken.map(async ({ delivery }) => await removeSpool(delivery.path)));
    await this.#removeModels();
    await this.#tell(round, next, sites);
    return next;
  }

  /** A release that a crash left between its file and its record. */
  async #tellRecovered(model: ModelFile): Promise<void> {
    const { released } = this.#recovered ?? {};
    if (released == null || this.records.length >= released.round) return;
    const { plan, evaluateEvery } = this.#options;
    // nobody is there yet who could evaluate it
    if (evaluateEvery > 0 && released.round % evaluateEvery === 0) {
      await this.#floor.gathered(plan.minClients, plan.gatherMs);
      this.#floor.throwIfFailed();
    }
    await this.#tell(released.round, model, released.sites);
  }

  async #tell(round: number, model: ModelFile, sites: readonly SiteOutcome[]): Promise<void> {
    const { evaluateEvery, onRound } = this.#options;
    const isDue = evaluateEvery > 0 && round % evaluateEvery === 0;
    const evaluation = isDue ? await this.#evaluate(round, model) : null;
    if (!isDue) this.#askAll();
    const facts = { round, outcome: "released", modelDigest: model.digest, sites, evaluation } as const;
    const record: RoundRecord = Object.freeze({ version: "federated-round/v1", ...facts });
    await onRound(record, model);
    this.records.push(record);
    await this.#store.roundClosed(record);
  }

  /** By who is free just then: everybody else goes on training. */
  async #evaluate(round: number, model: ModelFile): Promise<EvaluationRecord> {
    const { plan, config, nowMs } = this.#options;
    const evaluators = [...this.#floor.eligible(true).keys()];
    const evaluation: Evaluation = { round, missing: new Set(evaluators), reports: [] };
    this.#evaluation = evaluation;
    this.#floor.instruct(evaluators, { kind: "evaluate", round, config, model, lineage: this.#store.lineage });
    this.#askAll();
    await this.#until(() => evaluation.missing.size === 0, nowMs() + plan.idleMs);
    this.#evaluation = null;
    return averageMetrics(evaluation.reports.toSorted((a, b) => (a.site < b.site ? -1 : 1)));
  }

  #outcomes(taken: readonly WaitingUpdate[]): SiteOutcome[] {
    const outcomes = new Map(this.#rejections);
    this.#rejections.clear();
    for (const { site, weight, delivery } of taken) {
      const { stepsTaken, privacy } = delivery;
      outcomes.set(site, { site, weight, status: "used", reason: null, stepsTaken, privacy });
    }
    return sortedSites(outcomes.keys()).flatMap((site) => outcomes.get(site) ?? []);
  }

  /** Models that nobody trains from and no waiting update was trained from. */
  async #removeModels(): Promise<void> {
    for (const [site, asked] of this.#asked) {
      if (this.#floor.link(site) !== undefined || this.#isFresh(asked)) continue;
      this.#asked.delete(site);
      await this.#parked.remove(site);
    }
    const needed = new Set([this.#version, ...this.#waiting.map(({ delivery }) => delivery.round - 1)]);
    for (const { round } of this.#asked.values()) needed.add(round - 1);
    for (const [version, { model }] of this.#models) {
      if (needed.has(version)) continue;
      this.#models.delete(version);
      await model.remove();
    }
  }

  /** Everything but the present model. */
  async #removeFiles(): Promise<void> {
    for (const { delivery } of this.#waiting.splice(0)) await removeSpool(delivery.path);
    for (const [version, { model }] of this.#models) if (version !== this.#version) await model.remove();
  }
}

function idle(idleMs: number, have: number, want: number): PrivacyError<"deadline_exceeded"> {
  const text = `${want} updates were wanted for a release, ${have} came and nothing moved for ${idleMs} ms; start more sites or lower buffered.size`;
  return new PrivacyError("deadline_exceeded", text, { phase: "buffering", afterMs: idleMs });
}
