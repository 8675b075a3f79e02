import { PrivacyError } from "../core/index.ts";
import type { CoordinatorOptions } from "./coordinator-options.ts";
import type { AskedSite, Delivery } from "./delivery.ts";
import type { Desk, Order, SiteLink } from "./desk.ts";
import type { Manifest } from "./manifest.ts";
import type { Numbers } from "./messages.ts";
import { ModelFile } from "./model-file.ts";
import { ParkedIntakes } from "./parked-intakes.ts";
import type { FailureReason, RejectReason } from "./reject-reason.ts";
import type { OpenedRound, RoundAggregation, UsedUpdate } from "./round-aggregation.ts";
import { RoundDriver } from "./round-driver.ts";
import {
  type EvaluationRecord,
  type RoundRecord,
  type SiteOutcome,
  averageMetrics,
  siteOutcomes,
  withoutSites,
} from "./round-record.ts";
import { type Readiness, type RoundPlan, type RoundState, sortedSites } from "./round.ts";
import type { Recovered } from "./run-recovery.ts";
import type { RunStore } from "./run-store.ts";
import type { SecureAnswerStep } from "./secure-messages.ts";
import { SiteFloor } from "./site-floor.ts";
import { removeSpool } from "./spool-disk.ts";
import { fewestUpdates } from "./strategy.ts";
import type { UpdateIntake } from "./update-intake.ts";

/**
 * Drives the rounds of one run: keeps who is there, feeds the round machine, folds what it releases. Knows no socket;
 * a transport hands it links and calls it back.
 */
export class Coordinator implements Desk {
  readonly options: CoordinatorOptions;
  readonly records: RoundRecord[];
  /** The current global model; null until a site has sent one. */
  model: ModelFile | null;
  readonly #store: RunStore;
  readonly #recovered: Recovered | null;
  readonly #floor: SiteFloor;
  readonly #driver: RoundDriver;
  readonly #deliveries = new Map<string, Delivery>();
  readonly #parked = new ParkedIntakes();
  readonly #metrics = new Map<string, Numbers>();
  #losses: ReadonlyMap<string, number> | null = null;
  #order: Order | null = null;
  readonly #aggregation: RoundAggregation;
  /** How the present round was opened; null outside of training. */
  #opened: OpenedRound | null = null;

  /** @param model - what the first round starts from, in the store; null: the first site by name is asked. */
  constructor(options: CoordinatorOptions, store: RunStore, model: ModelFile | null, recovered: Recovered | null) {
    this.options = options;
    this.#store = store;
    this.#recovered = recovered;
    this.model = recovered?.model ?? model;
    this.records = [...(recovered?.records ?? [])];
    for (const noted of recovered?.open?.partial ?? []) this.#parked.restore(noted);
    this.#floor = new SiteFloor(options.strategy.weightOf, options.maxSites, store.isDurable);
    this.#aggregation = options.aggregate(store, this.#floor);
    this.#driver = new RoundDriver(options.nowMs, (sites, isFirst) => this.#ask(sites, isFirst));
  }

