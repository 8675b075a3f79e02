import { logNormalQuantile } from "../numeric/index.ts";
import type { FilterRuleName } from "./adaptive.ts";
import { gaussianEpsilon } from "./gaussian-profile.ts";
import type { Composition, Mechanism } from "./mechanism.ts";
import { minimiseOverOrders, orderExcessAt } from "./order-lattice.ts";
import { epsilonFromRdp, epsilonFromRdpUnchecked } from "./rdp-conversion.ts";
import { rdpOfMechanism } from "./rdp-curves.ts";
import { pureEpsilon } from "./sample-composition.ts";

/** How a filter counts: what one mechanism adds to each of its sums, and the ε that the sums come to. */
export interface FilterRule {
  readonly name: FilterRuleName;
  /** What each sum is of. */
  readonly units: readonly string[];
  /** What one mechanism adds, rounded up; undefined where it is not of the kind that the rule adds up. */
  readonly costOf: (mechanism: Mechanism) => readonly number[] | undefined;
  /** Upper bound on ε at the sums and what is left of δ; grows with every sum. */
  readonly epsilonOf: (sums: readonly number[], delta: number) => number;
  /** What an event must be. */
  readonly takes: string;
}

/** Rounding of the closed forms below, added to each. */
const closedFormError = 1e-13;

/**
 * Rényi divergence of one order fixed in advance.
 *
 * @source Feldman, Zrnic 2021, arXiv:2008.11193v4 (the Rényi filter); Canonne, Kamath, Steinke 2020, arXiv:2004.00010v4,
 *   Prop. 12 (conversion).
 */
export function renyiRule(order: number): FilterRule {
  return {
    name: "renyi",
    units: ["Renyi divergence in nats"],
    costOf: (m) => [rdpOfMechanism(m, order)],
    epsilonOf: ([rdp = 0], delta) => (rdp === 0 ? 0 : epsilonFromRdp(rdp, order, delta)),
    takes: `an event with a Renyi divergence of order ${order}`,
  };
}

/**
 * ρ-zCDP: ρ adds up. The order of the conversion may be chosen last, because ρ bounds every order at once.
 *
 * @source Whitehouse, Ramdas, Rogers, Wu 2023, arXiv:2203.05481v3 (filter for approximate zCDP); Bun, Steinke 2016,
 *   arXiv:1605.02065v1, Prop. 1.4 (ε-DP is ε²/2-zCDP) and 1.6 (Gaussian); Cesar, Rogers 2021, arXiv:2004.07223v2,
 *   Lemma 3.4 (bounded range).
 */
export const zcdpRule: FilterRule = {
  name: "zcdp",
  units: ["rho"],
  costOf: (m) => {
    const rho = rhoOf(m);
    return rho === undefined ? undefined : [rho * (1 + closedFormError)];
  },
  epsilonOf: ([rho = 0], delta) => {
    if (rho === 0 || rho === Infinity) return rho;
    const logDelta = Math.log(delta);
    return minimiseOverOrders((j) => {
      const excess = orderExcessAt(j);
      return epsilonFromRdpUnchecked(rho * (1 + excess) * (1 + 1e-15), excess, logDelta);
    }).value;
  },
  takes: "an event of pure, bounded-range, Gaussian or rho-zCDP parts; a sampled Gaussian needs a Renyi filter",
};

function rhoOf(m: Mechanism): number | undefined {
  switch (m.kind) {
    case "gaussian":
      return 1 / (2 * m.noiseMultiplier * m.noiseMultiplier);
    case "laplace":
    case "pure":
    case "randomized-response":
      return (m.epsilon * m.epsilon) / 2;
    case "bounded-range":
      return (m.epsilon * m.epsilon) / 8;
    case "concentrated":
      return m.xi === 0 ? m.rho : undefined;
    case "unbounded":
      return Infinity;
    case "pair": {
      const epsilon = pureEpsilon(m);
      return epsilon === undefined ? undefined : (epsilon * epsilon) / 2;
    }
    case "sampled-gaussian":
    case "sampled-composition":
    case "selected":
      return undefined;
  }
}

