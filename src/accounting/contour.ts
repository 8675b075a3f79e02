import { logAdd } from "../numeric/index.ts";
import { rdpOfMechanism } from "./rdp-curves.ts";
import {
  type DecayTable,
  type RaisedDecay,
  decayTable,
  farDecay,
  nearDecay,
  raisedDecays,
  raisedFading,
} from "./moment-decay.ts";
import { type MomentLine, addGaussian, addSampledGaussian, emptyLine } from "./moment-line.ts";
import {
  type Direction,
  cumulantsAt,
  momentNodes,
  mostNodes,
  outcomeRange,
  powerOf,
  realStep,
} from "./moment-nodes.ts";
import { bestHeight, raisedNodes, raisedStep } from "./raised-nodes.ts";
import { type AnalyticPart, type Saddle, logMomentAt } from "./saddle-point.ts";

/** δ(ε) in one direction, near the ε of its saddle: logs of a bound from below, an estimate and a bound from above. */
export interface ContourProfile {
  readonly tilt: number;
  readonly points: number;
  readonly logDeltaAt: (epsilon: number) => { readonly lower: number; readonly point: number; readonly upper: number };
}

/** Nats of δ that the sum's tail, its aliases and the quadratures may each be wrong by. */
const sparedNats = 30;
/** Aliases further below δ than this are no reason for a finer step. */
const enoughNats = 25;
/** The line stops where the power is below exp(−this) of its value on the real line. */
const tailNats = 38;

/**
 * δ(ε) = (1/2π)∫ exp(K(z) − zε)/(z(1 + z)) dt along z = θ + it, by the trapezoid. By Poisson's summation formula the
 * infinite sum of step h is Σₙ exp(2πnθ/h)·δ(ε + 2πn/h) over all whole n: nothing but non-negative terms besides the one
 * that is wanted, so it is a bound from above, and less a bound on them one from below. Those with n < 0 have δ ≤ 1, those
 * with n > 0 Chernoff's bound. What the sum leaves out beyond its last point is bounded by `moment-decay.ts`.
 *
 * @param mostWork - products of points of the line and nodes of the quadratures that may be spent; some 5 ns each.
 * @returns undefined where the integrand does not fade within a line of reasonable length (rare steps leave an atom), or
 *   the noise is so small that its quadrature takes too many nodes.
 * @guarantee exp(lower) ≤ δ(ε) ≤ exp(upper) for the composition in this direction, at every ε ≥ 0.
 * @source Zhu, Dong, Wang 2022, arXiv:2106.08567v4, §4 (characteristic functions); trapezoid and its aliases: Trefethen,
 *   Weideman 2014, SIAM Review 56(3), doi:10.1137/130932132, §§3 and 5; Abate, Whitt 1992, doi:10.1007/BF01158520, §5.
 */
export function contourProfile(
  parts: readonly AnalyticPart[],
  direction: Direction,
  saddle: Saddle,
  mostWork: number,
): ContourProfile | undefined {
  return contourFamily(parts, direction, saddle, { mostWork, least: 1 })?.(1);
}

/**
 * The same for shares of the composition from `least` to 1, every part drawn that share of its count of times, on one
 * line: its logarithms are proportional to the counts, and so are their errors.
 *
 * @returns the profile of a share; shares times counts must be whole numbers.
 */
export function contourFamily(
  parts: readonly AnalyticPart[],
  direction: Direction,
  saddle: Saddle,
  { mostWork, least }: { readonly mostWork: number; readonly least: number },
): ((share: number) => ContourProfile) | undefined {
  const plan = planContour(parts, direction, saddle, least);
  return plan && contourAlong(parts, direction, plan, mostWork);
}

/** A line that serves, not yet computed. */
export interface ContourPlan {
  readonly tilt: number;
  readonly step: number;
  readonly size: number;
  readonly decay: Decay;
  readonly aliases: (step: number, epsilon: number, share?: number) => number;
}

/**
 * Chooses step and end of a line.
 *
 * @param spare - nats by which tail and aliases shall be smaller still, where the saddle's ε is a guess.
 */
export function planContour(
  parts: readonly AnalyticPart[],
  direction: Direction,
  saddle: Saddle,
  least = 1,
  spare = 0,
): ContourPlan | undefined {
  const { tilt, epsilon, logDelta } = saddle;
  const width = 1 / Math.sqrt(saddle.curvature);
  // how far δ lies below the integrand's size
  const depth = Math.max(0, logMomentAt(parts, direction, tilt) - tilt * epsilon - logDelta);
  const nats = (t: number): number => (least < 1 ? tailNats / least : enoughNats + spare + depth - Math.log(t));
  const decay = decayOf(parts, direction, { tilt, width, nats });
  if (decay === undefined) return undefined;
  const curvature = saddle.curvature - 1 / tilt ** 2 - 1 / (1 + tilt) ** 2;
  // aliases: 2πθ/h beyond −log δ, and a Gaussian's tail beyond the saddle
  let step = (2 * Math.PI * tilt) / (sparedNats + spare + Math.max(0, -logDelta));
  const gaussian = Math.min(step, (2 * Math.PI) / Math.sqrt(2 * sparedNats * saddle.curvature));
  const aliases = aliasBound(parts, tilt, (2 * Math.PI) / (gaussian * curvature));
  while (step > gaussian / 30 && aliases(step, epsilon) - logDelta > -enoughNats - spare) step /= 1.25;
  return { tilt, step, size: Math.ceil(decay.end / step) + 1, decay, aliases };
}

