import type { Bounds, Engine } from "./engine.ts";
import type { Composition } from "./mechanism.ts";
import { type LatticeMinimum, descend, minimiseOverOrders, orderExcessAt, orderLattice } from "./order-lattice.ts";
import { deltaFromAbove, epsilonFromRdpUnchecked, logDeltaFromRdp, totalVariationFromRdp } from "./rdp-conversion.ts";

/**
 * The δ' that is left for the rest once the failure probability f is paid, rounded down; ≤ 0 when nothing is left. Who does
 * not fail, with probability 1 − f, runs the rest: δ = f + (1 − f)·δ'.
 *
 * @source Kairouz, Oh, Viswanath 2015, arXiv:1311.0776v4, Thm 3.3: 1 − (1 − f)(1 − δ').
 */
export function deltaAfterFailure(delta: number, failure: number): number {
  if (failure === 0) return delta;
  const rest = delta - failure - 2.3e-16 * delta;
  return rest <= 0 ? rest : (rest / (1 - failure)) * (1 - 5e-16);
}

/** The same from the other side: f + (1 − f)·δ', rounded up. */
export function deltaWithFailure(delta: number, failure: number): number {
  return failure === 0 ? delta : Math.min(1, (failure + (1 - failure) * delta) * (1 + 1e-15));
}

/**
 * Rényi accounting at every order of the lattice: an upper bound for any composition, no lower bound.
 *
 * @source Mironov 2017, arXiv:1702.07476v3 (composition); conversion in `rdp-conversion.ts`.
 */
export function rdpEngine(composition: Composition, rdpAt: (j: number) => number): Engine {
  return {
    name: "rdp",
    epsilonAt: (delta) => {
      const rest = deltaAfterFailure(delta, composition.failure);
      if (rest <= 0) return unbounded("the failure probability of its parts alone reaches delta");
      const found = bestEpsilon(rdpAt, 1, rest);
      return found === undefined ? zero(rdpAt(orderLattice.first)) : describe(found, rdpAt(found.j), found.value);
    },
    deltaAt: (epsilon) => {
      const found = minimiseOverOrders((j) => logDeltaFromRdp(rdpAt(j), orderExcessAt(j), epsilon));
      const rest = Math.min(deltaFromAbove(found.value + 1e-13), totalVariationFromRdp(rdpAt(orderLattice.first)));
      return describe(found, rdpAt(found.j), deltaWithFailure(rest, composition.failure));
    },
  };
}

/**
 * The least ε over the lattice for `steps` times the divergence `rdpAt`, or undefined when δ exceeds the total variation
 * distance, so that ε is 0.
 *
 * @param from - where the last search ended, when the next one is expected nearby.
 */
export function bestEpsilon(
  rdpAt: (j: number) => number,
  steps: number,
  delta: number,
  from?: LatticeMinimum,
): LatticeMinimum | undefined {
  if (delta >= totalVariationFromRdp(steps * rdpAt(orderLattice.first) * (1 + 3e-16))) return undefined;
  const logDelta = Math.log(delta);
  const objective = (j: number): number =>
    epsilonFromRdpUnchecked(steps === 1 ? rdpAt(j) : steps * rdpAt(j) * (1 + 3e-16), orderExcessAt(j), logDelta);
  return from === undefined
    ? minimiseOverOrders(objective)
    : descend(objective, { j: from.j, value: objective(from.j) });
}

function describe(found: LatticeMinimum, rdp: number, upper: number): Bounds {
  const order = 1 + orderExcessAt(found.j);
  return {
    lower: 0,
    upper,
    point: undefined,
    why: `Renyi divergence of order ${order.toPrecision(5)}, converted`,
    facts: { order, rdp },
  };
}

function zero(rdp: number): Bounds {
  const why = "the two distributions are closer than delta in total variation";
  return { lower: 0, upper: 0, point: 0, why, facts: { order: 1 + orderExcessAt(orderLattice.first), rdp } };
}

/** The bound that says nothing. */
export function unbounded(why: string): Bounds {
  return { lower: 0, upper: Infinity, point: undefined, why, facts: {} };
}
