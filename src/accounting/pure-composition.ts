import { bracketRoot } from "../numeric/index.ts";

/** `count` mechanisms, each ε-DP. */
export interface PurePart {
  readonly epsilon: number;
  readonly count: number;
}

/** What pure mechanisms come to together, optimally. */
export interface PureComposition {
  /** δ at ε ≥ 0, from above. */
  readonly deltaAt: (epsilon: number) => number;
  /** The least ε at δ in (0, 1), from above. */
  readonly epsilonAt: (delta: number) => number;
}

/** More outcomes than this are left to the grid: one answer costs a pass over all of them. */
const mostOutcomes = 1024;

/** The laws of a sum of losses: mass under P, loss log(P/Q). */
interface Outcome {
  readonly mass: number;
  readonly loss: number;
}

/**
 * The optimal composition of pure mechanisms: ε-randomised response is the worst ε-DP mechanism, alone and composed, so that
 * the sum of its losses, ±ε each, says all:
 *
 *   δ(ε) = Σ over outcomes of P·(1 − exp(ε − loss))₊
 *
 * @returns undefined when the parts have more than 1024 outcomes together.
 * @guarantee Upper bound for every composition of mechanisms that are as private as stated; no smaller one holds for all.
 * @numerics Masses by ratios from the mode, relative error below 4·2⁻⁵³ a part, added; 1e-300 is added for what underflows.
 * @source Kairouz, Oh, Viswanath 2015, arXiv:1311.0776v4, Thm 3.3; unequal parts: Murtagh, Vadhan 2016,
 *   arXiv:1507.03113v3, Thm 1.5.
 */
export function composePure(parts: readonly PurePart[]): PureComposition | undefined {
  let size = 1;
  for (const { count } of parts) size *= count + 1;
  if (size > mostOutcomes) return undefined;
  let outcomes: readonly Outcome[] = [{ mass: 1, loss: 0 }];
  let steps = 0;
  for (const { epsilon, count } of parts) {
    steps += count;
    const law = binomialLaw(epsilon, count);
    outcomes = outcomes.flatMap((a) => law.map((b) => ({ mass: a.mass * b.mass, loss: a.loss + b.loss })));
  }
  const error = (8 * steps + size + 16) * 2.3e-16;
  const raised = outcomes.map(({ mass, loss }) => ({ mass, loss: loss * (1 + (parts.length + 1) * 2.3e-16) }));
  const sorted = raised.filter((o) => o.loss > 0).toSorted((a, b) => b.loss - a.loss);
  const deltaAt = (epsilon: number): number => {
    let sum = 0;
    for (const { mass, loss } of sorted) {
      if (loss <= epsilon) break;
      sum -= mass * Math.expm1(epsilon - loss);
    }
    return sum === 0 ? 0 : Math.min(1, sum * (1 + error) + 1e-300);
  };
  return { deltaAt, epsilonAt: (delta) => leastEpsilon(sorted, deltaAt, delta) };
}

/** The number of truths among `count` answers, each with probability 1/(1 + e^−ε); its loss is (2k − count)·ε. */
function binomialLaw(epsilon: number, count: number): readonly Outcome[] {
  const mass = new Float64Array(count + 1);
  const mode = Math.min(count, Math.floor((count + 1) / (1 + Math.exp(-epsilon))));
  mass[mode] = 1;
  // upward only where ε < log(count) or so, hence no overflow
  for (let k = mode; k < count; k++) mass[k + 1] = mass[k] * ((count - k) / (k + 1)) * Math.exp(epsilon);
  for (let k = mode; k > 0; k--) mass[k - 1] = mass[k] * (k / (count - k + 1)) * Math.exp(-epsilon);
  const total = mass.reduce((sum, m) => sum + m, 0);
  return Array.from(mass, (m, k) => ({ mass: m / total, loss: (2 * k - count) * epsilon }));
}

/** Halves the list of losses, between two of which δ is smooth in ε, then solves. */
function leastEpsilon(sorted: readonly Outcome[], deltaAt: (epsilon: number) => number, delta: number): number {
  if (deltaAt(0) <= delta) return 0;
  // δ(lossAt(lo)) ≤ delta < δ(lossAt(hi)); the last place is ε = 0
  const lossAt = (i: number): number => sorted[i]?.loss ?? 0;
  let [lo, hi] = [0, sorted.length];
  while (hi - lo > 1) {
    const middle = (lo + hi) >> 1;
    if (deltaAt(lossAt(middle)) <= delta) lo = middle;
    else hi = middle;
  }
  if (lossAt(hi) === lossAt(lo)) return lossAt(lo);
  const f = (epsilon: number): number => deltaAt(epsilon) - delta;
  return bracketRoot({ f, lo: lossAt(hi), hi: lossAt(lo), safe: "hi", relativeTolerance: 1e-13 }).value;
}
