import { logAdd, normalCdf } from "../numeric/index.ts";
import { type LatticeLaw, chernoffWindow, logTailBound } from "./composed-law.ts";
import { fft } from "./fft.ts";
import type { GridPart } from "./grid-solution.ts";
import { type TiltedLaw, type TruncatedLaw, mechanismLaws, truncated } from "./tilted-laws.ts";

/** Mesh, tilt and reach, and the numbers of repetitions that the spectrum is meant for. */
export interface SpectrumSettings {
  readonly mesh: number;
  readonly tilt: number;
  readonly reach: number;
  readonly largestLength: number;
  /** Valid from this many repetitions on, ≥ 1. */
  readonly fewest: number;
  /** Tight up to this many, … */
  readonly most: number;
  /** … for ε about `near` and up, where log δ is no less than `logTarget`. */
  readonly near: number;
  readonly logTarget: number;
}

/** The tail of a repeated step, read off the frequencies that survive the repetition. */
export interface TailSpectrum {
  /** How many frequencies an answer costs. */
  readonly frequencies: number;
  /** For k ≥ `fewest` repetitions. */
  repeated(count: number): RepeatedTail;
}

/** log δ(ε) from above for ε ≥ 0, in each direction; the guarantee is the larger of both. */
export interface RepeatedTail {
  readonly remove: (epsilon: number) => number;
  readonly add: (epsilon: number) => number;
}

/**
 * The same connect-the-dots pairs as `grid-solution.ts`, composed without going back from frequencies to losses. With
 * φ the transform of one step's tilted law p on Z/n, Parseval gives, for the weights w of the hockey-stick divergence,
 *
 *   Σ_j p^{*k}(j) w(j)  ≤  (1/n) Σ_m φ_m^k · conj(Ŵ_m),   w(j) = exp(−θ(jd − ε))·(1 − exp(−(jd − ε))) for jd > ε
 *
 * where Ŵ belongs to w continued beyond the period, a geometric series in closed form. Wrapping p and continuing w adds
 * terms ≥ 0 only, so the sum errs upward whatever n is. |φ_m|^k leaves few frequencies, tens to hundreds, and those
 * depend on k only through the power: the price of each further k is microseconds.
 *
 * @param parts - one step; `count` is how often a part occurs in it.
 * @returns undefined when the masses leave the range of doubles, or the period would be longer than allowed.
 * @guarantee At or above log δ of k repetitions in both directions, counting: quadrature and rounding of masses, bucket
 *   edges, mass outside the reach, single steps cut off, the transform's error in every φ_m (8u·log₂ n times the l1 norm
 *   of its input, both riders), the rounding of powers and sums, and the frequencies left out.
 * @source Dots: Doroshenko et al. 2022, arXiv:2207.04380v1. Tilted inversion: Zhu, Dong, Wang 2022, arXiv:2106.08567v4
 *   (characteristic functions).
 */
export function tailSpectrum(parts: readonly GridPart[], settings: SpectrumSettings): TailSpectrum | undefined {
  const { mesh, tilt, reach, most } = settings;
  const laws = parts.map((p) => mechanismLaws(p.pair, p.count * most, { mesh, tilt, reach, logScale: p.logScale }));
  if (!laws.every((m) => Number.isFinite(m.remove.logMass + m.add.logMass))) return undefined;
  const remove = withoutFarSteps(
    laws.map((m) => m.remove),
    settings,
  );
  const add = withoutFarSteps(
    laws.map((m) => m.add),
    settings,
  );
  const n = Math.max(remove.period, add.period);
  if (!(n <= settings.largestLength)) return undefined;
  const counts = parts.map((p) => p.count);
  const [logsRemove, logsAdd] = stepSpectra(remove.laws, add.laws, counts, n);
  const sum = (of: (i: number) => number): number => counts.reduce((total, count, i) => total + count * of(i), 0);
  const perStep = {
    growth: sum((i) => laws[i].relativeError),
    edge: sum((i) => laws[i].edgeError),
    logOutside: Math.log(2 * sum(() => 1) * normalCdf(-reach) * (1 + 1e-13)),
  };
  const direction = (cut: readonly TruncatedLaw[], logs: StepSpectrum): Direction => ({
    ...perStep,
    logMass: sum((i) => cut[i].logMass),
    logCharged: counts.reduce((total, c, i) => logAdd(total, Math.log(c) + cut[i].logCut + 1e-12), perStep.logOutside),
    kept: keptFrequencies(logs, n, settings),
  });
  const [removed, added] = [direction(remove.laws, logsRemove), direction(add.laws, logsAdd)];
  return {
    frequencies: removed.kept.index.length + added.kept.index.length,
    repeated: (count) => ({
      remove: tailOf(removed, count, n, settings),
      add: tailOf(added, count, n, settings),
    }),
  };
}

