import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { drawPlaces, planPlaces, rowsInOrder } from "./row-places.ts";

/** The place of every row. */
function placesOf(passes: readonly Int32Array[], rows: number): number[] {
  const found = Array.from<number>({ length: rows });
  for (const pass of passes) pass.forEach((row, place) => row >= 0 && (found[row] = place));
  return found;
}

describe("the places of rows on native kernels", () => {
  it("has every row once, in passes of one length, and as many passes as the fullest place has rows", () => {
    const cases = fc.record({ places: fc.integer({ min: 1, max: 9 }), passes: fc.integer({ min: 1, max: 5 }) });
    const check = fc.property(cases, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(), (plan, share, seed) => {
      const rows = Math.floor(share * plan.places * plan.passes);
      const passes = drawPlaces(seededRandom(`${seed}`), rows, plan);
      expect(passes.flatMap((pass) => [...pass].filter((row) => row >= 0)).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: rows }, (_, row) => row),
      );
      expect(passes.every((pass) => pass.length === plan.places)).toBe(true);
      const loads = Array.from({ length: plan.places }, () => 0);
      for (const place of placesOf(passes, rows)) loads[place]++;
      expect(passes.length).toBe(Math.max(0, ...loads));
    });
    fc.assert(check, { seed: 40, numRuns: 300 });
  });

  it("gives the rows that stay the same law, whether the first row is there or not: Lemma 3", () => {
    // 2 rows of 3 in 2 passes of 2 places: pairs of places (0,0), (0,1), (1,0), (1,1) in 1/6, 1/3, 1/3, 1/6 of the draws
    const plan = { places: 2, passes: 2 };
    const draws = 40_000;
    const tally = (rows: number): number[] => {
      const random = seededRandom(`law of ${rows}`);
      const counts = [0, 0, 0, 0];
      for (let k = 0; k < draws; k++) {
        const [a, b] = placesOf(drawPlaces(random, rows, plan), rows).slice(-2);
        counts[2 * a + b]++;
      }
      return counts;
    };
    const wanted = [1 / 6, 1 / 3, 1 / 3, 1 / 6];
    // Hoeffding, 8 counts: 16 · exp(−2 · draws · t²) = 1e-9
    const tolerance = Math.sqrt(Math.log(16e9) / (2 * draws));
    for (const counts of [tally(2), tally(3)]) {
      counts.forEach((count, k) => expect(Math.abs(count / draws - wanted[k])).toBeLessThan(tolerance));
    }
  });

  it("has room that a Poisson sample exceeds with probability below e^-40, by the terms of the distribution", () => {
    for (const expected of [1, 8, 64, 256, 4096]) {
      const { places, passes } = planPlaces(expected, 32);
      let logTerm = -expected;
      let tail = 0;
      for (let k = 1; k < 40 * expected + 400; k++) {
        logTerm += Math.log(expected / k);
        if (k > places * passes) tail += Math.exp(logTerm);
      }
      expect(tail).toBeLessThan(Math.exp(-40));
      expect(places).toBeLessThanOrEqual(32);
    }
  });

  it("counts on from a place for checks", () => {
    expect(rowsInOrder(3, 1, 2).map((pass) => [...pass])).toEqual([
      [-1, 0],
      [1, 2],
    ]);
    expect(rowsInOrder(0, 0, 4)).toEqual([]);
  });
});
