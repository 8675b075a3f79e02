import type { Parameter, Parameters } from "./parameters.ts";
import { isFloat } from "./spans.ts";

/** A copy of all elements of the float tensors, one after the other, in binary64. */
export function floatValues(parameters: Parameters): Float64Array {
  const floats = parameters
    .filter(({ dtype }) => isFloat(dtype))
    .map(({ data }) => data as Float32Array | Float64Array);
  const values = new Float64Array(floats.reduce((sum, data) => sum + data.length, 0));
  let at = 0;
  for (const data of floats) {
    values.set(data, at);
    at += data.length;
  }
  return values;
}

/** The parameters with other float elements, each rounded to its tensor's type. */
export function withFloatValues(parameters: Parameters, values: Float64Array): Parameters {
  let at = 0;
  return parameters.map((parameter): Parameter => {
    if (!isFloat(parameter.dtype)) return parameter;
    const { length } = parameter.data;
    const part = values.subarray(at, at + length);
    at += length;
    return { ...parameter, data: parameter.dtype === "float32" ? Float32Array.from(part) : part.slice() };
  });
}
