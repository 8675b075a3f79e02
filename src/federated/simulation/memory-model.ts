import { invalidArgument } from "../../core/index.ts";
import { elementProblem } from "../element-problem.ts";
import { type Manifest, manifestDifference, outgoingTensors } from "../manifest.ts";
import { type Parameters, bytesOfParameter, parameterFromBytes } from "../parameters.ts";
import type { RejectReason } from "../reject-reason.ts";
import { isFloat } from "../spans.ts";

/** A model in memory: its tensors as bytes, row-major. */
export interface MemoryModel {
  readonly manifest: Manifest;
  readonly bytes: readonly Uint8Array[];
}

/** Copies parameters. @throws PrivacyError `invalid_argument` naming the parameter that is wrong. */
export function memoryModel(parameters: Parameters, argument: string): MemoryModel {
  const { manifest, bytes } = outgoingTensors(parameters, argument);
  for (const [i, { dtype }] of manifest.entries()) {
    if (elementProblem(dtype, bytes[i].slice()) !== undefined)
      throw invalidArgument(argument, "finite numbers", "others");
  }
  return { manifest, bytes: bytes.map((b) => b.slice()) };
}

/** The same memory as parameters. */
export function parametersOf({ manifest, bytes }: MemoryModel): Parameters {
  return manifest.map(({ name, dtype, shape }, i) => parameterFromBytes(name, dtype, shape, bytes[i]));
}

/** What a coordinator would refuse an update for, or its bytes. Not copied where the data is a typed array. */
export function updateBytes(agreed: Manifest, parameters: Parameters): readonly Uint8Array[] | RejectReason {
  if (!Array.isArray(parameters) || parameters.length !== agreed.length) return "count";
  const got = parameters.map((p, i) => ({ name: p.name ?? agreed[i].name, dtype: p.dtype, shape: p.shape }));
  const difference = manifestDifference(agreed, got);
  if (difference !== undefined) return difference;
  const bytes = parameters.map((p, i) => {
    const all = bytesOfParameter(p, `update[${i}]`);
    return all.byteOffset % 8 === 0 ? all : all.slice();
  });
  for (const [i, { dtype }] of agreed.entries()) {
    const problem = elementProblem(dtype, bytes[i]);
    if (problem !== undefined) return problem;
  }
  return bytes;
}

/** All float elements of a model, one after the other, in binary64; written to `flat` where that is given. */
export function floatsOfModel(model: MemoryModel, flat: Float64Array = newFlat(model)): Float64Array {
  const tensors = floatTensors(model);
  let at = 0;
  for (const tensor of tensors) {
    flat.set(tensor, at);
    at += tensor.length;
  }
  return flat;
}

const newFlat = (model: MemoryModel): Float64Array =>
  new Float64Array(floatTensors(model).reduce((sum, tensor) => sum + tensor.length, 0));

/** Views of a model's float tensors, in order. The bytes begin at multiples of 8. */
export function floatTensors({ manifest, bytes }: MemoryModel): (Float32Array | Float64Array)[] {
  const places = manifest.map((_, i) => i).filter((i) => isFloat(manifest[i].dtype));
  return places.map((i) => {
    const { buffer, byteOffset, byteLength } = bytes[i];
    if (manifest[i].dtype === "float32") return new Float32Array(buffer, byteOffset, byteLength / 4);
    return new Float64Array(buffer, byteOffset, byteLength / 8);
  });
}
