import { randomInt } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { combine } from "shamir-secret-sharing";

/** Subsets of shares that fail before a whole round is given up, whatever its number of secrets. */
const mostFailures = 2000;
/** A subset of t shares costs some t² multiplications: large rounds may fail less often, so that all takes seconds. */
const mostWork = 2e7;

/**
 * Puts the shared secrets of one round together although some sites disclosed wrong shares. Subsets of `threshold` sites are
 * tried until the result holds: all of them where they are few, and otherwise subsets that are drawn, so that nobody can place a
 * wrong share where it costs most. Who was right for one secret is asked first for the next.
 *
 * A subset of t of m sites without any of e liars is drawn with probability C(m−e, t) / C(m, t): of 20 sites with threshold 14,
 * three liars cost about 60 failures. What liars can make this side compute is bounded for the round as a whole.
 *
 * @source Shamir 1979, doi:10.1145/359168.359176, over GF(2^8) by the library.
 */
export class SecretRecovery {
  readonly #threshold: number;
  /** Who was right comes first. */
  #sites: readonly string[];
  #left: number;

  /** @param sites - who disclosed shares. */
  constructor(sites: readonly string[], threshold: number) {
    this.#sites = sites;
    this.#threshold = threshold;
    this.#left = Math.max(1, Math.min(mostFailures, Math.floor(mostWork / threshold ** 2)));
  }

  /**
   * @param shareOf - of one secret, 33 bytes each.
   * @returns undefined when no subset holds, or too many have failed in this round.
   */
  async recover(
    shareOf: (site: string) => Uint8Array | undefined,
    holds: (secret: Uint8Array) => boolean,
  ): Promise<Uint8Array | undefined> {
    const sites = this.#sites.filter((site) => shareOf(site) !== undefined);
    for (const subset of this.#candidates(sites)) {
      const secret = await combineDistinct(subset.map((site) => shareOf(site) ?? new Uint8Array(0)));
      if (secret !== undefined && holds(secret)) {
        const right = new Set(subset);
        this.#sites = [...subset, ...this.#sites.filter((site) => !right.has(site))];
        return secret;
      }
      if (--this.#left <= 0) return undefined;
      // other conversations go on meanwhile
      await setImmediate();
    }
    return undefined;
  }

  *#candidates(sites: readonly string[]): Generator<string[]> {
    const size = this.#threshold;
    if (sites.length < size) return;
    if (choices(sites.length, size) <= this.#left) return yield* subsets(sites, size);
    yield sites.slice(0, size);
    for (;;) yield drawn(sites, size);
  }
}

/** Two shares of one position, or a share of zeros, are no shares of one polynomial: the library throws for them. */
async function combineDistinct(shares: Uint8Array[]): Promise<Uint8Array | undefined> {
  try {
    return await combine(shares);
  } catch {
    return undefined;
  }
}

/** All subsets of `size`, the first elements first. */
function* subsets(all: readonly string[], size: number): Generator<string[]> {
  if (size === 0) yield [];
  else {
    for (let i = 0; i + size <= all.length; i++) {
      for (const rest of subsets(all.slice(i + 1), size - 1)) yield [all[i], ...rest];
    }
  }
}

/** The binomial coefficient, or a number above 2^53 that is near it. */
function choices(count: number, size: number): number {
  let product = 1;
  for (let i = 1; i <= Math.min(size, count - size); i++) product = (product * (count - i + 1)) / i;
  return product;
}

/** A uniform subset: the first places of a shuffle. */
function drawn(all: readonly string[], size: number): string[] {
  const places = [...all];
  for (let i = 0; i < size; i++) {
    const j = randomInt(i, places.length);
    [places[i], places[j]] = [places[j], places[i]];
  }
  return places.slice(0, size);
}
