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

const relations: readonly unknown[] = ["add-or-remove-one", "replace-one", "zero-out"] satisfies Neighboring[];
const units: readonly unknown[] = ["example", "user", "client", "device", "sequence"] satisfies PrivacyUnit[];

/** True when the bounds are ordered, ≥ 0 (Infinity allowed), δ lies in (0, 1), and relation and unit are known ones. */
export function isSitePrivacy({ epsilon, delta, neighboring, unit }: SitePrivacy): boolean {
  const { lower, upper, point } = epsilon;
  const isOrdered = lower >= 0 && lower <= point && point <= upper;
  return isOrdered && delta > 0 && delta < 1 && relations.includes(neighboring) && units.includes(unit);
}
