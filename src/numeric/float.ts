import { invalidArgument } from "../core/index.ts";

const scratch: Float64Array = /* @__PURE__ */ new Float64Array(1);
const bits: BigInt64Array = /* @__PURE__ */ new BigInt64Array(scratch.buffer);

/** The relative spacing of doubles above 1: 2⁻⁵². */
export const ulpOfOne: number = 2 ** -52;

/**
 * The smallest double greater than x.
 *
 * @param x - any number but NaN; Infinity stays Infinity, −Infinity becomes −Number.MAX_VALUE.
 * @throws PrivacyError `invalid_argument` on NaN.
 * @source IEEE 754-2019, section 5.3.1, nextUp.
 */
export function nextUp(x: number): number {
  if (Number.isNaN(x)) throw invalidArgument("x", "a number", x);
  if (x === Infinity) return x;
  if (x === 0) return Number.MIN_VALUE;
  scratch[0] = x;
  // doubles of one sign are ordered like their bit patterns
  bits[0] = (bits[0] ?? 0n) + (x > 0 ? 1n : -1n);
  return scratch[0];
}

/** The greatest double less than x: −nextUp(−x). */
export function nextDown(x: number): number {
  return -nextUp(-x);
}

function requireRelativeError(relativeError: number): void {
  if (!(relativeError >= 0 && relativeError < 1)) {
    throw invalidArgument("relativeError", "a number in [0, 1)", relativeError);
  }
}

/**
 * A double at or above every number that x may stand for, when x carries the given relative error, whether the error
 * is relative to x or to the truth t: t ≤ roundUp(x, r) if |t − x| ≤ r·max(|t|, |x|).
 *
 * @param x - the computed value; NaN is refused, infinities pass.
 * @param relativeError - r in [0, 1); 0 returns x.
 * @throws PrivacyError `invalid_argument` on a range breach.
 * @numerics Every operation is one of + − × ÷, so each rounding is known and is stepped over with nextUp.
 */
export function roundUp(x: number, relativeError: number): number {
  if (Number.isNaN(x)) throw invalidArgument("x", "a number", x);
  requireRelativeError(relativeError);
  if (relativeError === 0 || x === 0 || !Number.isFinite(x)) return x;
  // t ≤ x / (1 − r) for x > 0; t ≤ −|x|(1 − r) for x < 0
  if (x > 0) return nextUp(x / nextDown(1 - relativeError));
  return nextUp(x * nextDown(1 - relativeError));
}

/** A double at or below every number that x may stand for: −roundUp(−x, relativeError). */
export function roundDown(x: number, relativeError: number): number {
  return -roundUp(-x, relativeError);
}

/**
 * The exact product of two doubles as an unevaluated sum: a·b = high + low.
 *
 * Exact when the product neither overflows nor has bits below 2⁻¹⁰⁷⁴.
 * @source Dekker 1971, Numerische Mathematik 18, 224–242 (the split by 2²⁷ + 1).
 */
export function twoProduct(a: number, b: number): { readonly high: number; readonly low: number } {
  const high = a * b;
  const splitA = 134_217_729 * a;
  const aHigh = splitA - (splitA - a);
  const aLow = a - aHigh;
  const splitB = 134_217_729 * b;
  const bHigh = splitB - (splitB - b);
  const bLow = b - bHigh;
  const low = aLow * bLow - (high - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  return { high, low };
}
