import { isPrivacyError } from "../core/index.ts";
import { type Guarantee, account, epsilonFromRdp, rdpOfEvent } from "../accounting/index.ts";
import { type DpEvent, canonicalJson, selfComposed } from "../events/index.ts";
import type { LedgerBodies } from "./record.ts";
import type { RunState } from "./state.ts";

type Policy = LedgerBodies["policy"];

/** How the spends of a scope were added up. */
export type SpendRule = "nothing-scheduled" | "own-guarantee" | "renyi-filter";

/** An upper bound on what a scope has spent, and what kind of statement it is. */
export interface ScopeGuarantee {
  readonly rule: SpendRule;
  /** Upper bound, nats, rounded up; Infinity where nothing bounds it. */
  readonly epsilon: number;
  readonly delta: number;
  readonly neighboring: Policy["neighboring"];
  readonly unit: Policy["unit"];
  /** The limit, or null. Under the filter this is what holds whatever the later runs were chosen by. */
  readonly epsilonMax: number | null;
  readonly filterOrder: number;
  /** The accountant's whole answer, where the rule is "own-guarantee" and the accountant has one. */
  readonly guarantee: Guarantee | null;
  readonly caveats: readonly string[];
}

/** Whether one more schedule may be written, with the epsilon of the scope before and after. */
export interface Admission {
  readonly fits: boolean;
  readonly before: number;
  readonly after: number;
  readonly advice: string;
}

/**
 * What the runs of one scope add up to.
 *
 * **One run** costs the guarantee of its full schedule, whatever part of it was taken: the schedule was on disk before
 * the first step, so it depends on no output, and stopping early is post-processing of the full run.
 *
 * **Several runs** are gated by a Rényi filter of the one order α that the policy fixed before any data was touched: the
 * parameters of a later run may then depend on earlier outputs in any way. A step costs the Rényi divergence of its
 * event at α; the sum over all steps, converted at δ, must never pass epsilonMax. An open run counts with its full
 * schedule, a closed one with the steps it used or left reserved (a crash leaves them reserved for ever).
 *
 * Why this is sound under epsilonMax. Call a run *touched* once a step of it was reserved; a run that closes untouched
 * read no data and counts nothing. A run admitted while it was alone is of one of two kinds. (a) Its full schedule
 * passes the filter: then at every prefix of every path the counted sum is at least the sum over the steps that drew
 * noise and at most the limit, which is the premise of the theorem. (b) It does not, and passes only by its own tighter
 * guarantee: then no other run is ever admitted beside it, even if it stops early, so that the scope is that one run.
 * Which kind it is was decided before data was touched. Mixing them (refunding the rest of a (b) run) would be unsound,
 * and is refused.
 *
 * @guarantee (epsilonMax, δ) for everything the scope releases, if all access to the data goes through it. The running
 * epsilon of several runs below the limit is a count: as a guarantee it needs runs chosen without looking at outputs.
 * Runs may be interleaved step by step, since every step is a mechanism of its own; an event that is itself interactive
 * over many outputs (a tree, a banded matrix) relies on concurrent composition at a fixed order.
 *
 * @source Feldman, Zrnic 2021, arXiv:2008.11193v4 (the Rényi filter: adaptive parameters at one fixed order); Haney et
 * al. 2023, arXiv:2309.05901v2 (concurrent composition, Rényi divergence of fixed order); Canonne, Kamath, Steinke 2020,
 * arXiv:2004.00010v4, Prop. 12 (conversion, in accounting).
 */
export class SpendCounter {
  readonly #policy: Policy;
  readonly #rdpOfOneStep = new Map<string, number>();
  /** The same by the object: a scope of many runs is added up again for each of them, and writing events out is slow. */
  readonly #rdpOfThisStep = new WeakMap<DpEvent, number>();
  readonly #ownGuarantees = new Map<string, { epsilon: number; guarantee: Guarantee | null }>();

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  /** @throws PrivacyError `unsupported_event` when no accountant bounds an event under the policy's relation. */
  guarantee(runs: readonly RunState[]): ScopeGuarantee {
    const { delta, neighboring, unit, epsilonMax, filterOrder } = this.#policy;
    const common = { delta, neighboring, unit, epsilonMax, filterOrder };
    const counted = runs.filter(mayTouchData);
    const only = counted[0];
    if (only === undefined) {
      return Object.freeze({ ...common, rule: "nothing-scheduled", epsilon: 0, guarantee: null, caveats: [] });
    }
    const caveats = counted.some((run) => run.randomSource === "seeded-test")
      ? ["a run drew its noise from a seed: whoever knows the seed can subtract it"]
      : [];
    if (counted.length === 1) {
      const own = this.#own(only.event, only.scheduled);
      caveats.push(...(own.guarantee?.caveats ?? []));
      return Object.freeze({ ...common, rule: "own-guarantee", ...own, caveats });
    }
    const epsilon = this.#toEpsilon(sumUp(counted.map((run) => this.#cost(run.event, countedSteps(run)))));
    caveats.push(
      epsilonMax === null
        ? "several runs, no limit: epsilon is a guarantee only if no run was chosen, and none stopped, by earlier outputs"
        : `several runs: epsilon is the filter's count; whatever the runs were chosen by, epsilonMax ${epsilonMax} holds`,
    );
    return Object.freeze({ ...common, rule: "renyi-filter", epsilon, guarantee: null, caveats });
  }

