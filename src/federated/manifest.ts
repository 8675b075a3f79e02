import { createHash } from "node:crypto";
import { PrivacyError, invalidArgument } from "../core/index.ts";
import { type ParameterDtype, type Parameters, bytesOfParameter, dtypeBytes, elementsOf } from "./parameters.ts";
import type { RejectReason } from "./reject-reason.ts";

/** One tensor that travels. `sha256` is 32 bytes, or absent where only the shape is agreed. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: ParameterDtype;
  readonly shape: readonly number[];
  readonly sha256?: Uint8Array;
}

/** Every tensor of a model, in order. */
export type Manifest = readonly TensorSpec[];

/** A chunk is 1 MiB, or what is left of its tensor: a multiple of every element size, so no element is cut. */
export const chunkBytes: number = 1 << 20;
/** A manifest travels in one message, see maxMessageBytes. */
export const maxTensors: number = 8192;
const maxNameLength = 256;

/** Bytes of one tensor. */
export function tensorBytes(spec: TensorSpec): number {
  return elementsOf(spec.shape) * dtypeBytes[spec.dtype];
}

/** Chunks of one tensor; 0 for an empty one. */
export function chunksOf(spec: TensorSpec): number {
  return Math.ceil(tensorBytes(spec) / chunkBytes);
}

/** Bytes of all tensors. */
export function manifestBytes(manifest: Manifest): number {
  return manifest.reduce((sum, spec) => sum + tensorBytes(spec), 0);
}

/** Where each tensor begins in a file that holds all of them one after the other. */
export function tensorOffsets(manifest: Manifest): number[] {
  let offset = 0;
  return manifest.map((spec) => (offset += tensorBytes(spec)) - tensorBytes(spec));
}

/** The first thing that is wrong with a manifest from outside, or undefined. Bounds memory before any is taken. */
export function manifestProblem(manifest: Manifest, maxBytes: number): RejectReason | undefined {
  if (manifest.length === 0 || manifest.length > maxTensors) return "count";
  const names = new Set<string>();
  for (const { name, shape, sha256 } of manifest) {
    if (name.length === 0 || name.length > maxNameLength || names.has(name)) return "name";
    names.add(name);
    if (shape.length > 16 || !shape.every((n) => Number.isSafeInteger(n) && n >= 0)) return "shape";
    if (sha256 !== undefined && sha256.length !== 32) return "digest";
  }
  return manifestBytes(manifest) <= maxBytes ? undefined : "size";
}

/** How `got` differs from the manifest that was agreed, or undefined. Names, types and shapes in the agreed order. */
export function manifestDifference(agreed: Manifest, got: Manifest): RejectReason | undefined {
  if (got.length !== agreed.length) return "count";
  for (const [i, want] of agreed.entries()) {
    const have = got[i];
    if (have.name !== want.name) return "name";
    if (have.dtype !== want.dtype) return "dtype";
    if (have.shape.length !== want.shape.length || have.shape.some((n, k) => n !== want.shape[k])) return "shape";
  }
  return undefined;
}

/** True when both name the same bytes: all digests are there and equal, in one order. */
export function isSameModel(a: Manifest, b: Manifest): boolean {
  const hasDigests = [...a, ...b].every((spec) => spec.sha256 !== undefined);
  return hasDigests && modelDigest(a) === modelDigest(b);
}

/** Tensors ready to send: their specs with digests, and their bytes. */
export interface OutgoingTensors {
  readonly manifest: Manifest;
  readonly bytes: readonly Uint8Array[];
}

/**
 * Checks parameters at the door and takes their digests.
 *
 * @throws PrivacyError `invalid_argument` naming the parameter that is wrong, or when names repeat.
 */
export function outgoingTensors(parameters: Parameters, argument = "parameters"): OutgoingTensors {
  if (!Array.isArray(parameters) || parameters.length === 0 || parameters.length > maxTensors) {
    throw invalidArgument(argument, `an array of 1 to ${maxTensors} tensors`, typeof parameters);
  }
  const bytes = parameters.map((p, i) => bytesOfParameter(p, `${argument}[${i}]`));
  const manifest = parameters.map((p, i): TensorSpec => {
    const sha256 = createHash("sha256").update(bytes[i]).digest();
    return { name: p.name ?? String(i), dtype: p.dtype, shape: [...p.shape], sha256 };
  });
  if (manifestProblem(manifest, Infinity) !== undefined) {
    throw invalidArgument(`${argument}[].name`, `unique names of 1 to ${maxNameLength} characters`, "others");
  }
  return { manifest, bytes };
}

/** SHA-256 (hex) over names, types, shapes and tensor digests: names a model's exact bytes. */
export function modelDigest(manifest: Manifest): string {
  const rows = manifest.map(({ name, dtype, shape, sha256 }) => {
    if (sha256 === undefined) {
      throw new PrivacyError("invalid_state", "a model's digest needs the digests of its tensors; read them first", {
        object: "manifest",
        state: "without digests",
      });
    }
    return [name, dtype, shape, Buffer.from(sha256).toString("hex")];
  });
  return createHash("sha256").update(JSON.stringify(rows)).digest("hex");
}
