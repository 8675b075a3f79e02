import { rm } from "node:fs/promises";
import type { Guarantee } from "../accounting/index.ts";
import { invalidArgument } from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import type { DpFedAvgPlan } from "./dp-fed-avg.ts";
import { floatValues, withFloatValues } from "./float-values.ts";
import { type Ledger, openLedger } from "../ledger/index.ts";
import { outgoingTensors } from "./manifest.ts";
import { ModelFile } from "./model-file.ts";
import type { OpenedRound, RoundAggregation, UsedUpdate } from "./round-aggregation.ts";
import type { SiteOutcome } from "./round-record.ts";
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

/**
 * Noise with the site as unit: draws the sites of each round, clips and adds their changes, and reserves the round in the
 * coordinator's ledger before its noise is drawn. A site that was drawn and does not answer counts as a change of zero.
 */
export class SiteLevelAggregation implements RoundAggregation {
  readonly releasesWithoutUpdates = true;
  readonly opensWithPresent = true;
  /** Sites are drawn once for a round; who was drawn before a crash is not written down. */
  readonly canReopen = false;
  readonly #options: SiteLevelOptions;
  readonly #ledger: Ledger;
  readonly #runId: string;
  readonly #store: RunStore;
  readonly #random: RandomSource;
  #clipNorm: number;

  private constructor(
    options: SiteLevelOptions,
    ledger: Ledger,
    runId: string,
    parts: { readonly store: RunStore; readonly random: RandomSource },
  ) {
    this.#options = options;
    this.#ledger = ledger;
    this.#runId = runId;
    this.#store = parts.store;
    this.#random = parts.random;
    this.#clipNorm = options.plan.l2ClipNorm;
  }

  /**
   * Opens the ledger and writes the whole schedule to it.
   *
   * @throws PrivacyError `budget_exceeded` when the schedule does not fit; as `openLedger`.
   */
  static async open(
    options: SiteLevelOptions,
    parts: { readonly store: RunStore; readonly random: RandomSource },
  ): Promise<SiteLevelAggregation> {
    const { plan, scope, budget } = options;
    const ledger = await openLedger({ dir: options.ledger, actor: "federated coordinator" });
    try {
      const schedule = { event: plan.roundEvent, steps: plan.rounds };
      const { unit, neighboring } = plan;
      const policy = { scope, unit, neighboring, delta: budget.delta, epsilonMax: budget.epsilon };
      await ledger.openScope({ ...policy, firstSchedule: schedule });
      const runId = await ledger.schedule({ scope, ...schedule, randomSource: parts.random.kind });
      return new SiteLevelAggregation(options, ledger, runId, parts);
    } catch (error) {
      await ledger.close();
      throw error;
    }
  }

  open(): Promise<OpenedRound> {
    const { plan, enrolled } = this.#options;
    const invited = new Set(plan.draw(this.#random).map((place) => enrolled[place]));
    return Promise.resolve({ invited, answer: null, quorum: 1 });
  }

  async release(
    round: number,
    model: ModelFile,
    updates: readonly UsedUpdate[],
    sites: readonly SiteOutcome[],
  ): Promise<ModelFile> {
    const before = await model.parameters();
    const files = updates.map(({ path }) => new ModelFile(path, model.manifest));
    const changed = (async function* () {
      for (const file of files) yield floatValues(await file.parameters());
    })();
    // on the disk before any noise is drawn: a crash leaves the round spent
    const reservationId = await this.#ledger.reserve({ runId: this.#runId, steps: 1 });
    const start = floatValues(before);
    const release = await this.#options.plan.release(start, changed, this.#clipNorm, this.#random);
    await this.#ledger.commit({ reservationId, stepsUsed: 1 });
    const path = this.#store.updatePath();
    await ModelFile.write(path, outgoingTensors(withFloatValues(before, release.model)));
    const next = await this.#store.release(round, model, [{ site: "noised sum", weight: 1, path }], sites);
    this.#clipNorm = release.nextClipNorm;
    await rm(path, { force: true });
    return next;
  }

  secureAnswer(): void {}

  left(): void {}

  /** Null with noise that was not the operating system's. */
  guarantee(): Guarantee | null {
    return this.#random.kind === "operating-system" ? this.#options.plan.guarantee() : null;
  }

  async close(): Promise<void> {
    await this.#ledger.closeRun({ runId: this.#runId });
    await this.#ledger.close();
  }
}

/** @throws PrivacyError `invalid_argument` naming what does not go together. */
export function requireSiteLevel(options: SiteLevelOptions, rounds: number): void {
  const { plan, enrolled } = options;
  if (new Set(enrolled).size !== plan.sites || enrolled.length !== plan.sites) {
    throw invalidArgument("siteLevelPrivacy.enrolled", `the plan's ${plan.sites} sites, each once`, enrolled.length);
  }
  if (rounds !== plan.rounds) throw invalidArgument("rounds", `the plan's ${plan.rounds}`, rounds);
}
