import type { Keystream } from "./keystream.ts";

/** A keystream of chosen 64-bit words; asking for more than there are throws, so that a test sees what was used. */
export function scriptKeystream(words: readonly bigint[]): Keystream {
  const unsigned = new Uint32Array(words.length * 2);
  words.forEach((word, i) => {
    unsigned[2 * i] = Number(word & 0xffffffffn);
    unsigned[2 * i + 1] = Number(word >> 32n);
  });
  return {
    kind: "seeded-test",
    unsigned,
    signed: new Int32Array(unsigned.buffer),
    next: 0,
    refill() {
      throw new Error("the script has no more words");
    },
  };
}

/** The 64-bit words of a number written in hexadecimal, the most significant first. */
export function wordsOfHex(hex: string): bigint[] {
  return (hex.match(/.{16}/g) ?? []).map((word) => BigInt(`0x${word}`));
}
