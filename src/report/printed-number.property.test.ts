import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printPercentUp, printPlain, printRoundedUp } from "./printed-number.ts";

const positive = fc.double({ min: 1e-300, max: 1e300, noNaN: true });

describe("printRoundedUp", () => {
  it("never prints less than the value, and at most one unit of the last digit more", () => {
    fc.assert(
      fc.property(positive, fc.integer({ min: 1, max: 15 }), (value, digits) => {
        const printed = Number(printRoundedUp(value, digits));
        expect(printed).toBeGreaterThanOrEqual(value);
        expect(printed).toBeLessThanOrEqual(value * (1 + 1.0000001 * 10 ** (1 - digits)));
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it("leaves a number that has few enough digits as it is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: -9, max: 9 }), (digits, exponent) => {
        const value = Number(`${digits}e${exponent}`);
        expect(Number(printRoundedUp(value))).toBe(value);
      }),
      { seed: 2 },
    );
  });

  it("rounds the published epsilons of the MNIST tutorial up", () => {
    expect(printRoundedUp(2.984176)).toBe("2.985");
    expect(printRoundedUp(3.185174)).toBe("3.186");
    expect(printRoundedUp(9.9991)).toBe("10");
    expect(printRoundedUp(70_333)).toBe("70340");
  });

  it("says zero, tiny and infinite", () => {
    expect([0, 2.51e-6, Infinity].map((value) => printRoundedUp(value, 2))).toEqual(["0", "2.6e-6", "Infinity"]);
  });

  it.each([NaN, -1, -Infinity])("refuses %s", (value) => {
    expect(() => printRoundedUp(value)).toThrow(/\[invalid_argument\] value/);
  });
});

describe("printPercentUp", () => {
  it("never prints less than the probability, and leaves short ones alone", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1, noNaN: true }), (probability) => {
        const printed = Number(printPercentUp(probability).replace(" %", ""));
        expect(printed).toBeGreaterThanOrEqual(probability * 100 * (1 - 1e-15));
        expect(printed).toBeLessThanOrEqual(100);
      }),
      { seed: 3 },
    );
    expect([0, 1e-4, 0.001, 0.07, 0.29, 1].map(printPercentUp)).toEqual([
      "0 %",
      "0.01 %",
      "0.1 %",
      "7 %",
      "29 %",
      "100 %",
    ]);
  });
});

describe("printPlain", () => {
  it("groups whole numbers and shortens others", () => {
    expect([0, 999, 14_062, 1_234_567, 256 / 60_000].map(printPlain)).toEqual([
      "0",
      "999",
      "14 062",
      "1 234 567",
      "0.00426667",
    ]);
  });
});
