/**
 * Arbitrary-precision binary floating point on BigInt: value = mantissa · 2^exponent. Nothing here or in what it
 * imports comes from src; the only doubles are the exact arguments and the starting point of one iteration.
 *
 * Every operation takes the number of bits p to keep and truncates; its relative error is at most 2^(1−p) per rounding
 * of what it was given. Sums of opposite signs cancel as always: ask for more bits, not for other formulas.
 */
export interface BigFloat {
  readonly mantissa: bigint;
  readonly exponent: number;
}

export const zero: BigFloat = { mantissa: 0n, exponent: 0 };
export const one: BigFloat = { mantissa: 1n, exponent: 0 };

function bitLength(value: bigint): number {
  const magnitude = value < 0n ? -value : value;
  const hex = magnitude.toString(16);
  return magnitude === 0n ? 0 : (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex.slice(0, 1), 16)));
}

/** Position of the leading bit: 2^(magnitude − 1) ≤ |x| < 2^magnitude. −Infinity for 0. */
export function magnitude(x: BigFloat): number {
  return x.mantissa === 0n ? -Infinity : bitLength(x.mantissa) + x.exponent;
}

function kept(mantissa: bigint, exponent: number, p: number): BigFloat {
  const excess = bitLength(mantissa) - p;
  return excess > 0 ? { mantissa: mantissa >> BigInt(excess), exponent: exponent + excess } : { mantissa, exponent };
}

/** The double, exactly. */
export function exactly(x: number): BigFloat {
  if (!Number.isFinite(x)) throw new RangeError(`a finite number was wanted, got ${x}`);
  let exponent = 0;
  let scaled = x;
  // powers of two scale a double without rounding; the steps keep clear of overflow
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    exponent -= 1;
  }
  return { mantissa: BigInt(scaled), exponent };
}

/** A double within 2⁻⁵² of x relative to it (and within 2⁻¹⁰⁷⁴). */
export function toNumber(x: BigFloat): number {
  const { mantissa, exponent } = kept(x.mantissa, x.exponent, 64);
  const half = Math.trunc(exponent / 2);
  return Number(mantissa) * 2 ** half * 2 ** (exponent - half);
}

export function negative(x: BigFloat): BigFloat {
  return { mantissa: -x.mantissa, exponent: x.exponent };
}

export function times(a: BigFloat, b: BigFloat, p: number): BigFloat {
  return kept(a.mantissa * b.mantissa, a.exponent + b.exponent, p);
}

/** x · 2^n, exactly. */
export function shifted(x: BigFloat, n: number): BigFloat {
  return { mantissa: x.mantissa, exponent: x.exponent + n };
}

export function plus(a: BigFloat, b: BigFloat, p: number): BigFloat {
  if (a.mantissa === 0n) return kept(b.mantissa, b.exponent, p);
  if (b.mantissa === 0n) return kept(a.mantissa, a.exponent, p);
  const [high, low] = magnitude(a) >= magnitude(b) ? [a, b] : [b, a];
  // what lies wholly below the kept bits is dropped
  if (magnitude(low) < magnitude(high) - p - 4) return kept(high.mantissa, high.exponent, p);
  const exponent = Math.min(high.exponent, low.exponent);
  const sum = (high.mantissa << BigInt(high.exponent - exponent)) + (low.mantissa << BigInt(low.exponent - exponent));
  return kept(sum, exponent, p);
}

export function minus(a: BigFloat, b: BigFloat, p: number): BigFloat {
  return plus(a, negative(b), p);
}

export function over(a: BigFloat, b: BigFloat, p: number): BigFloat {
  const lift = Math.max(0, p + 2 + bitLength(b.mantissa) - bitLength(a.mantissa));
  return kept((a.mantissa << BigInt(lift)) / b.mantissa, a.exponent - b.exponent - lift, p);
}

/** √x for x ≥ 0 by Newton's method on whole numbers. */
export function squareRoot(x: BigFloat, p: number): BigFloat {
  if (x.mantissa < 0n) throw new RangeError("a square root of a negative number was wanted");
  if (x.mantissa === 0n) return zero;
  let lift = Math.max(0, 2 * p + 4 - bitLength(x.mantissa));
  if ((x.exponent - lift) % 2 !== 0) lift += 1;
  const target = x.mantissa << BigInt(lift);
  let root = 1n << BigInt(Math.ceil(bitLength(target) / 2));
  for (;;) {
    const next = (root + target / root) >> 1n;
    if (next >= root) return kept(root, (x.exponent - lift) / 2, p);
    root = next;
  }
}

