import { createHash, type KeyObject } from "node:crypto";
import { PrivacyError, invalidArgument } from "../../core/index.ts";

/** What both sides of one secure round agree on before it starts. All of it is public. */
export interface SecureRound {
  readonly run: string;
  /** ≥ 0; a site enters a round of a run once. */
  readonly round: number;
  /** The sites that were asked, at least 3, by ascending id. */
  readonly cohort: readonly string[];
  /** How many must stay to the end. More than two thirds of the cohort: two survivor sets that differ can not both reach it. */
  readonly threshold: number;
  /** Words of 32 bits per masked vector, ≥ 1. */
  readonly length: number;
  /**
   * Everything else that decides what a vector holds, as canonical text: a coordinator that shows sites different ranges, weights
   * or models could make all vectors but one nothing. Sites that were shown other terms accept none of each other's keys.
   */
  readonly terms: string;
}

/** The Ed25519 public keys of the other sites, exchanged out of band, by site id. A coordinator can not add to it. */
export type PinnedSites = ReadonlyMap<string, KeyObject>;

/** The smallest threshold that an active coordinator can not split: ⌊2n/3⌋ + 1. */
export function smallestThreshold(cohortSize: number): number {
  return Math.floor((2 * cohortSize) / 3) + 1;
}

/**
 * @throws PrivacyError `invalid_argument` naming the field that is out of its range.
 * @source Bonawitz, Ivanov, Kreuter et al. 2017, doi:10.1145/3133956.3133982, section 6 (threshold against an active server).
 */
export function parseSecureRound(round: SecureRound): SecureRound {
  const { cohort, threshold, length, terms } = round;
  if (!Number.isInteger(round.round) || round.round < 0) throw invalidArgument("round", "an integer >= 0", round.round);
  if (!(cohort.length >= 3 && cohort.length <= 255)) {
    throw invalidArgument(
      "cohort",
      "3 to 255 sites",
      cohort.length,
      "a sum over two sites tells each the other's update",
    );
  }
  if (cohort.some((site, i) => i > 0 && !(cohort[i - 1] < site))) {
    throw invalidArgument("cohort", "site ids in ascending order, each once", "another order or a repeated id");
  }
  const least = smallestThreshold(cohort.length);
  if (!(Number.isInteger(threshold) && threshold >= least && threshold <= cohort.length)) {
    throw invalidArgument(
      "threshold",
      `an integer in [${least}, ${cohort.length}]`,
      threshold,
      "more than two thirds of the cohort: a smaller one lets a coordinator show different survivors to different sites",
    );
  }
  if (!(Number.isInteger(length) && length >= 1 && length < 2 ** 32)) {
    throw invalidArgument("length", "an integer in [1, 2^32)", length);
  }
  if (typeof terms !== "string") throw invalidArgument("terms", "a text", typeof terms);
  return Object.freeze({ ...round, cohort: Object.freeze([...cohort]) });
}

/** SHA-256 of everything in the round: salt of its keys, associated data of its boxes, first words of what is signed. */
export function roundDigest({ run, round, cohort, threshold, length, terms }: SecureRound): Buffer {
  return createHash("sha256")
    .update(JSON.stringify(["sordino-secure-round/v2", run, round, cohort, threshold, length, terms]))
    .digest();
}

export function protocolBreach(round: SecureRound, rule: string): PrivacyError<"protocol_violation"> {
  return new PrivacyError(
    "protocol_violation",
    `secure aggregation, round ${round.round}: ${rule}; the round is over here`,
    {
      rule,
      round: round.round,
    },
  );
}
