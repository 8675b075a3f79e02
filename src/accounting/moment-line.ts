import { normalCdf } from "../numeric/index.ts";
import { type Direction, type MomentNodes, largestExponent, powerOf, slopeAt } from "./moment-nodes.ts";

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
 * log of a bound on the trapezoid's error at height t in units of E|integrand|: within |Im x| < πz² the integrand is
 * analytic, |1 − q + q·e^{…}| only shrinks off the real line, by no more than cos(d/2z²), and its argument stays below
 * d/z²; so the integrand's size there is at most exp(|t|d/z² + d²/2z²) times that on the line, for w < 0 times
 * cos(d/2z²)^w too.
 */
function logTrapezoidError(nodes: MomentNodes, w: number, t: number): number {
  const z = nodes.pair.noiseMultiplier;
  let best = 0;
  for (const share of widths) {
    const d = share * Math.PI * z * z;
    best = Math.min(best, stripGrowth(w, z, t, d) - (2 * Math.PI * d) / nodes.step);
  }
  // 2/(exp(2πd/step) − 1) ≤ 4·exp(−2πd/step) wherever that is below 2
  return best + 2 * Math.LN2;
}

const widths = [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97];

function stripGrowth(w: number, z: number, t: number, d: number): number {
  const shrunk = w < 0 ? w * Math.log(Math.cos(d / (2 * z * z))) : 0;
  return (t * d + (d * d) / 2) / (z * z) + shrunk;
}

/** The widest step whose error at height t is below exp(−nats). */
export function stepForLine(z: number, w: number, t: number, nats: number): number {
  let best = 0;
  for (const share of widths) {
    const d = share * Math.PI * z * z;
    best = Math.max(best, (2 * Math.PI * d) / (nats + stripGrowth(w, z, t, d)));
  }
  return best;
}

/**
 * What the outcomes beyond the nodes add to the mean of |(P/Q)^w − 1 − w(P/Q − 1)|, in units of the scaled moment: L grows
 * by at most 1/z² per unit, below some x by s(x)/z², so each of the three parts is a Gaussian tail with a known first value.
 */
function outsideOf(nodes: MomentNodes, w: number, size: number, top: number): number {
  const z = nodes.pair.noiseMultiplier;
  const n = nodes.loss.length;
  const density = (x: number): number => (-x * x) / (2 * z * z) - Math.log(z * Math.sqrt(2 * Math.PI));
  const above = (power: number): number => {
    const rate = (nodes.to - Math.max(0, power)) / (z * z);
    return rate > 0 ? Math.exp(power * nodes.loss[n - 1] + density(nodes.to) - top) / rate : Infinity;
  };
  const below = (power: number): number => {
    const rate = (-nodes.from + Math.min(0, power) * slopeAt(nodes.pair, nodes.from)) / (z * z);
    return rate > 0 ? Math.exp(power * nodes.loss[0] + density(nodes.from) - top) / rate : Infinity;
  };
  const left = normalCdf(nodes.from / z) * Math.exp(-top);
  const upper = above(w) + above(0) + size * (above(1) + above(0));
  // below the first node P/Q lies between 1 − q and its value there: powers above 0 are at most 1
  const lower = (w < 0 ? below(w) : left) + left + size * left;
  return upper + lower;
}

/** Everything at the real point of the line: scaled terms of the moment less 1, and what turns them by one step. */
function startOf(nodes: MomentNodes, w: number, top: number): LineState {
  const { loss, excess, logWeight } = nodes;
  const n = loss.length;
  const s: LineState = {
    re: new Float64Array(n),
    im: new Float64Array(n),
    weight: new Float64Array(n),
    slope: 0,
    sizes: [0, 0, 0],
  };
  let [moderate, whole, slopes] = [0, 0, 0];
  for (let j = 0; j < n; j++) {
    const weight = Math.exp(logWeight[j] - top);
    const y = w * loss[j];
    const power = Math.exp(y + logWeight[j] - top);
    s.re[j] = Math.abs(y) < 0.5 ? weight * Math.expm1(y) : power - weight;
    s.weight[j] = weight;
    s.slope += weight * excess[j];
    slopes += weight * Math.abs(excess[j]);
    moderate += Math.abs(loss[j]) * Math.max(weight, power);
    whole += power + weight;
  }
  return { ...s, sizes: [moderate, whole, slopes] };
}

interface LineState {
  readonly re: Float64Array;
  readonly im: Float64Array;
  readonly weight: Float64Array;
  /** Σ weight·(P/Q − 1). */
  slope: number;
  /** Σ|L|·max(weight, power), Σ(power + weight), Σ weight·|P/Q − 1|. */
  readonly sizes: readonly [number, number, number];
}

