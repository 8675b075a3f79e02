import { invalidArgument, parseNoiseMultiplier, parseSamplingProbability, parseSteps } from "../core/index.ts";
import type { DpEvent, Neighboring } from "../events/index.ts";
import { type Calibration, calibrate } from "./calibrate-event.ts";

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
  const template = (noiseMultiplier: number): DpEvent => dpSgdEvent(q, noiseMultiplier, steps);
  return plain(calibrate({ ...target(problem), template, increasing: false, bracket: [0, largestNoise], guess: 1 }));
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
    guess: 1,
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
  return plain(calibrate({ ...target(problem), template, increasing: true, bracket: [1e-15, 1], guess: 1 }));
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
