import { PrivacyError, invalidArgument } from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import { type Enclosure, encloseCellWeight } from "./cell-weight.ts";
import { TV_DISTANCE } from "./exact-rounding.ts";
import { LARGEST_STDDEV, LARGEST_VALUE } from "./grid-draw.ts";
import { type GridGaussian, addNoiseFrom } from "./grid-gaussian.ts";
import { type Keystream, openKeystream } from "./keystream.ts";
import { MOST_DRAWS, type NoiseKernel, openNoiseKernel } from "./noise-kernel.ts";
import { type QuantileTable, quantileTable } from "./quantile-table.ts";
import { type Rational, rationalFromDouble } from "./rational.ts";

/**
 * Exact discrete Gaussian noise on whole numbers, in the form of a grid Gaussian and about as fast.
 *
 * A candidate k = round(σN), rounded exactly, is as likely as the Gaussian mass of its cell; it is kept with probability
 * I(0)/I(k), which leaves exp(−k²/(2σ²)). 1 − I(0)/I(k) ≤ k²/(24σ⁴), so that a word of 32 bits keeps nearly all of them at
 * once; the others are compared with the enclosed number, with as many bits as that takes.
 *
 * @param random - the source of two keys; 48 bytes now for each, and 48 after every 2^20 bytes of their streams.
 * @returns `addNoise(multiples, σ)`: multiples[i] + K_i, σ in [0, 2^46] in units of the grid; `tvDistance` is the bound on the
 * probability that a draw is given up with an error. Arguments and errors as `createGridGaussian`.
 * @guarantee P(K = k) proportional to exp(−k²/(2σ²)), σ the double given, given ideal random bits: no cut tail, no rounding.
 * More than 85 % of the candidates are kept at every σ.
 * @source docs/numerics-noise.md, section 8; the law: Canonne, Kamath, Steinke 2020, arXiv:2004.00010v5, Definition 1.
 * @example createDiscreteNoise(operatingSystemRandom()).addNoise(Float64Array.of(12, -7), 1000)
 */
export function createDiscreteNoise(random: RandomSource): GridGaussian {
  const table = quantileTable();
  const own = { draws: openKeystream(random), coins: openKeystream(random), table, kernel: openNoiseKernel(table) };
  return Object.freeze({
    kind: random.kind,
    // fewer than 1.2 candidates a draw, and a coin that 1,024 bits do not decide
    tvDistance: 2 * TV_DISTANCE,
    addNoise: (multiples: Float64Array, stddevInGridUnits: number, into?: Float64Array) =>
      addDiscreteNoiseFrom(own, multiples, stddevInGridUnits, into),
  });
}

/** What draws come from. */
export interface DiscreteSource {
  readonly draws: Keystream;
  readonly coins: Keystream;
  readonly table: QuantileTable;
  readonly kernel: NoiseKernel | undefined;
}

/** `createDiscreteNoise` with its streams laid open, for tests that choose the bits. */
export function addDiscreteNoiseFrom(
  source: DiscreteSource,
  multiples: Float64Array,
  stddev: number,
  into?: Float64Array,
): Float64Array {
  if (typeof stddev !== "number" || !(stddev >= 0 && stddev <= LARGEST_STDDEV)) {
    throw invalidArgument("stddevInGridUnits", "a number in [0, 2^46]", stddev, "choose a coarser grid for more noise");
  }
  // without noise: checked and copied
  const values = addNoiseFrom(source.draws, source.table, multiples, 0, source.kernel, into);
  if (stddev === 0) return values;
  const size = Math.min(MOST_DRAWS, values.length);
  const room: Room = {
    candidates: new Float64Array(size),
    words: new Uint32Array(size),
    judge: createJudge(stddev, source.coins),
  };
  let isDone = false;
  try {
    for (let first = 0; first < values.length; first += size) {
      perturb(source, room, values.subarray(first, first + size), stddev);
    }
    isDone = true;
  } finally {
    room.candidates.fill(0);
    if (!isDone) values.fill(0);
  }
  return values;
}

interface Room {
  readonly candidates: Float64Array;
  readonly words: Uint32Array;
  readonly judge: Judge;
}

const zeros = new Float64Array(MOST_DRAWS);

