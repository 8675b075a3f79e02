import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { panelColumns, panelInputs } from "./index.ts";
import { madeUp, roundUp, startMemory } from "./kernels.fixture.ts";

const u32 = 2 ** -24;
const side = fc.integer({ min: 1, max: 21 });
// below, at and above the depths at which a product is taken in several passes
const depth = fc.oneof(side, fc.constantFrom(399, 400, 401, 800, 801, 1203));

interface Product {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly isTransposed: boolean;
  readonly hasBias: boolean;
  readonly seed: number;
}

const product = fc.record<Product>({
  rows: fc.oneof(side, fc.constantFrom(63, 64, 65, 130)),
  inner: depth,
  columns: side,
  isTransposed: fc.boolean(),
  hasBias: fc.boolean(),
  seed: fc.nat(),
});

/** a · b + bias by the kernels; a lies transposed in memory if so asked. */
function multiply({ rows, inner, columns, isTransposed, hasBias, seed }: Product, keep = rows) {
  const [a, b, bias] = [madeUp(rows * inner, seed), madeUp(inner * columns, seed + 1), madeUp(columns, seed + 2)];
  const memory = startMemory();
  const { run, take, put, tile } = memory;
  const laid = isTransposed ? a.map((_, k) => a[(k % rows) * inner + Math.floor(k / rows)]) : a;
  const panels = take(4 * inner * roundUp(columns, panelColumns));
  run.pack(panels, put(b), inner, columns, columns, 1);
  const to = take(4 * keep * columns);
  const [aRow, aStep] = isTransposed ? [1, rows] : [inner, 1];
  run.multiply(to, put(laid), aRow, aStep, panels, keep, inner, columns, hasBias ? put(bias) : 0, tile);
  return { a, b, bias: hasBias ? bias : new Float32Array(columns), c: memory.floats(to, keep * columns) };
}

describe("the product of two matrices", () => {
  it("is within the bound of its roundings of the product in f64, for any shape and either layout", () => {
    const check = fc.property(product, (shape) => {
      const { rows, inner, columns } = shape;
      const { a, b, bias, c } = multiply(shape);
      let worst = 0;
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          let [wanted, size] = [bias[j], Math.abs(bias[j])];
          for (let k = 0; k < inner; k++) {
            const term = a[i * inner + k] * b[k * columns + j];
            wanted += term;
            size += Math.abs(term);
          }
          // Higham 2002, (3.5): γ_n with one rounding more for each pass and the bias
          worst = Math.max(worst, Math.abs(c[i * columns + j] - wanted) / ((inner + 5) * u32 * size * 1.001));
        }
      }
      expect(worst).toBeLessThanOrEqual(1);
    });
    fc.assert(check, { seed: 40, numRuns: 100 });
  });

  it("gives each row the same bits whatever rows come after it", () => {
    const check = fc.property(product, fc.nat(), (shape, seed) => {
      const keep = 1 + (seed % shape.rows);
      const whole = multiply(shape).c;
      expect(multiply(shape, keep).c).toEqual(whole.slice(0, keep * shape.columns));
    });
    fc.assert(check, { seed: 41, numRuns: 60 });
  });

  it("gives equal rows equal results wherever they stand", () => {
    const check = fc.property(product, (shape) => {
      const { inner, columns } = shape;
      const rows = 11;
      const row = madeUp(inner, shape.seed);
      const { run, take, put, tile, floats } = startMemory();
      const panels = take(4 * inner * roundUp(columns, panelColumns));
      run.pack(panels, put(madeUp(inner * columns, 5)), inner, columns, columns, 1);
      const to = take(4 * rows * columns);
      const a = put(Array.from({ length: rows }, () => [...row]).flat());
      run.multiply(to, a, inner, 1, panels, rows, inner, columns, 0, tile);
      const c = floats(to, rows * columns);
      for (let i = 1; i < rows; i++) expect(c.slice(i * columns, (i + 1) * columns)).toEqual(c.slice(0, columns));
    });
    fc.assert(check, { seed: 42, numRuns: 40 });
  });
});

