import { readFileSync } from "node:fs";
import { PrivacyError } from "../core/index.ts";
import type { HostArray, HostData } from "./rows.ts";

/** Type codes of the IDX format: third byte of the magic number, and how many bytes an element takes. */
const elementTypes: Readonly<Record<number, { readonly bytes: number; readonly read: (body: DataView) => HostData }>> =
  {
    0x08: { bytes: 1, read: (b) => new Uint8Array(b.buffer, b.byteOffset, b.byteLength) },
    0x09: { bytes: 1, read: (b) => new Int8Array(b.buffer, b.byteOffset, b.byteLength) },
    0x0c: { bytes: 4, read: (b) => Int32Array.from({ length: b.byteLength / 4 }, (_, i) => b.getInt32(4 * i)) },
    0x0d: { bytes: 4, read: (b) => Float32Array.from({ length: b.byteLength / 4 }, (_, i) => b.getFloat32(4 * i)) },
  };

/**
 * Reads an IDX file (the format of MNIST): a big-endian header of magic number and dimensions, then the elements.
 *
 * @param path - a file path or file URL.
 * @returns the elements, row-major, with their shape; bytes are a view of the file's own buffer.
 * @throws PrivacyError `file_unreadable` when the file is missing, is not IDX, or its length is not what its header says.
 * @source LeCun, Cortes, Burges, "The MNIST database of handwritten digits", file formats section.
 */
export function readIdx(path: string | URL): HostArray {
  const file = String(path);
  const bytes = readBytes(path, file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0) throw notIdx(file, "the first two bytes are not zero");
  const type = elementTypes[view.getUint8(2)];
  const rank = view.getUint8(3);
  if (type === undefined) throw notIdx(file, "its element type is not byte, int32 or float32");
  if (rank < 1 || rank > 8 || bytes.length < 4 + 4 * rank) throw notIdx(file, "its header is cut short");
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const start = 4 + 4 * rank;
  const expected = shape.reduce((product, extent) => product * extent, type.bytes);
  if (bytes.length - start !== expected) {
    throw notIdx(file, `its header promises ${expected} bytes of data and it holds ${bytes.length - start}`);
  }
  return { data: type.read(new DataView(view.buffer, view.byteOffset + start, expected)), shape };
}

function readBytes(path: string | URL, file: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new PrivacyError(
      "file_unreadable",
      `${file} was wanted as an IDX file and could not be read; check the path`,
      { path: file, reason: "not readable" },
      { cause },
    );
  }
}

function notIdx(file: string, reason: string): PrivacyError {
  return new PrivacyError("file_unreadable", `${file} was wanted as an IDX file but ${reason}`, { path: file, reason });
}
