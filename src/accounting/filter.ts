import { PrivacyError, invalidArgument, parseDelta } from "../core/index.ts";
import { type DpEvent, type Neighboring, canonicalJson, validateEvent } from "../events/index.ts";
import type { Adaptive, AdaptiveGuarantee, FilterRuleName } from "./adaptive.ts";
import { compileEvent } from "./compile-event.ts";
import {
  type CountedEvents,
  type ExactTotal,
  addToTotal,
  emptyTotal,
  frozenTotals,
  parseCounts,
  totalFromAbove,
} from "./exact-total.ts";
import { type FilterRule, costOfComposition, epsilonDeltaRule, gdpRule, renyiRule, zcdpRule } from "./filter-rule.ts";
import { parseNeighboring } from "./relation.ts";

/** The budget of a filter. Nothing here has a default but `failureDelta`. */
export interface FilterBudget {
  /** The limit, in nats, > 0 and finite. */
  readonly epsilon: number;
  /** In (0, 1); `failureDelta` of it is set aside. */
  readonly delta: number;
  readonly neighboring: Neighboring;
  /** What the events' own failure probabilities may add up to, in [0, delta); 0 unless stated. */
  readonly failureDelta?: number;
}

/** What a filter has counted. As numbers these are no guarantee: only the limit is. */
export interface FilterCount {
  /** What the sums come to, in nats; at most the limit. */
  readonly epsilon: number;
  /** The failure probabilities so far. */
  readonly failure: number;
  /** The sums themselves, by what they are of. */
  readonly sums: Readonly<Record<string, number>>;
  /** Events reserved and not abandoned. */
  readonly events: number;
}

/** Room for one event, debited before anything is drawn. */
export interface Reservation {
  readonly event: DpEvent;
  /** The count with this event in it, when it was reserved. */
  readonly epsilonAfter: number;
}

/** A filter as plain data. Open reservations count as spent in it, for ever: whether they drew noise is not known. */
export interface FilterSnapshot {
  readonly version: "filter/v1";
  readonly rule: FilterRuleName;
  /** The Rényi order; null for the other rules. */
  readonly order: number | null;
  readonly epsilon: number;
  readonly delta: number;
  readonly failureDelta: number;
  readonly neighboring: Neighboring;
  /** The rule's sums, then the failure probabilities. */
  readonly totals: readonly ExactTotal[];
  readonly events: number;
}

/**
 * Admits adaptively chosen events until the next one would pass the limit. An event is debited by `reserve`, before
 * anything is drawn for it; `begin` says that noise is being drawn, after which it can not be abandoned; `commit` says that
 * it was. An event that is refused leaves the filter as it was, and a smaller one may still fit.
 *
 * Steps may be interleaved as they like. An event that is itself many outputs (a tree, a banded matrix) is one reservation;
 * interleaving its outputs with others rests on concurrent composition.
 *
 * @source Haney et al. 2023, arXiv:2309.05901v2 (concurrent composition with adaptive parameters).
 */
export interface Filter extends Adaptive {
  readonly rule: FilterRuleName;
  readonly epsilon: number;
  readonly spent: FilterCount;
  /** The limit less the count, in nats, ≥ 0. Not additive: what an event adds depends on what is there. */
  readonly remaining: number;
  readonly guarantee: AdaptiveGuarantee;
  /** @throws PrivacyError `invalid_argument`, `unsupported_event`. */
  wouldExceed(event: DpEvent): boolean;
  /** @throws PrivacyError `budget_exceeded` with nothing spent; `invalid_argument`, `unsupported_event`. */
  reserve(event: DpEvent): Reservation;
  /** @throws PrivacyError `invalid_state` unless the reservation is open. */
  begin(reservation: Reservation): void;
  /** @throws PrivacyError `invalid_state` unless the reservation is open or begun. */
  commit(reservation: Reservation): void;
  /** Gives the room back. @throws PrivacyError `invalid_state` unless the reservation is open and not begun. */
  abandon(reservation: Reservation): void;
  /** To be kept on disk after each `reserve` and before its noise is drawn: an older one forgets what was spent since. */
  snapshot(): FilterSnapshot;
}

/**
 * A filter that adds up Rényi divergence at one order fixed now, before any data is touched. Takes everything the
 * accountant has a Rényi bound for, sampled Gaussians among them.
 *
 * @param budget.order - α > 1; the order that is best for the run one has in mind loses least.
 * @throws PrivacyError `invalid_argument`.
 * @guarantee (ε, δ) for all that is drawn under it, with events chosen and stopped by earlier outputs in any way. Failure
 *   probabilities: the outputs on which no event failed have under both neighbors the same factor ∏(1 − δᵢ), which depends
 *   on the path alone, so they add at most the filter's δ less failureDelta; the others have probability ≤ failureDelta.
 * @source Feldman, Zrnic 2021, arXiv:2008.11193v4.
 * @example renyiFilter({ order: 8, epsilon: 2, delta: 1e-5, neighboring: "add-or-remove-one" }).wouldExceed(gaussian(1)) // true
 */
export function renyiFilter(budget: FilterBudget & { readonly order: number }): Filter {
  return openFilter(renyiRule(parseOrder(budget.order, "order")), budget.order, budget);
}

