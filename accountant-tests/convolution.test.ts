import { describe, expect, it } from "vitest";
import {
  account,
  composed,
  epsilonDelta,
  poissonSampled,
  randomizedResponse,
  selfComposed,
} from "../src/accounting/index.ts";

const neighboring = "replace-one";

/** Whole-number masses of a sum over a common denominator: convolution of integers, nothing rounded. */
function convolve(a: readonly bigint[], b: readonly bigint[]): bigint[] {
  const out = Array.from({ length: a.length + b.length - 1 }, () => 0n);
  a.forEach((x, i) => b.forEach((y, j) => (out[i + j] = (out[i + j] ?? 0n) + x * y)));
  return out;
}

function power(law: readonly bigint[], n: number): bigint[] {
  let out = [1n];
  for (let i = 0; i < n; i++) out = convolve(out, law);
  return out;
}

/** top / bottom as the nearest double but for a few units. */
function ratio(top: bigint, bottom: bigint): number {
  const excess = top.toString(2).length - bottom.toString(2).length;
  const shift = BigInt(Math.max(0, 80 - excess));
  return Number((top << shift) / bottom) / 2 ** Number(shift);
}

/**
 * Binary answers that are the truth with probability r/(r + 1): the loss is ±log r, and that of n of them (2k − n)·log r with
 * C(n, k)·r^k of (r + 1)^n. δ at ε = m·log r without any rounding.
 */
function exactDelta(r: bigint, n: number, m: number): number {
  const withTruth = power([1n, r], n);
  const without = power([r, 1n], n);
  const growth = r ** BigInt(m);
  let sum = 0n;
  withTruth.forEach((p, k) => {
    const gap = p - growth * (without[k] ?? 0n);
    if (gap > 0n) sum += gap;
  });
  return ratio(sum, (r + 1n) ** BigInt(n));
}

/** The noise parameter at which binary randomised response tells the truth r times as often as not. */
const noiseParameter = (r: number): number => 2 / (r + 1);

describe("randomised response convolved in whole numbers", () => {
  for (const [r, n] of [
    [3, 20],
    [2, 64],
    [7, 9],
    [3, 300],
  ] as const) {
    it(`A22: ${n} answers, truth ${r} to 1: every delta in the bracket of every engine, to 2 %`, () => {
      const event = selfComposed(randomizedResponse(noiseParameter(r), 2), n);
      const found = account(event, { neighboring });
      for (const share of [0.1, 0.3, 0.6, 0.85]) {
        const m = Math.round(share * n);
        // the loss (2k − n)·log r has the parity of n; between its values δ is exact too
        const exact = exactDelta(BigInt(r), n, m);
        const epsilon = m * Math.log(r);
        const { lower, upper } = found.delta({ epsilon });
        expect(upper, `${r} ${n} ${m}`).toBeGreaterThanOrEqual(exact * (1 - 1e-12));
        expect(lower).toBeLessThanOrEqual(exact * (1 + 1e-12));
        expect(upper).toBeLessThanOrEqual(exact * 1.02);
        if (!(exact > 1e-300)) continue;
        const { engines, epsilon: answer } = found.guarantee({ delta: exact, tolerance: 1e-3 * epsilon });
        // the bracket at the rounded δ may miss by that rounding
        expect(answer.upper).toBeGreaterThanOrEqual(epsilon * (1 - 1e-9));
        expect(answer.lower).toBeLessThanOrEqual(epsilon * (1 + 1e-9));
        for (const engine of engines) {
          expect(engine.epsilon.upper, engine.name).toBeGreaterThanOrEqual(epsilon * (1 - 1e-9));
          expect(engine.epsilon.lower, engine.name).toBeLessThanOrEqual(epsilon * (1 + 1e-9));
        }
      }
    });
  }

  it("A14, A22: the pure engine is that sum to 1e-9, for opaque mechanisms too", () => {
    const [r, n] = [3, 20];
    const opaque = account(selfComposed(epsilonDelta(Math.log(r), 0), n), { neighboring });
    for (const m of [1, 5, 12, 18]) {
      const exact = exactDelta(BigInt(r), n, m);
      const { upper } = opaque.delta({ epsilon: m * Math.log(r) });
      expect(upper / exact).toBeGreaterThanOrEqual(1 - 1e-12);
      expect(upper / exact).toBeLessThan(1 + 1e-9);
    }
  });

  it("A22: two kinds of answers, 12 of one and 5 of the other, as the product of both laws", () => {
    // log 9 = 2·log 3: one lattice of losses, in steps of log 3
    const a = power([1n, 0n, 3n], 12);
    const b = power([1n, 0n, 0n, 0n, 9n], 5);
    const withTruth = convolve(a, b);
    const centre = 12 + 10;
    const event = composed(
      selfComposed(randomizedResponse(noiseParameter(3), 2), 12),
      selfComposed(randomizedResponse(noiseParameter(9), 2), 5),
    );
    const found = account(event, { neighboring });
    for (const m of [0, 3, 9, 17]) {
      let sum = 0n;
      withTruth.forEach((p, i) => {
        // P/Q = 3^loss, so P − 3^m·Q = P·(1 − 3^(m − loss))
        const loss = i - centre;
        if (loss > m) sum += p - p / 3n ** BigInt(loss - m);
      });
      const exact = ratio(sum, 4n ** 12n * 10n ** 5n);
      const { lower, upper } = found.delta({ epsilon: m * Math.log(3) });
      expect(upper).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
      expect(lower).toBeLessThanOrEqual(exact * (1 + 1e-9));
      expect(upper).toBeLessThanOrEqual(exact * (1 + 1e-6));
    }
  });

  it("A22: sampled answers, of which half are drawn: the mixture's law in whole numbers", () => {
    // drawn or not counts as revealed under replace-one: loss 0 with weight 2·4, ±log 3 with 2·3 and 2·1 of 16
    const n = 10;
    const law = power([2n, 8n, 6n], n);
    const event = selfComposed(poissonSampled(0.5, randomizedResponse(noiseParameter(3), 2)), n);
    const found = account(event, { neighboring });
    for (const m of [1, 4, 8]) {
      let sum = 0n;
      law.forEach((p, i) => {
        if (i - n > m) sum += p - p / 3n ** BigInt(i - n - m);
      });
      const exact = ratio(sum, 16n ** BigInt(n));
      const { upper } = found.delta({ epsilon: m * Math.log(3), tolerance: 1e-3 });
      expect(upper).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
      expect(upper).toBeLessThan(exact * 1.1);
    }
  });
});