/** Nats by which what wraps around must lie below δ. */
const aliasNats = 7;
/** In nats of loss: any shorter, and what wraps around would show beside δ. */
export function shortestPeriod(tilt: number, logTarget: number): number {
  return (aliasNats - logTarget) / tilt;
}

/** −log of the tilted mass that may lie more than a period above ε. */
const farNats = 16;

/**
 * Laws without the single steps that reach beyond the window of the sum, and the period that a tight answer needs: the
 * weights continue, so that mass below ε adds exp(−θ·period) to δ at most, and the tilted mass of a whole period above ε
 * must be negligible.
 */
function withoutFarSteps(
  single: readonly TiltedLaw[],
  { tilt, mesh, near, logTarget, largestLength: longest }: SpectrumSettings,
): { readonly laws: TruncatedLaw[]; readonly period: number } {
  const window = chernoffWindow(
    single.map((t) => t.law),
    tilt * mesh,
  );
  const last = Math.ceil(window.high - Math.min(0, window.mean));
  const laws = single.map((t) => truncated(t, last, tilt, mesh));
  const tail = logTailBound(
    laws.map((t) => t.law),
    1,
  );
  let period = 2 ** Math.ceil(Math.log2(Math.max(64, shortestPeriod(tilt, logTarget) / mesh)));
  while (period <= longest && tail(near / mesh + period) > -farNats) period *= 2;
  return { laws, period };
}

/** log φ of one step at the frequencies 0 … n/2, and log(1 + relative error). */
interface StepSpectrum {
  readonly re: Float64Array;
  readonly im: Float64Array;
  readonly logError: Float64Array;
}

function emptySpectrum(n: number): StepSpectrum {
  const size = n / 2 + 1;
  return { re: new Float64Array(size), im: new Float64Array(size), logError: new Float64Array(size) };
}

/** Both directions ride in the real and imaginary parts of one transform per part. */
function stepSpectra(
  remove: readonly TiltedLaw[],
  add: readonly TiltedLaw[],
  counts: readonly number[],
  n: number,
): readonly [StepSpectrum, StepSpectrum] {
  const [a, b] = [emptySpectrum(n), emptySpectrum(n)];
  counts.forEach((count, i) => {
    const [re, im] = [new Float64Array(n), new Float64Array(n)];
    const size = scatter(remove[i].law, re) + scatter(add[i].law, im);
    fft(re, im);
    const error = 8 * 2 ** -53 * Math.log2(n) * size;
    for (let k = 0; k <= n / 2; k++) {
      const j = (n - k) & (n - 1);
      addLog(a, k, (re[k] + re[j]) / 2, (im[k] - im[j]) / 2, count, error);
      addLog(b, k, (im[k] + im[j]) / 2, (re[j] - re[k]) / 2, count, error);
    }
  });
  return [a, b];
}

/** Adds a law less a unit at 0; returns the l1 norm of the difference, from above. */
function scatter({ first, mass }: LatticeLaw, into: Float64Array): number {
  const wrap = into.length - 1;
  for (let i = 0; i < mass.length; i++) into[(first + i) & wrap] += mass[i];
  into[0] -= 1;
  let size = 0;
  for (let i = 0; i < into.length; i++) size += Math.abs(into[i]);
  return size * (1 + 1e-9) + 1e-15;
}

