import { randomFillSync } from "node:crypto";
import { PrivacyError } from "./privacy-error.ts";

/**
 * Where unpredictable bytes come from. Privacy noise and batch selection take one as an argument; there is no default
 * deeper than the public door, and no seed outside `sordino/testing`.
 */
export interface RandomSource {
  /** A run that drew from anything but the operating system can not obtain a privacy card with a tier. */
  readonly kind: "operating-system" | "seeded-test";
  /** Overwrites every byte of `bytes`. Throws PrivacyError `entropy_unavailable`, never fills in part. */
  fill(bytes: Uint8Array): void;
}

/** The operating system's generator (getrandom or its like, through node:crypto). */
export function operatingSystemRandom(): RandomSource {
  return {
    kind: "operating-system",
    fill(bytes) {
      try {
        randomFillSync(bytes);
      } catch (cause) {
        throw new PrivacyError(
          "entropy_unavailable",
          "random bytes were wanted from the operating system and it gave none; nothing was drawn or spent",
          { source: "operating-system" },
          { cause },
        );
      }
    },
  };
}
