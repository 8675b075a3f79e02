import { tensor } from "@tensorflow/tfjs-core";
import { type BigIntStats, closeSync, fstatSync, openSync, readSync } from "node:fs";
import { PrivacyError, invalidArgument, parsePositiveInteger } from "../core/index.ts";
import type { RowSource } from "./rows.ts";

const storages = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array, int8: Int8Array };

/** How elements are stored. */
export type ElementType = "float32" | "int32" | "uint8" | "int8";

/** One array in a file, row-major and little-endian, of fixed-size rows that follow one another. */
export interface ArrayFile {
  readonly path: string;
  readonly dtype: ElementType;
  /** The shape of one row, without the rows axis; [] for one number. */
  readonly rowShape: readonly number[];
  /** Bytes before the first row. Default 0. */
  readonly offset?: number;
  /** Multiplies every element on the way out. */
  readonly scale?: number;
}

/** A row source over open files. Close it when the run has ended. */
export interface FileRows extends RowSource {
  close(): void;
}

/**
 * Rows in files larger than memory: a batch reads its own rows and nothing else. Neighboring rows are read at once.
 *
 * The files have to stay as they are while the run lasts: one that was written to or cut since it was opened is refused when a
 * batch is asked for, before anything is spent on that step.
 *
 * @param files - `x`: one file, or one per input of the model; `y`: one file, or one per output; `rows`: how many each file
 * holds, and it must end there.
 * @throws PrivacyError `file_unreadable` when a file is missing, has another length, or has changed; `invalid_argument`.
 */
export function rowsFromFiles(files: {
  x: ArrayFile | readonly ArrayFile[];
  y: ArrayFile | readonly ArrayFile[];
  rows: number;
}): FileRows {
  const rows = parsePositiveInteger(files.rows, "rows");
  const [inputs, labels] = [listOf(files.x, "x"), listOf(files.y, "y")];
  const opened: OpenArray[] = [];
  try {
    for (const file of [...inputs, ...labels]) opened.push(openArray(file, rows));
  } catch (error) {
    for (const { handle } of opened) closeSync(handle);
    throw error;
  }
  let isOpen = true;
  return {
    rows,
    gather(indices) {
      if (!isOpen) {
        throw new PrivacyError("invalid_state", "rows were asked of files that were closed", {
          object: "FileRows",
          state: "closed",
        });
      }
      if (indices.some((row) => row >= rows))
        throw invalidArgument("indices", "below the number of rows", "a larger one");
      const parts = opened.map((file) => readRows(file, indices));
      // after the last byte was read: what was written while it was read is seen too
      for (const file of opened) requireUnchanged(file);
      const tensors = parts.map((values, i) => tensorOf(opened[i], values, indices.length));
      const [y, ...moreLabels] = tensors.slice(inputs.length);
      return {
        x: tensors.slice(0, inputs.length),
        y,
        rows: indices,
        ...(moreLabels.length === 0 ? {} : { moreLabels }),
      };
    },
    close() {
      if (isOpen) for (const { handle } of opened) closeSync(handle);
      isOpen = false;
    },
  };
}

function listOf(files: ArrayFile | readonly ArrayFile[], name: string): readonly ArrayFile[] {
  const list: readonly ArrayFile[] = Array.isArray(files) ? files : [files as ArrayFile];
  if (list.length > 0) return list;
  throw invalidArgument(name, "at least one file", "none");
}

interface OpenArray {
  readonly file: ArrayFile;
  readonly handle: number;
  /** As it was opened. */
  readonly stats: BigIntStats;
  /** Elements of one row. */
  readonly width: number;
}

function openArray(file: ArrayFile, rows: number): OpenArray {
  const { path, dtype, rowShape, offset = 0, scale } = file;
  if (storages[dtype] === undefined) throw invalidArgument("dtype", Object.keys(storages).join(", "), dtype);
  if (!Array.isArray(rowShape) || !rowShape.every((axis) => Number.isSafeInteger(axis) && axis > 0)) {
    throw invalidArgument("rowShape", "whole numbers > 0, without the rows", "another shape");
  }
  if (!Number.isSafeInteger(offset) || offset < 0) throw invalidArgument("offset", "a whole number >= 0", offset);
  if (scale !== undefined && !Number.isFinite(scale)) throw invalidArgument("scale", "a finite number", scale);
  const width = rowShape.reduce((product: number, axis: number) => product * axis, 1);
  const handle = openFile(path);
  const stats = fstatSync(handle, { bigint: true });
  if (stats.size === BigInt(offset + rows * width * storages[dtype].BYTES_PER_ELEMENT)) {
    return { file, handle, width, stats };
  }
  closeSync(handle);
  throw unreadable(path, "another length", "holds another number of bytes than rows of this shape have");
}

/** A record that was another one at an earlier step would be covered by no price. */
function requireUnchanged({ file, handle, stats }: OpenArray): void {
  const now = fstatSync(handle, { bigint: true });
  if (now.size === stats.size && now.mtimeNs === stats.mtimeNs) return;
  throw unreadable(
    file.path,
    "changed",
    "was changed after the run had opened it; begin a run on a copy that nobody writes to",
  );
}

function openFile(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    throw unreadable(path, "not readable", "could not be opened; check the path", cause);
  }
}

type Elements = Float32Array | Int32Array | Uint8Array | Int8Array;

function readRows({ file, handle, width }: OpenArray, indices: Uint32Array): Elements {
  const storage = storages[file.dtype];
  const values = new storage(indices.length * width);
  const rowBytes = width * storage.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(values.buffer);
  for (let i = 0; i < indices.length;) {
    const first = indices[i] ?? 0;
    let count = 1;
    while (i + count < indices.length && indices[i + count] === first + count) count++;
    const from = (file.offset ?? 0) + first * rowBytes;
    readFully(file.path, handle, bytes.subarray(i * rowBytes, (i + count) * rowBytes), from);
    i += count;
  }
  return values;
}

function readFully(path: string, handle: number, into: Uint8Array, from: number): void {
  for (let done = 0; done < into.length;) {
    const read = readSync(handle, into, done, into.length - done, from + done);
    if (read === 0) throw unreadable(path, "cut short", "was cut while it was read");
    done += read;
  }
}

/** Integers stay int32 unless they are scaled. */
function tensorOf({ file }: OpenArray, values: Elements, rows: number): ReturnType<typeof tensor> {
  const shape = [rows, ...file.rowShape];
  const { scale } = file;
  if (scale !== undefined)
    return tensor(
      Float32Array.from(values, (value) => value * scale),
      shape,
      "float32",
    );
  if (values instanceof Float32Array) return tensor(values, shape, "float32");
  return tensor(Int32Array.from(values), shape, "int32");
}

function unreadable(path: string, reason: string, what: string, cause?: unknown): PrivacyError<"file_unreadable"> {
  return new PrivacyError(
    "file_unreadable",
    `${path} was wanted with the rows of a data set and ${what}`,
    { path, reason },
    { cause },
  );
}
