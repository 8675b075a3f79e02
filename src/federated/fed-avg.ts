import { invalidArgument } from "../core/index.ts";

/** How updates become the next model. */
export interface Strategy {
  readonly kind: "fed-avg";
  /** The site's weight, or undefined when the site is not welcome. Public constants only. */
  readonly weightOf: (site: string, declared: number) => number | undefined;
}

/** 0, or between 2^-20 and 2^20: sums of products neither overflow nor vanish in binary64. */
export function isWeight(value: unknown): value is number {
  return typeof value === "number" && (value === 0 || (value >= 2 ** -20 && value <= 2 ** 20));
}

/**
 * Federated averaging: the mean of the sites' parameters under public weights.
 *
 * @param options.weights - `"declared"` (the default): each site's own, from its site file; `"equal"`: 1 each, whatever a
 *   site declares; or a table by site name, which also keeps every other site out. Each 0 or in [2^-20, 2^20]. A weight
 *   is a public constant, never a count of records: a count is exact information about patients.
 * @throws PrivacyError `invalid_argument` on a weight out of range.
 * @source McMahan et al. 2017, arXiv:1602.05629v4, Algorithm 1.
 */
export function fedAvg(
  options: { readonly weights?: "declared" | "equal" | Readonly<Record<string, number>> } = {},
): Strategy {
  const { weights = "declared" } = options;
  if (weights === "declared")
    return Object.freeze({ kind: "fed-avg", weightOf: (_: string, declared: number) => declared });
  if (weights === "equal") return Object.freeze({ kind: "fed-avg", weightOf: () => 1 });
  const table = new Map(Object.entries(weights));
  for (const [site, weight] of table) {
    if (!isWeight(weight)) throw invalidArgument(`fedAvg.weights.${site}`, "0 or a number in [2^-20, 2^20]", weight);
  }
  return Object.freeze({ kind: "fed-avg", weightOf: (site: string) => table.get(site) });
}
