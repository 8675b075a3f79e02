import type { DpEvent, DpEventKind } from "./event.ts";

/** What one field of an event holds, and in which range. */
export type FieldRule =
  | { readonly type: "number"; readonly expected: string; readonly isValid: (value: number) => boolean }
  | { readonly type: "numbers"; readonly expected: string; readonly isValid: (value: number) => boolean }
  | { readonly type: "event" }
  | { readonly type: "events" };

/** The fields of one kind, all of them and no other. */
type FieldsOf<K extends DpEventKind> = {
  readonly [F in Exclude<keyof Extract<DpEvent, { kind: K }>, "kind">]: FieldRule;
};

type NumberRule = Extract<FieldRule, { type: "number" | "numbers" }>;

const number = (expected: string, isValid: (value: number) => boolean): NumberRule => ({
  type: "number",
  expected,
  isValid,
});
const listOf = (rule: NumberRule): NumberRule => ({ ...rule, type: "numbers" });

const nonNegative = number("a number >= 0, or Infinity", (v) => v >= 0);
const finiteNonNegative = number("a finite number >= 0", (v) => v >= 0 && v < Infinity);
const probability = number("a probability in [0, 1]", (v) => v >= 0 && v <= 1);
const count = number("a whole number >= 0", (v) => Number.isSafeInteger(v) && v >= 0);
const positiveCount = number("a whole number >= 1", (v) => Number.isSafeInteger(v) && v >= 1);
const event: FieldRule = { type: "event" };

/**
 * The one table of what every kind holds: builders, validation, JSON and the bridge to dp_accounting all read it, so
 * none can know a field that another does not. A new kind must be added here or nothing compiles.
 */
export const fieldsOf: { readonly [K in DpEventKind]: FieldsOf<K> } = {
  "no-op": {},
  "non-private": {},
  unsupported: {},
  gaussian: { noiseMultiplier: finiteNonNegative },
  laplace: { noiseMultiplier: finiteNonNegative },
  "discrete-gaussian": { noiseMultiplier: finiteNonNegative, sensitivity: count },
  "discrete-laplace": { noiseParameter: finiteNonNegative, sensitivity: count },
  zcdp: { rho: nonNegative, xi: nonNegative },
  "epsilon-delta": { epsilon: nonNegative, delta: probability },
  "randomized-response": { noiseParameter: probability, numBuckets: positiveCount },
  "exponential-mechanism": { epsilon: nonNegative },
  "poisson-sampled": { samplingProbability: probability, event },
  "sampled-with-replacement": { sourceDatasetSize: positiveCount, sampleSize: count, event },
  "sampled-without-replacement": { sourceDatasetSize: positiveCount, sampleSize: count, event },
  "truncated-subsampled-gaussian": {
    datasetSize: positiveCount,
    samplingProbability: probability,
    truncatedBatchSize: count,
    noiseMultiplier: finiteNonNegative,
  },
  "mixture-of-gaussians": {
    standardDeviation: finiteNonNegative,
    sensitivities: listOf(finiteNonNegative),
    samplingProbs: listOf(probability),
  },
  "single-epoch-tree-aggregation": { noiseMultiplier: finiteNonNegative, stepCounts: listOf(count) },
  "repeat-and-select": { event, mean: number("a finite number > 0", (v) => v > 0 && v < Infinity), shape: nonNegative },
  "self-composed": { event, count },
  composed: { events: { type: "events" } },
  shuffled: { batches: positiveCount, event },
  "banded-matrix": {
    bands: positiveCount,
    steps: count,
    samplingProbability: probability,
    noiseMultiplier: finiteNonNegative,
  },
  "discrete-gaussian-sum": {
    summands: positiveCount,
    stddev: finiteNonNegative,
    l1Sensitivity: finiteNonNegative,
    l2Sensitivity: finiteNonNegative,
    dimension: positiveCount,
  },
};

/** The rules of one kind by field name, in the order in which the fields are declared. */
export function rulesOf(kind: DpEventKind): readonly (readonly [string, FieldRule])[] {
  return Object.entries(fieldsOf[kind] as Readonly<Record<string, FieldRule>>);
}

/** True of the name of a kind and of nothing else, inherited names included. */
export function isKind(value: unknown): value is DpEventKind {
  return typeof value === "string" && Object.hasOwn(fieldsOf, value);
}

/** Every kind there is. */
export function allKinds(): readonly DpEventKind[] {
  return Object.keys(fieldsOf).filter(isKind);
}
