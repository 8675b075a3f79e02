import { type Optimizer, ready } from "@tensorflow/tfjs-core";
import { type Guarantee, calibrate } from "../accounting/index.ts";
import { PrivacyError, invalidArgument, parseDelta, parseTargetEpsilon } from "../core/index.ts";
import { type RandomSource, operatingSystemRandom } from "../core/random-source.ts";
import { type Neighboring, type PrivacyUnit } from "../events/index.ts";
import { type Loss, createGradientEngine } from "../gradients/index.ts";
import { type Ledger, type RunSpend, openLedger } from "../ledger/index.ts";
import { firstClip } from "./clip-policy.ts";
import { type CheckpointFacts, loadCheckpointModel, readCheckpoint, restoreOptimizer } from "./checkpoint.ts";
import { type ParsedRun, type RunOptions, parseRunOptions } from "./run-options.ts";
import { planDpSgd } from "./plan.ts";
import { eventAt } from "./priced-run.ts";
import type { PrivacyPlan } from "./privacy-plan.ts";
import { requireSchedule, scheduledRun } from "./scheduled-run.ts";
import { scopeGuarantee } from "./scope-guarantee.ts";
import { StepReservations } from "./step-reservations.ts";
import { PrivateTrainer } from "./trainer.ts";
import { unitsOf } from "./unit-source.ts";

/** What holds for every run of one engine. No defaults: silence about the unit or the relation is refused. */
export interface PrivacyEngineOptions {
  /** Folder of the ledger; made when it does not exist. */
  readonly ledger: string;
  /** Whose presence is hidden: an `example` is one row, a `user` all the rows that `data.unitIds` gives to one id. */
  readonly unit: PrivacyUnit;
  readonly neighboring: Neighboring;
  readonly delta: number;
  /** No run is planned and no step taken that would exceed it. Without one, spends are only counted. */
  readonly budget?: { readonly epsilon: number; readonly filter?: "rdp" };
  /** Who is acting, for the ledger. */
  readonly actor?: string;
  /** From `sordino/testing` in tests; a run that used it can not obtain a card with a tier. */
  readonly random?: RandomSource;
}

const relations: readonly Neighboring[] = ["add-or-remove-one", "replace-one", "zero-out"];

/** The most noise that calibration looks at. */
const largestNoise = 1e12;

/** How many steps are reserved on disk at once: a crash costs at most this many, an fsync is paid once in as many. */
const reservationBlock = 64;

/**
 * The door for whoever wraps a training loop: binds one ledger, one unit, one relation and one delta, and makes trainers
 * whose sampling, clipping, noise and price come from one plan.
 */
export class PrivacyEngine {
  readonly #options: PrivacyEngineOptions;
  readonly #ledger: Ledger;
  readonly #random: RandomSource;

  private constructor(options: PrivacyEngineOptions, ledger: Ledger) {
    this.#options = Object.freeze({ ...options });
    this.#ledger = ledger;
    this.#random = options.random ?? operatingSystemRandom();
  }

  /**
   * Opens (or makes) the ledger and takes its lock.
   *
   * @throws PrivacyError `invalid_argument`; `ledger_locked` when another process has it; `ledger_corrupt`.
   */
  static async open(options: PrivacyEngineOptions): Promise<PrivacyEngine> {
    parseDelta(options.delta);
    if (options.unit !== "example" && options.unit !== "user") {
      throw invalidArgument(
        "unit",
        '"example" or "user"',
        options.unit,
        "contributions are bounded per row or per user",
      );
    }
    if (!relations.includes(options.neighboring)) {
      throw invalidArgument("neighboring", relations.map((r) => `"${r}"`).join(", "), options.neighboring);
    }
    if (options.budget?.filter !== undefined && options.budget.filter !== "rdp") {
      throw invalidArgument("budget.filter", '"rdp"', options.budget.filter);
    }
    if (options.budget !== undefined) parseTargetEpsilon(options.budget.epsilon, "budget.epsilon");
    const actor = options.actor === undefined ? {} : { actor: options.actor };
    return new PrivacyEngine(options, await openLedger({ dir: options.ledger, ...actor }));
  }

