import { PrivacyError } from "../core/index.ts";
import { bracketRoot, logSub } from "../numeric/index.ts";
import type { Bounds, Engine } from "./engine.ts";
import { type GridPart, type GridSettings, type GridSolution, solveGrid } from "./grid-solution.ts";
import { type LossPair, countOf, pairOf } from "./pair-buckets.ts";
import type { Composition, Mechanism } from "./mechanism.ts";
import { type AddedVariance, addedVarianceOf, meshFor } from "./mesh-choice.ts";
import { minimiseOverOrders, orderExcessAt } from "./order-lattice.ts";
import { deltaFromAbove, logDeltaFromRdp } from "./rdp-conversion.ts";
import { rdpOfMechanism } from "./rdp-curves.ts";
import { bestEpsilon, deltaAfterFailure, deltaWithFailure, unbounded } from "./rdp-engine.ts";

/** Relative width of the upper bound's excess that is aimed at when no tolerance is asked for. */
const defaultExcess = 0.002;
/** Relative width of the bracket at which an answer is refined, without a tolerance, as far as its grid may grow. */
const defaultWidth = 0.01;
/** Transform lengths: without a tolerance an answer should take milliseconds, with one it may take a second. */
const defaultLength = 2 ** 15;
const largestLength = 2 ** 19;
const largestBuckets = 2 ** 18;
/** Losses so large that their grid needs a wider mesh, in nats, are left to the other engines. */
const coarsestMesh = 2;

/**
 * The two-sided grid engine for compositions of everything that a dominating pair is known of. The Rényi divergence of the
 * same composition tells it where to tilt; the mesh follows from the tolerance, on a ladder of powers of two, so that nearby
 * events are solved on the same grid.
 *
 * @returns undefined when another kind of mechanism takes part.
 * @guarantee Both bounds are certified as `grid-solution.ts` says.
 */
export function gridEngine(composition: Composition, rdpAt: (j: number) => number): Engine | undefined {
  const { failure } = composition;
  let isAttained = failure === 0;
  const pairs: { pair: LossPair; count: number; mechanism: Mechanism }[] = [];
  for (const { mechanism, count } of composition.spends) {
    const found = pairOf(mechanism);
    if (found === undefined) return undefined;
    isAttained &&= found.isAttained;
    pairs.push({ pair: found.pair, count, mechanism });
  }
  if (pairs.length === 0) return undefined;
  const parts = (tilt: number): GridPart[] =>
    pairs.map(({ pair, count, mechanism }) => ({ pair, count, logScale: tilt * rdpOfMechanism(mechanism, 1 + tilt) }));
  const addedAt = cachedByTilt((tilt) => addedVarianceOf(parts(tilt), tilt));
  const steps = pairs.reduce((sum, p) => sum + p.count, 0);
  // a lower bound on the dominating pair is none on a mechanism that may be better than it
  const honest = (bounds: Bounds): Bounds => (isAttained ? bounds : { ...bounds, lower: 0 });
  return {
    name: "grid",
    isReserve: true,
    epsilonAt: (delta, tolerance) => {
      const rest = deltaAfterFailure(delta, failure);
      if (rest <= 0) return unbounded("the failure probability of its parts alone reaches delta");
      return honest(epsilonAt({ parts, addedAt, steps, rdpAt, isAttained, delta: rest, tolerance }));
    },
    deltaAt: (epsilon, tolerance) => {
      const bounds = honest(deltaAt({ parts, addedAt, steps, rdpAt, isAttained, tolerance }, epsilon));
      return { ...bounds, upper: deltaWithFailure(bounds.upper, failure) };
    },
  };
}

function cachedByTilt(of: (tilt: number) => AddedVariance): (tilt: number) => AddedVariance {
  let known: { readonly tilt: number; readonly added: AddedVariance } | undefined;
  return (tilt) => {
    if (known?.tilt !== tilt) known = { tilt, added: of(tilt) };
    return known.added;
  };
}

