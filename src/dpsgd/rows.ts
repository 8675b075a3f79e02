import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import { PrivacyError, invalidArgument } from "../core/index.ts";
import { type Batch, targetsOf, tensorsOf } from "./batch.ts";

export type { Batch } from "./batch.ts";

/** Element storage that stays on the host; rows are copied out batch by batch, the whole set never. */
export type HostData = Float32Array | Float64Array | Int32Array | Int8Array | Uint8Array | Uint16Array;

/** An array in host memory, row-major, shape [rows, …example]. `scale` multiplies every element on the way out. */
export interface HostArray {
  readonly data: HostData;
  readonly shape: readonly number[];
  readonly scale?: number;
}

/** What a user may hand over as x or y: host memory (preferred: no copy) or a tensor (read back once). */
export type Examples = HostArray | Tensor;

/**
 * Random access to the records of one data set. `rows` is how many there are: private under add-or-remove-one.
 *
 * What a source of your own must keep to, since no check can see it: row i depends on record i alone (nothing normalised
 * by the batch, no record under two indices), and the same record comes under the same index throughout a run.
 */
export interface RowSource {
  readonly rows: number;
  /** Fresh tensors with the rows at `indices` (ascending, distinct), in that order, one row per index. They are disposed. */
  gather(indices: Uint32Array): Batch | Promise<Batch>;
}

/**
 * Refuses a batch that is not one row per index drawn: a record in it twice would have twice the sensitivity priced.
 *
 * @throws PrivacyError `invalid_state`; the message says neither how many rows were drawn nor how many came.
 */
export function requireBatchOf(batch: Batch, indices: Uint32Array): void {
  const tensors: unknown = batch?.x;
  const isBatch = Array.isArray(tensors) && [...(tensors as unknown[]), ...targetsOf(batch)].every((t) => isTensor(t));
  if (isBatch && tensorsOf(batch).every((t) => t.shape[0] === indices.length)) {
    const { rows } = batch;
    if (rows === undefined || (rows.length === indices.length && rows.every((row, i) => row === indices[i]))) return;
    throw new PrivacyError(
      "invalid_state",
      "the records drawn were wanted from the data source, each once, and others came; the batch was not used",
      { object: "data.source", state: "other records" },
    );
  }
  throw new PrivacyError(
    "invalid_state",
    "one row per index was wanted from the data source, in every tensor of { x: [tensors], y: tensor }, and something else came; the batch was not used",
    { object: "data.source", state: isBatch ? "another number of rows" : "no batch" },
  );
}

/**
 * Makes records in memory into a row source. Typed arrays are read in place, batch by batch: leave them as they are
 * until the run ends.
 *
 * @param y - one array per output of the model.
 * @throws PrivacyError `invalid_argument` when there is no row, x and y differ in rows, a shape and its data differ in
 * size, or a label is not a finite number. The message never says which record.
 */
export function rowsFromArrays(
  x: Examples | readonly Examples[],
  y: Examples | readonly Examples[],
  weighting: Weighting = {},
): RowSource {
  const inputs = listOf(x).map((e, i) => hostArray(e, inputName(i)));
  if (inputs.length === 0) throw invalidArgument("data.x", "at least one array", "none");
  const [first, ...others] = listOf(y).map((e, i) => hostArray(e, i === 0 ? "data.y" : `data.y[${i}]`));
  if (first === undefined) throw invalidArgument("data.y", "at least one array", "none");
  const labels = first;
  const weights =
    weighting.sampleWeights === undefined ? [] : [hostArray(weighting.sampleWeights, "data.sampleWeights")];
  const masks = listOf(weighting.lossMask ?? []).map((e) => hostArray(e, "data.lossMask"));
  const rows = labels.shape[0] ?? 0;
  if (rows === 0) throw invalidArgument("data.y", "an array with at least one row", "no rows");
  for (const [i, input] of inputs.entries()) {
    if (input.shape[0] !== rows) {
      throw invalidArgument(inputName(i), "as long as data.y", "another number of rows", "pair every x with its y");
    }
  }
  if ([...others, ...weights, ...masks].some((array) => array.shape[0] !== rows)) {
    throw invalidArgument("data", "labels, weights and masks with as many rows each", "another number of rows");
  }
  if (![labels, ...others].every(({ data }) => allFinite(data)))
    throw invalidArgument("data.y", "finite numbers throughout", "NaN or Infinity");
  return {
    rows,
    gather: (indices) => {
      const take = (array: HostArray): Tensor => gatherRows(array, indices);
      const [sampleWeights] = weights.map(take);
      return {
        x: inputs.map(take),
        y: take(labels),
        ...(others.length === 0 ? {} : { moreLabels: others.map(take) }),
        ...(sampleWeights === undefined ? {} : { sampleWeights }),
        ...(masks.length === 0 ? {} : { lossMask: masks.map(take) }),
      };
    },
  };
}