  /**
   * Makes a trainer for a run with a given noise multiplier. Everything is checked, and the schedule written to the
   * ledger, before any record is touched.
   *
   * @throws PrivacyError `invalid_argument`, `unsupported_model` (all problems at once), `budget_exceeded`; the model,
   * the optimizer and the budget are then as they were.
   */
  async makePrivate(options: RunOptions & { readonly noiseMultiplier: number }): Promise<PrivateTrainer> {
    const run = parseRunOptions(options);
    return this.#trainer(run, options.noiseMultiplier);
  }

  /**
   * Makes a trainer whose noise is the least that keeps the run's certified epsilon at or below `targetEpsilon`.
   *
   * @throws as makePrivate; `invalid_argument` says what would be reachable when the target is not.
   */
  async makePrivateWithEpsilon(options: RunOptions & { readonly targetEpsilon: number }): Promise<PrivateTrainer> {
    const run = parseRunOptions(options);
    const { delta, neighboring } = this.#options;
    const { value } = calibrate({
      template: (noiseMultiplier) => eventAt({ ...run, neighboring, noiseMultiplier }),
      increasing: false,
      bracket: [0, largestNoise],
      guess: 1,
      targetEpsilon: parseTargetEpsilon(options.targetEpsilon),
      delta,
      neighboring,
    });
    return this.#trainer(run, value);
  }

