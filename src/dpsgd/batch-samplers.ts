import type { SamplingProbability } from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import { type Sampler, poissonSampler } from "./poisson-sampler.ts";
import { drawIndex, shuffleFront } from "./uniform-index.ts";

/** Poisson sampling cut at `maxBatchSize`: where more were drawn, a uniform subset of them stays. */
export function truncatedPoissonSampler(
  rows: number,
  probability: SamplingProbability,
  maxBatchSize: number,
  random: RandomSource,
): Sampler {
  const draw = poissonSampler(rows, probability, random);
  return () => {
    const batch = draw();
    if (batch.length <= maxBatchSize) return batch;
    shuffleFront(batch, maxBatchSize, random);
    return batch.slice(0, maxBatchSize).toSorted();
  };
}

/** Every batch is a uniform subset of `batchSize` of the rows, whatever the batches before it were. */
export function withoutReplacementSampler(rows: number, batchSize: number, random: RandomSource): Sampler {
  const order = Uint32Array.from({ length: rows }, (_, row) => row);
  return () => {
    shuffleFront(order, batchSize, random);
    return order.slice(0, batchSize).toSorted();
  };
}

/** Epochs of disjoint batches in a new uniform order each; the last batch of an epoch holds what is left. */
export function shuffledSampler(rows: number, batchSize: number, random: RandomSource): Sampler {
  const order = Uint32Array.from({ length: rows }, (_, row) => row);
  let at = rows;
  return () => {
    if (at >= rows) {
      shuffleFront(order, rows, random);
      at = 0;
    }
    const batch = order.slice(at, at + batchSize).toSorted();
    at += batchSize;
    return batch;
  };
}

/**
 * Every row is put into one of `groups` groups, once, uniformly and independently of the others; step t draws from group
 * t mod `groups` alone, every member with `probability`.
 *
 * @source Choquette-Choo, Ganesh, McKenna, McMahan, Rush, Thakurta, Xu 2023, arXiv:2306.08153v2, section 4 (cyclic
 *   sampling).
 */
export function cyclicPoissonSampler(
  rows: number,
  probability: SamplingProbability,
  groups: number,
  random: RandomSource,
): Sampler {
  const members: number[][] = Array.from({ length: groups }, () => []);
  for (let row = 0; row < rows; row++) members[drawIndex(groups, random)]?.push(row);
  const samplers = members.map((own) => poissonSampler(own.length, probability, random));
  let step = 0;
  return () => {
    const group = step++ % groups;
    const own = members[group] ?? [];
    return (samplers[group]?.() ?? new Uint32Array(0)).map((i) => own[i] ?? 0);
  };
}
