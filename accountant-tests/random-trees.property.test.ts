import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Accountant,
  type DpEvent,
  type Neighboring,
  account,
  composed,
  privacyProfile,
  selfComposed,
} from "../src/accounting/index.ts";
import { isPrivacyError } from "../src/core/index.ts";
import { anyEvent } from "../src/events/event.fixture.ts";

const seed = 20_261_208;
const relations: readonly Neighboring[] = ["add-or-remove-one", "replace-one", "zero-out"];
const cases = fc.record({
  event: anyEvent(),
  neighboring: fc.constantFrom(...relations),
  groupSize: fc.constantFrom(1, 1, 3),
});

/** Noise beyond what is claimed, z in [1e-3, 1e6], may be priced slowly. */
function isClaimed(event: DpEvent): boolean {
  const noises = JSON.stringify(event).matchAll(/"(?:noiseMultiplier|standardDeviation)":([^,}]*)/g);
  return [...noises].every(([, z]) => Number(z) === 0 || (Number(z) >= 0.01 && Number(z) <= 1e6));
}

/** The accountant, or undefined for a refusal, which must name a path and have composed nothing. */
function opened(event: DpEvent, neighboring: Neighboring, groupSize = 1): Accountant | undefined {
  try {
    return account(event, { neighboring, groupSize });
  } catch (error) {
    if (!isPrivacyError(error)) throw error;
    expect(["unsupported_event", "invalid_argument"]).toContain(error.code);
    expect(error.message).toMatch(/\bevent(?:[.[]| under| must|\b)/);
    return undefined;
  }
}

function expectBounds({ lower, point, upper }: { lower: number; point: number; upper: number }, most: number): void {
  expect(lower).toBeGreaterThanOrEqual(0);
  expect(point).toBeGreaterThanOrEqual(lower);
  expect(upper).toBeGreaterThanOrEqual(point);
  expect(upper).toBeLessThanOrEqual(most);
}

describe("random event trees, every kind, the whole range of every field", () => {
  it("A30: are priced or refused: never NaN, never upside down, never an answer after a refusal", () => {
    const property = fc.property(cases, ({ event, neighboring, groupSize }) => {
      fc.pre(isClaimed(event));
      const accountant = opened(event, neighboring, groupSize);
      if (accountant === undefined) return;
      for (const delta of [1e-300, 1e-6, 0.9]) expectBounds(accountant.guarantee({ delta }).epsilon, Infinity);
      for (const epsilon of [0, 1, 50, Infinity]) expectBounds(accountant.delta({ epsilon }), 1);
    });
    fc.assert(property, { seed, numRuns: 250 });
  });

  it("A8, A9: a count is as many compositions; order and nesting change nothing but rounding", () => {
    const property = fc.property(cases, cases, fc.integer({ min: 2, max: 4 }), (a, b, n) => {
      fc.pre(isClaimed(a.event) && isClaimed(b.event));
      const { neighboring } = a;
      const price = (event: DpEvent): number | undefined =>
        opened(event, neighboring)?.guarantee({ delta: 1e-6 }).epsilon.upper;
      const same = (x: number | undefined, y: number | undefined): void => {
        if (x === undefined || y === undefined || !(x < Infinity)) expect(x).toBe(y);
        else expect(Math.abs(x - y)).toBeLessThanOrEqual(1e-9 * y);
      };
      const listed = Array.from({ length: n }, () => a.event);
      same(price(composed(...listed)), price(selfComposed(a.event, n)));
      const flat = price(composed(a.event, b.event));
      same(price(composed(b.event, a.event)), flat);
      same(price(composed(composed(a.event), selfComposed(composed(b.event), 1))), flat);
      const one = price(a.event);
      // no less than one of them, but for what a mesh may differ
      if (one !== undefined && flat !== undefined && one < Infinity)
        expect(flat).toBeGreaterThanOrEqual(one * 0.99 - 1e-9);
    });
    fc.assert(property, { seed, numRuns: 60 });
  });

  it("have a whole profile without NaN: caps are probabilities, rise with the rate and stay above guessing", () => {
    const property = fc.property(cases, ({ event, neighboring, groupSize }) => {
      fc.pre(isClaimed(event) && opened(event, neighboring, groupSize) !== undefined);
      const profile = privacyProfile(event, { neighboring, groupSize });
      const rates = [0, 1e-9, 0.1, 0.5, 0.99, 1];
      const curve = profile.tradeOff(rates).map((p) => p.truePositiveRate);
      for (const [i, tpr] of curve.entries()) {
        expect(tpr).toBeGreaterThanOrEqual(rates[i] ?? 0);
        expect(tpr).toBeLessThanOrEqual(1);
        expect(tpr).toBeGreaterThanOrEqual((curve[i - 1] ?? 0) * (1 - 1e-12));
      }
      const { mu, regret } = profile.gaussianFit({ slack: 1e-5 });
      expect(mu).toBeGreaterThanOrEqual(0);
      expect(regret >= 0 && regret <= 1).toBe(true);
      for (const cap of [
        profile.advantage,
        profile.areaUnderCurve,
        profile.bayesSuccess(0.2),
        profile.reconstruction(0.01),
      ]) {
        expect(cap >= 0 && cap <= 1).toBe(true);
      }
      expect(profile.areaUnderCurve).toBeGreaterThanOrEqual(0.5);
      expect(profile.bayesSuccess(0.2)).toBeGreaterThanOrEqual(0.8);
      expect(profile.reconstruction(0.01)).toBeGreaterThanOrEqual(0.01);
    });
    fc.assert(property, { seed, numRuns: 20 });
  });
});
