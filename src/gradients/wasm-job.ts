import type { NoiseStep } from "./wasm-noise.ts";
import type { Step } from "./wasm-step.ts";

/** What the threads do together: pass the shards of a batch, finish its sums, add their noise; or those of a plain gradient. */
export interface Job extends Step, NoiseStep {
  readonly kind: "pass" | "finish" | "noise" | "plain-pass" | "plain-fold";
  readonly engine: number;
  readonly version: number;
}

const kinds = ["pass", "finish", "noise", "plain-pass", "plain-fold"] as const;

/** A job as the numbers that threads share. */
export function writeJob({
  kind,
  engine,
  version,
  rows,
  units,
  shards,
  runs,
  gridExponent,
  stddev,
  unit,
}: Job): number[] {
  return [kinds.indexOf(kind), engine, version, rows, units, shards, runs, gridExponent, stddev, unit];
}

export function readJob(numbers: Float64Array): Job {
  const [kind, engine, version, rows, units, shards, runs, gridExponent, stddev, unit] = numbers;
  return { kind: kinds[kind], engine, version, rows, units, shards, runs, gridExponent, stddev, unit };
}
