import { invalidArgument, parsePositiveInteger } from "../core/index.ts";
import { type ScheduleRun, parseSchedule } from "./schedule.ts";

/**
 * Which noise is drawn. `schedule` multiplies the noise multiplier run by run, fixed before the first step.
 *
 * - `grid-gaussian`: a Gaussian rounded exactly to the grid of the sum. The default.
 * - `discrete-gaussian`: exact and integer, at about twice the time of a draw; priced by Rényi divergence.
 * - `banded`: Gaussian noise correlated over `bands` steps (BandMF), for cyclic Poisson sampling over as many groups. The
 *   strategy is lower triangular, banded and Toeplitz; `coefficients` are its first column, by default the square root of
 *   the matrix of ones, cut at `bands`.
 */
export type NoisePolicy =
  | { readonly kind: "grid-gaussian"; readonly schedule?: readonly ScheduleRun[] }
  | { readonly kind: "discrete-gaussian"; readonly schedule?: readonly ScheduleRun[] }
  | { readonly kind: "banded"; readonly bands: number; readonly coefficients?: readonly number[] };

const mostBands = 1024;

/** @throws PrivacyError `invalid_argument`, naming the field. */
export function parseNoisePolicy(policy: NoisePolicy, steps: number): NoisePolicy {
  switch (policy?.kind) {
    case "grid-gaussian":
    case "discrete-gaussian": {
      const { kind, schedule } = policy;
      if (schedule === undefined) return Object.freeze({ kind });
      return Object.freeze({ kind, schedule: parseSchedule(schedule, steps, "noise.schedule") });
    }
    case "banded": {
      const bands = parsePositiveInteger(policy.bands, "noise.bands");
      if (bands > Math.min(steps, mostBands)) {
        throw invalidArgument("noise.bands", `at most the steps and ${mostBands}`, bands);
      }
      return Object.freeze({ kind: policy.kind, bands, coefficients: parseCoefficients(policy.coefficients, bands) });
    }
  }
  const kind: unknown = (policy as { kind?: unknown } | undefined)?.kind;
  throw invalidArgument("noise.kind", '"grid-gaussian", "discrete-gaussian" or "banded"', kind);
}

function parseCoefficients(given: readonly number[] | undefined, bands: number): readonly number[] {
  const coefficients = given ?? squareRootCoefficients(bands);
  const isList = Array.isArray(coefficients) && coefficients.length === bands;
  if (!isList || !coefficients.every(Number.isFinite) || !((coefficients[0] ?? 0) > 0)) {
    throw invalidArgument("noise.coefficients", `${bands} finite numbers, the first above 0`, typeof given);
  }
  return normalized(coefficients);
}

/**
 * The first column of the square root of the lower triangular matrix of ones, cut at `bands` entries and scaled to norm 1:
 * c_0 = 1, c_j = c_(j−1) · (2j − 1)/(2j).
 *
 * @source Fichtenberger, Henzinger, Upadhyay 2023, arXiv:2202.11205v6 (the square root of the matrix of ones); Kalinin,
 *   Lampert 2024, arXiv:2405.13763 (cut at b bands).
 */
export function squareRootCoefficients(bands: number): readonly number[] {
  const coefficients = [1];
  for (let j = 1; j < bands; j++) coefficients.push(((coefficients[j - 1] ?? 0) * (2 * j - 1)) / (2 * j));
  return normalized(coefficients);
}

function normalized(coefficients: readonly number[]): readonly number[] {
  const norm = Math.hypot(...coefficients);
  return Object.freeze(coefficients.map((c) => c / norm));
}
