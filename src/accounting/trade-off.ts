import { invalidArgument } from "../core/index.ts";
import { normalCdf, normalQuantile } from "../numeric/index.ts";
import type { Engine } from "./engine.ts";
import type { Composition } from "./mechanism.ts";

/** What no attack can exceed. */
export interface TradeOffPoint {
  readonly falsePositiveRate: number;
  /** Upper bound on the true positive rate at that false positive rate, in [0, 1]. */
  readonly truePositiveRate: number;
}

/** A statement (ε, δ) that holds. */
interface Statement {
  readonly epsilon: number;
  readonly delta: number;
}

/**
 * The largest true positive rate at each false positive rate: for every (ε, δ) that holds in both directions,
 *
 *   TPR ≤ e^ε·FPR + δ   and   TPR ≤ 1 − e^(−ε)·(1 − δ − FPR)
 *
 * and for one Gaussian the exact curve Φ(Φ⁻¹(FPR) + μ).
 *
 * @throws PrivacyError `invalid_argument` for a rate outside [0, 1].
 * @guarantee Upper bound for every test that tells neighbors apart; rounded up.
 * @source Wasserman, Zhou 2010, arXiv:0811.2501v3, Thm 2.4; Dong, Roth, Su 2019, arXiv:1905.02383v3, Prop. 3 and eq. 6.
 */
export function tradeOffCurve(
  composition: Composition,
  engines: readonly Engine[],
  falsePositiveRates: readonly number[],
): readonly TradeOffPoint[] {
  for (const rate of falsePositiveRates) {
    if (!(rate >= 0 && rate <= 1)) throw invalidArgument("falsePositiveRates", "rates in [0, 1]", rate);
  }
  const gaussian = gaussianOnly(composition);
  const statements = gaussian === undefined ? statementsOf(engines) : [];
  return falsePositiveRates.map((falsePositiveRate) => ({
    falsePositiveRate,
    truePositiveRate:
      gaussian === undefined ? boundRate(falsePositiveRate, statements) : gaussianRate(falsePositiveRate, gaussian),
  }));
}

function gaussianOnly(composition: Composition): number | undefined {
  const [spend] = composition.spends;
  const isOne = composition.spends.length === 1 && composition.failure === 0 && spend?.count === 1;
  return isOne && spend?.mechanism.kind === "gaussian" ? 1 / spend.mechanism.noiseMultiplier : undefined;
}

function gaussianRate(rate: number, mu: number): number {
  if (rate === 0) return 0;
  if (rate === 1) return 1;
  const quantile = normalQuantile(rate);
  // the quantile's relative error of 1e-14, carried through
  return Math.min(1, normalCdf(quantile + 2e-14 * Math.abs(quantile) + mu * (1 + 1e-15)) * (1 + 1e-14));
}

/**
 * Statements along the whole profile: δ in even steps of its logarithm, and the total variation distance. The grid
 * engine, which takes milliseconds per question, is asked at every twelfth only.
 */
function statementsOf(all: readonly Engine[]): Statement[] {
  const quick = all.filter((e) => e.name !== "grid");
  let engines = all;
  const upper = (f: (e: Engine) => number): number => Math.min(...engines.map(f));
  const statements: Statement[] = [{ epsilon: 0, delta: upper((e) => e.deltaAt(0).upper) }];
  for (let k = 0; k <= 60; k++) {
    engines = k % 12 === 0 ? all : quick;
    const delta = 0.9 * 10 ** (-k / 5);
    statements.push({ epsilon: upper((e) => e.epsilonAt(delta).upper), delta });
  }
  return statements;
}

function boundRate(rate: number, statements: readonly Statement[]): number {
  let best = 1;
  for (const { epsilon, delta } of statements) {
    const rising = Math.exp(epsilon) * rate + delta;
    const falling = 1 - Math.exp(-epsilon) * (1 - delta - rate);
    // Infinity · 0 is NaN and claims nothing
    if (rising < best) best = rising;
    if (falling < best) best = falling;
  }
  return Math.min(1, Math.max(rate, best * (1 + 1e-14) + 1e-16));
}
