import { PrivacyError } from "../core/index.ts";
import { encloseTail } from "./normal-tail.ts";

/** Binades of the tail probability that the table covers: p in [2^-21, 1/2). Below, the exact path answers. */
export const BINADES = 20;
/** Equal segments per binade. */
export const SEGMENTS = 64;
/** Coefficients per segment, c0 to c6. */
export const STRIDE = 7;

/** Fraction bits of the fixed point in which the table is made. */
const FRACTION = 160;
const UNIT = BigInt(FRACTION);
/** Order of the Taylor series that carries the point from one segment's middle to the next one's. */
const MARCH_ORDER = 10;
const UNIT_ROUNDOFF = 2 ** -53;

/** Piecewise polynomials for the normal's upper quantile x(p), Φ̄(x(p)) = p. */
export interface QuantileTable {
  /**
   * Shape [binade e, segment j, n]: c_n. At p = 2^-64 (⌊middle of (e, j)⌋ + d) the quantile is near Σ c_n d^n, where
   * binade e is p in [2^-(e+2), 2^-(e+1)) and |d| ≤ 2^(55−e).
   */
  readonly coefficients: Float64Array;
  /**
   * Shape [binade]: a bound on |Horner's value − x(p)|, for every p within one unit 2^-64 above the tabulated d: see
   * docs/numerics-noise.md, section 3.
   */
  readonly errors: Float64Array;
}

let kept: QuantileTable | undefined;

/**
 * The table, made on the first call (about 0.1 s) and kept. Made in whole numbers only, so that it is the same bytes on
 * every machine; each entry is certified by `encloseTail`.
 *
 * Around the middle p₀ of a segment of half-width w, with τ = (p − p₀)/w, the quantile y(τ) obeys y' = −w/φ(y). Its
 * Taylor coefficients y_0 … y_7 come from that equation, y_7 is traded for y_7 T_7(τ)/64 (T_7 Chebyshev's), and the
 * rest is rounded once to doubles.
 *
 * @throws PrivacyError `numerical_failure` if a certificate fails; no noise is drawn then.
 * @source Construction and bound: docs/numerics-noise.md, sections 2 and 3.
 */
export function quantileTable(): QuantileTable {
  kept ??= buildTable();
  return kept;
}

function buildTable(): QuantileTable {
  const coefficients = new Float64Array(BINADES * SEGMENTS * STRIDE);
  const errors = new Float64Array(BINADES);
  // at p = 1/2 the quantile is 0; the first middle is half-width 2^-9 below, at 2^-9 √(2π) up to its third power
  let guess = (5_133n << UNIT) >> 20n;
  for (let e = 0; e < BINADES; e++) {
    let truncation = 0;
    for (let j = SEGMENTS - 1; j >= 0; j--) {
      const probability = BigInt(2 * (SEGMENTS + j) + 1) << BigInt(FRACTION - e - 9);
      const { point, density } = invertTail(guess, probability);
      const series = quantileSeries(point, (1n << BigInt(2 * FRACTION - e - 9)) / density);
      truncation = Math.max(truncation, truncationBound(series));
      storeSegment(coefficients, e, j, series);
      // the next middle is 2 half-widths below; across a binade's end it is 3/2, since widths halve
      guess = evaluateAt(series, j > 0 ? -4n : -3n);
    }
    errors[e] = errorBound(e, Number(guess) * 2 ** -FRACTION, truncation);
  }
  return { coefficients, errors };
}

/** Newton's step from `guess` towards Φ̄(x) = p, repeated until the step itself shows the point to be right to 2^-118. */
function invertTail(guess: bigint, probability: bigint): { point: bigint; density: bigint } {
  let point = guess;
  for (let round = 0; round < 8; round++) {
    const { lower, density } = encloseTail({ numerator: point, denominator: 1n << UNIT }, FRACTION);
    const step = ((lower + 1n - probability) << UNIT) / density;
    point += step;
    // a step |δ| < 2^-60 leaves at most 3 δ² < 2^-118 (x < 5), and the density is right to a factor e^(5 δ)
    if ((step < 0n ? -step : step) >> (UNIT - 60n) === 0n) return { point, density };
  }
  throw new PrivacyError("numerical_failure", "the noise table could not be certified; no noise was drawn", {
    routine: "quantileTable",
    reason: "Newton's iteration did not settle",
  });
}

/** Taylor coefficients of y' = −g, g' = y y' g, from y_0 and g_0 = w/φ(y_0), in units of 2^-FRACTION. */
function quantileSeries(point: bigint, slope: bigint): bigint[] {
  const y = [point];
  const g = [slope];
  const product: bigint[] = [];
  for (let n = 1; n <= MARCH_ORDER; n++) {
    y[n] = -g[n - 1] / BigInt(n);
    let sum = 0n;
    for (let j = 0; j < n; j++) sum += y[j] * BigInt(n - j) * y[n - j];
    product[n - 1] = sum >> UNIT;
    sum = 0n;
    for (let j = 0; j < n; j++) sum += product[j] * g[n - 1 - j];
    g[n] = (sum >> UNIT) / BigInt(n);
  }
  return y;
}

/** The series at τ = halves / 2. */
function evaluateAt(series: readonly bigint[], halves: bigint): bigint {
  return series.reduceRight((sum, term) => ((sum * halves) >> 1n) + term, 0n);
}

/** Trades y_7 τ^7 for lower powers and stores c_n 2^(−n(55−e)), each rounded once: powers of two are exact. */
function storeSegment(coefficients: Float64Array, e: number, j: number, series: readonly bigint[]): void {
  const y = series.slice(0, STRIDE);
  const seventh = series[7];
  // T_7(τ)/64 = τ^7 − (7/4) τ^5 + (7/8) τ^3 − (7/64) τ
  y[5] += (7n * seventh) >> 2n;
  y[3] -= (7n * seventh) >> 3n;
  y[1] += (7n * seventh) >> 6n;
  const offset = (e * SEGMENTS + j) * STRIDE;
  for (let n = 0; n < STRIDE; n++) coefficients[offset + n] = Number(y[n]) * 2 ** (-FRACTION - n * (55 - e));
}

/**
 * |y_7|/64 for the exchange, and all terms from y_8 on. Those after y_10 are below 2^-74: with s = 0.99 the series at
 * p₀(1 − s) has terms |y_n| R^n of one sign and sum < 5.8, R = s p₀/w ≥ 127.7, hence Σ_{n>10} |y_n| < 5.8 R^-11.
 */
function truncationBound(series: readonly bigint[]): number {
  const sizes = series.map((term) => Math.abs(Number(term)) * 2 ** -FRACTION);
  return sizes[7] / 64 + sizes[8] + sizes[9] + sizes[10] + 2 ** -74;
}

/** Everything between Horner's value in doubles and x(p); section 3 derives the constants. */
function errorBound(e: number, largest: number, truncation: number): number {
  // c0 and the last addition are rounded at up to `largest`; the rest of Horner's rule moves values below 0.01
  const rounding = UNIT_ROUNDOFF * (2 * largest + 0.1);
  // d: the unit's width, and for e = 0, 1 the rounding of d to 53 bits; `largest` lies beyond the binade's far end
  const units = e === 0 ? 3 : e === 1 ? 2 : 1;
  const position = units * 2 ** -64 * 2.5067 * Math.exp((largest * largest) / 2);
  return 1.01 * (rounding + truncation + position);
}
