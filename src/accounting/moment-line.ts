import { normalCdf } from "../numeric/index.ts";
import { lossAt } from "./loss-buckets.ts";
import { type Direction, powerOf, slopeAt } from "./moment-nodes.ts";
import { complexExpm1, expExcess, logExcess } from "./second-order.ts";
import { type RaisedNodes, logRaisedError } from "./raised-nodes.ts";

/** log of φ(t)^count = (M(θ + it)/M(θ))^count at t = k·step, summed over the parts of a composition, k = 0 … size − 1. */
export interface MomentLine {
  readonly tilt: number;
  readonly step: number;
  readonly logSize: Float64Array;
  readonly phase: Float64Array;
  /** Bound on the error of the complex logarithm, where the power is not negligible. */
  readonly error: Float64Array;
  /** K(θ), and the bound on its error. */
  logMoment: number;
  momentError: number;
}

export function emptyLine(tilt: number, step: number, size: number): MomentLine {
  const zeros = (): Float64Array => new Float64Array(size);
  return { tilt, step, logSize: zeros(), phase: zeros(), error: zeros(), logMoment: 0, momentError: 0 };
}

const unit = 2 ** -53;

/** Adds an unsampled Gaussian: K(z) = (z + z²)/2σ². */
export function addGaussian(line: MomentLine, noiseMultiplier: number, count: number): void {
  const { tilt, step } = line;
  const square = count / (noiseMultiplier * noiseMultiplier);
  for (let k = 0; k < line.logSize.length; k++) {
    const t = k * step;
    const [size, phase] = [-(square * t * t) / 2, square * t * (tilt + 0.5)];
    line.logSize[k] += size;
    line.phase[k] += phase;
    line.error[k] += 8 * unit * (Math.abs(phase) - size);
  }
  const logMoment = (square * tilt * (1 + tilt)) / 2;
  line.logMoment += logMoment;
  line.momentError += 8 * unit * logMoment;
}

/**
 * What the outcomes beyond the nodes add to the mean of |(P/Q)^w − 1 − w(P/Q − 1)|, in units of the scaled moment: L grows
 * by at most 1/z² per unit, below some x by s(x)/z², so each of the three parts is a Gaussian tail with a known first value.
 * Below the first node P/Q is at most 1. For w < 0 it is at least 1 − q on every line up to a right angle, and at least
 * cos(b/2) times that of the real line: the better of the two counts.
 */
function outsideOf(nodes: RaisedNodes, w: number, size: number, top: number): number {
  const { pair, from, to, height } = nodes;
  const { samplingProbability: q, noiseMultiplier: z } = pair;
  const density = (x: number): number => (-x * x) / (2 * z * z) - Math.log(z * Math.sqrt(2 * Math.PI));
  const tail = (x: number, power: number, rate: number): number =>
    rate > 0 ? Math.exp(power * lossAt(pair, x) + density(x) - top) / rate : Infinity;
  const above = (power: number): number => tail(to, power, (to - Math.max(0, power)) / (z * z));
  const below = (power: number): number => tail(from, power, (-from + power * slopeAt(pair, from)) / (z * z));
  const left = normalCdf(from / z) * Math.exp(-top);
  let powers = left + above(w);
  if (w < 0) {
    const turned = Math.log(below(w) + above(w)) + w * Math.log(Math.cos(height / (2 * z * z)));
    powers = Math.exp(Math.min(turned, Math.log(left + above(0)) + w * Math.log1p(-q)));
  }
  const rest = left + above(0) + size * (above(1) + above(0) + left);
  return (powers + rest) * Math.exp((height * height) / (2 * z * z));
}

/**
 * The terms F = v·((P/Q)^w − 1 − w·u), u = P/Q − 1, of all nodes, v their weights, and what moves them by one step of the
 * line: F′ = F + (F + w·v·u)(D − 1) + G, with D = (P/Q)^(i·step) and G = v·(D − 1 − i·step·u). No term is larger than the
 * second order of the loss, so that neither are the errors: what is first order has mean 0.
 */
interface LineState {
  readonly re: Float64Array;
  readonly im: Float64Array;
  readonly excessRe: Float64Array;
  readonly excessIm: Float64Array;
  readonly turnRe: Float64Array;
  readonly turnIm: Float64Array;
  readonly moveRe: Float64Array;
  readonly moveIm: Float64Array;
  readonly sizes: Sizes;
}

