import { PrivacyError } from "../core/index.ts";
import { normalCdf } from "../numeric/index.ts";
import { sampledLoss, unsampledLoss } from "./sampled-loss.ts";

/**
 * A pair (P, Q) that dominates a mechanism, as data. All shapes but "mixture" and "sampled" are symmetric: (P, Q) and
 * (Q, P) have the same profile. Shifts are in noise standard deviations.
 */
export type OutcomePair =
  | { readonly shape: "mixture"; readonly shifts: readonly number[]; readonly probabilities: readonly number[] }
  | { readonly shape: "replaced"; readonly samplingProbability: number; readonly shift: number }
  | { readonly shape: "laplace" | "binary" | "bounded-range"; readonly epsilon: number }
  | { readonly shape: "discrete-laplace"; readonly noiseParameter: number; readonly shift: number }
  | { readonly shape: "sampled" | "fixed-size"; readonly samplingProbability: number; readonly of: OutcomePair }
  | {
      readonly shape: "either";
      readonly parts: readonly { readonly weight: number; readonly pair: OutcomePair | undefined }[];
    };

/** One outcome: log P/Q and the log of its mass under Q. */
export interface OutcomeAtom {
  readonly loss: number;
  readonly logQ: number;
}

/** A stretch of outcomes with densities, along which the loss grows. */
export interface OutcomeLine {
  readonly from: number;
  readonly to: number;
  readonly lossAt: (x: number) => number;
  /** The x with that loss, clamped to the stretch by the caller; ±Infinity where the loss is never met. */
  readonly outcomeAt: (loss: number) => number;
  /** log density under Q. */
  readonly logQ: (x: number) => number;
  /** Bound on the slopes of the log densities at x, and on 1/distance to their complex zeros. */
  readonly rateAt: (x: number) => number;
}

/** Everything that can happen, but for mass beyond `reach` standard deviations. */
export interface Outcomes {
  readonly atoms: readonly OutcomeAtom[];
  readonly lines: readonly OutcomeLine[];
}

/** How far lines go: `reach` stddevs beyond the outermost component, and `lean` shifts further on both sides. */
export interface Extent {
  readonly reach: number;
  readonly lean: number;
}

/**
 * The outcomes of a pair.
 *
 * - mixture: Σ pᵢ·N(sᵢ, 1) against N(0, 1).
 * - replaced: (1 − q)·N(0, 1) + q·N(s, 1) against (1 − q)·N(0, 1) + q·N(−s, 1).
 * - laplace: Laplace noise of scale 1/ε; binary: ε-randomised response; bounded-range: the worst ε-bounded-range pair,
 *   whose loss has density exp((l − ε)/2)/(2 − 2e^−ε) on [−ε, ε]: its profile is the maximum over t of the two-point pairs
 *   with losses t and t − ε.
 * - sampled: ((1 − q)·Q + q·P, Q).
 * - fixed-size: profile q·δ(1 + (α − 1)/q) for α ≥ 1 in both orders, of a symmetric pair.
 * - either: which pair is drawn is revealed; undefined reveals nothing more.
 *
 * @source Mixtures of vectors are dominated by these of their norms, also where both sides share components: Kahane 1985,
 *   Sur le chaos multiplicatif, Ann. Sci. Math. Québec 9, 105–150 (convexity inequality), as Choquette-Choo et al. 2023,
 *   arXiv:2310.15526v2, Lemma 4.5, for one sided mixtures; bounded range: Dong, Durfee, Rogers 2020,
 *   arXiv:1909.13830v3, Lemma 3.1; sampled: Zhu, Dong, Wang 2022, arXiv:2106.08567v4, Thm 11; fixed-size: Balle, Barthe,
 *   Gaboardi 2018, arXiv:1807.01647v2, Thm 10.
 */
export function outcomesOf(pair: OutcomePair, extent: Extent): Outcomes {
  switch (pair.shape) {
    case "mixture":
      return { atoms: [], lines: [mixtureLine(pair.shifts, pair.probabilities, extent)] };
    case "replaced":
      return { atoms: [], lines: [replacedLine(pair.samplingProbability, pair.shift, extent)] };
    case "binary": {
      const logHigh = -Math.log1p(Math.exp(-pair.epsilon));
      return {
        atoms: [
          { loss: pair.epsilon, logQ: logHigh - pair.epsilon },
          { loss: -pair.epsilon, logQ: logHigh },
        ],
        lines: [],
      };
    }
    case "laplace": {
      const e = pair.epsilon;
      return {
        atoms: [
          { loss: e, logQ: -e - Math.LN2 },
          { loss: -e, logQ: -Math.LN2 },
        ],
        lines: [lossLine(e, -2 * Math.LN2)],
      };
    }
    case "bounded-range":
      return { atoms: [], lines: [lossLine(pair.epsilon, -Math.LN2 - Math.log(-Math.expm1(-pair.epsilon)))] };
    case "discrete-laplace":
      return { atoms: discreteLaplaceAtoms(pair.noiseParameter, pair.shift), lines: [] };
    case "sampled":
      return sampledOutcomes(outcomesOf(pair.of, extent), pair.samplingProbability);
    case "fixed-size":
      return mirroredOutcomes(
        outcomesOf({ ...pair, shape: "sampled" }, extent),
        massesOf(pair.of),
        pair.samplingProbability,
      );
    case "either":
      return eitherOutcomes(pair.parts, extent);
  }
}