/** Computes the line of a plan. */
export function contourAlong(
  parts: readonly AnalyticPart[],
  direction: Direction,
  { tilt, step, size, decay, aliases }: ContourPlan,
  mostWork: number,
): ((share: number) => ContourProfile) | undefined {
  const line = layLine(parts, direction, { tilt, step, size, mostWork });
  if (line === undefined) return undefined;
  const poles = polesOf(line);
  return (share) => profileOf({ ...line, ...poles }, decay, share, (epsilon) => aliases(step, epsilon, share));
}

/** Nats by which the whole power has faded, at least, at t and beyond. */
export interface Decay {
  readonly end: number;
  readonly natsBeyond: (t: number) => number;
}

/** Ratio of the heights at which the fading is looked up. */
const ratio = 1.12;

/** Looks upwards in bands until the bound that holds for all larger t suffices; then the least of all later bands counts. */
function decayOf(
  parts: readonly AnalyticPart[],
  direction: Direction,
  { tilt, width, nats }: { readonly tilt: number; readonly width: number; readonly nats: (t: number) => number },
): Decay | undefined {
  const w = powerOf(direction, tilt);
  const tables: { readonly count: number; readonly table: DecayTable; readonly raised: readonly RaisedDecay[] }[] = [];
  let square = 0;
  for (const { mechanism: m, count } of parts) {
    if (m.kind === "gaussian") square += count / m.noiseMultiplier ** 2;
    else {
      const [from, to] = outcomeRange(m, w, Math.max(0, w), 12);
      const step = realStep(m.noiseMultiplier) / 3;
      if ((to - from) / step > mostNodes) return undefined;
      const { log } = cumulantsAt(m, w);
      const raised = raisedDecays(m, w, log, sparedNats + Math.log(count));
      tables.push({ count, table: decayTable(momentNodes(m, { from, to, step }), w), raised });
    }
  }
  const bands: { readonly from: number; nats: number }[] = [];
  for (let t = 2 * width; ; t *= ratio) {
    let [near, far] = [(square * t * t) / 2, (square * t * t) / 2];
    for (const { count, table, raised } of tables) {
      const always = Math.max(farDecay(table, t), ...raised.map((r) => raisedFading(r, t)));
      far += count * always;
      near += count * Math.max(always, far >= nats(t) ? 0 : nearDecay(table, t, t * ratio));
    }
    bands.push({ from: t, nats: Math.max(near, far) });
    if (far >= nats(t)) break;
    if (bands.length > 250) return undefined;
  }
  for (let i = bands.length - 2; i >= 0; i--) bands[i].nats = Math.min(bands[i].nats, bands[i + 1].nats);
  const end = bands.find((band) => band.nats >= nats(band.from))?.from;
  if (end === undefined) return undefined;
  return { end, natsBeyond: (t) => bands.findLast((band) => band.from <= t)?.nats ?? 0 };
}

/**
 * log of the sum of all aliases. Those with n > 0 by Chernoff's bound at θ + Δ, δ(y) ≤ exp(K(θ + Δ) − (θ + Δ)·y), at the
 * best of some Δ; those with n < 0 are at most exp(2πnθ/h).
 */
function aliasBound(
  parts: readonly AnalyticPart[],
  tilt: number,
  ideal: number,
): (step: number, epsilon: number, share?: number) => number {
  const above = [...aliasShares.map((share) => share * ideal), ...tiltShares.map((share) => share * tilt)].map(
    (most) => {
      const more = Math.min(most, 1e7);
      // K(θ) = θ·D(θ + 1), and the divergence is bounded from above in both directions
      const moments = parts.map((p) => p.count * (tilt + more) * rdpOfMechanism(p.mechanism, 1 + tilt + more));
      return { more, logMoment: moments.reduce((sum, v) => sum + v, 0) * (1 + 1e-12) };
    },
  );
  return (step, epsilon, share = 1) => {
    const period = (2 * Math.PI) / step;
    const geometric = (rate: number): number => -rate * period - Math.log(-Math.expm1(-rate * period));
    const terms = above.map(({ more, logMoment }) => share * logMoment - (tilt + more) * epsilon + geometric(more));
    return logAdd(geometric(tilt), Math.min(...terms)) + 1e-9;
  };
}

const aliasShares = [1, 0.4, 0.16, 0.06];
const tiltShares = [0.03, 0.08, 0.15, 0.38, 0.9];

interface LineWish {
  readonly tilt: number;
  readonly step: number;
  readonly size: number;
  readonly mostWork: number;
}

