import { invalidArgument } from "../core/index.ts";
import type { Neighboring } from "../events/index.ts";

const relations: readonly string[] = ["add-or-remove-one", "replace-one", "zero-out"] satisfies Neighboring[];

/** @throws PrivacyError `invalid_argument` for anything but the name of a relation. */
export function parseNeighboring(value: Neighboring): Neighboring {
  if (!relations.includes(value)) throw invalidArgument("neighboring", relations.join(" | "), value);
  return value;
}

/**
 * How many clip norms a sum moves between neighbors when each record contributes at most one: replacing a record takes
 * one contribution out and puts another in, so up to 2; adding, removing or zeroing it moves the sum by at most 1.
 *
 * This is the one door between z = σ/C, as events carry it, and σ / (how far the sum moves), as the engines need it.
 */
export function contributionsMoved(neighboring: Neighboring): 1 | 2 {
  switch (neighboring) {
    case "add-or-remove-one":
      return 1;
    case "zero-out":
      return 1;
    case "replace-one":
      return 2;
  }
}
