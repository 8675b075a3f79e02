import { expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { addNoiseFrom } from "./grid-gaussian.ts";
import { type Keystream, openKeystream, takeBits64 } from "./keystream.ts";
import { openNoiseKernel } from "./noise-kernel.ts";
import { quantileTable } from "./quantile-table.ts";
import { scriptKeystream } from "./scripted-keystream.fixture.ts";

const table = quantileTable();

function bothWays(open: () => Keystream, values: Float64Array, stddev: number): [Float64Array, Float64Array] {
  const kernel = openNoiseKernel(table);
  if (kernel === undefined) throw new Error("the kernels were not built");
  const [slow, fast] = [open(), open()];
  const sums = [addNoiseFrom(slow, table, values, stddev), addNoiseFrom(fast, table, values, stddev, kernel)];
  // and they go on at the same word
  expect(takeBits64(fast)).toBe(takeBits64(slow));
  return sums as [Float64Array, Float64Array];
}

const isSame = (a: Float64Array, b: Float64Array): boolean =>
  Buffer.compare(Buffer.from(a.buffer), Buffer.from(b.buffer)) === 0;

/** The laws of the kernel, for whichever build this process takes. */
export function itDrawsTheSame(): void {
  // 2.4 million draws in all; above 2^40 many are left open by the polynomial
  it.each([0.1, 0.3, 1, 17.25, 1e3, 7.3e6, 1e9])("draws what the loop draws, bit for bit, at σ = %d", (stddev) => {
    const values = Float64Array.from({ length: 350_001 }, (_, k) => (k % 17) - 8);
    const [slow, fast] = bothWays(() => openKeystream(seededRandom(`kernel ${stddev}`)), values, stddev);
    expect(isSame(slow, fast)).toBe(true);
  });

  it.each([1e12, 2 ** 40, 2 ** 45, 2 ** 46])("hands open draws back one by one, at σ = %d", (stddev) => {
    const [slow, fast] = bothWays(() => openKeystream(seededRandom(`open ${stddev}`)), new Float64Array(301), stddev);
    expect(isSame(slow, fast)).toBe(true);
  });

  it("draws the same at both ends of every segment of every binade, and in the tail beyond the table", () => {
    const words: bigint[] = [];
    for (let e = 0; e < 24; e++) {
      for (let j = 0n; j < 64n; j++) {
        const first = (64n + j) << BigInt(56 - e);
        const last = first + (1n << BigInt(56 - e)) - 1n;
        words.push(first, last, first | (1n << 63n), last | (1n << 63n), first + 1n);
      }
    }
    // draws beyond the table read on: plenty of words behind the last one
    const script = [
      ...words,
      ...Array.from({ length: 4096 }, (_, k) => (BigInt(k) * 0x9e3779b97f4a7c15n) & ((1n << 64n) - 1n)),
    ];
    for (const stddev of [0.7, 12.5, 1e5, 7.3e6]) {
      const [slow, fast] = bothWays(() => scriptKeystream(script), new Float64Array(words.length), stddev);
      expect(isSame(slow, fast)).toBe(true);
    }
  });

  it("draws the same where a value lies next to a border between two whole numbers", () => {
    const stream = openKeystream(seededRandom("borders"));
    const words = Array.from({ length: 600 }, () => takeBits64(stream));
    const script = [...words, ...Array.from({ length: 1200 }, () => takeBits64(stream))];
    const at = addNoiseFrom(scriptKeystream(script), table, new Float64Array(1), 2 ** 44)[0] / 2 ** 44;
    // a σ that puts the first draw within a few ulps of k + ½, from both sides
    for (const k of [0, 1, 2, 100, 12_345]) {
      for (let ulps = -8; ulps <= 8; ulps++) {
        const stddev = ((k + 0.5) / Math.abs(at)) * (1 + ulps * 2 ** -52);
        const [slow, fast] = bothWays(() => scriptKeystream(script), new Float64Array(600), stddev);
        expect(isSame(slow, fast)).toBe(true);
      }
    }
  });

  it("refuses what the loop refuses, wherever it stands, and returns no −0", () => {
    const kernel = openNoiseKernel(table);
    const open = (): Keystream => openKeystream(seededRandom("refusals"));
    for (const [bad, pattern] of [
      [0.5, /whole numbers/],
      [NaN, /whole numbers/],
      [Infinity, /whole numbers/],
      [2 ** 53, /2\^52/],
    ] as const) {
      for (const at of [0, 1, 8191, 8192, 8999, 9000]) {
        const values = new Float64Array(9001);
        values[at] = bad;
        for (const own of [undefined, kernel])
          expect(() => addNoiseFrom(open(), table, values, 1, own)).toThrow(pattern);
      }
    }
    const zeros = new Float64Array(9001).fill(-0);
    for (const stddev of [0, 0.01, 0.3]) {
      expect(addNoiseFrom(open(), table, zeros, stddev, kernel).some((value) => Object.is(value, -0))).toBe(false);
    }
  });

  it("holds no word of the stream after a call", () => {
    const values = new Float64Array(1000);
    const kernel = openNoiseKernel(table);
    const words = new Uint32Array(2000).fill(0x12345678);
    const first = kernel?.perturb(values, values, 0, words, 0, 1000, 1, 0.49, 2 ** 52);
    kernel?.wipe();
    expect(first).toBe(1000);
    expect(kernel?.isWiped()).toBe(true);
  });
}
