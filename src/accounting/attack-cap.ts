import type { Bounds, Engine } from "./engine.ts";

/** A statement (ε, δ) that holds in both directions. */
export interface Statement {
  readonly epsilon: number;
  readonly delta: number;
}

/** TPR ≤ intercept + slope·FPR. */
interface Line {
  readonly slope: number;
  readonly intercept: number;
}

/** A corner of the cap, from FPR = 0 to FPR = 1. */
export interface Corner {
  readonly falsePositiveRate: number;
  readonly truePositiveRate: number;
}

/** Where the profile is asked, as shares of δ(0): dense where the trade-off curve bends. */
const shares: readonly number[] = [
  0.94, 0.86, 0.78, 0.7, 0.62, 0.54, 0.46, 0.38, 0.31, 0.25, 0.2, 0.15, 0.11, 0.08, 0.055, 0.037, 0.025, 0.016, 0.01,
  6e-3, 3.5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 6e-5, 1e-5, 1e-6, 1e-8, 1e-10, 1e-12,
];

/**
 * Statements along the whole profile: δ(0), and ε at δ from just below it down to 1e-12 of it.
 *
 * @param failure - of the composition: the corner of an (ε, δ) event lies there.
 */
export function statementsOf(engines: readonly Engine[], failure: number): Statement[] {
  const start = leastUpper(engines, (e) => e.deltaAt(0));
  const first = { epsilon: 0, delta: start };
  if (start === 0) return [first];
  const corner = failure > 0 && failure < start ? [failure * (1 + 1e-12)] : [];
  const deltas = [...corner, ...coarseFirst.map((i) => (shares[i] ?? 1) * start)];
  const purse = { left: affordable };
  return [first, ...deltas.map((delta) => statementAt(engines, delta, purse))];
}

/** The least upper bound; reserves are asked only where the others leave a wide bracket, and while the purse lasts. */
function leastUpper(
  engines: readonly Engine[],
  question: (engine: Engine) => Bounds,
  purse: { left: number } = { left: affordable },
): number {
  let [lower, upper] = [0, Infinity];
  for (const engine of engines.map((e) => e.brief ?? e)) {
    if (engine.isReserve === true && (purse.left <= 0 || upper - lower <= 1e-3 * upper)) continue;
    const bounds = question(engine);
    const { length } = bounds.facts;
    if (typeof length === "number") purse.left -= length;
    upper = Math.min(upper, bounds.upper);
    lower = Math.max(lower, bounds.lower);
  }
  return upper;
}

/** Grid points that a whole profile may take: every share on grids of usual size, every fourth on the largest. */
const affordable = 2 ** 18;

/** The places of the shares, every eighth first, so that what can not be afforded is missing evenly. */
const coarseFirst: readonly number[] = [8, 4, 2, 1].flatMap((stride) =>
  shares.map((_, i) => i).filter((i) => i % stride === 0 && (stride === 8 || i % (2 * stride) !== 0)),
);

/** The least ε that any engine gives at δ in (0, 1). */
export function statementAt(engines: readonly Engine[], delta: number, purse?: { left: number }): Statement {
  return { epsilon: leastUpper(engines, (e) => e.epsilonAt(delta), purse), delta };
}

/**
 * The cap on every attack: the lower envelope of the lines that the statements draw, as its corners. It is concave, and
 * between corners straight.
 *
 *   TPR ≤ δ + e^ε·FPR,   TPR ≤ 1 − e^(−ε)(1 − δ − FPR),   TPR ≤ 1
 *
 * @guarantee No test that tells neighbors apart lies above it; corners are rounded up by 1e-14 of themselves and 1e-16.
 * @source Wasserman, Zhou 2010, arXiv:0811.2501v3, Thm 2.4; Dong, Roth, Su 2019, arXiv:1905.02383v3, Prop. 3.
 */
