import { fft } from "./fft.ts";

/** A probability law on whole numbers, normalised: index `first + i` has mass `mass[i]`; it enters `count` times. */
export interface LatticeLaw {
  readonly first: number;
  readonly mass: Float64Array;
  readonly count: number;
}

/** The law of a sum on the window [low, low + n), wrapped around at its ends. */
export interface ComposedLaw {
  readonly low: number;
  readonly mass: Float64Array;
  /** Bound on the l2 norm of the error of `mass`. */
  readonly error: number;
}

/** Where a sum of draws lies, in indices: all but exp(−28) of it above `low`, and what matters of it below `high`. */
export interface Window {
  readonly low: number;
  readonly mean: number;
  readonly high: number;
}

/** The tilted mass that may lie outside a window, as −log; it enters every bound. */
const tailNats = 28;
const tailRates = [0.03, 0.1, 0.3, 0.8, 1.6, 3, 5, 7.5, 11];

/**
 * The window of a sum of independent draws, by Chernoff's bound at several rates.
 *
 * @param tilt - per index: mass beyond the upper end will be divided by exp(tilt · distance from the mean), so that much
 *   more of it may lie there.
 * @source Chernoff 1952, doi:10.1214/aoms/1177729330.
 */
export function chernoffWindow(laws: readonly LatticeLaw[], tilt: number): Window {
  const { mean, deviation } = moments(laws);
  let [low, high] = [-Infinity, Infinity];
  for (const s of ratesFor(laws, deviation)) {
    high = Math.min(high, (logMoment(laws, s) + tailNats + tilt * mean) / (s + tilt));
    low = Math.max(low, -(logMoment(laws, -s) + tailNats) / s);
  }
  return { low: Math.floor(Math.min(low, mean)), mean, high: Math.ceil(Math.max(high, mean)) };
}

/** log of the mass that the sum has at or beyond an index, from above: on the lower side (−1) or the upper (1). */
export function logTailBound(laws: readonly LatticeLaw[], side: 1 | -1): (edge: number) => number {
  const { deviation } = moments(laws);
  const bounds = ratesFor(laws, deviation).map((rate) => {
    const s = side * rate;
    return { s, logMoment: logMoment(laws, s) };
  });
  return (edge) => Math.min(0, ...bounds.map((b) => b.logMoment - b.s * edge));
}

/** Rates by the deviation and, where single rare draws reach far beyond it, by how far they reach. */
function ratesFor(laws: readonly LatticeLaw[], deviation: number): number[] {
  const rates = tailRates.map((rate) => rate / Math.max(deviation, 1e-9));
  let reach = 0;
  for (const { first, mass } of laws) reach = Math.max(reach, -first, first + mass.length);
  return reach * rates[0] > 0.5 ? [...rates, ...reachRates.map((rate) => rate / reach)] : rates;
}

const reachRates = [0.5, 1.5, 4, 8, 14, 22, 34, 60, 120];

function moments(laws: readonly LatticeLaw[]): { readonly mean: number; readonly deviation: number } {
  let [mean, variance] = [0, 0];
  for (const { first, mass, count } of laws) {
    let [m, v] = [0, 0];
    for (let i = 0; i < mass.length; i++) m += mass[i] * (first + i);
    for (let i = 0; i < mass.length; i++) v += mass[i] * (first + i - m) ** 2;
    mean += count * m;
    variance += count * v;
  }
  return { mean, deviation: Math.sqrt(variance) };
}

/** Σ count · log E[exp(s·index)], by Horner's rule from the end where the powers shrink. */
function logMoment(laws: readonly LatticeLaw[], s: number): number {
  let total = 0;
  const ratio = Math.exp(-Math.abs(s));
  for (const { first, mass, count } of laws) {
    let sum = 0;
    const n = mass.length;
    if (s > 0) for (let i = 0; i < n; i++) sum = sum * ratio + mass[i];
    else for (let i = n - 1; i >= 0; i--) sum = sum * ratio + mass[i];
    // where all mass is far from the end that Horner's rule ends at, the powers leave the doubles
    total +=
      count * (sum > 1e-200 ? Math.log(sum) + s * (s > 0 ? first + n - 1 : first) : distantLogMoment(first, mass, s));
  }
  return total;
}

/** log E[exp(s·index)] with the largest term taken out. */
function distantLogMoment(first: number, mass: Float64Array, s: number): number {
  let top = -Infinity;
  for (let i = 0; i < mass.length; i++) if (mass[i] > 0) top = Math.max(top, Math.log(mass[i]) + s * (first + i));
  let sum = 0;
  for (let i = 0; i < mass.length; i++) if (mass[i] > 0) sum += Math.exp(Math.log(mass[i]) + s * (first + i) - top);
  return top + Math.log(sum);
}

/**
 * The laws of two sums at once: real sequences ride in the real and imaginary parts of one transform, the spectrum is
 * raised to the count as exp(Σ count · log1p(φ − 1)), where φ − 1 is the transform of the law less a unit at 0: for small
 * sampling probabilities that is where all the accuracy lies.
 *
 * @param first - laws of the first sum.
 * @param second - laws of the second; same number of them or none.
 * @param lows - first index of each sum's window.
 * @param n - the windows' length, a power of two ≥ 4.
 */
