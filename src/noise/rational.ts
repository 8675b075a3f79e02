/** A rational number; the denominator is > 0. Need not be in lowest terms. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** A finite double ≥ 0 as the rational that it is, exactly. */
export function rationalFromDouble(value: number): Rational {
  let exponent = 0n;
  let scaled = value;
  // by powers of two, hence exact; a double has at most 1,074 fraction bits
  for (; !Number.isInteger(scaled); exponent += 64n) scaled *= 2 ** 64;
  return { numerator: BigInt(scaled), denominator: 1n << exponent };
}

/** ⌊√n⌋ for n ≥ 0, by Newton's iteration from above. */
export function floorSquareRoot(n: bigint): bigint {
  if (n === 0n) return 0n;
  let root = 1n << BigInt(n.toString(16).length * 2 + 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
