import { type Guarantee, account } from "../accounting/index.ts";
import { PrivacyError } from "../core/index.ts";
import { type DpEvent, type Neighboring, canonicalJson } from "../events/index.ts";
import type { CardGuarantee } from "./card.ts";

/** The deltas of the privacy profile, beside the card's own; largest first. */
export const profileDeltas: readonly number[] = [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10];
/** The false positive rates at which the bound on membership attacks is tabulated. */
export const boundRates: readonly number[] = [1e-4, 1e-3, 1e-2, 1e-1];

/** Everything the accountant says about an event that a card shows. */
export interface Price {
  readonly guarantee: Guarantee;
  readonly profile: CardGuarantee["profile"];
  readonly attackBounds: CardGuarantee["attackBounds"];
}

// A card is built, drawn and verified from the same event: a pure function need not be computed three times.
const kept = new Map<string, Price>();
const mostKept = 8;

/**
 * Prices an event for a card. Pure; the last few answers are kept.
 *
 * @throws PrivacyError `unsupported_event` when no accountant has a sound analysis of the event; `invalid_argument` for a
 * delta outside (0, 1); `numerical_failure` when the accountant's bounds cross.
 */
export function priceEvent(event: DpEvent, neighboring: Neighboring, delta: number): Price {
  const key = canonicalJson({ event, neighboring, delta: String(delta) });
  const known = kept.get(key);
  if (known !== undefined) return known;
  const price = compute(event, neighboring, delta);
  const [oldest] = kept.keys();
  if (kept.size >= mostKept && oldest !== undefined) kept.delete(oldest);
  kept.set(key, price);
  return price;
}

function compute(event: DpEvent, neighboring: Neighboring, delta: number): Price {
  const accountant = account(event, { neighboring });
  const guarantee = accountant.guarantee({ delta });
  const { lower, upper } = guarantee.epsilon;
  if (!(lower <= upper && lower >= 0)) {
    throw new PrivacyError(
      "numerical_failure",
      "a card was wanted, and the accountant's bounds cross; report the event",
      { routine: "account", reason: "lower > upper" },
    );
  }
  // What holds at a smaller delta holds at a larger one: a bound that came out looser there is replaced.
  let least = Infinity;
  const others = accountant
    .profile(profileDeltas.filter((other) => other !== delta))
    .toReversed()
    .map((point) => ({ delta: point.delta, epsilon: (least = Math.min(least, point.epsilon.upper)) }));
  return {
    guarantee,
    profile: [...others, { delta, epsilon: upper }].toSorted((a, b) => b.delta - a.delta),
    attackBounds: accountant
      .tradeOff(boundRates)
      .map((point) => ({ fpr: point.falsePositiveRate, maxTpr: point.truePositiveRate })),
  };
}
