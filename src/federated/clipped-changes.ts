import { type L2Sensitivity, PrivacyError, invalidArgument } from "../core/index.ts";

/** What one site's part in the sum is bounded by, and the sum itself. */
export interface ClippedChanges {
  readonly gridExponent: number;
  /** Bound on one site's part of the sum, in the model's units: clip norm, half a grid step in every element, rounding. */
  readonly sensitivity: L2Sensitivity;
  /** In grid steps, shape [elements]; exact. */
  readonly multiples: Float64Array;
  /** How many changes were within the clip norm. Private until noised. */
  readonly unclipped: number;
}

/** Bounds what floating point adds to the norm of a clipped change of up to 2^31 elements; the norm alone is off by 6e-11. */
const clipSurcharge = 1e-9;
const blockElements = 4096;
/** Added and taken away it leaves the nearest integer, for |x| < 2^51; a part is below 2^37 steps. Faster than Math.round. */
const roundingShift = 1.5 * 2 ** 52;

/**
 * The sum of the sites' changes, each clipped to one L2 norm over all its elements and rounded to a grid before it is added:
 * adding is exact, so nothing depends on the order of the sites, and a site moves the sum by its own part and no more.
 */
export class ChangeSum {
  readonly #before: Float64Array;
  readonly #clipNorm: number;
  readonly #gridExponent: number;
  readonly #multiples: Float64Array;
  #sites = 0;
  #unclipped = 0;

  /**
   * @param before - the model that the sites started from, shape [elements], 1 to 2^31.
   * @param clipNorm - S, in [1e-12, 1e12].
   * @throws PrivacyError `invalid_argument` out of these ranges.
   */
  constructor(before: Float64Array, clipNorm: number) {
    if (!(clipNorm >= 1e-12 && clipNorm <= 1e12)) throw invalidArgument("l2ClipNorm", "in [1e-12, 1e12]", clipNorm);
    if (!(before.length >= 1 && before.length <= 2 ** 31)) {
      throw invalidArgument("elements", "1 to 2^31 in all float tensors", before.length);
    }
    this.#before = before;
    this.#clipNorm = clipNorm;
    // half a step in each of d elements is at most 2^-20 of the clip norm
    this.#gridExponent = Math.floor(Math.log2(clipNorm / Math.sqrt(before.length))) - 19;
    this.#multiples = new Float64Array(before.length);
  }

  /**
   * Adds one site's model, shape [elements].
   *
   * @returns false, with nothing added, when an element is not finite: such a site counts as one that did not answer.
   * @throws PrivacyError `numerical_failure` when so many sites could not be added exactly any more; depends on their number.
   */
  add(after: ArrayLike<number>): boolean {
    const [before, sum] = [this.#before, this.#multiples];
    const norm = changeNorm(before, after);
    if (!Number.isFinite(norm)) return false;
    this.#sites += 1;
    // a part is below 2^20·√d steps, S being below that many
    if (this.#sites * 2 ** 21 * Math.sqrt(sum.length) > 2 ** 52) {
      throw new PrivacyError("numerical_failure", "fewer sites were wanted: so many can not be summed exactly", {
        routine: "ChangeSum",
        reason: "too many sites",
      });
    }
    const isWhole = norm <= this.#clipNorm;
    const scale = (isWhole ? 1 : this.#clipNorm / norm) / 2 ** this.#gridExponent;
    for (let i = 0; i < sum.length; i++) sum[i] += (after[i] - before[i]) * scale + roundingShift - roundingShift;
    if (isWhole) this.#unclipped += 1;
    return true;
  }

  result(): ClippedChanges {
    const half = 2 ** (this.#gridExponent - 1) * Math.sqrt(this.#before.length);
    return {
      gridExponent: this.#gridExponent,
      sensitivity: ((this.#clipNorm + half) * (1 + clipSurcharge)) as L2Sensitivity,
      multiples: this.#multiples,
      unclipped: this.#unclipped,
    };
  }
}

/** ‖after − before‖₂; NaN where an element is not finite. */
function changeNorm(before: Float64Array, after: ArrayLike<number>): number {
  if (after.length !== before.length) return NaN;
  const square = squaredNorm(before, after, 1);
  // here nothing overflowed, and what vanished is below 2^31 · 2^-1074
  if (square > 1e-280 && square < Infinity) return Math.sqrt(square);
  return scaledNorm(before, after);
}

/** Scaled by the largest element, so that no square overflows or vanishes. */
function scaledNorm(before: Float64Array, after: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < before.length; i++) {
    const size = Math.abs(after[i] - before[i]);
    if (!Number.isFinite(size)) return NaN;
    if (size > largest) largest = size;
  }
  return largest === 0 ? 0 : largest * Math.sqrt(squaredNorm(before, after, largest));
}

/** Σ((after − before)/unit)², summed in blocks. */
function squaredNorm(before: Float64Array, after: ArrayLike<number>, unit: number): number {
  let total = 0;
  for (let from = 0; from < before.length; from += blockElements) {
    const to = Math.min(from + blockElements, before.length);
    let block = 0;
    if (unit === 1) {
      for (let i = from; i < to; i++) block += (after[i] - before[i]) * (after[i] - before[i]);
    } else {
      for (let i = from; i < to; i++) block += ((after[i] - before[i]) / unit) ** 2;
    }
    total += block;
  }
  return total;
}