function layLine(parts: readonly AnalyticPart[], direction: Direction, wish: LineWish): MomentLine | undefined {
  const { size } = wish;
  if (!(size * 30 <= wish.mostWork)) return undefined;
  const w = powerOf(direction, wish.tilt);
  const line = emptyLine(wish.tilt, wish.step, size);
  let work = 0;
  for (const { mechanism: m, count } of parts) {
    if (m.kind === "gaussian") {
      addGaussian(line, m.noiseMultiplier, count);
      continue;
    }
    // the errors of (P/Q)^w − 1 − w(P/Q − 1) grow with |w|
    const nats = sparedNats + Math.log(count) + Math.log1p(2 * size * wish.step);
    const reach = Math.sqrt(2 * (nats + 4));
    // the mean of P/Q itself counts too
    const [from, to] = outcomeRange(m, w, Math.max(1, w), reach);
    // for powers below 0 the zero of P/Q, at πz², must stay farther away
    const [height = 0] = [1, 0.5]
      .map((share) => share * bestHeight(m.noiseMultiplier))
      .toSorted((a, b) => raisedStep(m, w, b, nats) - raisedStep(m, w, a, nats));
    const step = raisedStep(m, w, height, nats);
    const nodes = Math.ceil((to - from) / step) + 1;
    work += nodes * size;
    if (!(nodes <= mostNodes && work <= wish.mostWork)) return undefined;
    addSampledGaussian(line, raisedNodes(m, height, { from, to, step }), direction, count);
  }
  return line;
}

const unit = 2 ** -53;

/** Size and argument of 1/(z(1 + z)) along the line; the point on the real line counts half. */
interface Poles {
  readonly factor: Float64Array;
  readonly angle: Float64Array;
}

function polesOf({ tilt, step, logSize }: MomentLine): Poles {
  const [factor, angle] = [new Float64Array(logSize.length), new Float64Array(logSize.length)];
  for (let k = 0; k < factor.length; k++) {
    const t = k * step;
    factor[k] = 1 / (Math.hypot(tilt, t) * Math.hypot(1 + tilt, t) * (k === 0 ? 2 : 1));
    angle[k] = Math.atan2(t, tilt) + Math.atan2(t, 1 + tilt);
  }
  return { factor, angle };
}

/** Terms are added in blocks, so that rounding grows with the blocks' size and number only. */
const blockSize = 256;

/** The sum over the line's points for one share of its counts. */
function profileOf(
  line: MomentLine & Poles,
  decay: Decay,
  share: number,
  logAliasesAt: (epsilon: number) => number,
): ContourProfile {
  const { tilt, step } = line;
  const size = line.logSize.length;
  const [height, weight, phase] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  let [kept, fixed, total, moment] = [0, 0, 0, 0];
  // where the drift is beyond all bounds the proven fading holds
  const proven = (t: number): number => (t === 0 ? Infinity : Math.exp(-share * decay.natsBeyond(t)) / (t * t));
  for (let k = 0; k < size; k++) {
    const t = k * step;
    const [logSize, turned, drift] = [share * line.logSize[k], share * line.phase[k], share * line.error[k]];
    const value = Math.exp(logSize) * line.factor[k];
    if (value < 1e-22) {
      fixed += drift < 1 ? 3 * value : drift < 600 ? Math.min(value * Math.exp(drift), proven(t)) : proven(t);
      continue;
    }
    // exp(x) − 1 ≤ x + x² for x ≤ 1
    const error = drift < 1 ? value * (drift + drift * drift) : Math.min(value * Math.expm1(drift), value + proven(t));
    height[kept] = t;
    weight[kept] = value;
    phase[kept] = turned - line.angle[k];
    fixed += error + value * unit * (24 + 4 * Math.abs(turned) - 2 * logSize);
    total += value;
    moment += value * t;
    kept += 1;
  }
  const end = size * step;
  const tail = Math.exp(-share * decay.natsBeyond(end - step)) / (end - step);
  const growth = share * line.momentError * 1.001 + 1e-15;
  const logMoment = share * line.logMoment;
  return {
    tilt,
    points: size,
    logDeltaAt: (epsilon) => {
      let [sum, block] = [0, 0];
      for (let k = 0; k < kept; k++) {
        block += weight[k] * Math.cos(phase[k] - height[k] * epsilon);
        if (k % blockSize === blockSize - 1) [sum, block] = [sum + block, 0];
      }
      sum += block;
      const logScale = logMoment - tilt * epsilon - Math.log(Math.PI);
      const rounding = growth + 4 * unit * (Math.abs(logMoment) + tilt * epsilon + 4);
      const summed = total * (4 + blockSize + size / blockSize) + 4 * moment * epsilon;
      const error = (fixed * (1 + unit * size) + unit * summed * (1 + unit * size)) * step + tail;
      const point = sum * step;
      if (!(error + rounding < Infinity)) return { lower: -Infinity, point: 0, upper: 0 };
      const aliases = Math.exp(logAliasesAt(epsilon) - logScale);
      const below = point - error - aliases;
      return {
        lower: below > 0 ? Math.min(0, logScale + Math.log(below) - rounding) : -Infinity,
        point: point > 0 ? Math.min(0, logScale + Math.log(point)) : -Infinity,
        upper: Math.min(0, logScale + Math.log(Math.max(0, point) + error) + rounding),
      };
    },
  };
}