  /**
   * The guarantee of everything this ledger has promised about one scope (`data.id`): a schedule counts whole from the
   * moment it is made, however early it was stopped; only a run that ended before its first step costs nothing.
   *
   * @throws PrivacyError `invalid_argument` when several scopes exist and none is named, or the named one does not exist.
   */
  getEpsilon(options: { delta: number; scope?: string }): Guarantee {
    return scopeGuarantee(this.#ledger, parseDelta(options.delta), options.scope);
  }

  /** The open ledger, for cards and releases. */
  get ledger(): Ledger {
    return this.#ledger;
  }

  /** Gives the ledger back. */
  async close(): Promise<void> {
    await this.#ledger.close();
  }

  /**
   * Goes on with a checkpoint written by `trainer.save(dir)`. Never replays: every step after the checkpoint that the
   * ledger counts (reserved or used) stays spent, and the steps that are left are drawn with fresh noise.
   *
   * @param dir - the checkpoint's folder.
   * @param run - what a folder cannot hold: the ledger, the data, the optimizer (same class) and the loss.
   * @throws PrivacyError `file_unreadable` when `dir` holds no checkpoint; `invalid_argument` when the checkpoint is not
   * what the ledger scheduled (another event, number of steps, relation, delta or budget) or the random source is
   * weaker than the ledger says; `invalid_state` when the run was ended; otherwise as `makePrivate`. Nothing is spent.
   */
  static async resume(dir: string, run: ResumeOptions): Promise<{ engine: PrivacyEngine; trainer: PrivateTrainer }> {
    const facts = readCheckpoint(dir);
    const { unit, neighboring, delta, epsilonMax } = facts.plan;
    const budget = epsilonMax === null ? {} : { budget: { epsilon: epsilonMax } };
    const { ledger, random, actor } = run;
    const extra = { ...(random === undefined ? {} : { random }), ...(actor === undefined ? {} : { actor }) };
    const engine = await PrivacyEngine.open({ ledger, unit, neighboring, delta, ...budget, ...extra });
    try {
      return { engine, trainer: await engine.#continue(dir, facts, run) };
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  async #continue(dir: string, facts: CheckpointFacts, run: ResumeOptions): Promise<PrivateTrainer> {
    if (run.data?.id !== facts.scope) {
      throw invalidArgument("data.id", `${JSON.stringify(facts.scope)} as in the checkpoint`, run.data?.id);
    }
    const { plan } = facts;
    const scheduled = scheduledRun(this.#ledger, facts, this.#random);
    const model = await loadCheckpointModel(dir, facts);
    const parsed = parseRunOptions({ ...run, ...plan, model } as RunOptions);
    await restoreOptimizer(dir, facts, run.optimizer);
    return this.#trainer(parsed, plan.noiseMultiplier, { spend: scheduled, facts });
  }

  async #trainer(run: ParsedRun, noiseMultiplier: number, resumed?: Resumed): Promise<PrivateTrainer> {
    const { unit, neighboring, delta, budget } = this.#options;
    const source = unitsOf(run.source, this.#unitOptions(run), this.#random);
    await ready();
    const engine = await createGradientEngine({
      model: run.model,
      loss: run.loss,
      ...(run.lossWeights === undefined ? {} : { lossWeights: run.lossWeights }),
      clip: firstClip(run.clip),
      grouped: source.isGrouped,
      expectedBatchSize: run.sampling.expectedBatchSize,
      random: this.#random,
      ...run.engineOptions,
    });
    try {
      const plan = planDpSgd({
        ...run,
        unit,
        neighboring,
        noiseMultiplier,
        boundOf: (clip) => engine.boundOf(clip),
        budget: { epsilon: budget?.epsilon ?? null, delta },
      });
      // a law of known size refuses another number of records here, before anything is written
      const sampler = plan.sampler(source.units, this.#random);
      if (resumed !== undefined) requireUnfinished(plan, resumed);
      const runId = resumed?.spend.runId ?? (await this.#schedule(run.scope, plan));
      const counted = resumed === undefined ? 0 : resumed.spend.used + resumed.spend.reserved;
      const { steps, stepsPerEvent, ledgerCount: count } = plan;
      const schedule = { runId, steps, stepsPerEvent, count };
      const reservations = new StepReservations(this.#ledger, schedule, reservationBlock, counted);
      const start = { step: reservations.taken, clipNorm: resumed?.facts.clipNorm ?? null };
      return new PrivateTrainer({
        model: run.model,
        optimizer: run.optimizer,
        plan,
        engine,
        source,
        sampler,
        run: plan.begin(this.#random, start),
        endRun: () => this.#ledger.closeRun({ runId }),
        reservations,
        epsilonAfter: plan.epsilonBySteps(),
        runId,
        scope: run.scope,
      });
    } catch (error) {
      engine.dispose();
      throw error;
    }
  }

  /** A user's rows are grouped where the unit is the user, and nowhere else. */
  #unitOptions({ units }: ParsedRun): ParsedRun["units"] {
    const isUser = this.#options.unit === "user";
    if (isUser === (units.unitIds !== undefined)) return units;
    if (isUser) throw invalidArgument("data.unitIds", "the user of every row, for the unit user", "nothing");
    throw invalidArgument("data.unitIds", "left out", "given", 'only single rows are protected; open with unit "user"');
  }

  async #schedule(scope: string, plan: PrivacyPlan): Promise<string> {
    const { unit, neighboring, budget, ledgerEvent: event, ledgerCount: steps } = plan;
    await this.#ledger.openScope({
      scope,
      unit,
      neighboring,
      delta: budget.delta,
      epsilonMax: budget.epsilon,
      firstSchedule: { event, steps },
    });
    return this.#ledger.schedule({ scope, event, steps, randomSource: this.#random.kind });
  }
}

/** A run that a checkpoint goes on with. */
interface Resumed {
  readonly spend: RunSpend;
  readonly facts: CheckpointFacts;
}

/** @throws PrivacyError `invalid_state` when what is left of the run was spent whole by the process that began it. */
function requireUnfinished(plan: PrivacyPlan, { spend, facts }: Resumed): void {
  requireSchedule(plan, spend);
  if (plan.stepsPerEvent === 1 || spend.used + spend.reserved < spend.scheduled) return;
  if (facts.stepsTaken >= plan.steps) return;
  const message =
    `a run to go on with was wanted, and its "${plan.ledgerEvent.kind}" was spent whole by the process that began it: ` +
    "its noise or its order of batches ended with that process; plan a new run from the saved model";
  throw new PrivacyError("invalid_state", message, { object: "Run", state: "spent whole" });
}

/** What `PrivacyEngine.resume` needs beside the checkpoint. */
export interface ResumeOptions {
  readonly ledger: string;
  readonly data: RunOptions["data"];
  readonly optimizer: Optimizer;
  readonly loss: Loss | readonly Loss[];
  readonly lossWeights?: readonly number[];
  readonly augmentations?: RunOptions["augmentations"];
  readonly physicalBatchSize?: RunOptions["physicalBatchSize"];
  readonly threads?: number;
  readonly engine?: "wasm" | "tfjs";
  readonly random?: RandomSource;
  readonly actor?: string;
}
