import { type KernelExports, openKernels, tileFloats } from "./index.ts";

/** A small generator for made-up numbers in tests (mulberry32). */
export function testNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function madeUp(size: number, seed: number): Float32Array {
  const next = testNumbers(seed);
  return Float32Array.from({ length: size }, () => 4 * next() - 2);
}

interface TestMemory {
  readonly run: KernelExports;
  readonly tile: number;
  /** So many bytes. */
  readonly take: (bytes: number) => number;
  /** Floats, copied in. */
  readonly put: (values: ArrayLike<number>) => number;
  readonly putDoubles: (values: ArrayLike<number>) => number;
  readonly putInts: (values: ArrayLike<number>) => number;
  readonly floats: (at: number, size: number) => Float32Array;
  readonly ints: (at: number, size: number) => Int32Array;
  readonly doubles: (at: number, size: number) => Float64Array;
}

/** The kernels' memory from its first free byte on, filled with rubbish: no kernel may rely on what was there. */
export function startMemory(): TestMemory {
  const kernels = openKernels();
  kernels.reserve(2 ** 23);
  let end = Math.ceil(kernels.base / 64) * 64;
  kernels.floats().fill(Number.NaN, end / 4, end / 4 + 2 ** 19);
  const take = (bytes: number): number => {
    const at = end;
    end = Math.ceil((end + bytes) / 64) * 64 + 64;
    return at;
  };
  const { buffer } = kernels.floats();
  return {
    run: kernels.run,
    tile: take(4 * tileFloats),
    take,
    put(values: ArrayLike<number>): number {
      const at = take(4 * values.length);
      kernels.floats().set(values, at / 4);
      return at;
    },
    floats: (at: number, size: number): Float32Array => new Float32Array(buffer, at, size).slice(),
    ints: (at: number, size: number): Int32Array => new Int32Array(buffer, at, size).slice(),
    doubles: (at: number, size: number): Float64Array => new Float64Array(buffer, at, size).slice(),
    putInts(values: ArrayLike<number>): number {
      const at = take(4 * values.length);
      new Int32Array(buffer, at, values.length).set(values);
      return at;
    },
    putDoubles(values: ArrayLike<number>): number {
      const at = take(8 * values.length);
      new Float64Array(buffer, at, values.length).set(values);
      return at;
    },
  };
}

export const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;