/** Adds noise in place, drawing again where a candidate is dropped. */
function perturb(source: DiscreteSource, room: Room, values: Float64Array, stddev: number): void {
  const { draws, coins, table, kernel } = source;
  // 1 − I(0)/I(k) ≤ k²/(24σ⁴): five roundings, covered many times over
  const variance = stddev * stddev;
  const perSquare = ((1 + 2 ** -40) * 2 ** 32) / 24;
  for (let done = 0; done < values.length;) {
    const count = values.length - done;
    const candidates = room.candidates.subarray(0, count);
    const words = room.words.subarray(0, count);
    addNoiseFrom(draws, table, zeros.subarray(0, count), stddev, kernel, candidates);
    takeWords(coins, words);
    for (let i = 0; i < count; i++) {
      const k = candidates[i];
      const slope = k / variance;
      // 0 is always kept; the quotient may be no number there
      if (k !== 0 && !(words[i] >= slope * slope * perSquare) && !room.judge(k, words[i])) continue;
      const value = values[done] + k;
      if (!(Math.abs(value) < LARGEST_VALUE)) throw tooLarge();
      values[done++] = value;
    }
  }
}

function takeWords(stream: Keystream, into: Uint32Array): void {
  for (let i = 0; i < into.length;) {
    if (stream.next >= stream.unsigned.length) stream.refill();
    const part = stream.unsigned.subarray(stream.next, stream.next + into.length - i);
    into.set(part, i);
    stream.next += part.length;
    i += part.length;
  }
}

/** Whether k is kept: whether the uniform number whose first 32 bits are `coin` is at least 1 − I(0)/I(k). */
type Judge = (k: number, coin: number) => boolean;

/** What a first word says about k: below `drops` it is dropped, from `keeps` on it is kept. */
interface Thresholds {
  readonly drops: number;
  readonly keeps: number;
}

/** A coin that is not decided after so many bits is given up. */
const mostBits = 1_024;
/** The enclosure has so many bits more than the coin. */
const extraBits = 64;

/** @param coins - more bits, where 32 do not decide. */
function createJudge(stddev: number, coins: Keystream): Judge {
  const sigma = rationalFromDouble(stddev);
  const known = new Map<number, Thresholds>();
  const measure = (size: number): Thresholds => {
    const { low, high } = encloseDrop(size, sigma, 32);
    const one = 1n << BigInt(extraBits);
    const found = { drops: Number(low / one), keeps: Number((high + one - 1n) / one) };
    known.set(size, found);
    return found;
  };
  return (k, coin) => {
    const size = Math.abs(k);
    const { drops, keeps } = known.get(size) ?? measure(size);
    if (coin >= keeps) return true;
    return coin < drops ? false : keepsByMore(size, coin, sigma, coins);
  };
}

function keepsByMore(size: number, coin: number, sigma: Rational, coins: Keystream): boolean {
  const two = new Uint32Array(2);
  let value = BigInt(coin);
  for (let bits = 96; bits <= mostBits; bits += 64) {
    takeWords(coins, two);
    value = (value << 64n) | (BigInt(two[0]) << 32n) | BigInt(two[1]);
    const { low, high } = encloseDrop(size, sigma, bits);
    if (value << BigInt(extraBits) >= high) return true;
    if ((value + 1n) << BigInt(extraBits) <= low) return false;
  }
  throw undecided();
}

/** 1 − I(0)/I(k) in units of 2^-(bits + extraBits). */
function encloseDrop(size: number, sigma: Rational, bits: number): Enclosure {
  const { low, high } = encloseCellWeight(BigInt(size), sigma, bits + extraBits);
  const one = 1n << BigInt(bits + extraBits);
  return { low: one - high, high: one - low };
}

function tooLarge(): PrivacyError<"numerical_failure"> {
  return failure("a noised value reached 2^52 grid units", "choose a coarser grid");
}

function undecided(): PrivacyError<"numerical_failure"> {
  return failure("1,024 random bits do not decide one draw", "suspect the source of randomness");
}

function failure(reason: string, advice: string): PrivacyError<"numerical_failure"> {
  return new PrivacyError(
    "numerical_failure",
    `discrete noise on the grid was wanted, but ${reason}; nothing was returned: ${advice}`,
    { routine: "addNoise", reason },
  );
}
