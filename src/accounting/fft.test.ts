import { describe, expect, it } from "vitest";
import { fft } from "./fft.ts";
import { composePair } from "./composed-law.ts";

function numbers(n: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: n }, () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32 - 0.5;
  });
}

describe("the transform", () => {
  it("is the defining sum", () => {
    for (const n of [4, 8, 64]) {
      const [re, im] = [numbers(n, 1), numbers(n, 2)];
      const [a, b] = [re.slice(), im.slice()];
      fft(a, b);
      for (let k = 0; k < n; k++) {
        let [x, y] = [0, 0];
        for (let j = 0; j < n; j++) {
          const t = (-2 * Math.PI * j * k) / n;
          x += re[j] * Math.cos(t) - im[j] * Math.sin(t);
          y += re[j] * Math.sin(t) + im[j] * Math.cos(t);
        }
        expect(a[k]).toBeCloseTo(x, 12);
        expect(b[k]).toBeCloseTo(y, 12);
      }
    }
  });

  it("undoes itself with the arrays swapped, to a few ulp", () => {
    const n = 2 ** 14;
    const [re, im] = [numbers(n, 3), numbers(n, 4)];
    const [a, b] = [re.slice(), im.slice()];
    fft(a, b);
    fft(b, a);
    let worst = 0;
    for (let k = 0; k < n; k++) worst = Math.max(worst, Math.abs(a[k] / n - re[k]), Math.abs(b[k] / n - im[k]));
    expect(worst).toBeLessThan(1e-15 * 14);
  });
});

describe("A22: composition by transform", () => {
  it("is direct convolution, for both sums at once, within its own error bound", () => {
    const law = (
      first: number,
      mass: number[],
      count: number,
    ): { first: number; mass: Float64Array; count: number } => ({
      first,
      mass: Float64Array.from(mass),
      count,
    });
    const first = [law(-1, [0.2, 0.5, 0.3], 5), law(0, [0.9, 0.1], 3)];
    const second = [law(-2, [0.1, 0.2, 0.3, 0.4], 4), law(1, [0.5, 0.5], 2)];
    const [a, b] = composePair(first, second, [-8, -8], 32);
    for (const [composed, laws] of [
      [a, first],
      [b, second],
    ] as const) {
      let [start, mass] = [0, [1]];
      for (const l of laws) {
        for (let t = 0; t < l.count; t++) {
          const next = Array.from({ length: mass.length + l.mass.length - 1 }, () => 0);
          mass.forEach((p, i) => l.mass.forEach((q, j) => (next[i + j] = (next[i + j] ?? 0) + p * q)));
          mass = next;
          start += l.first;
        }
      }
      let squares = 0;
      mass.forEach((p, i) => (squares += ((composed.mass[start + i + 8] ?? 0) - p) ** 2));
      expect(Math.sqrt(squares)).toBeLessThanOrEqual(composed.error);
      expect(composed.error).toBeLessThan(1e-12);
    }
  });
});
