import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { madeUp, startMemory } from "./kernels.fixture.ts";
import { curveCodes } from "./layer-kernels.ts";

/** Relative to the size of the sum's terms: f32 roundings of a short sum. */
const close = (got: ArrayLike<number>, wanted: readonly number[], tolerance = 2e-5): void => {
  expect(got.length).toBe(wanted.length);
  wanted.forEach((value, k) => expect(Math.abs(got[k] - value)).toBeLessThanOrEqual(tolerance * (1 + Math.abs(value))));
};

const times = <T>(count: number, make: (k: number) => T): T[] => Array.from({ length: count }, (_, k) => make(k));
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const size = fc.integer({ min: 1, max: 11 });

/** The laws of the layers' kernels, by plain loops in f64. For both builds: each is a process of its own. */
export function describeLayerKernels(): void {
  describe("normalization", () => {
    it("has mean 0 and the variance's root 1 in every group, and its way back is the gradient of that", () => {
      const shapes = fc.record({ groups: size, lines: size, length: size, seed: fc.nat() });
      const check = fc.property(shapes, ({ groups, lines, length, seed }) => {
        const { run, put, take, floats } = startMemory();
        const total = groups * lines * length;
        // groups side by side in every line, as channels are
        const walk = [groups, length, lines, groups * length, length] as const;
        const members = times(groups, (g) =>
          times(lines * length, (k) => Math.floor(k / length) * groups * length + g * length + (k % length)),
        );
        const [values, slopes] = [madeUp(total, seed), madeUp(total, seed + 1)];
        const [normalized, inverse, gradient] = [take(4 * total), take(4 * groups), put(slopes)];
        run.normalize(normalized, inverse, put(values), ...walk, 0.01);
        run.denormalize(gradient, normalized, inverse, ...walk);
        const [wanted, back] = [times(total, () => 0), times(total, () => 0)];
        for (const group of members) {
          const n = group.length;
          const mean = sum(group.map((k) => values[k])) / n;
          const factor = 1 / Math.sqrt(sum(group.map((k) => (values[k] - mean) ** 2)) / n + 0.01);
          for (const k of group) wanted[k] = (values[k] - mean) * factor;
          const g = sum(group.map((k) => slopes[k])) / n;
          const along = sum(group.map((k) => slopes[k] * wanted[k])) / n;
          for (const k of group) back[k] = factor * (slopes[k] - g - wanted[k] * along);
        }
        close(floats(normalized, total), wanted);
        close(floats(gradient, total), back, 1e-4);
      });
      fc.assert(check, { seed: 71, numRuns: 60 });
    });

    it("scales and adds columns, and sums products of columns", () => {
      const check = fc.property(size, size, fc.boolean(), fc.nat(), (rows, columns, isAdded, seed) => {
        const { run, put, take, floats } = startMemory();
        const [a, b] = [madeUp(rows * columns, seed), madeUp(rows * columns, seed + 1)];
        const [scales, offsets] = [madeUp(columns, seed + 2), madeUp(columns, seed + 3)];
        const [to, out] = [take(4 * rows * columns), put(offsets)];
        run.scaleColumns(to, put(a), put(scales), put(offsets), rows, columns);
        const scaled = times(rows * columns, (k) => a[k] * scales[k % columns] + offsets[k % columns]);
        close(floats(to, rows * columns), scaled);
        run.addColumns(out, put(a), put(b), rows, columns, isAdded ? 1 : 0);
        const products = times(columns, (c) => sum(times(rows, (r) => a[r * columns + c] * b[r * columns + c])));
        close(
          floats(out, columns),
          products.map((p, c) => p + (isAdded ? offsets[c] : 0)),
        );
      });
      fc.assert(check, { seed: 72, numRuns: 60 });
    });
  });

  describe("attention", () => {
    const shapes = fc.record({
      heads: fc.integer({ min: 1, max: 3 }),
      queries: size,
      keys: size,
      width: size,
      valueWidth: size,
      isCausal: fc.boolean(),
      seed: fc.nat(),
    });

    it("is softmax(q·kᵀ · scale)·v per head, causal or not, and its way back is the gradient of that", () => {
      const check = fc.property(shapes, ({ heads, queries, keys, width, valueWidth, isCausal, seed }) => {
        const { run, put, take, floats, tile } = startMemory();
        const scale = 0.5;
        const [q, k, v, g] = [
          madeUp(queries * heads * width, seed),
          madeUp(keys * heads * width, seed + 1),
          madeUp(keys * heads * valueWidth, seed + 2),
          madeUp(queries * heads * valueWidth, seed + 3),
        ];
        const [qAt, kAt, vAt, gAt] = [q, k, v, g].map(put) as [number, number, number, number];
        const [out, weights, scores, panels] = [g.length, heads * queries * keys, queries * keys, 1024].map((n) =>
          take(4 * n),
        ) as [number, number, number, number];
        const [dq, dk, dv] = [q, k, v].map((values) => take(4 * values.length)) as [number, number, number];
        const shape = [heads, queries, keys, width, valueWidth, scale] as const;
        run.attend(out, weights, qAt, kAt, vAt, ...shape, isCausal ? 1 : 0, panels, tile);
        run.attendBack(dq, dk, dv, gAt, weights, qAt, kAt, vAt, ...shape, scores, panels, tile);
        const wanted = { out: [...g].fill(0), dq: [...q].fill(0), dk: [...k].fill(0), dv: [...v].fill(0) };
        for (let h = 0; h < heads; h++) {
          for (let i = 0; i < queries; i++) {
            const at = (row: number, c: number): number => (row * heads + h) * width + c;
            const valueAt = (row: number, c: number): number => (row * heads + h) * valueWidth + c;
            const seen = times(keys, (j) => j).filter((j) => !isCausal || j <= i);
            const raw = seen.map((j) => Math.exp(scale * sum(times(width, (c) => q[at(i, c)] * k[at(j, c)]))));
            const p = raw.map((e) => e / sum(raw));
            const dp = seen.map((j) => sum(times(valueWidth, (c) => g[valueAt(i, c)] * v[valueAt(j, c)])));
            const mean = sum(p.map((value, n) => value * dp[n]));
            seen.forEach((j, n) => {
              for (let c = 0; c < valueWidth; c++) {
                wanted.out[valueAt(i, c)] += p[n] * v[valueAt(j, c)];
                wanted.dv[valueAt(j, c)] += p[n] * g[valueAt(i, c)];
              }
              const ds = scale * p[n] * (dp[n] - mean);
              for (let c = 0; c < width; c++) {
                wanted.dq[at(i, c)] += ds * k[at(j, c)];
                wanted.dk[at(j, c)] += ds * q[at(i, c)];
              }
            });
          }
        }
        close(floats(out, g.length), wanted.out);
        close(floats(dq, q.length), wanted.dq, 1e-4);
        close(floats(dk, k.length), wanted.dk, 1e-4);
        close(floats(dv, v.length), wanted.dv, 1e-4);
      });
      fc.assert(check, { seed: 73, numRuns: 60 });
    });

    it("passes on what is not a number, to its own row alone", () => {
      const { run, put, floats } = startMemory();
      const at = put([1, 2, Number.NaN, 4, 5, 1, 1, 1, 1, 1, Number.POSITIVE_INFINITY, 0, 0, 0, 0]);
      run.softmaxRows(at, 3, 5, 1, 5, 0);
      const rows = floats(at, 15);
      expect(rows.subarray(0, 5).every(Number.isNaN)).toBe(true);
      close(rows.subarray(5, 10), [0.2, 0.2, 0.2, 0.2, 0.2], 1e-6);
      expect(Number.isNaN(rows[10])).toBe(true);
    });
  });

  describe("cross entropy", () => {
    it("is log Σ exp(z) − z[label] summed over positions, and its gradient keeps its digits where it is small", () => {
      const check = fc.property(
        size,
        size,
        fc.integer({ min: 1, max: 21 }),
        fc.nat(),
        (rows, positions, classes, seed) => {
          const { run, put, putDoubles, take, floats, doubles } = startMemory();
          const n = rows * positions;
          // some rows are nearly certain
          const z = madeUp(n * classes, seed).map((v, k) => (k % 5 === 0 ? 9 * v : v));
          const labels = Array.from(madeUp(n, seed + 1), (v) => Math.floor(((v + 2) / 4) * classes));
          const [gradient, losses] = [take(4 * z.length), take(8 * rows)];
          run.crossEntropy(gradient, put(z), putDoubles(labels), losses, rows, positions, classes);
          const [got, lost] = [floats(gradient, z.length), doubles(losses, rows)];
          const wanted = times(rows, () => 0);
          for (let p = 0; p < n; p++) {
            const own = [...z.subarray(p * classes, (p + 1) * classes)];
            const relative = own.map((v) => Math.exp(v - own[labels[p]]));
            const others = sum(relative.filter((_, k) => k !== labels[p]));
            wanted[Math.floor(p / positions)] += Math.log1p(others);
            // a difference of logits up to 36 apart is rounded to 2⁻²⁴ of itself
            relative.forEach((e, k) => {
              const slope = k === labels[p] ? -others / (1 + others) : e / (1 + others);
              expect(Math.abs(got[p * classes + k] - slope)).toBeLessThanOrEqual(4e-6 * Math.abs(slope) + 1e-37);
            });
          }
          wanted.forEach((loss, row) => expect(Math.abs(lost[row] - loss)).toBeLessThanOrEqual(1e-6 * loss + 1e-12));
        },
      );
      fc.assert(check, { seed: 76, numRuns: 60 });
    });
  });

  describe("tables", () => {
    it("reads rows by number, and adds up the gradients of equal numbers in the order they come", () => {
      const check = fc.property(size, fc.integer({ min: 1, max: 40 }), fc.nat(), (width, count, seed) => {
        const { run, put, take, floats, ints, doubles, putDoubles } = startMemory();
        const vocabulary = 9;
        const table = madeUp(vocabulary * width, seed);
        const ids = Array.from(madeUp(count, seed + 1), (x) => Math.floor((x + 2) * 2.2));
        const gradient = madeUp(count * width, seed + 2);
        const [to, slots, unique, merged] = [count * width, vocabulary, count, count * width].map((n) =>
          take(4 * n),
        ) as [number, number, number, number];
        run.gatherRows(to, put(table), put(ids), count, width);
        const read = ids.flatMap((id) => [...table.subarray(id * width, (id + 1) * width)]);
        expect([...floats(to, count * width)]).toEqual(read);
        run.clear(slots, 4 * vocabulary);
        const found = run.mergeRows(slots, unique, merged, put(ids), put(gradient), count, width, 0);
        const different = [...new Set(ids)];
        expect([...ints(unique, found)]).toEqual(different);
        const sums = different.flatMap((id) =>
          times(width, (c) => sum(ids.flatMap((own, k) => (own === id ? [gradient[k * width + c]] : [])))),
        );
        close(floats(merged, found * width), sums);
        run.clearSlots(slots, unique, found);
        expect(ints(slots, vocabulary).every((slot) => slot === 0)).toBe(true);
        const totals = putDoubles(new Float64Array(vocabulary * width).fill(1));
        run.addRowsAt(totals, unique, merged, found, width, 0.25);
        const wanted = times(vocabulary * width, (k) => {
          const place = different.indexOf(Math.floor(k / width));
          return place < 0 ? 1 : 1 + 0.25 * sums[place * width + (k % width)];
        });
        close(doubles(totals, vocabulary * width), wanted);
      });
      fc.assert(check, { seed: 74, numRuns: 60 });
    });
  });

  describe("masks", () => {
    it("are Philox4x32-10's words, as its authors publish them", () => {
      const { run, put, take, floats } = startMemory();
      const words = [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8];
      const to = take(16);
      words.forEach((word, k) => {
        // kept at its own word as threshold, dropped at the next
        for (const [threshold, wanted] of [
          [word, 3],
          [word + 1, 0],
        ] as const) {
          run.dropOut(to, put([1, 1, 1, 1]), 4, 0, 0, 0, threshold, 3);
          expect(floats(to, 4)[k]).toBe(wanted);
        }
      });
    });
  });

  describe("curves", () => {
    const erf = (x: number): number => {
      let [term, total] = [x, x];
      for (let n = 1; n < 200; n++) total += (term *= (-x * x) / n) / (2 * n + 1);
      return (2 / Math.sqrt(Math.PI)) * total;
    };
    const curves: Record<keyof typeof curveCodes, [parameter: number, value: (x: number) => number]> = {
      cappedRelu: [2, (x) => Math.min(2, Math.max(0, x))],
      leakyRelu: [0.3, (x) => (x > 0 ? x : 0.3 * x)],
      thresholdedRelu: [0.7, (x) => (x > 0.7 ? x : 0)],
      scaledElu: [0.4, (x) => (x > 0 ? x : 0.4 * Math.expm1(x))],
      selu: [1, (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))],
      softsign: [1, (x) => x / (1 + Math.abs(x))],
      swish: [1, (x) => x / (1 + Math.exp(-x))],
      mish: [1, (x) => x * Math.tanh(Math.log1p(Math.exp(x)))],
      gelu: [1, (x) => (x / 2) * (1 + erf(x / Math.SQRT2))],
      gelu_new: [1, (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))],
    };

    it.each(Object.entries(curves))("%s is the function, and its way back its slope", (name, [parameter, value]) => {
      const { run, put, take, floats } = startMemory();
      const x = Float32Array.from([...madeUp(41, 5), 3.3, -3.3, 4.1, -4.1, 0.001, -0.001]);
      const [from, to, back] = [put(x), take(4 * x.length), take(4 * x.length)];
      const code = curveCodes[name as keyof typeof curveCodes];
      run.bend(code, to, from, x.length, parameter);
      run.unbend(code, back, put(new Float32Array(x.length).fill(3)), from, x.length, parameter);
      close(floats(to, x.length), Array.from(x, value), 2e-7);
      // a central difference: its own error is of order h²
      const slopes = Array.from(x, (v) => (3 * (value(v + 1e-5) - value(v - 1e-5))) / 2e-5);
      close(floats(back, x.length), slopes, 1e-6);
    });
  });

  describe("channelwise convolution", () => {
    it("is a sum over taps within each channel, with its two ways back", () => {
      const check = fc.property(
        size,
        size,
        size,
        fc.integer({ min: 1, max: 3 }),
        fc.nat(),
        (n, taps, channels, m, seed) => {
          const { run, put, take, floats } = startMemory();
          const units = channels * m;
          const shape = [n, taps, channels, m] as const;
          const [w, k, bias, g] = [n * taps * channels, taps * units, units, n * units].map((s, i) =>
            madeUp(s, seed + i),
          ) as [Float32Array, Float32Array, Float32Array, Float32Array];
          const [to, back, kernel] = [take(4 * n * units), take(4 * w.length), put(k)];
          run.convolveChannels(to, put(w), put(k), put(bias), ...shape);
          run.convolveChannelsBack(back, put(g), put(k), ...shape);
          run.addChannelProducts(kernel, put(w), put(g), ...shape);
          const window = (p: number, t: number, u: number): number => w[(p * taps + t) * channels + Math.floor(u / m)];
          const outputs = times(n * units, (i) => {
            const [p, u] = [Math.floor(i / units), i % units];
            return bias[u] + sum(times(taps, (t) => window(p, t, u) * k[t * units + u]));
          });
          close(floats(to, n * units), outputs);
          const inputs = times(w.length, (i) => {
            const [p, t, c] = [Math.floor(i / channels / taps), Math.floor(i / channels) % taps, i % channels];
            return sum(times(m, (j) => g[p * units + c * m + j] * k[t * units + c * m + j]));
          });
          close(floats(back, w.length), inputs);
          const products = times(taps * units, (i) => {
            const [t, u] = [Math.floor(i / units), i % units];
            return k[i] + sum(times(n, (p) => window(p, t, u) * g[p * units + u]));
          });
          close(floats(kernel, k.length), products);
        },
      );
      fc.assert(check, { seed: 75, numRuns: 40 });
    });
  });
}
