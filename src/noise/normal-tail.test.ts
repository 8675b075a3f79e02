import erfc from "@stdlib/math-base-special-erfc";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noiseVectors } from "./golden-vectors.fixture.ts";
import { encloseTail } from "./normal-tail.ts";
import { rationalFromDouble } from "./rational.ts";

describe("the enclosed normal tail", () => {
  it("holds mpmath's tail strictly inside, and its density within 2 units", () => {
    for (const [numerator, denominator, bits, tail, density] of noiseVectors.tails) {
      const found = encloseTail({ numerator: BigInt(numerator), denominator: BigInt(denominator) }, bits);
      // the golden tail is the floor of the true one, which lies in [floor, floor + 1)
      expect(found.lower < BigInt(tail) + 1n && found.lower <= BigInt(tail)).toBe(true);
      expect(found.upper > BigInt(tail)).toBe(true);
      expect(found.upper - found.lower).toBe(3n);
      const off = found.density - BigInt(density);
      expect(off >= -2n && off <= 2n).toBe(true);
    }
  });

  it("agrees with stdlib's erfc to 14 digits", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 8, noNaN: true }), (b) => {
        const tail = Number(encloseTail(rationalFromDouble(b), 160).lower) * 2 ** -160;
        const other = erfc(b / Math.SQRT2) / 2;
        expect(Math.abs(tail - other)).toBeLessThanOrEqual(1e-14 * (1 + b * b) * other);
      }),
      { seed: 31, numRuns: 300 },
    );
  });

  it("encloses the same number at every precision", () => {
    const point = fc.record({
      numerator: fc.bigInt({ min: 0n, max: 10n ** 12n }),
      denominator: fc.constant(10n ** 11n),
    });
    fc.assert(
      fc.property(point, fc.integer({ min: 16, max: 300 }), fc.integer({ min: 1, max: 300 }), (b, bits, more) => {
        const coarse = encloseTail(b, bits);
        const fine = encloseTail(b, bits + more);
        expect(coarse.lower << BigInt(more)).toBeLessThan(fine.upper);
        expect(coarse.upper << BigInt(more)).toBeGreaterThan(fine.lower);
      }),
      { seed: 32, numRuns: 200 },
    );
  });

  it("falls as the point grows", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 34n }), fc.bigInt({ min: 1n, max: 2n ** 20n }), (n, step) => {
        const at = (numerator: bigint): bigint => encloseTail({ numerator, denominator: 2n ** 31n }, 400).lower;
        expect(at(n + step)).toBeLessThan(at(n));
      }),
      { seed: 33, numRuns: 100 },
    );
  });

  it("is below its unit from 64 on, however far", () => {
    const found = encloseTail({ numerator: 10n ** 300n, denominator: 3n }, 1088);
    expect([found.lower, found.upper]).toEqual([-1n, 2n]);
  });

  it("refuses what its error bound does not cover", () => {
    expect(() => encloseTail({ numerator: -1n, denominator: 2n }, 64)).toThrow("[numerical_failure]");
    expect(() => encloseTail({ numerator: 1n, denominator: 2n }, 5_000)).toThrow("[numerical_failure]");
  });
});
