import { combine } from "shamir-secret-sharing";

/** Subsets of the shares that are tried before a secret is given up: one or two wrong shares among many are found well before. */
const attempts = 2000;

/**
 * Puts a shared secret together although some shares may be wrong: subsets of `threshold` shares are tried, nearest to the
 * first ones first, until `holds` says that the result is the secret.
 *
 * @param shares - 33 bytes each.
 * @returns undefined when no subset that was tried holds.
 * @source Shamir 1979, doi:10.1145/359168.359176, over GF(2^8) by the library.
 */
export async function recoverSecret(
  shares: readonly Uint8Array[],
  threshold: number,
  holds: (secret: Uint8Array) => boolean,
): Promise<Uint8Array | undefined> {
  let left = attempts;
  for (const subset of subsets(shares, threshold)) {
    if (left-- === 0) return undefined;
    const secret = await combineDistinct(subset);
    if (secret !== undefined && holds(secret)) return secret;
  }
  return undefined;
}

/** Two shares of one position, or a share of zeros, are no shares of one polynomial: the library throws for them. */
async function combineDistinct(shares: Uint8Array[]): Promise<Uint8Array | undefined> {
  try {
    return await combine(shares);
  } catch {
    return undefined;
  }
}

/** All subsets of `size`, those that leave out an early element last. */
function* subsets(all: readonly Uint8Array[], size: number): Generator<Uint8Array[]> {
  if (size === 0) yield [];
  else {
    for (let i = 0; i + size <= all.length; i++) {
      for (const rest of subsets(all.slice(i + 1), size - 1)) yield [all[i], ...rest];
    }
  }
}
