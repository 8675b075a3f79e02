import { type Guarantee, account } from "../accounting/index.ts";
import type { CardGuarantee, PrivacyCard } from "./card.ts";
import type { CardRun } from "./card-input.ts";
import { describeEvent } from "./event-facts.ts";
import { groupPrivacy } from "./group-privacy.ts";
import { boundRates, priceEvent, profileDeltas } from "./price.ts";

const groups: readonly number[] = [2, 4, 8];

/** What the ledger's event is worth, and what may be claimed of it. */
export interface Claim {
  /** The accountant's answer for the event, whatever becomes of the claim. */
  readonly priced: Guarantee;
  /** Why no guarantee may be claimed; empty where one stands. */
  readonly broken: readonly string[];
  /** priced.epsilon.upper, or Infinity where the claim is broken. */
  readonly epsilon: number;
  readonly profile: CardGuarantee["profile"];
  readonly attackBounds: CardGuarantee["attackBounds"];
  readonly groupPrivacy: CardGuarantee["groupPrivacy"];
}

/**
 * Prices the run's event and decides whether the price may be claimed. It may not when epsilon is infinite, when the
 * noise could be drawn again by whoever knows the seed, or when the batches were not drawn as the event says.
 *
 * @throws PrivacyError `unsupported_event` when no accountant has a sound analysis of the event.
 * @guarantee Epsilon, profile and attack bounds depend on the event, the relation and delta alone.
 */
export function makeClaim(run: CardRun): Claim {
  const { guarantee: priced, profile, attackBounds } = priceEvent(run.event, run.neighboring, run.delta);
  const epsilon = priced.epsilon.upper;
  const broken = brokenAssumptions(run, epsilon);
  if (broken.length > 0) return { priced, broken, ...nothingClaimed(run.delta) };
  return { priced, broken, epsilon, profile, attackBounds, groupPrivacy: groupPrivacy(epsilon, run.delta, groups) };
}

// 160 rates a decade: the curve is overstated by at most the width of one, a pixel on the plot.
// The decades are literals: 10 ** -4 is a little less than 1e-4.
const capRates: readonly number[] = [
  ...[1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1].flatMap((decade) =>
    Array.from({ length: 160 }, (_, i) => decade * 10 ** (i / 160)),
  ),
  1,
];

/**
 * The largest true positive rate that a card's claim allows at a false positive rate: the bound of the ROC plot.
 *
 * @returns a function of a rate in [0, 1], with values in [0, 1], never decreasing; 1 where the card claims nothing.
 * @guarantee Upper bound: the accountant's at the next of 160 rates a decade.
 */
export function attackCap(card: PrivacyCard): (fpr: number) => number {
  if (card.guarantee.variant === "none") return () => 1;
  const { neighboring } = card.guarantee;
  const caps = account(card.accounting.event, { neighboring }).tradeOff(capRates);
  return (fpr) => caps.find((cap) => cap.falsePositiveRate >= fpr)?.truePositiveRate ?? 1;
}

function brokenAssumptions(run: CardRun, epsilon: number): string[] {
  const { sampling } = describeEvent(run.event);
  const broken: string[] = [];
  if (epsilon === Infinity) broken.push("its ε is infinite, since data was released without enough noise");
  if (run.randomness.source === "seeded-test") {
    broken.push("its noise came from a seeded test generator and can be drawn again and subtracted");
  }
  if (run.samplingActual !== sampling) {
    broken.push(`its batches were drawn by ${run.samplingActual} sampling and priced as ${sampling} sampling`);
  }
  return broken;
}

function nothingClaimed(delta: number): Pick<Claim, "epsilon" | "profile" | "attackBounds" | "groupPrivacy"> {
  const deltas = [...new Set([delta, ...profileDeltas])].toSorted((a, b) => b - a);
  return {
    epsilon: Infinity,
    profile: deltas.map((d) => ({ delta: d, epsilon: Infinity })),
    attackBounds: boundRates.map((fpr) => ({ fpr, maxTpr: 1 })),
    groupPrivacy: groupPrivacy(Infinity, delta, groups),
  };
}
