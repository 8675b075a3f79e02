import type { PrivacyCard } from "./card.ts";
import { bullets, escapeMarkdown } from "./markdown.ts";
import { printExact, printPercentUp, printRoundedUp } from "./printed-number.ts";
import { describeRelation } from "./statement.ts";

/** What the number means to somebody who has never met it: what it proves, and what it does not. */
export function plainLanguage(card: PrivacyCard): string[] {
  return card.guarantee.variant === "none" ? nothingProven(card) : proven(card);
}

function nothingProven({ summary }: PrivacyCard): string[] {
  return [
    "### What this proves",
    `Nothing about the people in the data. ${escapeMarkdown(summary.statement)}`,
    "### What this does not prove",
    bullets([
      "Clipping gradients, or calling a run private, protects nobody: only noise that is unpredictable and large enough does.",
      "A failed attack would not change this: it shows that one attack failed, not that none can succeed.",
    ]),
  ];
}

function proven(card: PrivacyCard): string[] {
  const { guarantee, threatModel } = card;
  const { unit } = guarantee;
  return [
    "### What this proves",
    `Whatever an adversary already knows and however it attacks: ${describeRelation(guarantee.neighboring, unit)} in the training data changes the probability of every outcome by a factor of at most e^${printRoundedUp(guarantee.epsilon)}${factor(guarantee.epsilon)}, up to an added probability of δ = ${printExact(guarantee.delta)}. ${bestAttack(card)}`,
    "### What this does not prove",
    bullets([
      `It does not hide what is true of many: the model may reveal what ${unit}s like this one have in common.`,
      `It does not cover anything but what is listed as released, nor an adversary who reads the raw data${threatModel.setting === "central" ? " or controls the trusted parties" : ""}.`,
      `It protects one ${unit}; a person behind several is protected less (${groups(card)}).`,
      "It rests on the assumptions listed in the JSON: that the ledger is whole, that contributions are bounded, and that the code ran as recorded.",
      "It says nothing about accuracy or fairness, and it is not a statement of compliance with any law.",
    ]),
  ];
}

function factor(epsilon: number): string {
  const times = Math.exp(epsilon) * (1 + 1e-12);
  return times < 1e6 ? ` (${printRoundedUp(times, 3)})` : "";
}

function bestAttack({ guarantee }: PrivacyCard): string {
  const point = guarantee.attackBounds.find((bound) => bound.fpr >= 1e-2) ?? guarantee.attackBounds[0];
  if (point === undefined) return "";
  if (guarantee.attackBounds.every((bound) => bound.maxTpr >= 1 - 1e-12)) {
    return "At this ε that is no protection: an attack that finds every member is not ruled out.";
  }
  return `An attacker who wrongly accuses at most ${printPercentUp(point.fpr)} of outsiders can find at most ${printPercentUp(point.maxTpr)} of the members.`;
}

function groups({ guarantee }: PrivacyCard): string {
  return guarantee.groupPrivacy
    .map((g) => `${g.k}: ε = ${printRoundedUp(g.epsilon)}, δ = ${printRoundedUp(g.delta, 2)}`)
    .join("; ");
}
