import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { operatingSystemRandom } from "../../core/random-source.ts";
import { fixedPoint } from "./fixed-point.ts";

const random = operatingSystemRandom();

describe("fixed point modulo 2^32", () => {
  it("sums up to as many sites as it was made for within one step a site, at the ends of the range too", () => {
    const cases = fc.record({
      range: fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
      sites: fc.integer({ min: 1, max: 300 }),
      shares: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }),
    });
    fc.assert(
      fc.property(cases, ({ range, sites, shares }) => {
        const { encode, decode, step } = fixedPoint({ range, sites });
        const values = Float64Array.from(shares, (share) => share * range);
        const sum = new Uint32Array(values.length);
        for (let site = 0; site < sites; site++) encode(values, random).forEach((word, i) => (sum[i] += word));
        decode(sum).forEach((total, i) =>
          expect(Math.abs(total - sites * values[i])).toBeLessThanOrEqual(sites * step * 1.001),
        );
      }),
      { numRuns: 100, seed: 46 },
    );
  });

  it("C-P31: keeps the summed error of 10 sites at range 3 below 1.5e-5, and cuts off what lies outside the range", () => {
    const { encode, decode, step } = fixedPoint({ range: 3, sites: 10 });
    expect(10 * step).toBeLessThan(1.5e-5);
    const sum = new Uint32Array(3);
    for (let site = 0; site < 10; site++)
      encode(Float64Array.of(1 / 3, 100, -Infinity), random).forEach((w, i) => (sum[i] += w));
    const [third, high, low] = decode(sum);
    expect(Math.abs(third - 10 / 3)).toBeLessThan(1.5e-5);
    expect([high, low]).toEqual([30, -30]);
  });

  it("rounds without bias: the mean of 200,000 roundings of a third of a step", () => {
    const { encode, decode, step } = fixedPoint({ range: 1, sites: 1 });
    const values = new Float64Array(200_000).fill(step / 3);
    const mean = decode(encode(values, random)).reduce((sum, v) => sum + v, 0) / 200_000 / step;
    // standard deviation √(2/9/200,000) = 0.00105; 6.5 of them are passed with probability 8e-11
    expect(Math.abs(mean - 1 / 3)).toBeLessThan(0.0069);
  });

  it("C-P31: refuses a range of 0, below 0, not a number, infinite, or so small or large that sums break, and NaN among the values", () => {
    for (const range of [0, -3, NaN, Infinity, 5e-324, 1e308]) {
      expect(() => fixedPoint({ range, sites: 10 })).toThrow(/range must be/);
    }
    for (const sites of [0, 1.5, 2 ** 21]) expect(() => fixedPoint({ range: 1, sites })).toThrow(/sites must be/);
    expect(() => fixedPoint({ range: 1, sites: 2 }).encode(Float64Array.of(NaN), random)).toThrow(
      /values must be numbers/,
    );
  });
});
