import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bracketRoot, goldenSectionMinimum, nextDown, nextUp } from "./index.ts";

const runs = { numRuns: 2000, seed: 20_240_515 };
const end = (): fc.Arbitrary<"lo" | "hi"> => fc.constantFrom("lo", "hi");

/** Monotone shapes with the root where they are told, smooth, steep, flat, jumping and infinite. */
const shapes: readonly ((t: number) => number)[] = [
  (t) => t,
  (t) => t ** 3,
  (t) => Math.sinh(50 * t),
  (t) => Math.sign(t),
  (t) => (t > 0 ? Infinity : t),
  (t) => (t < 0 ? -1e-300 : Math.expm1(t)),
  (t) => Math.atan(1e6 * t),
  (t) => Math.trunc(t * 10) + Math.sign(t),
];

describe("bracketRoot", () => {
  it("returns the end that has the sign of the safe end, within the tolerance of the root", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -50, max: 50, noNaN: true }),
        fc.double({ min: 1e-3, max: 100, noNaN: true }),
        fc.double({ min: 1e-3, max: 100, noNaN: true }),
        fc.constantFrom(...shapes),
        fc.constantFrom(1, -1),
        end(),
        fc.constantFrom(0, 1e-12, 1e-3),
        (root, below, above, shape, direction, safe, relativeTolerance) => {
          const [lo, hi] = [root - below, root + above];
          let evaluations = 0;
          const f = (x: number): number => {
            evaluations += 1;
            return direction * shape(x - root);
          };
          const found = bracketRoot({ f, lo, hi, safe, relativeTolerance, absoluteTolerance: 1e-13 });
          const wanted = Math.sign(f(safe === "lo" ? lo : hi));
          expect([wanted, 0]).toContain(Math.sign(f(found.value)));
          expect(found.lo).toBeLessThanOrEqual(root);
          expect(found.hi).toBeGreaterThanOrEqual(root);
          expect([found.lo, found.hi]).toContain(found.value);
          expect(found.hi - found.lo).toBeLessThanOrEqual(1e-13 + relativeTolerance * Math.abs(found.value) + 1e-14);
          // 4·log2(200/1e-13) and some
          expect(evaluations).toBeLessThan(220);
        },
      ),
      runs,
    );
  });

  it("goes on to neighboring doubles when the tolerance is 0, over ranges of many magnitudes too", () => {
    fc.assert(
      fc.property(fc.double({ min: -280, max: 280, noNaN: true }), end(), (exponent, safe) => {
        const root = 10 ** exponent;
        const f = (x: number): number => Math.log(x) - Math.log(root) || x - root;
        const { value, lo, hi } = bracketRoot({ f, lo: 1e-300, hi: 1e300, safe, relativeTolerance: 0 });
        expect(hi === lo || hi === nextUp(lo)).toBe(true);
        expect(safe === "lo" ? f(value) <= 0 : f(value) >= 0).toBe(true);
      }),
      { ...runs, numRuns: 300 },
    );
  });

  it("is quick where the function is smooth", () => {
    let evaluations = 0;
    const f = (x: number): number => {
      evaluations += 1;
      return Math.exp(-x) - 1e-5;
    };
    const { value } = bracketRoot({ f, lo: 0, hi: 100, safe: "hi" });
    expect(Math.abs(value / Math.log(1e5) - 1)).toBeLessThan(1e-12);
    expect(evaluations).toBeLessThan(25);
  });

  it("refuses what has no sign change or no sign", () => {
    expect(() => bracketRoot({ f: (x) => x * x + 1, lo: -1, hi: 2, safe: "lo" })).toThrow("[invalid_argument]");
    expect(() => bracketRoot({ f: (x) => (x > 1 ? 1 : Number.NaN), lo: -1, hi: 2, safe: "lo" })).toThrow(
      "[numerical_failure]",
    );
    expect(() => bracketRoot({ f: (x) => x, lo: 2, hi: -1, safe: "lo" })).toThrow("[invalid_argument] lo must be");
    expect(() => bracketRoot({ f: (x) => x, lo: -1, hi: 2, safe: "lo", relativeTolerance: Number.NaN })).toThrow(
      "relativeTolerance",
    );
  });
});

describe("goldenSectionMinimum", () => {
  it("finds the valley of a unimodal function, with an infinite wall on either side", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -10, max: 10, noNaN: true }),
        fc.double({ min: 0.1, max: 30, noNaN: true }),
        fc.double({ min: 0.1, max: 30, noNaN: true }),
        fc.constantFrom<(t: number) => number>(
          Math.abs,
          (t) => t * t,
          (t) => Math.expm1(t) - t,
          (t) => (Math.abs(t) > 10 ? Infinity : t * t),
        ),
        (at, below, above, f) => {
          const found = goldenSectionMinimum({ f: (x) => f(x - at), lo: at - below, hi: at + above });
          expect(Math.abs(found.x - at)).toBeLessThan(1e-6);
          expect(found.value).toBe(f(found.x - at));
        },
      ),
      runs,
    );
  });

  it("finds the ends of a monotone function", () => {
    expect(goldenSectionMinimum({ f: (x) => x, lo: 1, hi: 9 }).value).toBe(1);
    expect(goldenSectionMinimum({ f: (x) => -x, lo: 1, hi: 9 }).value).toBe(-9);
  });

  it("refuses NaN", () => {
    expect(() => goldenSectionMinimum({ f: () => Number.NaN, lo: 0, hi: 1 })).toThrow("[numerical_failure]");
    expect(() => goldenSectionMinimum({ f: (x) => x, lo: 0, hi: nextDown(0) })).toThrow("[invalid_argument] lo");
  });
});
