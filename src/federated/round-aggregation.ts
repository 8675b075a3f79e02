import type { SiteLink } from "./desk.ts";
import type { SpooledUpdate } from "./fold.ts";
import type { Manifest } from "./manifest.ts";
import type { Numbers } from "./messages.ts";
import type { ModelFile } from "./model-file.ts";
import type { SiteOutcome } from "./round-record.ts";
import type { RunStore } from "./run-store.ts";
import type { SecureAnswerStep } from "./secure-messages.ts";

/** Who is asked in a round, and how. */
export interface OpenedRound {
  /** Null: whoever is ready, as many as `minClients` at least. Otherwise these, as far as they are there. */
  readonly invited: ReadonlySet<string> | null;
  /** What an update must look like; null: like the model. */
  readonly answer: Manifest | null;
  /** Usable updates without which the model stays; null: as the run says. */
  readonly quorum: number | null;
}

/** A whole update and its site, with its file. */
export interface UsedUpdate {
  readonly outcome: SiteOutcome;
  readonly path: string;
  /** Its public loss before the round; undefined where the strategy asks for none. */
  readonly loss: number | undefined;
}

/**
 * How a round's updates become the next model: in clear by the strategy, as a masked sum, or with noise that hides a site. One
 * object lives as long as the run and is told of one round at a time.
 */
export interface RoundAggregation {
  /**
   * What is done before sites are asked to train; null: the round is over and the model stays.
   *
   * @param config - what the sites will be told with the model.
   */
  open(round: number, model: ModelFile, config: Numbers): Promise<OpenedRound | null>;
  /** @returns the next model, or the present one where nothing could be released. */
  release(
    round: number,
    model: ModelFile,
    updates: readonly UsedUpdate[],
    sites: readonly SiteOutcome[],
  ): Promise<ModelFile>;
  /** True where a round without a usable update is released all the same: its absence would be exact news of the sites. */
  readonly releasesWithoutUpdates: boolean;
  /** True where `open` looks at who is there, so that the run's sites are waited for before it. */
  readonly opensWithPresent: boolean;
  /** Whether a round that a crash left open can go on; otherwise it is over and its number is not played again. */
  readonly canReopen: boolean;
  /** Set where who was drawn must not show in what a round tells: how many are asked on average. */
  readonly plannedCohort: number | null;
  secureAnswer(link: SiteLink, round: number, step: SecureAnswerStep): void;
  left(site: string): void;
}

/** The strategy's own fold of the updates as they came. */
export class ClearAggregation implements RoundAggregation {
  readonly releasesWithoutUpdates = false;
  readonly opensWithPresent = false;
  readonly canReopen = true;
  readonly plannedCohort = null;
  readonly #store: RunStore;

  constructor(store: RunStore) {
    this.#store = store;
  }

  open(): Promise<OpenedRound> {
    return Promise.resolve({ invited: null, answer: null, quorum: null });
  }

  async release(
    round: number,
    model: ModelFile,
    updates: readonly UsedUpdate[],
    sites: readonly SiteOutcome[],
  ): Promise<ModelFile> {
    const spooled = updates.map(({ outcome: { site, weight }, path, loss }): SpooledUpdate => {
      return { site, weight, path, ...(loss === undefined ? {} : { loss }) };
    });
    return await this.#store.release(round, model, spooled, sites);
  }

  secureAnswer(): void {}

  left(): void {}
}
