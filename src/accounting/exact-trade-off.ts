import { bracketRoot, normalCdf, normalQuantile } from "../numeric/index.ts";
import type { Enclosure } from "./gaussian-profile.ts";
import type { Composition } from "./mechanism.ts";

/** A composition whose trade-off curve is known in closed form. */
export interface ExactTradeOff {
  /** "failing" where a failure probability is mixed in: then `lower` is attained without it. */
  readonly kind: "nothing" | "gaussian" | "sampled-step" | "failing";
  /** The largest true positive rate of any test at a false positive rate in [0, 1], both directions, enclosed. */
  readonly at: (falsePositiveRate: number) => Enclosure;
  /** The area under the best test's curve. */
  readonly areaUnderCurve: number;
}

/** Rounding of two distribution functions and a quantile, relative. */
const kernelError = 1e-13;

/**
 * The exact trade-off curve: of one Gaussian (into which all Gaussians merge), Φ(Φ⁻¹(FPR) + μ); of one Poisson-sampled
 * Gaussian the larger of its two directions. With the record (P) against without (Q), and the other way round:
 *
 *   TPR = (1 − q)·FPR + q·Φ(Φ⁻¹(FPR) + μ)      and      FPR = (1 − q)·Φ(t) + q·Φ(t − μ), TPR = Φ(t)
 *
 * @returns undefined for every other composition.
 * @source Dong, Roth, Su 2019, arXiv:1905.02383v3, eq. 6; the sampled curve is the Neyman-Pearson test, whose likelihood
 *   ratio is monotone in the output.
 */
export function exactTradeOff(composition: Composition): ExactTradeOff | undefined {
  const { failure } = composition;
  if (failure === 0) return withoutFailure(composition);
  const rest = withoutFailure({ ...composition, failure: 0 });
  if (rest === undefined) return undefined;
  // who fails is caught without false positives: f + (1 − f)·TPR(FPR/(1 − f))
  const kept = 1 - failure;
  const cap = (rate: number): number => {
    const share = (rate / kept) * (1 + 4e-16);
    return share < 1 ? Math.min(1, (failure + kept * rest.at(share).upper) * (1 + 1e-15)) : 1;
  };
  const area = failure * (1 + kept) + kept ** 2 * rest.areaUnderCurve;
  return {
    kind: "failing",
    at: (rate) => ({ ...rest.at(rate), upper: cap(rate) }),
    areaUnderCurve: Math.min(1, area * (1 + kernelError)),
  };
}

function withoutFailure(composition: Composition): ExactTradeOff | undefined {
  const [spend] = composition.spends;
  if (spend === undefined) return { kind: "nothing", at: exactly, areaUnderCurve: 0.5 };
  if (composition.spends.length > 1 || spend.count !== 1) return undefined;
  const m = spend.mechanism;
  if (m.kind === "gaussian") {
    const mu = 1 / m.noiseMultiplier;
    return { kind: "gaussian", at: (rate) => shifted(rate, mu), areaUnderCurve: gaussianArea(mu) };
  }
  if (m.kind !== "sampled-gaussian") return undefined;
  const [q, mu] = [m.samplingProbability, 1 / m.noiseMultiplier];
  return {
    kind: "sampled-step",
    at: (rate) => sampled(rate, q, mu),
    areaUnderCurve: ((1 - q) / 2 + q * gaussianArea(mu)) * (1 + kernelError),
  };
}

/** The area under the curve of N(μ, 1) against N(0, 1), from above. */
export function gaussianArea(mu: number): number {
  return Math.min(1, normalCdf(mu * Math.SQRT1_2) * (1 + kernelError));
}

function exactly(value: number): Enclosure {
  return { lower: value, upper: value, point: value };
}

function around(point: number, rate: number): Enclosure {
  const lower = Math.max(rate, point * (1 - kernelError));
  return { lower, upper: Math.min(1, Math.max(rate, point * (1 + kernelError))), point: Math.max(rate, point) };
}

/** Φ(Φ⁻¹(FPR) + μ). The quantile's error is relative, and what it moves the curve by is bounded at both ends. */
function shifted(rate: number, mu: number): Enclosure {
  if (rate === 0 || rate === 1) return exactly(rate);
  const quantile = normalQuantile(rate);
  const slack = 2e-14 * (Math.abs(quantile) + mu);
  const [low, high] = [normalCdf(quantile + mu - slack), normalCdf(quantile + mu + slack)];
  return {
    lower: around(low, rate).lower,
    upper: around(high, rate).upper,
    point: around(normalCdf(quantile + mu), rate).point,
  };
}

function sampled(rate: number, q: number, mu: number): Enclosure {
  if (rate === 0 || rate === 1) return exactly(rate);
  const gauss = shifted(rate, mu);
  const mix = (tpr: number): number => (1 - q) * rate + q * tpr;
  const remove = { lower: around(mix(gauss.lower), rate).lower, upper: around(mix(gauss.upper), rate).upper };
  const add = addDirection(rate, q, mu);
  const upper = Math.max(remove.upper, add.upper);
  const lower = Math.max(remove.lower, add.lower);
  return { lower, upper, point: Math.min(upper, Math.max(lower, mix(gauss.point))) };
}

/** The test "no record" where the output is low: its threshold lies between two doubles that enclose it. */
function addDirection(rate: number, q: number, mu: number): { readonly lower: number; readonly upper: number } {
  const falsePositives = (t: number): number => (1 - q) * normalCdf(t) + q * normalCdf(t - mu);
  // Φ(t) lies between FPR and FPR/(1 − q)
  const f = (t: number, side: number): number => falsePositives(t) - rate * (1 + side * kernelError);
  const [lo, hi] = [-39, 39 + Math.min(mu, 1e6)];
  if (f(hi, 1) <= 0 || f(lo, -1) >= 0) return { lower: rate, upper: Math.min(1, rate / (1 - q)) };
  const root = (side: number, safe: "lo" | "hi"): number =>
    bracketRoot({ f: (t) => f(t, side), lo, hi, safe, relativeTolerance: 1e-15, absoluteTolerance: 1e-15 }).value;
  const ends = { lo: root(-1, "lo"), hi: root(1, "hi") };
  return {
    lower: around(normalCdf(ends.lo), rate).lower,
    upper: around(normalCdf(ends.hi), rate).upper,
  };
}
