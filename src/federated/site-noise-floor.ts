import type { PrivacyError } from "../core/index.ts";
import { refusedByPolicy } from "./policy-refusal.ts";
import type { SiteNoise } from "./site-noise.ts";

/** What a site wants of the noise in the rounds that it takes part in, whatever the coordinator plans. */
export interface NoiseFloor {
  /** Least standard deviation of this site's own noise over the clip norm: it hides the site even if nobody else draws any. */
  readonly minShare: number;
  /** The most sites that this one is willing to rely on, itself among them. */
  readonly maxHonestSurvivors: number;
}

/**
 * @param floor - null: no demand beyond sense.
 * @param threshold - how many sites of the round stay at least; null where no round is there yet.
 * @throws PrivacyError `policy_refused` by `siteNoise`.
 */
export function checkNoise(floor: NoiseFloor | null, noise: SiteNoise, threshold: number | null): void {
  const { noiseMultiplier, honestSurvivors } = noise;
  if (!(honestSurvivors >= 1 && noiseMultiplier > 0))
    throw noiseRefused("the coordinator plans with noise that is none");
  if (threshold !== null && honestSurvivors > threshold) {
    throw noiseRefused(`${honestSurvivors} honest sites are planned with and only ${threshold} of the round need stay`);
  }
  if (floor === null) return;
  const share = noiseMultiplier / Math.sqrt(honestSurvivors);
  if (!(share >= floor.minShare)) {
    throw noiseRefused(
      `this site's own noise would be ${share} of the clip norm and at least ${floor.minShare} is wanted`,
    );
  }
  if (honestSurvivors > floor.maxHonestSurvivors) {
    throw noiseRefused(
      `${honestSurvivors} honest sites are planned with and this site relies on at most ${floor.maxHonestSurvivors}`,
    );
  }
}

export function noiseRefused(text: string): PrivacyError<"policy_refused"> {
  return refusedByPolicy("siteNoise", text);
}
