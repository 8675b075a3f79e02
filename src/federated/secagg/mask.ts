import { createCipheriv, hkdfSync } from "node:crypto";
import { keyBytes } from "./key-agreement.ts";

/** Words masked by one call of the cipher: 256 KiB stay in the cache. */
const chunkWords = 65_536;

/**
 * Adds (sign +1) or subtracts (−1) the pseudorandom mask of a seed, word by word modulo 2^32, in place.
 *
 * The mask is the AES-256-CTR keystream of HKDF-SHA-256(seed, salt = round digest, info), read as little-endian words: all 256
 * bits of the seed count, and every word value is reached.
 *
 * @param words - shape [length].
 * @param seed - 32 bytes, secret; used for one round (the salt holds the round).
 * @source Bonawitz et al. 2017, doi:10.1145/3133956.3133982, section 4; NIST SP 800-38A, 6.5; RFC 5869.
 */
export function addMask(words: Uint32Array, seed: Uint8Array, salt: Uint8Array, sign: 1 | -1): void {
  const key = new Uint8Array(hkdfSync("sha256", seed, salt, "sordino secure aggregation mask v1", keyBytes));
  const cipher = createCipheriv("aes-256-ctr", key, new Uint8Array(16));
  key.fill(0);
  const zeros = new Uint8Array(4 * Math.min(chunkWords, words.length));
  for (let from = 0; from < words.length; from += chunkWords) {
    const count = Math.min(chunkWords, words.length - from);
    const stream = aligned(cipher.update(zeros.subarray(0, 4 * count)));
    const chunk = words.subarray(from, from + count);
    if (sign === 1) for (let i = 0; i < count; i++) chunk[i] += stream[i];
    else for (let i = 0; i < count; i++) chunk[i] -= stream[i];
  }
}

/** The bytes as words of this machine, which is little-endian wherever Node runs WebAssembly threads. */
function aligned(bytes: Uint8Array): Uint32Array {
  const whole = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(whole.buffer, whole.byteOffset, whole.length / 4);
}
