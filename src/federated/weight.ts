import { invalidArgument } from "../core/index.ts";

/**
 * Where weights come from: `"declared"`, each site's own, from its site file; `"equal"`, 1 each, whatever a site declares;
 * or a table by site name, which also keeps every other site out. A weight is a public constant, never a count of records:
 * a count is exact information about patients.
 */
export type Weights = "declared" | "equal" | Readonly<Record<string, number>>;

/** The site's weight, or undefined when the site is not welcome. */
export type WeightOf = (site: string, declared: number) => number | undefined;

/** 0, or between 2^-20 and 2^20: sums of products neither overflow nor vanish in binary64. */
export function isWeight(value: unknown): value is number {
  return typeof value === "number" && (value === 0 || (value >= 2 ** -20 && value <= 2 ** 20));
}

/** @throws PrivacyError `invalid_argument` naming the weight that is out of range. */
export function weightRule(weights: Weights, strategy: string): WeightOf {
  if (weights === "declared") return (_, declared) => declared;
  if (weights === "equal") return () => 1;
  const table = new Map(Object.entries(weights));
  for (const [site, weight] of table) {
    if (!isWeight(weight))
      throw invalidArgument(`${strategy}.weights.${site}`, "0 or a number in [2^-20, 2^20]", weight);
  }
  return (site) => table.get(site);
}
