import type { ComposedLaw } from "./composed-law.ts";

/** Sums over the upper end of a tilted law, at every index at once. */
export interface TailSums {
  /** Σ_{j ≥ k} mass_j · exp(−tilt·(j − k)·mesh). */
  readonly plain: Float64Array;
  /** The same with each term times 1 − exp(−(j − k)·mesh). */
  readonly excess: Float64Array;
  /** ‖weights‖₂ of `plain`, whatever k. */
  readonly plainNorm: number;
  /** ‖weights‖₂ of `excess` one mesh further out, whatever k. */
  readonly excessNorm: number;
}

/** One backward pass: every step adds positive terms only, but for the transform's noise. */
export function tailSums(law: ComposedLaw, tilt: number, mesh: number): TailSums {
  const n = law.mass.length;
  const [plain, excess] = [new Float64Array(n + 1), new Float64Array(n + 1)];
  const [r, gap, keep] = [Math.exp(-tilt * mesh), -Math.expm1(-mesh), Math.exp(-mesh)];
  for (let k = n - 1; k >= 0; k--) {
    plain[k] = law.mass[k] + r * plain[k + 1];
    excess[k] = r * (gap * plain[k + 1] + keep * excess[k + 1]);
  }
  let [plainSquares, excessSquares, weight, kept] = [0, 0, 1, keep];
  for (let j = 0; j < n && weight > 1e-30; j++) {
    plainSquares += weight * weight;
    excessSquares += (weight * (1 - kept)) ** 2;
    weight *= r;
    kept *= keep;
  }
  return {
    plain,
    excess,
    plainNorm: Math.sqrt(plainSquares) + 1e-20 * n,
    excessNorm: Math.sqrt(excessSquares) + 1e-20 * n,
  };
}
