import { Optimizer } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { invalidArgument, parseL2ClipNorm, parsePositiveInteger, parseSteps } from "../core/index.ts";
import type { Loss } from "../gradients/index.ts";
import { type Examples, type RowSource, rowsFromArrays } from "./rows.ts";

/** The data of a run. `id` names the ledger scope that is charged: the same patients, the same id, whatever the file. */
export type RunData =
  | { readonly id: string; readonly x: Examples | readonly Examples[]; readonly y: Examples }
  | { readonly id: string; readonly source: RowSource };

/** One private run. */
export interface RunOptions {
  readonly model: LayersModel;
  /** Any `tf.train` optimizer: it sees only noised gradients. */
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly data: RunData;
  /** How many records there are, as declared public by whoever runs this; never taken from the data. */
  readonly datasetSize: number;
  readonly sampling?: { readonly kind: "poisson"; readonly expectedBatchSize: number };
  /** Short for `sampling: { kind: "poisson", expectedBatchSize }`. */
  readonly expectedBatchSize?: number;
  readonly clip?: { readonly kind: "flat"; readonly l2ClipNorm: number };
  /** Short for `clip: { kind: "flat", l2ClipNorm }`. */
  readonly l2ClipNorm?: number;
  /** Passes over the data on average: steps = epochs · datasetSize / expectedBatchSize, rounded to a whole number. */
  readonly epochs?: number;
  /** Optimizer steps; give this or `epochs`. */
  readonly steps?: number;
  /** Rows in memory at once. Bounds memory only: the result does not depend on it. */
  readonly physicalBatchSize?: number;
  /**
   * What sums the clipped gradients. Left out: kernels of this package ("wasm") where they know every layer and the loss,
   * TensorFlow.js elsewhere; `trainer.explain()` says which and why. Both are priced alike.
   */
  readonly engine?: "wasm" | "tfjs";
}

/** The same, with every alternative resolved and every range checked. */
export interface ParsedRun {
  readonly model: LayersModel;
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly scope: string;
  readonly source: RowSource;
  readonly datasetSize: number;
  readonly expectedBatchSize: number;
  readonly l2ClipNorm: number;
  readonly steps: number;
  readonly physicalBatchSize?: number;
  readonly engine?: "wasm" | "tfjs";
}

/** @throws PrivacyError `invalid_argument`, naming the field. */
export function parseRunOptions(options: RunOptions): ParsedRun {
  const { model, optimizer, loss, data } = options;
  if (typeof model?.predict !== "function" || !Array.isArray(model.layers)) {
    throw invalidArgument("model", "a tf.LayersModel", typeof model);
  }
  if (!(optimizer instanceof Optimizer)) throw invalidArgument("optimizer", "a tf.train optimizer", typeof optimizer);
  const datasetSize = parsePositiveInteger(options.datasetSize, "datasetSize");
  const expectedBatchSize = resolveExpectedBatchSize(options, datasetSize);
  return {
    model,
    optimizer,
    loss,
    scope: parseDataId(data?.id),
    source: resolveSource(data),
    datasetSize,
    expectedBatchSize,
    l2ClipNorm: resolveClipNorm(options),
    steps: resolveSteps(options, datasetSize, expectedBatchSize),
    ...(options.physicalBatchSize === undefined
      ? {}
      : { physicalBatchSize: parsePositiveInteger(options.physicalBatchSize, "physicalBatchSize") }),
    ...(options.engine === undefined ? {} : { engine: parseEngine(options.engine) }),
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
  if ("unitIds" in data) {
    throw invalidArgument(
      "data.unitIds",
      "left out",
      "given",
      "only single rows are protected: group them into one row",
    );
  }
  if ("source" in data) {
    if (typeof data.source?.gather !== "function") {
      throw invalidArgument("data.source", "{ rows, gather(indices) }", typeof data.source);
    }
    if (!Number.isSafeInteger(data.source.rows) || data.source.rows < 1) {
      throw invalidArgument("data.source.rows", "a whole number >= 1", data.source.rows);
    }
    return data.source;
  }
  return rowsFromArrays(data.x, data.y);
}

function resolveExpectedBatchSize(options: RunOptions, datasetSize: number): number {
  const { sampling, expectedBatchSize } = options;
  if (sampling !== undefined && sampling.kind !== "poisson") {
    throw invalidArgument("sampling.kind", '"poisson"', (sampling as { kind: unknown }).kind);
  }
  if ((sampling === undefined) === (expectedBatchSize === undefined)) {
    throw invalidArgument(
      "expectedBatchSize",
      "given once: at the top level or in sampling",
      sampling === undefined ? "neither" : "both",
    );
  }
  const size = sampling?.expectedBatchSize ?? expectedBatchSize;
  if (typeof size !== "number" || !(size > 0 && size <= datasetSize)) {
    throw invalidArgument(
      "expectedBatchSize",
      `a number > 0 and at most datasetSize (${datasetSize})`,
      size,
      "no record can be in a batch with probability above 1; nothing was spent",
    );
  }
  return size;
}

function resolveClipNorm(options: RunOptions): number {
  const { clip, l2ClipNorm } = options;
  if (clip !== undefined && clip.kind !== "flat") {
    throw invalidArgument("clip.kind", '"flat"', (clip as { kind: unknown }).kind);
  }
  if ((clip === undefined) === (l2ClipNorm === undefined)) {
    throw invalidArgument(
      "l2ClipNorm",
      "given once: at the top level or in clip",
      clip === undefined ? "neither" : "both",
    );
  }
  return parseL2ClipNorm(clip?.l2ClipNorm ?? l2ClipNorm);
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
