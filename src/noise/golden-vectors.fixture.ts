import { readFileSync } from "node:fs";

/** What `tools/noise-vectors.py` computed with mpmath, and how. */
export interface NoiseVectors {
  readonly origin: string;
  readonly largestErrorOverBound: number;
  readonly tableSha256: string;
  /** Per binade, the bound of docs/numerics-noise.md, section 3. */
  readonly errorBounds: readonly number[];
  /** Numerator, denominator, bits, ⌊Φ̄ · 2^bits⌋, ⌊φ · 2^bits⌋. */
  readonly tails: readonly (readonly [number, number, number, string, string])[];
  /** σ, the words of p in hexadecimal, round(σ Φ̄⁻¹(p)). */
  readonly decisions: readonly (readonly [number, string, number])[];
}

export const noiseVectors: NoiseVectors = JSON.parse(
  readFileSync(new URL("golden/noise-vectors.json", import.meta.url), "utf8"),
) as NoiseVectors;
