import { describe, expect, it } from "vitest";
import { gaussian, poissonSampled } from "../events/index.ts";
import type { AnyLedgerRecord, LedgerVerification, RunSpend } from "../ledger/index.ts";
import { buildPrivacyCard } from "./build-card.ts";
import type { PrivacyCard } from "./card.ts";
import { dpSgdEvent, fixtureInput } from "./card.fixture.ts";
import { cardDigest, cardIdOf, digestSections, parsePrivacyCard, renderCardJson } from "./card-json.ts";
import { compareCardWithLedger } from "./compare-card.ts";
import { groupPrivacy } from "./group-privacy.ts";
import { printRoundedUp } from "./printed-number.ts";

const card = buildPrivacyCard(fixtureInput({ event: dpSgdEvent(500) }));
const { ledger: known } = card.evidence;

const policy = {
  unit: "example",
  neighboring: "add-or-remove-one",
  delta: 1e-7,
  epsilonMax: null,
  filter: "rdp",
  filterOrder: 8,
} as const;

function ledgerWith(run: Partial<RunSpend> = {}, changes: Partial<LedgerVerification> = {}): LedgerVerification {
  const event = poissonSampled(256 / 60_000, gaussian(1.1));
  const runs: RunSpend[] = [
    {
      runId: "run-1",
      event,
      randomSource: "operating-system",
      scheduled: 500,
      reserved: 0,
      used: 500,
      left: 0,
      open: false,
      ...run,
    },
  ];
  const { delta, neighboring, unit, epsilonMax, filterOrder } = policy;
  const guarantee = {
    delta,
    neighboring,
    unit,
    epsilonMax,
    filterOrder,
    epsilon: 1,
    guarantee: null,
    caveats: [],
    rule: "own-guarantee" as const,
  };
  return {
    version: "ledger-verification/v1",
    ok: true,
    complete: true,
    problems: [],
    records: known.records,
    head: { records: known.records, head: known.head },
    scopes: [{ scope: "mnist", policy, guarantee, runs }],
    ...changes,
  };
}

function fieldsOf(changed: PrivacyCard, ledger = ledgerWith()): string[] {
  return compareCardWithLedger(changed, ledger).problems.map((problem) => problem.field);
}

/** Every number of a JSON text: its path, and where its digits stand. */
function numbersOf(json: string): { path: string; at: number; digits: string }[] {
  const found: { path: string; at: number; digits: string }[] = [];
  const path: { key: string; index: number }[] = [];
  for (const token of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[[\]{}]|,|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g)) {
    const [text] = token;
    const top = path[path.length - 1];
    if (text === "{" || text === "[") path.push({ key: "", index: text === "[" ? 0 : -1 });
    else if (text === "}" || text === "]") path.pop();
    else if (text === "," && top !== undefined && top.index >= 0) top.index += 1;
    else if (token[1] !== undefined && top !== undefined)
      top.key = JSON.parse(text.slice(0, -token[1].length)) as string;
    else if (/^-?\d/.test(text)) {
      const names = path.map((step) => (step.index >= 0 ? String(step.index) : step.key));
      found.push({ path: names.join("."), at: token.index, digits: text });
    }
  }
  return found;
}

describe("a number edited by hand", () => {
  const json = renderCardJson(card);
  const numbers = numbersOf(json);

  it("finds all numbers of a card", () => {
    expect(numbers.length).toBeGreaterThan(60);
    expect(numbers.map((n) => n.path)).toContain("guarantee.epsilon");
  });

  it("is caught, whichever it is and whichever digit, with the name of its field or section", () => {
    for (const { path, at, digits } of numbers) {
      // The first and the last digit: the largest edit and the smallest.
      const places = [...new Set([digits.search(/[0-9]/), digits.search(/\d(?=[eE]|$)/)])];
      for (const place of places) {
        const digit = (Number(digits[place]) % 9) + 1;
        const edited = `${json.slice(0, at + place)}${digit}${json.slice(at + place + 1)}`;
        // The seventeenth digit may name the same double: then nothing was changed.
        if (Number(edited.slice(at, at + digits.length)) === Number(digits)) continue;
        let fields: string[];
        try {
          fields = fieldsOf(parsePrivacyCard(edited));
        } catch (error) {
          fields = [String(error)];
        }
        const isNamed = fields.some(
          (field) => field.startsWith(path.split(".")[0] ?? "") || field.includes(`card.${path.split(".")[0]}`),
        );
        expect(isNamed, `${path}: ${fields.join(", ")}`).toBe(true);
      }
    }
  });

  it("in epsilon is called by its name, and a smaller one is called too much privacy", () => {
    const edit = (epsilon: number): PrivacyCard => ({ ...card, guarantee: { ...card.guarantee, epsilon } });
    expect(fieldsOf(edit(card.guarantee.epsilon * (1 + 1e-8)))).toEqual(["guarantee.epsilon"]);
    const { problems } = compareCardWithLedger(edit(0.01), ledgerWith());
    expect(problems.map((p) => p.field)).toEqual(["guarantee.epsilon"]);
    expect(problems[0]?.reason).toMatch(/claims too much privacy|by the ledger/);
  });
});

