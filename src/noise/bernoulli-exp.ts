import { type Keystream, takeBits64 } from "./keystream.ts";
import type { Rational } from "./rational.ts";

/** A uniform whole number in [0, limit), limit > 0: the leading bits of 64-bit words, drawn again until below. */
export function drawBelow(stream: Keystream, limit: bigint): bigint {
  if (limit === 1n) return 0n;
  let size = 64n;
  while (limit >> size !== 0n) size += 64n;
  // the smallest number of bits that holds limit − 1, so that at most half of the draws are thrown away
  const spare = size - BigInt((limit - 1n).toString(2).length);
  for (;;) {
    let bits = 0n;
    for (let filled = 0n; filled < size; filled += 64n) bits = (bits << 64n) | takeBits64(stream);
    bits >>= spare;
    if (bits < limit) return bits;
  }
}

/** True with probability numerator / denominator exactly; 0 ≤ numerator ≤ denominator. */
export function drawBernoulli(stream: Keystream, numerator: bigint, denominator: bigint): boolean {
  return drawBelow(stream, denominator) < numerator;
}

/**
 * True with probability exp(−γ) exactly, γ ≥ 0 rational. For γ ≤ 1 the number K of the first failure in a row of
 * Bernoulli(γ/k), k = 1, 2, …, is odd with probability Σ (−γ)^k / k!; a larger γ is taken in whole steps first.
 *
 * @source Canonne, Kamath, Steinke 2020, arXiv:2004.00010v5, the algorithm for sampling Bernoulli(exp(−γ)).
 */
export function drawBernoulliExp(stream: Keystream, gamma: Rational): boolean {
  const { numerator, denominator } = gamma;
  const whole = numerator / denominator;
  for (let i = 0n; i < whole; i++) {
    if (!drawSmallBernoulliExp(stream, 1n, 1n)) return false;
  }
  return drawSmallBernoulliExp(stream, numerator - whole * denominator, denominator);
}

/** `drawBernoulliExp` for γ = numerator / denominator in [0, 1]. */
function drawSmallBernoulliExp(stream: Keystream, numerator: bigint, denominator: bigint): boolean {
  let k = 1n;
  while (drawBernoulli(stream, numerator, denominator * k)) k += 1n;
  return k % 2n === 1n;
}
