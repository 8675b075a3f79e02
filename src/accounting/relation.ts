import type { Neighboring } from "../events/index.ts";

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
