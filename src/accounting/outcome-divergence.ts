import { gaussLegendre, logAdd } from "../numeric/index.ts";
import { logDivergenceWeight } from "./divergence-weight.ts";
import { type OutcomeLine, type OutcomePair, outcomesOf } from "./outcome-pair.ts";
import { sampledLoss, sampledLossError } from "./sampled-loss.ts";

/** Stated bound on the relative error of the quadrature, which is added. */
const quadratureError = 1e-10;
const reach = 12;
const rule = gaussLegendre(8);

/**
 * Rényi divergence of real order α > 1 of a pair, the larger of both directions: log A/(α − 1) with A − 1 = ∫ g(P/Q − 1) dQ,
 * g(u) = (1 + u)^α − 1 − αu ≥ 0, all terms positive. Orders whose peak lies too far out get the bound by joint convexity.
 *
 * @guarantee Upper bound, rounded up.
 */
export function rdpOfOutcomes(pair: OutcomePair, order: number): number {
  const pure = pureEpsilonOfPair(pair);
  const far = logMomentByConvexity(pair, order);
  const isFar = order > largestQuadratureOrder(pair);
  const logMoment = isFar ? far : Math.min(far, quadrature(pair, order));
  return Math.min(pure ?? Infinity, (logMoment / (order - 1)) * (1 + quadratureError));
}

/** The ε at which a pair is ε-DP, where it is; from above. */
export function pureEpsilonOfPair(pair: OutcomePair): number | undefined {
  switch (pair.shape) {
    case "mixture":
      return pair.shifts.every((s) => s === 0) ? 0 : undefined;
    case "replaced":
      return undefined;
    case "laplace":
    case "binary":
    case "bounded-range":
      return pair.epsilon;
    case "discrete-laplace":
      return pair.noiseParameter * pair.shift * (1 + 4e-16);
    case "sampled":
    case "fixed-size": {
      const inner = pureEpsilonOfPair(pair.of);
      if (inner === undefined) return undefined;
      const q = pair.samplingProbability;
      // the other direction's largest loss, −log(1 − q + q·e^−ε), is smaller: (1 − q + q·e^ε)(1 − q + q·e^−ε) ≥ 1
      return sampledLoss(q, inner) * (1 + 1e-14) + sampledLossError(q, inner);
    }
    case "either": {
      let most = 0;
      for (const { pair: part } of pair.parts) {
        const epsilon = part === undefined ? 0 : pureEpsilonOfPair(part);
        if (epsilon === undefined) return undefined;
        most = Math.max(most, epsilon);
      }
      return most;
    }
  }
}

/** The largest shift of a pair, in stddevs. */
function widestShift(pair: OutcomePair): number {
  switch (pair.shape) {
    case "mixture":
      return Math.max(...pair.shifts);
    case "replaced":
      return pair.shift;
    case "sampled":
    case "fixed-size":
      return widestShift(pair.of);
    case "either":
      return Math.max(0, ...pair.parts.map((p) => (p.pair === undefined ? 0 : widestShift(p.pair))));
    case "laplace":
    case "binary":
    case "bounded-range":
    case "discrete-laplace":
      return 0;
  }
}

/** Beyond it the nodes would be too many. */
function largestQuadratureOrder(pair: OutcomePair): number {
  const shift = widestShift(pair);
  const range = Math.max(1, pureEpsilonOfPair(pair) ?? 0);
  return shift > 0 ? (shift > 50 ? 0 : 64 + 500 / shift) : 2000 / range;
}

/** log A from above where both sides share components: A ≤ Σ pᵢ·A(component i). */
function logMomentByConvexity(pair: OutcomePair, order: number): number {
  const gaussian = (distance: number): number => (order * (order - 1) * distance * distance) / 2;
  switch (pair.shape) {
    case "mixture": {
      let sum = -Infinity;
      for (let i = 0; i < pair.shifts.length; i++) {
        sum = logAdd(sum, Math.log(pair.probabilities[i]) + gaussian(pair.shifts[i]));
      }
      return sum + 1e-15;
    }
    case "replaced":
      return sampledLoss(pair.samplingProbability, gaussian(2 * pair.shift));
    case "sampled":
      return sampledLoss(pair.samplingProbability, logMomentByConvexity(pair.of, order));
    case "fixed-size":
      // the mirror images, g(u) ≤ α − 1 for u < 0 on a mass of at most 1, come on top
      return logAdd(sampledLoss(pair.samplingProbability, logMomentByConvexity(pair.of, order)), Math.log(order - 1));
    case "either": {
      let sum = -Infinity;
      for (const { weight, pair: part } of pair.parts) {
        sum = logAdd(sum, Math.log(weight) + (part === undefined ? 0 : logMomentByConvexity(part, order)));
      }
      return sum + 1e-15;
    }
    case "laplace":
    case "binary":
    case "bounded-range":
    case "discrete-laplace":
      return (pureEpsilonOfPair(pair) ?? Infinity) * (order - 1);
  }
}

function quadrature(pair: OutcomePair, order: number): number {
  const { atoms, lines } = outcomesOf(pair, { reach, lean: order });
  let most = 0;
  for (const side of [1, -1] as const) {
    const logs = atoms.map(({ loss, logQ }) => weightAt(side, loss, logQ, order));
    for (const line of lines) addLine(line, side, order, logs);
    let top = -Infinity;
    for (const v of logs) top = Math.max(top, v);
    let sum = 0;
    for (const v of logs) sum += Math.exp(v - top);
    const logExcess = top + Math.log(sum);
    if (sum > 0 && top > -Infinity) most = Math.max(most, logAdd(0, logExcess));
  }
  return most;
}

/** log of mass · g at one outcome; on the side −1 the pair is exchanged. */
function weightAt(side: 1 | -1, loss: number, logQ: number, order: number): number {
  const l = side * loss;
  return (side === 1 ? logQ : logQ + loss) + logDivergenceWeight(Math.expm1(l), l, order);
}

/** Gauss-Legendre on cells in which the integrand is smooth; cells far below the top are left out. */
function addLine(line: OutcomeLine, side: 1 | -1, order: number, logs: number[]): void {
  const at = (x: number): number => weightAt(side, line.lossAt(x), line.logQ(x), order);
  const width = line.to - line.from;
  if (!(width > 0)) return;
  const local = line.rateAt(0);
  // Gaussian lines: a cell is short beside the stddev and the distance of complex zeros; others: beside 1/order
  const isGaussian = line.rateAt(1) > local;
  const cells = Math.ceil(isGaussian ? width * Math.max(2, 1.2 * local) : (width * (order + 1)) / 2 + 1);
  const half = width / (2 * cells);
  const ends = Array.from({ length: cells + 1 }, (_, k) => at(line.from + 2 * k * half));
  let top = -Infinity;
  for (const v of ends) top = Math.max(top, v);
  const floor = top - 60 - 0.05 * order;
  for (let cell = 0; cell < cells; cell++) {
    if (Math.max(ends[cell], ends[cell + 1]) < floor) continue;
    for (let k = 0; k < rule.nodes.length; k++) {
      logs.push(at(line.from + (2 * cell + 1 + rule.nodes[k]) * half) + Math.log(rule.weights[k] * half));
    }
  }
}
