import type { ParameterDtype } from "./parameters.ts";

/** Elements of a segment as numbers; int64 apart, because a double does not hold it. */
export type NumberArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** A view of the bytes, or of a copy where they do not begin at a multiple of the element size. */
function aligned(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.byteOffset % size === 0 ? bytes : bytes.slice();
}

/** @param bytes - of a dtype other than int64; the result may be a copy, so it is for reading only. */
export function readNumbers(dtype: Exclude<ParameterDtype, "int64">, bytes: Uint8Array): NumberArray {
  switch (dtype) {
    case "float32": {
      const b = aligned(bytes, 4);
      return new Float32Array(b.buffer, b.byteOffset, b.length / 4);
    }
    case "float64": {
      const b = aligned(bytes, 8);
      return new Float64Array(b.buffer, b.byteOffset, b.length / 8);
    }
    case "int32": {
      const b = aligned(bytes, 4);
      return new Int32Array(b.buffer, b.byteOffset, b.length / 4);
    }
    case "uint8":
    case "bool":
      return bytes;
  }
}

/** As readNumbers, for int64. */
export function readBigInts(bytes: Uint8Array): BigInt64Array {
  const b = aligned(bytes, 8);
  return new BigInt64Array(b.buffer, b.byteOffset, b.length / 8);
}

/** Overwrites `bytes` with `values`, each rounded once to the dtype. False when one is not finite there. */
export function writeFloats(dtype: "float32" | "float64", bytes: Uint8Array, values: Float64Array): boolean {
  // an indexed loop is several times as fast as an iterator
  if (dtype === "float32" && bytes.byteOffset % 4 === 0) {
    const rounded = new Float32Array(bytes.buffer, bytes.byteOffset, values.length);
    for (let i = 0; i < rounded.length; i++) {
      rounded[i] = values[i];
      if (!Number.isFinite(rounded[i])) return false;
    }
    return true;
  }
  const rounded = dtype === "float32" ? new Float32Array(values) : values;
  for (let i = 0; i < rounded.length; i++) if (!Number.isFinite(rounded[i])) return false;
  bytes.set(new Uint8Array(rounded.buffer, rounded.byteOffset, rounded.byteLength));
  return true;
}
