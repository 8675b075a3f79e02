import {
  invalidArgument,
  parseDelta,
  parseNoiseMultiplier,
  parseSamplingProbability,
  parseSteps,
  parseTargetEpsilon,
} from "../core/index.ts";
import type { DpEvent, Neighboring } from "../events/index.ts";
import { bracketRoot } from "../numeric/index.ts";
import { account } from "./account.ts";
import type { Guarantee } from "./guarantee.ts";

/** A parameter and the certified guarantee it gives. */
export interface Calibration {
  readonly value: number;
  readonly guarantee: Guarantee;
}

interface Target {
  readonly targetEpsilon: number;
  readonly delta: number;
  readonly neighboring: Neighboring;
}

/** How close the answer is to the edge, relative; steps are exact. */
const relativeTolerance = 9e-7;
const largestNoise = 1e12;
const largestSteps = 1e12;

/**
 * The least noise multiplier z at which `steps` Poisson-sampled Gaussian steps cost at most the target.
 *
 * @returns value, with guarantee.epsilon.upper ≤ targetEpsilon; 1e-6 relative less noise would exceed it.
 * @throws PrivacyError `invalid_argument` on a range breach, or when no noise up to 1e12 reaches the target.
 * @guarantee The guarantee is that of `account` at the value, not of the search.
 */
export function calibrateNoiseMultiplier(
  problem: Target & { readonly samplingProbability: number; readonly steps: number },
): Calibration {
  const q = parseSamplingProbability(problem.samplingProbability);
  const steps = parseSteps(problem.steps);
  const at = evaluator(problem, (noiseMultiplier) => dpSgdEvent(q, noiseMultiplier, steps));
  if (at.excess(0) <= 0) return at.calibration(0);
  let hi = 1;
  while (at.excess(hi) > 0) {
    if (hi >= largestNoise) throw unreachable("noise", at.calibration(hi));
    hi *= 4;
  }
  let lo = hi / 4;
  while (lo > 0 && at.excess(lo) <= 0) lo = lo < 1e-12 ? 0 : lo / 4;
  const { value } = bracketRoot({ f: at.excess, lo, hi, safe: "hi", relativeTolerance });
  return at.calibration(value);
}

/**
 * The most steps that cost at most the target.
 *
 * @throws PrivacyError `invalid_argument` on a range breach, when one step already exceeds the target, or when 1e12
 *   steps do not reach it, so that steps are not what limits the run.
 * @guarantee As for {@link calibrateNoiseMultiplier}; one step more would exceed the target.
 */
export function calibrateSteps(
  problem: Target & { readonly samplingProbability: number; readonly noiseMultiplier: number },
): Calibration {
  const q = parseSamplingProbability(problem.samplingProbability);
  const z = parseNoiseMultiplier(problem.noiseMultiplier);
  const at = evaluator(problem, (steps) => dpSgdEvent(q, z, steps));
  if (at.excess(1) > 0) throw unreachable("steps", at.calibration(1));
  let [lo, hi] = [1, 2];
  while (at.excess(hi) <= 0) {
    if (hi >= largestSteps) {
      throw invalidArgument(
        "targetEpsilon",
        "a target that limits the steps",
        problem.targetEpsilon,
        `${hi} steps cost ${at.calibration(hi).guarantee.epsilon.upper}; ask for noise or sampling instead`,
      );
    }
    [lo, hi] = [hi, hi * 4];
  }
  while (hi - lo > 1) {
    const middle = hi / lo > 8 ? Math.round(Math.sqrt(lo * hi)) : Math.floor((lo + hi) / 2);
    if (at.excess(middle) <= 0) lo = middle;
    else hi = middle;
  }
  return at.calibration(lo);
}

/**
 * The largest Poisson sampling probability q at which `steps` steps cost at most the target.
 *
 * @throws PrivacyError `invalid_argument` on a range breach, or when even q = 1e-15 exceeds the target.
 * @guarantee As for {@link calibrateNoiseMultiplier}; 1e-6 relative more sampling would exceed the target.
 */
export function calibrateSamplingProbability(
  problem: Target & { readonly noiseMultiplier: number; readonly steps: number },
): Calibration {
  const z = parseNoiseMultiplier(problem.noiseMultiplier);
  const steps = parseSteps(problem.steps);
  const at = evaluator(problem, (q) => dpSgdEvent(q, z, steps));
  if (at.excess(1) <= 0) return at.calibration(1);
  let [lo, hi] = [0.25, 1];
  while (at.excess(lo) > 0) {
    if (lo < 1e-15) throw unreachable("sampling", at.calibration(lo));
    [lo, hi] = [lo / 4, lo];
  }
  const { value } = bracketRoot({ f: at.excess, lo, hi, safe: "lo", relativeTolerance });
  return at.calibration(value);
}

function dpSgdEvent(samplingProbability: number, noiseMultiplier: number, count: number): DpEvent {
  const step: DpEvent = { kind: "gaussian", noiseMultiplier };
  return { kind: "self-composed", count, event: { kind: "poisson-sampled", samplingProbability, event: step } };
}

interface Evaluator {
  /** upper ε less the target. */
  readonly excess: (value: number) => number;
  readonly calibration: (value: number) => Calibration;
}

function evaluator(target: Target, event: (value: number) => DpEvent): Evaluator {
  const epsilon = parseTargetEpsilon(target.targetEpsilon);
  const delta = parseDelta(target.delta);
  const known = new Map<number, Calibration>();
  const calibration = (value: number): Calibration => {
    const found = known.get(value);
    if (found !== undefined) return found;
    const guarantee = account(event(value), { neighboring: target.neighboring }).guarantee({ delta });
    known.set(value, { value, guarantee });
    return { value, guarantee };
  };
  return { calibration, excess: (value) => calibration(value).guarantee.epsilon.upper - epsilon };
}

function unreachable(what: string, best: Calibration): Error {
  const { epsilon, delta } = best.guarantee;
  return invalidArgument(
    "targetEpsilon",
    `at least ${epsilon.upper}, the epsilon at delta ${delta} of the best ${what} tried (${best.value})`,
    "less",
    "raise the target or delta, or change what was held fixed",
  );
}
