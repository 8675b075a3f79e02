import { PrivacyError } from "../core/index.ts";
import { type Keystream, takeBits64 } from "./keystream.ts";
import { type TailEnclosure, encloseTail } from "./normal-tail.ts";
import { type Rational, rationalFromDouble } from "./rational.ts";

/** A draw that is not decided after so many bits is given up: see `TV_DISTANCE`. */
const MOST_BITS = 1_024;
/** The first precision at which a boundary is evaluated, in bits beyond those of the draw. */
const EXTRA_BITS = 64;

/**
 * Bound on the total-variation distance, per draw, between what is returned and the rounding of an ideal Gaussian, given
 * ideal random bits: the probability that 2^10 bits do not decide, below 2^-900. Such a draw throws.
 */
export const TV_DISTANCE: number = 2 ** -900;

/** A uniform p in (0, 1/2) of which the leading `length` bits are drawn: value · 2^-length ≤ p < (value + 1) · 2^-length. */
export interface TailBits {
  value: bigint;
  length: number;
}

/**
 * round(σ · Φ̄⁻¹(p)) for a p of which the first bits are known, with as many more bits from `stream` as the decision
 * needs. The quantile falls as p grows, so that the answer is k ≥ 0 exactly when Φ̄((k+½)/σ) < p < Φ̄((k−½)/σ) (for
 * k = 0 the right side is 1/2): comparisons of p with enclosed numbers, nothing else. Where a comparison is open, p gets
 * 64 more bits and the boundary 64 bits more precision (Ziv's strategy).
 *
 * @param bits - is extended in place.
 * @param stddev - σ > 0, as an exact rational.
 * @param candidate - a whole number near the answer; it changes the time, never the answer.
 * @throws PrivacyError `numerical_failure` if 1,024 bits do not decide (probability below 2^-900 with working random bits).
 * @source Ziv 1991, ACM TOMS 17(3), 410–423.
 */
export function roundExactly(bits: TailBits, stddev: Rational, candidate: number, stream: Keystream): number {
  const isPast = (k: number): boolean => isBeyond(bits, stddev, k, stream);
  // the answer is the least k that is not past; steps double, so that even a bad candidate costs little
  let low = 0;
  let high = candidate;
  if (isPast(candidate)) {
    low = candidate + 1;
    let step = 1;
    for (; isPast(low + step - 1); step *= 2) low += step;
    high = low + step - 1;
  } else {
    for (let step = 1; high > 0; step *= 2) {
      const probe = Math.max(0, high - step);
      if (isPast(probe)) {
        low = probe + 1;
        break;
      }
      high = probe;
    }
  }
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    if (isPast(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether σ · Φ̄⁻¹(p) > k + ½, that is p < Φ̄((k + ½)/σ). */
function isBeyond(bits: TailBits, stddev: Rational, k: number, stream: Keystream): boolean {
  const boundary = {
    numerator: (2n * BigInt(k) + 1n) * stddev.denominator,
    denominator: 2n * stddev.numerator,
  };
  for (;;) {
    const precision = bits.length + EXTRA_BITS;
    const order = compare(bits, encloseTail(boundary, precision));
    if (order !== 0) return order < 0;
    extend(bits, stream);
  }
}

/** −1: all of p's interval is below the enclosed number; 1: above; 0: open. The enclosure has EXTRA_BITS more bits. */
function compare(bits: TailBits, tail: TailEnclosure): -1 | 0 | 1 {
  const shift = BigInt(EXTRA_BITS);
  if ((bits.value + 1n) << shift <= tail.lower) return -1;
  if (bits.value << shift >= tail.upper) return 1;
  return 0;
}

function extend(bits: TailBits, stream: Keystream): void {
  if (bits.length >= MOST_BITS) throw undecided("1,024 random bits do not decide one draw");
  bits.value = (bits.value << 64n) | takeBits64(stream);
  bits.length += 64;
}

/**
 * A double near Φ̄⁻¹(p) for small p, for which the table has no polynomial. Extends p until 100 significant bits are
 * known. The value is a candidate: `roundExactly` decides.
 *
 * @throws PrivacyError `numerical_failure` if 1,024 bits hold no 100 significant ones.
 */
export function approximateQuantile(bits: TailBits, stream: Keystream): number {
  while (bits.value >> 100n === 0n) extend(bits, stream);
  const logP = Math.log(Number(bits.value >> 60n)) - (bits.length - 60) * Math.LN2;
  // p = φ(x)/x (1 + …): three rounds bring x within a few hundredths
  let x = Math.sqrt(-2 * logP);
  for (let round = 0; round < 3; round++) x = Math.sqrt(-2 * (logP + Math.log(x) + 0.5 * Math.log(2 * Math.PI)));
  // Newton on log Φ̄(x) − log p, with Φ̄ from the enclosure
  for (let round = 0; round < 6; round++) {
    const { lower, density } = encloseTail(rationalFromDouble(x), bits.length);
    const excess = toRatio(lower + 1n - bits.value, bits.value);
    const step = Math.log1p(excess) * toRatio(lower + 1n, density);
    // a candidate is all that is wanted: where doubles end, the last one is good enough
    if (!Number.isFinite(step)) break;
    x += step;
    // what is left is about the square of the last step
    if (Math.abs(step) < 2 ** -30) break;
  }
  return x;
}

/** a / b in doubles, to about 2^-50; NaN for b = 0. */
function toRatio(a: bigint, b: bigint): number {
  return b === 0n ? NaN : Number((a << 100n) / b) * 2 ** -100;
}

function undecided(reason: string): PrivacyError<"numerical_failure"> {
  return new PrivacyError(
    "numerical_failure",
    `an exactly rounded Gaussian was wanted, but ${reason}; nothing was returned: suspect the source of randomness`,
    { routine: "roundExactly", reason },
  );
}
