import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Optimizer, train } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { PrivacyError, invalidArgument, parsePositiveInteger } from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import { type HostArray, type PrivateTrainer, PrivacyEngine } from "../dpsgd/index.ts";
import type { Neighboring, PrivacyUnit } from "../events/index.ts";
import type { Loss } from "../gradients/index.ts";
import type { ClientConfig, EvaluateResult, FederatedClient, FitResult, RunAnnouncement } from "./client.ts";
import { buildModel, refuseOtherInput, setWeights, weightsOf } from "./hospital-model.ts";
import type { Parameters } from "./parameters.ts";
import { ProximalPull } from "./proximal-pull.ts";
import { publicMetrics } from "./public-metrics.ts";
import type { SitePrivacy } from "./site-privacy.ts";

/** What a site holds and promises. Nothing here travels but what `privacy` says in public. */
export interface HospitalOptions {
  /** Folder of the site's own ledger. */
  readonly ledger: string;
  /** `id` names the scope that is charged. */
  readonly data: { readonly id: string; readonly x: HostArray; readonly y: HostArray };
  /** How many records there are, as declared public; never taken from the data. */
  readonly datasetSize: number;
  readonly loss: Loss;
  readonly optimizer: { readonly kind: "sgd" | "adam"; readonly learningRate: number };
  readonly privacy: {
    readonly unit: PrivacyUnit;
    readonly neighboring: Neighboring;
    /** The most that this site's records may ever spend on this ledger scope. */
    readonly targetEpsilon: number;
    readonly delta: number;
    readonly l2ClipNorm: number;
    readonly expectedBatchSize: number;
    readonly stepsPerRound: number;
    /** A run of more rounds is refused before anything is trained. */
    readonly maxRounds: number;
  };
  /**
   * Folder for checkpoints: a site whose process died goes on with the schedule that its ledger has, in the same run, from
   * the round after the one it died in. Without it a restarted site plans anew, and pays anew.
   */
  readonly checkpoint?: string;
  /** Data that the site declares public. */
  readonly evaluation?: { readonly x: HostArray; readonly y: HostArray };
  /** Stops training after the step in progress. */
  readonly signal?: AbortSignal;
  /** After each local step: for this site's own screen. */
  readonly onStep?: (step: { readonly index: number; readonly steps: number; readonly epsilon: number }) => void;
  /** From `sordino/testing` in tests. */
  readonly random?: RandomSource;
}

/** A federated client whose every training step is private and in the site's own ledger. */
export interface HospitalClient extends FederatedClient {
  /** What the ledger says the site's records have spent; undefined before the first step. */
  readonly privacy: () => SitePrivacy | undefined;
  /** Ends the run in the ledger and gives the ledger back, after the step in progress. */
  readonly close: () => Promise<void>;
}

/** What one announced run needs. */
interface Session {
  readonly runId: string;
  readonly model: LayersModel;
  readonly engine: PrivacyEngine;
  readonly trainer: PrivateTrainer;
}

/**
 * Makes the client of a hospital: DP-SGD on its own records under its own plan, budget and ledger.
 *
 * When the run is announced, one schedule of rounds · stepsPerRound steps is planned, its noise calibrated so that the
 * whole costs at most `targetEpsilon`, and written to the ledger before any record is touched. Each round sets the
 * model to the global parameters, takes `stepsPerRound` steps of that schedule and returns the weights: a DP-SGD iterate,
 * whose release the schedule has paid for. A round that is lost is not trained again. `config.proximalMu` of FedProx pulls
 * the weights back to the global ones after each private step: post-processing, which costs nothing.
 *
 * @guarantee The epsilon that travels is that of the whole schedule for this site's records alone, for the unit and the
 *   relation stated, against whoever sees every update of this site. Steps may depend on what other sites released.
 * @throws PrivacyError from `prepare`: `invalid_argument` when the run has more rounds than maxRounds or the model does
 *   not fit; `budget_exceeded` when the ledger has less left than the run needs; `unsupported_model`; `ledger_locked`.
 */
export function hospitalClient(options: HospitalOptions): HospitalClient {
  const { privacy: promised, evaluation } = options;
  parsePositiveInteger(promised.stepsPerRound, "privacy.stepsPerRound");
  parsePositiveInteger(promised.maxRounds, "privacy.maxRounds");
  let session: Session | undefined;
  let training: Promise<unknown> = Promise.resolve();
  let closing = new AbortController();
  const current = (): Session => {
    if (session !== undefined) return session;
    throw new PrivacyError("invalid_state", "a round was asked for before the run was announced; nothing was spent", {
      object: "hospital client",
      state: "not prepared",
    });
  };
  const statement = (): SitePrivacy | undefined => {
    if (session === undefined || session.trainer.stepsTaken === 0) return undefined;
    const { delta, unit, neighboring } = promised;
    const { epsilon } = session.engine.getEpsilon({ delta, scope: options.data.id });
    return { epsilon, delta, neighboring, unit };
  };
  return {
    prepare: async (run) => {
      // the line broke and the site is back: the schedule goes on
      if (session?.runId === run.runId) return;
      closing = new AbortController();
      session = await openSession(options, run);
    },
    getParameters: async () => await weightsOf(current().model, undefined),
    fit: async (parameters: Parameters, config: ClientConfig): Promise<FitResult> => {
      const { model, trainer } = current();
      setWeights(model, parameters);
      const pull = ProximalPull.from(model, config["proximalMu"] ?? 0, options.optimizer.learningRate);
      const steps = takeSteps(trainer, pull, options, closing.signal).finally(() => pull?.dispose());
      training = steps.catch(() => undefined);
      const stepsTaken = await steps;
      const privacy = statement();
      await saveCheckpoint(current(), options);
      const trained = await weightsOf(model, parameters);
      return { parameters: trained, stepsTaken, ...(privacy === undefined ? {} : { privacy }) };
    },
    evaluate: async (parameters: Parameters): Promise<EvaluateResult> => {
      if (evaluation === undefined) throw invalidArgument("evaluation", "data declared public", undefined);
      const { model } = current();
      setWeights(model, parameters);
      return { metrics: await publicMetrics(model, evaluation.x, evaluation.y) };
    },
    privacy: statement,
    close: async () => {
      // the run may end while a round is being trained: its step in progress ends first, the ledger after it
      closing.abort();
      await training;
      const last = session;
      session = undefined;
      if (last !== undefined) await closeSession(last);
    },
  };
}

