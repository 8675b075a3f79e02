import type { SampledPair } from "./loss-buckets.ts";

/** 1: a record removed, loss L under P; −1: a record added, loss −L under Q. */
export type Direction = 1 | -1;

/** The power w of P/Q whose mean under Q is the moment exp(K(θ)) of the loss: 1 + θ or −θ. */
export function powerOf(direction: Direction, tilt: number): number {
  return direction === 1 ? 1 + tilt : -tilt;
}

/** Where outcomes are looked at, and how finely. */
export interface NodeRange {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** The trapezoid's nodes for the mean under Q of functions of one Poisson-sampled Gaussian's outcome. */
export interface MomentNodes extends NodeRange {
  readonly pair: SampledPair;
  /** L = log P/Q. */
  readonly loss: Float64Array;
  /** P/Q − 1. */
  readonly excess: Float64Array;
  /** log of the node's weight under Q. */
  readonly logWeight: Float64Array;
}

/** z² times the slope of L at x, between 0 and 1 and growing. */
export function slopeAt({ samplingProbability: q, noiseMultiplier: z }: SampledPair, x: number): number {
  return 1 / (1 + ((1 - q) / q) * Math.exp((0.5 - x) / (z * z)));
}

/** The outcomes that carry the moments of the powers between `least` and `most`, beyond their peaks by `reach` stddevs. */
export function outcomeRange(pair: SampledPair, least: number, most: number, reach: number): [number, number] {
  const z = pair.noiseMultiplier;
  // peaks solve x = w·s(x), s the slope
  return [Math.min(0, least * slopeAt(pair, 0)) - reach * z, Math.max(0, most) + reach * z];
}

/** More nodes are not worth their time. */
export const mostNodes = 20_000;

/** Lays the nodes out; `lossAt` and P/Q − 1 are each computed to full relative accuracy. */
export function momentNodes(pair: SampledPair, range: NodeRange): MomentNodes {
  const { samplingProbability: q, noiseMultiplier: z } = pair;
  const n = Math.ceil((range.to - range.from) / range.step) + 1;
  const [loss, excess, logWeight] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  const logScale = Math.log(range.step / (z * Math.sqrt(2 * Math.PI)));
  const inverse = 1 / (z * z);
  const logQ = Math.log(q);
  for (let j = 0; j < n; j++) {
    const x = range.from + j * range.step;
    const e = (x - 0.5) * inverse;
    const u = q * Math.expm1(e);
    excess[j] = u;
    if (u > 1e6) loss[j] = logQ + e + Math.log1p(((1 - q) / q) * Math.exp(-e));
    // near −1 the sum 1 + u would cancel; 1 − q is exact there
    else loss[j] = u > -0.5 ? Math.log1p(u) : Math.log(1 - q + q * Math.exp(e));
    logWeight[j] = logScale - 0.5 * x * x * inverse;
  }
  return { ...range, to: range.from + (n - 1) * range.step, pair, loss, excess, logWeight };
}

/** Steps at which the trapezoid errs below exp(−36) of a bound on the integrand's size in its strip, for real powers. */
export function realStep(z: number): number {
  return Math.min(z / 3, (Math.PI * z * z) / 7);
}

/** log E_Q[(P/Q)^w] and the mean and variance of L under the law it tilts Q to. */
export interface Cumulants {
  readonly log: number;
  readonly mean: number;
  readonly variance: number;
}

/**
 * The cumulants at a real power, by the trapezoid on the convex weight (P/Q)^w − 1 − w·(P/Q − 1), whose mean is the
 * moment less 1: for small q all the accuracy lies there. NaN where that takes too many nodes.
 */
export function cumulantsAt(pair: SampledPair, w: number): Cumulants {
  const z = pair.noiseMultiplier;
  const [from, to] = outcomeRange(pair, w, Math.max(0, w), 12);
  if (!((to - from) / realStep(z) <= mostNodes)) return { log: NaN, mean: NaN, variance: NaN };
  const nodes = momentNodes(pair, { from, to, step: realStep(z) });
  const { loss, excess, logWeight } = nodes;
  const top = largestExponent(nodes, w);
  let [moment, slope, curve] = [0, 0, 0];
  for (let j = 0; j < loss.length; j++) {
    const weight = Math.exp(logWeight[j] - top);
    const power = Math.exp(w * loss[j] + logWeight[j] - top);
    // near zero loss the difference of the two keeps its accuracy as a product
    const raised = Math.abs(w * loss[j]) < 0.5 ? weight * Math.expm1(w * loss[j]) : power - weight;
    moment += raised - w * excess[j] * weight;
    slope += power * loss[j] - excess[j] * weight;
    curve += power * loss[j] * loss[j];
  }
  const whole = Math.exp(-top) + moment;
  const mean = slope / whole;
  const log = top === 0 ? Math.log1p(moment) : top + Math.log(whole);
  return { log, mean, variance: Math.max(0, curve / whole - mean * mean) };
}

/** The largest w·L + log weight, at least 0: taken out, so that nothing overflows. */
export function largestExponent(nodes: MomentNodes, w: number): number {
  let top = 0;
  for (let j = 0; j < nodes.loss.length; j++) top = Math.max(top, w * nodes.loss[j] + nodes.logWeight[j]);
  return top;
}
