import { type LayersModel } from "@tensorflow/tfjs-layers";
import { type NamedTensorMap, type Optimizer, type Tensor, dispose, getBackend, tensor } from "@tensorflow/tfjs-core";
import { type NotPrivate, PrivacyError, invalidArgument } from "../core/index.ts";
import {
  type Clip,
  type ClippedSum,
  type ClippingDiagnostics,
  type GradientEngine,
  type LayerCost,
  type LayerPlan,
  costOfLayers,
} from "../gradients/index.ts";
import type { NoisedGradient, PlanRun } from "./plan-run.ts";
import type { Sampler } from "./poisson-sampler.ts";
import type { PlanRow, PrivacyPlan } from "./privacy-plan.ts";
import { gradientBatchOf, tensorsOf } from "./batch.ts";
import { saveCheckpoint } from "./checkpoint.ts";
import { type KernelOptimizer, openKernelOptimizer } from "./kernel-optimizer.ts";
import type { StepReservations } from "./step-reservations.ts";
import type { UnitBatch } from "./unit-batch.ts";
import type { UnitSource } from "./unit-source.ts";

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
  readonly source: UnitSource;
  readonly sampler: Sampler;
  /** The plan's steps in their order: clips and noise. */
  readonly run: PlanRun;
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
  /**
   * The batch of the next step, kept until its noise is drawn. A step that fails is tried again with the same batch: to
   * draw another would choose batches by whether they fail, and would let a group of a cycle pass its turn.
   */
  #drawn: Uint32Array | undefined;
  /** The last step's sum, as far as the trainer alone holds it: its arrays are those of the next. */
  #sum: ClippedSum | undefined;
  /** The last step's, written over by the next: nobody else has it, and the optimizer is given a copy. */
  #gradient: NoisedGradient | undefined;
  /** The optimizer's steps on the kernels, where the sums are made there. */
  readonly #stepper: KernelOptimizer | undefined;
  /** Steps and saves take turns: a checkpoint holds the weights and the count of one and the same step. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: TrainerParts) {
    this.#parts = parts;
    this.plan = parts.plan;
    this.model = parts.model;
    this.runId = parts.runId;
    this.scope = parts.scope;
    const { kind, weights } = parts.engine;
    this.#stepper = kind === "wasm" ? openKernelOptimizer(parts.optimizer, weights) : undefined;
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
        yield await this.#inTurn(() => this.#step(count - i));
      }
    } finally {
      try {
        await reservations.settle();
      } finally {
        this.#busy = false;
        this.#stepper?.writeBack();
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

  /** What the gradient engine does with each layer, why, and what it costs. */
  explain(): (LayerPlan & LayerCost)[] {
    const plans = this.#parts.engine.explain();
    const costs = costOfLayers(this.model, plans);
    return plans.map((plan, i) => Object.freeze({ ...plan, ...costs[i] }));
  }

  /** What the plan does and what each choice rests on. */
  explainPlan(): readonly PlanRow[] {
    return this.plan.explain();
  }

  /** The clip of the next step: public also where it adapts, since only noised counts move it. */
  get clip(): Clip {
    return this.#parts.run.clip;
  }

  /** The model's output for x, shape [batch, …]. The caller disposes it. Prediction on new data costs no privacy. */
  predict(x: Tensor | Tensor[]): Promise<Tensor | Tensor[]> {
    return Promise.resolve().then(() => {
      const { engine } = this.#parts;
      if (this.#disposed || engine.predict === undefined) return this.model.predict(x);
      return engine.predict(x);
    });
  }

  /**
   * Writes model, optimizer state and plan to `dir`, whole or not at all; `PrivacyEngine.resume(dir)` continues. May be
   * called at any time: it waits for the step in progress, and the next step waits for it.
   *
   * @throws PrivacyError `output_occupied` when `dir` holds another run's checkpoint; `file_unreadable` when the disk
   * refuses. The checkpoint that was there is then as it was.
   */
  async save(dir: string): Promise<void> {
    await this.#inTurn(() => {
      this.#stepper?.writeBack();
      const { position } = this.#parts.run;
      return saveCheckpoint(dir, { ...this.#parts, stepsTaken: this.stepsTaken, position });
    });
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
    this.#stepper?.writeBack();
    this.#sum = undefined;
    this.#parts.engine.dispose();
    this.#parts.run.dispose();
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

  async #step(wanted: number): Promise<TrainingStep> {
    const { engine, source, sampler, plan, reservations, optimizer, epsilonAfter } = this.#parts;
    this.#requireAlive();
    await reservations.ensure(wanted);
    this.#drawn ??= sampler();
    const { gradient, diagnostics } = await this.#perturbedSum(await source.gather(this.#drawn));
    this.#drawn = undefined;
    this.#gradient = gradient;
    if (this.#stepper?.apply(gradient) !== true) applyGradient(optimizer, engine, gradient);
    return {
      index: reservations.taken,
      steps: plan.steps,
      epsilon: epsilonAfter(reservations.taken),
      diagnostics,
    };
  }

  /** Sums, counts the step, and then adds its noise: where the sum lies, if engine and noise can. */
  async #perturbedSum(batch: UnitBatch): Promise<PerturbedSum> {
    const { engine, run, reservations } = this.#parts;
    try {
      const numbers = gradientBatchOf(batch);
      if (engine.holdSum !== undefined && run.canHold) {
        return await engine.holdSum(numbers, run.clip, async (sum) => {
          reservations.use();
          return { gradient: await run.perturbHeld(sum, this.#gradient), diagnostics: sum.diagnostics };
        });
      }
      this.#sum = await engine.clippedSum(numbers, run.clip, this.#sum);
      reservations.use();
      return { gradient: run.perturb(this.#sum, this.#gradient), diagnostics: this.#sum.diagnostics };
    } finally {
      dispose(tensorsOf(batch));
    }
  }
}

interface PerturbedSum {
  readonly gradient: NoisedGradient;
  readonly diagnostics: TrainingStep["diagnostics"];
}

function wrongState(state: string): PrivacyError<"invalid_state"> {
  const message = `a step was asked of a trainer that is ${state}; nothing was spent`;
  return new PrivacyError("invalid_state", message, { object: "trainer", state });
}

/** Post-processing: from here on nothing touches the data. */
function applyGradient(optimizer: Optimizer, engine: GradientEngine, gradient: NoisedGradient): void {
  const tensors: NamedTensorMap = {};
  // the others keep the array itself, and an optimizer may keep the tensor
  const isCopied = getBackend() === "wasm";
  try {
    for (const { name, shape } of engine.weights) {
      const values = gradient[name];
      if (values === undefined) {
        throw new PrivacyError("invalid_state", `the gradient of weight ${name} is missing`, {
          object: "gradient",
          state: "incomplete",
        });
      }
      tensors[name] = tensor(isCopied ? values : values.slice(), [...shape], "float32");
    }
    optimizer.applyGradients(tensors);
  } finally {
    dispose(tensors);
  }
}
