import type { EpsilonInterval } from "../accounting/index.ts";
import type { Neighboring, PrivacyUnit } from "../events/index.ts";

/**
 * What a site's ledger says its records have spent: an (ε, δ) statement of the site alone, for its own unit. It follows
 * from the public plan, not from the data, so it may travel.
 */
export interface SitePrivacy {
  readonly epsilon: EpsilonInterval;
  readonly delta: number;
  readonly neighboring: Neighboring;
  readonly unit: PrivacyUnit;
}

/** True when the bounds are ordered, ≥ 0 (Infinity allowed) and δ lies in (0, 1). */
export function isSitePrivacy({ epsilon, delta }: SitePrivacy): boolean {
  const { lower, upper, point } = epsilon;
  return lower >= 0 && lower <= point && point <= upper && delta > 0 && delta < 1;
}