/** The same over ρ of zCDP. @source Whitehouse et al. 2023, arXiv:2203.05481v3 (filter for approximate zCDP). */
export function zcdpFilter(budget: FilterBudget): Filter {
  return openFilter(zcdpRule, null, budget);
}

/** The same over μ² of Gaussian DP; exact for Gaussians. @source Smith, Thakurta 2022, arXiv:2210.17520v1. */
export function gdpFilter(budget: FilterBudget): Filter {
  return openFilter(gdpRule, null, budget);
}

/** The same over ε and ε² of (ε, δ) events. @source Whitehouse et al. 2023, arXiv:2203.05481v3, section 3. */
export function epsilonDeltaFilter(budget: FilterBudget): Filter {
  return openFilter(epsilonDeltaRule, null, budget);
}

/**
 * Goes on where a snapshot ended. The snapshot must be the last one taken: an older one forgets what was spent since.
 *
 * @throws PrivacyError `invalid_argument` for anything that is no snapshot, or whose count is beyond its own limit.
 */
export function restoreFilter(snapshot: FilterSnapshot): Filter {
  const { version, rule: name, order } = snapshot;
  if (version !== "filter/v1") throw invalidArgument("snapshot.version", '"filter/v1"', version);
  const rule = ruleOf(name, order);
  const sums = rule.units.length + 1;
  return openFilter(rule, order, snapshot, parseCounts(snapshot, sums, `${sums} sums that are finite and >= 0`));
}

function parseOrder(order: number | null, argument: string): number {
  if (order !== null && order > 1 && order < Infinity) return order;
  throw invalidArgument(argument, "a finite number > 1", order);
}

function ruleOf(name: FilterRuleName, order: number | null): FilterRule {
  if (name === "renyi") return renyiRule(parseOrder(order, "snapshot.order"));
  const rule = [zcdpRule, gdpRule, epsilonDeltaRule].find((r) => r.name === name);
  if (rule === undefined) throw invalidArgument("snapshot.rule", "the name of a filter rule", name);
  if (order !== null) throw invalidArgument("snapshot.order", `null for the rule ${name}`, order);
  return rule;
}

const caveats: readonly string[] = Object.freeze([
  "The limit is the guarantee; the count below it is not one, because it depends on the outputs.",
  "Everything released about the data must pass this one filter.",
]);

interface OpenReservation {
  readonly cost: readonly number[];
  begun: boolean;
}

function openFilter(rule: FilterRule, order: number | null, budget: FilterBudget, before?: CountedEvents): Filter {
  const { epsilon, neighboring, failureDelta = 0 } = budget;
  const delta = parseDelta(budget.delta);
  if (!(epsilon > 0 && epsilon < Infinity)) throw invalidArgument("epsilon", "a finite number > 0", epsilon);
  parseNeighboring(neighboring);
  if (!(failureDelta >= 0 && failureDelta < delta)) {
    throw invalidArgument("failureDelta", "a number in [0, delta)", failureDelta);
  }
  // a billionth more is set aside, so that stated probabilities that add up to failureDelta fit whatever their rounding
  const setAside = failureDelta * (1 + 1e-9);
  const rest = failureDelta === 0 ? delta : (delta - setAside) * (1 - 4e-16);
  if (!(rest > 0)) throw invalidArgument("failureDelta", "less than delta by a billionth or more", failureDelta);
  const nothing: CountedEvents = { totals: [...rule.units, "failure"].map(() => emptyTotal), events: 0 };
  return Object.freeze(
    new RuleFilter({ rule, order, epsilon, delta, neighboring, failureDelta, setAside, rest }, before ?? nothing),
  );
}

interface CheckedBudget extends Required<FilterBudget> {
  readonly rule: FilterRule;
  readonly order: number | null;
  /** What is kept for failures, and what is left for the conversion. */
  readonly setAside: number;
  readonly rest: number;
}

class RuleFilter implements Filter {
  readonly adaptivity = "adaptive" as const;
  readonly rule: FilterRuleName;
  readonly neighboring: Neighboring;
  readonly epsilon: number;
  readonly delta: number;
  readonly guarantee: AdaptiveGuarantee;
  readonly #budget: CheckedBudget;
  readonly #priced: (event: DpEvent) => Priced;
  readonly #open = new Map<Reservation, OpenReservation>();
  #settled: CountedEvents;

  constructor(budget: CheckedBudget, before: CountedEvents) {
    const { epsilon, delta, neighboring } = budget;
    this.rule = budget.rule.name;
    this.neighboring = neighboring;
    this.epsilon = epsilon;
    this.delta = delta;
    const promise = { rule: this.rule, epsilon, delta, neighboring, caveats };
    this.guarantee = Object.freeze({ version: "adaptive-guarantee/v1", ...promise });
    this.#budget = budget;
    this.#priced = pricing(budget.rule, neighboring);
    this.#settled = before;
    const count = this.#count(before).epsilon;
    if (!(count <= epsilon)) throw invalidArgument("snapshot", `within its own limit of ${epsilon}`, count);
  }

