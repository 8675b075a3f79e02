import { epsilonFromRdp } from "../accounting/index.ts";
import type { DpEvent, Neighboring } from "../events/index.ts";
import { rdpOrInfinity } from "./spend.ts";

/** Orders α with α − 1 from 0.1 to 1,000 in steps of an eighth of an octave or less, cut to four digits. */
const orders: readonly number[] = Array.from({ length: 108 }, (_, i) =>
  Number((1 + 0.1 * 2 ** (i / 8)).toPrecision(4)),
);

/**
 * Without a limit the order is chosen for this many schedules like the first: the filter only counts from the second run
 * on, and for Gaussians the order that is best for four loses less than a tenth at two and at eight.
 */
const expectedRuns = 4;

/** Used when the first event has no Rényi bound at any order: some order has to be written down. */
const fallbackOrder = 8;

/**
 * The order of a scope's Rényi filter: the one at which the most copies of the first event fit the budget, or, without a
 * limit, the one that prices four schedules like the first lowest. Any order is sound as long as it is fixed before data is
 * touched; this one only loses little.
 *
 * @param schedule - what the scope is opened for: `steps` ≥ 1 times `event`.
 * @param epsilonMax - nats, or null for no limit.
 * @returns α > 1.
 */
export function chooseFilterOrder(
  schedule: { readonly event: DpEvent; readonly steps: number },
  policy: { readonly neighboring: Neighboring; readonly delta: number; readonly epsilonMax: number | null },
): number {
  let best = { order: fallbackOrder, badness: Infinity };
  for (const order of orders) {
    const one = rdpOrInfinity(schedule.event, { neighboring: policy.neighboring, order });
    if (one === Infinity) continue;
    const badness =
      policy.epsilonMax === null ? price(expectedRuns * one * schedule.steps, order, policy.delta) : share(one, order);
    if (badness < best.badness) best = { order, badness };
  }
  return best.order;

  function share(one: number, order: number): number {
    const room = largestRdp(policy.epsilonMax ?? Infinity, order, policy.delta);
    return room > 0 ? one / room : Infinity;
  }
}

function price(rho: number, order: number, delta: number): number {
  return rho === 0 ? 0 : epsilonFromRdp(rho, order, delta);
}

/** The largest ρ that converts to at most epsilonMax, from below; 0 if none does. The conversion grows with ρ. */
function largestRdp(epsilonMax: number, order: number, delta: number): number {
  let [low, high] = [0, 1];
  while (high < 2 ** 100 && epsilonFromRdp(high, order, delta) <= epsilonMax) high *= 2;
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (epsilonFromRdp(middle, order, delta) <= epsilonMax) low = middle;
    else high = middle;
  }
  return low;
}
