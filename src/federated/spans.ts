import { type Manifest, tensorBytes } from "./manifest.ts";
import { type ParameterDtype, dtypeBytes } from "./parameters.ts";

/** The part of a span that belongs to one tensor. */
export interface Segment {
  readonly tensor: number;
  readonly dtype: ParameterDtype;
  /** Bytes from the span's beginning. */
  readonly from: number;
  readonly length: number;
  /** The first of its elements, counted over all float tensors of the manifest; meaningless for others. */
  readonly floatIndex: number;
}

/** A run of bytes of a model file, over the borders of tensors: many small tensors are read at once. */
export interface Span {
  readonly at: number;
  readonly length: number;
  readonly segments: readonly Segment[];
}

/** True for the tensors that are averaged; the others are counters and masks. */
export function isFloat(dtype: ParameterDtype): boolean {
  return dtype === "float32" || dtype === "float64";
}

/** Elements of all float tensors. */
export function floatElements(manifest: Manifest): number {
  const floats = manifest.filter((spec) => isFloat(spec.dtype));
  return floats.reduce((sum, spec) => sum + tensorBytes(spec) / dtypeBytes[spec.dtype], 0);
}

/** The spans of a model file, in order. @param longest - bytes, a multiple of 8: no element is cut. */
export function* spansOf(manifest: Manifest, longest: number): Generator<Span> {
  let [at, length, floatIndex] = [0, 0, 0];
  let segments: Segment[] = [];
  for (const [tensor, spec] of manifest.entries()) {
    const size = dtypeBytes[spec.dtype];
    for (let left = tensorBytes(spec); left > 0;) {
      const room = Math.floor((longest - length) / size) * size;
      const taken = Math.min(room, left);
      if (taken > 0) {
        segments.push({ tensor, dtype: spec.dtype, from: length, length: taken, floatIndex });
        length += taken;
        left -= taken;
        if (isFloat(spec.dtype)) floatIndex += taken / size;
      }
      if (left > 0) {
        yield { at, length, segments };
        [at, length, segments] = [at + length, 0, []];
      }
    }
  }
  if (length > 0) yield { at, length, segments };
}
