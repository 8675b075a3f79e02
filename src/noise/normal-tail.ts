import { PrivacyError } from "../core/index.ts";
import { type Rational, floorSquareRoot } from "./rational.ts";

/** The standard normal's upper tail and density at one point, in units of 2^-bits. */
export interface TailEnclosure {
  /** lower · 2^-bits < Φ̄(b) < upper · 2^-bits, and upper − lower = 3. */
  readonly lower: bigint;
  readonly upper: bigint;
  /** Within 2 units of φ(b). */
  readonly density: bigint;
}

/** From here on Φ̄(b) < 2^-2900, below every unit that is asked for. */
const FARTHEST = 64n;
const MOST_BITS = 2_800;
/** Bits beyond those that are returned; they hold every rounding error. */
const GUARD = 40;
const MOST_TERMS = 16_384;

/**
 * Encloses the upper tail Φ̄(b) = P(N > b) of the standard normal in fixed point.
 *
 *   Φ̄(b) = 1/2 − b/√(2π) · Σ (−X)^n / (n! (2n+1)),  φ(b) = 1/√(2π) · Σ (−X)^n / n!,  X = b²/2
 *
 * Whole numbers only, w = bits + 40 fraction bits. The terms t_n = X^n/n! are cut twice per step. An error made at step j
 * reaches the sum as j! Σ (−X)^(n−j)/n!, n ≥ j, which is j ∫₀¹ (1−s)^(j−1) exp(−Xs) ds, between 0 and 1: the alternating
 * signs tame the errors of the terms, which may themselves grow to e^X. So N terms cost at most 3N units, those that are
 * never computed included, and with b < 64 and N ≤ 2^14 all errors together are below 2^21 units: less than 2^-19 of the
 * unit that is returned.
 *
 * @param point - b ≥ 0.
 * @param bits - 8 to 2800.
 * @throws PrivacyError `numerical_failure` outside those ranges.
 * @guarantee Rigorous for every b and every number of bits: no floating point takes part.
 * @source DLMF 7.6.1 (erf as a power series); the error bound is derived in docs/numerics-noise.md, section 4.
 */
export function encloseTail(point: Rational, bits: number): TailEnclosure {
  const { numerator, denominator } = point;
  if (!(bits >= 8 && bits <= MOST_BITS) || numerator < 0n)
    throw outOfRange("the point or the precision is out of range");
  if (numerator >= FARTHEST * denominator) return { lower: -1n, upper: 2n, density: 0n };

  const square = numerator * numerator;
  const twice = 2n * denominator * denominator;
  const work = BigInt(bits + GUARD);
  const exponent = (square << work) / twice;
  const { tailSum, densitySum } = sumSeries(exponent, work);

  const scale = inverseRootTwoPi(bits + GUARD);
  const centered = (((((numerator << work) / denominator) * scale) >> work) * tailSum) >> work;
  const tail = ((1n << (work - 1n)) - centered) >> BigInt(GUARD);
  return { lower: tail - 1n, upper: tail + 2n, density: (scale * densitySum) >> (work + BigInt(GUARD)) };
}

/** Both alternating series of `encloseTail`, in units of 2^-work. */
function sumSeries(exponent: bigint, work: bigint): { tailSum: bigint; densitySum: bigint } {
  let term = 1n << work;
  let tailSum = 0n;
  let densitySum = 0n;
  let n = 0;
  for (; term > 0n; n += 2) {
    tailSum += term / BigInt(2 * n + 1);
    densitySum += term;
    term = ((term * exponent) >> work) / BigInt(n + 1);
    tailSum -= term / BigInt(2 * n + 3);
    densitySum -= term;
    term = ((term * exponent) >> work) / BigInt(n + 2);
  }
  if (n > MOST_TERMS) throw outOfRange("the series needs more terms than its error bound covers");
  return { tailSum, densitySum };
}

let constant = { bits: 0, value: 0n };

/** 1/√(2π) in units of 2^-bits, at most 2 units off. Kept: every call at one precision wants the same digits. */
function inverseRootTwoPi(bits: number): bigint {
  if (bits > constant.bits) {
    const kept = Math.max(512, 2 * bits);
    const work = BigInt(kept + 32);
    // √(1/(2π)): the quotient has 2·work fraction bits, its root has work
    const value = floorSquareRoot((1n << (3n * work)) / (2n * machinPi(work))) >> 32n;
    constant = { bits: kept, value };
  }
  return constant.value >> BigInt(constant.bits - bits);
}

/** π = 16 atan(1/5) − 4 atan(1/239), in units of 2^-work; off by fewer units than it sums terms (20 · work). */
function machinPi(work: bigint): bigint {
  return 16n * inverseArctangent(5n, work) - 4n * inverseArctangent(239n, work);
}

function inverseArctangent(x: bigint, work: bigint): bigint {
  let power = (1n << work) / x;
  let sum = 0n;
  for (let n = 1n, sign = 1n; power > 0n; n += 2n, sign = -sign) {
    sum += (sign * power) / n;
    power /= x * x;
  }
  return sum;
}

function outOfRange(reason: string): PrivacyError<"numerical_failure"> {
  return new PrivacyError("numerical_failure", `a normal tail was wanted in fixed point, but ${reason}`, {
    routine: "encloseTail",
    reason,
  });
}
