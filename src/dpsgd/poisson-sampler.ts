import type { SamplingProbability } from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";

/** Draws one batch of record indices, ascending. How many come out is private. */
export type Sampler = () => Uint32Array;

/**
 * Poisson sampling: every record enters the batch independently with probability q, whatever the others do.
 *
 * Inclusion compares 64 random bits with floor(q · 2^64), which doubles hold exactly in two halves: the probability that
 * runs is at most the q that is priced and below it by less than 2^-64. No rounding decides who is in.
 *
 * @param rows - how many records there are, ≥ 0.
 * @param probability - q in [0, 1].
 * @param random - 4 bytes per record and draw, 4 more where the first 32 bits tie (once in 2^32).
 */
export function poissonSampler(rows: number, probability: SamplingProbability, random: RandomSource): Sampler {
  const scaled = probability * 2 ** 32;
  const high = Math.floor(scaled);
  const low = Math.floor((scaled - high) * 2 ** 32);
  const words = new Uint32Array(rows);
  const bytes = new Uint8Array(words.buffer);
  const tie = new Uint32Array(1);
  const picked = new Uint32Array(rows);
  return () => {
    random.fill(bytes);
    let count = 0;
    for (let row = 0; row < rows; row++) {
      const word = words[row] ?? 0;
      if (word < high) picked[count++] = row;
      else if (word === high) {
        random.fill(new Uint8Array(tie.buffer));
        if ((tie[0] ?? 0) < low) picked[count++] = row;
      }
    }
    return picked.slice(0, count);
  };
}
