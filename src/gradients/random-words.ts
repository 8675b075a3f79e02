import type { RandomSource } from "../core/random-source.ts";

/** `count` uniform 32-bit words: 4 · count bytes of `random`. */
export function drawWords(random: RandomSource, count: number): Uint32Array {
  const bytes = new Uint8Array(4 * count);
  // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- a RandomSource, not an array
  random.fill(bytes);
  return new Uint32Array(bytes.buffer);
}
