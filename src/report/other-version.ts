import { account } from "../accounting/index.ts";
import type { PrivacyCard } from "./card.ts";
import type { CardProblem } from "./card-problem.ts";
import { groupPrivacy } from "./group-privacy.ts";
import { printRoundedUp } from "./printed-number.ts";
import { tierOf } from "./statement.ts";

// As in compareCardWithLedger: another machine's logarithms may differ in the last digits.
const slack = 1 + 1e-9;

/** The summary by the card's own epsilon, where the accountant's can not be asked to agree. */
export function summaryProblems({ summary, guarantee, empirical }: PrivacyCard): CardProblem[] {
  const reason = "is not what the card's own epsilon and delta give";
  const tier = empirical.verdict === "inconsistent" ? "none" : tierOf(guarantee.epsilon);
  const isQuoted =
    summary.headline.epsilon === Number(printRoundedUp(guarantee.epsilon)) &&
    summary.headline.delta === guarantee.delta;
  return [
    ...(summary.tier === tier ? [] : [{ field: "summary.tier", reason }]),
    ...(isQuoted ? [] : [{ field: "summary.headline", reason }]),
  ];
}

/**
 * What a card by another version may not claim, whatever its accountant was: an epsilon of its profile below what this
 * version knows to be spent at that delta, groups that are better off than the card's own epsilon gives, and attacks
 * that do worse than guessing.
 *
 * @param rebuilt - the card of the ledger's own event, by this version.
 */
export function claimProblems({ guarantee }: PrivacyCard, rebuilt: PrivacyCard): CardProblem[] {
  if (guarantee.variant === "none") return [];
  const accountant = account(rebuilt.accounting.event, { neighboring: guarantee.neighboring });
  const least = accountant.profile(guarantee.profile.map((point) => point.delta));
  const profile = guarantee.profile.flatMap(({ epsilon }, i): CardProblem[] => {
    const lower = least[i]?.epsilon.lower ?? Infinity;
    if (epsilon * slack >= lower) return [];
    const reason = `is ${epsilon} on the card and at least ${lower} by the ledger's event: the card claims too much privacy`;
    return [{ field: `guarantee.profile.${i}.epsilon`, reason }];
  });
  const sizes = guarantee.groupPrivacy.map((group) => group.k);
  const owed = groupPrivacy(guarantee.epsilon, guarantee.delta, sizes);
  const groups = guarantee.groupPrivacy.flatMap((group, i): CardProblem[] => {
    const want = owed[i];
    const isOwed = want !== undefined && group.epsilon * slack >= want.epsilon && group.delta * slack >= want.delta;
    const reason = "is less than the card's own epsilon and delta give";
    return isOwed ? [] : [{ field: `guarantee.groupPrivacy.${i}`, reason }];
  });
  const attacks = guarantee.attackBounds.flatMap(({ fpr, maxTpr }, i): CardProblem[] =>
    maxTpr >= fpr ? [] : [{ field: `guarantee.attackBounds.${i}.maxTpr`, reason: "is less than guessing gives" }],
  );
  return [...profile, ...groups, ...attacks];
}

/** Whether the card bounds attacks more tightly than this version can show. */
export function hasTighterAttackBounds({ guarantee }: PrivacyCard, rebuilt: PrivacyCard): boolean {
  const shown = account(rebuilt.accounting.event, { neighboring: guarantee.neighboring }).tradeOff(
    guarantee.attackBounds.map(({ fpr }) => fpr),
  );
  return guarantee.attackBounds.some(({ maxTpr }, i) => maxTpr * slack < (shown[i]?.truePositiveRate ?? 1));
}
