import { logDivergenceWeight } from "./divergence-weight.ts";
import { sampledLoss } from "./sampled-loss.ts";

/** Stated bound on the relative error of {@link rdpSampledGaussian}'s quadrature; measured below 1e-12 against 50 digits. */
const quadratureError = 1e-11;
/** Below this z the strip in which the integrand is analytic (|Im x| < πz²) is too thin for the trapezoid to be cheap. */
const smallestQuadratureNoise = 0.02;
/** Beyond these the square of q·expm1(1/z) would leave the doubles. */
const [smallestProbability, largestNoise] = [1e-100, 1e40];
/** Nodes this many nats below the highest one carry less than the stated error together. */
const negligibleNats = 50;

/**
 * Rényi divergence of real order α of the Poisson-sampled Gaussian, an upper bound in both directions of
 * add-or-remove-one: log A / (α − 1) with
 *
 *   A − 1 = ∫ φ_z(x) g(u(x)) dx,  u(x) = q·expm1((2x − 1)/(2z²)),  g(u) = (1 + u)^α − 1 − αu ≥ 0
 *
 * The integrand is positive, so nothing cancels; it is analytic in a strip, so the trapezoid converges like
 * exp(−2π·width/step). For z < 0.02, and beyond the orders whose peak the nodes could reach, joint convexity gives the
 * bound A ≤ 1 − q + q·exp(α(α − 1)/(2z²)).
 *
 * @param noiseMultiplier - z, noise stddev over the L2 bound of one record, ≥ 0.
 * @param order - α > 1.
 * @returns nats, ≥ 0, rounded up; Infinity where z = 0.
 * @guarantee Upper bound on the Rényi divergence of order α of the sampled Gaussian in either direction.
 * @numerics Relative error at most 1e-11, which is added.
 * @source Mironov, Talwar, Zhang 2019, arXiv:1908.10530v1, §3.3 (the moment; both directions: Thm 5); trapezoid:
 *   Trefethen, Weideman 2014, SIAM Review 56(3), Thm 5.1.
 */
export function rdpSampledGaussian(samplingProbability: number, noiseMultiplier: number, order: number): number {
  if (samplingProbability === 0) return 0;
  if (noiseMultiplier === 0) return Infinity;
  // the divergence grows with q and falls with z, so what would underflow below is rounded up to what does not
  const [q, z, a] = [
    Math.max(smallestProbability, samplingProbability),
    Math.min(largestNoise, noiseMultiplier),
    order,
  ];
  if (q === 1) return (a / (2 * z * z)) * (1 + 1e-15);
  const convexity = logMomentByConvexity(q, z, a);
  if (z < smallestQuadratureNoise || a > largestQuadratureOrder(z)) return (convexity / (a - 1)) * (1 + 1e-12);
  return (Math.min(convexity, logMoment(q, z, a)) / (a - 1)) * (1 + quadratureError);
}

/** The orders α up to which the quadrature is used; the scan for its windows costs α/z + 24 evaluations. */
export function largestQuadratureOrder(noiseMultiplier: number): number {
  return 64 + 2000 * noiseMultiplier;
}

/** log(1 + q·expm1(α(α−1)/2z²)) ≥ log A: the moment is convex in the mixture weight. */
function logMomentByConvexity(q: number, z: number, a: number): number {
  return sampledLoss(q, (a * (a - 1)) / (2 * z * z));
}

/** The logarithm of the integrand at x, without the factor 1/(z√2π). */
function logIntegrand(x: number, q: number, z: number, a: number): number {
  const e = (2 * x - 1) / (2 * z * z);
  const u = q * Math.expm1(e);
  let l: number;
  if (u > 1e6) l = Math.log(q) + e + Math.log1p(((1 - q) / q) * Math.exp(-e));
  else if (u < -0.5) l = Math.log(1 - q + q * Math.exp(e));
  else l = Math.log1p(u);
  return logDivergenceWeight(u, l, a) - (x * x) / (2 * z * z);
}

function logMoment(q: number, z: number, a: number): number {
  // the error at these steps is below exp(−36) of a bound on the integrand's size within the strip
  const step = Math.min(z / 3, (Math.PI * z * z) / 7);
  const windows = a > 60 * z ? peakWindows(q, z, a) : [[-12 * z, a + 12 * z] as const];
  const origin = windows[0]?.[0] ?? 0;
  const logs: number[] = [];
  for (const [from, to] of windows) {
    // all windows share one lattice, or the trapezoid would lose its convergence at their edges
    const last = Math.ceil((to - origin) / step);
    for (let k = Math.floor((from - origin) / step); k <= last; k++) {
      logs.push(logIntegrand(origin + k * step, q, z, a));
    }
  }
  let top = -Infinity;
  for (const v of logs) top = Math.max(top, v);
  let sum = 0;
  for (const v of logs) sum += Math.exp(v - top);
  const logExcess = top + Math.log((sum * step) / (z * Math.sqrt(2 * Math.PI)));
  return logExcess > 0 ? logExcess + Math.log1p(Math.exp(-logExcess)) : Math.log1p(Math.exp(logExcess));
}

/**
 * Where the integrand is within `negligibleNats` of its top, from cells of width z. The exponent is a convex function less
 * x²/2z², so within a cell it exceeds its ends by at most 1/8; the cells around 0, where u crosses zero, always count.
 */
function peakWindows(q: number, z: number, a: number): (readonly [number, number])[] {
  const cells = Math.ceil(a / z) + 24;
  const values = Array.from({ length: cells + 1 }, (_, k) => logIntegrand((k - 12) * z, q, z, a));
  let top = -Infinity;
  for (const v of values) top = Math.max(top, v);
  const windows: (readonly [number, number])[] = [];
  let start = -1;
  for (let k = 0; k < cells; k++) {
    const keep = k < 24 || Math.max(values[k] ?? 0, values[k + 1] ?? 0) > top - negligibleNats;
    if (keep && start < 0) start = k;
    if ((!keep || k === cells - 1) && start >= 0) {
      windows.push([(start - 12) * z, ((keep ? k + 1 : k) - 12) * z]);
      start = -1;
    }
  }
  return windows;
}