/**
 * Adds `count` draws of one sampled Gaussian. The terms (P/Q)^w − 1 of all nodes are turned from one t to the next by one
 * complex product each, E′ = E·D + (D − 1), which keeps their accuracy relative to |E|.
 *
 * @numerics Error of M(w)/M(θ) at t_k: trapezoid and outer mass as above, and rounding: each E errs by at most
 *   u·(32 + 8k + exponents)·|E| and by 4u·(1 + |e|)·|w·L| for its loss, the sum of n by n·u of its terms.
 */
export function addSampledGaussian(line: MomentLine, nodes: MomentNodes, direction: Direction, count: number): void {
  const { tilt, step } = line;
  const w = powerOf(direction, tilt);
  const top = largestExponent(nodes, w);
  const s = startOf(nodes, w, top);
  const atStart = sumOf(s.re) - w * s.slope;
  const whole = Math.exp(-top) + atStart;
  const logWhole = top === 0 ? Math.log1p(atStart) : top + Math.log(whole);
  const errorAt = errorBound(nodes, { w, top, whole, sizes: s.sizes });
  const [error0, turn] = [errorAt(0, 0), turns(nodes, step, direction)];
  for (let k = 0; k < line.logSize.length; k++) {
    const t = k * step;
    const [re, im] = k === 0 ? [sumOf(s.re), 0] : advance(s, turn);
    const [x, y] = [(re - w * s.slope - atStart) / whole, (im - direction * t * s.slope) / whole];
    const square = 2 * x + x * x + y * y;
    const logSize = square > -0.5 ? 0.5 * Math.log1p(square) : Math.log(Math.hypot(1 + x, y));
    line.logSize[k] += count * logSize;
    line.phase[k] += count * Math.atan2(y, 1 + x);
    line.error[k] += count * ((errorAt(k, t) + error0) / Math.exp(logSize) + 4 * unit * Math.hypot(x, y)) * 1.001;
  }
  line.logMoment += count * logWhole;
  line.momentError += count * (error0 * 1.001 + 4 * unit * Math.abs(logWhole));
}

function errorBound(
  nodes: MomentNodes,
  m: {
    readonly w: number;
    readonly top: number;
    readonly whole: number;
    readonly sizes: readonly [number, number, number];
  },
): (k: number, t: number) => number {
  const { pair, from, to, logWeight } = nodes;
  const z2 = pair.noiseMultiplier ** 2;
  const n = logWeight.length;
  const [moderate, all, slopes] = m.sizes;
  const widest = Math.max(-from, to) + 1;
  const logScale = Math.abs(Math.log(nodes.step / pair.noiseMultiplier)) + 1;
  const exponent = (widest * widest) / (2 * z2) + logScale + m.top;
  const slopeOfLoss = 1 + widest / z2 + Math.abs(Math.log(pair.samplingProbability));
  return (k, t) => {
    const size = Math.hypot(m.w, t);
    const terms = Math.min(size * moderate, all);
    const rounding =
      unit *
      ((32 + 8 * k + n + 4 * exponent) * terms +
        8 * size * slopeOfLoss * moderate +
        (n + 8 + 4 * exponent) * size * slopes);
    const trapezoid = Math.exp(logTrapezoidError(nodes, m.w, t)) * (1 + ((1 + 2 * size) * Math.exp(-m.top)) / m.whole);
    return (rounding + outsideOf(nodes, m.w, size, m.top)) / m.whole + trapezoid;
  };
}

interface Turn {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** D − 1 = exp(±i·step·L) − 1 of every node. */
function turns(nodes: MomentNodes, step: number, direction: Direction): Turn {
  const n = nodes.loss.length;
  const [re, im] = [new Float64Array(n), new Float64Array(n)];
  for (let j = 0; j < n; j++) {
    const y = step * nodes.loss[j];
    re[j] = -2 * Math.sin(y / 2) ** 2;
    im[j] = direction * Math.sin(y);
  }
  return { re, im };
}

function advance({ re, im, weight }: LineState, turn: Turn): [number, number] {
  let [sumRe, sumIm] = [0, 0];
  const [turnRe, turnIm] = [turn.re, turn.im];
  for (let j = 0; j < re.length; j++) {
    const [a, b, c, d, v] = [re[j], im[j], turnRe[j], turnIm[j], weight[j]];
    const x = a + (a * c - b * d) + v * c;
    const y = b + (a * d + b * c) + v * d;
    re[j] = x;
    im[j] = y;
    sumRe += x;
    sumIm += y;
  }
  return [sumRe, sumIm];
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < values.length; j++) sum += values[j];
  return sum;
}
