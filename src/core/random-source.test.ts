import { describe, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { operatingSystemRandom } from "./random-source.ts";

const draw = (source: { fill(bytes: Uint8Array): void }, n = 32): string => {
  const bytes = new Uint8Array(n);
  source.fill(bytes);
  return Buffer.from(bytes).toString("hex");
};

describe("randomness", () => {
  it("of the operating system fills every byte and never repeats", () => {
    const source = operatingSystemRandom();
    expect(source.kind).toBe("operating-system");
    // a byte that stays zero in 64 draws has probability 2^-512
    const ored = new Uint8Array(33);
    for (let i = 0; i < 64; i++) {
      const bytes = new Uint8Array(33);
      source.fill(bytes);
      for (let k = 0; k < 33; k++) ored[k] = (ored[k] ?? 0) | (bytes[k] ?? 0);
    }
    expect(ored.every((b) => b !== 0)).toBe(true);
    expect(draw(source)).not.toBe(draw(source));
  });

  it("from a seed repeats exactly, says that it is a test's, and does not depend on how it is cut", () => {
    const [a, b] = [seededRandom(7), seededRandom(7)];
    expect(a.kind).toBe("seeded-test");
    expect(draw(a, 5) + draw(a, 27)).toBe(draw(b, 32));
    expect(draw(seededRandom(8))).not.toBe(draw(seededRandom(7)));
  });
});
