import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Download } from "./download.ts";
import { type Manifest, chunkBytes, manifestBytes, outgoingTensors } from "./manifest.ts";
import { chunkRuns } from "./model-file.ts";

const size = fc.oneof(
  fc.integer({ min: 0, max: 2_000 }),
  fc.constantFrom(0, chunkBytes - 1, chunkBytes, chunkBytes + 1, 3 * chunkBytes),
);
const manifest = fc.array(size, { minLength: 1, maxLength: 12 }).map((sizes): Manifest => {
  return sizes.map((n, i) => ({ name: `t${i}`, dtype: "uint8", shape: [n] }));
});
const start = { tensor: 0, index: 0 };

describe("the messages that carry a model", () => {
  it("hold every byte once, in order, at most 1 MiB each, and one tensor's part never shares a message", () => {
    fc.assert(
      fc.property(manifest, (m) => {
        let at = 0;
        for (const run of chunkRuns(m, start)) {
          expect(run.at).toBe(at);
          expect(run.length).toBeGreaterThan(0);
          expect(run.length).toBeLessThanOrEqual(chunkBytes);
          at += run.length;
        }
        expect(at).toBe(manifestBytes(m));
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it("from the place of any of them on are those that are left", () => {
    fc.assert(
      fc.property(manifest, (m) => {
        const all = [...chunkRuns(m, start)];
        for (const [i, run] of all.entries()) expect([...chunkRuns(m, run)]).toEqual(all.slice(i));
      }),
      { numRuns: 100, seed: 2 },
    );
  });

  it("are few where the tensors are small: 1,000 of 1 KiB take one message", () => {
    const m = Array.from({ length: 1_000 }, (_, i) => ({ name: `t${i}`, dtype: "uint8", shape: [1_024] }) as const);
    expect([...chunkRuns(m, start)]).toHaveLength(1);
  });
});

describe("a download", () => {
  const data = (n: number): Uint8Array => Uint8Array.from({ length: n }, (_, i) => i % 251);
  const { manifest: two } = outgoingTensors([
    { name: "a", dtype: "uint8", shape: [5], data: data(5) },
    { name: "b", dtype: "uint8", shape: [3], data: data(3) },
  ]);
  const both = Uint8Array.from([...data(5), ...data(3)]);

  it("takes whole tensors together, and nothing that is cut, empty or too long", () => {
    const take = (bytes: Uint8Array, tensor = 0): string => {
      const download = new Download(two);
      download.take({ kind: "chunk", tensor, index: 0, data: bytes });
      return download.state;
    };
    expect(take(both)).toBe("whole");
    expect(take(data(5))).toBe("coming");
    const wrong = [both.subarray(0, 7), Uint8Array.from([...both, 0]), both.subarray(0, 0), data(4), new Uint8Array(8)];
    for (const bytes of wrong) expect(take(bytes)).toBe("spoiled");
    expect(take(both, 1)).toBe("spoiled");
  });
});
