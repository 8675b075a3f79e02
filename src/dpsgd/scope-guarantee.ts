import { type Guarantee, account } from "../accounting/index.ts";
import { invalidArgument } from "../core/index.ts";
import { type DpEvent, composed, noOp, selfComposed } from "../events/index.ts";
import type { Ledger, RunSpend, ScopeSpend } from "../ledger/index.ts";

/**
 * The guarantee of everything a ledger has promised about one scope.
 *
 * One run: that of its whole schedule, at any delta. Several: the ledger's Rényi filter, at the policy's delta only.
 *
 * @throws PrivacyError `invalid_argument` when the scope is unknown, not named among several, or asked at another delta
 * than its filter's.
 */
export function scopeGuarantee(ledger: Ledger, delta: number, scope?: string): Guarantee {
  const spent = ledger.spent(scope ?? onlyScope(ledger));
  // an open run may still take its steps; a closed one that reserved none never touched a record
  const counted = spent.runs.filter((run) => run.open || run.used + run.reserved > 0);
  const { neighboring } = spent.policy;
  const only = counted[0];
  if (only === undefined) return account(noOp(), { neighboring }).guarantee({ delta });
  if (counted.length === 1) return account(wholeSchedule(only), { neighboring }).guarantee({ delta });
  return filterGuarantee(spent, counted, delta);
}

const wholeSchedule = (run: RunSpend): DpEvent => selfComposed(run.event, run.scheduled);

function onlyScope(ledger: Ledger): string {
  const scopes = [...new Set(ledger.records.filter((r) => r.type === "policy").map((r) => r.scope))];
  const [only] = scopes;
  if (only === undefined || scopes.length > 1) {
    throw invalidArgument("scope", "named", "nothing", `the ledger has ${scopes.length} scopes`);
  }
  return only;
}

function filterGuarantee(spent: ScopeSpend, counted: readonly RunSpend[], delta: number): Guarantee {
  const { guarantee, policy } = spent;
  if (delta !== policy.delta) {
    throw invalidArgument(
      "delta",
      `${policy.delta}, that of the scope's filter`,
      delta,
      "several runs share one filter",
    );
  }
  const epsilon = Object.freeze({ lower: 0, upper: guarantee.epsilon, point: guarantee.epsilon });
  const why = `the scope's Rényi filter of order ${policy.filterOrder}, fixed before any data was touched`;
  return Object.freeze({
    version: "guarantee/v1",
    epsilon,
    delta,
    neighboring: policy.neighboring,
    event: composed(...counted.map(wholeSchedule)),
    engine: "renyi-filter",
    certificate: Object.freeze({ engine: "renyi-filter", facts: Object.freeze({ order: policy.filterOrder }) }),
    engines: Object.freeze([Object.freeze({ name: "renyi-filter", epsilon, ms: null, why })]),
    caveats: guarantee.caveats,
  });
}
