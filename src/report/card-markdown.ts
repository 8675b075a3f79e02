import type { CardAttackRate, CardMetric, PrivacyCard } from "./card.ts";
import { plainLanguage } from "./plain-language.ts";
import { bullets, code, escapeMarkdown, table, yamlString } from "./markdown.ts";
import { type Available, isNotAvailable } from "./not-available.ts";
import { printExact, printPercentUp, printPlain, printRoundedUp } from "./printed-number.ts";
import { describeRelation, describeSurface } from "./statement.ts";

/** The pictures that the Markdown links to, relative to it; null: there is none. */
export interface CardFigures {
  readonly epsilonByStep: string | null;
  readonly roc: string | null;
}

/** The files that `writeCardFolder` writes. */
export const cardFiles = {
  json: "privacy-card.json",
  markdown: "privacy-card.md",
  epsilonByStep: "epsilon-by-step.svg",
  roc: "membership-roc.svg",
} as const;

const bothFigures: CardFigures = { epsilonByStep: cardFiles.epsilonByStep, roc: cardFiles.roc };

/**
 * The card for people: a Hugging Face model card (its headings, in its order) with one "Privacy guarantee" table, what the
 * guarantee proves and does not prove in plain words, and the two pictures.
 *
 * @guarantee Every epsilon is printed rounded up.
 * @source Hugging Face model card template (huggingface/hub-docs, August 2026), headings.
 */
export function renderCardMarkdown(card: PrivacyCard, figures: CardFigures = bothFigures): string {
  const parts = [
    frontMatter(card),
    `# Model Card for ${escapeMarkdown(card.subject.name)}`,
    escapeMarkdown(card.summary.statement),
    "## Privacy guarantee",
    guaranteeTable(card),
    ...plainLanguage(card),
    ...figure("Privacy spent by training step", figures.epsilonByStep),
    ...figure("Membership inference: measured attack and the bound", figures.roc),
    ...modelDetails(card),
    ...uses(card),
    ...training(card),
    ...evaluation(card),
    ...checking(card),
  ];
  return `${parts.join("\n\n")}\n`;
}

function frontMatter(card: PrivacyCard): string {
  const tags = ["privacy-card", "tensorflow-js"];
  if (card.guarantee.variant !== "none") tags.push("differential-privacy", card.mechanism.name);
  const lines = ["---", "library_name: tfjs", "tags:", ...tags.map((tag) => `  - ${yamlString(tag)}`), "---"];
  return lines.join("\n");
}

function printAvailable(value: Available<number | string>): string {
  if (isNotAvailable(value)) return `not available: ${escapeMarkdown(value.notAvailable)}`;
  return typeof value === "number" ? printPlain(value) : escapeMarkdown(value);
}

function guaranteeTable(card: PrivacyCard): string {
  const { guarantee, mechanism, summary, threatModel } = card;
  const { assumed, actual, match, probability } = mechanism.sampling;
  const sampling = match ? `${actual}, as priced` : `**${actual}, but priced as ${assumed}**`;
  const rows: [string, string][] = [
    ["ε (upper bound, rounded up)", `**${printRoundedUp(guarantee.epsilon)}**`],
    ["δ", printExact(guarantee.delta)],
    ["N·δ", printExpected(card)],
    [
      "Tier",
      summary.tier === "none" ? "none" : `${summary.tier} (at most 1 strong, at most 10 reasonable, above weak)`,
    ],
    ["Unit", `${guarantee.unit}: ${escapeMarkdown(guarantee.unitDetails)}`],
    ["Neighboring relation", `${guarantee.neighboring} (${describeRelation(guarantee.neighboring, guarantee.unit)})`],
    ["What is released", describeSurface(threatModel.releaseSurface)],
    ["Trust", `${threatModel.setting}; trusted: ${list(threatModel.trustedParties)}`],
    ["Mechanism", escapeMarkdown(mechanism.name)],
    ["Noise multiplier", printAvailable(mechanism.noiseMultiplier)],
    ["Clip norm", printPlain(mechanism.clip.norm)],
    ["Steps", printPlain(mechanism.steps)],
    ["Sampling", `${sampling}; probability ${printAvailable(probability)}`],
    ["Randomness", `${card.randomness.source}; ${card.randomness.floatHardening}`],
    [
      "Accountant",
      `${escapeMarkdown(card.accounting.accountant)} (${escapeMarkdown(card.accounting.library)} ${escapeMarkdown(card.accounting.version)})`,
    ],
    [
      "Measured leakage",
      guarantee.variant === "none" ? "there is no claim to compare it with" : verdicts[card.empirical.verdict],
    ],
    ["Ledger", `${card.evidence.ledger.records} records, head ${code(card.evidence.ledger.head)}`],
  ];
  return table(["", "Value"], rows);
}

function printExpected({ guarantee: { deltaJustification } }: PrivacyCard): string {
  const { expectedDisclosures, warning } = deltaJustification;
  const shown = isNotAvailable(expectedDisclosures) ? "not available" : printPlain(expectedDisclosures);
  return warning === "" ? `${shown} (small, as it should be)` : `${shown}. **${escapeMarkdown(warning)}**`;
}

const verdicts: Readonly<Record<PrivacyCard["empirical"]["verdict"], string>> = {
  "not-run": "no attack was run",
  inconsistent: "**inconsistent: a valid lower bound on ε lies above the claim**",
  consistent: "not refuted (this is not a proof)",
};

function list(items: readonly string[]): string {
  return items.length === 0 ? "nobody" : items.map(escapeMarkdown).join(", ");
}

function figure(title: string, file: string | null): string[] {
  return file === null ? [] : [`![${escapeMarkdown(title)}](${encodeURI(file)})`];
}

