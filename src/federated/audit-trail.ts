import { createHash } from "node:crypto";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { PrivacyError } from "../core/index.ts";
import { canonicalJson } from "../events/index.ts";
import { type AuditEntry, auditEntrySchema } from "./audit-entry.ts";

const frameSchema = z.strictObject({
  v: z.literal("federated-audit/v1"),
  seq: z.int(),
  ts: z.iso.datetime(),
  prev: z.string(),
});
const noPrevious = "0".repeat(64);

/** What a trail holds, up to the first line that is wrong. */
export interface AuditVerification {
  readonly entries: readonly (AuditEntry & { readonly ts: string })[];
  /** SHA-256 (hex) of the last line: note it elsewhere, and a trail that was cut short is found out. */
  readonly head: string;
  /** The first line (from 1) that does not belong, and why; null when every line does. */
  readonly fault: { readonly line: number; readonly reason: string } | null;
  /** Bytes that a crash left behind the last whole line. */
  readonly torn: number;
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Checks a trail from its bytes alone: every line's form, and that each follows from the one before it. */
export function verifyAuditTrail(bytes: Uint8Array): AuditVerification {
  const entries: (AuditEntry & { ts: string })[] = [];
  let head = noPrevious;
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, start);
    if (end === -1) return { entries, head, fault: null, torn: bytes.length - start };
    const line = bytes.subarray(start, end);
    const entry = parseLine(line, entries.length, head);
    if (typeof entry === "string")
      return { entries, head, fault: { line: entries.length + 1, reason: entry }, torn: 0 };
    entries.push(entry);
    head = sha256(line);
    start = end + 1;
  }
}

function parseLine(line: Uint8Array, seq: number, prev: string): (AuditEntry & { ts: string }) | string {
  const text = Buffer.from(line).toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
    if (canonicalJson(value) !== text) return "is not in its one form (RFC 8785)";
  } catch {
    return "is no JSON";
  }
  if (typeof value !== "object" || value === null) return "is no record";
  const { v, seq: at, ts, prev: link, ...rest } = value as Record<string, unknown>;
  const frame = frameSchema.safeParse({ v, seq: at, ts, prev: link });
  if (!frame.success) return "lacks its version, number, time or link";
  const entry = auditEntrySchema.safeParse(rest);
  if (!entry.success) return "says something that a trail can not say";
  if (frame.data.seq !== seq || frame.data.prev !== prev) return "does not follow the line before it";
  return { ...entry.data, ts: frame.data.ts };
}

/**
 * An append-only file of what crossed a door: hash-chained lines, on the disk before `append` resolves. What is appended
 * while the disk is busy is written together.
 */
export class AuditTrail {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #now: () => Date;
  #seq: number;
  #head: string;
  #size: number;
  #waiting: string[] = [];
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle, found: AuditVerification, size: number, now: () => Date) {
    this.path = path;
    this.#file = file;
    this.#seq = found.entries.length;
    this.#head = found.head;
    this.#size = size;
    this.#now = now;
  }

  /**
   * Opens a trail to append to, or begins one. What a crash left of a last line is cut off.
   *
   * @throws PrivacyError `ledger_corrupt` when a line does not follow; `file_unreadable`.
   */
  static async open(path: string, now: () => Date = () => new Date()): Promise<AuditTrail> {
    try {
      mkdirSync(dirname(path), { recursive: true });
      const file = await open(path, "a+", 0o600);
      const bytes = await readFile(path);
      const found = verifyAuditTrail(bytes);
      if (found.fault !== null) {
        await file.close();
        throw corrupt(path, found.fault);
      }
      const size = bytes.length - found.torn;
      if (found.torn > 0) await file.truncate(size);
      return new AuditTrail(path, file, found, size, now);
    } catch (cause) {
      throw cause instanceof PrivacyError ? cause : unwritable(path, cause);
    }
  }

  /** SHA-256 (hex) of the last line. */
  get head(): string {
    return this.#head;
  }

  /** Resolves when the entry is on the disk. @throws PrivacyError `file_unreadable`: then nothing may follow. */
  async append(entry: AuditEntry): Promise<void> {
    const parsed = auditEntrySchema.parse(entry);
    const ts = this.#now().toISOString();
    const line = canonicalJson({ v: "federated-audit/v1", seq: this.#seq, ts, prev: this.#head, ...parsed });
    this.#seq += 1;
    this.#head = sha256(Buffer.from(line));
    this.#waiting.push(`${line}\n`);
    this.#writing = this.#writing.then(async () => await this.#flush());
    await this.#writing;
  }

  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#file.close();
  }

  async #flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const bytes = Buffer.from(this.#waiting.splice(0).join(""));
    try {
      if ((await this.#file.stat()).size !== this.#size) throw new Error("another writer");
      const { bytesWritten } = await this.#file.write(bytes);
      if (bytesWritten !== bytes.length) throw new Error("no space");
      await this.#file.datasync();
      this.#size += bytes.length;
    } catch (cause) {
      throw unwritable(this.path, cause);
    }
  }
}

function corrupt(path: string, fault: { line: number; reason: string }): PrivacyError<"ledger_corrupt"> {
  const text = `the audit trail ${path} was wanted whole, and line ${fault.line} ${fault.reason}; keep the file as it is and begin another`;
  return new PrivacyError("ledger_corrupt", text, { path, ...fault });
}

function unwritable(path: string, cause: unknown): PrivacyError<"file_unreadable"> {
  const reason = cause instanceof Error ? ("code" in cause ? String(cause.code) : cause.message) : "unknown";
  const text = `the audit trail ${path} was to be written and can not be (${reason}); nothing leaves that is not in it`;
  return new PrivacyError("file_unreadable", text, { path, reason }, { cause });
}
