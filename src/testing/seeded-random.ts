import { createCipheriv, createHash } from "node:crypto";
import type { RandomSource } from "../core/random-source.ts";

/**
 * A reproducible stream for tests: AES-256-CTR keyed by SHA-256 of the seed. Its kind is `seeded-test`, which no
 * privacy card with a tier accepts: who knows the seed can subtract the noise.
 */
export function seededRandom(seed: number | string): RandomSource {
  const key = createHash("sha256").update(`sordino-test-seed:${seed}`).digest();
  const cipher = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  return {
    kind: "seeded-test",
    fill(bytes) {
      bytes.set(cipher.update(new Uint8Array(bytes.length)));
    },
  };
}
