import { isPrivacyError } from "../core/index.ts";
import { type DpEvent, canonicalJson, selfComposed } from "../events/index.ts";
import type { AnyLedgerRecord, LedgerVerification, RunSpend, ScopeSpend } from "../ledger/index.ts";
import { buildPrivacyCard } from "./build-card.ts";
import { type PrivacyCard, cardSections } from "./card.ts";
import { type JsonValue, cardDigest, cardIdOf, digestSections, toJsonValue } from "./card-json.ts";
import { inputOfCard } from "./card-parts.ts";
import type { CardProblem } from "./card-problem.ts";
import { claimProblems, hasTighterAttackBounds, summaryProblems } from "./other-version.ts";
import { printRoundedUp } from "./printed-number.ts";

export interface CardComparison {
  readonly version: "card-comparison/v1";
  /** No problem was found. */
  readonly ok: boolean;
  /**
   * Whether the ledger ends where the card says, so that nothing up to it is missing; releases of this very card may
   * follow. When false and ok, the evidence is incomplete: the ledger has gone on since.
   */
  readonly isComplete: boolean;
  readonly problems: readonly CardProblem[];
  /** What is true, no contradiction, and worth knowing: other runs on the same data, another version's accountant. */
  readonly notes: readonly string[];
}

// Another machine's logarithms may differ in the last digits; an edited digit that matters does not hide below this.
const relativeTolerance = 1e-9;

/**
 * Compares a card with a verified ledger, by recomputing the card from the ledger's own event: epsilon, delta, relation,
 * unit, steps, noise multiplier, sampling, profile, bounds, statement and tier, each by the name of its field. What a
 * ledger can not know (accuracies, attack results, the owner's words) is held by the card's own digests, and by the
 * ledger's `release` records when they are given.
 *
 * @param ledger - from `verifyLedger(dir, { anchor: card.evidence.ledger })`.
 * @param records - the ledger's records, from `readLedger`; with them the card's digest is checked too.
 * @param verifierVersion - this package's version. When the card was made by another, whose accountant may have been
 * tighter or looser, the accountant's numbers need not be equal: no epsilon of the card may then be below this
 * version's lower bound, no bound on attacks tighter than this version's, and a note says so.
 * @returns every problem found, causes before what follows from them; numbers count as equal within 1e-9 relative.
 * @guarantee `ok` means: the card's epsilon is what the accountant finds now for the event that the ledger holds, or,
 * across versions, that this version can not show it to be too small.
 */
export function compareCardWithLedger(
  card: PrivacyCard,
  ledger: LedgerVerification,
  records: readonly AnyLedgerRecord[] = [],
  verifierVersion: string = card.accounting.version,
): CardComparison {
  const isOtherVersion = verifierVersion !== card.accounting.version;
  const problems: CardProblem[] = ledger.problems.map(({ line, reason }) => ({
    field: "evidence.ledger",
    reason: line === null ? reason : `line ${line} ${reason}`,
  }));
  problems.push(...headProblems(card, ledger));
  const scope = ledger.scopes.find((s) => s.scope === card.evidence.ledger.scope);
  const run = scope?.runs.find((r) => r.runId === card.evidence.ledger.runId);
  if (scope === undefined) problems.push(missing("evidence.ledger.scope", "scope"));
  else if (run === undefined) problems.push(missing("evidence.ledger.runId", "run"));
  else problems.push(...runProblems(card, scope, run, isOtherVersion));
  if (isOtherVersion) problems.push(...summaryProblems(card));
  problems.push(...contentProblems(card, problems), ...releaseProblems(card, records));
  const ok = problems.length === 0;
  const isComplete = ok && endsAtCard(card, ledger, records);
  const notes = otherRuns(card, scope);
  if (isOtherVersion) notes.push(otherVersion(card, verifierVersion));
  return Object.freeze({ version: "card-comparison/v1", ok, isComplete, problems: causesFirst(problems), notes });
}

function otherVersion(card: PrivacyCard, verifierVersion: string): string {
  return `the card was priced by version ${card.accounting.version} and checked by ${verifierVersion}: its epsilons were held to this version's lower bounds, its words and hazards were not checked`;
}

