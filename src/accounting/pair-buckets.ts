import { type BoundedPair, boundedBuckets, boundedRange } from "./bounded-buckets.ts";
import { type BucketGrid, type LossBuckets, type SampledPair, bucketCount, lossBuckets } from "./loss-buckets.ts";
import type { Mechanism } from "./mechanism.ts";
import { outcomeBucketCount, outcomeBuckets } from "./outcome-buckets.ts";
import type { OutcomePair } from "./outcome-pair.ts";

/** A pair of distributions that dominates a mechanism, in a form the grid can cut into buckets. */
export type LossPair = SampledPair | BoundedPair | { readonly shape: "outcomes"; readonly outcomes: OutcomePair };

/** The pair of a mechanism, and whether the mechanism is that pair or merely dominated by it. */
export function pairOf(m: Mechanism): { readonly pair: LossPair; readonly isAttained: boolean } | undefined {
  switch (m.kind) {
    case "gaussian":
      return { pair: { samplingProbability: 1, noiseMultiplier: m.noiseMultiplier }, isAttained: true };
    case "sampled-gaussian":
      return { pair: m, isAttained: true };
    case "laplace":
      return { pair: { shape: "laplace", epsilon: m.epsilon, lowProbability: 0 }, isAttained: true };
    case "pure":
      // randomised response is the worst ε-DP mechanism; one that is only known to be ε-DP may be as bad
      return { pair: atoms(m.epsilon, 1 / (1 + Math.exp(m.epsilon))), isAttained: false };
    case "randomized-response":
      return { pair: atoms(m.epsilon, m.lowProbability), isAttained: true };
    case "bounded-range":
      return { pair: outcomes({ shape: "bounded-range", epsilon: m.epsilon }), isAttained: false };
    case "pair":
      return { pair: outcomes(m.pair), isAttained: m.isAttained };
    case "concentrated":
    case "sampled-composition":
    case "selected":
    case "unbounded":
      return undefined;
  }
}

function atoms(epsilon: number, lowProbability: number): BoundedPair {
  return { shape: "atoms", epsilon, lowProbability };
}

function outcomes(pair: OutcomePair): LossPair {
  return { shape: "outcomes", outcomes: pair };
}

export function bucketsOf(pair: LossPair, grid: BucketGrid): LossBuckets {
  if ("outcomes" in pair) return outcomeBuckets(pair.outcomes, grid);
  return "shape" in pair ? boundedBuckets(pair, grid) : lossBuckets(pair, grid);
}

/** How many buckets a grid needs. */
export function countOf(pair: LossPair, mesh: number, reach: number): number {
  if ("outcomes" in pair) return outcomeBucketCount(pair.outcomes, mesh, reach);
  if (!("shape" in pair)) return bucketCount(pair, mesh, reach);
  const { first, last } = boundedRange(pair, mesh);
  return last - first + 1;
}
