import { approximateQuantile, roundExactly } from "./exact-rounding.ts";
import type { Keystream } from "./keystream.ts";
import { BINADES, type QuantileTable, STRIDE } from "./quantile-table.ts";
import { rationalFromDouble } from "./rational.ts";

/** Sums of noise and value are whole numbers below 2^52 in size: far from where doubles skip one. */
export const LARGEST_VALUE: number = 2 ** 52;
/** At this σ the noise alone stays below 2^52 unless |N| > 64. */
export const LARGEST_STDDEV: number = 2 ** 46;
/** Every `QuantileTable.errors[e] + 2^-53 x` is below this: the one constant of the fast loop. */
export const COARSE_ERROR: number = 2 ** -44;

/** A draw that the fast loop leaves open. */
export interface OpenDraw {
  /** The 31 high bits of the tail probability p, and the 32 low ones: p ≥ (tail · 2^32 + low) · 2^-64. */
  readonly tail: number;
  readonly low: number;
  readonly e: number;
  /** The candidate for the quantile, if e < BINADES. */
  readonly x: number;
}

/**
 * The draw at two words, with its sign; for those that are left open, though it is right for any.
 *
 * @param high - as a signed whole number of 32 bits.
 * @param stream - more bits, where 64 do not decide.
 */
export function resolveDraw(
  low: number,
  high: number,
  table: QuantileTable,
  stddev: number,
  stream: Keystream,
): number {
  const tail = high & 0x7fffffff;
  const e = Math.clz32(tail) - 1;
  const x = e < BINADES ? evaluate(table, tail, e, high, low) : 0;
  return ((high >> 31) | 1) * resolve(stream, table, { tail, low, e, x }, stddev);
}

function evaluate({ coefficients: c }: QuantileTable, tail: number, e: number, high: number, low: number): number {
  const s = ((tail >>> (24 - e)) - 64 + (e << 6)) * STRIDE;
  const d = (((high << (8 + e)) ^ 0x80000000) >> (8 + e)) * 4294967296 + low;
  return c[s] + d * (c[s + 1] + d * (c[s + 2] + d * (c[s + 3] + d * (c[s + 4] + d * (c[s + 5] + d * c[s + 6])))));
}

/** Decides with the bound of the draw's own binade, or else exactly. */
export function resolve(stream: Keystream, table: QuantileTable, draw: OpenDraw, stddev: number): number {
  const { tail, low, e, x } = draw;
  const bits = { value: (BigInt(tail) << 32n) | BigInt(low), length: 64 };
  const quantile = e < BINADES ? x : approximateQuantile(bits, stream);
  const scaled = stddev * quantile;
  const k = Math.max(0, Math.floor(scaled + 0.5));
  if (e < BINADES) {
    // the product is rounded once more; 1.01 covers the rounding of this line; both differences are exact (Sterbenz)
    const error = 1.01 * (stddev * table.errors[e] + 2 ** -53 * Math.abs(scaled));
    if (0.5 - Math.abs(scaled - k) > error) return k;
  }
  return roundExactly(bits, rationalFromDouble(stddev), k, stream);
}