interface GridProblem {
  readonly parts: (tilt: number) => GridPart[];
  readonly addedAt: (tilt: number) => AddedVariance;
  readonly steps: number;
  readonly rdpAt: (j: number) => number;
  /** Every mechanism is its dominating pair, so lower bounds on the pair are bounds on the mechanism. */
  readonly isAttained: boolean;
  readonly tolerance: number | undefined;
}

/** Tilts to try, as shares of the Renyi optimum: where rare steps carry δ that optimum leans too far towards them. */
const tiltShares = [1, 0.55, 0.3];
/** The scout's mesh, in meshes of the answer. */
const scoutCoarseness = 4;

/**
 * Solves at the tilt of the Renyi optimum. When the answer is wider than its mesh explains, scouts on coarse meshes look
 * for a better tilt, and the answer is solved again there.
 */
function epsilonAt(problem: EpsilonProblem): Bounds {
  const { rdpAt, delta } = problem;
  const start = bestEpsilon(rdpAt, 1, delta);
  if (start === undefined) return unbounded("left to the total variation bound");
  const tilt = orderExcessAt(start.j);
  const direct = trial(problem, { tilt, guess: start.value, mesh: chosenMesh(problem, start.value, tilt), padding: 0 });
  const answer = direct !== undefined && isAsExpected(direct) ? direct : retilted(problem, tilt, start.value, direct);
  if (answer === undefined) return unbounded("the grid would be longer than allowed");
  // a lower bound that is not claimed is not worth refining, unless it was asked for
  const wished = problem.tolerance ?? (problem.isAttained ? defaultWidth * answer.upper : Infinity);
  return refined(problem, answer, wished);
}

type EpsilonProblem = GridProblem & { readonly delta: number };

function retilted(problem: EpsilonProblem, tilt: number, guess: number, direct: Trial | undefined): Trial | undefined {
  let scout = direct ?? scoutAt(problem, tilt, guess);
  let best = scout;
  for (let round = 0; round < 3 && scout !== undefined && !isAsExpected(scout); round++) {
    const center = tiltAt(problem.rdpAt, scout.upper);
    for (const share of tiltShares) {
      const next = scoutAt(problem, share * center, scout.upper);
      if (next !== undefined && (best === undefined || next.upper < best.upper)) best = next;
    }
    if (best === undefined || best.upper > 0.8 * scout.upper) break;
    scout = best;
  }
  if (best === undefined) return undefined;
  const mesh = chosenMesh(problem, best.upper, best.tilt);
  const final = trial(problem, { tilt: best.tilt, guess: best.upper, mesh, padding: 0 });
  return final === undefined ? best : intersect(best, final);
}

/** Halves the mesh and lengthens the window until the bracket is as narrow as was asked, or the grid as long as allowed. */
function refined(problem: EpsilonProblem, first: Trial, tolerance: number): Trial {
  let best = first;
  let { mesh } = first;
  for (let padding = 1; padding <= 4 && best.upper - best.lower > tolerance; padding++) {
    const ratio = Math.sqrt((best.upper - best.lower) / tolerance);
    mesh /= 2 ** Math.min(3, Math.max(1, Math.ceil(Math.log2(ratio))));
    const next = trial(problem, { tilt: best.tilt, guess: best.upper, mesh, padding });
    if (next === undefined) break;
    best = intersect(best, next);
    if (next.isCapped) break;
  }
  return best;
}

/** One solution and what it says. */
interface Trial extends Bounds {
  readonly tilt: number;
  readonly mesh: number;
  /** The excess of the upper bound that its mesh alone accounts for. */
  readonly expectedExcess: number;
  /** The mesh is coarser than was wished for. */
  readonly isCapped: boolean;
}

function scoutAt(problem: EpsilonProblem, tilt: number, guess: number): Trial | undefined {
  const mesh = Math.min(chosenMesh(problem, guess, tilt) * scoutCoarseness, 0.5);
  return trial(problem, { tilt, guess, mesh, padding: 0 });
}

