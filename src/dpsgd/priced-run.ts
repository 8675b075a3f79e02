import { epsilonFromRdp, rdpOfEvent, stepwiseEpsilon, account } from "../accounting/index.ts";
import { invalidArgument } from "../core/index.ts";
import {
  type DpEvent,
  type Neighboring,
  bandedMatrix,
  composed,
  discreteGaussian,
  gaussian,
  poissonSampled,
  sampledWithoutReplacement,
  selfComposed,
  shuffled,
  truncatedSubsampledGaussian,
} from "../events/index.ts";
import type { NoisePolicy } from "./noise-policy.ts";
import { type Sampling, probabilityOf } from "./sampling.ts";
import { type ScheduleRun, parseSchedule } from "./schedule.ts";

/** All that the price of a run depends on. */
export interface PricedOptions {
  readonly neighboring: Neighboring;
  readonly datasetSize: number;
  readonly sampling: Sampling;
  readonly noise: NoisePolicy;
  readonly noiseMultiplier: number;
  readonly steps: number;
  /** Sensitivity over grid, for noise on integers: both are then in units of the grid. */
  readonly sensitivityInGridUnits: number;
}

/**
 * A run as the ledger counts it: `count` times `event`, each covering `stepsPerEvent` optimizer steps (the last one
 * perhaps fewer). What cannot be cut (an epoch of disjoint batches, correlated noise, a schedule of different noises) is
 * one event: it is spent whole with its first step, and what a process leaves of it no later process takes up.
 */
export interface PricedRun {
  readonly event: DpEvent;
  readonly stepsPerEvent: number;
  readonly count: number;
}

/** @throws PrivacyError `invalid_argument` where the parts do not go together or have no sound analysis, by name. */
export function priceRun(options: PricedOptions): PricedRun {
  const { sampling, noise, steps, noiseMultiplier } = options;
  refuseUnsound(options);
  if (sampling.kind === "cyclic-poisson") {
    const samplingProbability = probabilityOf(sampling, options.datasetSize);
    const event = bandedMatrix({ bands: sampling.groups, steps, samplingProbability, noiseMultiplier });
    return { event, stepsPerEvent: steps, count: 1 };
  }
  if (sampling.kind === "shuffled") {
    const batches = Math.ceil(options.datasetSize / sampling.expectedBatchSize);
    const event = shuffled(batches, mechanism(options, 1));
    return { event, stepsPerEvent: batches, count: Math.ceil(steps / batches) };
  }
  const runs = noise.kind === "banded" ? undefined : noise.schedule;
  if (runs === undefined) return { event: stepOf(options, 1), stepsPerEvent: 1, count: steps };
  const parts = runs.map((run) => selfComposed(stepOf(options, run.factor), run.steps));
  return { event: composed(...parts), stepsPerEvent: steps, count: 1 };
}

/** One step under a sampling without memory. */
function stepOf(options: PricedOptions, factor: number): DpEvent {
  const { sampling, datasetSize, noiseMultiplier } = options;
  switch (sampling.kind) {
    case "poisson":
      return poissonSampled(probabilityOf(sampling, datasetSize), mechanism(options, factor));
    case "truncated-poisson":
      return truncatedSubsampledGaussian({
        datasetSize,
        samplingProbability: probabilityOf(sampling, datasetSize),
        truncatedBatchSize: sampling.maxBatchSize,
        noiseMultiplier: noiseMultiplier * factor,
      });
    case "without-replacement":
      return sampledWithoutReplacement(datasetSize, sampling.expectedBatchSize, mechanism(options, factor));
    case "cyclic-poisson":
    case "shuffled":
      throw invalidArgument("sampling.kind", "without memory", sampling.kind);
  }
}

function mechanism({ noise, noiseMultiplier, sensitivityInGridUnits: s }: PricedOptions, factor: number): DpEvent {
  const z = noiseMultiplier * factor;
  if (noise.kind !== "discrete-gaussian") return gaussian(z);
  // sums are whole numbers, and their sensitivity is taken as one
  const whole = Math.ceil(s);
  return discreteGaussian(z * whole, whole);
}

