import { type LayersModel } from "@tensorflow/tfjs-layers";
import { type NamedTensorMap, type Optimizer, type Tensor, dispose, tensor } from "@tensorflow/tfjs-core";
import { type NotPrivate, PrivacyError, invalidArgument } from "../core/index.ts";
import type { ClippedSum, ClippingDiagnostics, GradientEngine, LayerPlan } from "../gradients/index.ts";
import type { GridGaussian } from "../noise/index.ts";
import type { NoisedGradient, PrivacyPlan } from "./plan.ts";
import type { Sampler } from "./poisson-sampler.ts";
import { type Batch, type RowSource, requireBatchOf } from "./rows.ts";
import { saveCheckpoint } from "./checkpoint.ts";
import type { StepReservations } from "./step-reservations.ts";

/** One finished private step. */
export interface TrainingStep {
  /** 1 for the first step of the run. */
  readonly index: number;
  /** How many the plan holds. */
  readonly steps: number;
  /**
   * Upper bound on the epsilon of the first `index` steps at the plan's delta: for a number of steps fixed in advance. A
   * run stopped because of what it showed is still covered by the whole schedule's guarantee only.
   */
  readonly epsilon: number;
  /** For the developer's own screen. */
  readonly diagnostics: NotPrivate<ClippingDiagnostics>;
}

/** How a call of `fit` ended. */
export interface FitResult {
  /** Steps of the schedule that are spent by now. */
  readonly steps: number;
  /** False when the signal stopped it first. */
  readonly completed: boolean;
}

/** What a trainer is made of; only PrivacyEngine makes one. */
export interface TrainerParts {
  readonly model: LayersModel;
  readonly optimizer: Optimizer;
  readonly plan: PrivacyPlan;
  readonly engine: GradientEngine;
  readonly source: RowSource;
  readonly sampler: Sampler;
  readonly noise: GridGaussian;
  readonly reservations: StepReservations;
  readonly epsilonAfter: (steps: number) => number;
  readonly endRun: () => Promise<void>;
  readonly runId: string;
  readonly scope: string;
}

/**
 * Trains a model privately, step by step, under one plan. Every step: reserve in the ledger, draw the batch, sum the
 * clipped gradients, count the step, add the noise, update the weights.
 */
export class PrivateTrainer {
  readonly plan: PrivacyPlan;
  readonly model: LayersModel;
  readonly runId: string;
  /** The ledger scope that is charged: `data.id`. */
  readonly scope: string;
  readonly #parts: TrainerParts;
  #busy = false;
  #disposed = false;
  /** Steps and saves take turns: a checkpoint holds the weights and the count of one and the same step. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: TrainerParts) {
    this.#parts = parts;
    this.plan = parts.plan;
    this.model = parts.model;
    this.runId = parts.runId;
    this.scope = parts.scope;
  }

  /** Steps of the schedule that the ledger counts as spent. */
  get stepsTaken(): number {
    return this.#parts.reservations.taken;
  }

  /**
   * The own-loop form: one private step per iteration, until `count` steps are done (all that are left by default) or the
   * loop is left. Leaving early, an error or `signal` commits what was used.
   *
   * @throws PrivacyError `budget_exceeded` when more steps are asked for than the plan has left, before any is taken;
   * `invalid_argument` when `count` is no whole number; `invalid_state` while another loop runs or after `dispose`.
   */
  async *steps(options: { count?: number; signal?: AbortSignal } = {}): AsyncGenerator<TrainingStep, void, void> {
    const { reservations } = this.#parts;
    const count = options.count ?? reservations.left;
    if (!Number.isSafeInteger(count) || count < 0) throw invalidArgument("count", "a whole number >= 0", count);
    if (count > reservations.left) {
      throw new PrivacyError(
        "budget_exceeded",
        `${count} steps were asked for and the plan has ${reservations.left} of ${this.plan.steps} left; nothing was spent`,
        { spent: reservations.taken, requested: count, limit: this.plan.steps },
      );
    }
    this.#enter();
    try {
      for (let i = 0; i < count && options.signal?.aborted !== true; i++) {
        yield await this.#inTurn(() => this.#step());
      }
    } finally {
      try {
        await reservations.settle();
      } finally {
        this.#busy = false;
      }
    }
  }