export function capCorners(statements: readonly Statement[]): readonly Corner[] {
  const lines = statements
    .flatMap(({ epsilon, delta }): Line[] => [
      { slope: Math.exp(epsilon), intercept: delta },
      { slope: Math.exp(-epsilon), intercept: 1 - Math.exp(-epsilon) * (1 - delta) },
    ])
    .filter((l) => Number.isFinite(l.slope));
  lines.push({ slope: 0, intercept: 1 });
  const envelope = lowerEnvelope(lines);
  const corners: Corner[] = [];
  const push = (x: number, y: number): void => {
    const raised = Math.min(1, Math.max(x, y * (1 + 1e-14) + 1e-16));
    corners.push(Object.freeze({ falsePositiveRate: x, truePositiveRate: raised }));
  };
  const first = envelope[0] ?? { slope: 0, intercept: 1 };
  push(0, first.intercept);
  for (let i = 1; i < envelope.length; i++) {
    const [a, b] = [envelope[i - 1], envelope[i]];
    if (a === undefined || b === undefined) continue;
    // each segment must lie above its line at both ends: hence in order, and the higher of the two lines at a corner
    const x = Math.max(crossing(a, b), corners.at(-1)?.falsePositiveRate ?? 0);
    if (x < 1) push(x, Math.max(a.intercept + a.slope * x, b.intercept + b.slope * x));
  }
  push(1, 1);
  return corners;
}

/** The lines that are lowest somewhere, by falling slope. */
function lowerEnvelope(lines: readonly Line[]): Line[] {
  const sorted = lines.toSorted((a, b) => b.slope - a.slope || a.intercept - b.intercept);
  const kept: Line[] = [];
  for (const line of sorted) {
    if (kept.at(-1)?.slope === line.slope) continue;
    for (;;) {
      const [before, last] = [kept.at(-2), kept.at(-1)];
      if (last === undefined) break;
      // the last line is never lowest if the new one passes below it before it has crossed its own predecessor
      const from = before === undefined ? 0 : crossing(before, last);
      if (crossing(last, line) > from) break;
      kept.pop();
    }
    kept.push(line);
  }
  return kept;
}

function crossing(steep: Line, flat: Line): number {
  return (flat.intercept - steep.intercept) / (steep.slope - flat.slope);
}

/** The cap at a false positive rate in [0, 1], from above. */
export function capAt(corners: readonly Corner[], rate: number): number {
  let i = 1;
  while (i < corners.length - 1 && (corners[i]?.falsePositiveRate ?? 1) < rate) i++;
  const [a, b] = [corners[i - 1], corners[i]];
  if (a === undefined || b === undefined) return 1;
  const width = b.falsePositiveRate - a.falsePositiveRate;
  const share = width > 0 ? (rate - a.falsePositiveRate) / width : 1;
  const value = a.truePositiveRate + share * (b.truePositiveRate - a.truePositiveRate);
  return Math.min(1, Math.max(rate, value * (1 + 1e-14) + 1e-16));
}

/** The area under the cap, from above: exact between corners. */
export function areaUnderCap(corners: readonly Corner[]): number {
  let area = 0;
  for (let i = 1; i < corners.length; i++) {
    const [a, b] = [corners[i - 1], corners[i]];
    if (a === undefined || b === undefined) continue;
    area += ((b.falsePositiveRate - a.falsePositiveRate) * (a.truePositiveRate + b.truePositiveRate)) / 2;
  }
  return Math.min(1, area * (1 + 1e-13));
}

/** The largest TPR − e^ε·FPR under the cap, at ε ≥ 0, from above: it is at a corner. */
export function hockeyStick(corners: readonly Corner[], epsilon: number): number {
  const slope = Math.exp(epsilon) * (1 - 1e-15);
  const gaps = corners.map(({ falsePositiveRate: x, truePositiveRate: y }) => (x === 0 ? y : y - slope * x));
  return Math.min(1, Math.max(0, ...gaps) * (1 + 1e-15) + 3e-16);
}
