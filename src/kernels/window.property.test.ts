import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { madeUp, startMemory } from "./kernels.fixture.ts";
import type { PoolWalk, WindowWalk } from "./index.ts";

const small = fc.integer({ min: 1, max: 3 });
const shape = fc.record({
  height: fc.integer({ min: 3, max: 9 }),
  width: fc.integer({ min: 3, max: 9 }),
  channels: fc.constantFrom(1, 2, 3, 4, 5, 8, 11),
  windowHeight: small,
  windowWidth: small,
  strideY: small,
  strideX: small,
  rate: fc.constantFrom(1, 1, 2),
  seed: fc.nat(),
});
type Shape = Parameters<Parameters<typeof shape.map>[0]>[0];

const positions = (size: number, window: number, stride: number, rate = 1): number =>
  Math.max(1, Math.floor((size - ((window - 1) * rate + 1)) / stride) + 1);

function windowWalk(s: Shape): { walk: WindowWalk; size: number; at: (t: number, k: number) => number } {
  const [wide, tall] = [Math.min(s.windowWidth, s.rate === 1 ? 3 : 2), Math.min(s.windowHeight, s.rate === 1 ? 3 : 2)];
  const [py, px] = [positions(s.height, tall, s.strideY, s.rate), positions(s.width, wide, s.strideX, s.rate)];
  const line = s.width * s.channels;
  const run = s.rate === 1 ? wide * s.channels : s.channels;
  const walk: WindowWalk = [
    py,
    px,
    s.strideY * line,
    s.strideX * s.channels,
    tall,
    s.rate * line,
    s.rate === 1 ? 1 : wide,
    run,
    s.rate * s.channels,
  ];
  const perWindow = tall * wide * s.channels;
  const at = (t: number, k: number): number => {
    const [y, x] = [Math.floor(t / px) * s.strideY, (t % px) * s.strideX];
    const [cell, c] = [Math.floor(k / s.channels), k % s.channels];
    const [i, j] = [Math.floor(cell / wide) * s.rate, (cell % wide) * s.rate];
    return ((y + i) * s.width + x + j) * s.channels + c;
  };
  return { walk, size: py * px * perWindow, at: (t, k) => at(t, k % perWindow) };
}

describe("the windows of a convolution", () => {
  it("read what their position says, for strides, dilations and any number of channels", () => {
    const check = fc.property(shape, (s) => {
      const { walk, size, at } = windowWalk(s);
      const image = madeUp(s.height * s.width * s.channels, s.seed);
      const { run, take, put, floats } = startMemory();
      const columns = take(4 * size);
      run.copyWindows(columns, put(image), ...walk);
      const perWindow = size / (walk[0] * walk[1]);
      const wanted = Float32Array.from({ length: size }, (_, n) => image[at(Math.floor(n / perWindow), n)]);
      // n counts from the first window: only its rest within the window matters
      expect(floats(columns, size)).toEqual(wanted);
    });
    fc.assert(check, { seed: 50, numRuns: 80 });
  });

  it("are added back by the transpose of reading: ⟨read x, c⟩ = ⟨x, add c⟩", () => {
    const check = fc.property(shape, (s) => {
      const { walk, size } = windowWalk(s);
      // whole numbers, so that both sides are exact
      const image = madeUp(s.height * s.width * s.channels, s.seed).map((v) => Math.round(8 * v));
      const weights = madeUp(size, s.seed + 1).map((v) => Math.round(8 * v));
      const { run, take, put, floats } = startMemory();
      const columns = take(4 * size);
      run.copyWindows(columns, put(image), ...walk);
      const back = take(4 * image.length);
      run.clear(back, 4 * image.length);
      run.addWindows(back, put(weights), ...walk);
      const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, v, k) => sum + v * b[k], 0);
      expect(dot(floats(columns, size), weights)).toBe(dot(image, floats(back, image.length)));
    });
    fc.assert(check, { seed: 51, numRuns: 80 });
  });
});

describe("pooling", () => {
  const padded = fc.tuple(shape, fc.nat({ max: 1 }), fc.nat({ max: 1 }));

  function poolWalk(
    s: Shape,
    top: number,
    left: number,
  ): { walk: PoolWalk; count: number; cells: (n: number) => number[] } {
    const [tall, wide] = [Math.max(s.windowHeight, top + 1), Math.max(s.windowWidth, left + 1)];
    const [py, px] = [positions(s.height + top, tall, s.strideY), positions(s.width + left, wide, s.strideX)];
    const walk: PoolWalk = [s.height, s.width, s.channels, py, px, tall, wide, s.strideY, s.strideX, top, left];
    const cells = (n: number): number[] => {
      const [t, c] = [Math.floor(n / s.channels), n % s.channels];
      const [y, x] = [Math.floor(t / px) * s.strideY - top, (t % px) * s.strideX - left];
      const found: number[] = [];
      for (let i = Math.max(0, y); i < Math.min(s.height, y + tall); i++) {
        for (let j = Math.max(0, x); j < Math.min(s.width, x + wide); j++)
          found.push((i * s.width + j) * s.channels + c);
      }
      return found;
    };
    return { walk, count: py * px * s.channels, cells };
  }

  it("takes the largest cell inside the image, the first of equals, and gives it the whole gradient", () => {
    const check = fc.property(padded, ([s, top, left]) => {
      const { walk, count, cells } = poolWalk(s, top, left);
      // few different values: many are equal
      const image = madeUp(s.height * s.width * s.channels, s.seed).map((v) => Math.round(v) + 0);
      const { run, take, put, floats, ints } = startMemory();
      const [pooled, at, back] = [take(4 * count), take(4 * count), take(4 * image.length)];
      run.poolLargest(pooled, at, put(image), ...walk);
      const gradient = Float32Array.from({ length: count }, (_, n) => n + 1);
      run.clear(back, 4 * image.length);
      run.spreadLargest(back, put(gradient), at, count);
      const [maxima, chosen] = [floats(pooled, count), ints(at, count)];
      const wanted = new Float32Array(image.length);
      for (let n = 0; n < count; n++) {
        const own = cells(n);
        const largest = Math.max(...own.map((cell) => image[cell]));
        const first = own.find((cell) => image[cell] === largest) ?? -1;
        expect([maxima[n], chosen[n]]).toEqual([largest, first]);
        wanted[first] += gradient[n];
      }
      expect(floats(back, image.length)).toEqual(wanted);
    });
    fc.assert(check, { seed: 52, numRuns: 40 });
  });

  it("averages the cells inside the image, and spreads the gradient over the same", () => {
    const check = fc.property(padded, ([s, top, left]) => {
      const { walk, count, cells } = poolWalk(s, top, left);
      const image = madeUp(s.height * s.width * s.channels, s.seed);
      const { run, take, put, floats } = startMemory();
      const [pooled, back] = [take(4 * count), take(4 * image.length)];
      run.poolAverage(pooled, put(image), ...walk, 0);
      const means = floats(pooled, count);
      const gradient = madeUp(count, s.seed + 1);
      run.clear(back, 4 * image.length);
      run.poolAverage(put(gradient), back, ...walk, 1);
      const wanted = new Float64Array(image.length);
      for (let n = 0; n < count; n++) {
        const own = cells(n);
        expect(means[n]).toBeCloseTo(own.reduce((sum, cell) => sum + image[cell], 0) / own.length, 5);
        for (const cell of own) wanted[cell] += gradient[n] / own.length;
      }
      floats(back, image.length).forEach((value, k) => expect(value).toBeCloseTo(wanted[k], 4));
    });
    fc.assert(check, { seed: 53, numRuns: 40 });
  });
});