function normalLogDensity(x: number): number {
  return -0.5 * x * x - 0.5 * Math.log(2 * Math.PI);
}

function mixtureLine(shifts: readonly number[], probabilities: readonly number[], extent: Extent): OutcomeLine {
  const largest = Math.max(...shifts);
  const lossAt = (x: number): number => {
    let sum = 0;
    for (let i = 0; i < shifts.length; i++) sum += probabilities[i] * Math.expm1(shifts[i] * (x - shifts[i] / 2));
    if (sum > -0.5 && sum < 1e10) return Math.log1p(sum);
    return logMixture(shifts, probabilities, x).value;
  };
  return {
    from: -extent.reach - extent.lean * largest,
    to: largest + extent.reach + extent.lean * largest,
    lossAt,
    outcomeAt: (loss) => mixtureInverse(shifts, probabilities, loss, lossAt),
    logQ: normalLogDensity,
    rateAt: (x) => Math.abs(x) + largest + 1,
  };
}

/** log Σ pᵢ·exp(sᵢx − sᵢ²/2) and its slope. */
function logMixture(
  shifts: readonly number[],
  probabilities: readonly number[],
  x: number,
): { value: number; slope: number } {
  let top = -Infinity;
  for (let i = 0; i < shifts.length; i++) {
    if (probabilities[i] > 0) top = Math.max(top, Math.log(probabilities[i]) + shifts[i] * (x - shifts[i] / 2));
  }
  let [sum, slope] = [0, 0];
  for (let i = 0; i < shifts.length; i++) {
    const term = probabilities[i] * Math.exp(shifts[i] * (x - shifts[i] / 2) - top);
    sum += term;
    slope += term * shifts[i];
  }
  return { value: top + Math.log(sum), slope: slope / sum };
}

/** Newton's method from above: the loss is convex in x, so no step passes the root. */
function mixtureInverse(
  shifts: readonly number[],
  probabilities: readonly number[],
  loss: number,
  lossAt: (x: number) => number,
): number {
  let [x, least] = [Infinity, 0];
  for (let i = 0; i < shifts.length; i++) {
    const [s, p] = [shifts[i], probabilities[i]];
    if (!(p > 0)) continue;
    if (s === 0) least += p;
    else x = Math.min(x, (loss - Math.log(p)) / s + s / 2);
  }
  if (!(x < Infinity) || (least > 0 && loss <= Math.log(least))) return -Infinity;
  for (let round = 0; round < 80; round++) {
    const step = (lossAt(x) - loss) / logMixture(shifts, probabilities, x).slope;
    if (!(step > 1e-15 * (1 + Math.abs(x)))) return x;
    x -= step;
  }
  return x;
}

function replacedLine(q: number, s: number, extent: Extent): OutcomeLine {
  const side = (x: number): number => sampledLoss(q, s * (x - s / 2));
  const logA = (s * s) / 2 + Math.log((1 - q) / q);
  // the components of the two sides lie 2s apart: P^α·Q^(1 − α) has its peak up to (2α − 1)·s out
  const end = s + extent.reach + 2 * extent.lean * s;
  return {
    from: -end,
    to: end,
    lossAt: (x) => side(x) - side(-x),
    // e^y + a = e^l·(a + e^−y), y = s·x, a = e^(s²/2)·(1 − q)/q: y = l/2 + asinh(a·sinh(l/2))
    outcomeAt: (loss) => (loss / 2 + asinhOfProduct(logA, loss / 2)) / s,
    logQ: (x) => normalLogDensity(x) + side(-x),
    rateAt: (x) => Math.abs(x) + 2 * s + 1,
  };
}

/** asinh(e^logA·sinh(y)), in logs once it would overflow. */
function asinhOfProduct(logA: number, y: number): number {
  if (logA === -Infinity || y === 0) return 0;
  const h = Math.abs(y);
  const logSinh = h > 20 ? h - Math.LN2 : Math.log(Math.sinh(h));
  const size = logA + logSinh > 300 ? logA + logSinh + Math.LN2 : Math.asinh(Math.exp(logA + logSinh));
  return Math.sign(y) * size;
}

