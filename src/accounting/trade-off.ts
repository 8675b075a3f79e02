import { invalidArgument } from "../core/index.ts";
import { capAt, capCorners, statementsOf } from "./attack-cap.ts";
import type { Engine } from "./engine.ts";
import { exactTradeOff } from "./exact-trade-off.ts";
import type { Composition } from "./mechanism.ts";

/** What no attack can exceed. */
export interface TradeOffPoint {
  readonly falsePositiveRate: number;
  /** Upper bound on the true positive rate at that false positive rate, in [0, 1]. */
  readonly truePositiveRate: number;
}

/**
 * The largest true positive rate at each false positive rate: the exact curve where there is a closed form, else the cap that
 * statements (ε, δ) along the profile draw.
 *
 * @throws PrivacyError `invalid_argument` for a rate outside [0, 1].
 * @guarantee Upper bound for every test that tells neighbors apart; rounded up.
 * @source `exact-trade-off.ts` and `attack-cap.ts` cite theirs.
 */
export function tradeOffCurve(
  composition: Composition,
  engines: readonly Engine[],
  falsePositiveRates: readonly number[],
): readonly TradeOffPoint[] {
  for (const rate of falsePositiveRates) {
    if (!(rate >= 0 && rate <= 1)) throw invalidArgument("falsePositiveRates", "rates in [0, 1]", rate);
  }
  const exact = exactTradeOff(composition);
  const corners = exact === undefined ? capCorners(statementsOf(engines, composition.failure)) : [];
  return falsePositiveRates.map((falsePositiveRate) => ({
    falsePositiveRate,
    truePositiveRate: exact?.at(falsePositiveRate).upper ?? capAt(corners, falsePositiveRate),
  }));
}