/**
 * Adds count · log(1 + x + iy) and how far it may be off. Near zero the modulus itself is taken, since there log1p would
 * have lost half of the digits; a modulus below its own error is lifted to that error.
 */
function addLog(to: StepSpectrum, k: number, x: number, y: number, count: number, error: number): void {
  const excess = 2 * x + x * x + y * y;
  const modulus = Math.hypot(1 + x, y);
  const isLost = modulus < error;
  const log = isLost ? Math.log(error) : excess > -0.5 ? 0.5 * Math.log1p(excess) : Math.log(modulus);
  to.re[k] += count * log;
  to.im[k] += count * Math.atan2(y, 1 + x);
  to.logError[k] += count * Math.log1p(isLost ? 3 : error / modulus);
}

/** The frequencies whose power still counts, with what their weights have in common, and a bound on the rest. */
interface KeptFrequencies {
  readonly index: Int32Array;
  readonly logRe: Float64Array;
  readonly logIm: Float64Array;
  readonly logError: Float64Array;
  /** conj(1/((1 − ρ)(1 − ρe^{−d}))), ρ = exp(−θd − 2πim/n); twice that but for m = 0 and n/2. */
  readonly weightRe: Float64Array;
  readonly weightIm: Float64Array;
  /** Its modulus. */
  readonly weight: Float64Array;
  /** e^{2πim/n}. */
  readonly nextCos: Float64Array;
  readonly nextSin: Float64Array;
  /** Upper bound on everything left out, in the sum over frequencies. */
  readonly rest: number;
}

/** Powers below exp(−40) are left out and charged. */
const negligibleNats = 40;

function keptFrequencies(logs: StepSpectrum, n: number, settings: SpectrumSettings): KeptFrequencies {
  const { tilt, mesh, fewest } = settings;
  const index = new Int32Array(n / 2 + 1);
  let [size, rest] = [0, 0];
  for (let m = 0; m <= n / 2; m++) {
    const logPower = fewest * (logs.re[m] + logs.logError[m]);
    if (logPower > -negligibleNats) index[size++] = m;
    else rest += Math.exp(logPower) * timesOf(m, n) * weightBound((2 * Math.PI * m) / n, tilt, mesh);
  }
  const array = (): Float64Array => new Float64Array(size);
  const kept = {
    index: index.slice(0, size),
    logRe: array(),
    logIm: array(),
    logError: array(),
    weightRe: array(),
    weightIm: array(),
    weight: array(),
    nextCos: array(),
    nextSin: array(),
    rest: rest * (1 + 1e-9),
  };
  for (let i = 0; i < size; i++) {
    const m = kept.index[i];
    const omega = (2 * Math.PI * m) / n;
    kept.logRe[i] = logs.re[m];
    kept.logIm[i] = logs.im[m];
    kept.logError[i] = logs.logError[m];
    const { re, im } = weightAt(omega, tilt, mesh, timesOf(m, n));
    kept.weightRe[i] = re;
    kept.weightIm[i] = im;
    kept.weight[i] = Math.hypot(re, im);
    kept.nextCos[i] = Math.cos(omega);
    kept.nextSin[i] = Math.sin(omega);
  }
  return kept;
}

/** A real sequence has every frequency twice but the lowest and the highest. */
function timesOf(m: number, n: number): number {
  return m === 0 || m === n / 2 ? 1 : 2;
}

/** `times`/((1 − a·e^{iω})(1 − b·e^{iω})), a = exp(−θd), b = exp(−(θ + 1)d), without cancellation. */
function weightAt(omega: number, tilt: number, mesh: number, times: number): { re: number; im: number } {
  const [a, b] = [Math.exp(-tilt * mesh), Math.exp(-(tilt + 1) * mesh)];
  const [sin, versine] = [Math.sin(omega), 2 * Math.sin(omega / 2) ** 2];
  const [ar, ai] = [-Math.expm1(-tilt * mesh) + a * versine, -a * sin];
  const [br, bi] = [-Math.expm1(-(tilt + 1) * mesh) + b * versine, -b * sin];
  const [re, im] = [ar * br - ai * bi, ar * bi + ai * br];
  const scale = times / (re * re + im * im);
  return { re: re * scale, im: -im * scale };
}

