import { type Tensor, concat, dispose, expandDims, tensor, tidy } from "@tensorflow/tfjs-core";
import { PrivacyError, invalidArgument, parsePositiveInteger } from "../core/index.ts";
import type { RowSource } from "./rows.ts";

/** One record as a data set hands it out: tensors of the shape of one row, or nested lists of numbers. */
export interface IndexedRow {
  readonly x: RowValue | readonly RowValue[];
  readonly y: RowValue;
}

/** A tensor is disposed after use. */
export type RowValue =
  Tensor | number | { readonly data: Float32Array | Int32Array; readonly shape: readonly number[] };

/** A data set with random access: a database, a folder of images, a `tf.data` source behind an index. */
export interface IndexedSource {
  readonly rows: number;
  /** The record under `index`: always the same one, made of that record alone. */
  get(index: number): IndexedRow | Promise<IndexedRow>;
}

/**
 * A data set of single records as a row source. Records of one batch are fetched together; the whole set never.
 *
 * @throws PrivacyError `invalid_argument`; its `gather` throws `invalid_state` when one object comes for two records, or
 * records differ in shape.
 */
export function rowsFromIndexed(source: IndexedSource): RowSource {
  const rows = parsePositiveInteger(source?.rows, "data.source.rows");
  if (typeof source.get !== "function") throw invalidArgument("data.source", "{ rows, get(index) }", typeof source.get);
  return {
    rows,
    async gather(indices) {
      const records = await Promise.all(Array.from(indices, async (index) => source.get(index)));
      const given = records.flatMap((record) => [record?.x, record?.y].flat()).filter((v) => isTensor(v));
      const made: Tensor[] = [];
      try {
        if (indices.length === 0) return emptyLike(await source.get(0));
        if (new Set(records).size < records.length) throw wrongRows("one object for two records");
        const width = inputsOf(records[0]).length;
        for (let i = 0; i < width; i++) made.push(stack(records.map((record) => inputsOf(record)[i])));
        const y = stack(records.map((record) => record.y));
        return { x: made.splice(0), y, rows: indices };
      } finally {
        dispose([...given, ...made]);
      }
    },
  };
}

function inputsOf(record: IndexedRow | undefined): readonly RowValue[] {
  const x = record?.x;
  if (x === undefined) throw wrongRows("no record");
  return Array.isArray(x) ? (x as readonly RowValue[]) : [x as RowValue];
}

function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && "dataSync" in value;
}

function stack(values: readonly (RowValue | undefined)[]): Tensor {
  return tidy(() => {
    const rows = values.map((value) => expandDims(toTensor(value), 0));
    const [first] = rows;
    if (rows.some((row) => String(row.shape) !== String(first?.shape) || row.dtype !== first?.dtype)) {
      throw wrongRows("records of several shapes");
    }
    return concat(rows, 0);
  });
}

function toTensor(value: RowValue | undefined): Tensor {
  if (value === undefined) throw wrongRows("a record without an input");
  if (typeof value === "number") return tensor(value);
  if (isTensor(value)) return value;
  return tensor(value.data, [...value.shape], value.data instanceof Int32Array ? "int32" : "float32");
}

/** A batch of nobody has shapes too: those of any record, whose values are not looked at. */
function emptyLike(record: IndexedRow): { x: Tensor[]; y: Tensor } {
  const empty = (value: RowValue): Tensor =>
    tidy(() => {
      const t = toTensor(value);
      return tensor([], [0, ...t.shape], t.dtype as "float32" | "int32");
    });
  const parts = { x: inputsOf(record).map(empty), y: empty(record.y) };
  dispose([...inputsOf(record), record.y].filter(isTensor));
  return parts;
}

function wrongRows(state: string): PrivacyError<"invalid_state"> {
  const message = `one record per index was wanted from the data source, all of one shape, and ${state} came; the batch was not used`;
  return new PrivacyError("invalid_state", message, { object: "data.source", state });
}
