import { invalidArgument } from "../core/index.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { DpEvent } from "./event.ts";
import { validateEvent } from "./validate-event.ts";

/**
 * The event as text: its fields as they are, in RFC 8785 form, Infinity as the string "Infinity". Equal events have
 * equal texts, so a digest of the text identifies the event.
 *
 * @throws PrivacyError `invalid_argument` when it is not an event.
 */
export function eventToJson(event: DpEvent): string {
  return canonicalJson(validateEvent(event));
}

/**
 * Reads an event's JSON, in any key order and spacing.
 *
 * @throws PrivacyError `invalid_argument` when the text is not JSON, or by path when it is not an event.
 */
export function eventFromJson(text: string): DpEvent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // the parser's own message would quote the text
    throw Object.assign(invalidArgument("event", "JSON text", "something else"), { cause });
  }
  return validateEvent(value);
}
