import type { RandomSource } from "../core/random-source.ts";
import type { Numbers } from "./messages.ts";
import type { ModelFile } from "./model-file.ts";
import type { RoundAggregation } from "./round-aggregation.ts";
import type { RoundRecord } from "./round-record.ts";
import type { RoundPlan } from "./round.ts";
import type { RunStore } from "./run-store.ts";
import type { SiteFloor } from "./site-floor.ts";
import type { Strategy } from "./strategy.ts";

/** What a coordinator plays. */
export interface CoordinatorOptions {
  readonly strategy: Strategy;
  readonly rounds: number;
  /** round is filled in. */
  readonly plan: Omit<RoundPlan, "round">;
  /** Evaluate on public data after every so many rounds; 0: never. */
  readonly evaluateEvery: number;
  readonly config: Numbers;
  /** No model or update may be larger. */
  readonly maxModelBytes: number;
  /** No more sites may be connected at once. */
  readonly maxSites: number;
  /** Draws the cohort where not all are asked. */
  readonly random: RandomSource;
  /** How updates become the next model, made for this run's files and sites. */
  readonly aggregate: (store: RunStore, floor: SiteFloor) => RoundAggregation;
  /** After a crash it may be told of the same round a second time. */
  readonly onRound: (record: RoundRecord, model: ModelFile) => void | Promise<void>;
  /** Monotonic, ms. */
  readonly nowMs: () => number;
}
