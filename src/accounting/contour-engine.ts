import { bracketRoot } from "../numeric/index.ts";
import { type ContourProfile, contourAlong, planContour } from "./contour.ts";
import type { Bounds, Engine } from "./engine.ts";
import type { Composition } from "./mechanism.ts";
import type { Direction } from "./moment-nodes.ts";
import { deltaFromAbove } from "./rdp-conversion.ts";
import { deltaAfterFailure, deltaWithFailure, unbounded } from "./rdp-engine.ts";
import {
  type AnalyticPart,
  type Saddle,
  logMomentAt,
  saddleAt,
  saddleForDelta,
  saddleForEpsilon,
} from "./saddle-point.ts";

/** Work that an answer may cost, some 2 ns each: one of many in a row, one alone, and one with a tolerance. */
const [briefWork, defaultWork, largestWork] = [1.5e7, 2e8, 6e8];

/** A composition in one question. */
interface ContourProblem {
  readonly parts: readonly AnalyticPart[];
  readonly mostWork: number;
}

const why = "contour integral of the moment function, its aliases, tail and rounding bounded";

/**
 * The engine for compositions of plain and Poisson-sampled Gaussians: one contour integral per direction.
 *
 * @returns undefined when another kind of mechanism takes part.
 * @guarantee Both bounds as `contour.ts` says; it bounds nothing where the integral does not fade.
 */
export function contourEngine(composition: Composition): Engine | undefined {
  const { failure } = composition;
  const parts: AnalyticPart[] = [];
  for (const { mechanism, count } of composition.spends) {
    if (mechanism.kind !== "gaussian" && mechanism.kind !== "sampled-gaussian") return undefined;
    parts.push({ mechanism, count });
  }
  if (parts.length === 0) return undefined;
  const { isReserve: _, ...brief } = engineOf(parts, failure, briefWork);
  return { ...engineOf(parts, failure, defaultWork), brief };
}

function engineOf(parts: readonly AnalyticPart[], failure: number, work: number): Engine {
  const problemOf = (tolerance: number | undefined): ContourProblem => ({
    parts,
    mostWork: tolerance === undefined ? work : largestWork,
  });
  return {
    name: "contour",
    isReserve: true,
    epsilonAt: (delta, tolerance) => {
      const rest = deltaAfterFailure(delta, failure);
      if (rest <= 0) return unbounded("the failure probability of its parts alone reaches delta");
      const bounds = epsilonAt(problemOf(tolerance), Math.log(rest));
      // a lower bound for the part of δ that is left is none for the whole of it
      return failure === 0 ? bounds : { ...bounds, lower: 0 };
    },
    deltaAt: (epsilon, tolerance) => {
      const bounds = deltaAt(problemOf(tolerance), epsilon);
      return { ...bounds, upper: deltaWithFailure(bounds.upper, failure) };
    },
  };
}

function none(): Bounds {
  return unbounded("its integrand does not fade within a line of reasonable length");
}

function epsilonAt(problem: ContourProblem, logDelta: number): Bounds {
  const removed = solved(problem, 1, logDelta);
  if (removed === undefined) return none();
  const { upper, lower, point, profile } = removed;
  const facts = { tilt: profile.tilt, points: profile.points };
  const isWorse = isAbove(problem, upper, logDelta);
  if (isWorse === false) return { lower, upper, point, why, facts };
  const added = isWorse === undefined ? undefined : solved(problem, -1, logDelta);
  if (added === undefined) return { lower, upper: Infinity, point, why: `${why}; of removing a record alone`, facts };
  return {
    lower: Math.max(lower, added.lower),
    upper: Math.max(upper, added.upper),
    point: Math.max(point, added.point),
    why,
    facts,
  };
}

/** Whether the direction of adding may exceed δ at this ε; undefined where its contour does not say. */
function isAbove(problem: ContourProblem, epsilon: number, logDelta: number): boolean | undefined {
  const { parts } = problem;
  if (epsilon > largestAdded(parts)) return false;
  const saddle = saddleForEpsilon(parts, -1, epsilon, 1);
  const tilts = saddle === undefined ? chernoffTilts : [saddle.tilt];
  if (tilts.some((tilt) => chernoffBound(parts, tilt, epsilon) <= logDelta)) return false;
  const profile = saddle === undefined ? undefined : profileNear(problem, -1, saddle);
  return profile === undefined ? undefined : profile.logDeltaAt(epsilon).upper > logDelta;
}

/** The largest loss of adding: a sampled step's is −log(1 − q). */
function largestAdded(parts: readonly AnalyticPart[]): number {
  const bounds = parts.map(({ mechanism: m, count }) =>
    m.kind === "gaussian" ? Infinity : -count * Math.log1p(-m.samplingProbability),
  );
  return bounds.reduce((sum, v) => sum + v, 0) * (1 + 1e-12);
}

const chernoffTilts = Array.from({ length: 14 }, (_, k) => 2 ** (k - 3));

