import { type Optimizer, ready } from "@tensorflow/tfjs-core";
import { type Guarantee, calibrateNoiseMultiplier, stepwiseEpsilon } from "../accounting/index.ts";
import { invalidArgument, parseDelta, parseTargetEpsilon } from "../core/index.ts";
import { type RandomSource, operatingSystemRandom } from "../core/random-source.ts";
import { type Neighboring, type PrivacyUnit } from "../events/index.ts";
import { type Loss, createGradientEngine } from "../gradients/index.ts";
import { type Ledger, type RunSpend, openLedger } from "../ledger/index.ts";
import { createGridGaussian } from "../noise/index.ts";
import { type CheckpointFacts, loadCheckpointModel, readCheckpoint, restoreOptimizer } from "./checkpoint.ts";
import { type ParsedRun, type RunOptions, parseRunOptions } from "./run-options.ts";
import { type PrivacyPlan, planDpSgd } from "./plan.ts";
import { requireSchedule, scheduledRun } from "./scheduled-run.ts";
import { scopeGuarantee } from "./scope-guarantee.ts";
import { StepReservations } from "./step-reservations.ts";
import { PrivateTrainer } from "./trainer.ts";

/** What holds for every run of one engine. No defaults: silence about the unit or the relation is refused. */
export interface PrivacyEngineOptions {
  /** Folder of the ledger; made when it does not exist. */
  readonly ledger: string;
  /** Whose presence is hidden. Only `example` here: one record is one row. */
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
    if (options.unit !== "example") {
      throw invalidArgument("unit", '"example"', options.unit, "contributions are bounded per row only");
    }
    if (options.neighboring !== "add-or-remove-one" && options.neighboring !== "zero-out") {
      throw invalidArgument("neighboring", '"add-or-remove-one" or "zero-out"', options.neighboring);
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
    const { value } = calibrateNoiseMultiplier({
      targetEpsilon: parseTargetEpsilon(options.targetEpsilon),
      delta: this.#options.delta,
      samplingProbability: run.expectedBatchSize / run.datasetSize,
      steps: run.steps,
      neighboring: this.#options.neighboring,
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
    const parsed = parseRunOptions({ ...run, ...plan, model });
    await restoreOptimizer(dir, facts, run.optimizer);
    return this.#trainer(parsed, plan.noiseMultiplier, scheduled);
  }

  async #trainer(run: ParsedRun, noiseMultiplier: number, resumed?: RunSpend): Promise<PrivateTrainer> {
    const { unit, neighboring, delta, budget } = this.#options;
    await ready();
    const engine = await createGradientEngine({
      model: run.model,
      loss: run.loss,
      l2ClipNorm: run.l2ClipNorm,
      expectedBatchSize: run.expectedBatchSize,
      random: this.#random,
      ...(run.physicalBatchSize === undefined ? {} : { physicalBatchSize: run.physicalBatchSize }),
      ...(run.engine === undefined ? {} : { engine: run.engine }),
    });
    try {
      const plan = planDpSgd({
        ...run,
        unit,
        neighboring,
        noiseMultiplier,
        sensitivity: engine.sensitivity,
        gridExponent: engine.gridExponent,
        budget: { epsilon: budget?.epsilon ?? null, delta },
      });
      if (resumed !== undefined) requireSchedule(plan, resumed);
      const runId = resumed?.runId ?? (await this.#schedule(run.scope, plan));
      const counted = resumed === undefined ? 0 : resumed.used + resumed.reserved;
      return new PrivateTrainer({
        model: run.model,
        optimizer: run.optimizer,
        plan,
        engine,
        source: run.source,
        sampler: plan.sampler(run.source.rows, this.#random),
        noise: createGridGaussian(this.#random),
        endRun: () => this.#ledger.closeRun({ runId }),
        reservations: new StepReservations(this.#ledger, runId, plan.steps, reservationBlock, counted),
        epsilonAfter: epsilonBySteps(plan),
        runId,
        scope: run.scope,
      });
    } catch (error) {
      engine.dispose();
      throw error;
    }
  }

  async #schedule(scope: string, plan: PrivacyPlan): Promise<string> {
    const { unit, neighboring, budget, stepEvent, steps } = plan;
    await this.#ledger.openScope({
      scope,
      unit,
      neighboring,
      delta: budget.delta,
      epsilonMax: budget.epsilon,
      firstSchedule: { event: stepEvent, steps },
    });
    return this.#ledger.schedule({ scope, event: stepEvent, steps, randomSource: this.#random.kind });
  }
}

/** The live line of the plan's steps; it ends at what `account` says of the whole schedule. */
function epsilonBySteps({ steps, stepEvent, neighboring, budget }: PrivacyPlan): (steps: number) => number {
  return stepwiseEpsilon(stepEvent, { neighboring, delta: budget.delta, steps });
}

/** What `PrivacyEngine.resume` needs beside the checkpoint. */
export interface ResumeOptions {
  readonly ledger: string;
  readonly data: RunOptions["data"];
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly physicalBatchSize?: number;
  readonly engine?: "wasm" | "tfjs";
  readonly random?: RandomSource;
  readonly actor?: string;
}