  /** Runs all rounds. Rejects `aborted`, `deadline_exceeded` when too few sites came, or with what broke. */
  async run(): Promise<ModelFile> {
    try {
      let model = this.model ?? (await this.#firstModel());
      if (this.#recovered?.isFinished === true) return model;
      // what was recovered is on the disk already
      if (this.#recovered?.model == null) await this.#store.modelGiven(model);
      while (this.records.length < this.options.rounds) model = await this.#playRound(this.records.length + 1, model);
      await this.#store.finished(model);
      return model;
    } finally {
      this.#driver.stop();
      await (this.isDurable && this.#floor.hasFailed ? this.#parked.leave() : this.#parked.drop());
      this.#floor.close();
    }
  }

  fail(error: unknown): void {
    this.#floor.fail(error);
    if (this.#driver.isOpen) this.#driver.happen({ kind: "cancelled" });
  }

  /** How many sites are connected. */
  get attendance(): number {
    return this.#floor.size;
  }

  get maxModelBytes(): number {
    return this.options.maxModelBytes;
  }

  get rounds(): number {
    return this.options.rounds;
  }

  /** Where a round can not go on after a crash, nothing of it is kept for that: who was asked may be nobody's to know. */
  get isDurable(): boolean {
    return this.#store.isDurable && this.#aggregation.canReopen;
  }

  get manifest(): Manifest | null {
    return this.model?.manifest ?? null;
  }

  admit(site: string, declaredWeight: number): number | RejectReason | null {
    return this.#floor.admit(site, declaredWeight);
  }

  join(link: SiteLink, weight: number): void {
    this.#floor.add(link, weight);
    const state = this.#driver.state;
    const isAsked = state?.phase === "collecting" && state.seats.get(link.site)?.status === "working";
    if (isAsked) this.#driver.happen({ kind: "site-back", site: link.site });
    else this.#announce(link.site);
  }

  leave(link: SiteLink, mayReturn: boolean): void {
    if (!this.#floor.remove(link)) return;
    this.#aggregation.left(link.site);
    this.#driver.happen({ kind: "site-gone", site: link.site, mayReturn });
  }

  progress(link: SiteLink): void {
    this.#driver.happen({ kind: "progress", site: link.site });
  }

  isAwaiting(site: string, round: number): boolean {
    return this.#driver.isAwaiting(site, round);
  }

  updatePath(): string {
    return this.#store.updatePath();
  }

  async deliver(link: SiteLink, delivery: Delivery): Promise<boolean> {
    if (!this.isAwaiting(link.site, delivery.round)) return false;
    if (this.isDurable && this.#order?.kind === "train") {
      await this.#store.updateSpooled(link.site, delivery);
      if (!this.isAwaiting(link.site, delivery.round)) return false;
    }
    this.#deliveries.set(link.site, delivery);
    this.#driver.happen({ kind: "delivered", site: link.site, round: delivery.round });
    return true;
  }

  evaluated(link: SiteLink, round: number, metrics: Numbers): boolean {
    if (!this.isAwaiting(link.site, round)) return false;
    this.#metrics.set(link.site, metrics);
    this.#driver.happen({ kind: "delivered", site: link.site, round });
    return true;
  }

  rejected(link: SiteLink, round: number, reason: RejectReason): void {
    this.#driver.happen({ kind: "rejected", site: link.site, round, reason });
  }

  declined(link: SiteLink, round: number, reason: FailureReason): void {
    this.#driver.happen({ kind: "declined", site: link.site, round, reason });
  }

  secureAnswer(link: SiteLink, round: number, step: SecureAnswerStep): void {
    this.#aggregation.secureAnswer(link, round, step);
  }

  ready(link: SiteLink): void {
    if (this.#floor.free(link)) this.#announce(link.site);
  }

  async park(site: string, round: number, intake: UpdateIntake): Promise<void> {
    await this.#parked.put(site, round, intake, this.isAwaiting(site, round));
  }

  async unpark(site: string, round: number): Promise<UpdateIntake | null> {
    return await this.#parked.take(site, round);
  }

  #announce(site: string): void {
    const weight = this.#floor.eligible(this.#order?.kind === "evaluate").get(site);
    if (this.#driver.state?.phase !== "gathering" || weight === undefined || !this.#isInvited(site)) return;
    this.#driver.happen({ kind: "site-ready", site, weight, ticket: this.#ticket() });
  }

  /** A round that was opened for some sites asks no other to train. */
  #isInvited(site: string): boolean {
    return this.#order?.kind !== "train" || this.#opened?.invited?.has(site) !== false;
  }

  #ticket(): number {
    const bytes = new Uint8Array(6);
    this.options.random.fill(bytes);
    return bytes.reduce((value, byte) => value * 256 + byte, 0);
  }

  /** Asks sites, once it is on the disk that they are asked. */
  #ask(sites: readonly string[], isFirst: boolean): void {
    const order = this.#order;
    if (order === null) return;
    const send = (): void => this.#floor.instruct(sites, order);
    if (!this.isDurable || !isFirst || order.kind !== "train") return send();
    const seats = this.#driver.state?.seats;
    const asked = sites.map((site): AskedSite => {
      return { site, weight: seats?.get(site)?.weight ?? 0, loss: this.#losses?.get(site) ?? null };
    });
    this.#store.roundOpened(order.round, asked).then(send, (error: unknown) => this.fail(error));
  }

  /** Asks, waits, and gives back the closed round. */
  async #collect(order: Order, minClients: number): Promise<RoundState> {
    this.#floor.throwIfFailed();
    this.#order = order;
    this.#deliveries.clear();
    this.#metrics.clear();
    const quorum = (order.kind === "train" ? this.#opened?.quorum : null) ?? this.options.plan.quorum;
    const plan = { ...this.options.plan, minClients, quorum, round: order.round };
    const open = order.kind === "train" && this.#recovered?.open?.round === order.round ? this.#recovered.open : null;
    const closed =
      open === null ? await this.#driver.play(plan, this.#readiness(order)) : await this.#reopen(plan, open);
    this.#floor.throwIfFailed();
    await this.#parked.drop();
    return closed;
  }

  #readiness(order: Order): Map<string, Readiness> {
    const ready = new Map<string, Readiness>();
    for (const [site, weight] of this.#floor.eligible(order.kind === "evaluate")) {
      if (!this.#isInvited(site)) continue;
      // which site gives the first parameters is no matter of weight
      ready.set(site, { weight: order.kind === "initial-parameters" ? 1 : weight, ticket: this.#ticket() });
    }
    return ready;
  }

  async #reopen(plan: RoundPlan, { asked, deliveries }: NonNullable<Recovered["open"]>): Promise<RoundState> {
    for (const [site, delivery] of deliveries) this.#deliveries.set(site, delivery);
    const losses = asked.flatMap(({ site, loss }) => (loss === null ? [] : [[site, loss] as const]));
    this.#losses = losses.length === 0 ? null : new Map(losses);
    const weights = new Map(asked.map(({ site, weight }) => [site, weight]));
    return await this.#driver.replay(plan, weights, new Set(deliveries.keys()), [
      ...this.#floor.eligible(false).keys(),
    ]);
  }

  /** Nobody can go on with what the round had. */
  async #abandon({ deliveries }: NonNullable<Recovered["open"]>): Promise<void> {
    await this.#parked.drop();
    await Promise.all([...deliveries.values()].map(async ({ path }) => await removeSpool(path)));
  }

  #requireSites(state: RoundState | null): void {
    if (state?.abandoned !== "not enough sites") return;
    const { minClients, gatherMs } = state.plan;
    const came = state.ready.size;
    throw new PrivacyError(
      "deadline_exceeded",
      `${minClients} sites were wanted and ${came} were ready after ${gatherMs} ms; start the others or lower minClients`,
      { phase: "gathering", afterMs: gatherMs ?? 0 },
    );
  }

  async #firstModel(): Promise<ModelFile> {
    const { plan, config } = this.options;
    const order = { kind: "initial-parameters", round: 0, config, model: null, lineage: null } as const;
    const state = await this.#collect(order, plan.minClients);
    this.#requireSites(state);
    const first = sortedSites(this.#deliveries.keys())[0];
    const delivery = first === undefined ? undefined : this.#deliveries.get(first);
    if (delivery === undefined) {
      const text = "no site sent parameters to start from; give startServer an initialModel";
      throw new PrivacyError("invalid_state", text, { object: "federated run", state: "without a model" });
    }
    await this.#removeSpools(delivery.path);
    return (this.model = new ModelFile(delivery.path, delivery.tensors));
  }

  async #playRound(round: number, model: ModelFile): Promise<ModelFile> {
    const { strategy, evaluateEvery, onRound } = this.options;
    const earlier = this.#recovered?.released?.round === round ? this.#recovered.released : null;
    let [next, state, sites]: [ModelFile, RoundState | null, readonly SiteOutcome[]] = [
      model,
      null,
      earlier?.sites ?? [],
    ];
    let isLost = false;
    if (earlier === null) {
      const open = this.#recovered?.open?.round === round ? this.#recovered.open : null;
      if (strategy.rule.kind === "q-fed-avg" && open === null) this.#losses = await this.#publicLosses(round, model);
      isLost = open !== null && !this.#aggregation.canReopen;
      if (open !== null && isLost) await this.#abandon(open);
      else ({ next, state, sites } = await this.#train(round, model));
    }
    const isReleased = earlier !== null || next !== model;
    const isDue = evaluateEvery > 0 && round % evaluateEvery === 0 && state?.abandoned !== "not enough sites";
    // after a crash nobody is there yet
    if (isDue && earlier !== null) await this.#gathered();
    const evaluation = isDue ? await this.#evaluate(round, next) : null;
    const outcome = isReleased ? "released" : isLost ? "interrupted" : (state?.abandoned ?? "quorum not met");
    const facts = { round, outcome, modelDigest: next.digest, sites, evaluation } as const;
    const { plannedCohort } = this.#aggregation;
    const full: RoundRecord = { version: "federated-round/v1", ...facts };
    const record = Object.freeze(plannedCohort === null ? full : withoutSites(full, plannedCohort));
    this.records.push(record);
    await onRound(record, next);
    this.#requireSites(state);
    await this.#store.roundClosed(record);
    return next;
  }

  /** Asks the sites and releases what they gave, as the aggregation has it. */
  async #train(
    round: number,
    model: ModelFile,
  ): Promise<{ next: ModelFile; state: RoundState | null; sites: readonly SiteOutcome[] }> {
    if (this.#aggregation.opensWithPresent) await this.#gathered();
    // before anything is drawn or any key made: a round that began and was not released is lost, and is not begun again
    if (this.#store.isDurable && !this.#aggregation.canReopen) await this.#store.roundOpened(round, []);
    this.#opened = await this.#aggregation.open(round, model, this.#configOf("train"));
    if (this.#opened === null) return { next: model, state: null, sites: [] };
    const { invited } = this.#opened;
    const isThere = invited === null || [...this.#floor.eligible(false).keys()].some((site) => invited.has(site));
    const minClients = invited === null ? this.options.plan.minClients : 1;
    const state = isThere ? await this.#collect(this.#orderOf("train", round, model), minClients) : null;
    let sites = state === null ? [] : this.#withUsable(siteOutcomes(state, this.#deliveries));
    const used = sites.filter((s) => s.status === "used");
    let next = model;
    if (used.length > 0 || (this.#aggregation.releasesWithoutUpdates && state?.abandoned !== "cancelled")) {
      const updates = used.map((outcome): UsedUpdate => {
        return { outcome, path: this.#deliveries.get(outcome.site)?.path ?? "", loss: this.#losses?.get(outcome.site) };
      });
      next = await this.#aggregation.release(round, model, updates, sites);
      // only now: a fold that failed leaves the model where it was
      this.model = next;
    }
    if (next === model) sites = sites.map((s) => (s.status === "used" ? { ...s, status: "unused" } : s));
    await this.#removeSpools();
    this.#opened = null;
    return { next, state, sites };
  }

  #configOf(kind: "train" | "evaluate"): Numbers {
    const { config, strategy } = this.options;
    const { rule } = strategy;
    return kind === "train" && rule.kind === "fed-prox" ? { ...config, proximalMu: rule.proximalMu } : config;
  }

  #orderOf(kind: "train" | "evaluate", round: number, model: ModelFile): Order {
    const order = { kind, round, config: this.#configOf(kind), model, lineage: this.#store.lineage };
    const answer = this.#opened?.answer ?? null;
    return kind !== "train" || answer === null ? order : { ...order, answer };
  }

  /** Without what its strategy needs an update is not used; fewer of them than the strategy needs are none. */
  #withUsable(sites: readonly SiteOutcome[]): SiteOutcome[] {
    const { rule } = this.options.strategy;
    const isUsable = (s: SiteOutcome): boolean => {
      return s.status === "used" && (rule.kind !== "q-fed-avg" || this.#losses?.has(s.site) === true);
    };
    const isEnough = sites.filter(isUsable).length >= fewestUpdates(rule);
    return sites.map((s) => (s.status === "used" && !(isEnough && isUsable(s)) ? { ...s, status: "unused" } : s));
  }

  async #evaluate(round: number, model: ModelFile): Promise<EvaluationRecord> {
    if (this.#floor.eligible(true).size === 0) return averageMetrics([]);
    const state = await this.#collect(this.#orderOf("evaluate", round, model), 1);
    return averageMetrics(
      siteOutcomes(state, new Map()).flatMap(({ site, weight }) => {
        const metrics = this.#metrics.get(site);
        return metrics === undefined ? [] : [{ site, weight, metrics }];
      }),
    );
  }

  /** The loss of the model before the round at each site that has public data. */
  async #publicLosses(round: number, model: ModelFile): Promise<ReadonlyMap<string, number>> {
    await this.#gathered();
    await this.#evaluate(round, model);
    const usable = [...this.#metrics].filter(([, { loss }]) => loss !== undefined && loss >= 0);
    return new Map(usable.map(([site, { loss = 0 }]) => [site, loss]));
  }

  async #gathered(): Promise<void> {
    await this.#floor.gathered(this.options.plan.minClients, this.options.plan.gatherMs);
    this.#floor.throwIfFailed();
  }

  async #removeSpools(except?: string): Promise<void> {
    const paths = [...this.#deliveries.values()].map((d) => d.path).filter((path) => path !== except);
    await Promise.all(paths.map(async (path) => await removeSpool(path)));
  }
}
