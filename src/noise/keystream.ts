import { createCipheriv } from "node:crypto";
import type { RandomSource } from "../core/random-source.ts";

/** Bytes made by one call of the cipher: 8,192 draws of 64 bits. */
export const CHUNK_BYTES = 65_536;
/** A key makes 2^20 bytes, 2^16 blocks, and is dropped. */
export const CHUNKS_PER_KEY = 16;
export const KEY_BYTES = 32;
export const BLOCK_BYTES = 16;

/**
 * Secret random words. The consumer reads `unsigned` (or `signed`, the same words) from index `next` on, moves `next`,
 * and calls `refill` when `next` has reached the end. A word is used once.
 */
export interface Keystream {
  readonly kind: RandomSource["kind"];
  readonly unsigned: Uint32Array;
  readonly signed: Int32Array;
  next: number;
  /** Wipes the chunk that was read, replaces both views and sets `next` to 0. */
  refill(): void;
}

/**
 * AES-256 in counter mode, keyed with 32 + 16 bytes from `random` and keyed anew after every 2^20 bytes.
 *
 * The key lives in the cipher object, inside this closure: our copy is overwritten once the cipher has it.
 *
 * @param random - asked for 48 bytes at creation and after every 2^20 bytes.
 * @throws PrivacyError `entropy_unavailable` as `random` does, before any word of the new key is handed out.
 * @guarantee Blocks under one key never repeat, so the stream differs from random words by at most
 * n² / 2^129 = 2^-97 per key (n = 2^16 blocks; PRP/PRF switching), besides what breaks AES-256 itself. The counter
 * advances by 2^16 of its 2^128 values per key.
 * @source NIST SP 800-38A, 6.5 (CTR); Bellare, Rogaway 2006, ePrint 2004/331, Lemma 1 (switching).
 */
export function openKeystream(random: RandomSource): Keystream {
  const zeros = new Uint8Array(CHUNK_BYTES);
  let cipher = keyCipher(random);
  let chunksLeft = CHUNKS_PER_KEY;
  let chunk = new Uint8Array(0);
  let unsigned = new Uint32Array(0);
  let signed = new Int32Array(0);

  return {
    kind: random.kind,
    get unsigned() {
      return unsigned;
    },
    get signed() {
      return signed;
    },
    next: 0,
    refill() {
      if (chunksLeft === 0) {
        cipher = keyCipher(random);
        chunksLeft = CHUNKS_PER_KEY;
      }
      chunksLeft -= 1;
      chunk.fill(0);
      chunk = cipher.update(zeros);
      // node gives each update its own memory; a view at an odd offset would not be readable as words
      if (chunk.byteOffset % 4 !== 0) chunk = chunk.slice();
      unsigned = new Uint32Array(chunk.buffer, chunk.byteOffset, CHUNK_BYTES / 4);
      signed = new Int32Array(chunk.buffer, chunk.byteOffset, CHUNK_BYTES / 4);
      this.next = 0;
    },
  };
}

/** The next 64 bits as a whole number in [0, 2^64): the second word is the more significant. */
export function takeBits64(stream: Keystream): bigint {
  if (stream.next >= stream.unsigned.length) stream.refill();
  const low = stream.unsigned[stream.next];
  const high = stream.unsigned[stream.next + 1];
  stream.next += 2;
  return (BigInt(high) << 32n) | BigInt(low);
}

function keyCipher(random: RandomSource): ReturnType<typeof createCipheriv> {
  const secret = new Uint8Array(KEY_BYTES + BLOCK_BYTES);
  // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- a RandomSource is no array
  random.fill(secret);
  const cipher = createCipheriv("aes-256-ctr", secret.subarray(0, KEY_BYTES), secret.subarray(KEY_BYTES));
  secret.fill(0);
  return cipher;
}
