import { describe, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { TV_DISTANCE, approximateQuantile, roundExactly } from "./exact-rounding.ts";
import { noiseVectors } from "./golden-vectors.fixture.ts";
import { addNoiseFrom } from "./grid-gaussian.ts";
import { openKeystream, takeBits64 } from "./keystream.ts";
import { quantileTable } from "./quantile-table.ts";
import { rationalFromDouble } from "./rational.ts";
import { scriptKeystream, wordsOfHex } from "./scripted-keystream.fixture.ts";

const table = quantileTable();
const SIGN = 1n << 63n;
const spare = [0x0123456789abcdefn, 0xfedcba9876543210n, 0x5555555555555555n, 0xaaaaaaaaaaaaaaaan];

describe("draws next to a boundary", () => {
  it("come out as mpmath decides, on both sides, with either sign, at every scale", () => {
    expect(noiseVectors.decisions.length).toBeGreaterThan(1_000);
    for (const [stddev, hex, answer] of noiseVectors.decisions) {
      const words = wordsOfHex(hex);
      const up = addNoiseFrom(scriptKeystream([...words, ...spare]), table, Float64Array.of(0), stddev);
      const signed = [words[0] | SIGN, ...words.slice(1), ...spare];
      const down = addNoiseFrom(scriptKeystream(signed), table, Float64Array.of(0), stddev);
      expect([stddev, hex, up[0]]).toEqual([stddev, hex, answer]);
      expect([stddev, hex, down[0]]).toEqual([stddev, hex, answer === 0 ? 0 : -answer]);
    }
  });

  it("read further words only as far as the decision needs", () => {
    const nearest = noiseVectors.decisions.filter(([stddev, hex]) => stddev === 12.5 && hex.length === 96 && hex > "1");
    expect(nearest.length).toBeGreaterThan(0);
    for (const [stddev, hex] of nearest) {
      const stream = scriptKeystream([...wordsOfHex(hex), ...spare]);
      addNoiseFrom(stream, table, Float64Array.of(0), stddev);
      expect(stream.next).toBe(2 * 6);
    }
  });

  it("hold whatever follows: the words after the last one that matters change nothing", () => {
    const stream = openKeystream(seededRandom("tail words"));
    for (const [stddev, hex, answer] of noiseVectors.decisions.slice(0, 200)) {
      const words = [...wordsOfHex(hex), ...Array.from({ length: 4 }, () => takeBits64(stream))];
      expect(addNoiseFrom(scriptKeystream(words), table, Float64Array.of(0), stddev)[0]).toBe(answer);
    }
  });
});

describe("the fast path", () => {
  // 0.3 … 1e3: nearly all draws are decided by the polynomial; 1e12 and 2^45: many are not
  it.each([0.3, 1, 17.25, 1e3, 1e9, 1e12, 2 ** 45])("agrees with exact comparison at σ = %d", (stddev) => {
    const stream = openKeystream(seededRandom(`fast ${stddev}`));
    const draws = 400;
    const words = Array.from({ length: draws }, () => takeBits64(stream));
    // each of the last draws lies in a binade of its own, far into the tail
    for (let i = 0; i < 30; i++) words[i] = (words[i] & SIGN) | ((words[i] & ~SIGN) >> BigInt(i));
    for (const word of words) {
      const fast = addNoiseFrom(scriptKeystream([word, ...spare]), table, Float64Array.of(0), stddev)[0];
      const exact = roundExactly(
        { value: word & ~SIGN, length: 64 },
        rationalFromDouble(stddev),
        Math.abs(fast),
        scriptKeystream(spare),
      );
      expect(Math.abs(fast)).toBe(exact);
    }
  });
});

describe("the exact decision", () => {
  it("does not depend on the candidate", () => {
    const stream = openKeystream(seededRandom("candidates"));
    for (let i = 0; i < 10; i++) {
      const value = takeBits64(stream) >> 1n;
      const answers = [0, 5, 11, 1_000_000].map((candidate) =>
        roundExactly({ value, length: 64 }, rationalFromDouble(950.5), candidate, scriptKeystream(spare)),
      );
      expect(new Set(answers).size).toBe(1);
    }
  });

  it("starts from a good candidate in the deep tail: scipy.stats.norm.isf(2 ** -71) = 9.59403831412416", () => {
    const x = approximateQuantile({ value: 1n, length: 71 }, scriptKeystream([0n, 0n, ...spare]));
    expect(x).toBeCloseTo(9.59403831412416, 13);
  });

  it("gives up after 1,024 bits rather than guess: a source stuck at zero is told", () => {
    const zeros = scriptKeystream(Array.from({ length: 40 }, () => 0n));
    expect(() => addNoiseFrom(zeros, table, Float64Array.of(0), 1)).toThrow(/\[numerical_failure\].*1,024/);
    expect(zeros.next).toBe(2 * 16);
    expect(TV_DISTANCE).toBe(2 ** -900);
  });
});
