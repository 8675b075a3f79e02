import type { GaussianMechanism, SampledGaussianMechanism } from "./mechanism.ts";
import { type Cumulants, type Direction, cumulantsAt, powerOf } from "./moment-nodes.ts";

/** A mechanism whose moments are analytic, and how often it is drawn. */
export interface AnalyticPart {
  readonly mechanism: GaussianMechanism | SampledGaussianMechanism;
  readonly count: number;
}

/** K(θ) = log E exp(θ·loss) of the whole and its first two derivatives. */
function cumulantsOf(parts: readonly AnalyticPart[], direction: Direction, tilt: number): Cumulants {
  let [log, mean, variance] = [0, 0, 0];
  for (const { mechanism: m, count } of parts) {
    const one =
      m.kind === "gaussian" ? gaussianCumulants(m.noiseMultiplier, tilt) : sampledCumulants(m, direction, tilt);
    log += count * one.log;
    mean += count * one.mean;
    variance += count * one.variance;
  }
  return { log, mean, variance };
}

/** K(θ). */
export function logMomentAt(parts: readonly AnalyticPart[], direction: Direction, tilt: number): number {
  return cumulantsOf(parts, direction, tilt).log;
}

function gaussianCumulants(z: number, tilt: number): Cumulants {
  const square = 1 / (z * z);
  return { log: (square * tilt * (1 + tilt)) / 2, mean: square * (tilt + 0.5), variance: square };
}

function sampledCumulants(m: SampledGaussianMechanism, direction: Direction, tilt: number): Cumulants {
  const c = cumulantsAt(m, powerOf(direction, tilt));
  return { ...c, mean: direction * c.mean };
}

/** Where the contour crosses the real line, and what the saddle-point approximation says there. */
export interface Saddle {
  readonly tilt: number;
  readonly epsilon: number;
  readonly logDelta: number;
  /** Second derivative of the exponent. */
  readonly curvature: number;
}

/**
 * The ε whose exponent K(θ) − θε − log θ − log(1 + θ) is stationary at θ, and log δ(ε) to leading order.
 *
 * @source Daniels 1954, doi:10.1214/aoms/1177728652; Alghamdi, Gomez, Asoodeh, Calmon, Kosut, Sankar 2022,
 *   arXiv:2208.09595v2 (the same for δ).
 */
export function saddleAt(parts: readonly AnalyticPart[], direction: Direction, tilt: number): Saddle {
  const { log, mean, variance } = cumulantsOf(parts, direction, tilt);
  const epsilon = mean - 1 / tilt - 1 / (1 + tilt);
  const curvature = variance + 1 / tilt ** 2 + 1 / (1 + tilt) ** 2;
  const exponent = log - tilt * epsilon - Math.log(tilt) - Math.log1p(tilt);
  return { tilt, epsilon, curvature, logDelta: exponent - 0.5 * Math.log(2 * Math.PI * curvature) };
}

const mostRounds = 80;

/** What is left to go, as a fraction of what is tolerated, and Newton's step in log θ towards it. */
interface Progress {
  readonly gap: number;
  readonly move: number;
}

/** Newton's method in log θ within a bracket, halved wherever a step gains too little; undefined where nothing is found. */
function findSaddle(
  at: (tilt: number) => Saddle,
  progressOf: (s: Saddle) => Progress,
  start: number,
): Saddle | undefined {
  let [low, high] = [1e-9, 1e9];
  let tilt = Math.min(1e8, Math.max(1e-8, start));
  let before = Infinity;
  for (let round = 0; round < mostRounds && high > low * (1 + 1e-9); round++) {
    const s = at(tilt);
    const { gap, move } = progressOf(s);
    const isFinite = Number.isFinite(gap) && Number.isFinite(move);
    if (isFinite && Math.abs(gap) <= 1) return s;
    if (isFinite && move > 0) low = tilt;
    else high = tilt;
    const next = tilt * Math.exp(Math.max(-1.5, Math.min(1.5, move)));
    const isTrusted = isFinite && Math.abs(gap) < 0.5 * before && next > low && next < high;
    const isOpen = low === 1e-9 || high === 1e9;
    if (isTrusted || (isOpen && isFinite && next > low && next < high))
      tilt = isTrusted ? next : tilt * Math.exp(1.5 * Math.sign(move));
    else tilt = isFinite || low > 1e-9 ? Math.sqrt(low * high) : tilt / 4;
    before = isFinite ? Math.abs(gap) : Infinity;
  }
  return undefined;
}

/** The saddle for a δ, to within a quarter of a nat: d log δ/d log θ = −θ²·F″ to leading order. */
export function saddleForDelta(
  parts: readonly AnalyticPart[],
  direction: Direction,
  logDelta: number,
  start: number,
): Saddle | undefined {
  const progressOf = (s: Saddle): Progress => {
    const gap = s.logDelta - logDelta;
    return { gap: gap * 4, move: gap / (s.tilt * s.tilt * s.curvature) };
  };
  return findSaddle((tilt) => saddleAt(parts, direction, tilt), progressOf, start);
}

/** The saddle for an ε, to within a quarter of the integrand's width: dε/d log θ = θ·F″. */
export function saddleForEpsilon(
  parts: readonly AnalyticPart[],
  direction: Direction,
  epsilon: number,
  start: number,
): Saddle | undefined {
  const progressOf = (s: Saddle): Progress => {
    const gap = epsilon - s.epsilon;
    return { gap: (4 * gap) / Math.sqrt(s.curvature), move: gap / (s.tilt * s.curvature) };
  };
  return findSaddle((tilt) => saddleAt(parts, direction, tilt), progressOf, start);
}
