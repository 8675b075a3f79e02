import { invalidArgument, parseDelta } from "../core/index.ts";
import { type DpEvent, type Neighboring, validateEvent } from "../events/index.ts";
import { type AccountOptions, account, enginesFor } from "./account.ts";
import { areaUnderCap, capAt, capCorners, hockeyStick, statementAt, statementsOf } from "./attack-cap.ts";
import { compileEvent } from "./compile-event.ts";
import { exactTradeOff } from "./exact-trade-off.ts";
import { type GaussianFit, fitGaussian, gaussianWithoutSlack } from "./gaussian-fit.ts";
import type { DeltaInterval, EpsilonInterval } from "./guarantee.ts";
import { once } from "./once.ts";
import type { TradeOffPoint } from "./trade-off.ts";

/** A point that no attack exceeds, and what the best attack attains where that is known. */
export interface CertifiedTradeOff extends TradeOffPoint {
  /** The true positive rate that the best test attains, rounded down; null where only the cap is known. */
  readonly attained: number | null;
}

/** Everything that one event under one relation says about attacks. All numbers but `lower` and `attained` are caps. */
export interface PrivacyProfile {
  readonly event: DpEvent;
  readonly neighboring: Neighboring;
  /** ε at δ in (0, 1). */
  epsilon(delta: number): EpsilonInterval;
  /** δ at ε ≥ 0. */
  delta(epsilon: number): DeltaInterval;
  tradeOff(falsePositiveRates: readonly number[]): readonly CertifiedTradeOff[];
  /** The whole curve as one μ but for `slack` in [0, 1). */
  gaussianFit(options: { readonly slack: number }): GaussianFit;
  /** The largest TPR − FPR: δ(0), the total variation distance. */
  readonly advantage: number;
  /** The largest area under an attack's ROC curve. */
  readonly areaUnderCurve: number;
  /** The largest share of right guesses about membership, when a share `prior` in [0, 1] of candidates are members. */
  bayesSuccess(prior: number): number;
  /**
   * The largest probability of reconstructing a record, for an adversary who without the output succeeds with probability
   * `priorSuccess` in [0, 1]. Attribute inference is the same, with the best guess made without the output as prior.
   */
  reconstruction(priorSuccess: number): number;
}

/**
 * The whole privacy profile of an event that is fixed in advance, read as what attacks can do.
 *
 * @throws PrivacyError as `account` does; its methods `invalid_argument` on a range breach.
 * @guarantee Caps hold for every attack with any side knowledge, on neighbors in both directions; rounded up. Nothing
 *   done to the output afterwards raises them.
 * @source Trade-off: Dong, Roth, Su 2019, arXiv:1905.02383v3, Prop. 3 and eq. 6. Bayes success: the hockey-stick
 *   divergence at the prior odds, Wasserman, Zhou 2010, arXiv:0811.2501v3, Thm 2.4. Reconstruction: Hayes, Mahloujifar, Balle
 *   2023, arXiv:2302.07225v2 (reconstruction robustness), in the form TPR at FPR = prior of Kaissis, Hayes, Ziller, Rueckert 2023,
 *   arXiv:2307.03928v1.
 * @example privacyProfile(gaussian(1), { neighboring: "add-or-remove-one" }).reconstruction(0.01) // 0.0924…
 */
export function privacyProfile(event: DpEvent, options: AccountOptions): PrivacyProfile {
  const checked = validateEvent(event);
  const accountant = account(checked, options);
  const composition = compileEvent(checked, options.neighboring, options.groupSize);
  const engines = enginesFor(composition);
  const exact = exactTradeOff(composition);
  const along = once(() => statementsOf(engines, composition.failure));
  const corners = once(() => capCorners(along()));
  const capOf = (rate: number): number => exact?.at(rate).upper ?? capAt(corners(), rate);
  const deltaAt = (epsilon: number): number => {
    const { upper } = accountant.delta({ epsilon });
    return exact === undefined ? Math.min(upper, hockeyStick(corners(), epsilon)) : upper;
  };
  return Object.freeze({
    event: checked,
    neighboring: options.neighboring,
    epsilon: (delta) => accountant.guarantee({ delta: parseDelta(delta) }).epsilon,
    delta: (epsilon) => accountant.delta({ epsilon }),
    tradeOff: (rates) =>
      rates.map((rate) => {
        const falsePositiveRate = parseRate(rate, "falsePositiveRates");
        return { falsePositiveRate, truePositiveRate: capOf(rate), attained: exact?.at(rate).lower ?? null };
      }),
    gaussianFit: ({ slack }) => {
      if (!(slack >= 0 && slack < 1)) throw invalidArgument("slack", "a number in [0, 1)", slack);
      const cap = gaussianWithoutSlack(composition);
      // a Gaussian is its own fit and needs no slack
      if (exact?.kind === "gaussian" || exact?.kind === "nothing")
        return Object.freeze({ mu: cap, slack: 0, regret: 0 });
      // the cap at FPR = 0 is the least δ that was asked, and must not lie above the slack
      const also = slack > 0 ? [slack, slack / 10].map((delta) => statementAt(engines, delta)) : [];
      return fitGaussian(capCorners([...along(), ...also]), slack, cap);
    },
    get advantage(): number {
      return deltaAt(0);
    },
    get areaUnderCurve(): number {
      return exact?.areaUnderCurve ?? areaUnderCap(corners());
    },
    bayesSuccess: (prior) => {
      parseRate(prior, "prior");
      const [rare, common] = [Math.min(prior, 1 - prior), Math.max(prior, 1 - prior)];
      return rare === 0 ? 1 : Math.min(1, (common + rare * deltaAt(oddsBelow(common, rare))) * (1 + 1e-15));
    },
    reconstruction: (priorSuccess) => capOf(parseRate(priorSuccess, "priorSuccess")),
  } satisfies PrivacyProfile);
}

/** log(common / rare), from below, because δ(ε) falls. */
function oddsBelow(common: number, rare: number): number {
  return Math.max(0, Math.log(common / rare) * (1 - 1e-15) - 1e-15);
}

function parseRate(value: number, argument: string): number {
  if (!(value >= 0 && value <= 1)) throw invalidArgument(argument, "a number in [0, 1]", value);
  return value;
}
