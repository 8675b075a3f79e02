import { createCipheriv, createDecipheriv } from "node:crypto";

/** A share is 32 secret bytes and its position. */
export const shareBytes = 33;
const tagBytes = 16;
/** Two shares and the tag. */
export const boxBytes: number = 2 * shareBytes + tagBytes;

/** One site's share of another's two secrets. */
export interface SharePair {
  readonly seed: Uint8Array;
  readonly key: Uint8Array;
}

/**
 * Seals a pair of shares with AES-256-GCM. The nonce is zero: `key` is agreed anew per round and direction and seals once.
 *
 * @param about - associated data: round, from, to.
 * @source NIST SP 800-38D, section 8 (one nonce per key).
 */
export function sealShares({ seed, key: share }: SharePair, key: Uint8Array, about: Uint8Array): Uint8Array {
  const cipher = createCipheriv("aes-256-gcm", key, new Uint8Array(12));
  cipher.setAAD(about);
  return new Uint8Array(
    Buffer.concat([cipher.update(seed), cipher.update(share), cipher.final(), cipher.getAuthTag()]),
  );
}

/** @returns undefined unless the box was sealed with this key about this. */
export function openShares(box: Uint8Array, key: Uint8Array, about: Uint8Array): SharePair | undefined {
  if (box.length !== boxBytes) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, new Uint8Array(12));
  decipher.setAAD(about);
  decipher.setAuthTag(box.subarray(2 * shareBytes));
  const opened = decipher.update(box.subarray(0, 2 * shareBytes));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return { seed: new Uint8Array(opened.subarray(0, shareBytes)), key: new Uint8Array(opened.subarray(shareBytes)) };
}
