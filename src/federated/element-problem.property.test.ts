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

  it("are looked at wherever they begin, and all of them", () => {
    const dtypes = fc.constantFrom("float32" as const, "float64" as const, "int64" as const, "bool" as const);
    const size = { float32: 4, float64: 8, int64: 8, bool: 1 };
    const bad = { float32: [0x7fc0_0000], float64: [0, 0x7ff0_0000], int64: [0, 0x7ff0_0000], bool: [2] };
    const reason = { float32: "non-finite", float64: "non-finite", int64: undefined, bool: "range" };
    fc.assert(
      fc.property(
        dtypes,
        fc.nat({ max: 9 }),
        fc.integer({ min: 1, max: 9_000 }),
        fc.nat(),
        (dtype, from, count, at) => {
          const bytes = new Uint8Array(from + count * size[dtype]).subarray(from);
          expect(elementProblem(dtype, bytes)).toBeUndefined();
          const words = new Uint8Array(Uint32Array.from(bad[dtype]).buffer).subarray(0, size[dtype]);
          bytes.set(words, (at % count) * size[dtype]);
          expect(elementProblem(dtype, bytes)).toBe(reason[dtype]);
        },
      ),
      { seed: 1, numRuns: 500 },
    );
  });
});