function modelDetails({ subject, governance, generator }: PrivacyCard): string[] {
  return [
    "## Model Details",
    bullets([
      `**Version:** ${escapeMarkdown(subject.version)}`,
      `**Kind:** ${subject.kind}`,
      `**Parent:** ${printAvailable(subject.parent)}`,
      `**Owner:** ${escapeMarkdown(governance.owner)}`,
      `**Contact:** ${escapeMarkdown(governance.contact)}`,
      `**Card made by:** ${escapeMarkdown(generator.name)} ${escapeMarkdown(generator.version)}`,
    ]),
    subject.artifacts.length === 0
      ? "No file is attached to this card."
      : table(
          ["File", "SHA-256", "Bytes"],
          subject.artifacts.map((a) => [code(a.path), code(a.sha256), printPlain(a.bytes)]),
        ),
  ];
}

function uses({ governance, hazards, scope }: PrivacyCard): string[] {
  const open = hazards.filter((hazard) => hazard.status !== "clear");
  return [
    "## Uses",
    "### Direct Use",
    escapeMarkdown(governance.intendedUse),
    "### Out-of-Scope Use",
    escapeMarkdown(governance.outOfScope),
    "## Bias, Risks, and Limitations",
    escapeMarkdown(governance.limitations),
    bullets(open.map((h) => `**${h.title}** (${h.status}): ${escapeMarkdown(h.note)}`)),
    "Not covered by the guarantee:",
    scope.notCovered.length === 0
      ? "- nothing is declared"
      : bullets(scope.notCovered.map((n) => `${escapeMarkdown(n.what)}: ${escapeMarkdown(n.why)}`)),
  ];
}

function training({ data, scope, mechanism }: PrivacyCard): string[] {
  return [
    "## Training Details",
    "### Training Data",
    bullets([
      `**Name:** ${escapeMarkdown(data.name)}`,
      `**Source:** ${escapeMarkdown(data.source)}`,
      `**Sensitivity:** ${escapeMarkdown(data.sensitivity)}`,
      `**Records (declared public):** ${printAvailable(data.size)}`,
      `**Lawful basis:** ${printAvailable(data.lawfulBasis)}`,
    ]),
    "### Training Procedure",
    bullets([
      `**Expected batch size:** ${printPlain(mechanism.expectedBatchSize)}`,
      `**Data accesses covered:** ${scope.dataAccessesCovered.join(", ")}`,
      `**Tuning:** ${escapeMarkdown(scope.tuning.method)} (runs: ${printAvailable(scope.tuning.runs)}; ${scope.tuning.accounted ? "accounted for" : "not in ε"})`,
      `**Public quantities:** ${list(mechanism.publicQuantities)}`,
    ]),
  ];
}

function metricRow(metric: CardMetric): string[] {
  const interval = isNotAvailable(metric.interval)
    ? "not available"
    : `${printPlain(metric.interval.low)} to ${printPlain(metric.interval.high)}`;
  const split = `${escapeMarkdown(metric.split)} (${metric.isSplitPrivate ? "private" : "not private"})`;
  return [escapeMarkdown(metric.name), printAvailable(metric.value), interval, split];
}

function evaluation({ utility, empirical }: PrivacyCard): string[] {
  const heading = ["Metric", "Value", "Interval", "Split"];
  const baseline = utility.baselineNonPrivate;
  const subgroups = utility.subgroups;
  return [
    "## Evaluation",
    "### Testing Data, Factors & Metrics",
    isNotAvailable(subgroups)
      ? `Subgroups: not available: ${escapeMarkdown(subgroups.notAvailable)}`
      : table(
          ["Group", ...heading],
          subgroups.map((g) => [`${escapeMarkdown(g.attribute)} = ${escapeMarkdown(g.value)}`, ...metricRow(g.metric)]),
        ),
    "### Results",
    utility.metrics.length === 0 ? "No metric was measured." : table(heading, utility.metrics.map(metricRow)),
    isNotAvailable(baseline)
      ? `Without privacy: not available: ${escapeMarkdown(baseline.notAvailable)}`
      : table(["Without privacy", "Value", "Interval", "Split"], baseline.map(metricRow)),
    ...attackTable(empirical.attacks),
  ];
}

function attackTable(attacks: PrivacyCard["empirical"]["attacks"]): string[] {
  if (attacks.length === 0) return [];
  const rows = attacks.flatMap((attack) =>
    attack.tprAtFpr.map((point) => [
      `${escapeMarkdown(attack.name)} (${attack.access} box, ${attack.shadowModels} shadow models, ${escapeMarkdown(attack.slice)})`,
      `${printPlain(attack.auc)} (${printPlain(attack.aucInterval.low)} to ${printPlain(attack.aucInterval.high)})`,
      printPercentUp(point.fpr),
      printRate(point),
    ]),
  );
  return [table(["Attack", "AUC (95 % interval)", "False positive rate", "True positive rate (95 % interval)"], rows)];
}

function printRate({ tpr, interval }: CardAttackRate): string {
  if (isNotAvailable(tpr)) return printAvailable(tpr);
  if (isNotAvailable(interval)) return printPercentUp(tpr);
  return `${printPercentUp(tpr)} (${printPercentUp(interval.low)} to ${printPercentUp(interval.high)})`;
}

function checking({ evidence, cardId, generatedAt }: PrivacyCard): string[] {
  return [
    "## How to check this card",
    `${code(evidence.command)} recomputes every number of the guarantee from the ledger in ${code(evidence.ledger.origin)} (run ${code(evidence.ledger.runId)}). The numbers for machines are in [${cardFiles.json}](${cardFiles.json}).`,
    `Card ${code(cardId)}, ${escapeMarkdown(generatedAt)}. This card is evidence, not a statement of compliance with any law.`,
  ];
}
