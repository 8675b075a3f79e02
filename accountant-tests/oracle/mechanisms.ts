import {
  type BigFloat,
  complementaryError,
  exactly,
  exponential,
  logarithm,
  minus,
  negative,
  one,
  over,
  plus,
  shifted,
  squareRoot,
  times,
  zero,
} from "./big-float.ts";

/** Φ(t) = erfc(−t/√2)/2. */
function normalCdf(t: BigFloat, p: number): BigFloat {
  const root = squareRoot(exactly(2), p);
  return shifted(complementaryError(negative(over(t, root, p)), p), -1);
}

/**
 * The smallest δ at which adding N(0, z²) to a query of sensitivity 1 is (ε, δ)-DP, from exact doubles z and ε:
 * Φ(1/2z − εz) − e^ε Φ(−1/2z − εz), Balle and Wang 2018, arXiv:1805.06530v2, Theorem 8.
 */
export function gaussianDelta(noiseMultiplier: number, epsilon: number, p = 320): BigFloat {
  const z = exactly(noiseMultiplier);
  const [half, shift] = [over(one, shifted(z, 1), p), times(exactly(epsilon), z, p)];
  const upper = normalCdf(minus(half, shift, p), p);
  const lower = normalCdf(minus(negative(half), shift, p), p);
  return minus(upper, times(exponential(exactly(epsilon), p), lower, p), p);
}

/**
 * The δ at which one Poisson-sampled Gaussian is (ε, δ)-DP, from exact doubles; both directions.
 *
 * With the record, P = (1 − q)·N(0, z²) + q·N(1, z²), against Q = N(0, z²) the likelihood ratio rises with the outcome and
 * passes e^ε at x = 1/2 + z²·log(1 + (e^ε − 1)/q). The other way round Q/P passes it, falling, at the place for −ε, if ever.
 */
export function sampledGaussianDelta(
  samplingProbability: number,
  noiseMultiplier: number,
  epsilon: number,
  p = 320,
): {
  readonly remove: BigFloat;
  readonly add: BigFloat;
} {
  const [q, z] = [exactly(samplingProbability), exactly(noiseMultiplier)];
  const half = shifted(one, -1);
  const place = (ratio: BigFloat): BigFloat | undefined => {
    const inside = plus(one, over(minus(ratio, one, p), q, p), p);
    if (inside.mantissa <= 0n) return undefined;
    return plus(half, times(times(z, z, p), logarithm(inside, p), p), p);
  };
  /** Mass below x of the mixture and of the Gaussian at 0; mirrored, above. */
  const masses = (x: BigFloat, sign: 1 | -1): { readonly mixed: BigFloat; readonly plain: BigFloat } => {
    const below = (t: BigFloat): BigFloat => normalCdf(over(sign === 1 ? t : negative(t), z, p), p);
    const [plain, moved] = [below(x), below(minus(x, one, p))];
    return { plain, mixed: plus(times(minus(one, q, p), plain, p), times(q, moved, p), p) };
  };
  const growth = exponential(exactly(epsilon), p);
  const atRemove = place(growth);
  const atAdd = place(over(one, growth, p));
  let [remove, add] = [zero, zero];
  if (atRemove !== undefined) {
    const { mixed, plain } = masses(atRemove, -1);
    remove = minus(mixed, times(growth, plain, p), p);
  }
  if (atAdd !== undefined) {
    const { mixed, plain } = masses(atAdd, 1);
    add = minus(plain, times(growth, mixed, p), p);
  }
  return { remove, add };
}

/**
 * The Rényi divergence of whole order α ≥ 2 of the Poisson-sampled Gaussian from the Gaussian, from exact doubles z, q:
 * log(Σ C(α, k)(1 − q)^(α−k) q^k e^(k(k−1)/2z²))/(α − 1), Mironov, Talwar and Zhang 2019, arXiv:1908.10530v1, 3.3.
 */
export function sampledGaussianRdp(
  noiseMultiplier: number,
  samplingProbability: number,
  order: number,
  p = 512,
): BigFloat {
  const q = exactly(samplingProbability);
  const rest = minus(one, q, p);
  const twiceVariance = shifted(times(exactly(noiseMultiplier), exactly(noiseMultiplier), p), 1);
  const powers = (base: BigFloat): readonly BigFloat[] => {
    const list = [one];
    for (let k = 1; k <= order; k++) list.push(times(list[k - 1], base, p));
    return list;
  };
  const [inside, outside] = [powers(q), powers(rest)];
  let choose = 1n;
  let sum = zero;
  for (let k = 0; k <= order; k++) {
    if (k > 0) choose = (choose * BigInt(order - k + 1)) / BigInt(k);
    const weight = times(times(inside[k], outside[order - k], p), { mantissa: choose, exponent: 0 }, p);
    sum = plus(sum, times(weight, exponential(over(exactly(k * (k - 1)), twiceVariance, p), p), p), p);
  }
  return over(logarithm(sum, p), exactly(order - 1), p);
}
