import { contourSpectrum } from "./contour-stepwise.ts";
import type { GridPart } from "./grid-solution.ts";
import { bracketRoot } from "../numeric/index.ts";
import { type Composition, repeatedFailure } from "./mechanism.ts";
import { minimiseOverOrders, orderExcessAt } from "./order-lattice.ts";
import { countOf, pairOf } from "./pair-buckets.ts";
import { logDeltaFromRdp } from "./rdp-conversion.ts";
import { rdpOfMechanism } from "./rdp-curves.ts";
import { bestEpsilon, deltaAfterFailure } from "./rdp-engine.ts";
import { type RepeatedTail, type TailSpectrum, shortestPeriod, tailSpectrum } from "./tail-spectrum.ts";

/** Excess over the truth, relative, that the mesh is chosen for: no more than a step of a long run adds. */
const relativeExcess = 1e-4;
const longestPeriod = 2 ** 17;
/** Where most frequencies survive they are all kept. */
const longestScoutedPeriod = 2 ** 16;
const mostBuckets = 2 ** 17;
const coarsestMesh = 0.5;
/** An octave of step counts has at most about so many answers, and costs so many terms a pass; counts are rounded up. */
const answersPerOctave = 2048;
const affordableTerms = 2 ** 19;

/** Spectra that serve the step counts up to `last` and above half of it. */
interface Octave {
  readonly last: number;
  readonly spectrum: TailSpectrum | undefined;
  /** A bound at `last` from elsewhere. */
  readonly limit: number;
  /** Counts are rounded up to multiples of this. */
  readonly stride: number;
  readonly known: Map<number, number>;
  readonly latest: { steps: number; epsilon: number }[];
}

interface StepwiseProblem {
  /** Compiled and unbounded nowhere. */
  readonly step: Composition;
  /** Rényi divergence of one step on the order lattice. */
  readonly rdpAt: (j: number) => number;
  readonly delta: number;
  /** The length of the schedule, if known: an octave ends there, and the octaves beyond are not looked at before it. */
  readonly total: number | undefined;
}

/**
 * The grid's upper ε after k equal steps, cheaply for every k: the step counts of an octave share one set of spectra
 * (`tail-spectrum.ts`), and each k costs a power and a root search over the frequencies that survive.
 *
 * @param renyiAt - another upper bound at every k; the answer never exceeds it.
 * @returns ε(k) for whole k ≥ 1; undefined when the grid does not know the step.
 * @guarantee Upper bound for k steps: rounding k up only raises it.
 */
export function gridStepwise(
  problem: StepwiseProblem,
  renyiAt: (steps: number) => number,
): ((steps: number) => number) | undefined {
  const { step, total } = problem;
  const anchor = Math.max(1, total ?? 1024);
  if (step.spends.length === 0 || step.spends.some((s) => pairOf(s.mechanism) === undefined)) return undefined;
  const octaves = new Map<number, Octave>();
  const seen: { hint: Candidate | undefined } = { hint: undefined };
  const valueAt = (k: number, last: number): number => {
    const octave = octaves.get(last) ?? buildOctave(problem, last, renyiAt(last), seen);
    octaves.set(last, octave);
    const at = Math.min(last, Math.ceil(k / octave.stride) * octave.stride);
    const known = octave.known.get(at);
    if (known !== undefined) return known;
    const rest = deltaAfterFailure(problem.delta, repeatedFailure(step.failure, at));
    const found = rest > 0 ? epsilonOf(octave, at, Math.log(rest)) : Infinity;
    // a search over orders for every count would cost more than the grid does
    const value = found < octave.limit ? found : renyiAt(at);
    octave.known.set(at, value);
    return value;
  };
  return (k) => {
    const last = endOf(k, anchor);
    const own = valueAt(k, last);
    // more steps never cost less: what the next octave finds holds here too
    return last === total ? own : Math.min(own, valueAt(last + 1, endOf(last + 1, anchor)));
  };
}

/** The end of the octave that k lies in: the anchor, doubled or halved and rounded up. */
function endOf(k: number, anchor: number): number {
  let end = anchor;
  while (end < k) end *= 2;
  while (end > 1 && Math.ceil(end / 2) >= k) end = Math.ceil(end / 2);
  return end;
}

