import { PrivacyError } from "../core/index.ts";
import { maxBatchRows } from "../gradients/index.ts";
import type { GridGaussian } from "../noise/index.ts";

/** One weight's sums of the last bands − 1 steps, and the noised gradients that were released for them. */
interface History {
  /** Newest first; integer multiples of the grid. Private: it lives in memory only. */
  readonly sums: Float64Array[];
  /** Newest first; in grid units. */
  readonly released: Float64Array[];
}

/**
 * The noise of a banded strategy matrix C on a stream of sums G: what is drawn is Y = C·G + Z, Z independent Gaussians,
 * and what is returned is X = C⁻¹·Y = G + C⁻¹·Z, which is computed from Y alone.
 *
 * C is lower triangular and Toeplitz, with coefficients rounded toward zero to multiples of 2^-bits: C·G is then a whole
 * number of 2^-bits grid steps, exactly, and Z is rounded exactly to that finer grid, so that Y is a rounding of the ideal
 * Gaussian mechanism and X a post-processing of it; the rounding of X itself costs nothing. A column of C has norm at most
 * 1, and columns `bands` apart do not meet: a record that is in every bands-th step at most moves C·G by at most its
 * sensitivity for each step that it is in.
 *
 * The past sums are kept in memory and nowhere else: a process that ends cannot go on, and no noise is drawn twice.
 *
 * @guarantee With stddev z · sensitivity: that of `bandedMatrix` with noise multiplier z, under cyclic Poisson sampling
 *   over `bands` groups.
 * @source Choquette-Choo, Ganesh, McKenna, McMahan, Rush, Thakurta, Xu 2023, arXiv:2306.08153v2, Theorem 4 (banded
 *   strategies under cyclic Poisson sampling); Denisov, McMahan, Rush, Smith, Thakurta 2022, arXiv:2202.08312v4 (adaptive
 *   streams).
 */
export class BandedNoise {
  readonly #whole: readonly number[];
  readonly #bits: number;
  readonly #history = new Map<string, History>();

  /**
   * @param coefficients - c_0 > 0 and the rest of the first column, of norm at most 1 up to rounding.
   * @param sensitivityInGridUnits - how many grid steps one record moves a sum by; public.
   */
  constructor(coefficients: readonly number[], sensitivityInGridUnits: number) {
    this.#bits = chooseBits(coefficients.length, sensitivityInGridUnits);
    this.#whole = roundInward(coefficients, this.#bits);
  }

  /** C's first column as it is used: multiples of 2^-bits. */
  get coefficients(): readonly number[] {
    return this.#whole.map((c) => c / 2 ** this.#bits);
  }

  /**
   * One weight's next noised gradient, in grid units; to be called once a step for every weight.
   *
   * @param stddevInGridUnits - σ of Z; at least z times the sensitivity in grid units.
   * @throws PrivacyError `numerical_failure` as `addNoise`.
   */
  addNoise(name: string, sums: Float64Array, noise: GridGaussian, stddevInGridUnits: number): Float64Array {
    const history = this.#history.get(name) ?? { sums: [], released: [] };
    const [own = 1, ...others] = this.#whole;
    const mixed = sums.map((value) => own * value);
    others.forEach((c, j) => {
      const past = history.sums[j];
      if (past !== undefined) for (let k = 0; k < mixed.length; k++) mixed[k] += c * past[k];
    });
    const noised = noise.addNoise(mixed, stddevInGridUnits * 2 ** this.#bits);
    others.forEach((c, j) => {
      const past = history.released[j];
      if (past !== undefined) for (let k = 0; k < noised.length; k++) noised[k] -= c * past[k];
    });
    for (let k = 0; k < noised.length; k++) noised[k] /= own;
    const kept = others.length;
    this.#history.set(name, {
      // the caller may write over its sums
      sums: kept === 0 ? [] : [sums.slice(), ...history.sums].slice(0, kept),
      released: [noised.slice(), ...history.released].slice(0, kept),
    });
    return noised;
  }

  /** Forgets the past: with it goes any way to go on. */
  dispose(): void {
    this.#history.clear();
  }
}

/** So many that the largest batch, moved by everybody in one direction, is still a whole number below 2^53 in C·G. */
function chooseBits(bands: number, sensitivityInGridUnits: number): number {
  const largest = Math.log2(maxBatchRows) + Math.log2(sensitivityInGridUnits) + 0.5 * Math.log2(bands);
  const bits = Math.min(16, Math.floor(52 - largest));
  if (bits >= 6) return bits;
  const reason = "a model of this many weights leaves too few bits for the strategy's coefficients";
  throw new PrivacyError("numerical_failure", `correlated noise was wanted and ${reason}; use independent noise`, {
    routine: "BandedNoise",
    reason,
  });
}

/** Toward zero, and on until the norm is at most 1: what is drawn is never less than what is priced. */
function roundInward(coefficients: readonly number[], bits: number): number[] {
  const whole = coefficients.map((c) => Math.trunc(c * 2 ** bits));
  // sums of squares of whole numbers below 2^17 are exact
  while (whole.reduce((sum, c) => sum + c * c, 0) > 4 ** bits) whole[0] = (whole[0] ?? 0) - 1;
  if ((whole[0] ?? 0) >= 1) return whole;
  throw new PrivacyError(
    "numerical_failure",
    "correlated noise was wanted and its first coefficient is zero beside the others; choose a strategy with a larger one",
    { routine: "BandedNoise", reason: "the first coefficient vanishes" },
  );
}
