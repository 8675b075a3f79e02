import { invalidArgument } from "../core/index.ts";

/** Deeper than any record of this package, and shallow enough for every engine's stack. */
const deepest = 256;

function requireWellFormed(text: string, path: string): string {
  // half of a surrogate pair has no UTF-8 form, so it has no digest either
  if (/\p{Surrogate}/u.test(text))
    throw invalidArgument(path, "text in which surrogates come in pairs", "a lone surrogate");
  return JSON.stringify(text);
}

function numberText(value: number, path: string): string {
  if (Number.isNaN(value)) throw invalidArgument(path, "a number", value, "NaN has no canonical form");
  return Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`;
}

function objectText(value: object, path: string, depth: number): string {
  const members: string[] = [];
  // sort() compares UTF-16 code units, as the standard asks
  for (const key of Object.keys(value).sort()) {
    const member: unknown = (value as Readonly<Record<string, unknown>>)[key];
    // a member that is undefined is absent, as in JSON.stringify
    if (member === undefined) continue;
    const memberPath = path === "value" ? key : `${path}.${key}`;
    members.push(`${requireWellFormed(key, memberPath)}:${textOf(member, memberPath, depth + 1)}`);
  }
  return `{${members.join(",")}}`;
}

function textOf(value: unknown, path: string, depth: number): string {
  if (depth > deepest) throw invalidArgument(path, `nested at most ${deepest} deep`, "more", "is it cyclic?");
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return numberText(value, path);
  if (typeof value === "string") return requireWellFormed(value, path);
  if (typeof value !== "object") throw invalidArgument(path, "something that JSON can hold", `a ${typeof value}`);
  if ("toJSON" in value && typeof value.toJSON === "function") return textOf(value.toJSON(), path, depth + 1);
  if (!Array.isArray(value)) return objectText(value, path, depth);
  // Array.from visits the holes of a sparse array, which map would skip
  return `[${Array.from(value, (item: unknown, i) => textOf(item, `${path}[${i}]`, depth + 1)).join(",")}]`;
}

/**
 * The one text of a JSON value, the same on every machine: RFC 8785, with one addition for numbers that JSON lacks:
 * Infinity is written as the string "Infinity" (and −Infinity likewise).
 *
 * @param value - null, booleans, numbers, strings, arrays and objects of these; undefined members are left out;
 * `toJSON` is honored, so that what must not be serialised can refuse.
 * @throws PrivacyError `invalid_argument`, by path, on NaN, functions, bigints, symbols, undefined where a value must
 * stand, lone surrogates, and nesting deeper than 256.
 * @source RFC 8785 (June 2020), sections 3.2.2 and 3.2.3; numbers by ECMA-262 Number::toString.
 * @example canonicalJson({ b: [1e21, -0], a: Infinity }) // {"a":"Infinity","b":[1e+21,0]}
 */
export function canonicalJson(value: unknown): string {
  return textOf(value, "value", 0);
}
