import { compensatedSum } from "../numeric/index.ts";
import type { OutcomePair } from "./outcome-pair.ts";

/**
 * What an event comes down to once the neighboring relation has been applied: mechanisms whose parameters are relative to
 * how far the released value really moves between neighbors. The engines see these and never an event.
 */
export type Mechanism =
  | GaussianMechanism
  | SampledGaussianMechanism
  | LaplaceMechanism
  | PureMechanism
  | RandomizedResponseMechanism
  | BoundedRangeMechanism
  | ConcentratedMechanism
  | PairMechanism
  | SampledCompositionMechanism
  | SelectedMechanism
  | UnboundedMechanism;

/** N(0, 1) against N(1/noiseMultiplier, 1). */
export interface GaussianMechanism {
  readonly kind: "gaussian";
  readonly noiseMultiplier: number;
}
/** (1 − q)·N(0, z²) + q·N(1, z²) against N(0, z²), in both directions. */
export interface SampledGaussianMechanism {
  readonly kind: "sampled-gaussian";
  readonly samplingProbability: number;
  readonly noiseMultiplier: number;
}
/** Laplace noise of scale 1/epsilon, sensitivity 1. */
export interface LaplaceMechanism {
  readonly kind: "laplace";
  readonly epsilon: number;
}
/** Any ε-DP mechanism. */
export interface PureMechanism {
  readonly kind: "pure";
  readonly epsilon: number;
}
/** k answers: the truth is given with probability e^ε times that of each other answer, `lowProbability`. */
export interface RandomizedResponseMechanism {
  readonly kind: "randomized-response";
  readonly epsilon: number;
  readonly lowProbability: number;
}
/** Any ε-bounded-range mechanism. */
export interface BoundedRangeMechanism {
  readonly kind: "bounded-range";
  readonly epsilon: number;
}
/** Rényi divergence of order α at most xi + rho·α for every α > 1. */
export interface ConcentratedMechanism {
  readonly kind: "concentrated";
  readonly xi: number;
  readonly rho: number;
  /** A reflection of the outcomes exchanges the two neighbors' laws, as that of symmetric noise does. */
  readonly isMirrored?: true;
}
/** A mechanism known by a pair that dominates it, in both directions at once. */
export interface PairMechanism {
  readonly kind: "pair";
  readonly pair: OutcomePair;
  /** The mechanism is that pair and not merely dominated by it. */
  readonly isAttained: boolean;
}
/** Everything in `inner` on one sampled batch; known by its Rényi divergences alone. */
export interface SampledCompositionMechanism {
  readonly kind: "sampled-composition";
  readonly samplingProbability: number;
  readonly inner: readonly Spend[];
  /** A reflection of the outcomes exchanges the laws with and without the record. */
  readonly isMirrored: boolean;
  /** No comparison of batches with and without the record is known: whether it was drawn counts as revealed. */
  readonly isRevealed: boolean;
}
/** The best of a random number of runs of `inner`: truncated negative binomial, Poisson where shape is Infinity. */
export interface SelectedMechanism {
  readonly kind: "selected";
  readonly inner: readonly Spend[];
  readonly mean: number;
  readonly shape: number;
}
/** Nothing bounds what it reveals. */
export interface UnboundedMechanism {
  readonly kind: "unbounded";
}

/** `mechanism`, `count` times. */
export interface Spend {
  readonly mechanism: Mechanism;
  readonly count: number;
}

/**
 * A whole event, ready for any engine: with probability `failure`, whatever the data, everything is revealed; else the
 * spends compose (adaptively, in any order). A statement (ε, δ) is such a mixture: Kairouz, Oh, Viswanath 2015,
 * arXiv:1311.0776v4, Thm 3.2 and its proof.
 */
export interface Composition {
  readonly spends: readonly Spend[];
  readonly failure: number;
}

/** The key under which equal mechanisms are counted together: every field, at every depth, in one order. */
export function mechanismKey(m: Mechanism): string {
  return JSON.stringify(m, (_, value: unknown) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/**
 * One list from many: equal mechanisms are counted together, all Gaussians become one (μ² adds), the order of the parts
 * is forgotten, so that order, nesting and repetition of an event can not change its price.
 *
 * @source Dong, Roth, Su 2019, arXiv:1905.02383v3, Cor. 2 (Gaussians compose to the root of the sum of squares).
 */
export function mergeCompositions(parts: readonly Composition[]): Composition {
  const counts = new Map<string, Spend>();
  for (const { mechanism, count } of parts.flatMap((p) => p.spends)) {
    const key = mechanismKey(mechanism);
    counts.set(key, { mechanism, count: (counts.get(key)?.count ?? 0) + count });
  }
  const sorted = [...counts.keys()].toSorted().flatMap((key) => counts.get(key) ?? []);
  return { spends: mergeGaussians(sorted), failure: anyFailure(parts.map((p) => p.failure)) };
}

/** The probability that one of several independent parts fails, from above: 1 − Π(1 − f). */
function anyFailure(failures: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const f of failures) if (f > 0) counts.set(f, (counts.get(f) ?? 0) + 1);
  const [only] = counts;
  if (only === undefined) return 0;
  if (counts.size === 1) return repeatedFailure(...only);
  const logKept = [...counts.keys()].toSorted((a, b) => a - b).map((f) => Math.log1p(-f) * (counts.get(f) ?? 0));
  return Math.min(1, -Math.expm1(compensatedSum(logKept)) * (1 + 2e-15));
}

/** The probability that one of `count` parts fails, each with probability f, from above: 1 − (1 − f)^count. */
export function repeatedFailure(failure: number, count: number): number {
  if (count === 1 || failure === 0) return failure;
  return Math.min(1, -Math.expm1(Math.log1p(-failure) * count) * (1 + 2e-15));
}

function mergeGaussians(spends: readonly Spend[]): Spend[] {
  const squares: number[] = [];
  const others: Spend[] = [];
  let last: Spend | undefined;
  for (const spend of spends) {
    if (spend.mechanism.kind !== "gaussian") others.push(spend);
    else {
      last = spend;
      squares.push(spend.count / spend.mechanism.noiseMultiplier ** 2);
    }
  }
  if (last === undefined) return others;
  if (squares.length === 1 && last.count === 1) return [last, ...others];
  const noiseMultiplier = 1 / Math.sqrt(compensatedSum(squares));
  return [{ mechanism: { kind: "gaussian", noiseMultiplier }, count: 1 }, ...others];
}