  /**
   * Runs the whole schedule (what is left of it). `onStep` may be asynchronous. An aborted `signal` stops after the step
   * in progress; the ledger then counts exactly the steps taken.
   */
  async fit(options: { onStep?: (step: TrainingStep) => unknown; signal?: AbortSignal } = {}): Promise<FitResult> {
    const { onStep, signal } = options;
    for await (const step of this.steps(signal === undefined ? {} : { signal })) await onStep?.(step);
    return { steps: this.stepsTaken, completed: this.#parts.reservations.left === 0 };
  }

  /** What the gradient engine does with each layer and why. */
  explain(): LayerPlan[] {
    return this.#parts.engine.explain();
  }

  /** The model's output for x, shape [batch, …]. The caller disposes it. Prediction on new data costs no privacy. */
  predict(x: Tensor | Tensor[]): Promise<Tensor | Tensor[]> {
    return Promise.resolve().then(() => this.model.predict(x));
  }

  /**
   * Writes model, optimizer state and plan to `dir`, whole or not at all; `PrivacyEngine.resume(dir)` continues. May be
   * called at any time: it waits for the step in progress, and the next step waits for it.
   *
   * @throws PrivacyError `output_occupied` when `dir` holds another run's checkpoint; `file_unreadable` when the disk
   * refuses. The checkpoint that was there is then as it was.
   */
  async save(dir: string): Promise<void> {
    await this.#inTurn(() => saveCheckpoint(dir, { ...this.#parts, stepsTaken: this.stepsTaken }));
  }

  /**
   * Ends the run in the ledger: no further step of it will ever be taken, which makes room for other runs where the scope
   * counts by a filter. The run's own guarantee stays that of the whole schedule.
   */
  async end(): Promise<void> {
    this.#enter();
    try {
      await this.#parts.endRun();
    } finally {
      this.#busy = false;
    }
    this.dispose();
  }

  /** Frees the engine's tensors. The model and the optimizer stay the user's. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#parts.engine.dispose();
  }

  #enter(): void {
    this.#requireAlive();
    if (this.#busy) throw wrongState("already iterating");
    this.#busy = true;
  }

  #requireAlive(): void {
    if (this.#disposed) throw wrongState("disposed");
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #step(): Promise<TrainingStep> {
    const { engine, source, sampler, noise, plan, reservations, optimizer, epsilonAfter } = this.#parts;
    this.#requireAlive();
    await reservations.ensure();
    const indices = sampler();
    const sum = await sumOf(engine, await source.gather(indices), indices.length);
    reservations.use();
    applyGradient(optimizer, engine, plan.perturb(sum, noise));
    return {
      index: reservations.taken,
      steps: plan.steps,
      epsilon: epsilonAfter(reservations.taken),
      diagnostics: sum.diagnostics,
    };
  }
}

function wrongState(state: string): PrivacyError<"invalid_state"> {
  const message = `a step was asked of a trainer that is ${state}; nothing was spent`;
  return new PrivacyError("invalid_state", message, { object: "trainer", state });
}

/** The batch is disposed whatever happens; one that holds other rows than those drawn is never summed. */
async function sumOf(engine: GradientEngine, batch: Batch, rows: number): Promise<ClippedSum> {
  try {
    requireBatchOf(batch, rows);
    return await engine.clippedSum(batch);
  } finally {
    dispose({ ...batch });
  }
}

/** Post-processing: from here on nothing touches the data. */
function applyGradient(optimizer: Optimizer, engine: GradientEngine, gradient: NoisedGradient): void {
  const tensors: NamedTensorMap = {};
  try {
    for (const { name, shape } of engine.weights) {
      const values = gradient[name];
      if (values === undefined) {
        throw new PrivacyError("invalid_state", `the gradient of weight ${name} is missing`, {
          object: "gradient",
          state: "incomplete",
        });
      }
      tensors[name] = tensor(values, [...shape], "float32");
    }
    optimizer.applyGradients(tensors);
  } finally {
    dispose(tensors);
  }
}
