import type { SampledPair } from "./loss-buckets.ts";
import { type MomentNodes, largestExponent, outcomeRange, slopeAt } from "./moment-nodes.ts";
import { bestHeight, logRaisedError, raisedNodes, raisedStep } from "./raised-nodes.ts";

/** How fast the characteristic function φ of one tilted loss fades; every bound holds for |t| as it says. */
export interface DecayTable {
  /** |φ(t)| ≤ 1 − mass + variation/t. */
  readonly tails: readonly { readonly mass: number; readonly variation: number }[];
  /** Running sums over the cells between nodes: mass, its first two moments of L, and the square of what L moves in a cell. */
  readonly loss: Float64Array;
  readonly sums: readonly [Float64Array, Float64Array, Float64Array, Float64Array];
}

const mostTails = 48;

/**
 * Two bounds from pieces of the law. The outcomes above a point, of that mass and with a density in the loss of that total
 * variation, have an integral of at most variation/t (one integration by parts). An interval of losses no longer than π/t,
 * of mass m and variance v, has |φ| ≤ m·√(1 − 4vt²/π²), since cos y ≤ 1 − 2y²/π² for |y| ≤ π.
 *
 * With w the power, the density f of the loss in terms of the outcome x has (log f)′ = ((w + 1)·s(x) − 1 − x)/z², s the
 * logistic slope of L: at most three turning points, and second derivatives within ±C, C = (1 + |w + 1|/4z²)/z². So what
 * f does between nodes exceeds its values there by at most exp(C·step²/8), and the mass between two nodes is at least the
 * lesser of their integrands times the step, less exp(−max(0, w)·step²/32z⁴).
 */
export function decayTable(nodes: MomentNodes, w: number): DecayTable {
  const { pair, loss, logWeight, step } = nodes;
  const z = pair.noiseMultiplier;
  const n = loss.length;
  const top = largestExponent(nodes, w);
  const integrand = Float64Array.from(loss, (l, j) => Math.exp(w * l + logWeight[j] - top));
  const total = integrand.reduce((sum, v) => sum + v, 0);
  const square = (step * step) / (z * z);
  // a thousandth is left for rounding and for the moment's own error
  const sag = Math.exp((-Math.max(0, w) * square) / (32 * z * z)) * 0.999;
  const cell = Float64Array.from({ length: n - 1 }, (_, j) => (Math.min(integrand[j], integrand[j + 1]) / total) * sag);
  const overshoot = Math.expm1((square * (1 + Math.abs(w + 1) / (4 * z * z))) / 8);
  const scale = (z * z) / (total * step);
  const density = (j: number): number => (integrand[j] * scale) / slopeAt(pair, nodes.from + j * step);
  return { tails: tailsOf(cell, density, overshoot), loss, sums: runningSums(cell, loss) };
}

function tailsOf(cell: Float64Array, density: (j: number) => number, overshoot: number): DecayTable["tails"] {
  const n = cell.length;
  const tails: { mass: number; variation: number }[] = [];
  const stride = Math.max(1, Math.floor(n / mostTails));
  const last = density(n);
  let [mass, turns, next, highest] = [0, last, last, last];
  for (let j = n - 1; j >= 0; j--) {
    const f = density(j);
    mass += cell[j];
    turns += Math.abs(f - next);
    highest = Math.max(highest, f);
    next = f;
    const variation = (turns + f + 6 * highest * overshoot) * 1.001;
    if (j % stride === 0 && variation < Infinity) tails.push({ mass: j === 0 ? 1 : mass, variation });
  }
  return tails;
}

function runningSums(cell: Float64Array, loss: Float64Array): DecayTable["sums"] {
  const n = cell.length + 1;
  const sums = [new Float64Array(n), new Float64Array(n), new Float64Array(n), new Float64Array(n)] as const;
  for (let j = 0; j < cell.length; j++) {
    const middle = (loss[j] + loss[j + 1]) / 2;
    const half = (loss[j + 1] - loss[j]) / 2;
    sums[0][j + 1] = sums[0][j] + cell[j];
    sums[1][j + 1] = sums[1][j] + cell[j] * middle;
    sums[2][j + 1] = sums[2][j] + cell[j] * middle * middle;
    sums[3][j + 1] = sums[3][j] + cell[j] * half * half;
  }
  return sums;
}

/** −log of a bound on |φ| that holds for from ≤ |t| ≤ to. */
export function nearDecay(table: DecayTable, from: number, to: number): number {
  const { loss, sums } = table;
  const [mass, first, second, blur] = sums;
  const longest = Math.PI / to;
  let [best, j] = [0, 0];
  for (let i = 0; i < loss.length - 1; i++) {
    while (j < loss.length - 1 && loss[j + 1] - loss[i] <= longest) j += 1;
    const m = mass[j] - mass[i];
    if (!(m > 1e-12)) continue;
    const mean = (first[j] - first[i]) / m;
    // what L moves within the cells changes its standard deviation by no more than its own root mean square
    const deviation =
      Math.sqrt(Math.max(0, (second[j] - second[i]) / m - mean * mean)) - Math.sqrt((blur[j] - blur[i]) / m);
    if (deviation > 0) best = Math.max(best, m * deviation * deviation);
  }
  return -Math.log1p(-Math.min(0.999, ((2 * from * from) / (Math.PI * Math.PI)) * best * 0.99));
}

/** −log of a bound on |φ| that holds from t on. */
export function farDecay(table: DecayTable, t: number): number {
  let best = 0;
  for (const { mass, variation } of table.tails) best = Math.max(best, mass - variation / t);
  return -Math.log1p(-best);
}

/** What a raised line shows: sizes of its terms in units of the moment, and the arguments of P/Q, by which they fade. */
export interface RaisedDecay {
  readonly mass: Float64Array;
  readonly argument: Float64Array;
  readonly slack: number;
}

/** More nodes than this are not worth their time. */
const mostRaised = 800;

/** The lines of a few heights, the highest first; `moment` is log E(P/Q)^w. */
export function raisedDecays(pair: SampledPair, w: number, moment: number, nats: number): RaisedDecay[] {
  const z = pair.noiseMultiplier;
  const tables: RaisedDecay[] = [];
  const [from, to] = outcomeRange(pair, w, Math.max(0, w), 12);
  for (let height = bestHeight(z), round = 0; round < 12; height /= 2, round++) {
    const step = raisedStep(pair, w, height, nats);
    // the highest line may pass too near the zero of P/Q for a power below 0, the lowest ones are the real line
    if (!((to - from) / step < mostRaised)) continue;
    const nodes = raisedNodes(pair, height, { from, to, step });
    const mass = Float64Array.from(nodes.lossRe, (l, j) => Math.exp(w * l + nodes.logWeight[j] - moment));
    const total = mass.reduce((sum, v) => sum + v, 0);
    // outcomes beyond twelve stddevs, rounding and the trapezoid, the last of which `nats` keeps below
    const slack = 1e-12 * (total + 1) + Math.exp(logRaisedError(nodes, w));
    tables.push({ mass, argument: nodes.lossIm, slack });
  }
  return tables;
}

/**
 * −log of a bound on |φ| that holds from t on: |(P/Q)^it| = exp(−t·argument) falls with t on every raised line. The integrand
 * of these sizes is the product of two conjugate lines', analytic and bounded as each of them is.
 */
export function raisedFading({ mass, argument, slack }: RaisedDecay, t: number): number {
  let sum = slack;
  for (let j = 0; j < mass.length; j++) sum += mass[j] * Math.exp(-t * argument[j]);
  return -Math.log(Math.min(1, sum));
}