export function composePair(
  first: readonly LatticeLaw[],
  second: readonly LatticeLaw[],
  lows: readonly [number, number],
  n: number,
): readonly [ComposedLaw, ComposedLaw] {
  const logs = {
    ar: new Float64Array(n / 2 + 1),
    ai: new Float64Array(n / 2 + 1),
    br: new Float64Array(n / 2 + 1),
    bi: new Float64Array(n / 2 + 1),
  };
  const [re, im] = [new Float64Array(n), new Float64Array(n)];
  for (let m = 0; m < Math.max(first.length, second.length); m++) {
    re.fill(0);
    im.fill(0);
    scatter(first[m], re);
    scatter(second[m], im);
    fft(re, im);
    addLogs(re, im, logs, first[m]?.count ?? 0, second[m]?.count ?? 0);
  }
  joinPowers(logs, re, im);
  // the arrays swapped: the inverse transform
  fft(im, re);
  const [massA, massB] = [unwrap(re, lows[0]), unwrap(im, lows[1])];
  return [
    { low: lows[0], mass: massA, error: errorBound(first, second, massA, massB) },
    { low: lows[1], mass: massB, error: errorBound(second, first, massB, massA) },
  ];
}

function scatter(law: LatticeLaw | undefined, into: Float64Array): void {
  if (law === undefined) return;
  const wrap = into.length - 1;
  for (let i = 0; i < law.mass.length; i++) into[(law.first + i) & wrap] += law.mass[i];
  into[0] -= 1;
}

interface LogSpectra {
  readonly ar: Float64Array;
  readonly ai: Float64Array;
  readonly br: Float64Array;
  readonly bi: Float64Array;
}

/** Powers below exp(−80) are left at zero: together they are far below the transform's own error. */
const vanishing = -80;

/**
 * log|1 + x + iy|. Where |1 + x + iy|² is near zero its last places would be lost under the 1 that is added to it, and
 * the root of what is left would err by √u instead of u; there the modulus itself is taken.
 */
function logModulus(x: number, y: number): number {
  const excess = 2 * x + x * x + y * y;
  return excess > -0.5 ? 0.5 * Math.log1p(excess) : Math.log(Math.hypot(1 + x, y));
}

/** Separates the two spectra and adds count · log1p of each. */
function addLogs(re: Float64Array, im: Float64Array, logs: LogSpectra, countA: number, countB: number): void {
  const n = re.length;
  const { ar, ai, br, bi } = logs;
  for (let k = 0; k <= n / 2; k++) {
    const j = (n - k) & (n - 1);
    if (countA > 0 && ar[k] > vanishing) {
      const x = (re[k] + re[j]) / 2;
      const y = (im[k] - im[j]) / 2;
      ar[k] += countA * logModulus(x, y);
      if (ar[k] > vanishing) ai[k] += countA * Math.atan2(y, 1 + x);
    }
    if (countB > 0 && br[k] > vanishing) {
      const x = (im[k] + im[j]) / 2;
      const y = (re[j] - re[k]) / 2;
      br[k] += countB * logModulus(x, y);
      if (br[k] > vanishing) bi[k] += countB * Math.atan2(y, 1 + x);
    }
  }
}

/** exp of both log spectra, packed into one: Z = A + iB, with the symmetry of real sequences. */
function joinPowers(logs: LogSpectra, re: Float64Array, im: Float64Array): void {
  const n = re.length;
  const { ar, ai, br, bi } = logs;
  for (let k = 0; k <= n / 2; k++) {
    let [xa, ya, xb, yb] = [0, 0, 0, 0];
    if (ar[k] > vanishing) {
      const r = Math.exp(ar[k]) / n;
      xa = r * Math.cos(ai[k]);
      ya = r * Math.sin(ai[k]);
    }
    if (br[k] > vanishing) {
      const r = Math.exp(br[k]) / n;
      xb = r * Math.cos(bi[k]);
      yb = r * Math.sin(bi[k]);
    }
    const j = (n - k) & (n - 1);
    re[j] = xa + yb;
    im[j] = xb - ya;
    re[k] = xa - yb;
    im[k] = xb + ya;
  }
}

function unwrap(values: Float64Array, low: number): Float64Array {
  const n = values.length;
  const start = ((low % n) + n) % n;
  const out = new Float64Array(n);
  out.set(values.subarray(start), 0);
  out.set(values.subarray(0, start), n - start);
  return out;
}

/**
 * The l2 error of a composed law. Every value of a transform errs by at most 8u·log₂ n times the l1 norm of its input,
 * both riders counted, since the rounding of one falls on the other. Raising φ to the count c multiplies that by
 * c·|φ|^(c−1), whose l2 norm is at most ‖result‖₂^(1−1/c) by Jensen's inequality, whatever else |φ| ≤ 1 it is multiplied
 * with. The way back errs by 8u·log₂ n times the l2 norms.
 */
function errorBound(
  own: readonly LatticeLaw[],
  rider: readonly LatticeLaw[],
  mass: Float64Array,
  riderMass: Float64Array,
): number {
  const norm = l2Norm(mass);
  let sum = 4 * (norm + l2Norm(riderMass));
  own.forEach((law, m) => {
    const size = distanceFromUnit(law) + distanceFromUnit(rider[m]);
    sum += law.count * size * norm ** (1 - 1 / law.count);
  });
  return 8 * 2 ** -53 * Math.log2(mass.length) * sum;
}

/** ‖law − unit at 0‖₁. */
function distanceFromUnit(law: LatticeLaw | undefined): number {
  if (law === undefined) return 0;
  const { first, mass } = law;
  const atZero = -first >= 0 && -first < mass.length ? mass[-first] : 0;
  return 2 * Math.max(0, 1 - atZero + 1e-15 * mass.length);
}

function l2Norm(values: Float64Array): number {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += values[i] * values[i];
  return Math.sqrt(squares);
}
