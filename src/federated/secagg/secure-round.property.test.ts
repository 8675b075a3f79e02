import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Silence, expectedSum, makeCohort, runRound, silences } from "./secure-round.fixture.ts";

describe("a secure round", () => {
  it("gives the exact sum of the survivors or ends, in every way in which 3 sites, or at most 2 of 4, can fall silent", async () => {
    const sums = { 3: 0, 4: 0 };
    for (const size of [3, 4] as const) {
      for (let pattern = 0; pattern < silences.length ** size; pattern++) {
        const choice = Array.from(
          { length: size },
          (_, i) => silences[Math.floor(pattern / silences.length ** i) % silences.length],
        );
        if (choice.filter((silence) => silence !== "never").length > 2) continue;
        const cohort = await makeCohort(size);
        const silence = (site: string): Silence => choice[cohort.round.cohort.indexOf(site)];
        const wanted = expectedSum(cohort, silence);
        const got = await runRound(cohort, silence);
        if (wanted === undefined) expect(got).toContain("fewer than 3");
        else expect(got).toEqual(wanted);
        sums[size] += wanted === undefined ? 0 : 1;
      }
    }
    // nobody silent, or of four sites one at one of six places
    expect(sums).toEqual({ 3: 1, 4: 1 + 4 * 6 });
  });

  it("gives the exact sum for 3 to 8 sites and any silences", async () => {
    const cases = fc.record({
      size: fc.integer({ min: 3, max: 8 }),
      length: fc.integer({ min: 1, max: 70_000 }),
      silences: fc.array(fc.constantFrom<Silence>("never", "never", "never", ...silences), {
        minLength: 8,
        maxLength: 8,
      }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ size, length, silences: chosen }) => {
        const cohort = await makeCohort(size, length);
        const silence = (site: string): Silence => chosen[cohort.round.cohort.indexOf(site)];
        const wanted = expectedSum(cohort, silence);
        const got = await runRound(cohort, silence);
        if (wanted === undefined) expect(typeof got).toBe("string");
        else expect(got).toEqual(wanted);
      }),
      { numRuns: 40, seed: 45 },
    );
  });
});