function isAsExpected(t: Trial): boolean {
  return t.upper - t.lower <= 2.5 * t.expectedExcess;
}

interface TrialSettings {
  readonly tilt: number;
  /** An ε that is known to hold. */
  readonly guess: number;
  readonly mesh: number;
  readonly padding: number;
}

function trial(problem: EpsilonProblem, settings: TrialSettings): Trial | undefined {
  const { tilt, guess, mesh, padding } = settings;
  const logDelta = Math.log(problem.delta);
  const solved = solveWithin(problem, { mesh, tilt, padding, logTarget: logDelta });
  if (solved === undefined) return undefined;
  // a window that misses the answer says nothing of its own
  const own = upperEpsilon(solved.solution, logDelta);
  const upper = Math.min(guess, own);
  const refuted = touching(lowerEpsilon(solved.solution, problem.delta), own);
  // a mechanism may be better than the pair that dominates it, so only what attains the pair can contradict the guess
  const lower = problem.isAttained ? touching(refuted, upper) : Math.min(refuted, upper);
  const expectedExcess = (problem.addedAt(tilt)(solved.settings.mesh) * (1 + tilt)) / 2;
  const bounds = describe(solved, tilt, { lower, upper }, expectedExcess);
  return { ...bounds, tilt, mesh: solved.settings.mesh, expectedExcess, isCapped: solved.isCapped };
}

/** A lower bound that rounding lifted onto the upper one is set down on it; one that is truly above it is a failure. */
function touching(lower: number, upper: number): number {
  if (lower <= upper * (1 + 1e-9) + 1e-12) return Math.min(lower, upper);
  throw new PrivacyError(
    "numerical_failure",
    `a lower bound below the upper was wanted of the grid and ${lower} lies above ${upper}: please report this event`,
    { routine: "gridEngine", reason: "bounds cross" },
  );
}

/** Both are true of the same ε; the later one has the finer mesh, and its two ends cancel best. */
function intersect(a: Trial, b: Trial): Trial {
  const winner = b.upper <= a.upper ? b : a;
  const lower = touching(Math.max(a.lower, b.lower), winner.upper);
  const point = Math.min(winner.upper, Math.max(lower, b.point ?? winner.upper));
  return { ...winner, lower, point };
}

function deltaAt(problem: GridProblem, epsilon: number): Bounds {
  const { rdpAt } = problem;
  const tilt = tiltAt(rdpAt, epsilon);
  const logTarget = Math.max(
    -700,
    minimiseOverOrders((j) => logDeltaFromRdp(rdpAt(j), orderExcessAt(j), epsilon)).value,
  );
  const solved = solveWithin(problem, {
    mesh: chosenMesh(problem, Math.max(epsilon, 0.01), tilt),
    tilt,
    padding: 0,
    logTarget: logTarget - 10,
  });
  if (solved === undefined) return { ...unbounded("the grid would be longer than allowed"), upper: 1 };
  const upper = deltaFromAbove(solved.solution.upperLogDelta(epsilon));
  const { logP, logQ } = solved.solution.test;
  let lower = 0;
  for (let k = 0; k < logP.length; k++) {
    const logQe = logQ[k] + epsilon;
    if (logP[k] > logQe) lower = Math.max(lower, Math.exp(logSub(logP[k], logQe)) * (1 - 1e-14));
  }
  return describe(solved, tilt, { lower: touching(lower, upper), upper });
}

/** θ = α − 1 at the order that is best for δ(ε): where the loss, tilted, has its mean near ε. */
function tiltAt(rdpAt: (j: number) => number, epsilon: number): number {
  return orderExcessAt(minimiseOverOrders((j) => logDeltaFromRdp(rdpAt(j), orderExcessAt(j), epsilon)).j);
}