/**
 * Sums over the nodes: of their sizes, of these times 8 + 4·exponents for what an exponential rounds, and of these times
 * 1/(1 − |D|), the most steps whose rounding is not forgotten.
 */
interface Sizes {
  /** Σ|L|²·max(1, |(P/Q)^w|, |P/Q|)·v where |wL| < 1/2: |F| ≤ (|w|² + |w|)/2 times that. */
  readonly second: Size;
  /** Σ(1 + |(P/Q)^w|)·v and Σ|u|·v elsewhere. */
  readonly large: Size;
  readonly slope: Size;
}
interface Size {
  plain: number;
  rounded: number;
  steady: number;
}

function addTo(size: Size, value: number, exponent: number, steps: number): void {
  size.plain += value;
  size.rounded += value * (8 + 4 * exponent);
  // a node of no weight forgets nothing of nothing
  if (value > 0) size.steady += value * steps;
}

function startOf(nodes: RaisedNodes, w: number, top: number, step: number): LineState {
  const { lossRe, lossIm, logWeight, turned, excessRe, excessIm, pair } = nodes;
  const n = lossRe.length;
  const array = (): Float64Array => new Float64Array(n);
  const none = (): Size => ({ plain: 0, rounded: 0, steady: 0 });
  const s: LineState = {
    re: array(),
    im: array(),
    excessRe: array(),
    excessIm: array(),
    turnRe: array(),
    turnIm: array(),
    moveRe: array(),
    moveIm: array(),
    sizes: { second: none(), large: none(), slope: none() },
  };
  const spread = Math.abs(Math.log(nodes.step / pair.noiseMultiplier)) + top + 2;
  for (let j = 0; j < n; j++) {
    const [l, m] = [lossRe[j], lossIm[j]];
    const weight = Math.exp(logWeight[j] - top);
    const power = Math.exp(w * l + logWeight[j] - top);
    const likelihood = Math.exp(l + logWeight[j] - top);
    // P/Q alone may leave the doubles, and its weight with it
    const [u, v] = l > 600 ? [likelihood * Math.cos(m), likelihood * Math.sin(m)] : [excessRe[j], excessIm[j]];
    const scale = l > 600 ? 1 : weight;
    const isSmall = Math.hypot(u, v) < 0.1;
    const [gapRe, gapIm] = isSmall ? logExcess(u, v) : [l - u, m - v];
    const loss = Math.hypot(l, m);
    const [moveRe, moveIm] = isSmall ? expExcess(-step * m, step * l) : complexExpm1(-step * m, step * l);
    let [re, im] = [0, 0];
    if (isSmall && Math.abs(w) * loss < 0.5) {
      const [a, b] = expExcess(w * l, w * m);
      [re, im] = [(a + w * gapRe) * weight, (b + w * gapIm) * weight];
    } else {
      re = power * Math.cos(w * m) - weight - w * u * scale;
      im = power * Math.sin(w * m) - w * v * scale;
    }
    const [gRe, gIm] = isSmall
      ? [(moveRe - step * gapIm) * weight, (moveIm + step * gapRe) * weight]
      : [moveRe * weight + step * v * scale, moveIm * weight - step * u * scale];
    const [cos, sin] = [Math.cos(turned[j]), Math.sin(turned[j])];
    [s.re[j], s.im[j]] = [re * cos - im * sin, re * sin + im * cos];
    [s.excessRe[j], s.excessIm[j]] = [(u * cos - v * sin) * scale, (u * sin + v * cos) * scale];
    [s.moveRe[j], s.moveIm[j]] = [gRe * cos - gIm * sin, gRe * sin + gIm * cos];
    [s.turnRe[j], s.turnIm[j]] = complexExpm1(-step * m, step * l);
    const x = nodes.from + j * nodes.step;
    const spent = (Math.abs(x) + nodes.height + 1) ** 2 / (2 * pair.noiseMultiplier ** 2) + spread + Math.abs(w) * loss;
    const steps = -1 / Math.expm1(-step * m);
    if (isSmall && Math.abs(w) * loss < 0.5) {
      addTo(s.sizes.second, loss * loss * Math.max(weight, power, likelihood), spent, steps);
    } else {
      addTo(s.sizes.large, weight + power, spent, steps);
      addTo(s.sizes.slope, Math.hypot(u, v) * scale, spent, steps);
      // what the loss itself errs by is turned by w + it
      s.sizes.slope.rounded += (1 + loss) * (weight + power) * (8 + 4 * spent);
    }
  }
  return s;
}

