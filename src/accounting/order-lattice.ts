import { PrivacyError } from "../core/index.ts";

/**
 * Searches the Rényi orders α = 1 + exp(j/16384), j whole. Every order gives a valid bound, so the search decides how
 * tight the answer is and never whether it is sound. Between neighbors α − 1 differs by 0.006 %: the best lattice point is
 * within about 1e-6 of the optimum over all real orders, and an order met once can be kept for every later question
 * about the same event.
 */
export const orderLattice: { readonly perUnit: number; readonly first: number; readonly last: number } = {
  perUnit: 16_384,
  // α − 1 from 1e-9 to 1e8
  first: -339_520,
  last: 301_808,
};

/** α − 1 at lattice point j. */
export function orderExcessAt(j: number): number {
  return Math.exp(j / orderLattice.perUnit);
}

/** The best lattice point and the objective there. */
export interface LatticeMinimum {
  readonly j: number;
  readonly value: number;
}

/** Keeps the Rényi divergence of an event at every lattice point that was asked for. */
export function cachedByOrder(rdp: (order: number) => number): (j: number) => number {
  const known = new Map<number, number>();
  return (j) => {
    const found = known.get(j);
    if (found !== undefined) return found;
    const value = rdp(1 + orderExcessAt(j));
    if (!(value >= 0)) {
      const order = 1 + orderExcessAt(j);
      throw new PrivacyError("numerical_failure", `a divergence >= 0 was wanted at order ${order} and it is ${value}`, {
        routine: "cachedByOrder",
        reason: "not a divergence",
      });
    }
    known.set(j, value);
    return value;
  };
}

/**
 * The lattice point that minimises `objective`: a scan at every unit of log(α − 1), then sections by the golden ratio,
 * then single steps to a local minimum. In practice the objective has one valley.
 */
export function minimiseOverOrders(objective: (j: number) => number): LatticeMinimum {
  const { perUnit, first, last } = orderLattice;
  let best = { j: first, value: objective(first) };
  const at = (j: number): number => {
    const value = objective(j);
    if (value < best.value) best = { j, value };
    return value;
  };
  for (let j = first + perUnit; j <= last; j += perUnit) {
    // beyond the valley the divergence only grows, and costs more to compute
    if (at(j) === Infinity && best.value < Infinity) break;
  }
  let [lo, hi] = [Math.max(first, best.j - perUnit), Math.min(last, best.j + perUnit)];
  while (hi - lo > 4) {
    const c = hi - Math.round((hi - lo) * 0.618);
    const d = Math.max(c + 1, lo + Math.round((hi - lo) * 0.618));
    if (at(c) < at(d)) hi = d;
    else lo = c;
  }
  return descend(objective, best);
}

/** Walks from `start`, in strides that shrink, to a lattice point that is no worse than either neighbor. */
export function descend(objective: (j: number) => number, start: LatticeMinimum): LatticeMinimum {
  let best = start;
  for (const stride of [256, 16, 1]) {
    for (const direction of [stride, -stride]) {
      for (;;) {
        const j = best.j + direction;
        if (j < orderLattice.first || j > orderLattice.last) break;
        const value = objective(j);
        if (!(value < best.value)) break;
        best = { j, value };
      }
    }
  }
  return best;
}
