import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
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
  const panels = take(4 * inner * roundUp(columns, 8));
  run.pack(panels, put(b), inner, columns, columns, 1, 8);
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
      const panels = take(4 * inner * roundUp(columns, 8));
      run.pack(panels, put(madeUp(inner * columns, 5)), inner, columns, columns, 1, 8);
      const to = take(4 * rows * columns);
      const a = put(Array.from({ length: rows }, () => [...row]).flat());
      run.multiply(to, a, inner, 1, panels, rows, inner, columns, 0, tile);
      const c = floats(to, rows * columns);
      for (let i = 1; i < rows; i++) expect(c.slice(i * columns, (i + 1) * columns)).toEqual(c.slice(0, columns));
    });
    fc.assert(check, { seed: 42, numRuns: 40 });
  });
});

describe("the sum of a run on the grid", () => {
  const runs = fc.record({
    rows: fc.integer({ min: 1, max: 96 }),
    inputs: side,
    units: side,
    exponent: fc.constantFrom(4, 18),
    seed: fc.nat(),
  });

  /** aᵀ·h on the grid by one of the two kernels, on totals that held something before. */
  function sumRun(
    kernel: "addRun" | "addLongRun",
    rows: number,
    inputs: number,
    units: number,
    scale: number,
    seed: number,
  ) {
    const [a, h] = [madeUp(rows * inputs, seed), madeUp(rows * units, seed + 1)];
    const { run, take, put, putDoubles, tile, doubles } = startMemory();
    const [left, right] = [take(4 * rows * roundUp(inputs, 4)), take(4 * rows * roundUp(units, 8))];
    run.pack(left, put(a), rows, inputs, inputs, 1, 4);
    run.pack(right, put(h), rows, units, units, 1, 8);
    const before = Float64Array.from({ length: inputs * units }, (_, k) => k - 7);
    const totals = putDoubles(before);
    run[kernel](totals, left, right, rows, inputs, units, scale, tile);
    return { a, h, sums: doubles(totals, inputs * units).map((value, k) => value - before[k]) };
  }

  it("adds whole numbers within half a step and the roundings of f32 of the real sum", () => {
    const check = fc.property(runs, ({ rows, inputs, units, exponent, seed }) => {
      const { a, h, sums } = sumRun("addRun", rows, inputs, units, 2 ** exponent, seed);
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
      const { a, h, sums } = sumRun("addLongRun", rows, inputs, units, 2 ** exponent, seed);
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
});
