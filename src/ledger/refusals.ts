import { PrivacyError, invalidArgument } from "../core/index.ts";
import type { DpEvent } from "../events/index.ts";
import { chooseFilterOrder } from "./filter-order.ts";
import { parseBody } from "./record-schema.ts";
import type { LedgerBodies } from "./record.ts";
import type { Admission } from "./spend.ts";
import type { ScopeState } from "./state.ts";

type Policy = LedgerBodies["policy"];

/** The schedule does not fit; `spent` and `requested` are the scope's epsilon without and with it. */
export function budgetExceeded(scope: ScopeState, admission: Admission): PrivacyError<"budget_exceeded"> {
  const { before, after, advice } = admission;
  const limit = scope.policy.epsilonMax ?? Infinity;
  return new PrivacyError(
    "budget_exceeded",
    `the schedule would take scope ${scope.scope} from epsilon ${before} to ${after} at a limit of ${limit}; ${advice}`,
    { spent: before, requested: after, limit },
  );
}

/** @throws PrivacyError `invalid_argument` naming the first field in which `asked` differs from the scope's policy. */
export function refuseOtherPolicy(
  policy: Policy,
  asked: Pick<Policy, "unit" | "neighboring" | "delta" | "epsilonMax">,
  scope: string,
): void {
  for (const field of ["unit", "neighboring", "delta", "epsilonMax"] as const) {
    if (asked[field] === policy[field]) continue;
    const advice = "a scope's policy never changes; use its values, or charge another scope";
    throw invalidArgument(field, `${policy[field]}, as the policy of scope ${scope} says`, asked[field], advice);
  }
}

/** The filter's order for a scope that is opened for `firstSchedule`. @throws PrivacyError `invalid_argument`. */
export function firstOrder(
  options: { readonly firstSchedule?: { readonly event: DpEvent; readonly steps: number } },
  policy: Policy,
): number {
  if (options.firstSchedule === undefined) {
    throw invalidArgument(
      "firstSchedule",
      "given when a scope is opened for the first time",
      undefined,
      "or give filterOrder",
    );
  }
  const { event, steps } = options.firstSchedule;
  // the schema of a schedule checks both; the other fields are any valid ones
  const runId = "00000000-0000-0000-0000-000000000000";
  const checked = parseBody("schedule", { runId, event, steps, randomSource: "operating-system" });
  return chooseFilterOrder(checked, policy);
}

export function wrongState(object: string, state: string, advice: string): PrivacyError<"invalid_state"> {
  return new PrivacyError("invalid_state", `the ${object.toLowerCase()} is ${state}; ${advice}`, { object, state });
}
