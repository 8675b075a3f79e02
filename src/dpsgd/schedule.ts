import { invalidArgument, parsePositiveInteger } from "../core/index.ts";

/** A run of steps in which a quantity is `factor` times its base value. Fixed before the first step. */
export interface ScheduleRun {
  readonly steps: number;
  readonly factor: number;
}

/** Distinct factors that a heterogeneous composition can be priced with in a second or so. */
const mostRuns = 32;

/**
 * @returns the runs, frozen; one run of factor 1 where there is no schedule.
 * @throws PrivacyError `invalid_argument` unless the runs' steps add up to `steps` and every factor is finite and > 0.
 */
export function parseSchedule(
  schedule: readonly ScheduleRun[] | undefined,
  steps: number,
  argument: string,
): readonly ScheduleRun[] {
  if (schedule === undefined) return Object.freeze([Object.freeze({ steps, factor: 1 })]);
  if (!Array.isArray(schedule) || schedule.length === 0 || schedule.length > mostRuns) {
    throw invalidArgument(argument, `a list of 1 to ${mostRuns} runs { steps, factor }`, typeof schedule);
  }
  const runs = (schedule as readonly ScheduleRun[]).map((run, i) => {
    const factor: unknown = run?.factor;
    if (!(typeof factor === "number" && factor > 0 && factor < Infinity)) {
      throw invalidArgument(`${argument}[${i}].factor`, "a finite number > 0", factor);
    }
    return Object.freeze({ steps: parsePositiveInteger(run.steps, `${argument}[${i}].steps`), factor });
  });
  const total = runs.reduce((sum, run) => sum + run.steps, 0);
  if (total === steps) return Object.freeze(runs);
  throw invalidArgument(argument, `runs of ${steps} steps in all, as the plan has`, `${total} steps`);
}

/** The factor of a step, counted from 0. */
export function factorAt(runs: readonly ScheduleRun[], step: number): number {
  let end = 0;
  for (const run of runs) {
    end += run.steps;
    if (step < end) return run.factor;
  }
  throw invalidArgument("step", `below ${end}`, step);
}
