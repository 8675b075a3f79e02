import { logAdd, normalCdf } from "../numeric/index.ts";
import { type ComposedLaw, chernoffWindow, composePair, logTailBound } from "./composed-law.ts";
import type { LossPair } from "./pair-buckets.ts";
import { type TailSums, tailSums } from "./tail-sums.ts";
import {
  type MechanismLaws,
  type StatisticLaws,
  type TiltedLaw,
  type TruncatedLaw,
  mechanismLaws,
  statisticLaws,
  truncated,
} from "./tilted-laws.ts";

/** A pair, how often it is drawn, and log E_P[exp(θL)] of one draw, roughly. */
export interface GridPart {
  readonly pair: LossPair;
  readonly count: number;
  readonly logScale: number;
}

/** Mesh, tilt and reach of one solution. */
export interface GridSettings {
  readonly mesh: number;
  readonly tilt: number;
  readonly reach: number;
  /** The longest transform that may be used. */
  readonly largestLength: number;
  /** The window is made 2^padding times longer than the upper bound needs: what wraps around blurs only the lower one. */
  readonly padding: number;
}

/** Certified profile around the tilt: both are functions of ε ≥ 0. */
export interface GridSolution {
  readonly length: number;
  /** log δ(ε) from above, the larger of both directions. */
  readonly upperLogDelta: (epsilon: number) => number;
  /** δ(ε)'s lower bound as a test: the test {statistic ≥ index k} shows δ(ε) ≥ exp(logP_k) − exp(ε + logQ_k). */
  readonly test: { readonly logP: Float64Array; readonly logQ: Float64Array };
  readonly window: { readonly low: number; readonly high: number };
}

/** The length of transform that a mesh would need, when that is more than is allowed; Infinity when no mesh would do. */
export interface TooLong {
  readonly needed: number;
}

/**
 * Composes the parts on one grid and bounds their profile from both sides.
 *
 * Upper: the losses' connect-the-dots pairs, both directions, tilted by exp(θL) so that rounding is relative to what
 * matters at this δ. Lower: the bucket number is a statistic of each step's outcome, the sum of these numbers one of the
 * whole run, and any test on it bounds δ(ε) from below (data processing); its laws under P and Q are exact convolutions.
 *
 * @guarantee upperLogDelta is at or above log δ of the composition in both directions, every test at or below δ, counting:
 *   quadrature and rounding of masses ((1 + η)^T), edges (T·ζ), mass outside the reach, both ends of the window, and the
 *   transform (l2 bound times the l2 norm of the weights).
 * @source Doroshenko et al. 2022, arXiv:2207.04380v1 (dots); Koskela, Jälkö, Honkela 2020, arXiv:1906.03049v2 (Fourier
 *   accountant); tilt: Esscher 1932. The lower bound is the Neyman-Pearson test on the rounded loss.
 */
export function solveGrid(parts: readonly GridPart[], settings: GridSettings): GridSolution | TooLong {
  const { mesh, tilt, reach } = settings;
  const laws = parts.map((p): PartLaws => {
    const grid = { mesh, tilt, reach, logScale: p.logScale };
    return { ...mechanismLaws(p.pair, p.count, grid), statistic: statisticLaws(p.pair, p.count, grid) };
  });
  const isUsable = laws.every((m) =>
    [m.remove, m.add, m.statistic.underP, m.statistic.underQ].every((t) => Number.isFinite(t.logMass)),
  );
  if (!isUsable) return { needed: Infinity };
  // a step that alone would cross the window is not worth a longer one: it is charged in full above, left out below
  const cut = cutAtWindow(laws, tilt, mesh);
  const [remove, add] = [cut.map((c) => c.remove.law), cut.map((c) => c.add.law)];
  const [statisticP, statisticQ] = [cut.map((c) => c.p.law), cut.map((c) => c.q.law)];
  const windows = [remove, add, statisticP].map((l) => chernoffWindow(l, tilt * mesh));
  const span = Math.max(...windows.map((w) => w.high - w.low)) + 2;
  if (!(span <= settings.largestLength)) return { needed: span };
  const fitting = Math.max(64, 2 ** Math.ceil(Math.log2(span)));
  const n = Math.max(fitting, Math.min(settings.largestLength, fitting * 2 ** settings.padding));
  const low = (i: number): number => windows[i].low;
  const [removed, testedP] = composePair(remove, statisticP, [low(0), low(2)], n);
  // the test under Q runs over the same indices as under P
  const [testedQ, added] = composePair(statisticQ, add, [low(2), low(1)], n);
  const total = parts.reduce((sum, p) => sum + p.count, 0);
  const worst = (m: PartLaws): number => Math.max(m.relativeError, m.statistic.relativeError);
  const growth = laws.reduce((sum, m, i) => sum + parts[i].count * worst(m), 0) + 4e-16 * n;
  const edge = laws.reduce((sum, m, i) => sum + parts[i].count * m.edgeError, 0);
  const logOutside = Math.log(2 * total * normalCdf(-reach) * (1 + 1e-13));
  const profile = (law: ComposedLaw, parts: readonly TruncatedLaw[]): ((epsilon: number) => number) => {
    const [single, mass] = [parts.map((p) => p.law), sumLogMass(parts)];
    const charged = parts.reduce((sum, p) => logAdd(sum, Math.log(p.law.count) + p.logCut + 1e-12), logOutside);
    const sums = tailSums(law, tilt, mesh);
    const top = law.low + n - 1;
    // what lies beyond the window keeps its tilted mass times exp(−θ·top) at most
    const logRest = logAdd(charged, mass - tilt * top * mesh + logTailBound(single, 1)(top));
    return (epsilon) => upperTail(epsilon - edge, law, sums, { tilt, mesh, logMass: mass, growth, logRest });
  };
  const upperRemove = profile(
    removed,
    cut.map((c) => c.remove),
  );
  const upperAdd = profile(
    added,
    cut.map((c) => c.add),
  );
  // P's mass outside the window comes back inside it: from below anywhere, from above no higher than it lay beyond
  const below = Math.exp(logTailBound(statisticP, -1)(low(2)));
  const above = logTailBound(statisticP, 1);
  const noise = (k: number): number => below + Math.exp(above(low(2) + n + k));
  return {
    length: n,
    upperLogDelta: (epsilon) => Math.max(upperRemove(epsilon), upperAdd(epsilon)),
    test: testsOf(
      { law: testedP, sums: tailSums(testedP, tilt, mesh), logMass: sumLogMass(cut.map((c) => c.p)) },
      { law: testedQ, sums: tailSums(testedQ, tilt + 1, mesh), logMass: sumLogMass(cut.map((c) => c.q)) },
      { tilt, mesh, growth, noise },
    ),
    window: { low: low(0) * mesh, high: (low(0) + n - 1) * mesh },
  };
}

