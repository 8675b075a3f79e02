import {
  invalidArgument,
  noiseStddev,
  parseDelta,
  parseNoiseMultiplier,
  parsePositiveInteger,
  parseSamplingProbability,
} from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import { type Guarantee, account } from "../accounting/index.ts";
import { type DpEvent, gaussian, poissonSampled, selfComposed } from "../events/index.ts";
import { createGridGaussian } from "../noise/index.ts";
import { nextUp } from "../numeric/index.ts";
import { assuming } from "./assuming.ts";
import { ChangeSum } from "./clipped-changes.ts";
import { madePlan } from "./made-plan.ts";

/** Clipping that follows the sizes of the changes. */
export interface AdaptiveClip {
  /** γ in (0, 1): which quantile of the changes' norms the clip norm is to approach. */
  readonly quantile: number;
  /** η > 0 of the clip norm's logarithm. */
  readonly learningRate: number;
  /** Standard deviation of the noise on the count of unclipped sites, > noiseMultiplier / 2. */
  readonly countNoiseStddev: number;
}

export interface DpFedAvgOptions {
  readonly rounds: number;
  /** How many sites are enrolled: a public number. */
  readonly sites: number;
  /** With which each enrolled site is drawn for a round, independently; 1 asks every site. */
  readonly samplingProbability: number;
  /** S, of a site's whole change, in [1e-12, 1e12]. Where clipping adapts, that of the first round. */
  readonly l2ClipNorm: number;
  /** z: standard deviation of all noise of a round over the norm of what it releases about one site. */
  readonly noiseMultiplier: number;
  readonly delta: number;
  readonly adaptiveClip?: AdaptiveClip;
}

/** What a round releases. */
export interface DpFedAvgRelease {
  /** The next model, shape [elements]. */
  readonly model: Float64Array;
  /** What the next round clips to. */
  readonly nextClipNorm: number;
}

/**
 * The one object that draws the sites of a round, clips and adds their changes, draws the noise, and is priced.
 * Unit: the site (`"client"`). Neighboring: zero-out, a site's changes against none.
 */
export interface DpFedAvgPlan {
  readonly version: "dp-fed-avg-plan/v1";
  readonly unit: "client";
  readonly neighboring: "zero-out";
  readonly rounds: number;
  readonly sites: number;
  readonly samplingProbability: number;
  /** q · sites: the divisor of every sum, whoever answers. */
  readonly plannedCohort: number;
  readonly l2ClipNorm: number;
  readonly noiseMultiplier: number;
  /** Of the noise on the changes alone: larger than z where the count of unclipped sites takes its share. */
  readonly changeNoiseMultiplier: number;
  /** Null where the clip norm stays as it is. */
  readonly adaptiveClip: AdaptiveClip | null;
  /** One round, and all of them. */
  readonly roundEvent: DpEvent;
  readonly event: DpEvent;
  /** Holds against everybody who sees the models, not against the coordinator, who sees each change. */
  readonly guarantee: () => Guarantee;
  /** Draws a round's sites, by their place in the enrolment. Who is drawn must not be published. */
  readonly draw: (random: RandomSource) => number[];
  /**
   * @param before - the model of the round's beginning, shape [elements].
   * @param changed - the models of the sites that answered; one that is not finite counts as no answer.
   * @param clipNorm - what this round clips to: `l2ClipNorm`, or `nextClipNorm` of the round before.
   */
  readonly release: (
    before: Float64Array,
    changed: Iterable<ArrayLike<number>> | AsyncIterable<ArrayLike<number>>,
    clipNorm: number,
    random: RandomSource,
  ) => Promise<DpFedAvgRelease>;
}

/** The count of unclipped sites is noised on this grid. */
const countGrid = 2 ** -20;

/**
 * Plans DP-FedAvg: noise on the *sum* of uniformly weighted, clipped changes, divided by the planned cohort. A site that was
 * drawn and does not answer counts as a change of zero, or amplification by sampling would not hold.
 *
 *   z_change = (z^−2 − (2σ_b)^−2)^(−1/2) where clipping adapts      C ← C · exp(−η(b̃ − γ)),  b̃ = (Σ(b_i − ½) + N(0, σ_b²))/m + ½
 *
 * @throws PrivacyError `invalid_argument` naming the option that is out of its range.
 * @guarantee `event` prices what `draw` and `release` do over `rounds` rounds: each site in a round with probability q,
 *   noise of standard deviation z times what one site can move, clip norms of later rounds computed from released numbers only.
 * @source McMahan, Ramage, Talwar, Zhang 2018, arXiv:1710.06963v3, Algorithm 1; Andrew, Thakkar, McMahan, Ramaswamy 2021,
 *   arXiv:1905.03871v5, Algorithm 1 and Theorem 1.
 */
