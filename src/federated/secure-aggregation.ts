import { rm } from "node:fs/promises";
import type { SiteLink } from "./desk.ts";
import { floatValues, withFloatValues } from "./float-values.ts";
import { outgoingTensors } from "./manifest.ts";
import type { Numbers } from "./messages.ts";
import { ModelFile } from "./model-file.ts";
import type { OpenedRound, RoundAggregation, UsedUpdate } from "./round-aggregation.ts";
import type { SiteOutcome } from "./round-record.ts";
import type { RunStore } from "./run-store.ts";
import { type SecureAggregationOptions, SecureExchange } from "./secure-exchange.ts";
import { type SecureAnswerStep, maskedTensor, mostSecureSites } from "./secure-messages.ts";
import { type SecureTask, secureTask } from "./secure-task.ts";
import type { SiteFloor } from "./site-floor.ts";
import { floatElements } from "./spans.ts";

/** Masked updates, of which this side learns the weighted sum alone. Its mean is folded like one update of one site. */
export class SecureAggregation implements RoundAggregation {
  readonly releasesWithoutUpdates = false;
  readonly opensWithPresent = true;
  /** Masks of an earlier life are gone with it. */
  readonly canReopen = false;
  readonly #options: Required<SecureAggregationOptions>;
  readonly #announced: Pick<SecureTask, "topologyJson" | "rounds">;
  readonly #store: RunStore;
  readonly #floor: SiteFloor;
  readonly #minClients: number;
  #exchange: SecureExchange | null = null;

  /**
   * @param announced - what the welcome tells every site.
   * @param minClients - a round with fewer sites at its beginning, or fewer than 3, is not begun.
   */
  constructor(
    options: Required<SecureAggregationOptions>,
    announced: Pick<SecureTask, "topologyJson" | "rounds">,
    { store, floor }: { readonly store: RunStore; readonly floor: SiteFloor },
    minClients: number,
  ) {
    this.#options = options;
    this.#announced = announced;
    this.#store = store;
    this.#floor = floor;
    this.#minClients = Math.max(minClients, 3);
    floor.onFailed = () => this.#exchange?.stop();
  }

  async open(round: number, model: ModelFile, config: Numbers): Promise<OpenedRound | null> {
    const links = this.#floor.links(mostSecureSites);
    if (links.length < this.#minClients) return null;
    const length = floatElements(model.manifest);
    const task = secureTask({ ...this.#announced, model: model.digest, config });
    const place = { run: this.#store.identity.runId, round };
    this.#exchange = new SecureExchange(place, links, { length, task }, this.#options, (site) =>
      this.#floor.link(site),
    );
    const sites = await this.#exchange.open();
    this.#floor.throwIfFailed();
    if (sites === null) return null;
    const answer = [{ name: maskedTensor, dtype: "int32", shape: [length] }] as const;
    return { invited: new Set(sites), answer, quorum: this.#exchange.threshold };
  }

  async release(
    round: number,
    model: ModelFile,
    updates: readonly UsedUpdate[],
    sites: readonly SiteOutcome[],
  ): Promise<ModelFile> {
    const paths = new Map(updates.map(({ outcome, path }) => [outcome.site, path]));
    const change = (await this.#exchange?.sum(paths)) ?? null;
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
