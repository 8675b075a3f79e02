import type { ParameterDtype } from "./parameters.ts";
import type { RejectReason } from "./reject-reason.ts";

/**
 * Doubles beyond this could overflow what a strategy computes of them, such as q·L²·‖x − y‖² (q ≤ 100, L ≤ 2^40, at most
 * 2^40 elements): |x| ≤ 2^400. A larger parameter is no model that anybody trained.
 */
const largestDouble = 2 ** 400;

/**
 * What is wrong with the elements of a chunk: NaN or Infinity, a double too large to average, a bool that is neither 0
 * nor 1. `bytes` begins at a multiple of the element size.
 */
export function elementProblem(dtype: ParameterDtype, bytes: Uint8Array): RejectReason | undefined {
  const { buffer, byteOffset, byteLength } = bytes;
  switch (dtype) {
    case "float32": {
      const words = new Uint32Array(buffer, byteOffset, byteLength / 4);
      // an exponent of all ones is NaN or Infinity; an indexed loop is several times as fast as an iterator
      for (let i = 0; i < words.length; i++) if ((words[i] & 0x7f800000) === 0x7f800000) return "non-finite";
      return undefined;
    }
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
