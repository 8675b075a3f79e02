import { PrivacyError, invalidArgument } from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import { TV_DISTANCE } from "./exact-rounding.ts";
import { COARSE_ERROR, LARGEST_STDDEV, LARGEST_VALUE, resolve, resolveDraw } from "./grid-draw.ts";
import { type Keystream, openKeystream } from "./keystream.ts";
import { type BlockDraws, type BlockJob, openBlocks } from "./noise-blocks.ts";
import { MOST_DRAWS, type NoiseKernel, openNoiseKernel } from "./noise-kernel.ts";
import { BINADES, type QuantileTable, STRIDE, quantileTable } from "./quantile-table.ts";

/** Adds Gaussian noise, rounded to the nearest grid point, to values that lie on the grid. */
export interface GridGaussian {
  /** The kind of the source that it was made from: only "operating-system" earns a privacy card with a tier. */
  readonly kind: RandomSource["kind"];
  /**
   * Bound on the total-variation distance, per draw, between the law of the result and that of the rounded ideal
   * Gaussian, given ideal random bits. A caller that releases n values in all adds at most n (1 + e^ε) times it to δ.
   */
  readonly tvDistance: number;
  /**
   * multiples[i] + round(σ N_i), the N_i independent standard normals, rounded exactly: the law of the result is that of
   * rounding multiples + N(0, σ² I) to whole numbers, so it is a post-processing of the Gaussian mechanism.
   *
   * @param multiples - shape [n]; whole numbers, the values in units of the grid. Not changed.
   * @param stddevInGridUnits - σ, in units of the grid, in [0, 2^46]; 0 returns a copy.
   * @param into - shape [n], not `multiples` and not shared with other threads: written to and returned, instead of a
   * new array. Zeros where this throws after the checks.
   * @returns an array of shape [n]; whole numbers below 2^52 in size, never −0.
   * @throws PrivacyError `invalid_argument` on a range breach, before anything is drawn; `numerical_failure` if a noised
   * value reaches 2^52 in size (which depends on the noised value alone), or with probability below 2^-900 per draw;
   * `entropy_unavailable` as the source does. Nothing partly noised is ever returned.
   * @guarantee Draws: 64 bits per value, more where they do not decide, from AES-256-CTR keyed by the source.
   * @source Mironov 2012, CCS '12 (why low-order bits must not leak); docs/numerics-noise.md (construction, bounds).
   */
  addNoise(multiples: Float64Array, stddevInGridUnits: number, into?: Float64Array): Float64Array;
  /**
   * The same noise on values that lie in the kernels' memory, block by block, on any threads: `drawBlock` for each block,
   * then `finish`. Other draws of the source are not repeated. Only a source whose draws can be shared has it.
   *
   * @guarantee Law and bound as `addNoise`. The bits are a function of the source and the blocks, not of the threads.
   * @throws PrivacyError `invalid_argument` for a σ out of range; `entropy_unavailable` as the source does.
   */
  openBlocks?(job: BlockJob): BlockDraws;
}

/**
 * @param random - the source of the key; 48 bytes now, and 48 after every 2^20 bytes of stream.
 * @throws PrivacyError `entropy_unavailable` as the source does; `numerical_failure` if the table can not be certified.
 * @example createGridGaussian(operatingSystemRandom()).addNoise(Float64Array.of(12, -7), 1000)
 */
export function createGridGaussian(random: RandomSource): GridGaussian {
  const stream = openKeystream(random);
  const table = quantileTable();
  const kernel = openNoiseKernel(table);
  return Object.freeze({
    kind: stream.kind,
    tvDistance: TV_DISTANCE,
    addNoise: (multiples: Float64Array, stddevInGridUnits: number, into?: Float64Array) =>
      addNoiseFrom(stream, table, multiples, stddevInGridUnits, kernel, into),
    openBlocks: (job: BlockJob) => openBlocks(random, stream, table, job),
  });
}

/**
 * `GridGaussian.addNoise` with its stream and table laid open, for tests that choose the bits.
 *
 * @param kernel - does what the loop here does, to the bit; without it the loop is the one that runs.
 */
export function addNoiseFrom(
  stream: Keystream,
  table: QuantileTable,
  multiples: Float64Array,
  stddev: number,
  kernel?: NoiseKernel,
  into?: Float64Array,
): Float64Array {
  if (typeof stddev !== "number" || !(stddev >= 0 && stddev <= LARGEST_STDDEV)) {
    throw invalidArgument("stddevInGridUnits", "a number in [0, 2^46]", stddev, "choose a coarser grid for more noise");
  }
  if (!(multiples instanceof Float64Array)) throw invalidArgument("multiples", "a Float64Array", typeof multiples);
  // what is checked has to be what is used, whoever shares the memory
  const own = multiples.buffer instanceof SharedArrayBuffer ? new Float64Array(multiples) : multiples;
  const values = resultFor(multiples, into);
  // never in the message: the value itself
  if (!(kernel === undefined ? areWhole(own) : kernel.areWhole(own))) {
    throw invalidArgument("multiples", "whole numbers", "an entry that is not");
  }
  let isDone = false;
  try {
    if (kernel !== undefined && stddev > 0) {
      perturbByKernel(kernel, stream, table, own, values, stddev);
    } else {
      values.set(own);
      if (stddev > 0) perturb(stream, table, values, stddev);
      for (let i = 0; i < values.length; i++) values[i] = settle(values[i]);
    }
    isDone = true;
  } finally {
    // what is partly noised stays with nobody
    if (!isDone) values.fill(0);
  }
  return values;
}