  /**
   * Whether `steps` times `event` fits beside `runs`.
   *
   * @throws PrivacyError `unsupported_event` when no accountant bounds the event under the policy's relation.
   */
  admit(runs: readonly RunState[], event: DpEvent, steps: number): Admission {
    const counted = runs.filter(mayTouchData);
    const limit = this.#policy.epsilonMax ?? Infinity;
    const before = this.guarantee(runs).epsilon;
    const own = this.#own(event, steps).epsilon;
    if (counted.length === 0) {
      const fits = this.#policy.epsilonMax === null || own <= limit;
      return { fits, before, after: own, advice: "plan fewer steps or more noise" };
    }
    const parts = counted.map((run) => this.#cost(run.event, countedSteps(run)));
    const after = this.#toEpsilon(sumUp([...parts, this.#cost(event, steps)]));
    if (this.#policy.epsilonMax === null) return { fits: true, before, after, advice: "" };
    if (counted.some((run) => this.#toEpsilon(this.#cost(run.event, run.scheduled)) > limit)) {
      const advice =
        "an earlier run of this scope fits the budget only by the guarantee of its full schedule, so nothing can be " +
        "added to it, even if it stopped early; plan that run smaller, or raise the budget in a new scope";
      return { fits: false, before, after, advice };
    }
    const advice = "plan fewer steps or more noise, or close runs that will take no more steps";
    return { fits: after <= limit, before, after, advice };
  }

  /** The guarantee of a whole schedule by itself; Infinity for events that state that they protect nothing. */
  #own(event: DpEvent, steps: number): { epsilon: number; guarantee: Guarantee | null } {
    const key = `${steps} ${canonicalJson(event)}`;
    const known = this.#ownGuarantees.get(key);
    if (known !== undefined) return known;
    const { delta, neighboring } = this.#policy;
    let own: { epsilon: number; guarantee: Guarantee | null };
    try {
      const guarantee = account(selfComposed(event, steps), { neighboring }).guarantee({ delta });
      own = { epsilon: guarantee.epsilon.upper, guarantee };
    } catch (error) {
      if (!isPrivacyError(error) || error.code !== "unsupported_event" || !protectsNothing(error.details.kind))
        throw error;
      own = { epsilon: Infinity, guarantee: null };
    }
    this.#ownGuarantees.set(key, own);
    return own;
  }

  /** Upper bound of the Rényi divergence of `steps` steps at the policy's order; Infinity where none is known. */
  #cost(event: DpEvent, steps: number): number {
    if (steps === 0) return 0;
    const one = this.#rdpOfThisStep.get(event) ?? this.#rdpByContent(event);
    // only an object that can not change stands for what it holds
    if (Object.isFrozen(event)) this.#rdpOfThisStep.set(event, one);
    return steps * one;
  }

  #rdpByContent(event: DpEvent): number {
    const key = canonicalJson(event);
    const known = this.#rdpOfOneStep.get(key);
    if (known !== undefined) return known;
    const { neighboring, filterOrder: order } = this.#policy;
    const one = rdpOrInfinity(event, { neighboring, order });
    this.#rdpOfOneStep.set(key, one);
    return one;
  }

  #toEpsilon(rho: number): number {
    if (rho === 0) return 0;
    return rho === Infinity ? Infinity : epsilonFromRdp(rho, this.#policy.filterOrder, this.#policy.delta);
  }
}

/** Rényi divergence of one event, or Infinity for an event that has no such bound (it may still have a guarantee). */
export function rdpOrInfinity(event: DpEvent, at: { neighboring: Policy["neighboring"]; order: number }): number {
  try {
    return rdpOfEvent(event, at);
  } catch (error) {
    if (isPrivacyError(error) && error.code === "unsupported_event") return Infinity;
    throw error;
  }
}

/** Steps that the filter counts: all that may have drawn noise and, while the run is open, all that still may. */
export function countedSteps(run: RunState): number {
  return run.open ? run.scheduled : run.used + run.reserved;
}

function mayTouchData(run: RunState): boolean {
  return run.open || run.touched;
}

function protectsNothing(kind: string): boolean {
  return kind === "non-private" || kind === "unsupported";
}

/** Sum of costs ≥ 0, rounded up past the error of n products and n additions (each at most one part in 2^53). */
function sumUp(costs: readonly number[]): number {
  const total = costs.reduce((sum, cost) => sum + cost, 0);
  return total * (1 + (costs.length + 2) * 2 ** -52);
}
