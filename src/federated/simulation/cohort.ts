import type { RandomSource } from "../../core/random-source.ts";

/** `size` of `count` clients, each set equally likely, ascending: Floyd's algorithm with rejection, so no modulus is biased. */
export function drawCohort(count: number, size: number, random: RandomSource): number[] {
  if (size === count) return Array.from({ length: count }, (_, i) => i);
  const chosen = new Set<number>();
  for (let top = count - size; top < count; top++) {
    const drawn = drawBelow(top + 1, random);
    chosen.add(chosen.has(drawn) ? top : drawn);
  }
  return [...chosen].toSorted((a, b) => a - b);
}

/** Uniform in [0, bound), bound ≤ 2^32. */
function drawBelow(bound: number, random: RandomSource): number {
  const word = new Uint32Array(1);
  const limit = 2 ** 32 - (2 ** 32 % bound);
  do random.fill(new Uint8Array(word.buffer));
  while (word[0] >= limit);
  return word[0] % bound;
}
