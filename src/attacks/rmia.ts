import { invalidArgument } from "../core/index.ts";
import { type NumberTable, checkSameLength, readTable } from "./argument.ts";
import { lossOfMargin } from "./logit-margin.ts";
import { type ShadowInput, type ShadowSet, checkCoverage, meansOf, readShadowSet } from "./shadow-set.ts";

export interface RmiaRatioInput extends ShadowInput {
  /** Logit-scaled confidence φ of the records under attack, `[models][records]`. */
  readonly phi: NumberTable;
  readonly mode: "online" | "offline";
  /** How much an OUT model's confidence says about an IN model's, in [0, 1): E p_in ≈ a · p_out + (1 − a). Default 0.3. */
  readonly offlineA?: number;
}

export interface RmiaInput extends RmiaRatioInput {
  /** φ of population records that no model trained on, `[models][population]`. */
  readonly phiPopulation: NumberTable;
  /** How many times a population record's ratio must be beaten, ≥ 1. */
  readonly gamma: number;
}

// beyond this a probability can not be told from 0 in a double
const LARGEST_MARGIN = 700;

const cut = (phi: number): number => Math.max(-LARGEST_MARGIN, Math.min(LARGEST_MARGIN, phi));
const logProbability = (phi: number): number => -lossOfMargin(cut(phi));
const probability = (phi: number): number => Math.exp(logProbability(phi));
const complement = (phi: number): number => Math.exp(-lossOfMargin(-cut(phi)));

/**
 * The relative attack's likelihood ratio r = p(target) / p(x) of each record: the score for a ROC curve.
 *
 *   online:   p(x) = ½ (mean_in p + mean_out p)
 *   offline:  p(x) = ½ ((1 + a) mean_out p + (1 − a))
 *
 * For one target model, `rmia` is a step function of r: the same ROC curve up to ties of width 1 / population.
 *
 * @returns r `[records]`, > 0, higher = more member-like.
 * @throws PrivacyError `invalid_argument`, naming the argument.
 * @guarantee None: an estimate of leakage.
 * @source Zarifzadeh, Liu, Shokri, ICML 2024, arXiv:2312.03262 (likelihood ratio and its online and offline estimates).
 */
export function rmiaRatios(input: RmiaRatioInput): Float64Array {
  return ratiosOf(readShadowSet(input.phi, "phi", input), input);
}

function ratiosOf(set: ShadowSet, input: RmiaRatioInput): Float64Array {
  const a = readOfflineA(input.offlineA);
  const sure: ShadowSet = { ...set, shadows: set.shadows.map((row) => row.map(probability)) };
  const unsure: ShadowSet = { ...set, shadows: set.shadows.map((row) => row.map(complement)) };
  const out = meansOf(sure, 0);
  checkCoverage(out, 1, "OUT");
  const qOut = meansOf(unsure, 0).mean;
  switch (input.mode) {
    case "online": {
      const inside = meansOf(sure, 1);
      checkCoverage(inside, 1, "IN");
      const qIn = meansOf(unsure, 1).mean;
      return set.observed.map((phi, i) => ratio(phi, (inside.mean[i] + out.mean[i]) / 2, (qIn[i] + qOut[i]) / 2));
    }
    case "offline":
      return set.observed.map((phi, i) => offlineRatio(phi, out.mean[i], qOut[i], a));
  }
  throw invalidArgument("mode", '"online" or "offline"', input.mode);
}

/**
 * p / p̄ from φ, the marginal p̄ and its complement q̄, both given: where every model is sure, 1 − p̄ can not be had by
 * subtraction, and records would be ranked by rounding errors.
 */
function ratio(phi: number, p: number, q: number): number {
  return Math.exp(logProbability(phi) - (p < 0.5 ? Math.log(p) : Math.log1p(-q)));
}

const offlineRatio = (phi: number, p: number, q: number, a: number): number =>
  ratio(phi, ((1 + a) * p + (1 - a)) / 2, ((1 + a) * q) / 2);

/**
 * The relative membership-inference attack: the fraction of population records z that x beats, r_x ≥ γ · r_z.
 * The number is calibrated (about 1 − FPR for γ = 1) and can not resolve a false-positive rate below 1 / population; for
 * a ROC curve at low rates use `rmiaRatios`. All shadows of z count as OUT, and all of them enter its mean.
 *
 * @param input.gamma - ≥ 1; the paper uses 1 to 2.
 * @returns scores `[records]` in [0, 1], multiples of 1 / population.
 * @throws PrivacyError `invalid_argument`, naming the argument.
 * @guarantee None: an estimate of leakage.
 * @source Zarifzadeh, Liu, Shokri, ICML 2024, arXiv:2312.03262 (the pairwise test).
 */
export function rmia(input: RmiaInput): Float64Array {
  if (!(input.gamma >= 1 && input.gamma < Infinity)) throw invalidArgument("gamma", "a number >= 1", input.gamma);
  const set = readShadowSet(input.phi, "phi", input);
  const ratios = ratiosOf(set, input);
  checkSameLength(input.phiPopulation, input.phi.length, "phiPopulation", "phi");
  const bars = populationRatios(readTable(input.phiPopulation, "phiPopulation"), input, set.rows)
    .map((r) => input.gamma * r)
    .sort();
  return ratios.map((r) => countAtMost(bars, r) / bars.length);
}

function populationRatios(table: readonly Float64Array[], input: RmiaInput, rows: readonly number[]): Float64Array {
  const a = readOfflineA(input.offlineA);
  const mean = (z: number, of: (phi: number) => number): number =>
    rows.reduce((sum, row) => sum + of(table[row][z]), 0) / rows.length;
  return table[input.target].map((phi, z) => offlineRatio(phi, mean(z, probability), mean(z, complement), a));
}

function readOfflineA(value: number | undefined): number {
  const a = value ?? 0.3;
  if (a >= 0 && a < 1) return a;
  throw invalidArgument("offlineA", "a number in [0, 1)", value);
}

/** How many of the ascending `bars` are ≤ value. */
function countAtMost(bars: Float64Array, value: number): number {
  let [lo, hi] = [0, bars.length];
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if (bars[mid] <= value) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}