/** log δ of adding from above: E(1 − exp(ε − l))₊ ≤ E exp(θ(l − ε)) · max over x ≥ 0 of exp(−θx)(1 − exp(−x)). */
function chernoffBound(parts: readonly AnalyticPart[], tilt: number, epsilon: number): number {
  const logMoment = logMomentAt(parts, -1, tilt);
  const bound = logMoment - tilt * epsilon + tilt * Math.log(tilt) - (1 + tilt) * Math.log1p(tilt);
  // the moments are accurate to 1e-11 relative
  return Number.isFinite(bound) ? bound + 1e-6 * (1 + Math.abs(logMoment) + tilt * epsilon) : Infinity;
}

/** Lines of more points than this are worth a look for a shorter one. */
const longLine = 2000;
const tiltShares = [0.85, 0.7, 0.5];

/**
 * The profile on the saddle's line, or on one of less tilt where that is shorter: where rare steps carry δ, the law that is
 * tilted as the saddle says has a second mode at their losses, which asks for a fine step; a little below it has none.
 */
function profileNear(problem: ContourProblem, direction: Direction, saddle: Saddle): ContourProfile | undefined {
  const { parts, mostWork } = problem;
  let plan = planContour(parts, direction, saddle);
  if (plan === undefined || plan.size > longLine) {
    for (const share of tiltShares) {
      const lower = saddleAt(parts, direction, share * saddle.tilt);
      const near = { ...lower, epsilon: saddle.epsilon, logDelta: saddle.logDelta };
      const next = planContour(parts, direction, near, 1, 10);
      if (next !== undefined && !(next.size > (plan?.size ?? Infinity))) plan = next;
    }
  }
  return plan && contourAlong(parts, direction, plan, mostWork)?.(1);
}

interface Solved {
  readonly lower: number;
  readonly upper: number;
  readonly point: number;
  readonly profile: ContourProfile;
}

/** The ε at which one direction's δ falls to the target. */
function solved(problem: ContourProblem, direction: Direction, logDelta: number): Solved | undefined {
  const saddle = saddleForDelta(problem.parts, direction, logDelta, 1);
  const profile = saddle === undefined ? undefined : profileNear(problem, direction, { ...saddle, logDelta });
  if (saddle === undefined || profile === undefined) return undefined;
  const cached = new Map<number, ReturnType<ContourProfile["logDeltaAt"]>>();
  const at: ContourProfile["logDeltaAt"] = (epsilon) => {
    const found = cached.get(epsilon) ?? profile.logDeltaAt(epsilon);
    cached.set(epsilon, found);
    return found;
  };
  const start = Math.max(0, saddle.epsilon);
  const upper = rootNear(at, saddle, start, logDelta, "upper");
  if (upper === Infinity) return undefined;
  const point = rootNear(at, saddle, upper, logDelta, "point");
  const lower = rootNear(at, saddle, point === Infinity ? upper : point, logDelta, "lower");
  return { lower: Math.min(lower, upper), upper, point: Math.min(upper, point), profile };
}

function rootNear(
  at: ContourProfile["logDeltaAt"],
  saddle: Saddle,
  start: number,
  logDelta: number,
  which: "lower" | "point" | "upper",
): number {
  const f = (epsilon: number): number => Math.max(-1e300, at(epsilon)[which] - logDelta);
  let width = Math.max(1e-12 * start, Math.abs(f(start)) / saddle.tilt) + 1e-300;
  let [lo, hi] = [start, start];
  for (let round = 0; round < 80; round++, width *= 3) {
    if (f(hi) > 0) hi = start + width;
    else if (lo > 0 && f(lo) <= 0) lo = Math.max(0, start - width);
    else break;
  }
  if (!(f(hi) <= 0)) return which === "lower" ? 0 : Infinity;
  if (!(f(lo) > 0)) return 0;
  // δ from below is not monotone far out; near the root it is
  return bracketRoot({ f, lo, hi, safe: which === "lower" ? "lo" : "hi", relativeTolerance: 1e-13 }).value;
}

function deltaAt(problem: ContourProblem, epsilon: number): Bounds {
  let [lower, upper, point] = [0, 0, 0];
  let facts: Bounds["facts"] = {};
  for (const direction of [1, -1] as const) {
    if (direction === -1 && epsilon > largestAdded(problem.parts)) continue;
    const saddle = saddleForEpsilon(problem.parts, direction, epsilon, 1);
    const profile = saddle === undefined ? undefined : profileNear(problem, direction, saddle);
    if (profile === undefined && direction === 1) return { ...none(), lower, upper: 1 };
    if (profile === undefined) {
      const bounds = chernoffTilts.map((tilt) => chernoffBound(problem.parts, tilt, epsilon));
      upper = Math.max(upper, deltaFromAbove(Math.min(0, ...bounds)));
      continue;
    }
    const found = profile.logDeltaAt(epsilon);
    if (direction === 1) facts = { tilt: profile.tilt, points: profile.points };
    lower = Math.max(lower, Math.exp(found.lower) * (1 - 1e-15));
    upper = Math.max(upper, Math.min(1, Math.exp(found.upper) * (1 + 1e-15) + Number.MIN_VALUE));
    point = Math.max(point, Math.exp(found.point));
  }
  return { lower, upper, point: Math.min(upper, Math.max(lower, point)), why, facts };
}
