import type { ConvolutionGeometry } from "./convolution-geometry.ts";
import type { Use, UseRule } from "./layer-tap.ts";
import { multiplyInSingle } from "./product.ts";

/** Above this many multiplications a product on the backend is faster than a loop; a matter of shapes alone. */
const loopLimit = 16384;

/**
 * Adds row `row`'s gradient through one use to `out`, one array per weight of the layer, in the layer's order. It is a
 * function of that row alone: which other rows shared the pass changes no bit of it.
 */
export function addRowGradient(use: Use, row: number, out: readonly Float64Array[]): void {
  const own = use.weights.map((place) => out[place]);
  const gradient = use.gradient as Float32Array;
  const [inputSize, outputSize] = [size(use.inputShape), size(use.outputShape)];
  // the repeats of one example lie side by side
  for (let at = row * use.repeats; at < (row + 1) * use.repeats; at++) {
    const a = rowOf(use.input, at, inputSize) as Float32Array;
    addByRule(use, a, rowOf(gradient, at, outputSize), own);
  }
}

function addByRule(use: Use, a: Float32Array, g: Float32Array, own: readonly Float64Array[]): void {
  const { rule } = use;
  const [inputs, outputs] = [use.inputShape.at(-1) ?? 1, use.outputShape.at(-1) ?? 1];
  switch (rule.kind) {
    case "product":
      return addDense(a, g, inputs, outputs, rule.firstColumn, own);
    case "tied-product":
      return addProduct(transpose(g, outputs), a, a.length / inputs, inputs, own[0]);
    case "convolution":
      return addConvolution(a, g, rule.geometry, own);
    case "transposed-convolution":
      return addTransposed(a, g, rule.geometry, own);
    case "depthwise":
      return addDepthwise(a, g, rule.geometry, own);
    case "table":
      return addTableRows(a, g, outputs, own);
    case "normalization":
      return addNormalization(a, g, rule, own);
    case "slope":
      return addSlopes(use, a, g, own);
  }
}

/** Entries `from` to `to` (exclusive) of one weight of a layer. */
export interface Span {
  readonly weight: number;
  readonly from: number;
  readonly to: number;
}

