import "@tensorflow/tfjs-backend-cpu";
import { memory, tensor } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { isPrivacyError } from "../core/index.ts";
import { type Batch, type Examples, rowsFromArrays } from "./rows.ts";

const labels = { data: Int32Array.of(0, 1, 2), shape: [3] };

async function gather(
  x: Examples | Examples[],
  y: Examples,
  indices: number[],
): Promise<{ x: number[][]; y: number[]; batch: Batch }> {
  const batch = await rowsFromArrays(x, y).gather(Uint32Array.from(indices));
  return { x: batch.x.map((t) => [...t.dataSync()]), y: [...batch.y.dataSync()], batch };
}

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return isPrivacyError(error) ? `${error.code}: ${error.message}` : String(error);
  }
  return "no error";
};

describe("rowsFromArrays", () => {
  it("copies out the rows asked for, scaled, in order, and nothing else", async () => {
    const x = { data: Uint8Array.of(0, 51, 102, 153, 204, 255), shape: [3, 2], scale: 1 / 255 };
    const out = await gather(x, labels, [0, 2]);
    expect(out.x[0]?.map((v) => Math.round(v * 5))).toEqual([0, 1, 4, 5]);
    expect(out.y).toEqual([0, 2]);
    expect(out.batch.x[0]?.shape).toEqual([2, 2]);
    expect(out.batch.y.dtype).toBe("int32");
  });

  it("takes tensors and several inputs, and gives an empty batch for no rows", async () => {
    const y = tensor([0, 1, 0]);
    const out = await gather([tensor([[1], [2], [3]]), { data: Int32Array.of(7, 8, 9), shape: [3] }], y, []);
    expect(out.batch.x.map((t) => t.shape)).toEqual([[0, 1], [0]]);
    expect(out.batch.y.shape).toEqual([0]);
  });

  it("makes exactly one tensor per input and one for the labels", async () => {
    const source = rowsFromArrays({ data: new Float32Array(6), shape: [3, 2] }, labels);
    const before = memory().numTensors;
    const batch = await source.gather(Uint32Array.of(1));
    expect(memory().numTensors).toBe(before + 2);
    for (const t of [...batch.x, batch.y]) t.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it("refuses empty, mismatched, mis-shaped and NaN-labelled data by name, never by record", () => {
    const x = { data: new Float32Array(6), shape: [3, 2] };
    expect(codeOf(() => rowsFromArrays(x, { data: new Float32Array(0), shape: [0] }))).toContain("data.y");
    expect(codeOf(() => rowsFromArrays(x, { data: new Float32Array(2), shape: [2] }))).toContain("data.x");
    expect(codeOf(() => rowsFromArrays({ data: new Float32Array(5), shape: [3, 2] }, labels))).toContain("data.x");
    const message = codeOf(() => rowsFromArrays(x, { data: Float32Array.of(1, NaN, 0), shape: [3] }));
    expect(message).toContain("invalid_argument: [invalid_argument] data.y");
    expect(message).not.toMatch(/\b1\b/);
  });
});
