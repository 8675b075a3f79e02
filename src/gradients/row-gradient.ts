import { type ConvolutionGeometry, convolutionGeometry } from "./convolution-geometry.ts";
import type { Use } from "./layer-call.ts";
import { multiplyInSingle } from "./product.ts";

/** Above this many multiplications a product on the backend is faster than a loop; a matter of shapes alone. */
const loopLimit = 16384;

/**
 * Adds row `row`'s gradient through one use to `out`, one array per weight of the layer, in the layer's order. It is a
 * function of that row alone: which other rows shared the pass changes no bit of it.
 */
export function addRowGradient(use: Use, row: number, out: readonly Float64Array[]): void {
  switch (use.layer.getClassName()) {
    case "Dense":
      return addDense(use, row, out);
    case "Conv1D":
    case "Conv2D":
      return addConvolution(use, row, out);
    case "Embedding":
      return addEmbedding(use, row, out);
    case "LayerNormalization":
    case "GroupNormalization":
      return addNormalization(use, row, out);
  }
}

/** Entries `from` to `to` (exclusive) of one weight of a layer. */
export interface Span {
  readonly weight: number;
  readonly from: number;
  readonly to: number;
}

/** Where the gradient of a row can be other than zero: in an embedding, only in the table rows of its ids. */
export function spansOf(uses: readonly Use[], row: number, out: readonly Float64Array[]): Span[] {
  if (uses[0]?.layer.getClassName() !== "Embedding") {
    return out.map((values, weight) => ({ weight, from: 0, to: values.length }));
  }
  const width = uses[0].outputShape.at(-1) ?? 1;
  const ids = new Set(uses.flatMap((use) => Array.from(rowOf(use.input, row, size(use.inputShape)))));
  return [...ids].map((id) => ({ weight: 0, from: id * width, to: (id + 1) * width }));
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function rowOf<T extends ArrayLike<number>>(values: T, row: number, length: number): T {
  return (values as unknown as Float32Array).subarray(row * length, (row + 1) * length) as unknown as T;
}

function gradientOf(use: Use, row: number): Float32Array {
  return rowOf(use.gradient as Float32Array, row, size(use.outputShape));
}

function addDense(use: Use, row: number, [kernel, bias]: readonly Float64Array[]): void {
  const inputs = use.inputShape.at(-1) ?? 1;
  const units = use.outputShape.at(-1) ?? 1;
  const positions = size(use.inputShape) / inputs;
  const a = rowOf(use.input, row, positions * inputs);
  const g = gradientOf(use, row);
  const transposed = new Float32Array(positions * inputs);
  for (let t = 0; t < positions; t++) {
    for (let k = 0; k < inputs; k++) transposed[k * positions + t] = a[t * inputs + k];
  }
  addProduct(transposed, g, positions, units, kernel);
  if (bias !== undefined) addColumns(g, units, bias);
}

function addConvolution(use: Use, row: number, [kernel, bias]: readonly Float64Array[]): void {
  const geometry = convolutionGeometry(use.layer, [1, ...use.inputShape]);
  const image = rowOf(use.input, row, size(use.inputShape));
  const g = gradientOf(use, row);
  addProduct(windows(image, geometry), g, geometry.positions, geometry.filters, kernel);
  if (bias !== undefined) addColumns(g, geometry.filters, bias);
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
function addEmbedding(use: Use, row: number, [table]: readonly Float64Array[]): void {
  const out = table;
  const width = use.outputShape.at(-1) ?? 1;
  const ids = rowOf(use.input, row, size(use.inputShape));
  const g = gradientOf(use, row);
  for (let t = 0; t < ids.length; t++) {
    const to = ids[t] * width;
    for (let k = 0; k < width; k++) out[to + k] += g[t * width + k];
  }
}

function addNormalization(use: Use, row: number, out: readonly Float64Array[]): void {
  const config = use.layer.getConfig();
  const gamma = config["scale"] === false ? undefined : out[0];
  const beta = config["center"] === false ? undefined : out.at(-1);
  const normalized = rowOf(use.input, row, size(use.inputShape));
  const g = gradientOf(use, row);
  const width = out[0]?.length ?? 1;
  for (let k = 0; k < g.length; k++) {
    const at = k % width;
    const value = g[k];
    if (gamma !== undefined) gamma[at] += value * normalized[k];
    if (beta !== undefined) beta[at] += value;
  }
}