// From what was done to what it costs to how it is said.
const causes: readonly string[] = [
  "evidence",
  "accounting.event",
  "mechanism",
  "randomness",
  "guarantee.epsilon",
  "guarantee.delta",
  "guarantee",
];

function causesFirst(problems: readonly CardProblem[]): CardProblem[] {
  const rank = ({ field }: CardProblem): number => {
    const at = causes.findIndex((cause) => field.startsWith(cause));
    return at < 0 ? causes.length : at;
  };
  return problems.toSorted((a, b) => rank(a) - rank(b));
}

/** What another version's accountant may compute differently, with all texts that quote it. */
const accountantsOwn: RegExp =
  /^(guarantee\.(epsilon|profile|groupPrivacy|attackBounds)|accounting\.(accountant|epsilon|crossChecks|caveats)|summary|hazards)/;

/** A card is about one run; the people in the data bear all of them. */
function otherRuns(card: PrivacyCard, scope: ScopeSpend | undefined): string[] {
  const { runId } = card.evidence.ledger;
  const others = scope?.runs.filter((run) => run.runId !== runId && run.used + run.reserved > 0) ?? [];
  if (scope === undefined || others.length === 0) return [];
  const spent = printRoundedUp(scope.guarantee.epsilon);
  return [
    `the ledger charges ${others.length} more run(s) to ${scope.scope}: together with this one they have spent ε = ${spent}, which the card's epsilon does not include`,
  ];
}

function missing(field: string, what: string): CardProblem {
  return { field, reason: `the ledger has no ${what} of this name` };
}

function headProblems(card: PrivacyCard, ledger: LedgerVerification): CardProblem[] {
  const { records, head } = card.evidence.ledger;
  if (records > ledger.head.records) {
    const reason = `the card was made when the ledger had ${records} records; it has ${ledger.head.records}: some are missing`;
    return [{ field: "evidence.ledger.records", reason }];
  }
  if (records === ledger.head.records && head !== ledger.head.head) {
    return [
      { field: "evidence.ledger.head", reason: "the ledger's last record is not the one the card was made from" },
    ];
  }
  return [];
}

function endsAtCard(card: PrivacyCard, ledger: LedgerVerification, records: readonly AnyLedgerRecord[]): boolean {
  const known = card.evidence.ledger;
  if (known.records === ledger.head.records) return known.head === ledger.head.head;
  const later = records.slice(known.records);
  const digest = cardDigest(card);
  return (
    records.length === ledger.head.records &&
    later[0]?.prev === known.head &&
    later.every((record) => record.type === "release" && record.body.cardDigest === digest)
  );
}

/** `self-composed` of `self-composed` is one: two ways to write the same schedule are not a disagreement. */
function flatten(event: DpEvent): DpEvent {
  if (event.kind !== "self-composed") return event;
  const inner = flatten(event.event);
  if (inner.kind === "self-composed") return selfComposed(inner.event, inner.count * event.count);
  return event.count === 1 ? inner : selfComposed(inner, event.count);
}

function sameEvent(a: DpEvent, b: DpEvent): boolean {
  return canonicalJson(flatten(a)) === canonicalJson(flatten(b));
}

function runProblems(card: PrivacyCard, scope: ScopeSpend, run: RunSpend, isOtherVersion: boolean): CardProblem[] {
  const { policy } = scope;
  const priced = selfComposed(run.event, run.scheduled);
  // Written as the card writes it where it is the same event: the shape of the tree is no disagreement.
  const event = sameEvent(priced, card.accounting.event) ? card.accounting.event : priced;
  const input = inputOfCard(card);
  const { delta, neighboring, unit } = policy;
  const randomness = { ...card.randomness, source: run.randomSource };
  try {
    const rebuilt = buildPrivacyCard({ ...input, run: { ...input.run, event, delta, neighboring, unit, randomness } });
    const all = differences(derived(card), derived(rebuilt), "");
    const found = isOtherVersion
      ? [...all.filter((problem) => !accountantsOwn.test(problem.field)), ...otherVersionProblems(card, rebuilt)]
      : all;
    const below = belowLedger(card, rebuilt);
    return below === null ? found : [below, ...found.filter((problem) => problem.field !== below.field)];
  } catch (error) {
    if (!isPrivacyError(error)) throw error;
    const field = error.code === "invalid_argument" ? error.details.argument : "accounting.event";
    return [{ field, reason: error.message }];
  }
}

