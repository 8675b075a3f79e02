import { invalidArgument } from "../../core/index.ts";
import type { RandomSource } from "../../core/random-source.ts";

/** How numbers become words modulo 2^32 that a sum of `sites` of them can not overflow. */
export interface FixedPoint {
  /** Values are cut off at ±range, > 0. */
  readonly range: number;
  /** How many sites are summed at most. */
  readonly sites: number;
  /** The distance of two neighboring values: a power of two times range. */
  readonly step: number;
  readonly encode: (values: Float64Array | Float32Array, random: RandomSource) => Uint32Array;
  /** Reads a sum of at most `sites` encoded vectors. */
  readonly decode: (sum: Uint32Array) => Float64Array;
}

/**
 * Fixed point on the ring of 32-bit words: values in [−range, range] at a step of range / 2^bits, with 2^bits the largest
 * power for which `sites` encoded values stay below 2^31 in magnitude. Values off the grid are rounded up or down at random so
 * that the expectation is exact; the error of a sum of n is below n steps.
 *
 * What a site sends is not checked by anyone: one that encodes by other rules moves each element of the sum by at most
 * half the ring, sites · range.
 *
 * @param range - in [2^-100, 2^100].
 * @param sites - an integer in [1, 2^20].
 * @throws PrivacyError `invalid_argument` for an option or, from `encode`, an element that is not a number.
 */
export function fixedPoint({ range, sites }: { range: number; sites: number }): FixedPoint {
  // far from where a step would vanish or a sum overflow
  if (!(range >= 2 ** -100 && range <= 2 ** 100)) throw invalidArgument("range", "in [2^-100, 2^100]", range);
  if (!(Number.isInteger(sites) && sites >= 1 && sites <= 2 ** 20)) {
    throw invalidArgument("sites", "an integer in [1, 2^20]", sites);
  }
  // sites · 2^bits ≤ 2^31 − sites leaves room for the upward rounding of every site
  const bits = Math.floor(Math.log2((2 ** 31 - sites) / sites));
  const step = range / 2 ** bits;
  return Object.freeze({
    range,
    sites,
    step,
    encode: (values: Float64Array | Float32Array, random: RandomSource) => encode(values, range, step, random),
    decode: (sum: Uint32Array) =>
      Float64Array.from(new Int32Array(sum.buffer, sum.byteOffset, sum.length), (v) => v * step),
  });
}

function encode(values: Float64Array | Float32Array, range: number, step: number, random: RandomSource): Uint32Array {
  const words = new Uint32Array(values.length);
  const coins = new Uint32Array(values.length);
  random.fill(new Uint8Array(coins.buffer));
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (Number.isNaN(value)) throw invalidArgument("values", "numbers", "NaN");
    const scaled = Math.min(range, Math.max(-range, value)) / step;
    const below = Math.floor(scaled);
    // a coin of 32 bits: up with probability scaled − below, to within 2^-32
    words[i] = below + (coins[i] < (scaled - below) * 2 ** 32 ? 1 : 0);
  }
  return words;
}
