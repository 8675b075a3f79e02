import type { DpEvent } from "../events/index.ts";
import type { LedgerBodies } from "./record.ts";
import type { ScopeGuarantee, SpendCounter } from "./spend.ts";
import { stepsLeft } from "./state.ts";
import type { RunState, ScopeState } from "./state.ts";

/** One run's part: whole numbers of steps, used + reserved + left = scheduled while the run is open. */
export interface RunSpend {
  readonly runId: string;
  readonly event: DpEvent;
  readonly randomSource: LedgerBodies["schedule"]["randomSource"];
  readonly scheduled: number;
  /** In reservations that are not committed, those of crashed processes included: spent. */
  readonly reserved: number;
  /** Committed as having drawn noise. */
  readonly used: number;
  /** What can still be reserved. */
  readonly left: number;
  readonly open: boolean;
}

/** What a scope has spent. */
export interface ScopeSpend {
  readonly scope: string;
  readonly policy: LedgerBodies["policy"];
  readonly guarantee: ScopeGuarantee;
  readonly runs: readonly RunSpend[];
}

/** @throws PrivacyError `unsupported_event` when no accountant bounds an event of the scope. */
export function scopeSpend(scope: ScopeState, runs: readonly RunState[], counter: SpendCounter): ScopeSpend {
  const parts = runs.map((run): RunSpend => {
    const { runId, event, randomSource, scheduled, reserved, used, open } = run;
    return Object.freeze({ runId, event, randomSource, scheduled, reserved, used, left: stepsLeft(run), open });
  });
  const guarantee = counter.guarantee(runs);
  return Object.freeze({ scope: scope.scope, policy: scope.policy, guarantee, runs: Object.freeze(parts) });
}
