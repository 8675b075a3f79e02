import { rm } from "node:fs/promises";
import { join } from "node:path";
import { PrivacyError } from "../core/index.ts";
import { type SpooledUpdate, foldRound } from "./fold.ts";
import type { Strategy } from "./strategy.ts";
import type { Numbers } from "./messages.ts";
import { ModelFile } from "./model-file.ts";
import type { FailureReason, RejectReason } from "./reject-reason.ts";
import { type EvaluationRecord, type RoundRecord, averageMetrics, siteOutcomes } from "./round-record.ts";
import {
  type RoundCommand,
  type RoundEvent,
  type RoundPlan,
  type RoundState,
  type Transition,
  advanceRound,
  nextWakeMs,
  openRound,
} from "./round.ts";
import { hasOptimizer } from "./server-optimizer.ts";
import type { SitePrivacy } from "./site-privacy.ts";
import { onSpool } from "./spool-disk.ts";

/** What a site is asked to do. */
export interface Order {
  readonly kind: "train" | "evaluate" | "initial-parameters";
  /** 0 for initial parameters. */
  readonly round: number;
  readonly config: Numbers;
  /** What the site starts from; null when it is asked for parameters. */
  readonly model: ModelFile | null;
}

/** One connected site, as the coordinator sees it. */
export interface SiteLink {
  readonly site: string;
  readonly canEvaluate: boolean;
  /** Begins to send the order; whatever goes wrong shows as `leave`. */
  instruct(order: Order): void;
  /** Says that the run is over. */
  stop(): void;
}

/** A whole and valid update. */
export interface Delivery {
  readonly round: number;
  /** Spool file; the coordinator's to remove once it accepts. */
  readonly path: string;
  readonly tensors: ModelFile["manifest"];
  readonly stepsTaken: number;
  readonly privacy: SitePrivacy | null;
}

export interface CoordinatorOptions {
  readonly strategy: Strategy;
  readonly rounds: number;
  /** round is filled in. */
  readonly plan: Omit<RoundPlan, "round">;
  /** Evaluate on public data after every so many rounds; 0: never. */
  readonly evaluateEvery: number;
  readonly config: Numbers;
  /** No model or update may be larger. */
  readonly maxModelBytes: number;
  /** An existing directory of this run alone. */
  readonly spoolDir: string;
  readonly onRound: (record: RoundRecord, model: ModelFile) => void | Promise<void>;
  /** Monotonic, ms. */
  readonly nowMs: () => number;
}

interface Attendance {
  readonly link: SiteLink;
  readonly weight: number;
  isBusy: boolean;
}

/**
 * Drives the rounds of one run: keeps who is there, feeds the round machine, folds what it releases. Knows no socket;
 * a transport hands it links and calls it back.
 */
export class Coordinator {
  readonly options: CoordinatorOptions;
  readonly records: RoundRecord[] = [];
  /** The current global model; null until a site has sent one. */
  model: ModelFile | null;
  readonly #floor = new Map<string, Attendance>();
  readonly #deliveries = new Map<string, Delivery>();
  readonly #metrics = new Map<string, Numbers>();
  #order: Order | null = null;
  #state: RoundState | null = null;
  #timer: NodeJS.Timeout | undefined;
  #settle: ((state: RoundState) => void) | null = null;
  #failure: { readonly error: unknown } | null = null;
  #spooled = 0;
  #moments: string | null = null;
  #isOver = false;

  /** @param model - what the first round starts from, in the spool; null: the first site by name is asked. */
  constructor(options: CoordinatorOptions, model: ModelFile | null) {
    this.options = options;
    this.model = model;
  }