/** The bracket is 1.5 times as wide as the upper bound's excess. */
function chosenMesh(problem: GridProblem, epsilon: number, tilt: number): number {
  const { tolerance } = problem;
  const excess = tolerance === undefined ? defaultExcess * epsilon : tolerance / 1.6;
  return meshFor(problem.addedAt(tilt), tilt, excess);
}

interface Solved {
  readonly solution: GridSolution;
  readonly settings: GridSettings;
  readonly isCapped: boolean;
}

/** Coarsens the mesh until the grid fits. */
function solveWithin(
  problem: GridProblem,
  wish: { readonly mesh: number; readonly tilt: number; readonly padding: number; readonly logTarget: number },
): Solved | undefined {
  const parts = problem.parts(wish.tilt);
  if (parts.some((p) => !Number.isFinite(p.logScale))) return undefined;
  const limit = problem.tolerance === undefined ? defaultLength : largestLength;
  // outcomes beyond the reach have less than exp(−25) of δ together
  const reach = Math.min(38, Math.sqrt(2 * (Math.log(problem.steps) - wish.logTarget + 25)));
  let { mesh } = wish;
  let isCapped = false;
  for (let attempt = 0; attempt < 60 && mesh <= coarsestMesh; attempt++) {
    const buckets = Math.max(...parts.map((p) => countOf(p.pair, mesh, reach)));
    const settings = { mesh, tilt: wish.tilt, padding: wish.padding, reach, largestLength: limit };
    const answer = buckets > Math.min(largestBuckets, 2 * limit) ? { needed: buckets } : solveGrid(parts, settings);
    if (!("needed" in answer)) return { solution: answer, settings, isCapped };
    if (!(answer.needed < Infinity)) return undefined;
    isCapped = true;
    mesh *= Math.max(2, 2 ** Math.floor(Math.log2(answer.needed / limit)));
  }
  return undefined;
}

/** The least ε ≥ 0 in reach of the window whose δ, from above, is at most the target. */
function upperEpsilon(solution: GridSolution, logDelta: number): number {
  const f = (epsilon: number): number => solution.upperLogDelta(epsilon) - logDelta;
  const lo = Math.max(0, solution.window.low);
  const hi = Math.max(lo, solution.window.high);
  if (!(f(hi) <= 0)) return Infinity;
  if (f(lo) <= 0) return lo;
  return bracketRoot({ f, lo, hi, safe: "hi", relativeTolerance: 1e-12, absoluteTolerance: 1e-300 }).value;
}

/** The greatest ε that some test refutes: exp(logP) − exp(ε + logQ) ≥ δ. */
function lowerEpsilon(solution: GridSolution, delta: number): number {
  const { logP, logQ } = solution.test;
  let best = 0;
  const logDelta = Math.log(delta);
  for (let k = 0; k < logP.length; k++) {
    if (logP[k] <= logDelta) continue;
    best = Math.max(best, logSub(logP[k], logDelta) - logQ[k]);
  }
  return best * (1 - 1e-12);
}

/** The lower bound's error is half of the upper's and of opposite sign, unless its window cost it more. */
function pointOf(found: { readonly lower: number; readonly upper: number }, expectedExcess: number): number {
  const isBalanced = found.upper - found.lower <= 2 * expectedExcess;
  return isBalanced ? (2 * found.lower + found.upper) / 3 : Math.max(found.lower, found.upper - expectedExcess / 2);
}

function describe(
  solved: Solved,
  tilt: number,
  found: { readonly lower: number; readonly upper: number },
  expectedExcess = Infinity,
): Bounds {
  const { settings, solution } = solved;
  return {
    ...found,
    point: found.upper < Infinity ? pointOf(found, expectedExcess) : undefined,
    why: `two-sided grid, mesh ${settings.mesh.toExponential(2)}, ${solution.length} points`,
    facts: { mesh: settings.mesh, tilt, length: solution.length, reach: settings.reach },
  };
}
