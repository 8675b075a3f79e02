import { createHash } from "node:crypto";
import { PrivacyError, invalidArgument } from "../core/index.ts";
import { canonicalJson } from "../events/index.ts";
import { type CardSection, type PrivacyCard, cardSections } from "./card.ts";
import { checkCard } from "./card-schema.ts";

/** What JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * The JSON form of a card or a part of it: keys sorted, Infinity as the string "Infinity".
 *
 * @throws PrivacyError `invalid_argument` on NaN, undefined, functions, and (through its toJSON) on a value marked as
 * not private: such a value has no JSON form.
 */
export function toJsonValue(value: unknown, path = "card"): JsonValue {
  if (value === Infinity) return "Infinity";
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((item: unknown, i) => toJsonValue(item, `${path}[${i}]`));
  if (typeof value === "object") {
    if ("toJSON" in value && typeof value.toJSON === "function") value.toJSON();
    const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([key, item]) => [key, toJsonValue(item, `${path}.${key}`)]));
  }
  throw invalidArgument(path, "a value with a JSON form", typeof value);
}

/** SHA-256, as 64 hex digits, of the RFC 8785 form of `value`. */
export function digestOf(value: unknown): string {
  return createHash("sha256")
    .update(canonicalJson(toJsonValue(value)), "utf8")
    .digest("hex");
}

/**
 * The card's digest, for the ledger's `release` record and for signatures: SHA-256 of the RFC 8785 form.
 *
 * @returns 64 lower-case hex digits.
 * @source RFC 8785 (JSON Canonicalization Scheme), June 2020.
 */
export function cardDigest(card: PrivacyCard): string {
  return digestOf(card);
}

/** The digest of each section, in the order of `cardSections`. */
export function digestSections(card: Pick<PrivacyCard, CardSection>): Record<CardSection, string> {
  const digests = cardSections.map((section): [CardSection, string] => [section, digestOf(card[section])]);
  return Object.fromEntries(digests) as Record<CardSection, string>;
}

/** The card's id: 128 bits of the digest of everything on it but the id. */
export function cardIdOf(card: Omit<PrivacyCard, "cardId">): string {
  return digestOf({ ...card, cardId: "" }).slice(0, 32);
}

/**
 * The card as it is written to disk: RFC 8785's key order, two spaces of indentation, a newline at the end. The same
 * card gives the same bytes everywhere.
 */
export function renderCardJson(card: PrivacyCard): string {
  return `${JSON.stringify(toJsonValue(card), null, 2)}\n`;
}

/** A card is some tens of kilobytes; a larger text is not read, whoever sends it. */
const maxCardCharacters = 1 << 20;

/**
 * Reads a card strictly: every field there, none besides, numbers in range, no key twice, no number too large for a
 * double.
 *
 * @param json - the text of `privacy-card.json`.
 * @throws PrivacyError `invalid_argument` naming the field; the message holds none of the card's values.
 */
export function parsePrivacyCard(json: string): PrivacyCard {
  if (json.length > maxCardCharacters) {
    const expected = `at most ${maxCardCharacters} characters`;
    const text = `a privacy card of ${expected} was wanted, got ${json.length}; discard it`;
    throw new PrivacyError("invalid_argument", text, { argument: "card", expected });
  }
  const value = parseJson(json);
  // A reader that keeps the first of two equal keys would see another card than we do, which keep the last.
  if (countKeys(value) !== countKeysInText(json)) {
    throw new PrivacyError(
      "invalid_argument",
      "a privacy card with each key once was wanted, got a key twice; discard it",
      {
        argument: "card",
        expected: "no duplicate keys",
      },
    );
  }
  return checkCard(value);
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json, (_, item: unknown) => {
      if (typeof item === "number" && !Number.isFinite(item)) throw new RangeError("too large for a double");
      return item;
    });
  } catch {
    throw new PrivacyError(
      "invalid_argument",
      "a privacy card in JSON was wanted, got text that is not JSON; discard it",
      {
        argument: "card",
        expected: "JSON whose numbers fit a double",
      },
    );
  }
}

function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((sum: number, item) => sum + countKeys(item), own);
}

/** Strings followed by a colon: in JSON that parsed, those are the keys. */
function countKeysInText(json: string): number {
  return [...json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g)].filter((match) => match[1] !== undefined).length;
}
