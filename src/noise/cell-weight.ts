import { type Rational } from "./rational.ts";

/** low · 2^-bits ≤ the number ≤ high · 2^-bits. */
export interface Enclosure {
  readonly low: bigint;
  readonly high: bigint;
}

/** Bits beyond those that are returned: they hold every rounding of some thousand terms. */
const guard = 64;

/**
 * Encloses w(k) = I(0)/I(k), where I(k) = ∫ exp(−((k + s)² − k²)/(2σ²)) ds over the cell −1/2 < s < 1/2: what the density at
 * a whole number is worth beside the mass of its cell, compared with 0. It lies in (0, 1] and falls as |k| grows.
 *
 *   I(k) = e^(−q) Σ h^(2m)/(2m)! · A_m,  A_m = Σ_j r^j / ((2m+1)(2m+3) … (2m+2j+1)),  q = r/2 = 1/(8σ²), h = k/(2σ²)
 *
 * by cosh's series and t^(2m) exp(−qt²) integrated by parts. All terms are positive, so that low ends come from rounding
 * down and high ends from rounding up; A_m = (1 + r·A_(m+1))/(2m+1), and A_m falls with m.
 *
 * @param k - not 0.
 * @guarantee Whole numbers only: rigorous for every σ > 0 and k. high − low is 2 or 3 units for h ≤ 64, more beyond.
 * @source docs/numerics-noise.md, section 8.
 */
export function encloseCellWeight(k: bigint, { numerator: n, denominator: d }: Rational, bits: number): Enclosure {
  const work = BigInt(bits + guard);
  const one = 1n << work;
  const r = toFixed(d * d, 4n * n * n, work);
  const powers = powersOverFactorials(toFixed(k * k * d ** 4n, 4n * n ** 4n, work), r, work);
  const last = BigInt(powers.length - 1);
  // A ≤ 1/(2m + 1 − r), since A_(m+1) ≤ A_m; the last m is so large that this is at most 2/(2m + 1)
  let a: Enclosure = { low: one / (2n * last + 1n), high: (2n * one) / (2n * last + 1n) + 1n };
  // the terms after the last one are together smaller than it, which is a unit
  let [low, high] = [0n, 1n];
  for (let m = last; ; m--) {
    const power = powers[Number(m)];
    low += (power.low * a.low) >> work;
    high += ((power.high * a.high) >> work) + 1n;
    if (m === 0n) break;
    const divisor = 2n * m - 1n;
    a = {
      low: (one + ((r.low * a.low) >> work)) / divisor,
      high: (one + ((r.high * a.high) >> work) + 1n) / divisor + 1n,
    };
  }
  const shift = BigInt(bits);
  return { low: (a.low << shift) / high, high: (a.high << shift) / low + 1n };
}

function toFixed(numerator: bigint, denominator: bigint, work: bigint): Enclosure {
  const low = (numerator << work) / denominator;
  return { low, high: low + 1n };
}

/** g^m/(2m)! for m = 0, 1, … until it is a unit at most, falls by half or faster, and what is left of A_m is a unit too. */
function powersOverFactorials(g: Enclosure, r: Enclosure, work: bigint): Enclosure[] {
  const one = 1n << work;
  const powers: Enclosure[] = [{ low: one, high: one }];
  let rest = one;
  for (let m = 1n; ; m++) {
    const divisor = (2n * m - 1n) * 2n * m;
    const { low, high } = powers[powers.length - 1];
    const next = {
      low: ((low * g.low) >> work) / divisor,
      high: (((high * g.high) >> work) + 1n) / divisor + 1n,
    };
    powers.push(next);
    rest = ((rest * r.high) >> work) / (2n * m - 1n);
    const falls = 2n * g.high <= (2n * m + 1n) * (2n * m + 2n) * one && 2n * r.high <= (2n * m + 1n) * one;
    if (falls && next.high <= 1n && rest === 0n) return powers;
  }
}
