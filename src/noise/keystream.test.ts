import { describe, expect, it } from "vitest";
import { PrivacyError } from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import { seededRandom } from "../testing/index.ts";
import { openKeystream, takeBits64 } from "./keystream.ts";

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

/** A source that hands out fixed bytes and counts how often it was asked. */
function fixedSource(bytes: Uint8Array): RandomSource & { asked: number } {
  return {
    kind: "seeded-test",
    asked: 0,
    fill(target) {
      this.asked += 1;
      target.set(bytes);
    },
  };
}

describe("the keystream", () => {
  // NIST SP 800-38A, F.5.5 (CTR-AES256.Encrypt): key, initial counter block, plaintext, ciphertext
  const key = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
  const counter = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
  const plaintext =
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
  const ciphertext =
    "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c52b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6";

  it("is AES-256-CTR of the key and counter that the source gave (NIST SP 800-38A, F.5.5)", () => {
    const stream = openKeystream(fixedSource(bytesOfHex(key + counter)));
    stream.refill();
    const bytes = new Uint8Array(stream.unsigned.buffer, stream.unsigned.byteOffset, 64);
    const cipher = bytesOfHex(ciphertext);
    expect(bytes).toEqual(bytesOfHex(plaintext).map((byte, i) => byte ^ cipher[i]));
  });

  it("gives the second word of a pair as the high half", () => {
    const stream = openKeystream(seededRandom(1));
    stream.refill();
    const [low, high] = stream.unsigned;
    expect(takeBits64(stream)).toBe(BigInt(high) * 2n ** 32n + BigInt(low));
    expect(stream.next).toBe(2);
  });

  it("T19 never repeats a draw across chunks and keys (false alarm below 1e-9: 2^35 / 2^65 pairs)", () => {
    const stream = openKeystream(seededRandom(2));
    const seen = new Set<bigint>();
    for (let i = 0; i < 2 ** 17 + 2 ** 14; i++) seen.add(takeBits64(stream));
    expect(seen.size).toBe(2 ** 17 + 2 ** 14);
  });

  it("asks for a new key after 2^20 bytes, and wipes each chunk that was read", () => {
    const source = fixedSource(bytesOfHex(key + counter));
    const stream = openKeystream(source);
    stream.refill();
    const first = stream.unsigned;
    for (let chunk = 1; chunk < 16; chunk++) stream.refill();
    expect([...new Set(first)]).toEqual([0]);
    expect(source.asked).toBe(1);
    stream.refill();
    expect(source.asked).toBe(2);
  });

  it("overwrites its copy of the key", () => {
    let held = new Uint8Array(0);
    openKeystream({
      kind: "seeded-test",
      fill(bytes) {
        bytes.fill(7);
        held = bytes as Uint8Array<ArrayBuffer>;
      },
    });
    expect(held).toEqual(new Uint8Array(48));
  });

  it("fails as the source fails", () => {
    const fill = (): never => {
      throw new PrivacyError("entropy_unavailable", "none", { source: "test" });
    };
    expect(() => openKeystream({ kind: "operating-system", fill })).toThrow("[entropy_unavailable]");
  });
});
