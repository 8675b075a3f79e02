import { Optimizer } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { invalidArgument, parsePositiveInteger, parseSteps } from "../core/index.ts";
import type { GradientEngineOptions, Loss } from "../gradients/index.ts";
import { type MechanicsOptions, type ParsedMechanics, parseMechanics, resolveSampling } from "./mechanics.ts";
import { type Examples, type RowSource, type Weighting, rowsFromArrays } from "./rows.ts";
import type { UnitOptions } from "./unit-source.ts";
import type { Augmentations } from "./views.ts";

/** The data of a run. `id` names the ledger scope that is charged: the same patients, the same id, whatever the file. */
export type RunData = {
  readonly id: string;
  /**
   * The user of each row, for an engine whose unit is the user: then `datasetSize` and `expectedBatchSize` count users,
   * and whatever a user holds is one gradient, the mean over its rows, clipped once.
   */
  readonly unitIds?: ArrayLike<number | string>;
  /** Rows of one user in one step at most. Default 32. */
  readonly rowsPerUnit?: number;
} & (
  | ({ readonly x: Examples | readonly Examples[]; readonly y: Examples | readonly Examples[] } & Weighting)
  | { readonly source: RowSource }
);

/** One private run. */
export interface RunOptions extends MechanicsOptions {
  readonly model: LayersModel;
  /** Any `tf.train` optimizer: it sees only noised gradients. */
  readonly optimizer: Optimizer;
  /** One for every output of the model, or one for each. */
  readonly loss: Loss | readonly Loss[];
  /** Public constants, one for each output: see `GradientEngineOptions`. */
  readonly lossWeights?: readonly number[];
  readonly data: RunData;
  /** How many records there are, as declared public by whoever runs this; never taken from the data. */
  readonly datasetSize: number;
  /** Passes over the data on average: steps = epochs · datasetSize / expectedBatchSize, rounded to a whole number. */
  readonly epochs?: number;
  /** Optimizer steps; give this or `epochs`. */
  readonly steps?: number;
  /** Views of each record in a step, averaged before the clip. */
  readonly augmentations?: Augmentations;
  /**
   * Rows in memory at once, at most. Bounds memory only: the result does not depend on it. Left out or "auto", the engine
   * chooses by the size of an example's activations and gradient.
   */
  readonly physicalBatchSize?: number | "auto";
  /**
   * Threads of the kernels, the calling one among them, in 1 … 64. No bit of the result depends on it. Default: those that
   * the machine offers, at most 4.
   */
  readonly threads?: number;
  /**
   * What sums the clipped gradients. Left out: kernels of this package ("wasm") where they know every layer and the loss,
   * TensorFlow.js elsewhere; `trainer.explain()` says which and why. Both are priced alike.
   */
  readonly engine?: "wasm" | "tfjs";
}

/** The same, with every alternative resolved and every range checked. */
export interface ParsedRun extends ParsedMechanics {
  readonly model: LayersModel;
  readonly optimizer: Optimizer;
  readonly loss: Loss | readonly Loss[];
  readonly lossWeights?: readonly number[];
  readonly scope: string;
  readonly source: RowSource;
  readonly units: UnitOptions;
  readonly datasetSize: number;
  /** What only the engine reads. */
  readonly engineOptions: Pick<GradientEngineOptions, "engine" | "physicalBatchSize" | "threads">;
}