interface PartLaws extends MechanismLaws {
  readonly statistic: StatisticLaws;
}

interface CutLaws {
  readonly remove: TruncatedLaw;
  readonly add: TruncatedLaw;
  readonly p: TruncatedLaw;
  readonly q: TruncatedLaw;
}

/** All laws without the single steps that reach beyond the window of the uncut sum. */
function cutAtWindow(laws: readonly PartLaws[], tilt: number, mesh: number): CutLaws[] {
  const lastOf = (single: readonly TiltedLaw[]): number => {
    const window = chernoffWindow(
      single.map((t) => t.law),
      tilt * mesh,
    );
    return Math.ceil(window.high - Math.min(0, window.mean));
  };
  const [removeLast, addLast] = [lastOf(laws.map((m) => m.remove)), lastOf(laws.map((m) => m.add))];
  return laws.map((m) => ({
    remove: truncated(m.remove, removeLast, tilt, mesh),
    add: truncated(m.add, addLast, tilt, mesh),
    p: truncated(m.statistic.underP, removeLast, tilt, mesh),
    q: truncated(m.statistic.underQ, removeLast, tilt + 1, mesh),
  }));
}

function sumLogMass(laws: readonly TiltedLaw[]): number {
  return laws.reduce((sum, t) => sum + t.law.count * t.logMass, 0);
}

interface UpperTail {
  readonly tilt: number;
  readonly mesh: number;
  readonly logMass: number;
  readonly growth: number;
  /** log of the mass that is charged in full. */
  readonly logRest: number;
}

/** log of Σ_{g > ε} P(g)·(1 − exp(ε − g)) with every allowance added. */
function upperTail(
  epsilon: number,
  law: { readonly low: number; readonly mass: Float64Array; readonly error: number },
  sums: TailSums,
  s: UpperTail,
): number {
  const n = law.mass.length;
  const k = Math.floor(epsilon / s.mesh) + 1 - law.low;
  if (k >= n) return Math.min(0, s.logRest);
  const from = Math.max(0, k);
  const y = (law.low + from) * s.mesh - epsilon;
  const weighed = -Math.expm1(-y) * sums.plain[from] + Math.exp(-y) * sums.excess[from];
  // a window that starts above ε by more than one mesh has weights up to plain's
  const norm = k < 0 ? sums.plainNorm : sums.excessNorm;
  const logSum = s.logMass - s.tilt * (epsilon + y) + Math.log(Math.max(0, weighed) + law.error * norm) + s.growth;
  const rounding = 1e-15 * (Math.abs(s.logMass) + s.tilt * Math.abs(epsilon) + 8);
  return Math.min(0, logAdd(logSum + rounding, s.logRest));
}

interface TestedLaw {
  readonly law: { readonly low: number; readonly mass: Float64Array; readonly error: number };
  readonly sums: TailSums;
  readonly logMass: number;
}

/** For every index the test's power under P from below and its size under Q from above, in logs. */
function testsOf(
  p: TestedLaw,
  q: TestedLaw,
  s: {
    readonly tilt: number;
    readonly mesh: number;
    readonly growth: number;
    readonly noise: (k: number) => number;
  },
): GridSolution["test"] {
  const n = p.law.mass.length;
  const [logP, logQ] = [new Float64Array(n), new Float64Array(n)];
  const block = Math.ceil(n / 64);
  let noise = 1;
  for (let k = 0; k < n; k++) {
    if (k % block === 0) noise = s.noise(k);
    const label = (p.law.low + k) * s.mesh;
    const power = p.sums.plain[k] * (1 - 4e-16 * n) - p.law.error * p.sums.plainNorm - noise;
    const size = q.sums.plain[k] * (1 + 4e-16 * n) + q.law.error * q.sums.plainNorm;
    const rounding =
      1e-15 * (Math.abs(p.logMass) + Math.abs(q.logMass) + (s.tilt + 1) * Math.abs(label) + 8) + s.growth;
    logP[k] = power > 0 ? p.logMass - s.tilt * label + Math.log(power) - rounding : -Infinity;
    logQ[k] = q.logMass - (s.tilt + 1) * label + Math.log(Math.max(size, 1e-300)) + rounding;
  }
  return { logP, logQ };
}
