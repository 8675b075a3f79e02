import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { noiseVectors } from "./golden-vectors.fixture.ts";
import { COARSE_ERROR } from "./grid-draw.ts";
import { takeBits64, openKeystream } from "./keystream.ts";
import { encloseTail } from "./normal-tail.ts";
import { BINADES, SEGMENTS, STRIDE, quantileTable } from "./quantile-table.ts";
import { rationalFromDouble } from "./rational.ts";
import { seededRandom } from "../testing/index.ts";

const { coefficients, errors } = quantileTable();

/** Horner's rule as the fast loop does it. */
function evaluate(e: number, segment: number, d: number): number {
  const s = (e * SEGMENTS + segment) * STRIDE;
  let x = coefficients[s + 6];
  for (let n = 5; n >= 0; n--) x = coefficients[s + n] + d * x;
  return x;
}

describe("the table of the normal quantile", () => {
  it("is, bit for bit, the one that mpmath derives from other formulas", () => {
    const bytes = Buffer.alloc(coefficients.length * 8);
    coefficients.forEach((value, i) => bytes.writeDoubleLE(value, i * 8));
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(noiseVectors.tableSha256);
  });

  it("claims a bound no smaller than mpmath's, and at most 5 % larger", () => {
    expect(errors.length).toBe(noiseVectors.errorBounds.length);
    noiseVectors.errorBounds.forEach((bound, e) => {
      expect(errors[e]).toBeGreaterThan(bound);
      expect(errors[e]).toBeLessThan(1.05 * bound);
    });
  });

  it("was found by mpmath to keep within its bound at nine places of every segment", () => {
    expect(noiseVectors.largestErrorOverBound).toBeLessThan(1);
  });

  it("keeps within its bound at random places, by the enclosed tail", () => {
    const stream = openKeystream(seededRandom("places"));
    for (let e = 0; e < BINADES; e++) {
      for (let i = 0; i < 40; i++) {
        const bits = takeBits64(stream);
        const half = 1n << BigInt(55 - e);
        const segment = bits & 63n;
        const place = (bits >> BigInt(8 + e)) - half;
        const p = ((2n * (BigInt(SEGMENTS) + segment) + 1n) << BigInt(55 - e)) + place;
        const x = evaluate(e, Number(segment), Number(place >> 32n) * 2 ** 32 + Number(place & 0xffffffffn));
        // the quantiles of p and p + 1 lie within [x − error, x + error], so the tails there lie outside p and p + 1
        const above = encloseTail(rationalFromDouble(Math.max(0, x + errors[e])), 192).upper;
        const below = encloseTail(rationalFromDouble(Math.max(0, x - errors[e])), 192).lower;
        expect(above <= p << 128n).toBe(true);
        expect(x - errors[e] <= 0 || below >= (p + 1n) << 128n).toBe(true);
      }
    }
  });

  it("has no error that the fast loop's one constant does not cover, the rounding of the product included", () => {
    // 4.91 > the quantile at 2^-21, 4.90096; see docs/numerics-noise.md, section 3
    for (const error of errors) expect(1.02 * (error + 2 ** -53 * 4.91)).toBeLessThan(COARSE_ERROR);
  });
});
