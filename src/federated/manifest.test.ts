import { describe, expect, it } from "vitest";
import { manifestDifference, manifestProblem, modelDigest, outgoingTensors, tensorOffsets } from "./manifest.ts";
import { bytesOfParameter } from "./parameters.ts";

const w = { name: "w", dtype: "float32", shape: [2, 3] } as const;

describe("a manifest", () => {
  it("is refused before memory is taken when it is empty, repeats a name, or is too large", () => {
    expect(manifestProblem([], 1e9)).toBe("count");
    expect(manifestProblem([w, w], 1e9)).toBe("name");
    expect(manifestProblem([{ ...w, name: "" }], 1e9)).toBe("name");
    expect(manifestProblem([{ ...w, shape: Array.from({ length: 17 }, () => 1) }], 1e9)).toBe("shape");
    expect(manifestProblem([{ ...w, shape: [2 ** 31, 2 ** 31] }], 1e9)).toBe("size");
    expect(manifestProblem([{ ...w, sha256: new Uint8Array(31) }], 1e9)).toBe("digest");
    expect(manifestProblem([w], 24)).toBeUndefined();
    expect(manifestProblem([w], 23)).toBe("size");
  });

  it("differs by count, name, type, shape or order", () => {
    const v = { ...w, name: "v" };
    expect(manifestDifference([w, v], [w, v])).toBeUndefined();
    expect(manifestDifference([w, v], [w])).toBe("count");
    expect(manifestDifference([w, v], [v, w])).toBe("name");
    expect(manifestDifference([w], [{ ...w, dtype: "int32" }])).toBe("dtype");
    // same bytes, another meaning
    expect(manifestDifference([w], [{ ...w, shape: [3, 2] }])).toBe("shape");
  });

  it("places tensors one after the other", () => {
    expect(tensorOffsets([w, { ...w, dtype: "float64" }, w])).toEqual([0, 24, 72]);
  });

  it("has a digest that changes with any bit, name or shape", () => {
    const digest = (name: string, shape: number[], data: number[]): string =>
      modelDigest(outgoingTensors([{ name, dtype: "float32", shape, data }]).manifest);
    const all = [
      digest("w", [2], [1, 2]),
      digest("v", [2], [1, 2]),
      digest("w", [2, 1], [1, 2]),
      digest("w", [2], [1, 2.0000002]),
      digest("w", [2], [2, 1]),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(digest("w", [2], [1, 2])).toBe(all[0]);
  });
});

describe("a parameter", () => {
  it("travels little-endian, row-major", () => {
    const float = bytesOfParameter({ dtype: "float32", shape: [2], data: [1, -2] });
    expect([...float]).toEqual([0, 0, 128, 63, 0, 0, 0, 192]);
    expect([...bytesOfParameter({ dtype: "int64", shape: [], data: [-2] })]).toEqual([
      254,
      ...Array.from({ length: 7 }, () => 255),
    ]);
  });

  it("of a view into a larger buffer sends its own bytes alone", () => {
    const data = new Float32Array(8).subarray(2, 4).fill(1);
    expect(bytesOfParameter({ dtype: "float32", shape: [2], data })).toHaveLength(8);
  });

  it.each([
    ["shape", { dtype: "float32", shape: [3], data: [1, 2] }],
    ["shape", { dtype: "float32", shape: [-1], data: [] }],
    ["data", { dtype: "float32", shape: [2], data: new Float64Array(2) }],
    ["data", { dtype: "uint8", shape: [1], data: [256] }],
    ["data", { dtype: "int32", shape: [1], data: [0.5] }],
    ["data", { dtype: "int64", shape: [1], data: [2 ** 60] }],
    ["data", { dtype: "bool", shape: [1], data: Uint8Array.of(2) }],
    ["dtype", { dtype: "float16", shape: [1], data: [1] }],
    ["dtype", { dtype: "__proto__", shape: [1], data: [1] }],
  ])("with an impossible %s is refused by that name: %j", (field, parameter) => {
    expect(() => bytesOfParameter(parameter as never, "p")).toThrow(`p.${field}`);
  });
});
