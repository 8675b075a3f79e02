import { compensatedSum } from "../numeric/index.ts";
import type { LatticeLaw } from "./composed-law.ts";
import type { LossBuckets } from "./loss-buckets.ts";
import { type LossPair, bucketsOf } from "./pair-buckets.ts";

/** Laws of the loss, tilted and normalised: true mass = mass · exp(logMass − tilt·label). */
export interface TiltedLaw {
  readonly law: LatticeLaw;
  /** log of the total tilted mass of one draw. */
  readonly logMass: number;
}

/** What one mechanism gives the grid engine, all at one mesh. */
export interface MechanismLaws {
  /** Dominating pair, record removed: P at the label index · mesh. */
  readonly remove: TiltedLaw;
  /** Dominating pair, record added: the same with the roles of P and Q exchanged. */
  readonly add: TiltedLaw;
  /** Bound on the relative error of every mass. */
  readonly relativeError: number;
  /** Bound on how far a true loss may lie above its label, in nats. */
  readonly edgeError: number;
}

/** The loss rounded to the nearest multiple of the mesh, a statistic of the outcome. */
export interface StatisticLaws {
  /** Its law under P, tilted by θ. */
  readonly underP: TiltedLaw;
  /** Its law under Q, tilted by θ + 1. */
  readonly underQ: TiltedLaw;
  readonly relativeError: number;
}

export interface TiltGrid {
  readonly mesh: number;
  readonly reach: number;
  /** θ ≥ 0, in the direction of large losses, for both directions of the pair. */
  readonly tilt: number;
  /** Near log E_P[exp(θL)]; keeps the numbers within the range of doubles. */
  readonly logScale: number;
}

/** The dominating laws of `count` draws of one pair. */
export function mechanismLaws(pair: LossPair, count: number, grid: TiltGrid): MechanismLaws {
  const { mesh, reach, tilt, logScale } = grid;
  const up = bucketsOf(pair, { mesh, reach, tilt, logScale });
  // adding: mass exp(−g)·p at −g, tilted by exp(−θg)
  const down = bucketsOf(pair, { mesh, reach, tilt: -(1 + tilt), logScale });
  return {
    remove: normalised(up.first, dots(up, Math.exp(tilt * mesh)), count, logScale),
    add: reversed(normalised(down.first, dots(down, Math.exp(-(1 + tilt) * mesh)), count, logScale)),
    relativeError: Math.max(up.relativeError, down.relativeError) + 1e-15,
    edgeError: up.edgeError,
  };
}

/**
 * The rounded loss of `count` draws. Its buckets have the multiples of the mesh in their middles: steps that hardly ever
 * see the record have losses next to 0 on both sides, which an end at 0 would tell apart at random.
 */
export function statisticLaws(pair: LossPair, count: number, grid: TiltGrid): StatisticLaws {
  const { mesh, reach, tilt, logScale } = grid;
  const buckets = bucketsOf(pair, { mesh, reach, tilt, logScale, offset: -0.5 });
  const n = buckets.left.length;
  const [p, q] = [new Float64Array(n), new Float64Array(n)];
  const shrink = Math.exp(-mesh);
  for (let i = 0; i < n; i++) {
    p[i] = buckets.left[i] + buckets.right[i];
    q[i] = buckets.left[i] + buckets.right[i] * shrink;
  }
  return {
    underP: normalised(buckets.first, p, count, logScale + (tilt * mesh) / 2),
    underQ: normalised(buckets.first, q, count, logScale + ((tilt + 1) * mesh) / 2),
    relativeError: buckets.relativeError + 1e-15,
  };
}

/** Mass at the multiples of the mesh: what the bucket below puts on its right end and the bucket above on its left. */
function dots(buckets: LossBuckets, step: number): Float64Array {
  const n = buckets.left.length;
  const out = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) {
    out[i] += buckets.left[i];
    out[i + 1] += buckets.right[i] * step;
  }
  return out;
}

/** Masses that over- or underflowed give a logMass of NaN, on which the caller gives up. */
function normalised(first: number, mass: Float64Array, count: number, logScale: number): TiltedLaw {
  if (!mass.every(Number.isFinite)) return { law: { first, mass, count }, logMass: NaN };
  const total = compensatedSum(mass);
  for (let i = 0; i < mass.length; i++) mass[i] /= total;
  return { law: { first, mass, count }, logMass: logScale + Math.log(total) };
}

/** A law without its outcomes above one index, and the log of the true mass that was cut off. */
export interface TruncatedLaw extends TiltedLaw {
  readonly logCut: number;
}

/** Cuts every outcome above `last`; what is left is still exact. */
export function truncated(t: TiltedLaw, last: number, tilt: number, mesh: number): TruncatedLaw {
  const { first, mass, count } = t.law;
  const keep = Math.max(1, last - first + 1);
  if (keep >= mass.length) return { ...t, logCut: -Infinity };
  // true mass = tilted mass · exp(−tilt·loss): summed from the cut outwards the factors fall
  let cut = 0;
  for (let i = mass.length - 1; i >= keep; i--) cut = cut * Math.exp(-tilt * mesh) + mass[i];
  const logCut = Math.log(cut) + t.logMass - tilt * (first + keep) * mesh;
  return { ...normalised(first, mass.slice(0, keep), count, t.logMass), logCut };
}

function reversed(t: TiltedLaw): TiltedLaw {
  const { first, mass, count } = t.law;
  return { law: { first: 1 - first - mass.length, mass: mass.toReversed(), count }, logMass: t.logMass };
}
