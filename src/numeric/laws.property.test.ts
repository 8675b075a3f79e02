import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as n from "./index.ts";

const runs = { numRuns: 2000, seed: 20_240_515 };
const finite = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });
const close = (got: number, want: number, relative: number, absolute = 0): void =>
  expect(Math.abs(got - want), `${got} and ${want}`).toBeLessThanOrEqual(relative * Math.abs(want) + absolute);

describe("doubles", () => {
  it("have no double between x and nextUp(x), and nextDown undoes it", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (x) => {
        const up = n.nextUp(x);
        expect(x === Infinity ? up === Infinity : up > x).toBe(true);
        if (Number.isFinite(x) && Number.isFinite(up)) expect([x, up]).toContain(x / 2 + up / 2);
        if (x < Infinity) expect(n.nextDown(up) === x).toBe(true);
      }),
      runs,
    );
  });

  it("are rounded outward by at least the error that is stated, and by no more than a few ulp beyond it", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), finite(1e-17, 0.5), (x, r) => {
        const [up, down] = [n.roundUp(x, r), n.roundDown(x, r)];
        expect(up).toBe(-n.roundDown(-x, r));
        expect(up >= x + Math.abs(x) * r && down <= x - Math.abs(x) * r).toBe(true);
        if (x > 0 && up < Infinity) expect(up * (1 - r)).toBeGreaterThanOrEqual(n.nextDown(x) * (1 - 2 ** -52));
        if (Math.abs(x) > 1e-300 && up < Infinity) close(up, x, r / (1 - r) + 1e-15);
      }),
      runs,
    );
  });

  it("multiply exactly in two parts", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b) => {
        const { high, low } = n.twoProduct(a, b);
        expect(BigInt(high) + BigInt(low)).toBe(BigInt(a) * BigInt(b));
      }),
      runs,
    );
  });
});

describe("sums", () => {
  it("lose no term to a large one that cancels", () => {
    expect(n.compensatedSum([1, 1e100, 1, -1e100])).toBe(2);
    expect(n.compensatedSum([])).toBe(0);
    expect(n.compensatedSum([Infinity, 1])).toBe(Infinity);
    expect(() => n.compensatedSum([Infinity, -Infinity])).toThrow("[numerical_failure]");
  });

  it("agree with whole-number arithmetic to an ulp, in any order", () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger(), { maxLength: 200 }), (values) => {
        const exact = values.reduce((sum, v) => sum + BigInt(v), 0n);
        close(n.compensatedSum(values), Number(exact), 2 ** -52, 1e-9);
        close(n.compensatedSum(values.toReversed()), Number(exact), 2 ** -52, 1e-9);
      }),
      { ...runs, numRuns: 300 },
    );
  });
});

describe("log space", () => {
  it("adds, subtracts back, and does so in any order", () => {
    fc.assert(
      fc.property(finite(-1e3, 1e3), finite(-30, 30), (a, gap) => {
        const b = a - gap;
        const sum = n.logAdd(a, b);
        expect(sum).toBe(n.logAdd(b, a));
        expect(sum).toBeGreaterThanOrEqual(Math.max(a, b));
        close(n.logSumExp([a, b]), sum, 4e-16, 4e-16);
        // the difference magnifies the sum's rounding by e^gap
        close(n.logSub(sum, a), b, 0, 1e-12 * Math.exp(Math.max(0, gap)));
      }),
      runs,
    );
  });

  it("has a zero and an infinity", () => {
    expect(n.logAdd(-Infinity, -Infinity)).toBe(-Infinity);
    expect(n.logAdd(-Infinity, 3)).toBe(3);
    expect(n.logAdd(Infinity, 3)).toBe(Infinity);
    expect(n.logAdd(Infinity, Infinity)).toBe(Infinity);
    expect(n.logSub(3, 3)).toBe(-Infinity);
    expect(n.logSub(3, -Infinity)).toBe(3);
    expect(n.logSub(-Infinity, -Infinity)).toBe(-Infinity);
    expect(n.logSumExp([])).toBe(-Infinity);
    expect(n.logSumExp([-Infinity, -Infinity])).toBe(-Infinity);
    expect(n.logSumExp([1e308, 1e308])).toBe(1e308);
    expect(n.log1mexp(0)).toBe(-Infinity);
    expect(n.logExpm1(0)).toBe(-Infinity);
    expect(n.logExpm1(1e5)).toBe(1e5);
  });
});

describe("the normal distribution", () => {
  it("never falls, and is the same seen from either side", () => {
    fc.assert(
      fc.property(finite(-45, 45), finite(1e-6, 1), (x, step) => {
        expect(n.normalCdf(x + step)).toBeGreaterThanOrEqual(n.normalCdf(x));
        expect(n.logNormalCdf(x + step)).toBeGreaterThanOrEqual(n.logNormalCdf(x));
        close(n.normalCdf(x) + n.normalCdf(-x), 1, 3e-16);
        close(Math.exp(n.logNormalCdf(x)), n.normalCdf(x), 1e-12, 1e-320);
      }),
      runs,
    );
  });

  it("lies within Mills' bounds far beyond the doubles", () => {
    fc.assert(
      fc.property(finite(2, 1e8), (x) => {
        const logDensity = -0.5 * x * x - 0.5 * Math.log(2 * Math.PI);
        const slack = 1e-15 * x * x;
        expect(n.logNormalCdf(-x)).toBeLessThanOrEqual(logDensity - Math.log(x) + slack);
        expect(n.logNormalCdf(-x)).toBeGreaterThanOrEqual(logDensity - Math.log(x + 1 / x) - slack);
      }),
      runs,
    );
  });

  it("is inverted by its quantile", () => {
    fc.assert(
      fc.property(finite(-1e6, -1e-3), (x) => {
        close(n.logNormalQuantile(n.logNormalCdf(x)), x, 1e-13, 1e-15);
        if (x > -37) close(n.normalQuantile(n.normalCdf(x)), x, 1e-13, 1e-15);
        if (x > -5) expect(n.normalQuantile(1 - n.normalCdf(x))).toBeCloseTo(-x, 6);
      }),
      runs,
    );
    expect([n.normalQuantile(0), n.normalQuantile(0.5), n.normalQuantile(1)]).toEqual([-Infinity, 0, Infinity]);
  });
});

