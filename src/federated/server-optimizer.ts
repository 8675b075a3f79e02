import type { Rule } from "./strategy.ts";

/** The rules that keep a state from round to round. */
export type OptimizerRule = Rule & { readonly kind: "fed-avg-m" | "fed-adam" | "fed-yogi" | "fed-adagrad" };

/** True for rules whose step is made by an optimizer at the coordinator. */
export function hasOptimizer(rule: Rule): rule is OptimizerRule {
  return /^fed-(avg-m|adam|yogi|adagrad)$/.test(rule.kind);
}

/** Moments of a run of coordinates, in binary64; `second` is unused by fed-avg-m. */
export interface Moments {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** How many moments a rule keeps for each coordinate. */
export function momentsOf(rule: OptimizerRule): 1 | 2 {
  return rule.kind === "fed-avg-m" ? 1 : 2;
}

/** Before the first round: m = 0, v = τ². */
export function firstMoments(rule: OptimizerRule, { first, second }: Moments): void {
  first.fill(0);
  second.fill(rule.kind === "fed-avg-m" ? 0 : rule.tau * rule.tau);
}

/**
 * One step of the coordinator's optimizer on some coordinates. Pure but for what it overwrites.
 *
 *   Δ = mean − x                       (the sites' mean change; the paper's pseudo-gradient is −Δ)
 *   fed-avg-m     m ← μ·m + Δ                                                   x ← x + η·m
 *   fed-adagrad   m ← β₁m + (1−β₁)Δ    v ← v + Δ²                               x ← x + η·m / (√v + τ)
 *   fed-yogi      m likewise           v ← v − (1−β₂)·Δ²·sign(v − Δ²)           likewise
 *   fed-adam      m likewise           v ← β₂v + (1−β₂)Δ²                       likewise
 *
 * @param model - x before the round. @param mean - the combined updates; overwritten with the next model.
 * @param moments - m and v; overwritten with the next.
 * @source Reddi et al. 2021, arXiv:2003.00295v5, Algorithm 2; Hsu, Qi, Brown 2019, arXiv:1909.06335v1, section 4.3.
 */
export function optimizerStep(
  rule: OptimizerRule,
  model: ArrayLike<number>,
  mean: Float64Array,
  { first, second }: Moments,
): void {
  const eta = rule.serverLearningRate;
  for (let i = 0; i < mean.length; i++) {
    const change = mean[i] - model[i];
    if (rule.kind === "fed-avg-m") {
      first[i] = rule.momentum * first[i] + change;
      mean[i] = model[i] + eta * first[i];
    } else {
      first[i] = rule.beta1 * first[i] + (1 - rule.beta1) * change;
      second[i] = secondMoment(rule, second[i], change * change);
      mean[i] = model[i] + (eta * first[i]) / (Math.sqrt(second[i]) + rule.tau);
    }
  }
}

function secondMoment(rule: Exclude<OptimizerRule, { kind: "fed-avg-m" }>, v: number, square: number): number {
  switch (rule.kind) {
    case "fed-adagrad":
      return v + square;
    case "fed-yogi":
      return v - (1 - rule.beta2) * square * Math.sign(v - square);
    case "fed-adam":
      return rule.beta2 * v + (1 - rule.beta2) * square;
  }
}