  /** Runs all rounds. Rejects `aborted`, `deadline_exceeded` when too few sites came, or with what broke. */
  async run(): Promise<ModelFile> {
    try {
      let model = await this.#firstModel();
      for (let round = 1; round <= this.options.rounds; round++) model = await this.#playRound(round, model);
      return model;
    } finally {
      this.#isOver = true;
      clearTimeout(this.#timer);
      for (const { link } of this.#floor.values()) link.stop();
    }
  }

  /** Ends the run early. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    const phase = this.#state?.phase;
    if (phase === "gathering" || phase === "collecting") this.#happen({ kind: "cancelled" });
  }

  /** The weight of a site that may come in, or why it may not. */
  admit(site: string, declaredWeight: number): number | RejectReason {
    if (this.#isOver || this.#failure !== null) return "closed";
    if (this.#floor.has(site)) return "duplicate-site";
    return this.options.strategy.weightOf(site, declaredWeight) ?? "site";
  }

  join(link: SiteLink, weight: number): void {
    this.#floor.set(link.site, { link, weight, isBusy: false });
    this.#announce(link.site);
  }

  leave(link: SiteLink): void {
    if (this.#floor.get(link.site)?.link !== link) return;
    this.#floor.delete(link.site);
    this.#happen({ kind: "site-gone", site: link.site });
  }

  /** How many sites are connected. */
  get attendance(): number {
    return this.#floor.size;
  }

  progress(link: SiteLink): void {
    this.#happen({ kind: "progress", site: link.site });
  }

  /** True while an answer for this round from this site would still count. */
  isAwaiting(site: string, round: number): boolean {
    const isOpen = this.#state?.phase === "collecting" && this.#state.plan.round === round;
    return isOpen && this.#state?.seats.get(site)?.status === "working";
  }

  /** A fresh path in the spool. */
  spoolPath(): string {
    this.#spooled += 1;
    return join(this.options.spoolDir, `update-${this.#spooled}.bin`);
  }

  /** Takes a whole update over, or returns false when its round has closed; then the file stays the caller's. */
  deliver(link: SiteLink, delivery: Delivery): boolean {
    if (!this.isAwaiting(link.site, delivery.round)) return false;
    this.#deliveries.set(link.site, delivery);
    this.#happen({ kind: "delivered", site: link.site, round: delivery.round });
    return true;
  }

  evaluated(link: SiteLink, round: number, metrics: Numbers): boolean {
    if (!this.isAwaiting(link.site, round)) return false;
    this.#metrics.set(link.site, metrics);
    this.#happen({ kind: "delivered", site: link.site, round });
    return true;
  }

  rejected(link: SiteLink, round: number, reason: RejectReason): void {
    this.#happen({ kind: "rejected", site: link.site, round, reason });
  }

  declined(link: SiteLink, round: number, reason: FailureReason): void {
    this.#happen({ kind: "declined", site: link.site, round, reason });
  }

  /** The site has answered, well or badly, and can be asked again. */
  ready(link: SiteLink): void {
    const attendance = this.#floor.get(link.site);
    if (attendance?.link !== link) return;
    attendance.isBusy = false;
    this.#announce(link.site);
  }

  #announce(site: string): void {
    const attendance = this.#floor.get(site);
    if (this.#state?.phase !== "gathering" || attendance === undefined || !this.#isEligible(attendance)) return;
    this.#happen({ kind: "site-ready", site, weight: attendance.weight });
  }

  #isEligible({ link, isBusy }: Attendance): boolean {
    return !isBusy && (this.#order?.kind !== "evaluate" || link.canEvaluate);
  }

  #happen(event: DistributiveOmit<RoundEvent, "atMs">): void {
    if (this.#state === null) return;
    this.#apply(advanceRound(this.#state, { ...event, atMs: this.options.nowMs() }));
  }

  #apply({ state, commands }: Transition): void {
    this.#state = state;
    for (const command of commands) this.#execute(command, state);
    clearTimeout(this.#timer);
    const wake = nextWakeMs(this.#state);
    if (wake === null) return;
    const delay = Math.min(Math.max(wake - this.options.nowMs(), 1), 2 ** 31 - 1);
    this.#timer = setTimeout(() => this.#happen({ kind: "tick" }), delay);
  }

  #execute(command: RoundCommand, state: RoundState): void {
    switch (command.kind) {
      case "instruct":
        for (const site of command.sites) this.#instruct(site);
        return;
      case "discard":
        return;
      case "release":
      case "abandon":
        this.#settle?.(state);
        this.#settle = null;
    }
  }

  #instruct(site: string): void {
    const attendance = this.#floor.get(site);
    if (attendance === undefined || this.#order === null) return;
    attendance.isBusy = true;
    attendance.link.instruct(this.#order);
  }

  /** Asks, waits, and gives back the closed round. */
  async #collect(order: Order, minClients: number): Promise<RoundState> {
    this.#throwIfFailed();
    this.#order = order;
    this.#deliveries.clear();
    this.#metrics.clear();
    const eligible = [...this.#floor].filter(([, a]) => this.#isEligible(a));
    // which site gives the first parameters is no matter of weight
    const weightOf = (a: Attendance): number => (order.kind === "initial-parameters" ? 1 : a.weight);
    const ready = new Map(eligible.map(([site, a]) => [site, weightOf(a)]));
    const plan = { ...this.options.plan, minClients, round: order.round };
    const closed = await new Promise<RoundState>((resolve) => {
      this.#settle = resolve;
      this.#apply(openRound(plan, ready, this.options.nowMs()));
    });
    this.#throwIfFailed();
    return closed;
  }

  #throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  #requireSites(state: RoundState): void {
    if (state.abandoned !== "not enough sites") return;
    const { minClients, gatherMs } = state.plan;
    const came = state.ready.size;
    throw new PrivacyError(
      "deadline_exceeded",
      `${minClients} sites were wanted and ${came} were ready after ${gatherMs} ms; start the others or lower minClients`,
      { phase: "gathering", afterMs: gatherMs ?? 0 },
    );
  }

  async #firstModel(): Promise<ModelFile> {
    const { plan } = this.options;
    if (this.model !== null) return this.model;
    const order = { kind: "initial-parameters", round: 0, config: this.options.config, model: null } as const;
    const state = await this.#collect(order, plan.minClients);
    this.#requireSites(state);
    const first = [...this.#deliveries.keys()].sort((a, b) => (a < b ? -1 : 1))[0];
    const delivery = first === undefined ? undefined : this.#deliveries.get(first);
    if (delivery === undefined) {
      throw new PrivacyError(
        "invalid_state",
        "no site sent parameters to start from; give startServer an initialModel",
        {
          object: "federated run",
          state: "without a model",
        },
      );
    }
    await this.#removeSpools(delivery.path);
    return (this.model = new ModelFile(delivery.path, delivery.tensors));
  }

  async #playRound(round: number, model: ModelFile): Promise<ModelFile> {
    const { config, plan, evaluateEvery, onRound } = this.options;
    const state = await this.#collect({ kind: "train", round, config, model }, plan.minClients);
    const sites = siteOutcomes(state, this.#deliveries);
    const used = sites.filter((s) => s.status === "used");
    const next = used.length === 0 ? model : await this.#fold(round, model, used);
    await this.#removeSpools();
    const isEvaluated = evaluateEvery > 0 && round % evaluateEvery === 0 && state.abandoned !== "not enough sites";
    const evaluation = isEvaluated ? await this.#evaluate(round, next) : null;
    const outcome = state.abandoned ?? "released";
    const record: RoundRecord = {
      version: "federated-round/v1",
      round,
      outcome,
      modelDigest: next.digest,
      sites,
      evaluation,
    };
    this.records.push(Object.freeze(record));
    await onRound(record, next);
    this.#requireSites(state);
    return next;
  }

  async #fold(round: number, model: ModelFile, used: readonly { site: string; weight: number }[]): Promise<ModelFile> {
    const updates = used.map(({ site, weight }): SpooledUpdate => {
      return { site, weight, path: this.#deliveries.get(site)?.path ?? "" };
    });
    const path = join(this.options.spoolDir, `model-${round}.bin`);
    const { rule } = this.options.strategy;
    const momentsAfter = join(this.options.spoolDir, `moments-${round}.bin`);
    const moments = { momentsBefore: this.#moments, momentsAfter };
    const next = await onSpool(path, () => foldRound({ rule, model, updates, path, ...moments, isDurable: false }));
    if (hasOptimizer(rule)) {
      if (this.#moments !== null) await rm(this.#moments, { force: true });
      this.#moments = momentsAfter;
    }
    // only now: a fold that failed leaves the model where it was
    this.model = next;
    await model.remove();
    return next;
  }

  async #evaluate(round: number, model: ModelFile): Promise<EvaluationRecord> {
    if (![...this.#floor.values()].some((a) => !a.isBusy && a.link.canEvaluate)) return averageMetrics([]);
    const state = await this.#collect({ kind: "evaluate", round, config: this.options.config, model }, 1);
    const outcomes = siteOutcomes(state, new Map());
    return averageMetrics(
      outcomes.flatMap(({ site, weight }) => {
        const metrics = this.#metrics.get(site);
        return metrics === undefined ? [] : [{ site, weight, metrics }];
      }),
    );
  }

  async #removeSpools(except?: string): Promise<void> {
    const paths = [...this.#deliveries.values()].map((d) => d.path).filter((path) => path !== except);
    await Promise.all(paths.map(async (path) => await rm(path, { force: true })));
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
