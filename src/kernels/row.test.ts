import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ActivationName, activationCodes, openKernels } from "./index.ts";
import { madeUp, startMemory } from "./kernels.fixture.ts";

const smallestNormal = 2 ** -126;
const sizes = fc.integer({ min: 0, max: 19 });
const row = fc.array(
  fc.oneof(
    fc.double({ noNaN: true, min: -1e3, max: 1e3 }),
    fc.double({ noNaN: true, min: -1e-37, max: 1e-37 }),
    fc.constantFrom(0, -0, smallestNormal, smallestNormal / 2, 3.4e38, -3.4e38),
  ),
  { maxLength: 19 },
);

describe("what is kept of a row", () => {
  it("is the row with subnormals as zero, and its squared norm in f64", () => {
    const check = fc.property(row, (values) => {
      const { run, put, take, floats } = startMemory();
      const source = Float32Array.from(values);
      const to = take(4 * source.length);
      const squares = run.storeRow(to, put(source), source.length);
      const kept = source.map((v) => (Math.abs(v) < smallestNormal ? 0 : v));
      expect([...floats(to, source.length)].map((v) => v + 0)).toEqual([...kept].map((v) => v + 0));
      const wanted = kept.reduce((sum, v) => sum + v * v, 0);
      expect(Math.abs(squares - wanted)).toBeLessThanOrEqual(1e-14 * wanted);
    });
    fc.assert(check, { seed: 60, numRuns: 300 });
  });

  it("says so when an entry is not finite, at any place", () => {
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      for (let size = 1; size < 12; size++) {
        for (let at = 0; at < size; at++) {
          const { run, put, take } = startMemory();
          const source = madeUp(size, at).fill(bad, at, at + 1);
          expect(Number.isFinite(run.storeRow(take(4 * size), put(source), size))).toBe(false);
          expect(Number.isFinite(run.sumSquares(put(source), size))).toBe(false);
        }
      }
    }
  });

  it("is scaled in f64, rounded once to f32, and measured as it is stored", () => {
    const check = fc.property(row, fc.double({ min: 0, max: 1, noNaN: true }), (values, scale) => {
      const { run, put, take, floats } = startMemory();
      const source = Float32Array.from(values);
      const to = take(4 * source.length);
      const squares = run.storeScaled(to, put(source), source.length, scale);
      const kept = source.map((v) => Math.fround(v * scale)).map((v) => (Math.abs(v) < smallestNormal ? 0 : v));
      expect([...floats(to, source.length)].map((v) => v + 0)).toEqual([...kept].map((v) => v + 0));
      const wanted = kept.reduce((sum, v) => sum + v * v, 0);
      expect(Math.abs(squares - wanted)).toBeLessThanOrEqual(1e-14 * wanted);
    });
    fc.assert(check, { seed: 61, numRuns: 300 });
  });

  it("is added, summed over positions and rounded to whole numbers in f64", () => {
    const check = fc.property(sizes, fc.integer({ min: 1, max: 6 }), fc.nat(), (columns, rows, seed) => {
      const { run, put, putDoubles, take, floats, doubles } = startMemory();
      const values = madeUp(rows * columns, seed);
      const sums = putDoubles(Float64Array.from({ length: columns }, (_, k) => k / 3));
      run.addScaled(sums, put(values), columns, 0.7);
      doubles(sums, columns).forEach((sum, k) => expect(sum).toBeCloseTo(k / 3 + 0.7 * values[k], 14));
      run.roundSums(sums, columns, 1024);
      doubles(sums, columns).forEach((sum, k) =>
        expect(Math.abs(sum - 1024 * (k / 3 + 0.7 * values[k]))).toBeLessThan(0.501),
      );
      doubles(sums, columns).forEach((sum) => expect(Number.isInteger(sum)).toBe(true));
      const out = take(4 * columns);
      run.sumColumns(out, put(values), rows, columns);
      floats(out, columns).forEach((sum, k) => {
        let wanted = 0;
        for (let r = 0; r < rows; r++) wanted += values[r * columns + k];
        expect(sum).toBe(Math.fround(wanted));
      });
    });
    fc.assert(check, { seed: 62, numRuns: 200 });
  });
});

describe("activations", () => {
  const known: Record<
    Exclude<ActivationName, "linear">,
    { value: (x: number) => number; slope: (x: number) => number }
  > = {
    relu: { value: (x) => Math.max(x, 0), slope: (x) => Number(x > 0) },
    tanh: { value: Math.tanh, slope: (x) => 1 - Math.tanh(x) ** 2 },
    sigmoid: { value: (x) => 1 / (1 + Math.exp(-x)), slope: (x) => Math.exp(-x) / (1 + Math.exp(-x)) ** 2 },
    elu: { value: (x) => (x < 0 ? Math.expm1(x) : x), slope: (x) => (x < 0 ? Math.exp(x) : 1) },
    softplus: { value: (x) => Math.log1p(Math.exp(x)), slope: (x) => 1 / (1 + Math.exp(-x)) },
    hardSigmoid: { value: (x) => Math.min(1, Math.max(0, 0.2 * x + 0.5)), slope: (x) => (Math.abs(x) < 2.5 ? 0.2 : 0) },
  };

  it.each(Object.entries(known))("%s is the function to f32, and its gradient the slope", (name, { value, slope }) => {
    const points = [0, 1e-30, -1e-30, 1e-5, -1e-5, 1e-4, -1.1e-3, 0.5, -0.5, 3, -3, 17, -17, 60, -60, ...madeUp(40, 3)];
    const x = Float32Array.from(points);
    const { run, put, floats } = startMemory();
    const at = put(x);
    const code = activationCodes[name as ActivationName];
    run.activate(code, at, x.length);
    const gradient = put(new Float32Array(x.length).fill(3));
    run.deactivate(code, gradient, at, x.length);
    const [y, g] = [floats(at, x.length), floats(gradient, x.length)];
    x.forEach((v, k) => {
      expect(Math.abs(y[k] - value(v))).toBeLessThanOrEqual(2 ** -22 * Math.abs(value(v)) + 1e-38);
      // from the rounded output: twice its absolute error
      expect(Math.abs(g[k] / 3 - slope(v))).toBeLessThanOrEqual(2 ** -21);
    });
  });

  it.each(Object.keys(known))("%s passes on what is not a number, on both ways", (name) => {
    for (let size = 1; size < 9; size++) {
      const { run, put, floats } = startMemory();
      const at = put(new Float32Array(size).fill(Number.NaN));
      const code = activationCodes[name as ActivationName];
      run.activate(code, at, size);
      const gradient = put(new Float32Array(size).fill(1));
      run.deactivate(code, gradient, at, size);
      expect([...floats(at, size), ...floats(gradient, size)].every(Number.isNaN)).toBe(true);
    }
  });
});

describe("the kernels", () => {
  it("are opened once in a thread, and their memory grows without losing what it holds", () => {
    const kernels = openKernels();
    expect(openKernels()).toBe(kernels);
    const { put } = startMemory();
    const at = put([1, 2, 3]);
    const before = kernels.floats().length;
    kernels.reserve(4 * before + 1);
    expect(kernels.floats().length).toBeGreaterThan(before);
    expect([...kernels.floats().subarray(at / 4, at / 4 + 3)]).toEqual([1, 2, 3]);
  });

  it("refuse more memory than there can be, without its size", () => {
    expect(() => openKernels().reserve(2 ** 33)).toThrow(/\[invalid_argument\] batch must be small enough/);
  });
});