/** How much rows and positions count: see `GradientBatch`. */
export interface Weighting {
  /** [rows], in [0, 1]. */
  readonly sampleWeights?: Examples;
  /** [rows, …positions] per output, of zeros and ones. */
  readonly lossMask?: Examples | readonly Examples[];
}

const listOf = (examples: Examples | readonly Examples[]): readonly Examples[] =>
  Array.isArray(examples) ? (examples as readonly Examples[]) : [examples as Examples];

const inputName = (index: number): string => (index === 0 ? "data.x" : `data.x[${index}]`);

function hostArray(examples: Examples, name: string): HostArray {
  const host: HostArray = isTensor(examples) ? fromTensor(examples, name) : examples;
  if (typeof host !== "object" || host === null || !isHostData(host.data) || !Array.isArray(host.shape)) {
    const wanted = "a tensor or { data, shape: [rows, …] }, data a typed array of floats or of integers below 64 bits";
    throw invalidArgument(name, wanted, typeof examples);
  }
  const { data, scale } = host;
  const shape = [...host.shape];
  if (shape.length === 0 || !shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) {
    throw invalidArgument(name, "of a shape of whole numbers >= 0, rows first", "another shape");
  }
  if (shape.reduce((product, extent) => product * extent, 1) !== data.length) {
    throw invalidArgument(name, `an array of [${shape.join(", ")}] elements`, "another number of elements");
  }
  if (scale !== undefined && !Number.isFinite(scale)) throw invalidArgument(`${name}.scale`, "a finite number", scale);
  return { data, shape, ...(scale === undefined ? {} : { scale }) };
}

const storages = [Float32Array, Float64Array, Int32Array, Int8Array, Uint8Array, Uint16Array];

const isHostData = (data: unknown): data is HostData => storages.some((storage) => data instanceof storage);

function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && "dataSync" in value;
}

function fromTensor(value: Tensor, name: string): HostArray {
  if (value.isDisposed) throw invalidArgument(name, "a live tensor", "a disposed one");
  if (value.dtype !== "float32" && value.dtype !== "int32" && value.dtype !== "bool") {
    throw invalidArgument(name, "a tensor of dtype float32, int32 or bool", value.dtype);
  }
  return { data: value.dataSync<"float32" | "int32" | "bool">(), shape: value.shape };
}

function allFinite(data: HostData): boolean {
  if (!(data instanceof Float32Array) && !(data instanceof Float64Array)) return true;
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return false;
  return true;
}

/** Integer storage stays int32 (token ids, class indices) unless it is scaled; everything else becomes float32. */
function gatherRows(source: HostArray, indices: Uint32Array): Tensor {
  const [rows = 0, ...example] = source.shape;
  const width = example.reduce((product, extent) => product * extent, 1);
  const integral =
    source.scale === undefined && !(source.data instanceof Float32Array || source.data instanceof Float64Array);
  const out = integral ? new Int32Array(indices.length * width) : new Float32Array(indices.length * width);
  const scale = source.scale ?? 1;
  for (let i = 0; i < indices.length; i++) {
    const row = indices[i] ?? 0;
    if (row >= rows) {
      throw new PrivacyError("invalid_state", "a row beyond the end of the data was asked for", {
        object: "rows",
        state: "index out of range",
      });
    }
    const start = row * width;
    if (scale === 1) out.set(source.data.subarray(start, start + width), i * width);
    else for (let k = 0; k < width; k++) out[i * width + k] = (source.data[start + k] ?? 0) * scale;
  }
  return tensor(out, [indices.length, ...example], integral ? "int32" : "float32");
}