/** @throws PrivacyError `invalid_argument`, naming the field. */
export function parseRunOptions(options: RunOptions): ParsedRun {
  const { model, optimizer, loss, data } = options;
  if (typeof model?.predict !== "function" || !Array.isArray(model.layers)) {
    throw invalidArgument("model", "a tf.LayersModel", typeof model);
  }
  // the class's own test of an instance reads it
  if (typeof optimizer !== "object" || optimizer === null || !(optimizer instanceof Optimizer)) {
    throw invalidArgument("optimizer", "a tf.train optimizer", typeof optimizer);
  }
  if (loss === null || !["string", "function", "object"].includes(typeof loss)) {
    throw invalidArgument("loss", "the name of a loss, { kind, fromLogits: true } or a function", loss);
  }
  requireLearningRate(optimizer);
  const datasetSize = parsePositiveInteger(options.datasetSize, "datasetSize");
  const sampling = resolveSampling(options, datasetSize);
  const { clip, l2ClipNorm, noise } = options;
  const steps = resolveSteps(options, datasetSize, sampling.expectedBatchSize);
  return {
    ...parseMechanics({ sampling, clip, l2ClipNorm, noise }, datasetSize, steps),
    model,
    optimizer,
    loss,
    ...(options.lossWeights === undefined ? {} : { lossWeights: options.lossWeights }),
    scope: parseDataId(data?.id),
    source: resolveSource(data),
    units: resolveUnits(options),
    datasetSize,
    engineOptions: parseEngineOptions(options),
  };
}

function parseEngineOptions({ physicalBatchSize, threads, engine }: RunOptions): ParsedRun["engineOptions"] {
  const isChosen = physicalBatchSize === undefined || physicalBatchSize === "auto";
  return {
    ...(isChosen ? {} : { physicalBatchSize: parsePositiveInteger(physicalBatchSize, "physicalBatchSize") }),
    ...(threads === undefined ? {} : { threads: parsePositiveInteger(threads, "threads") }),
    ...(engine === undefined ? {} : { engine: parseEngine(engine) }),
  };
}

/** A larger step than any that was ever of use. */
const largestLearningRate = 1e4;

/** A rate that is no rate would spend the budget on ruining the model. Optimizers that do not show theirs pass. */
function requireLearningRate(optimizer: Optimizer): void {
  const rate: unknown = optimizer.getConfig()["learningRate"];
  if (rate === undefined || (typeof rate === "number" && rate > 0 && rate <= largestLearningRate)) return;
  const advice = "the run would spend its budget and learn nothing; nothing was spent";
  throw invalidArgument("optimizer.learningRate", `in (0, ${largestLearningRate}]`, rate, advice);
}

function resolveUnits({ data, augmentations }: RunOptions): UnitOptions {
  const { unitIds, rowsPerUnit } = data;
  return {
    ...(unitIds === undefined ? {} : { unitIds }),
    ...(rowsPerUnit === undefined ? {} : { rowsPerUnit }),
    ...(augmentations === undefined ? {} : { augmentations }),
  };
}

function parseEngine(engine: unknown): "wasm" | "tfjs" {
  if (engine === "wasm" || engine === "tfjs") return engine;
  throw invalidArgument("engine", '"wasm", "tfjs" or left out', engine);
}

function parseDataId(id: unknown): string {
  if (typeof id !== "string" || !/^[\w][\w.:/-]{0,127}$/.test(id)) {
    throw invalidArgument("data.id", "1 to 128 letters, digits or ._:/- that name the data set", id);
  }
  return id;
}

function resolveSource(data: RunData): RowSource {
  if ("source" in data) {
    if (typeof data.source?.gather !== "function") {
      throw invalidArgument("data.source", "{ rows, gather(indices) }", typeof data.source);
    }
    if (!Number.isSafeInteger(data.source.rows) || data.source.rows < 1) {
      throw invalidArgument("data.source.rows", "a whole number >= 1", data.source.rows);
    }
    return data.source;
  }
  return rowsFromArrays(data.x, data.y, data);
}

/** From the integers themselves, never through a rounded q: `int(epochs / q)` loses a step for one loader length in twenty. */
function resolveSteps(options: RunOptions, datasetSize: number, expectedBatchSize: number): number {
  const { steps, epochs } = options;
  if ((steps === undefined) === (epochs === undefined)) {
    throw invalidArgument("steps", "given, or epochs, not both", steps === undefined ? "neither" : "both");
  }
  if (steps !== undefined) return parsePositiveInteger(parseSteps(steps), "steps");
  if (typeof epochs !== "number" || !(epochs > 0 && epochs < Infinity)) {
    throw invalidArgument("epochs", "a finite number > 0", epochs);
  }
  return Math.max(1, Math.round((epochs * datasetSize) / expectedBatchSize));
}
