import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { PrivacyError } from "../core/index.ts";
import { describeThisProcess, isGone, parseHolder } from "./lock-holder.ts";
import type { LockHolder } from "./lock-holder.ts";

/** A lock that this process holds. */
export interface Lock {
  readonly path: string;
  /** Gives the lock back. Does nothing the second time. */
  release(): void;
}

/**
 * Takes the lock file at `path` for this process, or throws: two writers of one ledger would spend one budget twice.
 *
 * The file appears by `link`, whole and only if absent (the effect of O_EXCL, without a moment in which it is empty).
 * A lock whose holder is gone is taken over by whoever holds the guard `path.<nonce of the gone holder>`, itself a lock
 * of this kind: under the guard the file is read again, and replaced by `rename` only if it still is the one that was
 * judged gone. This leaves no race:
 * - Nobody but a living holder deletes a lock, and a gone holder stays gone. So while the guard for nonce N is held, a
 *   lock with nonce N can be replaced by the guard's holder only.
 * - A process that judged N gone long ago and comes late finds, under the guard, another nonce, and starts over.
 * - A process that dies inside a takeover leaves a guard whose holder is gone; it is taken over in the same way.
 *
 * @throws PrivacyError `ledger_locked` naming the holder; `file_unreadable` when the folder allows no lock.
 */
export function takeLock(path: string): Lock {
  const self = describeThisProcess(randomUUID());
  const draft = `${path}.${self.nonce}.new`;
  try {
    writeWhole(draft, JSON.stringify(self));
    take(path, draft, self);
  } finally {
    unlinkIfPresent(draft);
  }
  let held = true;
  return {
    path,
    release: () => {
      if (held && readHolder(path)?.nonce === self.nonce) unlinkSync(path);
      held = false;
    },
  };
}

/** Ends when `path` is this process's, or throws. Each turn of the loop means that another process released or took it. */
function take(path: string, draft: string, self: LockHolder): void {
  for (;;) {
    if (linkIfAbsent(draft, path)) return;
    const holder = readHolder(path);
    if (holder === undefined) continue;
    if (holder === null || !isGone(holder, self)) throw locked(path, holder, self);
    const guard = takeLock(`${path}.${holder.nonce}`);
    try {
      if (readHolder(path)?.nonce === holder.nonce) {
        renameSync(draft, path);
        return;
      }
    } finally {
      guard.release();
    }
  }
}

function locked(path: string, holder: LockHolder | null, self: LockHolder): PrivacyError<"ledger_locked"> {
  const name = holder === null ? "a process that its file does not name" : `process ${holder.pid} on ${holder.host}`;
  const unsure = holder === null || holder.host !== self.host || holder.pidNamespace !== self.pidNamespace;
  const advice = unsure
    ? "this process cannot see whether that one still runs: when you are sure that it does not, delete the lock file"
    : "wait until it closes the ledger, or use another folder";
  return new PrivacyError("ledger_locked", `the ledger's lock ${path} is held by ${name}; ${advice}`, {
    path,
    holder: name,
  });
}

/** undefined: there is no lock; null: there is one that names nobody. */
function readHolder(path: string): LockHolder | null | undefined {
  try {
    return parseHolder(readFileSync(path, "utf8"));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw unusable(path, error);
  }
}

function linkIfAbsent(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw unusable(to, error);
  }
}

/** The bytes are on the disk before the name is: a power cut cannot leave an empty lock. */
function writeWhole(path: string, text: string): void {
  try {
    const file = openSync(path, "wx", 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw unusable(path, error);
  }
}

function unlinkIfPresent(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw unusable(path, error);
  }
}

function unusable(path: string, cause: unknown): PrivacyError<"file_unreadable"> {
  const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
  return new PrivacyError(
    "file_unreadable",
    `a lock was wanted at ${path} and the system refused it (${reason}); use a local folder that this user may write`,
    { path, reason },
    { cause },
  );
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