/**
 * Adds `count` draws of one sampled Gaussian, t in the direction that its line is raised for; adding a record is its
 * mirror image.
 *
 * @numerics Error of M(w)/M(θ) at t_k, with |F| bounded by the sizes above for all t ≥ 0, since |D| ≤ 1: the trapezoid,
 *   outer mass, and rounding: what the start errs by, u·(n + 2k)·|F| for sums, and 32u per step where F is large.
 */
export function addSampledGaussian(line: MomentLine, nodes: RaisedNodes, direction: Direction, count: number): void {
  const { tilt, step } = line;
  const w = powerOf(direction, tilt);
  const top = largestPower(nodes, w);
  const s = startOf(nodes, w, top, step);
  // the moment is real: what its imaginary part shows is error
  const [atStart, atStartIm] = [sumOf(s.re), sumOf(s.im)];
  const whole = Math.exp(-top) + atStart;
  const logWhole = top === 0 ? Math.log1p(atStart) : top + Math.log(whole);
  const errorAt = errorBound(nodes, { w, top, whole, sizes: s.sizes });
  const error0 = errorAt(0, 0);
  for (let k = 0; k < line.logSize.length; k++) {
    const t = k * step;
    const [re, im] = k === 0 ? [atStart, atStartIm] : advance(s, w, t - step);
    const [x, y] = [(re - atStart) / whole, (im - atStartIm) / whole];
    const square = 2 * x + x * x + y * y;
    const logSize = square > -0.5 ? 0.5 * Math.log1p(square) : Math.log(Math.hypot(1 + x, y));
    line.logSize[k] += count * logSize;
    line.phase[k] += direction * count * Math.atan2(y, 1 + x);
    line.error[k] += count * ((errorAt(k, t) + error0) / Math.exp(logSize) + 4 * unit * Math.hypot(x, y)) * 1.001;
  }
  line.logMoment += count * logWhole;
  line.momentError += count * (error0 * 1.001 + 4 * unit * Math.abs(logWhole));
}

/** The largest w·L + log weight, at least 0: taken out, so that nothing overflows. */
function largestPower(nodes: RaisedNodes, w: number): number {
  let top = 0;
  for (let j = 0; j < nodes.lossRe.length; j++) top = Math.max(top, w * nodes.lossRe[j] + nodes.logWeight[j]);
  return top;
}

function errorBound(
  nodes: RaisedNodes,
  m: { readonly w: number; readonly top: number; readonly whole: number; readonly sizes: Sizes },
): (k: number, t: number) => number {
  const { second, large, slope } = m.sizes;
  const n = nodes.logWeight.length;
  const trapezoid = Math.exp(logRaisedError(nodes, m.w));
  const outside = [0, 1].map((size) => outsideOf(nodes, m.w, size, m.top));
  return (k, t) => {
    const size = Math.hypot(m.w, t);
    const square = size * size + size;
    const kept = (s: Size, each: number): number =>
      s.rounded + (32 + n) * s.plain + each * Math.min(k * s.plain, s.steady);
    const small = square * kept(second, 2);
    const rest = kept(large, 32) + size * kept(slope, 32);
    const beyond = outside[0] + size * (outside[1] - outside[0]);
    return (unit * (small + rest) + beyond) / m.whole + trapezoid * (1 + ((1 + 2 * size) * Math.exp(-m.top)) / m.whole);
  };
}

function advance(s: LineState, w: number, t: number): [number, number] {
  const { re, im, excessRe, excessIm, turnRe, turnIm, moveRe, moveIm } = s;
  let [sumRe, sumIm] = [0, 0];
  for (let j = 0; j < re.length; j++) {
    const [c, d, u, v] = [turnRe[j], turnIm[j], excessRe[j], excessIm[j]];
    const a = re[j] + w * u - t * v;
    const b = im[j] + w * v + t * u;
    re[j] += a * c - b * d + moveRe[j];
    im[j] += a * d + b * c + moveIm[j];
    sumRe += re[j];
    sumIm += im[j];
  }
  return [sumRe, sumIm];
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < values.length; j++) sum += values[j];
  return sum;
}
