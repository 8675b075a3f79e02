import { type PoolWalk, panelColumns, tileFloats } from "../kernels/index.ts";
import type { ConvolutionGeometry } from "./convolution-geometry.ts";
import { type RowArena, withScratch } from "./row-arena.ts";

/*
 * Parts of the way forward and back by this package's kernels, where the ones of TensorFlow.js are slow or missing. Every
 * example by itself, as A2 of docs/numerics-summation.md asks.
 */

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const panelFloats = (depth: number, columns: number): number =>
  depth * panelColumns * Math.ceil(columns / panelColumns);

/** A batch of matrices, row-major, each read as its transpose or not. */
export interface Matrices {
  readonly values: Float32Array;
  readonly isTransposed: boolean;
}

/** a · b for every one of `count` pairs, `[rows, depth] · [depth, columns]`. */
export function multiplyEach(
  a: Matrices,
  b: Matrices,
  count: number,
  [rows, depth, columns]: readonly [number, number, number],
): Float32Array {
  return withScratch((arena) => {
    const { run } = arena;
    const [left, right] = [a, b].map(({ values }) => {
      const at = arena.take(values.length);
      arena.write(at, values);
      return at;
    });
    const panels = arena.take(panelFloats(depth, columns));
    const tile = arena.take(tileFloats);
    const product = arena.take(count * rows * columns);
    const [aRow, aStep] = a.isTransposed ? [1, rows] : [depth, 1];
    const [depthStride, columnStride] = b.isTransposed ? [1, depth] : [columns, 1];
    for (let i = 0; i < count; i++) {
      run.pack(panels, right + 4 * i * depth * columns, depth, columns, depthStride, columnStride);
      const to = product + 4 * i * rows * columns;
      run.multiply(to, left + 4 * i * rows * depth, aRow, aStep, panels, rows, depth, columns, 0, tile);
    }
    return arena.singles(product, count * rows * columns).slice();
  });
}

/** g · Wᵀ scattered over the image, for every row of g `[rows, positions, filters]`; W is `[window · channels, filters]`. */
export function spreadWindows(g: Float32Array, filter: Float32Array, geometry: ConvolutionGeometry): Float32Array {
  const { positions, filters, window, channels, walk } = geometry;
  const columns = window * channels;
  return withScratch((arena) => {
    const { run } = arena;
    const weights = arena.take(filter.length);
    arena.write(weights, filter);
    const panels = arena.take(panelFloats(filters, columns));
    run.pack(panels, weights, filters, columns, 1, filters);
    const gradient = arena.take(positions * filters);
    const windows = arena.take(positions * columns);
    const tile = arena.take(tileFloats);
    return eachImage(arena, geometry, g.length / (positions * filters), (image, row) => {
      arena.write(gradient, g.subarray(row * positions * filters, (row + 1) * positions * filters));
      run.multiply(windows, gradient, filters, 1, panels, positions, filters, columns, 0, tile);
      run.addWindows(image, windows, ...walk);
    });
  });
}

/** Adds `[rows, positions, window, channels]` to the cells that each tap read. */
export function scatterWindows(columns: Float32Array, geometry: ConvolutionGeometry): Float32Array {
  const each = geometry.positions * geometry.window * geometry.channels;
  return withScratch((arena) => {
    const windows = arena.take(each);
    return eachImage(arena, geometry, columns.length / each, (image, row) => {
      arena.write(windows, columns.subarray(row * each, (row + 1) * each));
      arena.run.addWindows(image, windows, ...geometry.walk);
    });
  });
}

/** Makes the image of every row: `add` adds to one of zeros with the border of the padding, which is then cut off. */
function eachImage(
  arena: RowArena,
  { inputShape, paddedShape, border }: ConvolutionGeometry,
  rows: number,
  add: (image: number, row: number) => void,
): Float32Array {
  const { run } = arena;
  const [height, width, channels] = inputShape;
  const line = paddedShape[1] * channels;
  const image = arena.take(size(paddedShape));
  const images = arena.take(rows * size(inputShape));
  for (let row = 0; row < rows; row++) {
    run.clear(image, 4 * size(paddedShape));
    add(image, row);
    const inside = image + 4 * (border.top * line + border.left * channels);
    const to = images + 4 * row * size(inputShape);
    run.copyRows(to, inside, height, width * channels, width * channels, line);
  }
  return arena.singles(images, rows * size(inputShape)).slice();
}

/** Gives the gradient of every window's largest cell to that cell, the first of equals, in images of a shape. */
export function spreadToLargest(
  images: Float32Array,
  gradients: Float32Array,
  shape: readonly [number, number, number],
  walk: PoolWalk,
): Float32Array {
  const rows = images.length / size(shape);
  const pooledSize = gradients.length / rows;
  return withScratch((arena) => {
    const { run } = arena;
    const image = arena.take(size(shape));
    const [pooled, cells, gradient] = [pooledSize, pooledSize, pooledSize].map((count) => arena.take(count));
    const result = arena.take(images.length);
    run.clear(result, 4 * images.length);
    for (let row = 0; row < rows; row++) {
      arena.write(image, images.subarray(row * size(shape), (row + 1) * size(shape)));
      arena.write(gradient, gradients.subarray(row * pooledSize, (row + 1) * pooledSize));
      run.poolLargest(pooled, cells, image, ...walk);
      run.spreadLargest(result + 4 * row * size(shape), gradient, cells, pooledSize);
    }
    return arena.singles(result, images.length).slice();
  });
}
