import { invalidArgument, parseNoiseMultiplier, parseSamplingProbability, parseSteps } from "../core/index.ts";
import { composed, gaussian, poissonSampled, selfComposed } from "./build-event.ts";
import type { DpEvent } from "./event.ts";

function segmentEvent(segment: unknown, path: string): DpEvent {
  if (!Array.isArray(segment) || segment.length !== 3) {
    const came = Array.isArray(segment) ? `a list of ${segment.length}` : `a value of type ${typeof segment}`;
    throw invalidArgument(path, "[noiseMultiplier, sampleRate, steps]", came);
  }
  const [noiseMultiplier, sampleRate, steps] = segment as readonly unknown[];
  const step = poissonSampled(
    parseSamplingProbability(sampleRate, `${path}[1]`),
    gaussian(parseNoiseMultiplier(noiseMultiplier, `${path}[0]`)),
  );
  return selfComposed(step, parseSteps(steps, `${path}[2]`));
}

/**
 * The event that an Opacus accountant has recorded: its `history` attribute, or the member of that name in its
 * `state_dict()`, as Python's json module writes it.
 *
 * Each segment is `steps` Gaussians on Poisson-sampled batches. Opacus divides σ by its clip norm, as events do, and
 * prices under add-or-remove-one; whether its loader really sampled by Poisson the history does not say.
 *
 * @param history - [[noiseMultiplier, sampleRate, steps], …]: z ≥ 0 and finite, q in [0, 1], whole steps ≥ 0. The list
 * may be empty: nothing was spent.
 * @returns `self-composed` for one segment, else `composed` of one each.
 * @throws PrivacyError `invalid_argument`, by path such as `history[2][1]`, on anything else.
 * @source Opacus 1.6.0, opacus/accountants/accountant.py and rdp.py (`history`, `step`).
 * @example fromOpacusHistory([[1.1, 0.004, 14062]]) // 14062 Poisson-sampled Gaussians
 */
export function fromOpacusHistory(history: unknown): DpEvent {
  if (!Array.isArray(history)) {
    throw invalidArgument(
      "history",
      "a list of [noiseMultiplier, sampleRate, steps]",
      `a value of type ${typeof history}`,
    );
  }
  // Array.from visits the holes of a sparse array, which map would skip
  const segments = Array.from(history, (segment: unknown, i) => segmentEvent(segment, `history[${i}]`));
  const [first] = segments;
  return segments.length === 1 && first !== undefined ? first : composed(...segments);
}
