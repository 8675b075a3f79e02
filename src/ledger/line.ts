import { createHash } from "node:crypto";
import { canonicalJson } from "../events/index.ts";
import { parseRecord } from "./record-schema.ts";
import type { ParsedRecord } from "./record-schema.ts";
import type { AnyLedgerRecord } from "./record.ts";

/** A line longer than this is refused unread: no record that this package writes comes near it. */
export const maxLineBytes: number = 1 << 20;

/** `prev` of the first record. */
export const noPrevious: string = "0".repeat(64);

/** SHA-256 in lower-case hex. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A record that still lacks its digest. */
export type UnsealedRecord = {
  [T in AnyLedgerRecord["type"]]: Omit<Extract<AnyLedgerRecord, { type: T }>, "digest">;
}[AnyLedgerRecord["type"]];

/** The line of a record, with its digest, in RFC 8785 form, without the newline. */
export function sealLine(record: UnsealedRecord): string {
  return canonicalJson({ ...record, digest: sha256Hex(canonicalJson(record)) });
}

/**
 * Reads one line (without its newline) and refuses every byte sequence but the one that this package would have written
 * for the record it holds. Comparing with the re-serialised form is what refuses duplicate keys, spaces, carriage
 * returns, a byte order mark, escaped or reordered keys and numbers in another notation, all at once.
 */
export function readLine(bytes: Uint8Array): ParsedRecord {
  if (bytes.length > maxLineBytes) return refuse(`is longer than ${maxLineBytes} bytes`);
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    return refuse("is not one JSON object in UTF-8");
  }
  const parsed = parseRecord(value);
  if (parsed.record === null) return parsed;
  const { digest, ...rest } = parsed.record;
  if (canonicalJson(parsed.record) !== text) return refuse("is not in canonical form (RFC 8785), byte for byte");
  if (sha256Hex(canonicalJson(rest)) !== digest) return refuse("does not have the digest that it states");
  return parsed;
}

function refuse(reason: string): ParsedRecord {
  return { record: null, reason };
}

const opening = '{"actor":"';

/**
 * Whether `tail`, the bytes after the last newline, can be what a crash leaves of one append: a proper prefix of a line
 * and its newline. A whole object with anything behind it is not: there a newline was overwritten, and cutting it would
 * lose a spend that was acknowledged.
 */
export function isTornAppend(tail: Uint8Array): boolean {
  if (tail.length > maxLineBytes || tail.some((byte) => byte < 0x20)) return false;
  const text = new TextDecoder("latin1").decode(tail);
  if (!text.startsWith(opening.slice(0, text.length))) return false;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (inString) {
      if (c === "\\") i++;
      else if (c === '"') inString = false;
    } else if (c === '"') inString = true;
    else if (c === "{" || c === "[") depth++;
    else if ((c === "}" || c === "]") && --depth === 0) return i === text.length - 1;
  }
  return true;
}
