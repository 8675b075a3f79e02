import {
  type SamplingProbability,
  invalidArgument,
  parsePositiveInteger,
  parseSamplingProbability,
} from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import {
  cyclicPoissonSampler,
  withoutReplacementSampler,
  shuffledSampler,
  truncatedPoissonSampler,
} from "./batch-samplers.ts";
import { type Sampler, poissonSampler } from "./poisson-sampler.ts";

/**
 * How a step's batch is drawn. `expectedBatchSize` is what the sum is divided by, whatever came.
 *
 * - `poisson`: every record with probability expectedBatchSize / datasetSize, by itself.
 * - `truncated-poisson`: the same, cut uniformly at `maxBatchSize`.
 * - `cyclic-poisson`: each record in one of `groups` groups; the steps take turns. For correlated noise.
 * - `fixed-size`: a uniform subset of exactly expectedBatchSize records.
 * - `shuffled`: epochs of disjoint batches, priced without amplification.
 */
export type Sampling =
  | { readonly kind: "poisson"; readonly expectedBatchSize: number }
  | { readonly kind: "truncated-poisson"; readonly expectedBatchSize: number; readonly maxBatchSize: number }
  | { readonly kind: "cyclic-poisson"; readonly expectedBatchSize: number; readonly groups: number }
  | { readonly kind: "without-replacement"; readonly expectedBatchSize: number }
  | { readonly kind: "shuffled"; readonly expectedBatchSize: number };

/** @throws PrivacyError `invalid_argument`, naming the field; `balls-in-bins` by name, since nothing here prices it. */
export function parseSampling(sampling: Sampling, datasetSize: number): Sampling {
  switch (sampling?.kind) {
    case "poisson":
      return Object.freeze({ kind: sampling.kind, expectedBatchSize: parseExpected(sampling, datasetSize) });
    case "truncated-poisson": {
      const expectedBatchSize = parseExpected(sampling, datasetSize);
      const maxBatchSize = parsePositiveInteger(sampling.maxBatchSize, "sampling.maxBatchSize");
      if (maxBatchSize >= expectedBatchSize)
        return Object.freeze({ kind: sampling.kind, expectedBatchSize, maxBatchSize });
      throw invalidArgument("sampling.maxBatchSize", `at least expectedBatchSize (${expectedBatchSize})`, maxBatchSize);
    }
    case "cyclic-poisson": {
      const expectedBatchSize = parseExpected(sampling, datasetSize);
      const groups = parsePositiveInteger(sampling.groups, "sampling.groups");
      if (expectedBatchSize * groups <= datasetSize) {
        return Object.freeze({ kind: sampling.kind, expectedBatchSize, groups });
      }
      const most = `at most datasetSize / expectedBatchSize (${Math.floor(datasetSize / expectedBatchSize)})`;
      throw invalidArgument("sampling.groups", most, groups, "a group holds datasetSize / groups records on average");
    }
    case "without-replacement":
    case "shuffled": {
      const expectedBatchSize = parsePositiveInteger(parseExpected(sampling, datasetSize), "expectedBatchSize");
      return Object.freeze({ kind: sampling.kind, expectedBatchSize });
    }
  }
  const kind: unknown = (sampling as { kind?: unknown } | undefined)?.kind;
  const known = '"poisson", "truncated-poisson", "cyclic-poisson", "without-replacement" or "shuffled"';
  const advice = kind === "balls-in-bins" ? "no accountant here has a certified price for balls in bins" : "";
  throw invalidArgument("sampling.kind", known, kind, advice);
}

function parseExpected({ expectedBatchSize: size }: Sampling, datasetSize: number): number {
  if (typeof size === "number" && size > 0 && size <= datasetSize) return size;
  throw invalidArgument(
    "expectedBatchSize",
    typeof size === "number" && size > datasetSize
      ? `at most datasetSize (${size} > ${datasetSize})`
      : `a number > 0 and at most datasetSize (${datasetSize})`,
    size,
    "no record can be in a batch with probability above 1; nothing was spent",
  );
}

/** The probability that one record is in one batch; within its own group where there are groups. */
export function probabilityOf(sampling: Sampling, datasetSize: number): SamplingProbability {
  const groups = sampling.kind === "cyclic-poisson" ? sampling.groups : 1;
  return parseSamplingProbability((sampling.expectedBatchSize * groups) / datasetSize);
}

/** Whether the scheme is one of a data set of exactly the declared size. */
export function isOfKnownSize(sampling: Sampling): boolean {
  return sampling.kind !== "poisson" && sampling.kind !== "cyclic-poisson";
}

/**
 * The sampler of a law over `rows` records (or users).
 *
 * @throws PrivacyError `invalid_argument` when the law is one of exactly `datasetSize` records and there are others.
 */
export function createSampler(sampling: Sampling, datasetSize: number, rows: number, random: RandomSource): Sampler {
  if (isOfKnownSize(sampling) && rows !== datasetSize) {
    const advice = `"${sampling.kind}" is priced for a data set of known size; declare it, or sample by "poisson"`;
    throw invalidArgument("datasetSize", "the number of records that there are", datasetSize, advice);
  }
  const probability = probabilityOf(sampling, datasetSize);
  switch (sampling.kind) {
    case "poisson":
      return poissonSampler(rows, probability, random);
    case "truncated-poisson":
      return truncatedPoissonSampler(rows, probability, sampling.maxBatchSize, random);
    case "cyclic-poisson":
      return cyclicPoissonSampler(rows, probability, sampling.groups, random);
    case "without-replacement":
      return withoutReplacementSampler(rows, sampling.expectedBatchSize, random);
    case "shuffled":
      return shuffledSampler(rows, sampling.expectedBatchSize, random);
  }
}
