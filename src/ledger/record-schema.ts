import { z } from "zod";
import { invalidArgument, isPrivacyError } from "../core/index.ts";
import { type DpEvent, validateEvent } from "../events/index.ts";
import type { AnyLedgerRecord, LedgerBodies, LedgerRecordType } from "./record.ts";

// Names are printable and on one line: nothing that a terminal or a log viewer could trip over.
const name = (longest: number): z.ZodString =>
  z
    .string()
    .max(longest)
    .regex(/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u, "must be printable and on one line");
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in lower-case hex");
const id = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "must be a UUID in lower case");
const positiveSteps = z.int().min(1);
const timestamp = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, "must be ISO 8601 in UTC with milliseconds")
  .refine((text) => !Number.isNaN(Date.parse(text)), "must be a date that exists");
const event = z.unknown().transform((value, context): DpEvent => {
  try {
    return validateEvent(value);
  } catch (error) {
    context.addIssue(isPrivacyError(error) ? error.message : "is not an event");
    return z.NEVER;
  }
});

const bodies = {
  genesis: z.strictObject({ schema: z.literal("ledger/v1"), generator: name(128) }),
  policy: z.strictObject({
    unit: z.enum(["example", "user", "client", "device", "sequence"]),
    neighboring: z.enum(["add-or-remove-one", "replace-one", "zero-out"]),
    delta: z.number().gt(0).lt(1),
    epsilonMax: z.number().gt(0).nullable(),
    filter: z.literal("rdp"),
    filterOrder: z.number().gt(1),
  }),
  schedule: z.strictObject({
    runId: id,
    event,
    steps: positiveSteps,
    randomSource: z.enum(["operating-system", "seeded-test"]),
  }),
  reserve: z.strictObject({ reservationId: id, runId: id, steps: positiveSteps }),
  commit: z.strictObject({ reservationId: id, stepsUsed: z.int().min(0) }),
  close: z.strictObject({ runId: id }),
  release: z.strictObject({ runId: id, artifactDigest: sha256, cardDigest: sha256 }),
  recover: z.strictObject({ tornBytes: positiveSteps, tornDigest: sha256 }),
} satisfies { [T in LedgerRecordType]: z.ZodType<LedgerBodies[T]> };

const types = ["genesis", "policy", "schedule", "reserve", "commit", "close", "release", "recover"] as const;
const envelope = z.strictObject({
  v: z.literal("ledger/v1"),
  seq: z.int().min(0),
  ts: timestamp,
  type: z.enum(types),
  scope: z.union([z.literal(""), name(256)]),
  actor: name(128),
  body: z.unknown(),
  prev: sha256,
  digest: sha256,
});

/** What is wrong with a value, in words that hold field names and never values. */
function firstIssue(error: z.ZodError, prefix: string): string {
  const issue = error.issues[0];
  const path = [...(prefix === "" ? [] : [prefix]), ...(issue?.path ?? [])].map(String).join(".");
  const where = path === "" ? "the record" : path;
  return `${where}: ${issue?.message ?? "is not what the schema wants"}`;
}

/** Either the record, deeply frozen, or why `value` is none. Unknown fields are refused at every depth. */
export type ParsedRecord =
  { readonly record: AnyLedgerRecord; readonly reason: null } | { readonly record: null; readonly reason: string };

/** Parses one record, strictly: exactly the fields of `LedgerRecord`, each in its range. */
export function parseRecord(value: unknown): ParsedRecord {
  const outer = envelope.safeParse(value);
  if (!outer.success) return { record: null, reason: firstIssue(outer.error, "") };
  const body = bodies[outer.data.type].safeParse(outer.data.body);
  if (!body.success) return { record: null, reason: firstIssue(body.error, `body of ${outer.data.type}`) };
  const record = deepFreeze({ ...outer.data, body: body.data }) as AnyLedgerRecord;
  return { record, reason: null };
}

/**
 * Checks what a caller wants to write, before anything is built from it.
 *
 * @throws PrivacyError `invalid_argument` naming the field.
 */
export function parseBody<T extends LedgerRecordType>(type: T, value: LedgerBodies[T]): LedgerBodies[T] {
  const body = bodies[type].safeParse(value);
  if (body.success) return deepFreeze(body.data) as LedgerBodies[T];
  const issue = body.error.issues[0];
  const path = issue?.path.map(String).join(".") ?? type;
  throw invalidArgument(path === "" ? type : path, `valid in a ${type} record`, issue?.message ?? "something else");
}

/** @throws PrivacyError `invalid_argument` unless `value` can stand in a record as the name of a scope or an actor. */
export function parseName(value: unknown, argument: "scope" | "actor"): string {
  const longest = argument === "scope" ? 256 : 128;
  const parsed = name(longest).safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalidArgument(argument, `1 to ${longest} printable characters on one line`, value, "choose a plain name");
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
