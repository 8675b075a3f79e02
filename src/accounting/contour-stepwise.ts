import { type ContourProfile, contourFamily } from "./contour.ts";
import type { Composition } from "./mechanism.ts";
import { type AnalyticPart, saddleForDelta, saddleForEpsilon } from "./saddle-point.ts";
import type { TailSpectrum } from "./tail-spectrum.ts";

/** Longer lines are not worth a power for each count: the grid serves those octaves. */
const mostWork = 3e5;

/** Spectra in the sense of `tail-spectrum.ts` by contours: one line per direction serves all counts from half of `most` on. */
export interface StepwiseContour {
  readonly spectrum: TailSpectrum;
  readonly tilt: number;
  readonly epsilon: number;
}

/**
 * The contours of `most` repetitions of a step, good for every count above half of it.
 *
 * @returns undefined where the step has other parts than Gaussians, or the integrand does not fade.
 * @guarantee Upper bounds at every ε ≥ 0 and every count, as `contour.ts` says of shares; tight near δ.
 */
export function contourSpectrum(step: Composition, most: number, logDelta: number): StepwiseContour | undefined {
  const parts: AnalyticPart[] = [];
  for (const { mechanism, count } of step.spends) {
    if (mechanism.kind !== "gaussian" && mechanism.kind !== "sampled-gaussian") return undefined;
    parts.push({ mechanism, count: count * most });
  }
  const removing = saddleForDelta(parts, 1, logDelta, 1);
  if (removing === undefined || !(removing.epsilon > 0)) return undefined;
  const adding = saddleForEpsilon(parts, -1, removing.epsilon, removing.tilt);
  if (adding === undefined) return undefined;
  const wish = { mostWork, least: 0.5 };
  const remove = contourFamily(parts, 1, removing, wish);
  const add = remove === undefined ? undefined : contourFamily(parts, -1, adding, wish);
  if (remove === undefined || add === undefined) return undefined;
  const spectrum: TailSpectrum = {
    frequencies: remove(1).points,
    repeated: (count) => {
      const removed = remove(count / most);
      let added: ContourProfile | undefined;
      return {
        remove: (epsilon) => removed.logDeltaAt(epsilon).upper,
        add: (epsilon) => {
          added ??= add(count / most);
          return added.logDeltaAt(epsilon).upper;
        },
      };
    },
  };
  return { spectrum, tilt: removing.tilt, epsilon: removing.epsilon };
}