/** Where the gradient of a row can be other than zero: in a table, only in the rows of its ids. */
export function spansOf(uses: readonly Use[], row: number, out: readonly Float64Array[]): Span[] {
  if (uses.length === 0 || uses.some((use) => use.rule.kind !== "table")) {
    return out.map((values, weight) => ({ weight, from: 0, to: values.length }));
  }
  const width = uses[0].outputShape.at(-1) ?? 1;
  const ids = new Set(uses.flatMap((use) => Array.from(rowOf(use.input, row, use.repeats * size(use.inputShape)))));
  return [...ids].map((id) => ({ weight: 0, from: id * width, to: (id + 1) * width }));
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function rowOf<T extends ArrayLike<number>>(values: T, row: number, length: number): T {
  return (values as unknown as Float32Array).subarray(row * length, (row + 1) * length) as unknown as T;
}

/** `[positions, columns]` to `[columns, positions]`. */
function transpose(values: Float32Array, columns: number): Float32Array {
  const positions = values.length / columns;
  const transposed = new Float32Array(values.length);
  for (let t = 0; t < positions; t++) {
    for (let k = 0; k < columns; k++) transposed[k * positions + t] = values[t * columns + k];
  }
  return transposed;
}

function addDense(
  a: Float32Array,
  g: Float32Array,
  inputs: number,
  units: number,
  firstColumn: number,
  [kernel, bias]: readonly Float64Array[],
): void {
  const total = kernel.length / inputs;
  if (total === units) {
    addProduct(transpose(a, inputs), g, a.length / inputs, units, kernel);
  } else {
    const part = new Float64Array(inputs * units);
    addProduct(transpose(a, inputs), g, a.length / inputs, units, part);
    for (let k = 0; k < part.length; k++) {
      const to = Math.floor(k / units) * total + firstColumn + (k % units);
      kernel[to] += part[k];
    }
  }
  if (bias !== undefined) addColumns(g, units, bias);
}

type Parts = readonly Float64Array[];

function addConvolution(a: Float32Array, g: Float32Array, geometry: ConvolutionGeometry, [kernel, bias]: Parts): void {
  addProduct(windows(a, geometry), g, geometry.positions, geometry.filters, kernel);
  if (bias !== undefined) addColumns(g, geometry.filters, bias);
}

/** The kernel meets the output's gradient where a convolution of it would read, and the input where that would write. */
function addTransposed(a: Float32Array, g: Float32Array, geometry: ConvolutionGeometry, [kernel, bias]: Parts): void {
  addProduct(windows(g, geometry), a, geometry.positions, geometry.filters, kernel);
  if (bias !== undefined) addColumns(g, geometry.channels, bias);
}

function addDepthwise(a: Float32Array, g: Float32Array, geometry: ConvolutionGeometry, [kernel, bias]: Parts): void {
  const { positions, window, channels, filters, offsets } = geometry;
  const multiplier = filters / channels;
  for (let t = 0; t < positions; t++) {
    for (let k = 0; k < window; k++) {
      const from = offsets[t * window + k];
      if (from < 0) continue;
      for (let f = 0; f < filters; f++) {
        kernel[k * filters + f] += a[from + Math.floor(f / multiplier)] * g[t * filters + f];
      }
    }
  }
  if (bias !== undefined) addColumns(g, filters, bias);
}

/** What every tap of the filter saw at every position: `[window · channels, positions]`, zero in the padding. */
function windows(image: ArrayLike<number>, geometry: ConvolutionGeometry): Float32Array {
  const { positions, window, channels, offsets } = geometry;
  const columns = new Float32Array(window * channels * positions);
  for (let t = 0; t < positions; t++) {
    for (let k = 0; k < window; k++) {
      const from = offsets[t * window + k];
      if (from < 0) continue;
      const to = k * channels * positions + t;
      for (let c = 0; c < channels; c++) columns[to + c * positions] = image[from + c];
    }
  }
  return columns;
}

/** out += u · g for u `[rows, positions]`, g `[positions, columns]`. */
function addProduct(u: Float32Array, g: Float32Array, positions: number, columns: number, out: Float64Array): void {
  const rows = u.length / positions;
  if (u.length * columns > loopLimit) {
    const product = multiplyInSingle(u, g, positions);
    for (let k = 0; k < out.length; k++) out[k] += product[k];
    return;
  }
  for (let r = 0; r < rows; r++) {
    for (let t = 0; t < positions; t++) {
      const scale = u[r * positions + t];
      for (let c = 0; c < columns; c++) {
        const at = r * columns + c;
        out[at] += scale * g[t * columns + c];
      }
    }
  }
}

function addColumns(g: Float32Array, columns: number, out: Float64Array): void {
  for (let k = 0; k < g.length; k++) out[k % columns] += g[k];
}

/** Equal ids of one row are added before the norm is taken. */
function addTableRows(ids: ArrayLike<number>, g: Float32Array, width: number, [table]: Parts): void {
  for (let t = 0; t < ids.length; t++) {
    const to = ids[t] * width;
    for (let k = 0; k < width; k++) table[to + k] += g[t * width + k];
  }
}

function addNormalization(
  normalized: Float32Array,
  g: Float32Array,
  { hasScale, hasOffset }: Extract<UseRule, { kind: "normalization" }>,
  own: Parts,
): void {
  const gamma = hasScale ? own[0] : undefined;
  const beta = hasOffset ? own.at(-1) : undefined;
  const width = own[0]?.length ?? 1;
  for (let k = 0; k < g.length; k++) {
    const at = k % width;
    const value = g[k];
    if (gamma !== undefined) gamma[at] += value * normalized[k];
    if (beta !== undefined) beta[at] += value;
  }
}

/** A weight's axis of length 1 is shared by all places of the input along it. */
function addSlopes(use: Use, a: Float32Array, g: Float32Array, [alpha]: Parts): void {
  const shape = (use.layer.weights[use.weights[0]]?.shape ?? []).map(Number);
  for (let k = 0; k < a.length; k++) {
    // as in the forward pass: what is not positive, NaN included, is multiplied by the slope
    if (a[k] > 0) continue;
    let [rest, at, stride] = [k, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const length = use.inputShape[axis];
      if (shape[axis] > 1) at += (rest % length) * stride;
      stride *= shape[axis];
      rest = Math.floor(rest / length);
    }
    alpha[at] += a[k] * g[k];
  }
}
