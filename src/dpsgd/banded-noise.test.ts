import { describe, expect, it } from "vitest";
import { type GridGaussian, createGridGaussian } from "../noise/index.ts";
import { seededRandom } from "../testing/index.ts";
import { BandedNoise } from "./banded-noise.ts";
import { squareRootCoefficients } from "./noise-policy.ts";

/** Noise that is chosen: the whole numbers of a list, one call after the other. */
function scripted(draws: readonly number[], seen: Float64Array[] = []): GridGaussian {
  let call = 0;
  return {
    kind: "seeded-test",
    tvDistance: 0,
    addNoise(multiples) {
      seen.push(multiples.slice());
      const drawn = draws[call++] ?? 0;
      return multiples.map((value) => value + drawn);
    },
  };
}

describe("the strategy of correlated noise", () => {
  it("has the coefficients of the square root of the matrix of ones, cut and of norm 1", () => {
    // binom(2j, j) / 4^j by mpmath, normalised by NumPy
    const wanted = [0.8197048313256959, 0.40985241566284797, 0.30738931174713596, 0.25615775978927996];
    squareRootCoefficients(4).forEach((c, j) => expect(c).toBeCloseTo(wanted[j] ?? NaN, 14));
    expect(squareRootCoefficients(1)).toEqual([1]);
  });

  it("never has a column longer than 1, however it is rounded, so that noise is never less than priced", () => {
    for (const bands of [1, 2, 3, 8, 64, 500]) {
      for (const size of [1, 2 ** 14, 2 ** 22.5]) {
        const used = new BandedNoise(squareRootCoefficients(bands), size).coefficients;
        const norm = Math.hypot(...used);
        expect(norm).toBeLessThanOrEqual(1);
        expect(norm).toBeGreaterThan(0.85);
      }
    }
    const alternating = new BandedNoise([0.6, -0.8], 2 ** 14).coefficients;
    expect(Math.hypot(...alternating)).toBeLessThanOrEqual(1);
    expect(() => new BandedNoise([1e-9, 1], 2 ** 14)).toThrow("first coefficient");
    expect(() => new BandedNoise([1], 2 ** 33)).toThrow("too few bits");
  });
});

describe("correlated noise", () => {
  it("is the strategy's inverse times the draws, added to the sums", () => {
    const coefficients = squareRootCoefficients(4);
    const [draws, bits] = [[1, -2, 3, 0.5, -1, 2], 16];
    const noise = new BandedNoise(coefficients, 1);
    const source = scripted(draws.map((d) => d * 2 ** bits));
    const sums = [5, -3, 0, 8, 2, -9];
    const released = sums.map((g) => noise.addNoise("w", Float64Array.of(g), source, 1)[0] ?? NaN);
    const c = noise.coefficients;
    // by forward substitution of the recurrence, written out: sum_j c_j X_{t-j} = sum_j c_j G_{t-j} + Z_t
    released.forEach((_, t) => {
      const at = (values: readonly number[]): number => c.reduce((sum, cj, j) => sum + cj * (values[t - j] ?? 0), 0);
      expect(at(released)).toBeCloseTo(at(sums) + (draws[t] ?? NaN), 9);
    });
    // numpy.linalg.solve(C, Z), C with coefficients that are not rounded to 16 bits
    const numpy = [1.219951330996, -3.049878327491, 4.727311407612, -0.991210456435, -1.544000903292, 2.10632222];
    released.forEach((value, t) => expect(Math.abs(value - (sums[t] ?? NaN) - (numpy[t] ?? NaN))).toBeLessThan(1e-3));
  });

  it("hands whole numbers to the noise, which is all that its proof knows about", () => {
    const seen: Float64Array[] = [];
    const noise = new BandedNoise(squareRootCoefficients(5), 2 ** 20);
    const source = scripted([3, -1, 4, 1, -5, 9, 2], seen);
    for (let t = 0; t < 7; t++) noise.addNoise("w", Float64Array.of(t * 1000 - 3, -(2 ** 36) + t), source, 1);
    expect(seen.every((values) => values.every(Number.isSafeInteger))).toBe(true);
  });

  it("keeps weights apart and forgets everything when it is disposed", () => {
    const noise = new BandedNoise([0.8, 0.6], 2 ** 14);
    const one = noise.addNoise("a", Float64Array.of(10), scripted([0]), 1);
    const fresh = noise.addNoise("b", Float64Array.of(10), scripted([0]), 1);
    expect(fresh).toEqual(one);
    expect(one[0]).toBeCloseTo(10, 12);
    noise.addNoise("a", Float64Array.of(1), scripted([64]), 1);
    noise.dispose();
    expect(noise.addNoise("a", Float64Array.of(10), scripted([0]), 1)).toEqual(one);
  });

  it("leaves in the sum of 64 steps less than a third of the variance that independent noise leaves there", () => {
    const [bands, steps, n, sigma] = [8, 64, 4000, 1000];
    const noise = new BandedNoise(squareRootCoefficients(bands), 2 ** 14);
    const source = createGridGaussian(seededRandom("banded"));
    const total = new Float64Array(n);
    for (let t = 0; t < steps; t++) {
      const released = noise.addNoise("w", new Float64Array(n), source, sigma);
      for (let k = 0; k < n; k++) total[k] = (total[k] ?? 0) + (released[k] ?? 0);
    }
    const variance = total.reduce((sum, v) => sum + v * v, 0) / n / sigma ** 2;
    // last row of A·C⁻¹, squared and summed by NumPy; chi-square of 4000 degrees of freedom, 6.5 sigma: 8e-11
    expect(Math.abs(variance / lastRowOfPrefix - 1)).toBeLessThan(6.5 * Math.sqrt(2 / n) + 0.01);
    expect(lastRowOfPrefix).toBeLessThan(64 / 3);
  });
});

/** ‖last row of A·C⁻¹‖², A the 64 × 64 matrix of ones below the diagonal, C of 8 bands. */
const lastRowOfPrefix = 12.879710550840475;
