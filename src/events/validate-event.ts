import { invalidArgument } from "../core/index.ts";
import type { DpEvent } from "./event.ts";
import { type FieldRule, isKind, rulesOf } from "./kinds.ts";

/** Levels of events within events; dp_accounting's own recursion would end near a thousand. */
export const deepestEvent = 64;

/** Events that have passed, frozen, with their height: what holds them need not check them again. */
const heights: WeakMap<object, number> = new WeakMap();

/** What came, short enough for a message and without the inside of objects. */
function shown(value: unknown): unknown {
  if (typeof value === "string") return value.length > 40 ? `${value.slice(0, 40)}…` : value;
  if (typeof value === "number" || typeof value === "boolean" || value === null || value === undefined) return value;
  return Array.isArray(value) ? "a list" : `a value of type ${typeof value}`;
}

/** `path.field`, or the field alone at the top. */
export function pathTo(path: string, field: string): string {
  return path === "" ? field : `${path}.${field}`;
}

function numberFrom(value: unknown, path: string, rule: Extract<FieldRule, { type: "number" | "numbers" }>): number {
  // JSON has no Infinity; no other string is a number
  const candidate = value === "Infinity" ? Infinity : value;
  if (typeof candidate !== "number" || !rule.isValid(candidate))
    throw invalidArgument(path, rule.expected, shown(value));
  // −0 and 0 are one number with two canonical forms of 1/x; keep one
  return candidate === 0 ? 0 : candidate;
}

function listFrom<T>(value: unknown, path: string, item: (value: unknown, path: string) => T): readonly T[] {
  if (!Array.isArray(value)) throw invalidArgument(path, "a list", shown(value));
  return Object.freeze(Array.from(value, (member: unknown, i) => item(member, `${path}[${i}]`)));
}

function fieldFrom(value: unknown, path: string, rule: FieldRule, depth: number): unknown {
  switch (rule.type) {
    case "number":
      return numberFrom(value, path, rule);
    case "numbers":
      return listFrom(value, path, (member, memberPath) => numberFrom(member, memberPath, rule));
    case "event":
      return eventFrom(value, path, depth + 1);
    case "events":
      return listFrom(value, path, (member, memberPath) => eventFrom(member, memberPath, depth + 1));
  }
}

/** What no field can check alone. */
function requireConsistent(event: DpEvent, path: string): void {
  if (event.kind === "sampled-without-replacement" && event.sampleSize > event.sourceDatasetSize) {
    throw invalidArgument(
      pathTo(path, "sampleSize"),
      `at most sourceDatasetSize = ${event.sourceDatasetSize}`,
      event.sampleSize,
      "without replacement no more can be drawn than there are",
    );
  }
  if (event.kind === "repeat-and-select" && event.shape < Infinity && event.mean < 1) {
    throw invalidArgument(pathTo(path, "mean"), "at least 1 where shape is finite", event.mean);
  }
  if (event.kind !== "mixture-of-gaussians") return;
  const { sensitivities, samplingProbs } = event;
  if (samplingProbs.length !== sensitivities.length || samplingProbs.length === 0) {
    const expected = `a list as long as sensitivities (${sensitivities.length}), not empty`;
    throw invalidArgument(pathTo(path, "samplingProbs"), expected, `${samplingProbs.length} numbers`);
  }
  const total = samplingProbs.reduce((sum, p) => sum + p, 0);
  if (!(Math.abs(total - 1) <= 1e-12))
    throw invalidArgument(pathTo(path, "samplingProbs"), "probabilities that add up to 1", total);
}

function heightOf(event: DpEvent): number {
  if ("events" in event) return event.events.reduce((height, e) => Math.max(height, heights.get(e) ?? 0), 0) + 1;
  return "event" in event ? (heights.get(event.event) ?? 0) + 1 : 1;
}

function requireShallow(levels: number, path: string): void {
  if (levels > deepestEvent)
    throw invalidArgument(path === "" ? "event" : path, `nested at most ${deepestEvent} deep`, "more");
}

function eventFrom(value: unknown, path: string, depth: number): DpEvent {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidArgument(path === "" ? "event" : path, "an event, an object with a kind", shown(value));
  }
  const known = heights.get(value);
  requireShallow(depth + (known ?? 1), path);
  if (known !== undefined) return value as DpEvent;
  const kind: unknown = Object.hasOwn(value, "kind") ? (value as { kind: unknown }).kind : undefined;
  if (!isKind(kind)) {
    throw invalidArgument(
      pathTo(path, "kind"),
      "the name of a kind of event",
      shown(kind),
      "an unknown mechanism has no price",
    );
  }
  const rules = rulesOf(kind);
  for (const key of Reflect.ownKeys(value)) {
    if (key === "kind" || rules.some(([field]) => field === key)) continue;
    const name = typeof key === "string" ? String(shown(key)) : "a symbol";
    throw invalidArgument(pathTo(path, name), "absent", "a value", `${kind} has no such field`);
  }
  const fields: [string, unknown][] = [["kind", kind]];
  for (const [field, rule] of rules) {
    const own: unknown = Object.hasOwn(value, field) ? (value as Readonly<Record<string, unknown>>)[field] : undefined;
    fields.push([field, fieldFrom(own, pathTo(path, field), rule, depth)]);
  }
  const event = Object.freeze(Object.fromEntries(fields)) as unknown as DpEvent;
  requireConsistent(event, path);
  heights.set(event, heightOf(event));
  return event;
}

/**
 * Reads an event from anything: a builder's, a file's, a stranger's. Strict: what is not exactly an event is refused.
 *
 * @param value - an object with a `kind` and that kind's fields, all of them and no other, own fields only; Infinity
 * may be written as the string "Infinity".
 * @param path - where the value stands, for messages; fields are named below it, e.g. `events[2].event.noiseMultiplier`.
 * @returns Deeply frozen plain data; the same object when it has passed before.
 * @throws PrivacyError `invalid_argument`, with the path of the first thing that is wrong: an unknown kind, a field too
 * many or missing, a value out of its range, nesting deeper than 64.
 */
export function validateEvent(value: unknown, path = ""): DpEvent {
  return eventFrom(value, path, 0);
}