/** Outcomes named by their loss, with density e^c·exp((l − ε)/2) under P. */
function lossLine(epsilon: number, c: number): OutcomeLine {
  return {
    from: -epsilon,
    to: epsilon,
    lossAt: (x) => x,
    outcomeAt: (loss) => loss,
    logQ: (x) => c + (x - epsilon) / 2 - x,
    rateAt: () => 1,
  };
}

/** Two-sided geometric noise against itself, moved by `shift`: losses a·(shift − 2k) inside, ±a·shift beyond. */
function discreteLaplaceAtoms(a: number, shift: number): OutcomeAtom[] {
  const logCenter = Math.log(-Math.expm1(-a)) - Math.log1p(Math.exp(-a));
  const logEnd = -Math.log1p(Math.exp(-a));
  const atoms: OutcomeAtom[] = [
    { loss: a * shift, logQ: logEnd - a * shift },
    { loss: -a * shift, logQ: logEnd },
  ];
  for (let k = 1; k < shift; k++) atoms.push({ loss: a * (shift - 2 * k), logQ: logCenter - a * (shift - k) });
  return atoms;
}

function sampledOutcomes(outcomes: Outcomes, q: number): Outcomes {
  return {
    atoms: outcomes.atoms.map(({ loss, logQ }) => ({ loss: sampledLoss(q, loss), logQ })),
    lines: outcomes.lines.map((line) => ({
      ...line,
      lossAt: (x: number) => sampledLoss(q, line.lossAt(x)),
      outcomeAt: (loss: number) => {
        const inner = unsampledLoss(q, loss);
        return inner === -Infinity ? -Infinity : line.outcomeAt(inner);
      },
    })),
  };
}

/** Q's mass where P is larger, and the mass of equality, of a pair that is its own mirror image. */
function massesOf(pair: OutcomePair): { readonly above: number; readonly equal: number } {
  switch (pair.shape) {
    case "mixture":
      // one shift: a longer mixture is not symmetric
      return { above: normalCdf(-(pair.shifts[0] ?? 0) / 2), equal: 0 };
    case "laplace":
      return { above: 0.5 * Math.exp(-pair.epsilon / 2), equal: 0 };
    case "bounded-range":
      return { above: 1 / (1 + Math.exp(pair.epsilon / 2)), equal: 0 };
    case "binary":
    case "discrete-laplace": {
      let [above, equal] = [0, 0];
      for (const { loss, logQ } of outcomesOf(pair, { reach: 0, lean: 0 }).atoms) {
        if (loss > 0) above += Math.exp(logQ);
        else if (loss === 0) equal += Math.exp(logQ);
      }
      return { above, equal };
    }
    case "replaced":
    case "sampled":
    case "fixed-size":
    case "either":
      throw new PrivacyError(
        "numerical_failure",
        `a plain base pair was wanted in a fixed-size batch, got ${pair.shape}`,
        {
          routine: "outcomesOf",
          reason: "no closed form of its mass above zero loss",
        },
      );
  }
}

/** Keeps the losses above 0, adds their mirror images, and puts the rest on loss 0. */
function mirroredOutcomes(
  outcomes: Outcomes,
  base: { readonly above: number; readonly equal: number },
  q: number,
): Outcomes {
  const upper = outcomes.atoms.filter((a) => a.loss > 0);
  const atoms = upper.flatMap((a) => [a, { loss: -a.loss, logQ: a.logQ + a.loss }]);
  // rounded up: more mass only adds to what is revealed
  const rest = (1 - q) * (1 - 2 * base.above) + q * base.equal + 4e-16;
  const lines = outcomes.lines.flatMap((line) => {
    const from = Math.max(line.from, line.outcomeAt(0));
    return from < line.to ? [{ ...line, from }, mirroredLine(line, from)] : [];
  });
  return { atoms: [...atoms, { loss: 0, logQ: Math.log(rest) }], lines };
}

function mirroredLine(line: OutcomeLine, from: number): OutcomeLine {
  return {
    from: -line.to,
    to: -from,
    lossAt: (x) => -line.lossAt(-x),
    outcomeAt: (loss) => -line.outcomeAt(-loss),
    logQ: (x) => line.logQ(-x) + line.lossAt(-x),
    rateAt: (x) => line.rateAt(-x),
  };
}

function eitherOutcomes(
  parts: readonly { readonly weight: number; readonly pair: OutcomePair | undefined }[],
  extent: Extent,
): Outcomes {
  const all = parts.map(({ weight, pair }) => {
    const logWeight = Math.log(weight);
    if (pair === undefined) return { atoms: [{ loss: 0, logQ: logWeight }], lines: [] };
    const { atoms, lines } = outcomesOf(pair, extent);
    return {
      atoms: atoms.map((a) => ({ loss: a.loss, logQ: a.logQ + logWeight })),
      lines: lines.map((line) => ({ ...line, logQ: (x: number) => line.logQ(x) + logWeight })),
    };
  });
  return { atoms: all.flatMap((o) => o.atoms), lines: all.flatMap((o) => o.lines) };
}
