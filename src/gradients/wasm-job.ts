import type { Step } from "./wasm-step.ts";

/** What the threads do together: pass the shards of a batch, or finish its sums. */
export interface Job extends Step {
  readonly kind: "pass" | "finish";
  readonly engine: number;
  readonly version: number;
}

const kinds = ["pass", "finish"] as const;

/** A job as the numbers that threads share. */
export function writeJob({ kind, engine, version, rows, units, shards, runs, gridExponent }: Job): number[] {
  return [kinds.indexOf(kind), engine, version, rows, units, shards, runs, gridExponent];
}

export function readJob(numbers: Float64Array): Job {
  const [kind, engine, version, rows, units, shards, runs, gridExponent] = numbers;
  return { kind: kinds[kind], engine, version, rows, units, shards, runs, gridExponent };
}