/**
 * μ-GDP: μ² adds up. An ε-DP mechanism is μ-GDP with μ = −2Φ⁻¹(1/(1 + e^ε)): its trade-off curve is two straight lines
 * that meet at FPR = FNR = 1/(1 + e^ε), and a convex curve through (0, 1) and (1, 0) that is no higher there is no higher
 * anywhere.
 *
 * @source Smith, Thakurta 2022, arXiv:2210.17520v1 (filter); Dong, Roth, Su 2019, arXiv:1905.02383v3, Cor. 1 and 2;
 *   the line on ε-DP: own proof, above.
 */
export const gdpRule: FilterRule = {
  name: "gdp",
  units: ["mu squared"],
  costOf: (m) => {
    const mu = muOf(m);
    return mu === undefined ? undefined : [mu * mu * (1 + closedFormError)];
  },
  epsilonOf: ([muSquared = 0], delta) => {
    if (muSquared === 0 || muSquared === Infinity) return muSquared;
    return gaussianEpsilon(Math.sqrt(muSquared) * (1 + 1e-15), Math.log(delta)).upper;
  },
  takes: "an event of Gaussian or pure parts; a sampled Gaussian, zCDP and discrete Gaussians are not Gaussian-DP",
};

function muOf(m: Mechanism): number | undefined {
  if (m.kind === "gaussian") return 1 / m.noiseMultiplier;
  if (m.kind === "unbounded") return Infinity;
  const epsilon = pureEpsilon(m);
  return epsilon === undefined ? undefined : gaussianOfPure(epsilon);
}

/** The least μ at which every ε-DP mechanism is μ-GDP, from above. */
export function gaussianOfPure(epsilon: number): number {
  const logError = -epsilon - Math.log1p(Math.exp(-epsilon));
  // near the median the quantile's absolute error is that of log ½
  return -2 * logNormalQuantile(logError) * (1 + closedFormError) + 2e-15;
}

/**
 * (ε, δ)-DP: the smaller of
 *
 *   Σε   and   √(2 log(1/δ')·Σε²) + ½Σε²
 *
 * may not pass the limit. Why the smaller: both sums only grow, so each path ends within one of the two limits. Its
 * hockey-stick E_P[(1 − e^(ε−L))₊] splits by which; paths within Σε ≤ ε have L ≤ ε and add nothing, the others are paths
 * of the filter on the second sum, and what they add is at most that filter's δ'.
 *
 * @source Whitehouse, Ramdas, Rogers, Wu 2023, arXiv:2203.05481v3, section 3 (the second sum, with these constants); Rogers,
 *   Roth, Ullman, Vadhan 2016, arXiv:1605.08294v2 (the first); their minimum: own proof, above.
 */
export const epsilonDeltaRule: FilterRule = {
  name: "epsilon-delta",
  units: ["sum of epsilons", "sum of squared epsilons"],
  costOf: (m) => {
    const epsilon = m.kind === "unbounded" ? Infinity : pureEpsilon(m);
    return epsilon === undefined ? undefined : [epsilon, epsilon * epsilon * (1 + 4e-16)];
  },
  epsilonOf: ([sum = 0, squares = 0], delta) => {
    if (sum === 0 || sum === Infinity) return sum;
    const advanced = (Math.sqrt(-2 * Math.log(delta) * squares) + squares / 2) * (1 + 1e-14);
    return Math.min(sum, advanced);
  },
  takes: "an event of (epsilon, delta) parts; state a Gaussian as epsilonDelta(epsilon, delta) with its own epsilon",
};

/** What all mechanisms of a composition add, or the kind of the first that the rule can not add up. */
export function costOfComposition(
  rule: FilterRule,
  composition: Composition,
): { readonly sums: readonly number[] } | { readonly refused: Mechanism["kind"] } {
  const sums: number[] = rule.units.map(() => 0);
  for (const { mechanism, count } of composition.spends) {
    const cost = rule.costOf(mechanism);
    if (cost === undefined) return { refused: mechanism.kind };
    for (const [i, c] of cost.entries()) sums[i] = ((sums[i] ?? 0) + c * count) * (1 + 4e-16);
  }
  return { sums };
}
