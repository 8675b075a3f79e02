/*
 * What assembly/ exports, with the same names and orders of arguments. Pointers are byte offsets into one memory, aligned
 * to 16; counts and strides are in elements; matrices are row-major f32 unless said.
 */

import type { LayerKernelExports } from "./layer-kernels.ts";
import type { OptimizerKernelExports } from "./optimizer-kernels.ts";
import type { Queue } from "./queue.ts";

/** Activations by number; 0 is none. */
export const activationCodes = {
  linear: 0,
  relu: 1,
  tanh: 2,
  sigmoid: 3,
  elu: 4,
  softplus: 5,
  hardSigmoid: 6,
} as const;
export type ActivationName = keyof typeof activationCodes;

/** How a window of a convolution walks over an image that has its padding already, in floats. */
export type WindowWalk = [
  positionsY: number,
  positionsX: number,
  strideY: number,
  strideX: number,
  lines: number,
  rowStep: number,
  runs: number,
  run: number,
  runStep: number,
];

/** An image, a pooling window over it, and how much of the padding lies above and to the left. */
export type PoolWalk = [
  height: number,
  width: number,
  channels: number,
  positionsY: number,
  positionsX: number,
  windowHeight: number,
  windowWidth: number,
  strideY: number,
  strideX: number,
  top: number,
  left: number,
];

/** Floats of scratch that products need, of any build. */
export const tileFloats = 288;
/** A multiple of the columns in a panel, and of the inputs in one of the left side, of any build. */
export const panelColumns = 16;
export const panelInputs = 12;

export interface KernelExports extends LayerKernelExports, OptimizerKernelExports {
  heapBase(): number;
  clear(at: number, bytes: number): void;
  /** Columns of a matrix into panels of 8 or 16, by the build, zeros past the last. */
  pack(to: number, from: number, depth: number, columns: number, depthStride: number, columnStride: number): void;
  /** Rows of runs, one run after the other, into such panels: `lengths` (i32) are the rows of each run. */
  packRuns(to: number, from: number, lengths: number, runs: number, columns: number): void;
  /** The same for the left side, in panels of 4 or 6 columns, of rows `stride` floats apart. */
  packLeftRuns(to: number, from: number, lengths: number, runs: number, columns: number, stride: number): void;
  /** c = bias + a · panels: row r of c is a function of row r of a, bit for bit. `tile` is `tileFloats` of scratch. */
  multiply(
    c: number,
    a: number,
    aRow: number,
    aStep: number,
    panels: number,
    rows: number,
    depth: number,
    columns: number,
    bias: number,
    tile: number,
  ): void;
  /**
   * totals (f64) = Σ over runs of round(aᵀ·h · scale), a by `packLeftRuns`, h by `packRuns`: each run added in f32, in f64
   * where it has more than `longest` rows.
   */
  addRuns(
    totals: number,
    a: number,
    h: number,
    lengths: number,
    runs: number,
    longest: number,
    inputs: number,
    units: number,
    scale: number,
    tile: number,
  ): void;
  copyRows(to: number, from: number, rows: number, length: number, toStride: number, fromStride: number): void;
  copyWindows(columns: number, image: number, ...walk: WindowWalk): void;
  addWindows(image: number, columns: number, ...walk: WindowWalk): void;
  poolLargest(pooled: number, cells: number, image: number, ...walk: PoolWalk): void;
  spreadLargest(image: number, gradient: number, cells: number, count: number): void;
  poolAverage(pooled: number, image: number, ...walk: [...PoolWalk, isBack: number]): void;
  activate(kind: number, at: number, count: number): void;
  deactivate(kind: number, gradient: number, output: number, count: number): void;
  /** Σ x² in f64; not finite if an entry is not. */
  sumSquares(from: number, count: number): number;
  /** Copies with subnormals as zero, and returns Σ of the squares of what was stored, or something not finite. */
  storeRow(to: number, from: number, count: number): number;
  /** Stores fl32(scale · x), subnormals as zero, and returns Σ of the squares of what was stored. */
  storeScaled(to: number, from: number, count: number, scale: number): number;
  /** sums (f64) += scale · row. */
  addScaled(sums: number, row: number, count: number, scale: number): void;
  /** out[column] = Σ over rows, added in f64. */
  sumColumns(out: number, from: number, rows: number, columns: number): void;
  /** sums (f64) = round(sums · scale). */
  roundSums(sums: number, count: number, scale: number): void;
  /**
   * values (f64) += the rounded Gaussian of `count` draws of two words each; how many were added: it stops before one
   * that `table` (per segment seven f64 and one more) does not decide.
   */
  perturb(values: number, words: number, count: number, table: number, stddev: number, decided: number): number;
  /** 1 where `count` f64 are all whole numbers. */
  areWhole(values: number, count: number): number;
  /** Turns −0 into 0 among `count` f64; 1 where all are below `limit` in size. */
  settle(values: number, count: number, limit: number): number;
  /** to (f32) = values (f64) · scale, rounded twice. */
  toFloats(to: number, values: number, count: number, scale: number): void;
  /** to (f64) = round((from[0] + from[stride] + … of `parts` parts, in order) · scale); `stride` in f64. */
  foldSums(to: number, from: number, count: number, parts: number, stride: number, scale: number): void;
  /** to (f32) = (from[0] + from[stride] + …) · scale, in f32; `stride` in f32. */
  foldFloats(to: number, from: number, count: number, parts: number, stride: number, scale: number): void;
}

/** A WebAssembly.Memory; the language's own library does not declare it. */
export interface Memory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

/** Which of the builds of assembly/: the last for an engine that fuses neighboring vectors. */
export type KernelBuild = "simd" | "relaxed-simd" | "wide";

/** What another thread needs to run the same kernels on the same memory; can be posted to it. */
export interface KernelShare {
  readonly build: KernelBuild;
  readonly module: object;
  readonly memory: Memory;
}

export interface Kernels {
  readonly build: KernelBuild;
  readonly share: KernelShare;
  /** The first byte that callers may use. */
  readonly base: number;
  readonly run: KernelExports;
  /** The whole memory as f32; stale after `reserve`. */
  floats(): Float32Array;
  /** Makes the memory at least so many bytes long. What it holds stays. */
  reserve(bytes: number): void;
  /** All callers lay out the same memory: one at a time has it, also across an await. */
  readonly exclusive: Queue;
}
