import type { SampledPair } from "./loss-buckets.ts";
import type { NodeRange } from "./moment-nodes.ts";

/**
 * Nodes on the line Im x = height of the plane of one sampled Gaussian's outcomes. For 0 < Im x < πz² the argument of P/Q
 * lies between 0 and Im x/z², so that |(P/Q)^it| ≤ 1 for all t ≥ 0, and dies out where the real line oscillates; P/Q is
 * at most its value at Re x. The mean of (P/Q)^w under Q is the same on all these lines (Cauchy), the weight's size
 * exp(height²/2z²) times that of the real line.
 *
 * @source Method of steepest descent: de Bruijn 1981, Asymptotic Methods in Analysis, ch. 5.
 */
export interface RaisedNodes extends NodeRange {
  readonly pair: SampledPair;
  readonly height: number;
  /** L = log P/Q. */
  readonly lossRe: Float64Array;
  readonly lossIm: Float64Array;
  /** log of the size of the node's weight under Q, and its argument. */
  readonly logWeight: Float64Array;
  readonly turned: Float64Array;
  /** P/Q − 1; Infinity where it is too large for a double. */
  readonly excessRe: Float64Array;
  readonly excessIm: Float64Array;
}

/** The line where P/Q is turned by a right angle, or one whose weights are no more than e² too large. */
export function bestHeight(z: number): number {
  return Math.min((Math.PI * z * z) / 2, 2 * z);
}

/** Lays the nodes out; heights up to πz²/2, where 1 − q + q·exp(…) cancels nowhere. */
export function raisedNodes(pair: SampledPair, height: number, range: NodeRange): RaisedNodes {
  const { samplingProbability: q, noiseMultiplier: z } = pair;
  const n = Math.ceil((range.to - range.from) / range.step) + 1;
  const array = (): Float64Array => new Float64Array(n);
  const [lossRe, lossIm, excessRe, excessIm] = [array(), array(), array(), array()];
  const [logWeight, turned] = [array(), array()];
  const logScale = Math.log(range.step / (z * Math.sqrt(2 * Math.PI)));
  const inverse = 1 / (z * z);
  const b = height * inverse;
  const [cos, sin, lift] = [Math.max(0, Math.cos(b)), Math.sin(b), 2 * Math.sin(b / 2) ** 2];
  for (let j = 0; j < n; j++) {
    const x = range.from + j * range.step;
    const a = (x - 0.5) * inverse;
    const size = Math.exp(a);
    const [ur, ui] = [q * (Math.expm1(a) * cos - lift), q * size * sin];
    excessRe[j] = ur;
    excessIm[j] = ui;
    if (ui > 1e6 || ur > 1e6) {
      const c = ((1 - q) / q) * Math.exp(-a);
      lossRe[j] = Math.log(q) + a + 0.5 * Math.log1p(2 * c * cos + c * c);
      lossIm[j] = b - Math.atan2(c * sin, 1 + c * cos);
    } else {
      const square = 2 * ur + ur * ur + ui * ui;
      const real = 1 - q + q * size * cos;
      lossRe[j] = square > -0.5 ? 0.5 * Math.log1p(square) : Math.log(Math.hypot(real, ui));
      lossIm[j] = Math.atan2(ui, real);
    }
    logWeight[j] = logScale + 0.5 * (height * height - x * x) * inverse;
    turned[j] = -x * b;
  }
  const to = range.from + (n - 1) * range.step;
  return { ...range, to, pair, height, lossRe, lossIm, logWeight, turned, excessRe, excessIm };
}

/**
 * log of what the mean of |(P/Q)^w·weight| at height y < πz² may exceed E(P/Q)^w by. For w < 0, with b = y/z², |P/Q| is at
 * least cos(b/2) times that of the real line, at least 1 − q up to a right angle and (1 − q)·sin b beyond; E(P/Q)^w ≥ 1.
 */
export function raisedGrowth(
  { samplingProbability: q, noiseMultiplier: z }: SampledPair,
  w: number,
  y: number,
): number {
  const b = y / (z * z);
  const least = Math.max(Math.log(Math.cos(b / 2)), Math.log1p(-q) + (b > Math.PI / 2 ? Math.log(Math.sin(b)) : 0));
  return (y * y) / (2 * z * z) + Math.max(0, w * least);
}

const shares = [0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97];

/** The widest step at which the trapezoid errs below exp(−nats), whatever t ≥ 0. */
export function raisedStep(pair: SampledPair, w: number, height: number, nats: number): number {
  const z = pair.noiseMultiplier;
  const widths = shares.map((share) => share * Math.min(height, Math.PI * z * z - height));
  return Math.max(...widths.map((d) => (2 * Math.PI * d) / (nats + raisedGrowth(pair, w, height + d))));
}

/**
 * log of a bound on the trapezoid's error at any t ≥ 0 in units of E(P/Q)^w: in the strip of half width d ≤ height about
 * the line the integrand is analytic and no larger than t = 0 makes it.
 */
export function logRaisedError(nodes: RaisedNodes, w: number): number {
  const z = nodes.pair.noiseMultiplier;
  const { height, step } = nodes;
  const widths = shares.map((share) => share * Math.min(height, Math.PI * z * z - height));
  const errors = widths.map((d) => raisedGrowth(nodes.pair, w, height + d) - (2 * Math.PI * d) / step);
  // 2/(exp(2πd/step) − 1) ≤ 4·exp(−2πd/step) wherever that is below 2
  return Math.min(0, ...errors) + 2 * Math.LN2;
}
