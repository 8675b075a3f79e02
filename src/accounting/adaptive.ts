import type { DpEvent, Neighboring } from "../events/index.ts";
import { type AccountOptions, type Accountant, account } from "./account.ts";

/**
 * A schedule that was fixed before the first output was seen. Every engine answers for it, the grid included: the
 * outputs may steer nothing but the user's patience.
 */
export interface Scheduled extends Accountant {
  readonly adaptivity: "scheduled";
}

/**
 * Spending whose next event may depend on everything released so far. It has no event that an accountant would take, and
 * no `guarantee` of type `Guarantee`: composing the trade-off curves of what happened to be chosen is not a bound, not
 * even in the limit of exact numbers.
 *
 * @source Rogers, Roth, Ullman, Vadhan 2016, arXiv:1605.08294v2 (filters, odometers); Tran, Koskela, Räisä, Honkela 2026,
 *   arXiv:2602.06756v1 (the natural filter on trade-off curves is invalid).
 */
export interface Adaptive {
  readonly adaptivity: "adaptive";
  readonly neighboring: Neighboring;
  readonly delta: number;
}

/**
 * What a filter promises of everything drawn under it, whatever each event was chosen by and whenever it stops. The
 * promise is the limit: the sum so far is a count.
 */
export interface AdaptiveGuarantee {
  readonly version: "adaptive-guarantee/v1";
  readonly rule: FilterRuleName;
  /** The limit, in nats. */
  readonly epsilon: number;
  readonly delta: number;
  readonly neighboring: Neighboring;
  readonly caveats: readonly string[];
}

export type FilterRuleName = "renyi" | "zcdp" | "gdp" | "epsilon-delta";

/**
 * Declares that `event` is the whole of what will be done, decided before anything was released, and opens an accountant
 * for it.
 *
 * @throws PrivacyError as `account` does.
 * @guarantee That of `account`; it rests on the declaration. Stopping early refunds nothing.
 * @example scheduled(selfComposed(gaussian(4), 10), { neighboring: "add-or-remove-one" }).guarantee({ delta: 1e-5 }).epsilon.upper // 3.3414…
 */
export function scheduled(event: DpEvent, options: AccountOptions): Scheduled {
  return Object.freeze({ adaptivity: "scheduled" as const, ...account(event, options) });
}
