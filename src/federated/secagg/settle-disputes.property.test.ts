import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Dispute, settleDisputes } from "./settle-disputes.ts";

const names = (size: number): string[] => Array.from({ length: size }, (_, i) => `site-${String(i).padStart(2, "0")}`);

/** A round of n sites with some liars: each dispute has a liar at one of its ends at least. */
const rounds = fc
  .record({ size: fc.integer({ min: 4, max: 14 }), seed: fc.integer({ min: 0 }) })
  .chain(({ size }) => {
    const sites = names(size);
    const threshold = Math.floor((2 * size) / 3) + 1;
    return fc.record({
      sites: fc.constant(sites),
      threshold: fc.constant(threshold),
      liars: fc.subarray(sites, { minLength: 1, maxLength: Math.max(1, size - threshold) }),
      pairs: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.boolean()), { maxLength: 30 }),
      earlier: fc.dictionary(fc.constantFrom(...sites), fc.nat({ max: 5 })),
    });
  })
  .map(({ sites, threshold, liars, pairs, earlier }) => {
    const disputes = pairs.flatMap(([a, b, isComplaint]): Dispute[] => {
      const [liar, other] = [liars[a % liars.length], sites[b % sites.length]];
      if (liar === other) return [];
      return [isComplaint ? { site: liar, accused: other } : { site: other, accused: liar }];
    });
    return { sites, threshold, liars: new Set(liars), disputes, earlier: new Map(Object.entries(earlier)) };
  });

describe("disputed boxes", () => {
  it("leave no two sites in dispute, and take nobody who is in none", () => {
    fc.assert(
      fc.property(rounds, (round) => {
        const gone = settleDisputes(round);
        for (const { site, accused } of round.disputes) expect(gone.has(site) || gone.has(accused)).toBe(true);
        const named = new Set(round.disputes.flatMap(({ site, accused }) => [site, accused]));
        for (const site of gone) expect(named.has(site)).toBe(true);
      }),
      { numRuns: 500, seed: 41 },
    );
  });

  it("take with every honest site a liar, unless liars are more than half of those who may be missing", () => {
    let pairs = 0;
    fc.assert(
      fc.property(rounds, ({ liars, ...round }) => {
        const gone = [...settleDisputes(round)];
        const honest = gone.filter((site) => !liars.has(site)).length;
        const mayLose = round.sites.length - round.threshold;
        if (honest <= gone.length - honest) return void (pairs += 1);
        expect(2 * liars.size).toBeGreaterThan(mayLose);
      }),
      { numRuns: 500, seed: 42 },
    );
    expect(pairs).toBeGreaterThan(100);
  });

  it("cost a round with one liar that liar alone, or it and one other, or one site: never the round", () => {
    fc.assert(
      fc.property(rounds, ({ liars, ...round }) => {
        const [liar] = liars;
        const disputes = round.disputes.filter(({ site, accused }) => site === liar || accused === liar);
        const gone = settleDisputes({ ...round, disputes });
        expect([...gone].filter((site) => site !== liar).length).toBeLessThanOrEqual(1);
        expect(round.sites.length - gone.size).toBeGreaterThanOrEqual(round.threshold);
      }),
      { numRuns: 500, seed: 43 },
    );
  });

  it("of four sites take the one that two others are in dispute with, whichever side complains", () => {
    const [a, b, c, d] = names(4);
    const base = { sites: [a, b, c, d], threshold: 3, earlier: new Map<string, number>() };
    const gone = (disputes: Dispute[], earlier = base.earlier): string[] => [
      ...settleDisputes({ ...base, disputes, earlier }),
    ];
    expect(gone([])).toEqual([]);
    const everybody = [b, c, d];
    expect(gone(everybody.map((site) => ({ site, accused: a })))).toEqual([a]);
    expect(gone(everybody.map((accused) => ({ site: a, accused })))).toEqual([a]);
    // one word against another: the accused goes, and next time whoever was in a dispute before
    expect(gone([{ site: a, accused: b }])).toEqual([b]);
    expect(gone([{ site: a, accused: c }], new Map([[a, 1]]))).toEqual([a]);
  });

  it("of seven sites take both of a pair", () => {
    const sites = names(7);
    const disputes = [{ site: sites[3], accused: sites[5] }];
    const gone = settleDisputes({ sites, threshold: 5, disputes, earlier: new Map() });
    expect([...gone].toSorted()).toEqual([sites[3], sites[5]]);
  });
});