function resultFor(multiples: Float64Array, into: Float64Array | undefined): Float64Array {
  if (into === undefined) return new Float64Array(multiples.length);
  if (!(into instanceof Float64Array) || into.length !== multiples.length || into.buffer === multiples.buffer) {
    throw invalidArgument("into", "a Float64Array of as many numbers, in memory of its own", "another array");
  }
  if (into.buffer instanceof SharedArrayBuffer) throw invalidArgument("into", "memory of one thread", "shared memory");
  return into;
}

function areWhole(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (Math.floor(values[i]) - values[i] !== 0) return false;
  return true;
}

/** What may be returned of a noised value. */
function settle(value: number): number {
  if (!(Math.abs(value) < LARGEST_VALUE)) throw tooLarge();
  // −0 would tell that the value itself was −0
  return value + 0;
}

/** The fast loop: multiplications, additions and shifts only, so that its rounding is IEEE 754's. In place. */
function perturb(stream: Keystream, table: QuantileTable, values: Float64Array, stddev: number): void {
  const { coefficients: c } = table;
  const decided = 0.5 - stddev * COARSE_ERROR;
  let { signed, unsigned, next } = stream;
  for (let i = 0; i < values.length; i++) {
    if (next >= unsigned.length) {
      stream.refill();
      ({ signed, unsigned, next } = stream);
    }
    const low = unsigned[next];
    const high = signed[next + 1];
    next += 2;
    // one sign bit, then e zeros, a one, 6 bits of segment, the rest is the place in the segment around its middle
    const tail = high & 0x7fffffff;
    const e = Math.clz32(tail) - 1;
    let x = 0;
    let k = 0;
    let isDecided = false;
    if (e < BINADES) {
      const s = ((tail >>> (24 - e)) - 64 + (e << 6)) * STRIDE;
      const d = (((high << (8 + e)) ^ 0x80000000) >> (8 + e)) * 4294967296 + low;
      x = c[s] + d * (c[s + 1] + d * (c[s + 2] + d * (c[s + 3] + d * (c[s + 4] + d * (c[s + 5] + d * c[s + 6])))));
      const scaled = stddev * x;
      k = Math.floor(scaled + 0.5);
      isDecided = Math.abs(scaled - k) < decided;
    }
    if (!isDecided) {
      stream.next = next;
      k = resolve(stream, table, { tail, low, e, x }, stddev);
      ({ signed, unsigned, next } = stream);
    }
    // ±1 from the sign bit by shifts: a branch here is guessed wrong every other time
    values[i] += ((high >> 31) | 1) * k;
  }
  stream.next = next;
}

/** The fast loop in the kernel: a draw that it leaves open is decided here, and then it goes on with the next words. */
function perturbByKernel(
  kernel: NoiseKernel,
  stream: Keystream,
  table: QuantileTable,
  multiples: Float64Array,
  values: Float64Array,
  stddev: number,
): void {
  const decided = 0.5 - stddev * COARSE_ERROR;
  let i = 0;
  // where many draws stay open, no more is copied in than is used
  let most = MOST_DRAWS;
  try {
    while (i < values.length) {
      if (stream.next >= stream.unsigned.length) stream.refill();
      const draws = Math.min((stream.unsigned.length - stream.next) / 2, values.length - i, most);
      const done = kernel.perturb(
        multiples,
        values,
        i,
        stream.unsigned,
        stream.next,
        draws,
        stddev,
        decided,
        LARGEST_VALUE,
      );
      if (done < 0) throw tooLarge();
      stream.next += 2 * done;
      i += done;
      most = Math.min(MOST_DRAWS, done === draws ? 2 * most : Math.max(16, 2 * done));
      if (done === draws) continue;
      values[i] = settle(multiples[i] + perturbOpen(stream, table, stddev));
      i++;
    }
  } finally {
    kernel.wipe();
  }
}

/** The draw at the stream's next words, with its sign. */
function perturbOpen(stream: Keystream, table: QuantileTable, stddev: number): number {
  const low = stream.unsigned[stream.next];
  const high = stream.signed[stream.next + 1];
  stream.next += 2;
  return resolveDraw(low, high, table, stddev, stream);
}

function tooLarge(): PrivacyError<"numerical_failure"> {
  const reason = "a noised value reached 2^52 grid units";
  return new PrivacyError("numerical_failure", `noise on the grid was wanted, but ${reason}; choose a coarser grid`, {
    routine: "addNoise",
    reason,
  });
}
