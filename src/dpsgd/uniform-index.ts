import type { RandomSource } from "../core/random-source.ts";

/**
 * A whole number in [0, bound), every one equally likely.
 *
 * @param bound - in [1, 2^32].
 * @param random - 4 bytes, and 4 more for each draw that is rejected (less than half of them).
 */
export function drawIndex(bound: number, random: RandomSource): number {
  const limit = Math.floor(2 ** 32 / bound) * bound;
  const word = new Uint32Array(1);
  const bytes = new Uint8Array(word.buffer);
  for (;;) {
    random.fill(bytes);
    const value = word[0] ?? 0;
    if (value < limit) return value % bound;
  }
}

/**
 * Moves `count` members of `values`, a uniform subset in uniform order, to its front. In place.
 *
 * @source Durstenfeld 1964, doi:10.1145/364520.364540 (Algorithm 235, stopped early).
 */
export function shuffleFront(values: Uint32Array, count: number, random: RandomSource): void {
  for (let i = 0; i < count; i++) {
    const j = i + drawIndex(values.length - i, random);
    const kept = values[i] ?? 0;
    values[i] = values[j] ?? 0;
    values[j] = kept;
  }
}
