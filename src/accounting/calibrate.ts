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
import { type Calibration, type EdgeCalibration, calibrate } from "./calibrate-event.ts";
import { gaussianLogDelta } from "./gaussian-profile.ts";
import { contributionsMoved } from "./relation.ts";

interface Target {
  readonly targetEpsilon: number;
  readonly delta: number;
  readonly neighboring: Neighboring;
}

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
  return plain(leastNoise({ ...target(problem), samplingProbability: q, steps }));
}

/** The same with the value beyond, and to a tolerance. Arguments as the public function has checked them. */
export function leastNoise(
  problem: Target & { readonly samplingProbability: number; readonly steps: number; readonly tolerance?: number },
): EdgeCalibration {
  const { samplingProbability: q, steps, ...rest } = problem;
  const mu = limitMu(rest);
  const guess =
    contributionsMoved(rest.neighboring) / Math.sqrt(q === 1 ? mu ** 2 / steps : Math.log1p((mu / q) ** 2 / steps));
  const template = (noiseMultiplier: number): DpEvent => dpSgdEvent(q, noiseMultiplier, steps);
  const range = { increasing: false, bracket: [0, largestNoise] as const, guess: within(guess, 1e-6, largestNoise) };
  return calibrate({ ...rest, ...range, template });
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
  const found = calibrate({
    ...target(problem),
    template: (steps) => dpSgdEvent(q, z, steps),
    increasing: true,
    integer: true,
    bracket: [1, largestSteps],
    guess: Math.round(within((limitMu(problem) / q) ** 2 / limitGrowth(problem, z), 1, largestSteps)),
  });
  if (found.beyond !== null) return plain(found);
  throw invalidArgument(
    "targetEpsilon",
    "a target that limits the steps",
    problem.targetEpsilon,
    `${found.value} steps cost ${found.guarantee.epsilon.upper}; ask for noise or sampling instead`,
  );
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
  const template = (q: number): DpEvent => dpSgdEvent(q, z, steps);
  const guess = within(limitMu(problem) / Math.sqrt(steps * limitGrowth(problem, z)), 1e-15, 1);
  return plain(calibrate({ ...target(problem), template, increasing: true, bracket: [1e-15, 1], guess }));
}

/** μ of the Gaussian that just keeps the target. A search starts there; nothing rests on it. */
function limitMu({ targetEpsilon, delta }: Target): number {
  const logDelta = Math.log(parseDelta(delta));
  const epsilon = parseTargetEpsilon(targetEpsilon);
  const f = (mu: number): number => gaussianLogDelta(mu, epsilon).point - logDelta;
  const [lo, hi] = [1e-8, 1e4];
  if (f(lo) > 0 || f(hi) < 0) return 1;
  return bracketRoot({ f, lo, hi, safe: "lo", relativeTolerance: 1e-3 }).value;
}

/**
 * exp(1/z²) − 1: in the limit of many steps μ² = steps·q²·(exp(1/z²) − 1). Not a bound.
 *
 * @source Bu, Dong, Long, Su 2020, arXiv:1911.11607v3, section 3.
 */
function limitGrowth({ neighboring }: Target, z: number): number {
  return Math.expm1((contributionsMoved(neighboring) / z) ** 2);
}

function within(guess: number, lo: number, hi: number): number {
  // NaN of no steps or no noise
  return guess >= lo ? Math.min(guess, hi) : lo;
}

function dpSgdEvent(samplingProbability: number, noiseMultiplier: number, count: number): DpEvent {
  const step: DpEvent = { kind: "gaussian", noiseMultiplier };
  return { kind: "self-composed", count, event: { kind: "poisson-sampled", samplingProbability, event: step } };
}

function target({ targetEpsilon, delta, neighboring }: Target): Target {
  return { targetEpsilon, delta, neighboring };
}

function plain({ value, guarantee }: Calibration): Calibration {
  return { value, guarantee };
}
