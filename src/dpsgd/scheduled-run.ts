import { PrivacyError, invalidArgument } from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import { canonicalJson } from "../events/index.ts";
import type { Ledger, RunSpend } from "../ledger/index.ts";
import type { CheckpointFacts } from "./checkpoint.ts";
import type { PrivacyPlan } from "./privacy-plan.ts";

/**
 * The run of a checkpoint as the ledger holds it. The ledger is what was promised; a checkpoint is a file that anybody may
 * have edited, and it is believed where it agrees.
 *
 * @throws PrivacyError `invalid_argument` when the ledger has no such run, its scope has another policy than the
 * checkpoint says, or noise would come from a weaker source than the schedule names; `invalid_state` when it was ended.
 */
export function scheduledRun(ledger: Ledger, facts: CheckpointFacts, random: RandomSource): RunSpend {
  const { policy, runs } = ledger.spent(facts.scope);
  const run = runs.find((r) => r.runId === facts.runId);
  if (run === undefined) {
    throw invalidArgument("ledger", "the one that holds the checkpoint's run", "a ledger without it");
  }
  for (const field of ["unit", "neighboring", "delta", "epsilonMax"] as const) {
    if (facts.plan[field] !== policy[field]) throw disagrees(field, String(policy[field]), facts.plan[field]);
  }
  if (run.randomSource === "operating-system" && random.kind !== "operating-system") {
    throw disagrees("random", "the operating system's source", "a seeded one");
  }
  if (run.open) return run;
  throw new PrivacyError("invalid_state", "a run to go on with was wanted and the ledger says that it was ended", {
    object: "Run",
    state: "closed",
  });
}

/** @throws PrivacyError `invalid_argument` unless the plan is the schedule: same event, as often. */
export function requireSchedule(plan: PrivacyPlan, run: RunSpend): void {
  if (plan.ledgerCount !== run.scheduled) throw disagrees("steps", String(run.scheduled), plan.ledgerCount);
  if (canonicalJson(plan.ledgerEvent) !== canonicalJson(run.event)) {
    throw disagrees("event", "the scheduled one", "other noise or sampling");
  }
}

function disagrees(field: string, scheduled: string, got: unknown): PrivacyError {
  return invalidArgument(
    `checkpoint.${field}`,
    `${scheduled}, as the ledger holds for this run`,
    got,
    "the checkpoint is of another run or was edited; nothing was spent",
  );
}
