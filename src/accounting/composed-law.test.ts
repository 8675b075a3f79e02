import { describe, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { type LatticeLaw, chernoffWindow, composePair, logTailBound } from "./composed-law.ts";

/** A bell of `width` on whole numbers around `first + length / 2`, with `atom` of its mass moved to 0. */
function bell(first: number, length: number, width: number, atom: number): Float64Array {
  const mass = new Float64Array(length);
  let total = 0;
  for (let i = 0; i < length; i++) total += mass[i] = Math.exp(-0.5 * ((i - length / 2) / width) ** 2);
  for (let i = 0; i < length; i++) mass[i] *= (1 - atom) / total;
  if (atom > 0) mass[-first] += atom;
  return mass;
}

/** The laws' sum by adding up, whose terms are all ≥ 0, wrapped around n. */
function summed(laws: readonly LatticeLaw[], n: number): Float64Array {
  let out = new Float64Array(n);
  out[0] = 1;
  for (const { first, mass, count } of laws) {
    for (let draw = 0; draw < count; draw++) {
      const next = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < mass.length; j++) next[(i + j + first + 4 * n) % n] += out[i] * mass[j];
      }
      out = next;
    }
  }
  return out;
}

function l2Distance(a: Float64Array, b: Float64Array): number {
  return Math.hypot(...a.map((v, i) => v - b[i]));
}

describe("composing laws by Fourier transform", () => {
  it("stays within the error that it states, also where the spectrum is nearly zero and a law enters once", () => {
    const random = seededRandom("composed laws");
    const word = new Uint32Array(1);
    const uniform = (): number => {
      random.fill(new Uint8Array(word.buffer));
      return word[0] / 2 ** 32;
    };
    const n = 128;
    for (let round = 0; round < 60; round++) {
      const draw = (): LatticeLaw => {
        const length = 8 + Math.floor(uniform() * 60);
        const first = -Math.floor(uniform() * length);
        const atom = uniform() < 0.5 ? 0 : uniform();
        return { first, mass: bell(first, length, 0.4 + 12 * uniform(), atom), count: 1 + Math.floor(uniform() * 3) };
      };
      const [a, b] = [
        [draw(), draw()],
        [draw(), draw()],
      ];
      const [one, other] = composePair(a, b, [0, 0], n);
      expect(l2Distance(one.mass, summed(a, n))).toBeLessThanOrEqual(one.error);
      expect(l2Distance(other.mass, summed(b, n))).toBeLessThanOrEqual(other.error);
    }
  });

  it("finds the window of a sum whose parts have ends that no double can hold", () => {
    // all mass at one end of 20,001 places, as an answer that is almost never a lie has it, and a bell of 31 places
    const [up, down] = [new Float64Array(20_001), new Float64Array(20_001)];
    up[20_000] = 1;
    down[0] = 1;
    const bellLaw = { first: -15, mass: bell(-15, 31, 3, 0), count: 1 };
    for (const [mass, at] of [
      [up, 10_000],
      [down, -10_000],
    ] as const) {
      const laws = [{ first: -10_000, mass, count: 1 }, bellLaw];
      const { low, high } = chernoffWindow(laws, 0);
      let [below, above] = [0, 0];
      bellLaw.mass.forEach((m, i) => {
        if (at - 15 + i < low) below += m;
        if (at - 15 + i > high) above += m;
      });
      expect(Math.max(below, above)).toBeLessThanOrEqual(Math.exp(-28));
      for (const edge of [at - 3, at, at + 3]) {
        const tail = bellLaw.mass.reduce((sum, m, i) => (at - 15 + i >= edge ? sum + m : sum), 0);
        const head = bellLaw.mass.reduce((sum, m, i) => (at - 15 + i <= edge ? sum + m : sum), 0);
        expect(logTailBound(laws, 1)(edge)).toBeGreaterThanOrEqual(Math.log(tail) - 1e-12);
        expect(logTailBound(laws, -1)(edge)).toBeGreaterThanOrEqual(Math.log(head) - 1e-12);
      }
    }
  });
});
