import { invalidArgument } from "../../core/index.ts";
import type { RandomSource } from "../../core/random-source.ts";
import { type DiscreteGaussianSumEvent, discreteGaussianSum } from "../../events/index.ts";
import { createDiscreteNoise } from "../../noise/index.ts";
import { compensatedSum } from "../../numeric/index.ts";
import { type Rotation, rotation } from "./rotation.ts";

export interface DistributedGaussianOptions {
  /** Elements of a site's vector, in [1, 2^28]. */
  readonly length: number;
  /** A site's vector is scaled down to this L2 norm at most, in [1e-12, 1e12]. */
  readonly l2ClipNorm: number;
  /** Standard deviation of the noise of `survivors` sites together over the clip norm, > 0. */
  readonly noiseMultiplier: number;
  /** How many sites the round keeps at least, without those that are not trusted to draw their noise. This is priced. */
  readonly survivors: number;
  /** How many sites are summed at most: the ring must hold them. */
  readonly sites: number;
  /** 32 public bytes, fresh each round and the same for all sites: the signs of the rotation. */
  readonly rotationKey: Uint8Array;
}

/** Noised integer vectors modulo 2^32 whose sum is differentially private with the site as unit, whoever sees it. */
export interface DistributedGaussian {
  /** What the sum of at least `survivors` vectors costs; unit: the site, neighboring: zero-out. */
  readonly event: DiscreteGaussianSumEvent;
  /** The distance of two neighboring integers, in the vector's units. */
  readonly granularity: number;
  /** Words per encoded vector: the power of two at or above `length`. */
  readonly words: number;
  readonly encode: (vector: Float64Array, random: RandomSource) => Uint32Array;
  /** The noised sum, shape [length], in the vector's units. */
  readonly decode: (sum: Uint32Array) => Float64Array;
}

/** How many standard deviations of signal, rounding and noise the ring leaves room for. */
const tailDeviations = 8;

/**
 * The distributed discrete Gaussian mechanism: clip, rotate, scale to integers, round conditionally, add the site's part of the
 * noise, reduce modulo 2^32.
 *
 * The granularity is the finest for which signal and noise of all sites fit into half the ring; wrapping around would harm the
 * result and not privacy.
 *
 * @throws PrivacyError `invalid_argument` naming the option that is out of its range, or when the ring is too small for the noise.
 *   `encode` throws it for a vector of another length or with an element that is no finite number.
 * @guarantee Each site's integer vector has L2 norm at most `event.l2Sensitivity` before noise, by rejection and not in
 *   expectation; the noise is exact (`createDiscreteNoise`). Holds for the sum modulo 2^32 against anyone who sees only that
 *   sum, also if `sites − survivors` sites reveal or leave out their noise.
 * @source Kairouz, Liu, Steinke 2021, arXiv:2102.06387v4, Algorithms 1 and 2 (conditional rounding), Prop. 14 (price).
 */
export function distributedGaussian(options: DistributedGaussianOptions): DistributedGaussian {
  requireRanges(options);
  const { length, l2ClipNorm, noiseMultiplier, survivors, rotationKey } = options;
  const words = 2 ** Math.ceil(Math.log2(length));
  const granularity = granularityOf(options, words);
  const clip = l2ClipNorm / granularity;
  const l2Sensitivity = roundedNorm(clip, words);
  const stddev = (noiseMultiplier * clip) / Math.sqrt(survivors);
  if (!(stddev >= 0.5)) {
    throw invalidArgument(
      "noiseMultiplier",
      "large enough for integers of 32 bits",
      noiseMultiplier,
      "ask fewer sites",
    );
  }
  const event = discreteGaussianSum({
    summands: survivors,
    stddev,
    // whole numbers: |x| ≤ x²
    l1Sensitivity: Math.min(Math.sqrt(words) * l2Sensitivity, l2Sensitivity ** 2),
    l2Sensitivity,
    dimension: words,
  });
  const scheme = { length, words, l2ClipNorm, granularity, l2Sensitivity, stddev };
  // words/8 bytes of signs: made where vectors are, not where a plan is priced
  const turn = (): Rotation => rotation(rotationKey, words);
  return Object.freeze({
    event,
    granularity,
    words,
    encode: (vector: Float64Array, random: RandomSource) => encode({ ...scheme, turn: turn() }, vector, random),
    decode: (sum: Uint32Array) => decode({ ...scheme, turn: turn() }, sum),
  });
}

interface Scheme {
  readonly length: number;
  readonly words: number;
  readonly l2ClipNorm: number;
  readonly granularity: number;
  readonly l2Sensitivity: number;
  readonly stddev: number;
  readonly turn: Rotation;
}

