import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { PrivacyError } from "../../core/index.ts";
import { writeWhole } from "../../ledger/index.ts";

/** One key that is no longer trusted. */
export interface Revocation {
  readonly site: string;
  readonly fingerprint: string;
  /** UTC, ISO 8601. */
  readonly at: string;
  readonly reason: string;
}

const fileSchema: z.ZodType<{ version: "federated-revocations/v1"; revoked: Revocation[] }> = z.strictObject({
  version: z.literal("federated-revocations/v1"),
  revoked: z.array(
    z.strictObject({
      site: z.string(),
      fingerprint: z.string().regex(/^sha256:[0-9a-f]{64}$/),
      at: z.string(),
      reason: z.string(),
    }),
  ),
});

function damaged(path: string, cause: unknown): PrivacyError<"file_unreadable"> {
  const text = `the revocation list ${path} was wanted and can not be read; until it can be, no site is let in`;
  return new PrivacyError("file_unreadable", text, { path, reason: "not a revocation list" }, { cause });
}

/**
 * The keys that an authority took back, by fingerprint: a renewed certificate for a revoked key is revoked with it. The
 * file is looked at anew whenever it changed, so a revocation takes effect in a run that is under way.
 */
export class RevocationList {
  readonly path: string;
  #stamp = "";
  #byFingerprint: ReadonlyMap<string, Revocation> = new Map();

  constructor(path: string) {
    this.path = path;
  }

  /** The revocation of a key, or undefined. @throws PrivacyError `file_unreadable`: a list that is gone lets nobody in. */
  of(fingerprint: string): Revocation | undefined {
    return this.#current().get(fingerprint);
  }

  all(): Revocation[] {
    return [...this.#current().values()];
  }

  add(revocation: Revocation): void {
    const revoked = [...this.all().filter((r) => r.fingerprint !== revocation.fingerprint), revocation];
    RevocationList.write(this.path, revoked);
  }

  static write(path: string, revoked: readonly Revocation[]): void {
    writeWhole(path, `${JSON.stringify({ version: "federated-revocations/v1", revoked }, null, 2)}\n`);
  }

  #current(): ReadonlyMap<string, Revocation> {
    try {
      const { mtimeMs, size, ino } = statSync(this.path);
      const stamp = `${mtimeMs} ${size} ${ino}`;
      if (stamp !== this.#stamp) {
        const { revoked } = fileSchema.parse(JSON.parse(readFileSync(this.path, "utf8")));
        this.#byFingerprint = new Map(revoked.map((r) => [r.fingerprint, r]));
        this.#stamp = stamp;
      }
      return this.#byFingerprint;
    } catch (cause) {
      throw damaged(this.path, cause);
    }
  }
}
