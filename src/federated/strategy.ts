import { invalidArgument, parsePositiveInteger } from "../core/index.ts";
import { type WeightOf, type Weights, weightRule } from "./weight.ts";

/** How updates become the next model: public constants only, so that it can be written down, signed and run again. */
export type Rule =
  | { readonly kind: "fed-avg" }
  | { readonly kind: "fed-prox"; readonly proximalMu: number }
  | { readonly kind: "fed-avg-m"; readonly serverLearningRate: number; readonly momentum: number }
  | {
      readonly kind: "fed-adam" | "fed-yogi";
      readonly serverLearningRate: number;
      readonly beta1: number;
      readonly beta2: number;
      readonly tau: number;
    }
  | {
      readonly kind: "fed-adagrad";
      readonly serverLearningRate: number;
      readonly beta1: number;
      readonly tau: number;
    }
  | { readonly kind: "q-fed-avg"; readonly q: number; readonly lipschitz: number }
  | { readonly kind: "median" }
  | { readonly kind: "trimmed-mean"; readonly trimmedFraction: number }
  | { readonly kind: "krum"; readonly byzantineSites: number }
  | { readonly kind: "multi-krum"; readonly byzantineSites: number; readonly keptSites: number }
  | { readonly kind: "geometric-median"; readonly smoothing: number; readonly iterations: number };

/** A rule and the weights of its sites. */
export interface Strategy {
  readonly rule: Rule;
  readonly weightOf: WeightOf;
}

interface Weighted {
  /** `"declared"` by default. */
  readonly weights?: Weights;
}

function strategy(rule: Rule, weights: Weights = "declared"): Strategy {
  return Object.freeze({ rule: Object.freeze(rule), weightOf: weightRule(weights, rule.kind) });
}

function inRange(value: number, argument: string, expected: string, isIn: (v: number) => boolean): number {
  if (typeof value !== "number" || !Number.isFinite(value) || !isIn(value)) {
    throw invalidArgument(argument, expected, value);
  }
  return value;
}

const positive = (value: number, argument: string): number =>
  inRange(value, argument, "a number in [2^-40, 2^40]", (v) => v >= 2 ** -40 && v <= 2 ** 40);
const decay = (value: number, argument: string): number =>
  inRange(value, argument, "a number in [0, 1)", (v) => v >= 0 && v < 1);

/**
 * Federated averaging: the mean of the sites' parameters under public weights.
 *
 * @throws PrivacyError `invalid_argument` on a weight out of range.
 * @source McMahan et al. 2017, arXiv:1602.05629v4, Algorithm 1.
 */
export function fedAvg({ weights }: Weighted = {}): Strategy {
  return strategy({ kind: "fed-avg" }, weights);
}

/**
 * FedProx: federated averaging of sites that are pulled back to the global model while they train. `proximalMu` reaches
 * the training code as `config.proximalMu`; `hospitalClient` obeys it, other clients must.
 *
 * @throws PrivacyError `invalid_argument` unless proximalMu is in [0, 2^40].
 * @source Li, Sahu, Zaheer, Sanjabi, Talwalkar, Smith 2020, arXiv:1812.06127v5, Algorithm 2.
 */
export function fedProx({ proximalMu, weights }: Weighted & { readonly proximalMu: number }): Strategy {
  const mu = inRange(proximalMu, "fedProx.proximalMu", "a number in [0, 2^40]", (v) => v >= 0 && v <= 2 ** 40);
  return strategy({ kind: "fed-prox", proximalMu: mu }, weights);
}

/**
 * Federated averaging with momentum at the coordinator.
 *
 * @param options.momentum - in [0, 1), 0.9 by default. @param options.serverLearningRate - 1 by default.
 * @source Hsu, Qi, Brown 2019, arXiv:1909.06335v1, section 4.3.
 */
export function fedAvgM(
  options: Weighted & { readonly serverLearningRate?: number; readonly momentum?: number } = {},
): Strategy {
  const { serverLearningRate = 1, momentum = 0.9, weights } = options;
  positive(serverLearningRate, "fedAvgM.serverLearningRate");
  decay(momentum, "fedAvgM.momentum");
  return strategy({ kind: "fed-avg-m", serverLearningRate, momentum }, weights);
}

/** What the adaptive strategies share. */
export interface AdaptiveOptions extends Weighted {
  /** η, the step of the coordinator. */
  readonly serverLearningRate: number;
  /** β₁ in [0, 1). */
  readonly beta1?: number;
  /** τ, how little adaptivity there is: the second moment starts at τ². 0.001 by default. */
  readonly tau?: number;
}

/**
 * Adam at the coordinator, on the mean change of the sites as its gradient. Without bias correction, as published: the
 * second moment starts at τ².
 *
 * @source Reddi, Charles, Zaheer, Garrett, Rush, Konečný, Kumar, McMahan 2021, arXiv:2003.00295v5, Algorithm 2.
 */
export function fedAdam(options: AdaptiveOptions & { readonly beta2?: number }): Strategy {
  return adaptive("fed-adam", "fedAdam", options);
}

/**
 * Yogi at the coordinator: like Adam, with a second moment that changes by no more than the square of the change.
 *
 * @source Reddi et al. 2021, arXiv:2003.00295v5, Algorithm 2.
 */
export function fedYogi(options: AdaptiveOptions & { readonly beta2?: number }): Strategy {
  return adaptive("fed-yogi", "fedYogi", options);
}

function adaptive(
  kind: "fed-adam" | "fed-yogi",
  name: string,
  options: AdaptiveOptions & { readonly beta2?: number },
): Strategy {
  const { serverLearningRate, beta1 = 0.9, beta2 = 0.99, tau = 1e-3, weights } = options;
  positive(serverLearningRate, `${name}.serverLearningRate`);
  decay(beta1, `${name}.beta1`);
  decay(beta2, `${name}.beta2`);
  positive(tau, `${name}.tau`);
  return strategy({ kind, serverLearningRate, beta1, beta2, tau }, weights);
}