function buildOctave(
  problem: StepwiseProblem,
  last: number,
  limit: number,
  seen: { hint: Candidate | undefined },
): Octave {
  const found = bestSpectrum(problem, last, seen.hint);
  if (found !== undefined) seen.hint = found;
  const answers = Math.max(1, Math.min(answersPerOctave, affordableTerms / (found?.spectrum.frequencies ?? 1)));
  const stride = 2 ** Math.ceil(Math.log2(Math.max(1, last / 2 / answers)));
  return { last, limit, spectrum: found?.spectrum, stride, known: new Map(), latest: [] };
}

interface Candidate {
  readonly last: number;
  readonly spectrum: TailSpectrum;
  readonly tilt: number;
  readonly epsilon: number;
  /** A better tilt than that of the Rényi optimum had to be sought. */
  readonly isScouted: boolean;
}

/** Below this share of the Rényi bound its order says little about the best tilt: rare steps carry δ. */
const trustedShare = 0.8;

/** At the tilt of the Rényi optimum, or, where that is far from best, at one that scouts or the octave beside found. */
function bestSpectrum(problem: StepwiseProblem, last: number, hint: Candidate | undefined): Candidate | undefined {
  const rest = deltaAfterFailure(problem.delta, repeatedFailure(problem.step.failure, last));
  const renyi = rest > 0 ? bestEpsilon(problem.rdpAt, last, rest) : undefined;
  if (renyi === undefined) return undefined;
  const logDelta = Math.log(rest);
  const contour = contourSpectrum(problem.step, last, logDelta);
  if (contour !== undefined) return { last, ...contour, isScouted: false };
  const solve = (tilt: number, guess: number, coarseness = 1): Candidate | undefined => {
    const longest = guess < renyi.value ? longestScoutedPeriod : longestPeriod;
    const spectrum = spectrumAt(problem, { last, logDelta, tilt, guess, coarseness, longest });
    if (spectrum === undefined) return undefined;
    const epsilon = rootOf(spectrum.repeated(last), logDelta, guess, 0.5, renyi.value);
    return { last, spectrum, tilt, epsilon: Math.min(epsilon, renyi.value), isScouted: guess < renyi.value };
  };
  if (hint?.isScouted === true) {
    const scale = Math.sqrt(hint.last / last);
    const near = solve(hint.tilt * scale, hint.epsilon / scale);
    if (near !== undefined && near.epsilon < trustedShare * renyi.value) return near;
  }
  const direct = solve(orderExcessAt(renyi.j), renyi.value);
  if (direct === undefined || direct.epsilon > trustedShare * renyi.value) return direct;
  const best = scouted(direct, (epsilon) => tiltAt(problem, last, epsilon), solve);
  return solve(best.tilt, best.epsilon) ?? best;
}

function scouted(
  start: Candidate,
  tiltOf: (epsilon: number) => number,
  solve: (tilt: number, guess: number, coarseness: number) => Candidate | undefined,
): Candidate {
  let best = start;
  for (let round = 0; round < 3; round++) {
    const { epsilon } = best;
    const center = tiltOf(epsilon);
    for (const share of [1, 0.55, 0.3]) {
      const next = solve(share * center, epsilon, 4);
      if (next !== undefined && next.epsilon < best.epsilon) best = next;
    }
    if (best.epsilon > trustedShare * epsilon) break;
  }
  return best;
}

/** θ = α − 1 of the order that is best for δ at this ε. */
function tiltAt(problem: StepwiseProblem, last: number, epsilon: number): number {
  const { rdpAt } = problem;
  return orderExcessAt(minimiseOverOrders((j) => logDeltaFromRdp(last * rdpAt(j), orderExcessAt(j), epsilon)).j);
}

interface SpectrumWish {
  readonly last: number;
  readonly logDelta: number;
  readonly tilt: number;
  /** An ε near which the spectrum shall be accurate. */
  readonly guess: number;
  /** Meshes of the answer per mesh. */
  readonly coarseness: number;
  readonly longest: number;
}

