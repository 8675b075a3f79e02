import { plainProduct, trialCases } from "./wide-cases.ts";
import { type Places, type Trial, type TrialCase, fillPlaces } from "./wide-places.ts";

/*
 * The wide build is for engines that fuse neighboring vectors, which V8 calls an experiment: a fault in it would be a
 * wrong sum, and a wrong sum a broken promise. So it is taken only after every case gave, again and again, the bits that
 * the relaxed build gives at its first call. A first call runs the code of V8's baseline compiler, which fuses nothing; the
 * optimizing compiler, which does, is asked for a function once 13 million bytes of its baseline code have run, and is
 * given time to answer: in these rounds that is every function with a vector in it (a test counts them). One product is
 * compared with plain arithmetic besides, in case there is no baseline. The same trial says whether another build may be
 * trusted under a flag that changes the code of all of them.
 *
 * What this does not prove: that a kernel agrees on other shapes and numbers, that the optimizing compiler was done by the
 * last round (it works in a thread of its own), and that a function is fused alike where V8 later writes it out inside one
 * that calls it. Nor is there a trial where the flag is set without a word of it in `process.execArgv`: by
 * `v8.setFlagsFromString`, or in a worker that was started with flags of its own.
 */

/** Rounds, and pauses in milliseconds in which the compiler has the processor to itself. */
const trials = { rounds: 2_400, pauses: 8, pauseMs: 20 } as const;

interface Seen {
  readonly bits: Int32Array;
  readonly returned: unknown;
}

/** What a trial found; a processor that does not fuse products and sums has no use for wide tiles, and no fault. */
export type Verdict = "sound" | "unfused" | "faulty";

/** Whether kernels give the bits of the relaxed build at its first call, before and after they are optimized. */
export function tryKernels(
  kernels: Trial,
  relaxed: Trial,
  { rounds, pauses, pauseMs }: Readonly<Record<keyof typeof trials, number>> = trials,
): Verdict {
  const places = fillPlaces(relaxed);
  const wanted = trialCases.map((one) => perform(relaxed, places, one));
  if (isProductBy(addTwiceRounded, relaxed, places, wanted[0].bits)) return "unfused";
  if (!isProductBy(multiplyAdd, relaxed, places, wanted[0].bits)) return "faulty";
  const own = fillPlaces(kernels);
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let round = 0; round < rounds; round++) {
    if (round % Math.ceil(rounds / pauses) === 0) Atomics.wait(clock, 0, 0, pauseMs);
    if (!trialCases.every((one, i) => repeats(kernels, own, one, wanted[i]))) return "faulty";
  }
  return "sound";
}

function perform(trial: Trial, places: Places, one: TrialCase): Seen {
  const returned = call(trial, places, one);
  return { bits: new Int32Array(trial.floats().buffer, places.out, one.size).slice(), returned };
}

/** Whether another call gives the same. */
function repeats(trial: Trial, places: Places, one: TrialCase, { bits, returned }: Seen): boolean {
  if (!Object.is(call(trial, places, one), returned)) return false;
  return Buffer.from(trial.floats().buffer, places.out, 4 * one.size).equals(new Uint8Array(bits.buffer));
}

function call(trial: Trial, places: Places, { size, run }: TrialCase): unknown {
  trial.floats().copyWithin(places.out / 4, places.floats / 4, places.floats / 4 + size);
  return run(trial.run, places);
}

/** Whether the product's bits are those of one operation x · y + z after the other. */
function isProductBy(
  step: (x: number, y: number, z: number) => number,
  trial: Trial,
  places: Places,
  bits: Int32Array,
): boolean {
  const { rows, depth, columns } = plainProduct;
  const a = trial.floats().subarray(places.floats / 4);
  const b = a.subarray(rows * depth);
  const bias = b.subarray(depth * columns);
  const c = new Float32Array(bits.buffer);
  return c.every((entry, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    let sum = bias[column];
    for (let k = 0; k < depth; k++) sum = step(a[row * depth + k], b[k * columns + column], sum);
    return Object.is(entry, sum);
  });
}

const addTwiceRounded = (x: number, y: number, z: number): number => Math.fround(Math.fround(x * y) + z);

const wordsOf = new Uint32Array(2);
const doubleOf = new Float64Array(wordsOf.buffer);

/**
 * x · y + z of f32 numbers, rounded once. The product is exact in f64; the sum is rounded to odd there, so that rounding
 * it to f32 is as rounding once (Boldo, Melquiond 2008, doi:10.1109/TC.2007.70819).
 */
function multiplyAdd(x: number, y: number, z: number): number {
  const product = x * y;
  const sum = product + z;
  const part = sum - product;
  const error = product - (sum - part) + (z - part);
  if (error === 0) return Math.fround(sum);
  doubleOf[0] = sum;
  if ((wordsOf[0] & 1) === 0) {
    if (error > 0 === sum > 0) wordsOf[0] |= 1;
    else if (wordsOf[0]-- === 0) wordsOf[1]--;
  }
  return Math.fround(doubleOf[0]);
}