describe("a ledger that says something else", () => {
  it.each<[string, Partial<RunSpend>]>([
    ["mechanism.steps", { scheduled: 501 }],
    ["mechanism.noiseMultiplier", { event: poissonSampled(256 / 60_000, gaussian(1.2)) }],
    ["randomness.source", { randomSource: "seeded-test" }],
    ["mechanism.noiseMultiplier", { event: poissonSampled(256 / 60_000, gaussian(0)) }],
  ])("is found by %s", (field, run) => {
    expect(fieldsOf(card, ledgerWith(run))).toContain(field);
  });

  it("is found by its sampling, though expectedBatchSize then disagrees with the size of the data", () => {
    const event = poissonSampled(0.01, gaussian(1.1));
    expect(fieldsOf(card, ledgerWith({ event }))).toEqual(["mechanism.expectedBatchSize"]);
  });

  it.each<[string, Partial<LedgerVerification["scopes"][number]["policy"]>]>([
    ["guarantee.delta", { delta: 1e-6 }],
    ["guarantee.unit", { unit: "user" }],
    ["guarantee.neighboring", { neighboring: "zero-out" }],
  ])("is found by %s", (field, change) => {
    const [scope] = ledgerWith().scopes;
    if (scope === undefined) throw new Error("no scope");
    const scopes = [{ ...scope, policy: { ...policy, ...change } }];
    expect(fieldsOf(card, ledgerWith({}, { scopes }))).toContain(field);
  });

  it("is found by scope, run and broken lines", () => {
    expect(fieldsOf(card, ledgerWith({}, { scopes: [] }))).toEqual(["evidence.ledger.scope"]);
    expect(fieldsOf(card, ledgerWith({ runId: "run-2" }))).toEqual(["evidence.ledger.runId"]);
    const problems = [{ line: 3, reason: "breaks the chain" }];
    expect(fieldsOf(card, ledgerWith({}, { ok: false, problems }))).toEqual(["evidence.ledger"]);
  });
});

describe("a card made by another version", () => {
  const looser = (): PrivacyCard => {
    const epsilon = card.guarantee.epsilon * 1.01;
    const summary = { ...card.summary, headline: { epsilon: Number(printRoundedUp(epsilon)), delta: 1e-7 } };
    const groups = groupPrivacy(epsilon, 1e-7, [2, 4, 8]);
    const changed = { ...card, guarantee: { ...card.guarantee, epsilon, groupPrivacy: groups }, summary };
    const evidence = { ...card.evidence, sectionDigests: digestSections(changed) };
    const whole = { ...changed, evidence };
    return { ...whole, cardId: cardIdOf(whole) };
  };

  it("may have a looser epsilon than this version finds, which is said", () => {
    const { ok, notes } = compareCardWithLedger(looser(), ledgerWith(), [], "9.9.9");
    expect([ok, notes.length]).toEqual([true, 1]);
    expect(compareCardWithLedger(looser(), ledgerWith(), [], "0.1.0").problems[0]?.field).toBe("guarantee.epsilon");
  });

  it("may not have an epsilon below this version's lower bound, another event or an edited digit", () => {
    const low = { ...card, guarantee: { ...card.guarantee, epsilon: card.accounting.epsilon.lower * 0.9 } };
    const fields = (changed: PrivacyCard, ledger = ledgerWith()): (string | undefined)[] =>
      compareCardWithLedger(changed, ledger, [], "9.9.9").problems.map((problem) => problem.field);
    expect(fields(low)[0]).toBe("guarantee.epsilon");
    expect(fields({ ...card, summary: { ...card.summary, tier: "weak" } })).toEqual(["summary.tier"]);
    expect(fields(card, ledgerWith({ scheduled: 501 }))).toContain("mechanism.steps");
    const edited = { ...card, guarantee: { ...card.guarantee, epsilon: card.guarantee.epsilon + 1 } };
    expect(fields(edited)).toContain("guarantee.groupPrivacy.0");
    const digested = { ...card, guarantee: { ...card.guarantee, unitDetails: "one picture" } };
    expect(fields(digested)).toContain("guarantee");
  });
});