/** Σ over runs of aᵀ·h on the grid, by the kernels, on totals that held something before. */
function sumRuns(
  lengths: number[],
  a: Float32Array,
  h: Float32Array,
  longest: number,
  inputs: number,
  units: number,
  scale: number,
) {
  const { run, take, put, putDoubles, putInts, tile, doubles } = startMemory();
  const rows = lengths.reduce((sum, length) => sum + length, 0);
  const [left, right] = [take(4 * rows * roundUp(inputs, panelInputs)), take(4 * rows * roundUp(units, panelColumns))];
  const at = putInts(lengths);
  run.packLeftRuns(left, put(a), at, lengths.length, inputs, inputs);
  run.packRuns(right, put(h), at, lengths.length, units);
  const totals = putDoubles(new Float64Array(inputs * units).fill(0.5));
  run.addRuns(totals, left, right, at, lengths.length, longest, inputs, units, scale, tile);
  return { sums: doubles(totals, inputs * units) };
}

describe("the sum of a run on the grid", () => {
  const runs = fc.record({
    rows: fc.integer({ min: 1, max: 96 }),
    inputs: side,
    units: side,
    exponent: fc.constantFrom(4, 18),
    seed: fc.nat(),
  });

  /** aᵀ·h on the grid, in f32 or in f64. */
  function sumRun(isLong: boolean, rows: number, inputs: number, units: number, scale: number, seed: number) {
    const [a, h] = [madeUp(rows * inputs, seed), madeUp(rows * units, seed + 1)];
    const { sums } = sumRuns([rows], a, h, isLong ? 0 : rows, inputs, units, scale);
    return { a, h, sums };
  }

  it("adds whole numbers within half a step and the roundings of f32 of the real sum", () => {
    const check = fc.property(runs, ({ rows, inputs, units, exponent, seed }) => {
      const { a, h, sums } = sumRun(false, rows, inputs, units, 2 ** exponent, seed);
      for (let k = 0; k < sums.length; k++) {
        let [wanted, size] = [0, 0];
        for (let row = 0; row < rows; row++) {
          const term = a[row * inputs + Math.floor(k / units)] * h[row * units + (k % units)];
          wanted += term;
          size += Math.abs(term);
        }
        expect(Number.isInteger(sums[k])).toBe(true);
        expect(Math.abs(sums[k] - wanted * 2 ** exponent)).toBeLessThanOrEqual(
          0.5 + rows * u32 * 1.001 * size * 2 ** exponent,
        );
      }
    });
    fc.assert(check, { seed: 43, numRuns: 60 });
  });

  it("loses nothing but the last rounding where it adds in f64", () => {
    const check = fc.property(runs, ({ rows, inputs, units, exponent, seed }) => {
      const { a, h, sums } = sumRun(true, rows, inputs, units, 2 ** exponent, seed);
      for (let k = 0; k < sums.length; k++) {
        let wanted = 0;
        for (let row = 0; row < rows; row++) {
          wanted += a[row * inputs + Math.floor(k / units)] * h[row * units + (k % units)];
        }
        expect(Number.isInteger(sums[k])).toBe(true);
        expect(Math.abs(sums[k] - wanted * 2 ** exponent)).toBeLessThanOrEqual(0.5 + 1e-9);
      }
    });
    fc.assert(check, { seed: 44, numRuns: 60 });
  });

  it("is for several runs the sum of what each gives alone, short or long, some of them empty", () => {
    const several = fc.record({
      lengths: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9 }), fc.constant(40)), {
        minLength: 1,
        maxLength: 5,
      }),
      inputs: side,
      units: side,
      seed: fc.nat(),
    });
    const check = fc.property(several, ({ lengths, inputs, units, seed }) => {
      const rows = lengths.reduce((sum, length) => sum + length, 0);
      const [a, h] = [madeUp(rows * inputs, seed), madeUp(rows * units, seed + 1)];
      const [longest, scale] = [8, 2 ** 12];
      const { sums } = sumRuns(lengths, a, h, longest, inputs, units, scale);
      const wanted = new Float64Array(inputs * units);
      let first = 0;
      for (const length of lengths) {
        const [mine, yours] = [
          a.slice(first * inputs, (first + length) * inputs),
          h.slice(first * units, (first + length) * units),
        ];
        const alone = sumRuns([length], mine, yours, longest, inputs, units, scale);
        alone.sums.forEach((value, k) => (wanted[k] += value));
        first += length;
      }
      expect(sums).toEqual(wanted);
    });
    fc.assert(check, { seed: 45, numRuns: 40 });
  });
});