function refuseUnsound({ neighboring, sampling, noise }: PricedOptions): void {
  const { kind } = sampling;
  if (neighboring === "add-or-remove-one" && kind !== "poisson" && kind !== "cyclic-poisson") {
    const advice = `"${kind}" depends on how many records there are, which this relation hides; use zero-out or replace-one`;
    throw invalidArgument("sampling.kind", '"poisson" or "cyclic-poisson" under add-or-remove-one', kind, advice);
  }
  if (noise.kind === "discrete-gaussian" && (kind === "truncated-poisson" || kind === "cyclic-poisson")) {
    throw invalidArgument("noise.kind", `a Gaussian under "${kind}" sampling`, noise.kind, "no other has an analysis");
  }
  if (noise.kind === "banded") {
    if (kind === "cyclic-poisson" && sampling.groups === noise.bands) return;
    const expected = `"cyclic-poisson" over ${noise.bands} groups, one for each band of the noise`;
    throw invalidArgument("sampling", expected, kind, "a record's steps must lie a band apart");
  }
  if (noise.schedule !== undefined && (kind === "cyclic-poisson" || kind === "shuffled")) {
    throw invalidArgument("noise.schedule", `left out under "${kind}" sampling`, "given", "it has no analysis");
  }
}

/**
 * Upper bounds on the epsilon of the first k steps, for a progress line; `epsilonAfter(steps)` is at least the price of
 * the whole run as `account` gives it, and nothing before it exceeds that.
 */
export function epsilonBySteps(run: PricedRun, options: PricedOptions, delta: number): (steps: number) => number {
  const { neighboring, sampling, noise, steps } = options;
  if (sampling.kind === "cyclic-poisson") {
    const step = poissonSampled(probabilityOf(sampling, options.datasetSize), gaussian(options.noiseMultiplier));
    // k steps use each group at most ceil(k / groups) times [Choquette-Choo et al. 2023, arXiv:2306.08153v2, Thm 4]
    const takings = (k: number): number => Math.ceil(k / sampling.groups);
    const bound = stepwiseEpsilon(step, { neighboring, delta, steps: takings(steps) });
    return (k) => bound(takings(k));
  }
  const schedule = noise.kind === "banded" ? undefined : noise.schedule;
  if (schedule === undefined) {
    const bound = stepwiseEpsilon(run.event, { neighboring, delta, steps: run.count });
    return (k) => bound(Math.ceil(k / run.stepsPerEvent));
  }
  return bySchedule(run, options, schedule, delta);
}

/** Orders at which the Rényi divergence of a schedule is added up: any order gives a valid bound. */
const orders: readonly number[] = Array.from({ length: 48 }, (_, i) => 1 + 0.1 * 1.18 ** i);

/** Rényi divergences add; a lattice of orders is a little loose, and the whole is never more than `account` says. */
function bySchedule(
  run: PricedRun,
  options: PricedOptions,
  schedule: readonly ScheduleRun[],
  delta: number,
): (steps: number) => number {
  const { neighboring, steps } = options;
  const whole = account(run.event, { neighboring }).guarantee({ delta }).epsilon.upper;
  const rows = schedule.map((part) => {
    const event = stepOf(options, part.factor);
    return { steps: part.steps, rdp: orders.map((order) => rdpOfEvent(event, { neighboring, order })) };
  });
  return (k) => {
    if (k <= 0) return 0;
    if (k >= steps) return whole;
    const epsilons = orders.map((order, i) => {
      let [left, rho] = [k, 0];
      for (const row of rows) {
        const taken = Math.min(left, row.steps);
        rho += taken * (row.rdp[i] ?? Infinity);
        left -= taken;
      }
      // at most 65 roundings, each of one part in 2^53
      return rho < Infinity ? epsilonFromRdp(rho * (1 + 2 ** -45), order, delta) : Infinity;
    });
    return Math.min(whole, ...epsilons);
  };
}

/** The price of one noise multiplier, for calibration: the same event whatever the engine will be. */
export function eventAt(options: Omit<PricedOptions, "sensitivityInGridUnits">): DpEvent {
  // an integer mechanism's price is one of the ratio of noise to sensitivity
  const run = priceRun({ ...options, sensitivityInGridUnits: 2 ** 30 });
  return selfComposed(run.event, run.count);
}

/** The runs of a noise policy, one for a constant noise. */
export function noiseRuns(noise: NoisePolicy, steps: number): readonly ScheduleRun[] {
  return parseSchedule(noise.kind === "banded" ? undefined : noise.schedule, steps, "noise.schedule");
}
