import { invalidArgument } from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import { drawBelow, drawBernoulli, drawBernoulliExp } from "./bernoulli-exp.ts";
import { type Keystream, openKeystream } from "./keystream.ts";
import { type Rational, floorSquareRoot } from "./rational.ts";

/** Whole numbers with P(x) proportional to exp(−x²/(2σ²)). */
export interface DiscreteGaussian {
  readonly kind: RandomSource["kind"];
  /**
   * One draw. The parameter σ² is not the variance, which is at most σ² and falls below it where σ < 1.
   *
   * @param sigmaSquared - σ² > 0 as a rational; in squared units of the integers.
   * @throws PrivacyError `invalid_argument` unless both parts are > 0.
   * @guarantee Exact given ideal random bits: whole numbers only, no rounding, no cut tail; expected time constant.
   * @source Canonne, Kamath, Steinke 2020, arXiv:2004.00010v5, the algorithm for sampling a discrete Gaussian.
   */
  sample(sigmaSquared: Rational): bigint;
}

/** Whole numbers with P(x) proportional to exp(−|x|/b). */
export interface DiscreteLaplace {
  readonly kind: RandomSource["kind"];
  /**
   * One draw.
   *
   * @param scale - b > 0 as a rational, in units of the integers.
   * @throws PrivacyError `invalid_argument` unless both parts are > 0.
   * @guarantee Exact given ideal random bits.
   * @source Canonne, Kamath, Steinke 2020, arXiv:2004.00010v5, the algorithm for sampling a discrete Laplace.
   */
  sample(scale: Rational): bigint;
}

/**
 * @param random - the source of the key; 48 bytes now, and 48 after every 2^20 bytes of stream.
 * @throws PrivacyError `entropy_unavailable` as the source does.
 */
export function createDiscreteGaussian(random: RandomSource): DiscreteGaussian {
  const stream = openKeystream(random);
  return Object.freeze({
    kind: stream.kind,
    sample: (sigmaSquared: Rational) => drawDiscreteGaussian(stream, parsePositive("sigmaSquared", sigmaSquared)),
  });
}

/**
 * @param random - the source of the key; 48 bytes now, and 48 after every 2^20 bytes of stream.
 * @throws PrivacyError `entropy_unavailable` as the source does.
 */
export function createDiscreteLaplace(random: RandomSource): DiscreteLaplace {
  const stream = openKeystream(random);
  return Object.freeze({
    kind: stream.kind,
    sample: (scale: Rational) => drawDiscreteLaplace(stream, parsePositive("scale", scale)),
  });
}

/** Proposes from a discrete Laplace of scale t = ⌊σ⌋ + 1, keeps Y with probability exp(−(|Y| − σ²/t)²/(2σ²)). */
function drawDiscreteGaussian(stream: Keystream, { numerator: n, denominator: d }: Rational): bigint {
  const t = floorSquareRoot(n / d) + 1n;
  for (;;) {
    const y = drawDiscreteLaplace(stream, { numerator: t, denominator: 1n });
    const distance = (y < 0n ? -y : y) * d * t - n;
    // (|y| − n/(dt))² d/(2n), over one denominator
    const exponent = { numerator: distance * distance, denominator: 2n * n * d * t * t };
    if (drawBernoulliExp(stream, exponent)) return y;
  }
}

/** A geometric variable of scale t, made of its remainder u and its quotient v by t; divided by s; signed. */
function drawDiscreteLaplace(stream: Keystream, { numerator: t, denominator: s }: Rational): bigint {
  for (;;) {
    const u = drawBelow(stream, t);
    if (!drawBernoulliExp(stream, { numerator: u, denominator: t })) continue;
    let v = 0n;
    while (drawBernoulliExp(stream, { numerator: 1n, denominator: 1n })) v += 1n;
    const magnitude = (u + t * v) / s;
    const isNegative = drawBernoulli(stream, 1n, 2n);
    // −0 is thrown away, or 0 would come twice as often as it may
    if (isNegative && magnitude === 0n) continue;
    return isNegative ? -magnitude : magnitude;
  }
}

function parsePositive(argument: string, value: Rational): Rational {
  const { numerator, denominator } = value;
  if (typeof numerator !== "bigint" || typeof denominator !== "bigint" || numerator <= 0n || denominator <= 0n) {
    const shown = `${String(numerator)}/${String(denominator)}`;
    throw invalidArgument(argument, "a rational of two bigints > 0", shown, "no noise is no draw");
  }
  return { numerator, denominator };
}