describe("a card that names another version to be checked less", () => {
  type Claims = PrivacyCard["guarantee"];
  /** A forger can digest the card again. */
  const forged = (changes: Partial<Claims>): PrivacyCard => {
    const changed = { ...card, guarantee: { ...card.guarantee, ...changes } };
    const whole = { ...changed, evidence: { ...card.evidence, sectionDigests: digestSections(changed) } };
    return { ...whole, cardId: cardIdOf(whole) };
  };
  const { profile, groupPrivacy: groups, attackBounds } = card.guarantee;
  const cases: [string, Partial<Claims>][] = [
    ["guarantee.profile.0.epsilon", { profile: profile.map((point) => ({ ...point, epsilon: 0 })) }],
    ["guarantee.groupPrivacy.0", { groupPrivacy: groups.map((group) => ({ ...group, epsilon: 0, delta: 0 })) }],
    ["guarantee.attackBounds.0.maxTpr", { attackBounds: attackBounds.map((bound) => ({ ...bound, maxTpr: 0 })) }],
    ["guarantee.attackBounds", { attackBounds: attackBounds.map(({ fpr }) => ({ fpr, maxTpr: fpr })) }],
  ];
  it.each(cases)("is caught where it claims too much: %s", (field, changes) => {
    const { ok, problems } = compareCardWithLedger(forged(changes), ledgerWith(), [], "9.9.9");
    expect(ok).toBe(false);
    expect(problems.map((problem) => problem.field)).toContain(field);
  });

  it("is fine where it claims nothing new", () => {
    expect(compareCardWithLedger(forged({}), ledgerWith(), [], "9.9.9")).toMatchObject({ ok: true, problems: [] });
  });
});

describe("other runs on the same data", () => {
  it("are no contradiction, and are said", () => {
    const [scope] = ledgerWith().scopes;
    const [run] = scope?.runs ?? [];
    if (scope === undefined || run === undefined) throw new Error("no run");
    const scopes = [{ ...scope, runs: [run, { ...run, runId: "run-2" }] }];
    const { ok, notes } = compareCardWithLedger(card, ledgerWith({}, { scopes }));
    expect(ok).toBe(true);
    expect(notes.join()).toMatch(/1 more run/);
    expect(compareCardWithLedger(card, ledgerWith()).notes).toEqual([]);
  });
});

describe("completeness", () => {
  const later: AnyLedgerRecord = {
    v: "ledger/v1",
    seq: known.records,
    ts: "2026-03-01T12:00:01.000Z",
    type: "release",
    scope: "mnist",
    actor: "test",
    body: { runId: "run-1", artifactDigest: "ab".repeat(32), cardDigest: cardDigest(card) },
    prev: known.head,
    digest: "5a".repeat(32),
  };
  const grown = ledgerWith({}, { head: { records: known.records + 1, head: "1e".repeat(32) } });
  // The records before the card's head do not matter here: only what follows is read.
  const before = Array.from({ length: known.records }, (_, seq): AnyLedgerRecord => ({
    ...later,
    seq,
    type: "genesis",
    body: { schema: "ledger/v1", generator: "test" },
  }));

  it("is said when the ledger ends where the card says", () => {
    expect(compareCardWithLedger(card, ledgerWith())).toMatchObject({ ok: true, isComplete: true, problems: [] });
  });

  it("is not said when the ledger has gone on, unless only to release this card", () => {
    expect(compareCardWithLedger(card, grown)).toMatchObject({ ok: true, isComplete: false });
    expect(compareCardWithLedger(card, grown, [...before, later])).toMatchObject({ ok: true, isComplete: true });
  });

  it("is not said of a shorter or another ledger, which is a problem", () => {
    const cut = ledgerWith({}, { head: { records: known.records - 1, head: known.head } });
    expect(fieldsOf(card, cut)).toEqual(["evidence.ledger.records"]);
    const other = ledgerWith({}, { head: { records: known.records, head: "2d".repeat(32) } });
    expect(fieldsOf(card, other)).toEqual(["evidence.ledger.head"]);
  });

  it("knows a card that is not the one released", () => {
    const other = { ...later, body: { ...later.body, cardDigest: "00".repeat(32) } } as AnyLedgerRecord;
    const { problems } = compareCardWithLedger(card, grown, [...before, other]);
    expect(problems.map((p) => p.field)).toEqual(["cardDigest"]);
  });
});
