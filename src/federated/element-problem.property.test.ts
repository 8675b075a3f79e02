import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { elementProblem } from "./element-problem.ts";

describe("the elements of a chunk", () => {
  it("of float32 are refused exactly when one is not finite, wherever it stands, for every pattern of bits", () => {
    const patterns = fc.oneof(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.constantFrom(
        0x7f80_0000,
        0xff80_0000,
        0x7fc0_0000,
        0x7f80_0001,
        0xffff_ffff,
        0x7f7f_ffff,
        0xff7f_ffff,
        0x8000_0000,
      ),
    );
    fc.assert(
      fc.property(fc.array(patterns, { maxLength: 11 }), (words) => {
        const bits = Uint32Array.from(words);
        const isFinite = new Float32Array(bits.buffer).every((x) => Number.isFinite(x));
        expect(elementProblem("float32", new Uint8Array(bits.buffer))).toBe(isFinite ? undefined : "non-finite");
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });
});