describe("gamma and beta", () => {
  it("obey the recurrence of the factorial", () => {
    fc.assert(
      fc.property(finite(1e-3, 1e6), (x) => {
        close(n.logGamma(x + 1), n.logGamma(x) + Math.log(x), 1e-14, 1e-14);
      }),
      runs,
    );
  });

  it("give binomial coefficients that obey Pascal's rule and sum to 2ⁿ", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 1_000_000 }), finite(0, 1), (size, fraction) => {
        const k = 1 + Math.floor(fraction * (size - 2));
        const pascal = n.logAdd(n.logBinomial(size - 1, k - 1), n.logBinomial(size - 1, k));
        close(n.logBinomial(size, k), pascal, 2e-14);
        expect(n.logBinomial(size, k)).toBe(n.logBinomial(size, size - k));
      }),
      runs,
    );
    const row = Array.from({ length: 1001 }, (_, k) => n.logBinomial(1000, k));
    close(n.logSumExp(row), 1000 * Math.LN2, 1e-14);
  });

  it("make the incomplete beta function the tail of a binomial", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), finite(0, 1), finite(1e-3, 0.999), (trials, fraction, p) => {
        const k = 1 + Math.floor(fraction * (trials - 1));
        const terms = Array.from({ length: trials - k + 1 }, (_, i) => {
          return n.logBinomial(trials, k + i) + (k + i) * Math.log(p) + (trials - k - i) * Math.log1p(-p);
        });
        close(n.regularizedIncompleteBeta(p, k, trials - k + 1), Math.exp(n.logSumExp(terms)), 1e-11, 1e-300);
      }),
      { ...runs, numRuns: 500 },
    );
  });

  it("invert the incomplete beta function, which never falls and mirrors", () => {
    fc.assert(
      fc.property(finite(-2, 6), finite(-2, 6), finite(-12, -0.01), fc.boolean(), (logA, logB, logP, isUpper) => {
        const [a, b, tail] = [10 ** logA, 10 ** logB, 10 ** logP];
        const p = isUpper ? 1 - tail : tail;
        const x = n.inverseRegularizedIncompleteBeta(p, a, b);
        expect(x >= 0 && x <= 1).toBe(true);
        // p lies between the values a few ulp of x to either side; a double near 1 may hold too little of 1 − x to ask
        const [below, above] = [Math.max(0, x * (1 - 1e-13) - 1e-16), Math.min(1, x * (1 + 1e-13) + 1e-16)];
        expect(n.regularizedIncompleteBeta(below, a, b)).toBeLessThanOrEqual(p * (1 + 1e-12));
        expect(n.regularizedIncompleteBeta(above, a, b)).toBeGreaterThanOrEqual(p * (1 - 1e-12));
      }),
      { ...runs, numRuns: 1000 },
    );
  });
});

describe("bad arguments", () => {
  const unary = [
    n.erfc,
    n.erfcx,
    n.normalCdf,
    n.logNormalCdf,
    n.normalQuantile,
    n.logNormalQuantile,
    n.logGamma,
    n.log1mexp,
    n.logExpm1,
    n.nextUp,
    n.nextDown,
    n.gaussLegendre,
  ];
  it("never become NaN", () => {
    for (const f of unary) expect(() => f(Number.NaN), f.name).toThrow("[invalid_argument]");
    for (const f of [n.logAdd, n.logSub, n.logBinomial, n.logBeta, n.roundUp, n.roundDown]) {
      expect(() => f(Number.NaN, 1), f.name).toThrow(/^\[(invalid_argument|numerical_failure)\]/);
      expect(() => f(1, Number.NaN), f.name).toThrow(/^\[(invalid_argument|numerical_failure)\]/);
    }
    expect(() => n.logSumExp([0, Number.NaN])).toThrow("[numerical_failure]");
    expect(() => n.compensatedSum([0, Number.NaN])).toThrow("[numerical_failure]");
    expect(() => n.logSub(1, 2)).toThrow("[invalid_argument]");
    expect(() => n.logSub(Infinity, Infinity)).toThrow("[numerical_failure]");
    expect(() => n.logGamma(0)).toThrow("[invalid_argument]");
    expect(() => n.logBinomial(3, 4)).toThrow("[invalid_argument]");
    expect(() => n.logBinomial(3.5, 1)).toThrow("[invalid_argument]");
    for (const f of [n.regularizedIncompleteBeta, n.inverseRegularizedIncompleteBeta]) {
      for (const args of [
        [Number.NaN, 1, 1],
        [0.5, Number.NaN, 1],
        [0.5, 1, 0],
        [-0.1, 1, 1],
        [1.1, 1, 1],
        [0.5, Infinity, 1],
      ] as [number, number, number][]) {
        expect(() => f(...args), `${f.name} ${args.join()}`).toThrow("[invalid_argument]");
      }
    }
    expect(() => n.normalQuantile(1.1)).toThrow("[invalid_argument]");
    expect(() => n.gaussLegendre(0)).toThrow("[invalid_argument]");
  });
});
