import { z } from "zod";
import type { Manifest, TensorSpec } from "./manifest.ts";
import type { ParameterDtype } from "./parameters.ts";

/** A tensor of a manifest as files of this package hold it: its digest in hex. */
export interface SavedTensor {
  readonly name: string;
  readonly dtype: ParameterDtype;
  readonly shape: number[];
  readonly sha256: string;
}

export const savedTensorSchema: z.ZodType<SavedTensor> = z.strictObject({
  name: z.string(),
  dtype: z.enum(["float32", "float64", "int32", "int64", "uint8", "bool"]),
  shape: z.array(z.int().min(0)),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** @param manifest - every tensor with its digest. */
export function savedTensors(manifest: Manifest): SavedTensor[] {
  return manifest.map(({ name, dtype, shape, sha256 }) => {
    return { name, dtype, shape: [...shape], sha256: Buffer.from(sha256 ?? []).toString("hex") };
  });
}

export function manifestOf(tensors: readonly SavedTensor[]): Manifest {
  return tensors.map((t): TensorSpec => ({ ...t, sha256: new Uint8Array(Buffer.from(t.sha256, "hex")) }));
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
