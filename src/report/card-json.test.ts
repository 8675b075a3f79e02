import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { buildPrivacyCard } from "./build-card.ts";
import { dpSgdEvent, fixtureInput } from "./card.fixture.ts";
import { type JsonValue, cardDigest, parsePrivacyCard, renderCardJson, toJsonValue } from "./card-json.ts";

const card = buildPrivacyCard(fixtureInput({ event: dpSgdEvent(100) }));
const json = renderCardJson(card);

type Tree = Record<string, JsonValue>;

/** The card's JSON with one change. */
function changed(change: (tree: Tree) => void): string {
  const tree = JSON.parse(json) as Tree;
  change(tree);
  return JSON.stringify(tree);
}

describe("the schema", () => {
  it.each(Object.keys(card))("refuses a card without %s", (field) => {
    expect(() => parsePrivacyCard(changed((tree) => delete tree[field]))).toThrow(new RegExp(`card\\.${field}`));
  });

  it("refuses a missing or an unknown field at any depth, naming it", () => {
    const inGuarantee = (change: (guarantee: Tree) => void) => changed((tree) => change(tree.guarantee as Tree));
    expect(() => parsePrivacyCard(inGuarantee((g) => delete g.unit))).toThrow(/card\.guarantee\.unit/);
    expect(() => parsePrivacyCard(inGuarantee((g) => (g.seed = 7)))).toThrow(/card\.guarantee\.seed/);
    expect(() => parsePrivacyCard(changed((tree) => (tree.losses = [1])))).toThrow(/card\.losses/);
  });

  it.each([
    ["epsilon", -1],
    ["epsilon", "inf"],
    ["epsilon", null],
    ["delta", 0],
    ["delta", 1],
    ["neighboring", "add-remove"],
    ["unit", "patient"],
    ["profile", []],
  ])("refuses guarantee.%s = %j", (field, value) => {
    const text = changed((tree) => ((tree.guarantee as Tree)[field] = value));
    expect(() => parsePrivacyCard(text)).toThrow(new RegExp(`guarantee\\.${field}`));
  });

  it.each([
    ["is deep", "[".repeat(400_000)],
    ["is long", JSON.stringify("a".repeat(2 ** 21))],
    ["is one long escape after the other", `"${"\\n".repeat(2 ** 19 - 2)}"`],
    ["has many keys", `{${Array.from({ length: 60_000 }, (_, i) => `"k${i}":1`).join(",")}}`],
  ])("refuses by name and at once a text from a stranger that %s", (_, text) => {
    expect(() => parsePrivacyCard(text)).toThrow("[invalid_argument]");
  });

  it.each([
    ["\u001b[2J", "an escape sequence"],
    ["\u202etxt", "text that runs backwards"],
    ["a\u0007", "a bell"],
  ])("refuses %j in a text: %s", (hostile) => {
    const text = changed((tree) => ((tree.subject as Tree).name = hostile));
    expect(() => parsePrivacyCard(text)).toThrow(/card\.subject\.name/);
  });

  it("refuses a reason that is empty: nothing is left out in silence", () => {
    const text = changed((tree) => (tree.federation = { notAvailable: "" }));
    expect(() => parsePrivacyCard(text)).toThrow(/card\.federation/);
  });

  it("never repeats a card's value in the error", () => {
    const text = changed((tree) => ((tree.guarantee as Tree).epsilon = "s3cret"));
    expect(() => parsePrivacyCard(text)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("s3cret") }),
    );
  });
});

describe("the JSON", () => {
  it("has its keys in order, the same bytes each time, and a newline at the end", () => {
    const sorted = (value: JsonValue): boolean => {
      if (typeof value !== "object" || value === null) return true;
      const keys = Object.keys(value);
      const inOrder = Array.isArray(value) || keys.every((key, i) => i === 0 || (keys[i - 1] ?? "") < key);
      return inOrder && Object.values(value as Tree).every(sorted);
    };
    expect(sorted(JSON.parse(json) as Tree)).toBe(true);
    expect(renderCardJson(parsePrivacyCard(json))).toBe(json);
    expect(json.endsWith("}\n")).toBe(true);
  });

  it("is refused with a key twice, a number beyond a double, or text after the end", () => {
    expect(() => parsePrivacyCard(json.replace('"schema":', '"cardId": "x", "schema":'))).toThrow(/key twice/);
    expect(() => parsePrivacyCard(json.replace(/"bytes": \d+/, '"bytes": 1e999'))).toThrow(/not JSON/);
    expect(() => parsePrivacyCard(`${json}{}`)).toThrow(/not JSON/);
    expect(() => parsePrivacyCard("")).toThrow(/\[invalid_argument\]/);
  });

  it("is not fooled by colons and quotes inside texts", () => {
    const { governance } = fixtureInput();
    const tricky = { ...governance, limitations: 'a": {"b": 1, \\":c"' };
    const other = buildPrivacyCard(fixtureInput({}, { governance: tricky }));
    expect(parsePrivacyCard(renderCardJson(other)).governance.limitations).toBe(tricky.limitations);
  });

  it("refuses what has no JSON form", () => {
    expect(() => toJsonValue({ a: [NaN] })).toThrow(/card\.a\[0\]/);
    expect(() => toJsonValue({ a: undefined })).toThrow(/card\.a/);
    expect(() => toJsonValue(() => 1)).toThrow(/\[invalid_argument\]/);
  });
});

describe("the digest", () => {
  it("is the SHA-256 of the JSON without its white space: RFC 8785 of keys in order", () => {
    const compact = JSON.stringify(JSON.parse(json));
    expect(cardDigest(card)).toBe(createHash("sha256").update(compact).digest("hex"));
  });

  it("changes with any part of the card", () => {
    const other = { ...card, generatedAt: "2026-03-01T12:00:00.001Z" };
    expect(cardDigest(other)).not.toBe(cardDigest(card));
  });
});