/** |weight|·(1 − e^{−d}) from above: |1 − a·e^{iω}|² = (1 − a)² + 4a·sin²(ω/2), and sin x ≥ 2x/π. */
function weightBound(omega: number, tilt: number, mesh: number): number {
  const square = 4 * (omega / Math.PI) ** 2;
  const a = Math.expm1(-tilt * mesh) ** 2 + square * Math.exp(-tilt * mesh);
  const b = Math.expm1(-(tilt + 1) * mesh) ** 2 + square * Math.exp(-(tilt + 1) * mesh);
  return -Math.expm1(-mesh) / Math.sqrt(a * b);
}

interface Direction {
  readonly growth: number;
  readonly edge: number;
  /** log of the true tilted mass of one step. */
  readonly logMass: number;
  /** log of the mass of one step that is charged in full. */
  readonly logCharged: number;
  readonly kept: KeptFrequencies;
}

/** Rounding of one term of the sum, in units of its size: exp, sincos, the weight, products; then per nat and radian. */
const termRounding = 2 ** -53 * 64;

function tailOf(d: Direction, count: number, n: number, settings: SpectrumSettings): (epsilon: number) => number {
  const { tilt, mesh } = settings;
  const { kept } = d;
  const size = kept.index.length;
  const [power, phase] = [new Float64Array(size), new Float64Array(size)];
  let error = 0;
  for (let i = 0; i < size; i++) {
    const log = count * kept.logRe[i];
    power[i] = Math.exp(log);
    phase[i] = count * kept.logIm[i];
    const rounding = termRounding * (1 + Math.abs(phase[i]) + Math.abs(log) + size / 64);
    const drift = count * kept.logError[i];
    // exp(x) − 1 ≤ x + x² for x ≤ 1
    error += power[i] * kept.weight[i] * ((drift < 1 ? drift + drift * drift : Math.expm1(drift)) + rounding);
  }
  const slack = (error * -Math.expm1(-mesh) + kept.rest) / n;
  const logCharged = Math.log(count) + d.logCharged;
  return (epsilon) => {
    const at = epsilon - count * d.edge;
    const from = Math.floor(at / mesh) + 1;
    const y = from * mesh - at;
    const sum = tailSum({ kept, power, phase }, from, n, {
      first: -Math.expm1(-y),
      second: Math.exp(-y) * -Math.expm1(y - mesh) * Math.exp(-tilt * mesh),
    });
    const logSum = count * d.logMass - tilt * from * mesh + Math.log(Math.max(0, sum / n) + slack);
    const rounding = 1e-15 * (Math.abs(count * d.logMass) + tilt * Math.abs(epsilon) + 8) + count * d.growth + 1e-13;
    const log = logSum + rounding;
    // numbers that left the doubles bound nothing: δ is at most 1
    return Number.isNaN(log) || Number.isNaN(logCharged) ? 0 : Math.min(0, logAdd(log, logCharged));
  };
}

/** Re Σ e^{2πi·m·from/n}·(first + second·e^{iω})·φ^k·weight. */
function tailSum(
  powers: { readonly kept: KeptFrequencies; readonly power: Float64Array; readonly phase: Float64Array },
  from: number,
  n: number,
  { first, second }: { readonly first: number; readonly second: number },
): number {
  const { kept, power, phase } = powers;
  const start = ((from % n) + n) % n;
  const unit = (2 * Math.PI) / n;
  let sum = 0;
  for (let i = 0; i < power.length; i++) {
    const m = kept.index[i];
    const angle = phase[i] + unit * ((m * start) % n);
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const factor = first + second * kept.nextCos[i];
    const side = second * kept.nextSin[i];
    const [re, im] = [factor * cos - side * sin, factor * sin + side * cos];
    sum += power[i] * (re * kept.weightRe[i] - im * kept.weightIm[i]);
  }
  return sum;
}
