import type { KernelExports, Kernels } from "./kernels.ts";

/*
 * The memory that a trial of kernels works on, filled with made-up numbers.
 */

/** Kernels on a memory that nobody else has. */
export type Trial = Pick<Kernels, "run" | "base" | "floats">;

/** Where a case finds its numbers, in bytes: floats in [−2, 2], doubles in [−1, 1], words, what it may write to. */
export interface Places {
  readonly floats: number;
  readonly doubles: number;
  /** Polynomials for the noise, of eight doubles. */
  readonly table: number;
  readonly words: number;
  /** Numbers of table rows below `tableRows`, as f32; and an order of `orderLength` entries, i32. */
  readonly ids: number;
  readonly order: number;
  readonly out: number;
  readonly scratch: number;
  readonly tile: number;
}

export interface TrialCase {
  readonly name: string;
  /** Floats of `out` that are compared; before, they are those of `floats`. */
  readonly size: number;
  /** What it returns is compared too. */
  readonly run: (kernels: KernelExports, at: Places) => unknown;
}

export const tableRows = 8;
export const orderLength = 1009;

const regionFloats = 2 ** 16;
/** The doubles from here on. */
const tableFrom = 2 ** 14;

/** A memory's places, filled with the same numbers every time: within the 4 MiB that kernels have at first. */
export function fillPlaces({ base, floats }: Trial): Places {
  const start = Math.ceil(base / 64) * 64;
  const region = (index: number): number => start + 4 * regionFloats * index;
  const singles = floats();
  const { buffer } = singles;
  const next = numbersFrom(20_251_125);
  const [a, b, c] = [region(0), region(1), region(2)];
  for (let k = 0; k < regionFloats; k++) singles[a / 4 + k] = 4 * next() - 2;
  const doubles = new Float64Array(buffer, b, regionFloats / 2);
  for (let k = 0; k < doubles.length; k++) doubles[k] = 2 * next() - 1;
  // of places up to 2⁵⁶ in size
  for (let k = tableFrom; k < doubles.length; k++) doubles[k] *= 2 ** (-57 * (k % 8));
  const words = new Uint32Array(buffer, c, 2048);
  for (let k = 0; k < words.length; k++) words[k] = 2 ** 32 * next();
  words.set([9, 64, 98]);
  const [ids, order] = [c + 2 ** 15, c + 2 ** 16];
  for (let k = 0; k < 2 ** 10; k++) singles[ids / 4 + k] = Math.floor(tableRows * next());
  new Int32Array(buffer, order, orderLength).set(Array.from({ length: orderLength }, (_, k) => (7 * k) % orderLength));
  return {
    floats: a,
    doubles: b,
    table: b + 8 * tableFrom,
    words: c,
    ids,
    order,
    out: region(3),
    scratch: region(4),
    tile: region(5),
  };
}

/** Mulberry32: numbers in [0, 1). */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