export function planDpFedAvg(options: DpFedAvgOptions): DpFedAvgPlan {
  const rounds = parsePositiveInteger(options.rounds, "rounds");
  const sites = parsePositiveInteger(options.sites, "sites");
  const probability = parseSamplingProbability(options.samplingProbability);
  const multiplier = parseNoiseMultiplier(options.noiseMultiplier);
  const delta = parseDelta(options.delta);
  const { l2ClipNorm } = options;
  // a copy: what the caller does with its own later is not in the price
  const adaptiveClip = options.adaptiveClip && Object.freeze({ ...options.adaptiveClip });
  if (!(multiplier > 0))
    throw invalidArgument("noiseMultiplier", "> 0", multiplier, "without noise nothing is private");
  if (!(probability > 0)) throw invalidArgument("samplingProbability", "in (0, 1]", probability);
  // the clip norm's range is checked where a sum begins
  void new ChangeSum(new Float64Array(1), l2ClipNorm);
  const changeMultiplier = adaptiveClip === undefined ? multiplier : remainingMultiplier(multiplier, adaptiveClip);
  const asked = gaussian(multiplier);
  const roundEvent = probability === 1 ? asked : poissonSampled(probability, asked);
  const event = selfComposed(roundEvent, rounds);
  const plannedCohort = probability * sites;
  return madePlan({
    version: "dp-fed-avg-plan/v1" as const,
    unit: "client" as const,
    neighboring: "zero-out" as const,
    rounds,
    sites,
    samplingProbability: probability,
    plannedCohort,
    l2ClipNorm,
    noiseMultiplier: multiplier,
    changeNoiseMultiplier: changeMultiplier,
    adaptiveClip: adaptiveClip ?? null,
    roundEvent,
    event,
    guarantee: () => assuming(account(event, { neighboring: "zero-out" }).guarantee({ delta }), trust(probability)),
    draw: (random: RandomSource) => drawSites(sites, probability, random),
    async release(
      before: Float64Array,
      changed: Iterable<ArrayLike<number>> | AsyncIterable<ArrayLike<number>>,
      clipNorm: number,
      random: RandomSource,
    ): Promise<DpFedAvgRelease> {
      const sum = new ChangeSum(before, clipNorm);
      let answered = 0;
      for await (const after of changed) if (sum.add(after)) answered += 1;
      const { multiples, gridExponent, sensitivity, unclipped } = sum.result();
      const noise = createGridGaussian(random);
      const step = 2 ** gridExponent;
      const noised = noise.addNoise(multiples, nextUp(noiseStddev(changeMultiplier, sensitivity)) / step);
      const model = noised.map((steps, i) => before[i] + (steps * step) / plannedCohort);
      if (adaptiveClip === undefined) return { model, nextClipNorm: clipNorm };
      // a site that is not there counts ½ for and against: a site moves the sum by ½
      const centred = Float64Array.of((unclipped - answered / 2) / countGrid);
      const [count] = noise.addNoise(centred, adaptiveClip.countNoiseStddev / countGrid);
      const share = (count * countGrid) / plannedCohort + 0.5;
      return { model, nextClipNorm: nextClip(clipNorm, share, adaptiveClip) };
    },
  });
}

/** Whom one has to believe for the guarantee. */
function trust(probability: number): string[] {
  const drawn = "who was drawn for a round stays with the coordinator: amplification by sampling counts on it";
  const honest = "the coordinator must be honest: it sees each site's change, and draws the sites and the noise";
  return probability === 1 ? [honest] : [honest, drawn];
}

function remainingMultiplier(multiplier: number, adaptive: AdaptiveClip): ReturnType<typeof parseNoiseMultiplier> {
  const { quantile, learningRate, countNoiseStddev } = adaptive;
  if (!(quantile > 0 && quantile < 1)) throw invalidArgument("adaptiveClip.quantile", "in (0, 1)", quantile);
  if (!(learningRate > 0 && learningRate <= 10)) {
    throw invalidArgument("adaptiveClip.learningRate", "in (0, 10]", learningRate);
  }
  if (!(countNoiseStddev * 2 > multiplier && countNoiseStddev <= 2 ** 20)) {
    throw invalidArgument(
      "adaptiveClip.countNoiseStddev",
      "above noiseMultiplier / 2 and at most 2^20",
      countNoiseStddev,
      "the count of unclipped sites alone would cost more than the whole round may; a twentieth of the cohort is usual",
    );
  }
  const ratio = multiplier / (2 * countNoiseStddev);
  // rounded up by more than the operations lose: what is drawn is never less than what is priced
  return parseNoiseMultiplier((multiplier / Math.sqrt((1 - ratio) * (1 + ratio))) * (1 + 1e-12));
}

function nextClip(clipNorm: number, share: number, { quantile, learningRate }: AdaptiveClip): number {
  const next = clipNorm * Math.exp(-learningRate * (share - quantile));
  return Math.min(1e12, Math.max(1e-12, next));
}

function drawSites(sites: number, probability: number, random: RandomSource): number[] {
  if (probability === 1) return Array.from({ length: sites }, (_, site) => site);
  const words = new Uint32Array(2 * sites);
  random.fill(new Uint8Array(words.buffer));
  const drawn: number[] = [];
  for (let site = 0; site < sites; site++) {
    // 53 bits: drawn with a probability of at most q, below it by less than 2^-53
    const uniform = ((words[2 * site] >>> 5) * 2 ** 26 + (words[2 * site + 1] >>> 6)) * 2 ** -53;
    if (uniform + 2 ** -53 <= probability) drawn.push(site);
  }
  return drawn;
}
