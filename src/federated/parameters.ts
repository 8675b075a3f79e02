import { PrivacyError, invalidArgument } from "../core/index.ts";

/** How the elements of a parameter are coded. */
export type ParameterDtype = "float32" | "float64" | "int32" | "int64" | "uint8" | "bool";

/** What `data` may be: the typed array of the dtype (bool: Uint8Array of 0 and 1), or numbers that it holds exactly. */
export type ParameterData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array | readonly number[];

/** One tensor of a model as it travels: row-major, little-endian on the wire. */
export interface Parameter {
  /** Unique within a model; when left out, the tensor's place ("0", "1", …). */
  readonly name?: string;
  readonly dtype: ParameterDtype;
  /** Extents, outermost first; [] for a scalar. */
  readonly shape: readonly number[];
  readonly data: ParameterData;
}

/** All tensors of a model, in an order that every site keeps. */
export type Parameters = readonly Parameter[];

/** Bytes per element. */
export const dtypeBytes: Readonly<Record<ParameterDtype, number>> = {
  float32: 4,
  float64: 8,
  int32: 4,
  int64: 8,
  uint8: 1,
  bool: 1,
};

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function refuseBigEndian(): void {
  if (isLittleEndian) return;
  throw new PrivacyError("invalid_state", "tensors travel little-endian and this machine is big-endian; use another", {
    object: "federated tensors",
    state: "big-endian",
  });
}

/** Elements of a shape: the product of its extents, 1 for a scalar. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

type TypedArray = Exclude<ParameterData, readonly number[]>;

/** For each dtype its typed array: the class that data must be, and how numbers become one. */
const typedArrays: Readonly<
  Record<ParameterDtype, { is: (d: unknown) => d is TypedArray; from: (n: readonly number[]) => TypedArray }>
> = {
  float32: { is: (d) => d instanceof Float32Array, from: (n) => Float32Array.from(n) },
  float64: { is: (d) => d instanceof Float64Array, from: (n) => Float64Array.from(n) },
  int32: { is: (d) => d instanceof Int32Array, from: (n) => Int32Array.from(n) },
  int64: { is: (d) => d instanceof BigInt64Array, from: (n) => BigInt64Array.from(n, (v) => BigInt(Math.trunc(v))) },
  uint8: { is: (d) => d instanceof Uint8Array, from: (n) => Uint8Array.from(n) },
  bool: { is: (d) => d instanceof Uint8Array, from: (n) => Uint8Array.from(n) },
};

function typedData(p: Parameter, argument: string): TypedArray {
  if (!Object.hasOwn(typedArrays, p.dtype)) {
    throw invalidArgument(`${argument}.dtype`, Object.keys(dtypeBytes).join(" | "), p.dtype);
  }
  const { is, from } = typedArrays[p.dtype];
  if (is(p.data)) return p.data;
  if (!Array.isArray(p.data) || !p.data.every((v) => typeof v === "number")) {
    throw invalidArgument(`${argument}.data`, `the typed array of ${p.dtype}, or numbers`, typeof p.data);
  }
  const isInteger = p.dtype !== "float32" && p.dtype !== "float64";
  if (isInteger && !p.data.every(Number.isSafeInteger)) {
    throw invalidArgument(`${argument}.data`, `numbers that ${p.dtype} holds exactly`, "others");
  }
  const typed = from(p.data);
  if (isInteger && p.data.some((v, i) => Number(typed[i]) !== v)) {
    throw invalidArgument(`${argument}.data`, `numbers that ${p.dtype} holds exactly`, "others");
  }
  return typed;
}

/**
 * The bytes of one parameter as they travel. A view where the data is a typed array already, so the caller must not
 * change it while it is being sent.
 *
 * @throws PrivacyError `invalid_argument` when data, dtype and shape do not agree.
 */
export function bytesOfParameter(p: Parameter, argument = "parameters[]"): Uint8Array {
  refuseBigEndian();
  if (!Array.isArray(p.shape) || p.shape.length > 16 || !p.shape.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    throw invalidArgument(`${argument}.shape`, "at most 16 whole numbers >= 0", `[${String(p.shape)}]`);
  }
  const typed = typedData(p, argument);
  const bytes = new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
  const expected = elementsOf(p.shape) * dtypeBytes[p.dtype];
  if (bytes.length !== expected) {
    const advice = `its data holds ${bytes.length / dtypeBytes[p.dtype]} elements`;
    throw invalidArgument(`${argument}.shape`, "the extents of the data", `[${p.shape.join(", ")}]`, advice);
  }
  if (p.dtype === "bool" && bytes.some((b) => b > 1)) throw invalidArgument(`${argument}.data`, "0 and 1", "others");
  return bytes;
}

/** A parameter over bytes that this call takes over; they must start at a multiple of the element size. */
export function parameterFromBytes(
  name: string,
  dtype: ParameterDtype,
  shape: readonly number[],
  b: Uint8Array,
): Parameter {
  refuseBigEndian();
  const base = { name, dtype, shape } as const;
  const length = b.byteLength / dtypeBytes[dtype];
  switch (dtype) {
    case "float32":
      return { ...base, data: new Float32Array(b.buffer as ArrayBuffer, b.byteOffset, length) };
    case "float64":
      return { ...base, data: new Float64Array(b.buffer as ArrayBuffer, b.byteOffset, length) };
    case "int32":
      return { ...base, data: new Int32Array(b.buffer as ArrayBuffer, b.byteOffset, length) };
    case "int64":
      return { ...base, data: new BigInt64Array(b.buffer as ArrayBuffer, b.byteOffset, length) };
    case "uint8":
    case "bool":
      return { ...base, data: b };
  }
}