function requireRanges(options: DistributedGaussianOptions): void {
  const { length, l2ClipNorm, noiseMultiplier, survivors, sites, rotationKey } = options;
  if (!(Number.isInteger(length) && length >= 1 && length <= 2 ** 28)) {
    throw invalidArgument("length", "an integer in [1, 2^28]", length);
  }
  // far from where doubles lose digits: a vector that is scaled to a norm above this one might never round to what is priced
  if (!(l2ClipNorm >= 1e-12 && l2ClipNorm <= 1e12)) throw invalidArgument("l2ClipNorm", "in [1e-12, 1e12]", l2ClipNorm);
  if (!(noiseMultiplier > 0 && Number.isFinite(noiseMultiplier))) {
    throw invalidArgument("noiseMultiplier", "a finite number > 0", noiseMultiplier);
  }
  if (!(Number.isInteger(sites) && sites >= 1 && sites <= 2 ** 20)) {
    throw invalidArgument("sites", "an integer in [1, 2^20]", sites);
  }
  if (!(Number.isInteger(survivors) && survivors >= 1 && survivors <= sites)) {
    throw invalidArgument("survivors", "an integer in [1, sites]", survivors);
  }
  if (rotationKey.length !== 32) throw invalidArgument("rotationKey", "32 bytes", `${rotationKey.length}`);
}

/**
 * After the rotation by random signs an element of the sum of n clipped vectors is sub-Gaussian with deviation n·C/√d at most (all
 * vectors alike), the noise with z·C·√(sites/survivors), and rounding moves it by less than n steps: 8 deviations of both and n
 * steps fit into 2^31, so that an element wraps around with probability 2e^(−32) at most.
 *
 * @source Canonne, Kamath, Steinke 2020, arXiv:2004.00010v5 (a discrete Gaussian is sub-Gaussian with its σ); Hoeffding 1963,
 *   doi:10.1080/01621459.1963.10500830 (random signs).
 */
function granularityOf(options: DistributedGaussianOptions, words: number): number {
  const { l2ClipNorm, noiseMultiplier, survivors, sites } = options;
  const signal = (sites * l2ClipNorm) / Math.sqrt(words);
  const noise = noiseMultiplier * l2ClipNorm * Math.sqrt(sites / survivors);
  return (tailDeviations * Math.hypot(signal, noise)) / (2 ** 31 - sites);
}

/**
 * The norm, in steps, that conditional rounding keeps: the smaller of the two bounds of the algorithm at β = e^(−1/2). One try
 * keeps it with probability 1 − β at least.
 */
function roundedNorm(clip: number, words: number): number {
  const root = Math.sqrt(words);
  // √(2 log 1/β) = 1
  const likely = Math.sqrt(clip ** 2 + words / 4 + (clip + root / 2));
  return Math.min(likely, clip + root) * (1 + 1e-12);
}

function encode(scheme: Scheme, vector: Float64Array, random: RandomSource): Uint32Array {
  const { length, words, l2ClipNorm, granularity, stddev, turn } = scheme;
  if (vector.length !== length) throw invalidArgument("vector", `${length} elements`, `${vector.length}`);
  const values = clipped(vector, words, l2ClipNorm, granularity);
  turn.apply(values);
  const rounded = roundConditionally(values, scheme.l2Sensitivity, random);
  const noised = createDiscreteNoise(random).addNoise(rounded, stddev);
  // whole numbers below 2^53: stored modulo 2^32
  const encoded = Uint32Array.from(noised);
  for (const secret of [values, rounded, noised]) secret.fill(0);
  return encoded;
}

/** The vector scaled to the clip norm at most, in steps, and zeros up to `words`. No norm is formed: it may be beyond doubles. */
function clipped(vector: Float64Array, words: number, l2ClipNorm: number, granularity: number): Float64Array {
  const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!Number.isFinite(largest)) throw invalidArgument("vector", "finite numbers", "another");
  const values = new Float64Array(words);
  if (largest === 0) return values;
  const factor = Math.min(largest, l2ClipNorm / Math.sqrt(squaredNorm(vector, largest))) / granularity;
  for (let i = 0; i < vector.length; i++) values[i] = (vector[i] / largest) * factor;
  return values;
}

const blockElements = 256;
/** More than rounding adds to `squaredNorm`: 256 squares naively, and their sums with a correction. */
const squareSurcharge = 2 ** -44;

/** Σ (value/unit)². One long sum would be off by as many units in the last place as it has terms. */
function squaredNorm(values: Float64Array, unit: number): number {
  const blocks = new Float64Array(Math.ceil(values.length / blockElements));
  for (let i = 0; i < values.length; i++) blocks[Math.floor(i / blockElements)] += (values[i] / unit) ** 2;
  return compensatedSum(blocks);
}

/** Rounds every element up or down at random, without bias, until the norm keeps the bound that is priced. */
function roundConditionally(values: Float64Array, bound: number, random: RandomSource): Float64Array {
  const rounded = new Float64Array(values.length);
  const coins = new Uint32Array(values.length);
  for (;;) {
    random.fill(new Uint8Array(coins.buffer));
    for (let i = 0; i < values.length; i++) {
      const below = Math.floor(values[i]);
      rounded[i] = below + (coins[i] < (values[i] - below) * 2 ** 32 ? 1 : 0);
    }
    if (squaredNorm(rounded, 1) * (1 + squareSurcharge) <= bound * bound) return rounded;
  }
}

function decode({ length, words, granularity, turn }: Scheme, sum: Uint32Array): Float64Array {
  if (sum.length !== words) throw invalidArgument("sum", `${words} words`, `${sum.length}`);
  const values = Float64Array.from(new Int32Array(sum.buffer, sum.byteOffset, words), (step) => step * granularity);
  turn.undo(values);
  return values.slice(0, length);
}