/**
 * Adagrad at the coordinator. β₁ is 0 by default, as published.
 *
 * @source Reddi et al. 2021, arXiv:2003.00295v5, Algorithm 2.
 */
export function fedAdagrad(options: AdaptiveOptions): Strategy {
  const { serverLearningRate, beta1 = 0, tau = 1e-3, weights } = options;
  positive(serverLearningRate, "fedAdagrad.serverLearningRate");
  decay(beta1, "fedAdagrad.beta1");
  positive(tau, "fedAdagrad.tau");
  return strategy({ kind: "fed-adagrad", serverLearningRate, beta1, tau }, weights);
}

/**
 * Fair federated averaging: sites on which the model does worse count more. The losses are those of an evaluation of the
 * model before the round, on data that the sites declare public: a loss on patients never travels. A site without a
 * public loss is trained but left out of the model.
 *
 * @param options.q - in [0, 100]; 0 is federated averaging.
 * @param options.lipschitz - L, the inverse of the sites' learning rate.
 * @source Li, Sanjabi, Beirami, Smith 2020, arXiv:1905.10497v2, Algorithm 2.
 */
export function qFedAvg(options: Weighted & { readonly q: number; readonly lipschitz: number }): Strategy {
  const { q, lipschitz, weights } = options;
  inRange(q, "qFedAvg.q", "a number in [0, 100]", (v) => v >= 0 && v <= 100);
  positive(lipschitz, "qFedAvg.lipschitz");
  return strategy({ kind: "q-fed-avg", q, lipschitz }, weights);
}

/*
 * The robust rules count every site of positive weight once: a weight that a site declares must not buy it influence.
 * Integer tensors take the lower median of the sites, or the largest of those that Krum chose.
 */

/**
 * The median of every coordinate; of an even number of sites the mean of the two in the middle.
 *
 * @source Yin, Chen, Ramchandran, Bartlett 2018, arXiv:1803.01498v2, Definition 1.
 */
export function coordinateMedian({ weights }: Weighted = {}): Strategy {
  return strategy({ kind: "median" }, weights);
}

/**
 * The mean of every coordinate without its ⌊β·n⌋ smallest and ⌊β·n⌋ largest values.
 *
 * @param options.trimmedFraction - β in [0, 0.5).
 * @source Yin et al. 2018, arXiv:1803.01498v2, Definition 2.
 */
export function trimmedMean(options: Weighted & { readonly trimmedFraction: number }): Strategy {
  const { trimmedFraction, weights } = options;
  inRange(trimmedFraction, "trimmedMean.trimmedFraction", "a number in [0, 0.5)", (v) => v >= 0 && v < 0.5);
  return strategy({ kind: "trimmed-mean", trimmedFraction }, weights);
}

/**
 * Krum: the one update with the smallest sum of squared distances to its n − f − 2 nearest. Needs n ≥ 2f + 3 usable
 * updates, so a smaller quorum is refused.
 *
 * @param options.byzantineSites - f, how many may lie.
 * @source Blanchard, El Mhamdi, Guerraoui, Stainer 2017, "Machine Learning with Adversaries", NeurIPS 2017, section 3.
 */
export function krum(options: Weighted & { readonly byzantineSites: number }): Strategy {
  const { byzantineSites, weights } = options;
  parseLiars(byzantineSites, "krum.byzantineSites");
  return strategy({ kind: "krum", byzantineSites }, weights);
}

/**
 * Multi-Krum: the mean of the `keptSites` updates that Krum likes best.
 *
 * @param options.keptSites - at least 1; at most n − f are taken.
 * @source Blanchard et al. 2017, NeurIPS 2017, section 5.
 */
export function multiKrum(
  options: Weighted & { readonly byzantineSites: number; readonly keptSites: number },
): Strategy {
  const { byzantineSites, keptSites, weights } = options;
  parseLiars(byzantineSites, "multiKrum.byzantineSites");
  parsePositiveInteger(keptSites, "multiKrum.keptSites");
  return strategy({ kind: "multi-krum", byzantineSites, keptSites }, weights);
}

function parseLiars(value: number, argument: string): void {
  inRange(value, argument, "a whole number >= 0", (v) => Number.isSafeInteger(v) && v >= 0);
}

/**
 * The geometric median, by Weiszfeld's iteration with distances no smaller than `smoothing`.
 *
 * @param options.smoothing - ν, in the units of the parameters; 1e-6 by default.
 * @param options.iterations - at most so many, 100 by default; it ends earlier when the weights stand still.
 * @source Pillutla, Kakade, Harchaoui 2022, arXiv:1912.13445v2, Algorithm 2.
 */
export function geometricMedian(
  options: Weighted & { readonly smoothing?: number; readonly iterations?: number } = {},
): Strategy {
  const { smoothing = 1e-6, iterations = 100, weights } = options;
  positive(smoothing, "geometricMedian.smoothing");
  parsePositiveInteger(iterations, "geometricMedian.iterations");
  return strategy({ kind: "geometric-median", smoothing, iterations }, weights);
}

/** Usable updates without which a rule has no meaning. */
export function fewestUpdates(rule: Rule): number {
  return rule.kind === "krum" || rule.kind === "multi-krum" ? 2 * rule.byzantineSites + 3 : 1;
}

/** The rule as it is signed and journaled: kind and constants, keys sorted. */
export function ruleText(rule: Rule): string {
  return JSON.stringify(Object.fromEntries(Object.entries(rule).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
