import { z } from "zod";

/**
 * What an audit trail can say. Strict: a field that is not here can not be written, so nothing about patients, no count of
 * records, no loss and no text of an error has a place to go. Digests in hex.
 */
export type AuditEntry =
  | { readonly kind: "session-opened"; readonly peer: string; readonly fingerprint: string | null }
  | { readonly kind: "session-refused"; readonly peer: string; readonly reason: string }
  | { readonly kind: "instruction-received"; readonly run: string; readonly round: number; readonly asked: string }
  | {
      readonly kind: "policy-decision";
      readonly run: string;
      readonly round: number;
      /** The rule that refused, or "all". */
      readonly rule: string;
      readonly isAllowed: boolean;
    }
  | {
      readonly kind: "update-left";
      readonly run: string;
      readonly round: number;
      readonly update: string;
      readonly bytes: number;
      readonly tensors: number;
    }
  | { readonly kind: "metrics-left"; readonly run: string; readonly round: number; readonly names: readonly string[] }
  | {
      readonly kind: "update-received";
      readonly site: string;
      readonly round: number;
      /** Null where the header gave no digests. */
      readonly update: string | null;
      readonly bytes: number;
      /** Null where it was accepted. */
      readonly reason: string | null;
      /** The epsilon report that came with it and its signature, base64. */
      readonly report: { readonly body: string; readonly signature: string } | null;
    }
  /** Who was drawn where the site is the unit. In a trail of its own, which nobody else reads. */
  | { readonly kind: "sites-drawn"; readonly round: number; readonly sites: readonly string[] }
  /** `site` says, and signed (base64), that what `accused` sealed for it in a secure round does not open. */
  | {
      readonly kind: "box-disputed";
      readonly round: number;
      readonly site: string;
      readonly accused: string;
      /** What the signature is over, besides the names: see `holdsDispute`. */
      readonly roundDigest: string;
      readonly boxDigest: string;
      readonly signature: string;
    }
  | { readonly kind: "round-closed"; readonly round: number; readonly outcome: string; readonly model: string };

const name = z.string().max(200);
const count = z.int().min(0);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const base64 = z.string().max(16_384);

export const auditEntrySchema: z.ZodType<AuditEntry> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("session-opened"), peer: name, fingerprint: name.nullable() }),
  z.strictObject({ kind: z.literal("session-refused"), peer: name, reason: name }),
  z.strictObject({ kind: z.literal("instruction-received"), run: name, round: count, asked: name }),
  z.strictObject({
    kind: z.literal("policy-decision"),
    run: name,
    round: count,
    rule: name,
    isAllowed: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal("update-left"),
    run: name,
    round: count,
    update: digest,
    bytes: count,
    tensors: count,
  }),
  z.strictObject({ kind: z.literal("metrics-left"), run: name, round: count, names: z.array(name).max(64) }),
  z.strictObject({
    kind: z.literal("update-received"),
    site: name,
    round: count,
    update: digest.nullable(),
    bytes: count,
    reason: name.nullable(),
    report: z.strictObject({ body: base64, signature: base64 }).nullable(),
  }),
  z.strictObject({ kind: z.literal("sites-drawn"), round: count, sites: z.array(name) }),
  z.strictObject({
    kind: z.literal("box-disputed"),
    round: count,
    site: name,
    accused: name,
    roundDigest: digest,
    boxDigest: digest,
    signature: base64,
  }),
  z.strictObject({ kind: z.literal("round-closed"), round: count, outcome: name, model: digest }),
]);
