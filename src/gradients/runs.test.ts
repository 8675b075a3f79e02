import { describe, expect, it } from "vitest";
import type { RandomSource } from "../core/random-source.ts";
import { seededRandom } from "../testing/index.ts";
import { countRuns, drawRuns } from "./runs.ts";

describe("the runs of a batch", () => {
  it("hold every row once, in order", () => {
    const runs = drawRuns(seededRandom(1), 1000, 21);
    expect(runs.length).toBe(21);
    expect(runs.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, row) => row));
    for (const run of runs) expect(run).toEqual(run.toSorted((a, b) => a - b));
  });

  it("give a row the same run whatever rows follow it", () => {
    const long = drawRuns(seededRandom(2), 50, 4);
    const short = drawRuns(seededRandom(2), 49, 4);
    expect(long.map((run) => run.filter((row) => row < 49))).toEqual(short);
  });

  it("are uniform: a chi-square test with false-alarm rate below 1e-9", () => {
    const [rows, runs] = [60_000, 6];
    const counts = drawRuns(seededRandom(3), rows, runs).map((run) => run.length);
    const chi = counts.reduce((sum, n) => sum + (n - rows / runs) ** 2 / (rows / runs), 0);
    // 5 degrees of freedom: P(chi > 51.7) = 6e-10 (scipy 1.x, chi2.sf)
    expect(chi).toBeLessThan(51.7);
  });

  it("reject the words that would favor some runs", () => {
    const words = [0xffff_ffff, 5, 0xffff_fffd, 7];
    let at = 0;
    const random: RandomSource = {
      kind: "seeded-test",
      fill: (bytes) => {
        const view = new DataView(bytes.buffer);
        for (let k = 0; k < bytes.length; k += 4) view.setUint32(k, words[at++ % words.length], true);
      },
    };
    // 2^32 = 5 · 858993459 + 1: of 2^32 words the last one is over for 5 runs
    expect(drawRuns(random, 2, 5)).toEqual([[0], [], [], [1], []]);
  });

  it("follow from the declared size alone", () => {
    expect([1, 64, 65, 256, 60000].map(countRuns)).toEqual([1, 1, 2, 4, 938]);
  });
});
