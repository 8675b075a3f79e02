import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  type BigFloat,
  complementaryError,
  exactly,
  exponential,
  logTwo,
  logarithm,
  magnitude,
  minus,
  negative,
  one,
  over,
  pi,
  plus,
  shifted,
  squareRoot,
  times,
  toNumber,
} from "./big-float.ts";
import { gaussianDelta, sampledGaussianRdp } from "./mechanisms.ts";

/** The first digits of 0 < x < 10 after the point, as the tables print them. */
function digits(x: BigFloat, count: number): string {
  const scaled = times(x, { mantissa: 10n ** BigInt(count), exponent: 0 }, 4096);
  const whole =
    scaled.exponent >= 0 ? scaled.mantissa << BigInt(scaled.exponent) : scaled.mantissa >> BigInt(-scaled.exponent);
  return whole.toString();
}

function json(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
}

/** Bits to which two numbers agree. */
function agreement(a: BigFloat, b: BigFloat): number {
  return magnitude(b) - magnitude(minus(a, b, 4096));
}

describe("the arbitrary-precision oracle", () => {
  it("prints constants as the tables do", () => {
    expect(digits(pi(256), 50)).toBe("314159265358979323846264338327950288419716939937510");
    expect(digits(logTwo(256), 50)).toBe("69314718055994530941723212145817656807550013436025");
    expect(digits(exponential(one, 256), 50)).toBe("271828182845904523536028747135266249775724709369995");
    expect(digits(squareRoot(exactly(2), 256), 50)).toBe("141421356237309504880168872420969807856967187537694");
  });

  it("holds its own identities to 240 bits of 256", () => {
    for (const x of [0.1, 1e-9, 3.75, 30, 700.5, 1 + 2 ** -40]) {
      const value = exactly(x);
      expect(agreement(logarithm(exponential(value, 300), 300), value)).toBeGreaterThan(240);
      expect(agreement(exponential(logarithm(value, 300), 300), value)).toBeGreaterThan(240);
      expect(agreement(times(exponential(value, 256), exponential(negative(value), 256), 256), one)).toBeGreaterThan(
        240,
      );
      const root = squareRoot(value, 256);
      expect(agreement(times(root, root, 256), value)).toBeGreaterThan(240);
      if (x > 30) continue;
      const both = plus(complementaryError(value, 256), complementaryError(negative(value), 256), 256);
      expect(agreement(both, exactly(2))).toBeGreaterThan(240);
    }
  });

  it("does not change when it is given more bits", () => {
    for (const x of [0.5, 5, 26]) {
      expect(agreement(complementaryError(exactly(x), 256), complementaryError(exactly(x), 700))).toBeGreaterThan(240);
    }
    expect(agreement(gaussianDelta(2, 20, 320), gaussianDelta(2, 20, 800))).toBeGreaterThan(240);
    expect(agreement(sampledGaussianRdp(2, 0.01, 32, 512), sampledGaussianRdp(2, 0.01, 32, 900))).toBeGreaterThan(400);
  });

  it("keeps 128 bits over the whole range of its README", () => {
    let compared = 0;
    for (const z of [0.05, 0.3, 1, 7.7, 1e3, 1e6]) {
      for (const epsilon of [0, 1e-6, 0.1, 1, 20, 200]) {
        // δ is below 1e-50 from 15 standard deviations on
        if (epsilon * z - 0.5 / z > 15) continue;
        const fine = gaussianDelta(z, epsilon, 1600);
        if (!(toNumber(fine) > 1e-50)) continue;
        compared += 1;
        expect(agreement(gaussianDelta(z, epsilon), fine), `${z} ${epsilon}`).toBeGreaterThan(128);
      }
      for (const q of [1e-9, 0.01, 0.5, 1]) {
        for (const order of [2, 64]) {
          const fine = sampledGaussianRdp(z, q, order, 1200);
          expect(agreement(sampledGaussianRdp(z, q, order), fine), `${z} ${q} ${order}`).toBeGreaterThan(128);
        }
      }
    }
    expect(compared).toBeGreaterThan(15);
  });

  it("agrees with mpmath on elementary functions and erfc", () => {
    const vectors = json("../../src/numeric/numeric.vectors.json") as Record<string, [number, number][]>;
    const functions = { exp: exponential, log: logarithm, erfc: complementaryError };
    for (const [name, f] of Object.entries(functions)) {
      const rows = vectors[name] ?? [];
      expect(rows.length).toBeGreaterThan(50);
      for (const [x, value] of rows) {
        const error = Math.abs(toNumber(f(exactly(x), 128)) / value - 1);
        expect(error, `${name}(${x})`).toBeLessThanOrEqual(2 ** -51);
      }
    }
  });

  it("agrees with the golden Rényi curves at whole orders, and with the golden epsilons of the plain Gaussian", () => {
    const { rows } = json("../golden/accountant.json") as { rows: Record<string, unknown>[] };
    const number = (row: Record<string, unknown>, name: string): number => Number(row[name]);
    let compared = 0;
    for (const row of rows) {
      const [z, q, order] = [number(row, "noise_multiplier"), number(row, "sampling_prob"), number(row, "order")];
      if (row["table"] === "rdp_curve" && Number.isInteger(order)) {
        compared += 1;
        expect(Math.abs(toNumber(sampledGaussianRdp(z, q, order)) / number(row, "rdp") - 1), `${z} ${q}`).toBeLessThan(
          1e-14,
        );
      }
      if (row["table"] === "dp_sgd" && q === 1) {
        compared += 1;
        const { eps } = row["reference"] as { eps: number };
        const delta = toNumber(gaussianDelta(z / Math.sqrt(number(row, "steps")), eps));
        expect(Math.abs(delta / number(row, "delta") - 1), `${z}`).toBeLessThan(1e-12);
      }
    }
    expect(compared).toBe(8 + 3);
  });

  it("knows the plain Gaussian: order α costs α/2z², and δ(ε) is a trapezoid of the definition", () => {
    for (const z of [0.5, 1, 4]) {
      for (const order of [2, 5, 32]) {
        const want = over(exactly(order), shifted(exactly(z * z), 1), 512);
        expect(agreement(sampledGaussianRdp(z, 1, order), want)).toBeGreaterThan(480);
      }
      // ∫ (N(x − 1) − e^ε N(x))₊ dx in doubles, over where it is positive
      const epsilon = 1.5;
      const from = 0.5 + epsilon * z * z;
      const density = (x: number): number => Math.exp((-x * x) / (2 * z * z)) / (z * Math.sqrt(2 * Math.PI));
      const width = 14 * z + 1;
      let delta = 0;
      for (let i = 0; i <= 40_000; i++) {
        const x = from + (width * i) / 40_000;
        const weight = i === 0 || i === 40_000 ? 1 : i % 2 === 1 ? 4 : 2;
        delta += ((width / 40_000) * weight * (density(x - 1) - Math.exp(epsilon) * density(x))) / 3;
      }
      expect(Math.abs(toNumber(gaussianDelta(z, epsilon)) / delta - 1)).toBeLessThan(1e-9);
    }
  });
});
