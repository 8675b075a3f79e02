import type { Composition, Mechanism } from "./mechanism.ts";
import { pureEpsilon } from "./sample-composition.ts";

/**
 * The δ that k records pay where one pays δ: δ·(e^(kε) − 1)/(e^ε − 1), at most 1.
 *
 * @source Vadhan 2017, The Complexity of Differential Privacy, Lemma 2.2.
 */
export function groupFailure(delta: number, epsilon: number, groupSize: number): number {
  if (delta === 0 || groupSize === 1) return delta;
  if (epsilon === 0) return Math.min(1, delta * groupSize);
  const growth = Math.expm1(groupSize * epsilon) / Math.expm1(epsilon);
  return growth < Infinity ? Math.min(1, delta * growth * (1 + 1e-14)) : 1;
}

/**
 * What a composition costs a group of k records, by the general chain of k neighbors.
 *
 * @returns undefined where a part has no such conversion here.
 */
export function groupComposition(one: Composition, groupSize: number): Composition | undefined {
  const spends: { mechanism: Mechanism; count: number }[] = [];
  let total = 0;
  for (const { mechanism: m, count } of one.spends) {
    const epsilon = pureEpsilon(m);
    if (epsilon === undefined) return undefined;
    total += epsilon * count;
    spends.push({ mechanism: { kind: "pure", epsilon: epsilon * groupSize }, count });
  }
  return { spends, failure: groupFailure(one.failure, total, groupSize) };
}
