import type { Surcharge } from "./engine.ts";

/*
 * The constants of docs/numerics-summation.md. Changing one changes the sensitivity that is priced.
 */

/** Unit roundoffs of f32 and f64. */
const u32 = 2 ** -24;
const u64 = 2 ** -53;
/** Rows of a run: as many as are expected, and as many as are added in f32. Longer runs are added in f64. */
export const meanRunRows = 64;
export const maxRunRows = 96;
/** A logical batch has at most this many rows: it bounds the error of adding in f64. */
export const maxBatchRows: number = 2 ** 18;
/** Rows are clipped to C · (1 − clipMargin), then held to C · (1 − normMargin) by the norm of what is stored. */
export const clipMargin: number = 2 ** -20;
export const normMargin: number = 2 ** -22;
/** Smaller numbers are stored as zero, so that a backend that flushes subnormals computes the same. */
export const smallestNormal: number = 2 ** -126;
/** The grid costs at most this share of C. */
const gridShare = 2 ** -14;

/** 2 ** exponent · sqrt(d) ≤ 2^-14 · C. */
export function chooseGridExponent(l2ClipNorm: number, dimension: number): number {
  let exponent = Math.floor(Math.log2((gridShare * l2ClipNorm) / Math.sqrt(dimension)));
  // log2 may be an ulp off at a power of two
  while (2 ** exponent * Math.sqrt(dimension) > gridShare * l2ClipNorm) exponent--;
  return exponent;
}

/** γ_n = n·u / (1 − n·u): the relative error of n roundings (Higham 2002, Lemma 3.1). */
function gamma(n: number, u: number): number {
  return (n * u) / (1 - n * u);
}

/**
 * The surcharge on C, rounded up.
 *
 * @param dimension - d, entries over all trainable weights.
 * @source docs/numerics-summation.md, bounds (5) to (7); Higham 2002, Accuracy and Stability, section 3.1, 4.2.
 */
export function priceRounding(l2ClipNorm: number, dimension: number, gridExponent: number): Surcharge {
  const root = Math.sqrt(dimension);
  const up = 1 + 2 ** -40;
  const grid = 2 ** gridExponent * root * up;
  const runs = 2 * gamma(maxRunRows, u32) * maxRunRows * l2ClipNorm;
  const doubles = 2 * gamma(maxBatchRows, u64) * maxBatchRows * l2ClipNorm;
  const underflow = 4 * maxRunRows * root * smallestNormal;
  const summation = (runs + doubles + underflow) * up;
  const total = (grid + summation) * up;
  return { grid, summation, total, relative: total / l2ClipNorm };
}