function spectrumAt(problem: StepwiseProblem, aim: SpectrumWish): TailSpectrum | undefined {
  const { last, logDelta, tilt, guess, coarseness, longest } = aim;
  const parts: GridPart[] = problem.step.spends.flatMap(({ mechanism, count }) => {
    const pair = pairOf(mechanism)?.pair;
    return pair === undefined ? [] : [{ pair, count, logScale: tilt * rdpOfMechanism(mechanism, 1 + tilt) }];
  });
  if (parts.some((p) => !Number.isFinite(p.logScale))) return undefined;
  const steps = last * parts.reduce((sum, p) => sum + p.count, 0);
  // outcomes beyond the reach have less than exp(−25) of δ together
  const reach = Math.min(38, Math.sqrt(2 * (Math.log(steps) - logDelta + 25)));
  const bucketsAt = (d: number): number => parts.reduce((sum, p) => sum + countOf(p.pair, d, reach), 0);
  // the dots add variance d²/6 per step at most; a mesh that leaves no room for the weights to fade is not worth a try
  const wish = coarseness * Math.sqrt((12 * relativeExcess * guess) / (steps * (1 + tilt)));
  let mesh = Math.min(coarsestMesh, Math.max(wish, shortestPeriod(tilt, logDelta) / longest));
  for (let attempt = 0; attempt < 6 && mesh <= coarsestMesh; attempt++, mesh *= 2) {
    while (mesh < coarsestMesh && !(bucketsAt(mesh) <= mostBuckets)) mesh *= 2;
    if (!(bucketsAt(mesh) <= mostBuckets)) return undefined;
    const fewest = Math.floor(last / 2) + 1;
    const found = tailSpectrum(parts, {
      mesh,
      tilt,
      reach,
      largestLength: longest,
      fewest,
      most: last,
      near: guess / 2,
      logTarget: logDelta,
    });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Powers of k through the last two answers say where the next one lies. */
function epsilonOf(octave: Octave, steps: number, logDelta: number): number {
  if (octave.spectrum === undefined) return Infinity;
  const { latest, limit } = octave;
  const [a, b] = [latest.at(-2), latest.at(-1)];
  const exponent =
    a === undefined || b === undefined ? 0.5 : Math.log(b.epsilon / a.epsilon) / Math.log(b.steps / a.steps);
  const guess = b === undefined ? limit : b.epsilon * (steps / b.steps) ** exponent;
  const step = b === undefined ? 1 : Math.abs(steps / b.steps - 1);
  const width = b === undefined ? 0.1 : Math.min(0.1, a === undefined ? step : step * step) + 1e-9;
  const found = rootOf(octave.spectrum.repeated(steps), logDelta, guess, width, limit);
  if (found > 0 && found < Infinity && steps !== b?.steps) {
    latest.push({ steps, epsilon: found });
    if (latest.length > 2) latest.shift();
  }
  return found;
}

/** The ε at which log δ falls to the target, from above; sought near the guess, no further than `limit`. */
function rootOf(tail: RepeatedTail, logDelta: number, guess: number, width: number, limit: number = guess): number {
  const found = rootIn((e) => tail.remove(e) - logDelta, guess, width, limit);
  // the direction of adding hardly ever is the worse one
  if (found === Infinity || tail.add(found) <= logDelta) return found;
  return rootIn((e) => Math.max(tail.remove(e), tail.add(e)) - logDelta, guess, width, limit);
}

function rootIn(f: (epsilon: number) => number, guess: number, width: number, limit: number): number {
  let hi = Math.min(limit, guess * (1 + width));
  let lo = Math.max(0, guess * (1 - width));
  for (let w = width; f(hi) > 0; w *= 4) {
    if (hi >= limit) return Infinity;
    lo = hi;
    hi = Math.min(limit, Math.max(hi * (1 + w), 1e-6 * limit));
  }
  for (let w = width; f(lo) <= 0; w *= 4) {
    if (lo === 0) return 0;
    hi = lo;
    lo = w > 0.2 ? 0 : lo * (1 - w);
  }
  return bracketRoot({ f, lo, hi, safe: "hi", relativeTolerance: 1e-9, absoluteTolerance: 1e-300 }).value;
}
