import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { madeUp, startMemory } from "./kernels.fixture.ts";
import { activationCodes } from "./kernels.ts";
import { combineCodes } from "./layer-kernels.ts";

const close = (got: ArrayLike<number>, wanted: readonly number[], tolerance = 1e-5): void => {
  expect(got.length).toBe(wanted.length);
  wanted.forEach((value, k) => expect(Math.abs(got[k] - value)).toBeLessThanOrEqual(tolerance * (1 + Math.abs(value))));
};
const times = <T>(count: number, make: (k: number) => T): T[] => Array.from({ length: count }, (_, k) => make(k));
const size = fc.integer({ min: 1, max: 9 });
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const [tanhCode, sigmoidCode] = [activationCodes.tanh, activationCodes.sigmoid];

/** The laws of recurrent steps and of entrywise kernels, by plain loops in f64. For both builds. */
export function describeStepKernels(): void {
  describe("recurrent steps", () => {
    const cases = fc.record({ rows: size, units: size, step: fc.integer({ min: 0, max: 2 }), seed: fc.nat() });
    const steps = 3;

    /** Values of one row at one place of a `[rows, steps, width]` buffer. */
    const at = (values: ArrayLike<number>, row: number, place: number, width: number): number[] =>
      times(width, (k) => values[(row * steps + place) * width + k]);

    it("an LSTM's is its equations, and its way back their gradient", () => {
      const check = fc.property(cases, ({ rows, units, step, seed }) => {
        const { run, put, take, floats } = startMemory();
        const position = steps - 1 - step;
        const [z, c0] = [madeUp(rows * steps * 4 * units, seed), madeUp(rows * steps * units, seed + 1)];
        const [dh, dc] = [madeUp(rows * units, seed + 2), madeUp(rows * units, seed + 3)];
        const n = rows * steps * units;
        const [gates, cells, states, curved, gradient] = [put(z), put(c0), take(4 * n), take(4 * n), take(16 * n)];
        const [h, c] = [put(dh), put(dc)];
        const walk = [rows, steps, step, position, units, tanhCode, sigmoidCode] as const;
        run.lstmStep(gates, states, cells, curved, ...walk);
        run.lstmStepBack(gradient, h, c, gates, cells, curved, ...walk);
        for (let row = 0; row < rows; row++) {
          const [zi, zf, zg, zo] = times(4, (g) => at(z, row, position, 4 * units).slice(g * units, (g + 1) * units));
          const before = step === 0 ? times(units, () => 0) : at(c0, row, step - 1, units);
          const [i, f, g, o] = [zi.map(sigmoid), zf.map(sigmoid), zg.map(Math.tanh), zo.map(sigmoid)];
          const cell = times(units, (k) => f[k] * before[k] + i[k] * g[k]);
          close(at(floats(cells, n), row, step, units), cell);
          close(
            at(floats(states, n), row, step, units),
            times(units, (k) => o[k] * Math.tanh(cell[k])),
          );
          const up = times(units, (k) => dh[row * units + k]);
          const total = times(units, (k) => up[k] * o[k] * (1 - Math.tanh(cell[k]) ** 2) + dc[row * units + k]);
          const wanted = [
            times(units, (k) => total[k] * g[k] * i[k] * (1 - i[k])),
            times(units, (k) => total[k] * before[k] * f[k] * (1 - f[k])),
            times(units, (k) => total[k] * i[k] * (1 - g[k] ** 2)),
            times(units, (k) => up[k] * Math.tanh(cell[k]) * o[k] * (1 - o[k])),
          ].flat();
          close(at(floats(gradient, 4 * n), row, position, 4 * units), wanted);
          close(
            floats(c, rows * units).subarray(row * units, (row + 1) * units),
            times(units, (k) => total[k] * f[k]),
          );
        }
      });
      fc.assert(check, { seed: 81, numRuns: 40 });
    });

    it("a GRU's is its equations, and its way back their gradient", () => {
      const check = fc.property(cases, ({ rows, units, step, seed }) => {
        const { run, put, take, floats } = startMemory();
        const position = step;
        const [z, h0] = [madeUp(rows * steps * 3 * units, seed), madeUp(rows * steps * units, seed + 1)];
        const [dh, dreset] = [madeUp(rows * units, seed + 2), madeUp(rows * units, seed + 3)];
        const n = rows * steps * units;
        const [gates, states, reset, gradient] = [put(z), put(h0), take(4 * n), take(12 * n)];
        const h = put(dh);
        const walk = [rows, steps, step, position, units] as const;
        run.gruGates(gates, states, reset, ...walk, sigmoidCode);
        run.gruStep(gates, states, ...walk, tanhCode);
        run.gruStepBack(gradient, h, gates, states, ...walk, tanhCode, sigmoidCode);
        run.gruResetBack(gradient, h, put(dreset), gates, states, ...walk, sigmoidCode);
        for (let row = 0; row < rows; row++) {
          const [xz, xr, xc] = times(3, (g) => at(z, row, position, 3 * units).slice(g * units, (g + 1) * units));
          const before = step === 0 ? times(units, () => 0) : at(h0, row, step - 1, units);
          const [keep, r, candidate] = [xz.map(sigmoid), xr.map(sigmoid), xc.map(Math.tanh)];
          close(
            at(floats(reset, n), row, step, units),
            times(units, (k) => r[k] * before[k]),
          );
          const state = times(units, (k) => keep[k] * before[k] + (1 - keep[k]) * candidate[k]);
          close(at(floats(states, n), row, step, units), state);
          const [up, back] = [dh, dreset].map((d) => times(units, (k) => d[row * units + k])) as [number[], number[]];
          const wanted = [
            times(units, (k) => up[k] * (before[k] - candidate[k]) * keep[k] * (1 - keep[k])),
            times(units, (k) => back[k] * before[k] * r[k] * (1 - r[k])),
            times(units, (k) => up[k] * (1 - keep[k]) * (1 - candidate[k] ** 2)),
          ].flat();
          close(at(floats(gradient, 3 * n), row, position, 3 * units), wanted);
          const left = times(units, (k) => up[k] * keep[k] + back[k] * r[k]);
          close(floats(h, rows * units).subarray(row * units, (row + 1) * units), left);
        }
      });
      fc.assert(check, { seed: 82, numRuns: 40 });
    });

    it("a plain one is its activation, and its way back its slope", () => {
      const { run, put, take, floats } = startMemory();
      const z = madeUp(2 * steps * 5, 4);
      const [gates, states, gradient] = [put(z), take(4 * z.length), take(4 * z.length)];
      run.simpleStep(gates, states, 2, steps, 1, 1, 5, tanhCode);
      const dh = madeUp(10, 5);
      run.simpleStepBack(gradient, put(dh), gates, 2, steps, 1, 5, tanhCode);
      for (const row of [0, 1]) {
        const x = at(z, row, 1, 5);
        close(at(floats(states, z.length), row, 1, 5), x.map(Math.tanh));
        const slopes = x.map((v, k) => dh[row * 5 + k] * (1 - Math.tanh(v) ** 2));
        close(at(floats(gradient, z.length), row, 1, 5), slopes);
      }
    });

    it("keeps what a row had where it leaves a step out", () => {
      const { run, put, floats } = startMemory();
      const ids = put([1, 0, 2, /* the second row */ 0, 3, 4]);
      const [states, dh, kept, gates] = [madeUp(12, 1), madeUp(4, 2), madeUp(4, 3), madeUp(12, 4)].map(put) as [
        number,
        number,
        number,
        number,
      ];
      const [before, gradient] = [floats(states, 12), floats(dh, 4)];
      run.keepStates(states, ids, 2, 3, 1, 1, 2);
      run.keepStates(states, ids, 2, 3, 0, 0, 2);
      const wanted = [...before];
      wanted.splice(2, 2, before[0], before[1]);
      wanted.splice(6, 2, 0, 0);
      expect([...floats(states, 12)]).toEqual(wanted);
      run.setAside(kept, dh, ids, 2, 3, 1, 2);
      expect([...floats(kept, 4)]).toEqual([gradient[0], gradient[1], 0, 0]);
      expect([...floats(dh, 4)]).toEqual([0, 0, gradient[2], gradient[3]]);
      const old = floats(gates, 12);
      run.clearGates(gates, ids, 2, 3, 1, 2);
      expect([...floats(gates, 12)]).toEqual([...old].map((v, k) => (k === 2 || k === 3 ? 0 : v)));
    });
  });

  describe("entries", () => {
    it("are combined, scaled, rearranged and bent one by one", () => {
      const check = fc.property(fc.integer({ min: 1, max: 23 }), fc.nat(), (count, seed) => {
        const { run, put, take, floats } = startMemory();
        const [a, b, g] = [madeUp(count, seed), madeUp(count, seed + 1), madeUp(count, seed + 2)];
        const to = take(4 * count);
        const functions = {
          add: (x: number, y: number) => x + y,
          subtract: (x: number, y: number) => x - y,
          multiply: (x: number, y: number) => x * y,
          maximum: Math.max,
          minimum: Math.min,
        };
        for (const [name, value] of Object.entries(functions)) {
          run.combine(combineCodes[name as keyof typeof combineCodes], to, put(a), put(b), count);
          expect([...floats(to, count)]).toEqual(times(count, (k) => Math.fround(value(a[k], b[k]))));
        }
        const mixed = a.map((v, k) => (k % 3 === 0 ? v : b[k]));
        for (const isOpposite of [0, 1]) {
          const kept = put(g);
          run.keepEqual(kept, put(mixed), put(a), count, isOpposite);
          expect([...floats(kept, count)]).toEqual(
            times(count, (k) => ((mixed[k] === a[k]) === (isOpposite === 0) ? g[k] : 0)),
          );
        }
        const order = Int32Array.from({ length: count }, (_, k) => (k * 7) % count);
        const orderAt = put(new Float32Array(order.buffer));
        run.rearrange(to, put(a), orderAt, count, 0);
        expect([...floats(to, count)]).toEqual(times(count, (k) => a[order[k]]));
        run.clear(to, 4 * count);
        run.rearrange(to, put(a), orderAt, count, 1);
        const spread = times(count, () => 0);
        a.forEach((v, k) => (spread[order[k]] = Math.fround(spread[order[k]] + v)));
        expect([...floats(to, count)]).toEqual(spread);
        const slopes = Float32Array.of(0.5, -2, 3);
        const map = Int32Array.from({ length: count }, (_, k) => (k * k) % 3);
        const [slopesAt, mapAt] = [put(slopes), put(new Float32Array(map.buffer))];
        run.bendBySlopes(to, put(a), slopesAt, mapAt, count);
        const bent = times(count, (k) => Math.fround(a[k] > 0 ? a[k] : slopes[map[k]] * a[k]));
        expect([...floats(to, count)]).toEqual(bent);
        run.unbendBySlopes(to, put(g), put(a), slopesAt, mapAt, count);
        expect([...floats(to, count)]).toEqual(
          times(count, (k) => Math.fround(a[k] > 0 ? g[k] : slopes[map[k]] * g[k])),
        );
        run.addSlopes(slopesAt, put(g), put(a), mapAt, count);
        const sums = [...slopes];
        a.forEach((v, k) => (sums[map[k]] += v > 0 ? 0 : g[k] * v));
        close(floats(slopesAt, 3), sums);
      });
      fc.assert(check, { seed: 83, numRuns: 40 });
    });

    it("are added to rows that lie apart, as products are", () => {
      const { run, put, take, floats, tile } = startMemory();
      const [c, a, b] = [madeUp(3 * 11, 1), madeUp(3 * 6, 2), madeUp(6 * 9, 3)];
      const [to, panels] = [put(c), take(4 * 6 * 16)];
      run.pack(panels, put(b), 3, 9, 9, 1);
      // rows 11 apart, of which 9 are written; every second inner index of a
      run.multiplyInto(to, 11, put(a), 6, 2, panels, 3, 3, 9, 0, tile, 1);
      const wanted = [...c].map((v, i) => {
        const [row, column] = [Math.floor(i / 11), i % 11];
        if (column >= 9) return v;
        return v + [0, 1, 2].reduce((sum, k) => sum + a[row * 6 + 2 * k] * b[k * 9 + column], 0);
      });
      close(floats(to, 33), wanted);
      run.addRowsTo(to, put(b), 2, 5, 11, 9);
      const sums = wanted.map((v, i) => v + (i < 22 && i % 11 < 5 ? b[Math.floor(i / 11) * 9 + (i % 11)] : 0));
      close(floats(to, 33), sums);
    });
  });
}
