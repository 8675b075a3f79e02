import { rm } from "node:fs/promises";
import type { SiteLink } from "./desk.ts";
import { floatValues, withFloatValues } from "./float-values.ts";
import { outgoingTensors } from "./manifest.ts";
import type { Numbers } from "./messages.ts";
import { ModelFile } from "./model-file.ts";
import type { OpenedRound, RoundAggregation, UsedUpdate } from "./round-aggregation.ts";
import type { SiteOutcome } from "./round-record.ts";
import type { RunStore } from "./run-store.ts";
import type { RunLedger } from "./run-ledger.ts";
import type { SignedDispute } from "./secagg/index.ts";
import { type ExchangeOptions, SecureExchange } from "./secure-exchange.ts";
import { mostSecureSites } from "./secure-limits.ts";
import { type SecureAnswerStep, maskedTensor } from "./secure-messages.ts";
import { type SecureTask, secureTask } from "./secure-task.ts";
import type { SiteFloor } from "./site-floor.ts";
import { floatElements } from "./spans.ts";

/** What a run's secure rounds need besides their options. */
export interface SecureParts {
  readonly store: RunStore;
  readonly floor: SiteFloor;
  /** Charged for every sum that holds noise; null where none does. */
  readonly ledger: RunLedger | null;
  /** Told of boxes that did not open. */
  readonly disputed?: (round: number, dispute: SignedDispute) => void;
}

/** Masked updates, of which this side learns the weighted sum alone. Its mean is folded like one update of one site. */
export class SecureAggregation implements RoundAggregation {
  readonly releasesWithoutUpdates = false;
  readonly opensWithPresent = true;
  /** Masks of an earlier life are gone with it. */
  readonly canReopen = false;
  readonly plannedCohort = null;
  readonly #options: ExchangeOptions;
  readonly #announced: Pick<SecureTask, "topologyJson" | "rounds">;
  readonly #parts: SecureParts;
  readonly #store: RunStore;
  readonly #floor: SiteFloor;
  /** By site: how often it was in a dispute over a box in this run. */
  readonly #disputes = new Map<string, number>();
  /** Whose shares made a round's sum impossible: asked no more in this run, or every round would end like that one. */
  readonly #misdealers = new Set<string>();
  readonly #minClients: number;
  #exchange: SecureExchange | null = null;

  /**
   * @param announced - what the welcome tells every site.
   * @param minClients - a round with fewer sites at its beginning, or fewer than 3, is not begun.
   */
  constructor(
    options: ExchangeOptions,
    announced: Pick<SecureTask, "topologyJson" | "rounds">,
    parts: SecureParts,
    minClients: number,
  ) {
    this.#options = options;
    this.#announced = announced;
    this.#parts = parts;
    this.#store = parts.store;
    this.#floor = parts.floor;
    this.#minClients = Math.max(minClients, 3);
    parts.floor.onFailed = () => this.#exchange?.stop();
  }

  async open(round: number, model: ModelFile, config: Numbers): Promise<OpenedRound | null> {
    const links = this.#floor.links(mostSecureSites, this.#misdealers);
    if (links.length < this.#minClients) return null;
    const elements = floatElements(model.manifest);
    const task = secureTask({ ...this.#announced, model: model.digest, config });
    const place = { run: this.#store.identity.runId, round };
    const linkOf = (site: string): SiteLink | undefined => this.#floor.link(site);
    const exchange = new SecureExchange(place, links, { elements, task }, this.#options, linkOf, this.#disputes);
    this.#exchange = exchange;
    const sites = await exchange.open();
    for (const dispute of exchange.disputes) this.#parts.disputed?.(round, dispute);
    this.#floor.throwIfFailed();
    if (sites === null) return null;
    const answer = [{ name: maskedTensor, dtype: "int32", shape: [exchange.length] }] as const;
    return { invited: new Set(sites), answer, quorum: exchange.threshold };
  }

  async release(
    round: number,
    model: ModelFile,
    updates: readonly UsedUpdate[],
    sites: readonly SiteOutcome[],
  ): Promise<ModelFile> {
    const paths = new Map(updates.map(({ outcome, path }) => [outcome.site, path]));
    const sum = async (): Promise<Float64Array | null> => (await this.#exchange?.sum(paths)) ?? null;
    // on the disk before the sites take the masks off: a crash leaves the round spent
    const change = await (this.#parts.ledger?.spend(sum) ?? sum());
    const misdealer = this.#exchange?.misdealer ?? null;
    if (misdealer !== null) this.#misdealers.add(misdealer);
    this.#exchange = null;
    this.#floor.throwIfFailed();
    if (change === null) return model;
    const before = await model.parameters();
    const after = floatValues(before);
    for (let i = 0; i < after.length; i++) after[i] += change[i];
    const path = this.#store.updatePath();
    await ModelFile.write(path, outgoingTensors(withFloatValues(before, after)));
    const next = await this.#store.release(round, model, [{ site: "sum", weight: 1, path }], sites);
    await rm(path, { force: true });
    return next;
  }

  secureAnswer(link: SiteLink, round: number, step: SecureAnswerStep): void {
    this.#exchange?.answer(link, round, step);
  }

  left(site: string): void {
    this.#exchange?.left(site);
  }
}
