import { createHmac } from "node:crypto";
import { split } from "shamir-secret-sharing";
import { describe, expect, it } from "vitest";
import { agreeOnKey, agreementKeyOf, createAgreementKey, rawPrivate } from "./key-agreement.ts";
import { addMask } from "./mask.ts";
import { SecretRecovery } from "./recover-secret.ts";

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const hmac = (key: Uint8Array, text: Uint8Array): Buffer => createHmac("sha256", key).update(text).digest();

describe("the primitives of a secure round", () => {
  it("agree on the key of RFC 7748, section 6.1, through the extract and expand of RFC 5869", () => {
    const alice = agreementKeyOf(bytes("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
    const bob = bytes("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    expect(Buffer.from(alice.publicBytes).toString("hex")).toBe(
      "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
    );
    const shared = bytes("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    const salt = bytes("00112233");
    const first = hmac(hmac(salt, shared), Buffer.concat([Buffer.from("info"), bytes("01")]));
    expect(Buffer.from(agreeOnKey(alice.privateKey, bob, salt, "info"))).toEqual(first);
  });

  it("refuse a public key of small order, which would make every secret the same", () => {
    expect(() => agreeOnKey(createAgreementKey().privateKey, new Uint8Array(32), new Uint8Array(1), "info")).toThrow();
  });

  it("give the same mask from the bytes of a key as from the key", () => {
    const key = createAgreementKey();
    expect(agreementKeyOf(rawPrivate(key.privateKey)).publicBytes).toEqual(key.publicBytes);
  });

  it("add and subtract one mask, at lengths around a chunk, and another mask for another round", () => {
    const seed = new Uint8Array(32).fill(7);
    for (const length of [1, 65_535, 65_536, 65_537]) {
      const words = new Uint32Array(length).fill(5);
      addMask(words, seed, bytes("01"), 1);
      const masked = words.slice();
      expect(masked.some((word) => word !== 5)).toBe(true);
      addMask(words, seed, bytes("01"), -1);
      expect(words.every((word) => word === 5)).toBe(true);
      addMask(words, seed, bytes("02"), 1);
      expect(words).not.toEqual(masked);
    }
  });

  it("4.4.5: take a mask from all 256 bits of the seed and reach both ends of the words", () => {
    const of = (seed: Uint8Array): Uint32Array => {
      const words = new Uint32Array(2 ** 20);
      addMask(words, seed, bytes("01"), 1);
      return words;
    };
    const base = of(new Uint8Array(32));
    for (let i = 0; i < 32; i++) {
      const seed = new Uint8Array(32);
      seed[i] = 128;
      const other = of(seed);
      // two independent words agree with probability 2^-32: 40 agreements among 2^20 have probability below 1e-100
      expect(base.reduce((count, word, k) => count + (word === other[k] ? 1 : 0), 0)).toBeLessThan(40);
    }
    // P(no word below 2^17) = (1 - 2^-15)^(2^20) < 2e-14, and as many for the upper end
    expect(base.some((word) => word < 2 ** 17)).toBe(true);
    expect(base.some((word) => word >= 2 ** 32 - 2 ** 17)).toBe(true);
  });

  it("put a secret together from any threshold of shares, past wrong ones, and never from fewer", async () => {
    const secret = new Uint8Array(32).map((_, i) => i * 7);
    const shares = await split(secret, 7, 5);
    const wrong = shares.map((share, i) => (i < 2 ? spoiled(share) : share));
    expect(await recovered(shares.slice(2), 5, secret)).toEqual(secret);
    expect(await recovered(wrong, 5, secret)).toEqual(secret);
    expect(await recovered(wrong.slice(0, 6), 5, secret)).toBeUndefined();
    expect(await recovered(shares.slice(0, 4), 5, secret)).toBeUndefined();
    expect(await recovered([shares[0], ...shares.slice(0, 4)], 5, secret)).toBeUndefined();
  });

  it("put a secret together past the wrong shares of 20 sites, whoever comes first", async () => {
    const secret = new Uint8Array(32).fill(5);
    const shares = await split(secret, 20, 14);
    for (const liars of [1, 2, 3]) {
      const wrong = shares.map((share, i) => (i < liars ? spoiled(share) : share));
      // three liars: a draw fails with probability 1 − C(17,14)/C(20,14) = 0.9825, and 2000 do with less than 1e-15
      expect(await recovered(wrong, 14, secret)).toEqual(secret);
    }
  });

  it("give a round up after a bounded number of failures, however many secrets it has", async () => {
    const secret = new Uint8Array(32).fill(5);
    const shares = (await split(secret, 20, 14)).map(spoiled);
    const recovery = new SecretRecovery(
      shares.map((_, i) => String(i)),
      14,
    );
    let asked = 0;
    for (let of = 0; of < 20; of++) {
      const holds = (): boolean => (asked++, false);
      expect(await recovery.recover((site) => shares[Number(site)], holds)).toBeUndefined();
    }
    expect(asked).toBeLessThanOrEqual(2020);
  });
});

const spoiled = (share: Uint8Array): Uint8Array => share.map((v, k) => (k === 0 ? v ^ 1 : v));

async function recovered(
  shares: readonly Uint8Array[],
  threshold: number,
  secret: Uint8Array,
): Promise<Uint8Array | undefined> {
  const sites = shares.map((_, i) => String(i));
  const holds = (found: Uint8Array): boolean => Buffer.compare(found, secret) === 0;
  return await new SecretRecovery(sites, threshold).recover((site) => shares[Number(site)], holds);
}
