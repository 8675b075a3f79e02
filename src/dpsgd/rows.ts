import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import { PrivacyError, invalidArgument } from "../core/index.ts";

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

/** A batch as the gradient engine takes it. Whoever asked for it disposes it. */
export interface Batch {
  readonly x: Tensor[];
  readonly y: Tensor;
}

/** Random access to the records of one data set. `rows` is how many there are: private under add-or-remove-one. */
export interface RowSource {
  readonly rows: number;
  /** Fresh tensors with the rows at `indices` (ascending, distinct), in that order. */
  gather(indices: Uint32Array): Batch | Promise<Batch>;
}

/**
 * Makes records in memory into a row source.
 *
 * @throws PrivacyError `invalid_argument` when there is no row, x and y differ in rows, a shape and its data differ in
 * size, or a label is not a finite number. The message never says which record.
 */
export function rowsFromArrays(x: Examples | readonly Examples[], y: Examples): RowSource {
  const inputs = (Array.isArray(x) ? (x as readonly Examples[]) : [x as Examples]).map((e, i) =>
    hostArray(e, inputName(i)),
  );
  const labels = hostArray(y, "data.y");
  const rows = labels.shape[0] ?? 0;
  if (rows === 0) throw invalidArgument("data.y", "an array with at least one row", "no rows");
  for (const [i, input] of inputs.entries()) {
    if (input.shape[0] !== rows) {
      throw invalidArgument(inputName(i), "as long as data.y", "another number of rows", "pair every x with its y");
    }
  }
  if (!allFinite(labels.data)) throw invalidArgument("data.y", "finite numbers throughout", "NaN or Infinity");
  return {
    rows,
    gather: (indices) => ({ x: inputs.map((input) => gatherRows(input, indices)), y: gatherRows(labels, indices) }),
  };
}

const inputName = (index: number): string => (index === 0 ? "data.x" : `data.x[${index}]`);

function hostArray(examples: Examples, name: string): HostArray {
  const host: HostArray = isTensor(examples) ? fromTensor(examples) : examples;
  if (typeof host !== "object" || host === null || !ArrayBuffer.isView(host.data) || !Array.isArray(host.shape)) {
    throw invalidArgument(name, "a tensor or { data: typed array, shape: [rows, …] }", typeof examples);
  }
  const size = host.shape.reduce((product, extent) => product * extent, 1);
  if (host.shape.length === 0 || size !== host.data.length) {
    throw invalidArgument(name, `an array of [${host.shape.join(", ")}] elements`, "another number of elements");
  }
  return host;
}

function isTensor(value: Examples): value is Tensor {
  return typeof value === "object" && value !== null && "dataSync" in value;
}

function fromTensor(value: Tensor): HostArray {
  if (value.dtype !== "float32" && value.dtype !== "int32" && value.dtype !== "bool") {
    throw invalidArgument("data", "tensors of dtype float32, int32 or bool", value.dtype);
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
