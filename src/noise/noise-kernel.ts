import { isPrivacyError } from "../core/index.ts";
import { type Kernels, createKernels } from "../kernels/index.ts";
import { BINADES, type QuantileTable, SEGMENTS, STRIDE } from "./quantile-table.ts";

/** The loop of `grid-gaussian.ts` over draws, in WebAssembly: the same operations in the same order, so the same bits. */
export interface NoiseKernel {
  /** Whether all values are whole numbers. */
  areWhole(values: Float64Array): boolean;
  /**
   * values[i + n] = multiples[i + n] + the draw at words[next + 2 n], for n = 0, 1, … up to `draws` ≤ `MOST_DRAWS`; words
   * come low and high.
   *
   * @returns how many draws were added: it stops before the first one that the polynomial does not decide, and leaves
   * what comes from there on as it was. −1 when one of those is not below `limit` in size. None of them is −0.
   */
  perturb(
    multiples: Float64Array,
    values: Float64Array,
    i: number,
    words: Uint32Array,
    next: number,
    draws: number,
    stddev: number,
    decided: number,
    limit: number,
  ): number;
  /** Overwrites the words and noised values that it holds. */
  wipe(): void;
  /** Whether nothing of them is left. */
  isWiped(): boolean;
}

/** Draws of one call: what one chunk of the stream holds. */
export const MOST_DRAWS = 8_192;
/** f64 per segment of the table: whole pairs, so that they load together. */
const stride = 8;
/** Bytes of the table as the kernel reads it. */
export const tableBytes: number = 8 * stride * BINADES * SEGMENTS;

/** Copies the table to the kernels' memory. */
export function putTable(kernels: Kernels, at: number, table: QuantileTable): void {
  let padded = tables.get(table);
  if (padded === undefined) tables.set(table, (padded = padTable(table)));
  new Float64Array(kernels.floats().buffer, at, padded.length).set(padded);
}

const tables = new WeakMap<QuantileTable, Float64Array>();

function padTable({ coefficients }: QuantileTable): Float64Array {
  const padded = new Float64Array(tableBytes / 8);
  for (let s = 0; s < BINADES * SEGMENTS; s++) {
    padded.set(coefficients.subarray(STRIDE * s, STRIDE * (s + 1)), stride * s);
  }
  return padded;
}

let kept: NoiseKernel | undefined;

/** One for the thread, on a memory of its own: draws are made while a sum may hold the other one. */
export function openNoiseKernel(table: QuantileTable): NoiseKernel | undefined {
  try {
    kept ??= createNoiseKernel(createKernels(), table);
  } catch (error) {
    // without a build the loop in JavaScript draws the same
    if (!(isPrivacyError(error) && error.code === "file_unreadable")) throw error;
  }
  return kept;
}

function createNoiseKernel(kernels: Kernels, quantiles: QuantileTable): NoiseKernel {
  const { run } = kernels;
  const table = 64 * Math.ceil(kernels.base / 64);
  const wordsAt = table + tableBytes;
  const valuesAt = wordsAt + 8 * MOST_DRAWS;
  kernels.reserve(valuesAt + 8 * MOST_DRAWS);
  const { buffer } = kernels.floats();
  putTable(kernels, table, quantiles);
  const ownWords = new Uint32Array(buffer, wordsAt, 2 * MOST_DRAWS);
  const ownValues = new Float64Array(buffer, valuesAt, MOST_DRAWS);
  return {
    areWhole(values) {
      for (let i = 0; i < values.length; i += MOST_DRAWS) {
        const count = Math.min(MOST_DRAWS, values.length - i);
        ownValues.set(values.subarray(i, i + count));
        if (run.areWhole(valuesAt, count) === 0) return false;
      }
      return true;
    },
    perturb(multiples, values, i, words, next, draws, stddev, decided, limit) {
      ownWords.set(words.subarray(next, next + 2 * draws));
      ownValues.set(multiples.subarray(i, i + draws));
      const done = run.perturb(valuesAt, wordsAt, draws, table, stddev, decided);
      if (run.settle(valuesAt, done, limit) === 0) return -1;
      values.set(ownValues.subarray(0, done), i);
      return done;
    },
    wipe: () => run.clear(wordsAt, 16 * MOST_DRAWS),
    isWiped: () => ownWords.every((word) => word === 0) && ownValues.every((value) => value === 0),
  };
}
