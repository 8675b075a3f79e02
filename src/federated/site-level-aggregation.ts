import { rm } from "node:fs/promises";
import type { Guarantee } from "../accounting/index.ts";
import { type NotPrivate, invalidArgument, markNotPrivate } from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import type { DpFedAvgPlan } from "./dp-fed-avg.ts";
import { floatValues, withFloatValues } from "./float-values.ts";
import { requireMade } from "./made-plan.ts";
import { outgoingTensors } from "./manifest.ts";
import { ModelFile } from "./model-file.ts";
import type { OpenedRound, RoundAggregation, UsedUpdate } from "./round-aggregation.ts";
import { RunLedger, coordinatorActor } from "./run-ledger.ts";
import { type Recovered, hasPlayed } from "./run-recovery.ts";
import type { RunStore } from "./run-store.ts";

/** What a run with the site as unit is set up with. */
export interface SiteLevelOptions {
  readonly plan: DpFedAvgPlan;
  /** Names of the enrolled sites, `plan.sites` of them: a public list. Others take no part. */
  readonly enrolled: readonly string[];
  /** Folder of the coordinator's ledger; `scope` names what is charged. */
  readonly ledger: string;
  readonly scope: string;
  /** The most that the scope may ever spend, for the site as unit; null: counted and never refused. */
  readonly budget: { readonly epsilon: number | null; readonly delta: number };
}

/** What an aggregation with the site as unit needs of its run. */
export interface SiteLevelParts {
  readonly store: RunStore;
  readonly random: RandomSource;
  /** Where an earlier process of the run stood; null: there was none. */
  readonly recovered: Recovered | null;
  /** Told who was drawn, for a record that nobody else reads. */
  readonly drawn?: (round: number, sites: NotPrivate<readonly string[]>) => void;
}

/**
 * Noise with the site as unit: draws the sites of each round, clips and adds their changes, and reserves the round in the
 * coordinator's ledger before its noise is drawn. A site that was drawn and does not answer counts as a change of zero.
 *
 * With a store that outlives the process a round is drawn once and its noise once: the journal says that a round began before
 * anybody is drawn for it, and a round that began and was not released is over, spent if it was reserved.
 */
export class SiteLevelAggregation implements RoundAggregation {
  readonly releasesWithoutUpdates = true;
  readonly opensWithPresent = true;
  /** Sites are drawn once for a round; who was drawn before a crash is not written down. */
  readonly canReopen = false;
  readonly plannedCohort: number;
  readonly #options: SiteLevelOptions;
  readonly #ledger: RunLedger;
  readonly #parts: SiteLevelParts;
  #clipNorm: number;

  private constructor(options: SiteLevelOptions, ledger: RunLedger, parts: SiteLevelParts) {
    this.#options = options;
    this.#ledger = ledger;
    this.#parts = parts;
    this.plannedCohort = options.plan.plannedCohort;
    this.#clipNorm = parts.recovered?.released?.clipNorm ?? options.plan.l2ClipNorm;
  }

  /**
   * Opens the ledger and writes the whole schedule to it, or finds that of the run that goes on.
   *
   * @throws PrivacyError `budget_exceeded` when the schedule does not fit; as `RunLedger.open`.
   */
  static async open(options: SiteLevelOptions, parts: SiteLevelParts): Promise<SiteLevelAggregation> {
    const { plan, scope, budget, ledger: dir } = options;
    const { store, random, recovered } = parts;
    const actor = coordinatorActor(store.identity.runId);
    const schedule = { event: plan.roundEvent, rounds: plan.rounds, randomSource: random.kind };
    const isResumed = hasPlayed(recovered);
    const ledger = await RunLedger.open({ dir, actor, scope, budget, ...schedule, isResumed });
    return new SiteLevelAggregation(options, ledger, parts);
  }

  open(round: number): Promise<OpenedRound> {
    const { plan, enrolled } = this.#options;
    const drawn = plan.draw(this.#parts.random).map((place) => enrolled[place]);
    this.#parts.drawn?.(round, markNotPrivate(drawn));
    return Promise.resolve({ invited: new Set(drawn), answer: null, quorum: 1 });
  }

  async release(round: number, model: ModelFile, updates: readonly UsedUpdate[]): Promise<ModelFile> {
    const { store, random } = this.#parts;
    const before = await model.parameters();
    const files = updates.map(({ path }) => new ModelFile(path, model.manifest));
    const changed = (async function* () {
      for (const file of files) yield floatValues(await file.parameters());
    })();
    const start = floatValues(before);
    const { plan } = this.#options;
    // on the disk before any noise is drawn: a crash leaves the round spent
    const release = await this.#ledger.spend(() => plan.release(start, changed, this.#clipNorm, random));
    const path = store.updatePath();
    await ModelFile.write(path, outgoingTensors(withFloatValues(before, release.model)));
    const sum = [{ site: "noised sum", weight: 1, path }];
    const clipNorm = plan.adaptiveClip === null ? undefined : release.nextClipNorm;
    const next = await store.release(round, model, sum, [], clipNorm);
    this.#clipNorm = release.nextClipNorm;
    await rm(path, { force: true });
    return next;
  }

  secureAnswer(): void {}

  left(): void {}

  /** Null with noise that was not the operating system's. */
  guarantee(): Guarantee | null {
    return this.#parts.random.kind === "operating-system" ? this.#options.plan.guarantee() : null;
  }

  async close(isFinished: boolean): Promise<void> {
    await this.#ledger.close(isFinished);
  }
}

/** @throws PrivacyError `invalid_argument` naming what does not go together. */
export function requireSiteLevel(options: SiteLevelOptions, rounds: number): void {
  const { plan, enrolled } = options;
  requireMade(plan, "siteLevelPrivacy.plan", "planDpFedAvg");
  if (new Set(enrolled).size !== plan.sites || enrolled.length !== plan.sites) {
    throw invalidArgument("siteLevelPrivacy.enrolled", `the plan's ${plan.sites} sites, each once`, enrolled.length);
  }
  if (rounds !== plan.rounds) throw invalidArgument("rounds", `the plan's ${plan.rounds}`, rounds);
}
