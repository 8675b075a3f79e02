import { type ParameterDtype, dtypeBytes } from "./parameters.ts";
import type { RejectReason } from "./reject-reason.ts";

/**
 * Doubles beyond this could overflow what a strategy computes of them, such as q·L²·‖x − y‖² (q ≤ 100, L ≤ 2^40, at most
 * 2^40 elements): |x| ≤ 2^400. A larger parameter is no model that anybody trained.
 */
const largestDouble = 2 ** 400;

/** For elements that begin anywhere, a few of them at a time. */
const scratch = new Uint8Array(1 << 14);

/**
 * What is wrong with the elements of a chunk: NaN or Infinity, a double too large to average, a bool that is neither 0
 * nor 1. `bytes` may begin anywhere, as in a decoded message, and holds whole elements.
 */
export function elementProblem(dtype: ParameterDtype, bytes: Uint8Array): RejectReason | undefined {
  if (bytes.byteOffset % dtypeBytes[dtype] === 0) return alignedProblem(dtype, bytes);
  for (let at = 0; at < bytes.length; at += scratch.length) {
    const part = bytes.subarray(at, at + scratch.length);
    scratch.set(part);
    const problem = alignedProblem(dtype, scratch.subarray(0, part.length));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function alignedProblem(dtype: ParameterDtype, bytes: Uint8Array): RejectReason | undefined {
  const { buffer, byteOffset, byteLength } = bytes;
  switch (dtype) {
    case "float32":
      return isFinite32(new Int32Array(buffer, byteOffset, byteLength / 4)) ? undefined : "non-finite";
    case "float64": {
      for (const x of new Float64Array(buffer, byteOffset, byteLength / 8)) {
        if (!Number.isFinite(x)) return "non-finite";
        if (Math.abs(x) > largestDouble) return "range";
      }
      return undefined;
    }
    case "bool":
      return bytes.some((b) => b > 1) ? "range" : undefined;
    case "int32":
    case "int64":
    case "uint8":
      return undefined;
  }
}

/** Of NaN and Infinity the exponent is all ones: one more carries into the sign. Four at a time: a third faster than one by one. */
function isFinite32(words: Int32Array): boolean {
  const [exponent, one] = [0x7f80_0000, 0x0080_0000];
  const inFours = words.length - (words.length % 4);
  let signs = 0;
  for (let i = 0; i < inFours; i += 4) {
    signs |= (words[i] & exponent) + one;
    signs |= (words[i + 1] & exponent) + one;
    signs |= (words[i + 2] & exponent) + one;
    signs |= (words[i + 3] & exponent) + one;
  }
  for (let i = inFours; i < words.length; i++) signs |= (words[i] & exponent) + one;
  return signs >= 0;
}
