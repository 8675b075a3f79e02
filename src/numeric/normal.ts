import { PrivacyError, invalidArgument } from "../core/index.ts";
import { erfNearZero, erfcx, expMinusSquare } from "./error-function.ts";
import { log1mexp } from "./log-space.ts";

const sqrtTwoOverPi = 0.7978845608028654;
/** Within |x| ≤ √½ the error function's argument is at most 1/2 and Φ is computed from Φ(0) = 1/2 outwards. */
const middle = Math.SQRT1_2;

function requireNumber(x: number, name: string): void {
  if (Number.isNaN(x)) throw invalidArgument(name, "a number", x);
}

/**
 * Φ(x), the standard normal distribution function.
 *
 * @param x - any number but NaN.
 * @throws PrivacyError `invalid_argument` on NaN.
 * @numerics Relative error ≤ 3e-15 for values down to 1e-300 (x ≥ −37), given exp within 2 ulp. The argument is not
 * divided by √2 before squaring, which would cost x²·2⁻⁵³.
 */
export function normalCdf(x: number): number {
  requireNumber(x, "x");
  if (x > middle) return 1 - normalCdf(-x);
  if (x >= -middle) return 0.5 + 0.5 * erfNearZero(x * Math.SQRT1_2);
  return 0.5 * expMinusSquare(x, 2) * erfcx(-x * Math.SQRT1_2);
}

/**
 * log Φ(x), for any x: the tail beyond the reach of doubles included.
 *
 * @param x - any number but NaN; −Infinity gives −Infinity.
 * @throws PrivacyError `invalid_argument` on NaN.
 * @numerics Relative error ≤ 3e-15, given exp and log within 2 ulp.
 */
export function logNormalCdf(x: number): number {
  requireNumber(x, "x");
  if (x > middle) return Math.log1p(-normalCdf(-x));
  if (x >= -middle) return Math.log(normalCdf(x));
  if (x === -Infinity) return -Infinity;
  return Math.log(0.5 * erfcx(-x * Math.SQRT1_2)) - 0.5 * x * x;
}

/** Solves log Φ(x) = logP for logP below log 0.2 by Newton's method; log Φ is concave, so it cannot overshoot twice. */
function tailQuantile(logP: number): number {
  const twice = -2 * logP;
  let x = -Math.sqrt(twice - Math.log(Math.max(2 * Math.PI * (twice - Math.log(2 * Math.PI * twice)), 1)));
  for (let i = 0; i < 40; i++) {
    // d log Φ / dx = √(2/π) / erfcx(−x/√2)
    const step = ((logNormalCdf(x) - logP) * erfcx(-x * Math.SQRT1_2)) / sqrtTwoOverPi;
    x -= step;
    if (Math.abs(step) <= 1e-15 * Math.abs(x)) return x;
    // at the last bit of logΦ the step may flicker between two neighbors of the root
    if (i > 8 && Math.abs(step) <= 1e-14 * Math.abs(x)) return x;
  }
  throw new PrivacyError(
    "numerical_failure",
    `the normal quantile at log p = ${logP} was wanted and Newton's method did not settle`,
    {
      routine: "normalQuantile",
      reason: "no convergence",
    },
  );
}

/** Solves Φ(x) − 1/2 = offset for |offset| ≤ 0.3, keeping the relative accuracy of the offset. */
function middleQuantile(offset: number): number {
  let x = offset * Math.sqrt(2 * Math.PI);
  for (let i = 0; i < 20; i++) {
    const centered = Math.abs(x) <= middle ? 0.5 * erfNearZero(x * Math.SQRT1_2) : normalCdf(x) - 0.5;
    const step = (2 * (centered - offset)) / (sqrtTwoOverPi * expMinusSquare(x, 2));
    x -= step;
    if (Math.abs(step) <= 4e-16 * Math.abs(x)) break;
  }
  return x;
}

/**
 * Φ⁻¹(p).
 *
 * @param p - in [0, 1]; 0 and 1 give the infinities.
 * @throws PrivacyError `invalid_argument` unless p lies in [0, 1].
 * @numerics Relative error ≤ 1e-14, p down to 1e-300; near 1 the double p itself holds no more.
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) throw invalidArgument("p", "a probability in [0, 1]", p);
  if (p === 0) return -Infinity;
  if (p === 1) return Infinity;
  // 1 − p and p − 1/2 are exact where they are used
  if (p > 0.8) return -tailQuantile(Math.log(1 - p));
  return p < 0.2 ? tailQuantile(Math.log(p)) : middleQuantile(p - 0.5);
}

/**
 * Φ⁻¹(exp(logP)), for probabilities that no double holds.
 *
 * @param logP - in nats, ≤ 0; −Infinity and 0 give the infinities.
 * @throws PrivacyError `invalid_argument` unless logP ≤ 0.
 * @numerics Relative error ≤ 1e-14 outside |x| < 1e-2, absolute error ≤ 1e-15 within.
 */
export function logNormalQuantile(logP: number): number {
  if (!(logP <= 0)) throw invalidArgument("logP", "a logarithm of a probability, <= 0", logP);
  if (logP === -Infinity) return -Infinity;
  if (logP === 0) return Infinity;
  if (logP < Math.log(0.2)) return tailQuantile(logP);
  if (logP > Math.log(0.8)) return -tailQuantile(log1mexp(logP));
  return middleQuantile(0.5 * Math.expm1(logP + Math.LN2));
}