  get spent(): FilterCount {
    const spent = this.#all();
    const { sums, epsilon, failure } = this.#count(spent);
    const named = Object.fromEntries(this.#budget.rule.units.map((unit, i) => [unit, sums[i] ?? 0]));
    return Object.freeze({ epsilon, failure, sums: Object.freeze(named), events: spent.events });
  }

  get remaining(): number {
    return Math.max(0, this.epsilon - this.#count(this.#all()).epsilon);
  }

  wouldExceed(event: DpEvent): boolean {
    return !(this.#count(withCost(this.#all(), this.#priced(event).cost)).epsilon <= this.epsilon);
  }

  reserve(event: DpEvent): Reservation {
    const { checked, cost } = this.#priced(event);
    const now = this.#all();
    const after = this.#count(withCost(now, cost));
    if (!(after.epsilon <= this.epsilon)) throw exceeded(this.#count(now), after, this.#budget);
    const reservation: Reservation = Object.freeze({ event: checked, epsilonAfter: after.epsilon });
    this.#open.set(reservation, { cost, begun: false });
    return reservation;
  }

  begin(reservation: Reservation): void {
    this.#stateOf(reservation).begun = true;
  }

  commit(reservation: Reservation): void {
    this.#settled = withCost(this.#settled, this.#stateOf(reservation).cost);
    this.#open.delete(reservation);
  }

  abandon(reservation: Reservation): void {
    if (this.#stateOf(reservation).begun) {
      throw new PrivacyError("invalid_state", "noise was drawn for this reservation, so it is spent; commit it", {
        object: "Reservation",
        state: "begun",
      });
    }
    this.#open.delete(reservation);
  }

  snapshot(): FilterSnapshot {
    const { totals, events } = this.#all();
    const { epsilon, delta, failureDelta, neighboring, order } = this.#budget;
    return Object.freeze({
      version: "filter/v1",
      rule: this.rule,
      order,
      epsilon,
      delta,
      failureDelta,
      neighboring,
      totals: frozenTotals(totals),
      events,
    });
  }

  /** Everything that was reserved and not abandoned: whether its noise was drawn does not matter. */
  #all(): CountedEvents {
    let spent = this.#settled;
    for (const { cost } of this.#open.values()) spent = withCost(spent, cost);
    return spent;
  }

  #count(spent: CountedEvents): Count {
    const { rule, setAside, rest } = this.#budget;
    const sums = spent.totals.map(totalFromAbove);
    const failure = sums.pop() ?? 0;
    return { epsilon: failure > setAside ? Infinity : rule.epsilonOf(sums, rest), failure, sums };
  }

  #stateOf(reservation: Reservation): OpenReservation {
    const found = this.#open.get(reservation);
    if (found !== undefined) return found;
    throw new PrivacyError("invalid_state", "a reservation of this filter that is still open was wanted", {
      object: "Reservation",
      state: "committed, abandoned or of another filter",
    });
  }
}

/** What the sums of a filter come to. */
interface Count {
  readonly epsilon: number;
  readonly failure: number;
  readonly sums: readonly number[];
}

function withCost(spent: CountedEvents, cost: readonly number[]): CountedEvents {
  return { totals: spent.totals.map((t, i) => addToTotal(t, cost[i] ?? 0)), events: spent.events + 1 };
}

interface Priced {
  readonly checked: DpEvent;
  /** The rule's costs, then the failure probability. */
  readonly cost: readonly number[];
}

/** Prices events, keeping the last one: a filter is asked whether an event fits and then given the same. */
function pricing(rule: FilterRule, neighboring: Neighboring): (event: DpEvent) => Priced {
  let last: { readonly key: string; readonly priced: Priced } | undefined;
  return (event) => {
    const checked = validateEvent(event);
    const key = canonicalJson(checked);
    if (last?.key === key) return last.priced;
    const composition = compileEvent(checked, neighboring);
    const found = costOfComposition(rule, composition);
    if ("refused" in found) {
      const reason = `the ${rule.name} filter takes ${rule.takes}`;
      throw new PrivacyError(
        "unsupported_event",
        `${reason}; "${checked.kind}" comes down to a part of kind "${found.refused}"`,
        { kind: checked.kind, path: "event", reason },
      );
    }
    const priced = { checked, cost: [...found.sums, composition.failure] };
    last = { key, priced };
    return priced;
  };
}

function exceeded(now: Count, after: Count, budget: CheckedBudget): PrivacyError<"budget_exceeded"> {
  const { epsilon, failureDelta, setAside } = budget;
  if (after.failure > setAside) {
    return new PrivacyError(
      "budget_exceeded",
      `the failure probabilities of the events would reach ${after.failure} at a failureDelta of ${failureDelta}; open the filter with a larger failureDelta, or use events that can not fail`,
      { spent: now.failure, requested: after.failure, limit: failureDelta },
    );
  }
  return new PrivacyError(
    "budget_exceeded",
    `the event would take the filter from epsilon ${now.epsilon} to ${after.epsilon} at a limit of ${epsilon}; use more noise or fewer steps`,
    { spent: now.epsilon, requested: after.epsilon, limit: epsilon },
  );
}
