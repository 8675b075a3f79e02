import type { Bounds, Engine } from "./engine.ts";
import { type Enclosure, gaussianEpsilon, gaussianLogDelta } from "./gaussian-profile.ts";
import type { Composition, Mechanism } from "./mechanism.ts";
import { deltaFromAbove } from "./rdp-conversion.ts";
import { once } from "./once.ts";
import { type PurePart, composePure } from "./pure-composition.ts";
import { deltaAfterFailure, deltaWithFailure, unbounded } from "./rdp-engine.ts";
import { pureEpsilon } from "./sample-composition.ts";
import { sampledStepEpsilon, sampledStepLogDelta } from "./sampled-step.ts";

/** The one mechanism of a composition that is nothing but it, once. */
function only(composition: Composition): Mechanism | undefined {
  const [spend] = composition.spends;
  const isAlone = composition.spends.length === 1 && spend?.count === 1;
  return isAlone ? spend?.mechanism : undefined;
}

/** Engines whose answer is exact but for rounding; empty where none applies. */
export function exactEngines(composition: Composition): Engine[] {
  const m = only(composition);
  if (m?.kind === "gaussian") {
    const mu = 1 / m.noiseMultiplier;
    return [
      exact(
        composition.failure,
        "gaussian",
        "exact profile of one Gaussian with the summed squares of all",
        { mu },
        {
          epsilon: (delta) => gaussianEpsilon(mu, Math.log(delta)),
          logDelta: (epsilon) => gaussianLogDelta(mu, epsilon),
        },
      ),
    ];
  }
  if (m?.kind === "sampled-gaussian") {
    const [q, z] = [m.samplingProbability, m.noiseMultiplier];
    const facts = { samplingProbability: q, noiseMultiplier: z };
    return [
      exact(
        composition.failure,
        "sampled-step",
        "exact profile of one Poisson-sampled Gaussian, both directions",
        facts,
        {
          epsilon: (delta) => sampledStepEpsilon(q, z, delta),
          logDelta: (epsilon) => sampledStepLogDelta(q, z, epsilon),
        },
      ),
    ];
  }
  return [];
}

interface ExactProfile {
  readonly epsilon: (delta: number) => Enclosure;
  readonly logDelta: (epsilon: number) => Enclosure;
}

/** With a failure probability the upper bounds pay for it and the lower ones, which hold without it, stay. */
function exact(failure: number, name: string, why: string, facts: Bounds["facts"], profile: ExactProfile): Engine {
  return {
    name,
    epsilonAt: (delta) => {
      const whole = profile.epsilon(delta);
      if (failure === 0) return { ...whole, why, facts };
      const rest = deltaAfterFailure(delta, failure);
      if (rest <= 0)
        return { ...unbounded("the failure probability of its parts alone reaches delta"), lower: whole.lower };
      const { upper, point } = profile.epsilon(rest);
      return { lower: whole.lower, upper, point, why, facts: { ...facts, failure } };
    },
    deltaAt: (epsilon) => {
      const { lower, upper, point } = profile.logDelta(epsilon);
      return {
        lower: Math.exp(lower) * (1 - 1e-15),
        upper: deltaWithFailure(deltaFromAbove(upper), failure),
        point: Math.min(1, failure + (1 - failure) * Math.exp(point)),
        why,
        facts,
      };
    },
  };
}

/**
 * Composition of parts that are pure but for their failure probabilities: optimal where they have few outcomes together, else
 * their sum, as one mechanism. Never an estimate; it caps what the other engines say.
 *
 * @source Optimal: `pure-composition.ts`. The sum: Dwork, Roth 2014, doi:10.1561/0400000042, Thm 3.16.
 */
export function pureEngine(composition: Composition): Engine | undefined {
  const parts: PurePart[] = [];
  for (const { mechanism, count } of composition.spends) {
    const epsilon = pureEpsilon(mechanism);
    if (epsilon === undefined) return undefined;
    parts.push({ epsilon, count });
  }
  const { failure } = composition;
  const sum = parts.reduce((total, { epsilon, count }) => total + count * epsilon, 0);
  const total = sum * (1 + (parts.length + 1) * 2.3e-16);
  const optimal = once(() => (parts.length === 1 && parts[0]?.count === 1 ? undefined : composePure(parts)));
  const why = (): string =>
    optimal() === undefined ? "the sum of the parts' pure epsilons" : "optimal composition of the parts' pure epsilons";
  const facts = { sumOfEpsilons: sum, failure };
  return {
    name: "pure",
    epsilonAt: (delta) => {
      const rest = deltaAfterFailure(delta, failure);
      if (rest < 0) return unbounded("the failure probabilities of the parts come to more than delta");
      // nothing may be left of delta, and then nothing may be saved
      const composed = rest > 0 ? (optimal()?.epsilonAt(rest) ?? Infinity) : Infinity;
      return { lower: 0, upper: Math.min(composed, epsilonOfPure(total, rest)), point: undefined, why: why(), facts };
    },
    deltaAt: (epsilon) => {
      // ε-DP bounds δ at a smaller ε' by that of ε-randomised response, (e^ε − e^ε')/(1 + e^ε)
      const summed = epsilon >= total ? 0 : gapOfPure(total, epsilon);
      const upper = deltaWithFailure(Math.min(summed, optimal()?.deltaAt(epsilon) ?? 1), failure);
      return { lower: 0, upper, point: undefined, why: why(), facts };
    },
  };
}

/** The ε' < ε at which ε-randomised response, the worst ε-DP mechanism, is (ε', δ)-DP: log(e^ε − δ(1 + e^ε)). */
function epsilonOfPure(epsilon: number, delta: number): number {
  const removed = delta * (1 + Math.exp(-epsilon)) * (1 - 1e-15);
  return removed >= 1 ? 0 : Math.max(0, epsilon + Math.log1p(-removed) * (1 - 1e-15) + 4e-16 * epsilon);
}

function gapOfPure(epsilon: number, at: number): number {
  return (-Math.expm1(at - epsilon) / (1 + Math.exp(-epsilon))) * (1 + 1e-14);
}

/**
 * A lower bound for any composition: whoever sees all outputs sees each single one, so the whole leaks at least what its
 * worst part does alone (data processing). Upper bounds are not its business.
 */
export function singlePartEngine(composition: Composition): Engine | undefined {
  const parts = composition.spends.flatMap(({ mechanism }) =>
    exactEngines({ spends: [{ mechanism, count: 1 }], failure: 0 }),
  );
  const isWhole = composition.spends.length === 1 && composition.spends[0]?.count === 1;
  if (parts.length === 0 || isWhole) return undefined;
  const worst = (ask: (e: Engine) => Bounds, noBound: number): Bounds => {
    const lower = Math.max(...parts.map((e) => ask(e).lower));
    return { lower, upper: noBound, point: undefined, why: "no less than its worst single part", facts: {} };
  };
  return {
    name: "single-part",
    epsilonAt: (delta) => worst((e) => e.epsilonAt(delta), Infinity),
    deltaAt: (epsilon) => worst((e) => e.deltaAt(epsilon), 1),
  };
}
