import type { Bounds, Engine } from "./engine.ts";
import { type Enclosure, gaussianEpsilon, gaussianLogDelta } from "./gaussian-profile.ts";
import type { Composition, Mechanism } from "./mechanism.ts";
import { deltaFromAbove } from "./rdp-conversion.ts";
import { deltaAfterFailure, unbounded } from "./rdp-engine.ts";
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
        upper: Math.min(1, (deltaFromAbove(upper) + failure) * (1 + 4e-16)),
        point: Math.min(1, Math.exp(point) + failure),
        why,
        facts,
      };
    },
  };
}

/**
 * Basic composition: the sum of the parts' pure epsilons at the sum of their failure probabilities, where every part
 * has one. Never an estimate; it caps what the other engines say.
 *
 * @source Dwork, Roth 2014, doi:10.1561/0400000042, Thm 3.16.
 */
export function pureEngine(composition: Composition): Engine | undefined {
  let sum = 0;
  for (const { mechanism, count } of composition.spends) {
    const epsilon = pureEpsilon(mechanism);
    if (epsilon === undefined) return undefined;
    sum += count * epsilon;
  }
  const total = sum * (1 + (composition.spends.length + 1) * 2.3e-16);
  const why = "the sum of the parts' pure epsilons";
  const facts = { sumOfEpsilons: sum, failure: composition.failure };
  return {
    name: "pure",
    epsilonAt: (delta) => {
      const rest = deltaAfterFailure(delta, composition.failure);
      if (rest < 0) return unbounded("the failure probabilities of the parts add up to more than delta");
      return { lower: 0, upper: epsilonOfPure(total, rest), point: undefined, why, facts };
    },
    deltaAt: (epsilon) => ({
      lower: 0,
      // ε-DP bounds δ at a smaller ε' by that of ε-randomised response, (e^ε − e^ε')/(1 + e^ε)
      upper: epsilon >= total ? composition.failure : Math.min(1, gapOfPure(total, epsilon) + composition.failure),
      point: undefined,
      why,
      facts,
    }),
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