/** atanh(1/n) or, with alternating signs, atan(1/n). */
function inverseTangent(n: bigint, isAlternating: boolean, p: number): BigFloat {
  const scale = 1n << BigInt(p + 32);
  let power = scale / n;
  let sum = 0n;
  for (let k = 1n; power > 0n; k += 2n) {
    sum += isAlternating && k % 4n === 3n ? -(power / k) : power / k;
    power /= n * n;
  }
  return kept(sum, -(p + 32), p);
}

const constants: Map<string, BigFloat> = new Map();

function constant(name: string, p: number, make: () => BigFloat): BigFloat {
  const key = `${name} ${p}`;
  const value = constants.get(key) ?? make();
  constants.set(key, value);
  return value;
}

/** log 2 = 2·atanh(1/3). */
export function logTwo(p: number): BigFloat {
  return constant("log 2", p, () => shifted(inverseTangent(3n, false, p), 1));
}

/** π = 16·atan(1/5) − 4·atan(1/239). */
export function pi(p: number): BigFloat {
  return constant("π", p, () =>
    minus(shifted(inverseTangent(5n, true, p + 8), 4), shifted(inverseTangent(239n, true, p + 8), 2), p),
  );
}

/** eˣ, to relative 2^(8−p): reduced by log 2, halved until the series is short, squared back. */
export function exponential(x: BigFloat, p: number): BigFloat {
  const halvings = Math.ceil(Math.sqrt(p));
  const w = p + halvings + Math.max(0, magnitude(x)) + 32;
  const twos = Math.round(toNumber(over(x, logTwo(64), 64)));
  const reduced = shifted(minus(x, times(logTwo(w), exactly(twos), w), w), -halvings);
  let term = one;
  let sum = one;
  for (let k = 1; term.mantissa !== 0n && magnitude(term) > -w; k++) {
    term = over(times(term, reduced, w), exactly(k), w);
    sum = plus(sum, term, w);
  }
  for (let i = 0; i < halvings; i++) sum = times(sum, sum, w);
  return kept(sum.mantissa, sum.exponent + twos, p);
}

/** log x for x > 0, to relative 2^(8−p), near 1 too: Halley's iteration on eʸ = x from the double logarithm. */
export function logarithm(x: BigFloat, p: number): BigFloat {
  if (x.mantissa <= 0n) throw new RangeError("a logarithm of a number that is not positive was wanted");
  const distance = minus(x, one, p);
  if (distance.mantissa === 0n) return zero;
  const w = p + 32 + Math.max(0, -magnitude(distance));
  // x = m·2^n with m in [3/4, 3/2)
  let n = magnitude(x);
  if (toNumber(shifted(x, -n)) < 0.75) n -= 1;
  const m = shifted(x, -n);
  let y = exactly(Math.log(toNumber(m)));
  for (let bits = 40; bits < w * 2; bits *= 3) {
    const e = exponential(y, w);
    y = plus(y, shifted(over(minus(m, e, w), plus(m, e, w), w), 1), w);
  }
  return plus(y, times(logTwo(w), exactly(n), w), p);
}

/** erfc x, to relative 2^(8−p): one minus a series of positive terms, with the bits that the subtraction will cost. */
export function complementaryError(x: BigFloat, p: number): BigFloat {
  // the subtraction costs 1.45x² bits
  if (Math.abs(toNumber(x)) > 200) throw new RangeError("erfc beyond 200 would need more than 58,000 bits");
  const square = times(x, x, 4096);
  const lost = x.mantissa > 0n ? Math.ceil(1.45 * toNumber(square)) + 16 : 0;
  const w = p + lost + 32;
  let term = x;
  let sum = x;
  for (let k = 1; term.mantissa !== 0n && magnitude(term) > magnitude(sum) - w; k++) {
    // erf x = 2/√π · e^(−x²) · Σ 2^k x^(2k+1) / (2k+1)!!
    term = over(shifted(times(term, square, w), 1), exactly(2 * k + 1), w);
    sum = plus(sum, term, w);
  }
  const scale = shifted(over(exponential(negative(square), w), squareRoot(pi(w), w), w), 1);
  return minus(one, times(scale, sum, w), p);
}
