import { invalidArgument, parseDelta, parsePositiveInteger, parseTargetEpsilon } from "../core/index.ts";
import type { Neighboring } from "../events/index.ts";
import { leastNoise } from "./calibrate.ts";
import type { Calibration } from "./calibrate-event.ts";

/** What a table of plans is asked for. */
export interface PlanTableProblem {
  /** The number of records that is declared public. */
  readonly datasetSize: number;
  readonly epsilon: number;
  readonly delta: number;
  readonly neighboring: Neighboring;
  /** Expected batch sizes, whole, 1 to datasetSize; unless stated, powers of two from about √n on, eight at most. */
  readonly batches?: readonly number[];
  /** Passes over the data, > 0; unless stated 5, 20 and 80. */
  readonly epochs?: readonly number[];
  /** Plans with fewer steps are not recommended; unless stated 500. */
  readonly leastSteps?: number;
}

/** One way to spend the budget. Noise and signal are of the averaged gradient, in units of the clip norm. */
export interface PlanRow {
  readonly batch: number;
  readonly epochs: number;
  /** epochs·n / batch, rounded, at least 1. */
  readonly steps: number;
  readonly samplingProbability: number;
  /** The least z that keeps the target, to 0.2 % above. */
  readonly noiseMultiplier: number;
  /** Certified ε at that z, ≤ the target. */
  readonly epsilon: number;
  /** z / batch: standard deviation of the noise on each coordinate of the averaged gradient, per unit of clip norm. */
  readonly noisePerCoordinate: number;
  /** batch / z: an averaged gradient of the length of the clip norm over the noise in its direction. */
  readonly signalToNoisePerStep: number;
  /** √steps · batch / z: the same for the sum of all steps. */
  readonly signalToNoise: number;
}

/** Plans by falling signal-to-noise ratio of the run, and the one that the rule picks. */
export interface PlanTable {
  readonly rows: readonly PlanRow[];
  /** null when every plan has fewer steps than the rule wants. */
  readonly recommended: PlanRow | null;
  readonly rule: string;
}

/** How much of the best ratio is given up for less computation. */
const enough = 0.9;
const usualEpochs: readonly number[] = [5, 20, 80];
/** Of the noise. */
const tolerance = 2e-3;

/**
 * DP-SGD plans within one budget: every batch size with every number of epochs, each with the noise that its steps need.
 *
 * The rule: of the plans with at least `leastSteps` steps, those whose ratio for the run is within a tenth of the best; of
 * these the one with the fewest epochs, then the smallest batch. It is a rule of thumb: what noise does to accuracy goes
 * with this ratio, but a model also needs steps and a learning rate, which no accountant knows.
 *
 * @returns Rows by falling signalToNoise; equal ones by epochs, then batch.
 * @throws PrivacyError `invalid_argument` on a range breach, or when no noise up to 1e12 keeps the target.
 * @guarantee Each row's ε is certified for its z, steps and sampling probability, schedule fixed in advance. Trying several
 *   rows on the same data costs more than one row: each attempt is a run of its own.
 * @source Sander, Stock, Sablayrolles 2023, arXiv:2210.03403v2 (the ratio of the run, √steps·q/z, predicts the loss); De et al.
 *   2022, arXiv:2204.13650v2 (larger batches at a fixed budget, with diminishing returns); Ponomareva et al. 2023,
 *   arXiv:2303.00654v3, section 5.4 (batch and steps from the ratio).
 */
export function planDpSgdTable(problem: PlanTableProblem): PlanTable {
  const datasetSize = parsePositiveInteger(problem.datasetSize, "datasetSize");
  const target = parseTargetEpsilon(problem.epsilon, "epsilon");
  const delta = parseDelta(problem.delta);
  const { neighboring } = problem;
  const leastSteps = parsePositiveInteger(problem.leastSteps ?? 500, "leastSteps");
  const batches = sorted(problem.batches ?? usualBatches(datasetSize), "batches");
  const epochs = sorted(problem.epochs ?? usualEpochs, "epochs");
  for (const batch of batches) {
    if (parsePositiveInteger(batch, "batches") > datasetSize) {
      throw invalidArgument("batches", `at most the ${datasetSize} records there are`, batch);
    }
  }
  for (const e of epochs) if (!(e > 0 && e < Infinity)) throw invalidArgument("epochs", "finite numbers > 0", e);
  const rows: PlanRow[] = [];
  for (const e of epochs) {
    for (const batch of batches) {
      const q = batch / datasetSize;
      const steps = Math.max(1, Math.round(e / q));
      if (!Number.isSafeInteger(steps)) throw invalidArgument("epochs", "plans of at most 2^53 - 1 steps", e);
      const plan = { targetEpsilon: target, delta, neighboring, samplingProbability: q, steps };
      rows.push(rowOf({ batch, epochs: e, steps, samplingProbability: q }, leastNoise({ ...plan, tolerance })));
    }
  }
  rows.sort((a, b) => b.signalToNoise - a.signalToNoise || a.epochs - b.epochs || a.batch - b.batch);
  const rule = `of the plans with at least ${leastSteps} steps, those whose signal-to-noise ratio for the run is at least ${enough} of the best; of these the fewest epochs, then the smallest batch`;
  return Object.freeze({ rows: Object.freeze(rows), recommended: recommend(rows, leastSteps), rule });
}

function recommend(rows: readonly PlanRow[], leastSteps: number): PlanRow | null {
  const long = rows.filter((r) => r.steps >= leastSteps);
  const best = Math.max(...long.map((r) => r.signalToNoise));
  const near = long.filter((r) => r.signalToNoise >= enough * best);
  return near.toSorted((a, b) => a.epochs - b.epochs || a.batch - b.batch)[0] ?? null;
}

/** Powers of two from about √n to n/2, the smaller eight; the whole data set when there are none. */
function usualBatches(datasetSize: number): readonly number[] {
  const first = Math.max(0, Math.round(Math.log2(datasetSize) / 2));
  const powers = Array.from({ length: 8 }, (_, i) => 2 ** (first + i)).filter((b) => b <= datasetSize / 2);
  return powers.length > 0 ? powers : [datasetSize];
}

function sorted(values: readonly number[], argument: string): readonly number[] {
  if (values.length === 0) throw invalidArgument(argument, "at least one number", "none");
  return [...new Set(values)].toSorted((a, b) => a - b);
}

function rowOf(
  plan: Pick<PlanRow, "batch" | "epochs" | "steps" | "samplingProbability">,
  { value, guarantee }: Calibration,
): PlanRow {
  // z = 0 is never reached: a target is finite
  const perStep = plan.batch / value;
  return Object.freeze({
    ...plan,
    noiseMultiplier: value,
    epsilon: guarantee.epsilon.upper,
    noisePerCoordinate: value / plan.batch,
    signalToNoisePerStep: perStep,
    signalToNoise: Math.sqrt(plan.steps) * perStep,
  });
}
