import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type L2Sensitivity,
  isPrivacyError,
  noiseStddev,
  parseDelta,
  parseL2ClipNorm,
  parseNoiseMultiplier,
  parsePositiveInteger,
  parseSamplingProbability,
  parseSteps,
  parseTargetEpsilon,
} from "./index.ts";

const parsers: readonly [string, (value: unknown) => number, (x: number) => boolean][] = [
  ["delta", parseDelta, (x) => x > 0 && x < 1],
  ["targetEpsilon", parseTargetEpsilon, (x) => x > 0 && x < Infinity],
  ["noiseMultiplier", parseNoiseMultiplier, (x) => x >= 0 && x < Infinity],
  ["l2ClipNorm", parseL2ClipNorm, (x) => x > 0 && x < Infinity],
  ["samplingProbability", parseSamplingProbability, (x) => x >= 0 && x <= 1],
  ["steps", parseSteps, (x) => Number.isSafeInteger(x) && x >= 0],
];

const awkward = fc.oneof(
  fc.double(),
  fc.double({ min: -2, max: 2 }),
  fc.integer({ min: -3, max: 1000 }),
  fc.constantFrom(0, -0, 1, NaN, Infinity, -Infinity, Number.MIN_VALUE, 1 - 2 ** -53),
);

describe("the parsers of quantities", () => {
  for (const [name, parse, accepts] of parsers) {
    it(`${name}: passes what is in its range unchanged and refuses the rest by name`, () => {
      fc.assert(
        fc.property(awkward, (x) => {
          try {
            expect(Object.is(parse(x), x) && accepts(x)).toBe(true);
          } catch (error) {
            if (!isPrivacyError(error) || error.code !== "invalid_argument") throw error;
            expect(accepts(x)).toBe(false);
            expect(error.details.argument).toBe(name);
          }
        }),
        { seed: 1, numRuns: 400 },
      );
    });

    it(`${name}: refuses what is no number`, () => {
      for (const value of ["0.5", null, undefined, {}, [0.5], 1n]) expect(() => parse(value)).toThrow(name);
    });
  }

  it("positive integers refuse zero and fractions", () => {
    expect(parsePositiveInteger(3, "n")).toBe(3);
    for (const value of [0, 1.5, -1, NaN, 2 ** 53]) expect(() => parsePositiveInteger(value, "n")).toThrow("n must be");
  });

  it("sigma is z times the sensitivity, through the one door between them", () => {
    expect(noiseStddev(parseNoiseMultiplier(1.5), 2 as L2Sensitivity)).toBe(3);
  });
});