/** Where the checkpoints of one federated run are; null where the site keeps none. */
function checkpointFolder({ checkpoint }: HospitalOptions, runId: string): string | null {
  return checkpoint === undefined ? null : join(checkpoint, runId);
}

async function saveCheckpoint({ trainer, runId }: Session, options: HospitalOptions): Promise<void> {
  const folder = checkpointFolder(options, runId);
  if (folder !== null) await trainer.save(folder);
}

/** Goes on with the schedule that an earlier process of this site began in the same run. */
async function resumeSession(options: HospitalOptions, run: RunAnnouncement, folder: string): Promise<Session> {
  const { data, ledger, loss, random, privacy } = options;
  const { engine, trainer } = await PrivacyEngine.resume(folder, {
    ledger,
    data,
    loss,
    optimizer: makeOptimizer(options.optimizer),
    ...(random === undefined ? {} : { random }),
  });
  if (trainer.plan.steps === run.rounds * privacy.stepsPerRound) {
    return { runId: run.runId, model: trainer.model, engine, trainer };
  }
  await engine.close();
  const text = "the run or the site's plan is another than when the schedule was made";
  throw new PrivacyError("invalid_state", `${text}; put the plan back as it was, nothing was spent`, {
    object: "hospital client",
    state: "another schedule",
  });
}

async function closeSession({ trainer, model, engine }: Session): Promise<void> {
  await trainer.end();
  model.dispose();
  await engine.close();
}

async function openSession(options: HospitalOptions, run: RunAnnouncement): Promise<Session> {
  const { privacy, data } = options;
  if (run.rounds > privacy.maxRounds) {
    const advice = "raise it only if the site may spend its budget on so many; nothing was spent";
    throw invalidArgument("privacy.maxRounds", `at least the run's ${run.rounds} rounds`, privacy.maxRounds, advice);
  }
  const folder = checkpointFolder(options, run.runId);
  if (folder !== null && existsSync(join(folder, "trainer.json"))) return await resumeSession(options, run, folder);
  const model = await buildModel(run);
  refuseOtherInput(model, data.x.shape.slice(1));
  const { unit, neighboring, delta, targetEpsilon } = privacy;
  const random = options.random === undefined ? {} : { random: options.random };
  const budget = { epsilon: targetEpsilon };
  const engine = await PrivacyEngine.open({ ledger: options.ledger, unit, neighboring, delta, budget, ...random });
  try {
    const trainer = await engine.makePrivateWithEpsilon({
      model,
      optimizer: makeOptimizer(options.optimizer),
      loss: options.loss,
      data,
      datasetSize: options.datasetSize,
      expectedBatchSize: privacy.expectedBatchSize,
      steps: run.rounds * privacy.stepsPerRound,
      l2ClipNorm: privacy.l2ClipNorm,
      targetEpsilon,
    });
    const session = { runId: run.runId, model, engine, trainer };
    await saveCheckpoint(session, options);
    return session;
  } catch (error) {
    await engine.close();
    throw error;
  }
}

function makeOptimizer({ kind, learningRate }: HospitalOptions["optimizer"]): Optimizer {
  switch (kind) {
    case "sgd":
      return train.sgd(learningRate);
    case "adam":
      return train.adam(learningRate);
  }
}

/** A round is whole or it does not count: part of one is spent but not sent. */
async function takeSteps(
  trainer: PrivateTrainer,
  pull: ProximalPull | null,
  { privacy, signal: given, onStep }: HospitalOptions,
  closing: AbortSignal,
): Promise<number> {
  const count = privacy.stepsPerRound;
  const signal = given === undefined ? closing : AbortSignal.any([given, closing]);
  let taken = 0;
  for await (const step of trainer.steps({ count, signal })) {
    taken += 1;
    pull?.apply();
    onStep?.({ index: step.index, steps: step.steps, epsilon: step.epsilon });
  }
  if (taken === count) return taken;
  const text = `the site was stopped after part of a round; the ledger counts what was spent and nothing was sent`;
  throw new PrivacyError("aborted", text, { phase: "federated round" });
}