/** A tighter bound on attacks that nothing here can show is a claim without evidence. */
function otherVersionProblems(card: PrivacyCard, rebuilt: PrivacyCard): CardProblem[] {
  const problems = claimProblems(card, rebuilt);
  if (problems.length > 0 || !hasTighterAttackBounds(card, rebuilt)) return problems;
  const reason = "is tighter than this version can show for the ledger's event; verify with the version that made it";
  return [{ field: "guarantee.attackBounds", reason }];
}

/** The worst disagreement, said as what it is: a claim that is better than anything the event can give. */
function belowLedger(card: PrivacyCard, rebuilt: PrivacyCard): CardProblem | null {
  const claimed = card.guarantee.epsilon;
  const least = rebuilt.guarantee.epsilon === Infinity ? Infinity : rebuilt.accounting.epsilon.lower;
  if (claimed >= least) return null;
  const reason = `is ${claimed} on the card and at least ${least} by the ledger's event: the card claims too much privacy`;
  return { field: "guarantee.epsilon", reason };
}

/** All of the card that is computed or copied from the ledger, in its JSON form. */
function derived(card: PrivacyCard): JsonValue {
  const { summary, guarantee, scope, mechanism, accounting, randomness, empirical, data, hazards, assurance } = card;
  return toJsonValue({
    summary,
    guarantee,
    scope,
    mechanism,
    accounting,
    randomness,
    empirical,
    data,
    hazards,
    assurance,
  });
}

function differences(card: JsonValue, ledger: JsonValue, field: string): CardProblem[] {
  if (sameLeaf(card, ledger)) return [];
  if (!isTree(card) || !isTree(ledger)) {
    return [{ field, reason: `is ${show(card)} on the card and ${show(ledger)} by the ledger` }];
  }
  const keys = [...new Set([...Object.keys(card), ...Object.keys(ledger)])];
  const at = (tree: JsonTree, key: string): JsonValue => (tree as Readonly<Record<string, JsonValue>>)[key] ?? null;
  return keys.flatMap((key) => differences(at(card, key), at(ledger, key), field === "" ? key : `${field}.${key}`));
}

type JsonTree = Exclude<JsonValue, string | number | boolean | null>;

function isTree(value: JsonValue): value is JsonTree {
  return typeof value === "object" && value !== null;
}

function sameLeaf(a: JsonValue, b: JsonValue): boolean {
  if (typeof a === "number" && typeof b === "number") {
    return Math.abs(a - b) <= relativeTolerance * Math.max(Math.abs(a), Math.abs(b));
  }
  return a === b;
}

function show(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}

/** Sections whose content is no longer what was digested, unless a field of them was named already. */
function contentProblems(card: PrivacyCard, named: readonly CardProblem[]): CardProblem[] {
  const digests = digestSections(card);
  const changed = cardSections.filter((section) => digests[section] !== card.evidence.sectionDigests[section]);
  const problems = changed
    .filter((section) => !named.some((problem) => problem.field.startsWith(section)))
    .map((section) => ({ field: section, reason: "was changed after the card was made: its digest does not match" }));
  if (problems.length > 0 || named.length > 0 || cardIdOf(card) === card.cardId) return problems;
  return [{ field: "cardId", reason: "does not match the card's content: the card was changed after it was made" }];
}

function releaseProblems(card: PrivacyCard, records: readonly AnyLedgerRecord[]): CardProblem[] {
  const { runId } = card.evidence.ledger;
  const digests = records.flatMap((r) => (r.type === "release" && r.body.runId === runId ? [r.body.cardDigest] : []));
  if (digests.length === 0 || digests.includes(cardDigest(card))) return [];
  return [{ field: "cardDigest", reason: "no release of this run in the ledger names this card's digest" }];
}
