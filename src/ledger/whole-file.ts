import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { PrivacyError } from "../core/index.ts";

/**
 * Writes a file so that a crash leaves the old one or the new one, never half: temporary name, fsync, rename, fsync of the
 * folder. Folders on the way are made.
 *
 * @throws PrivacyError `file_unreadable` with the system's reason (no space, no permission); the old file is as it was.
 */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeSynced(temporary, typeof content === "string" ? Buffer.from(content) : content);
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (cause) {
    removeIfThere(temporary);
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    throw new PrivacyError(
      "file_unreadable",
      `${path} was to be written and the system refused (${reason}); use a folder with space that this user may write`,
      { path, reason },
      { cause },
    );
  }
}

/** After a failed write: that it fails too changes nothing. */
function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // the first error is the one to report
  }
}

function writeSynced(path: string, bytes: Uint8Array): void {
  // a name that nobody can have put a link under
  const file = openSync(path, "wx");
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes the names in a folder durable. Windows has no such call and needs none. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** @throws PrivacyError `file_unreadable`, naming the path. */
export function readWhole(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new PrivacyError(
      "file_unreadable",
      `${path} was wanted and could not be read; check the path`,
      { path, reason: "not readable" },
      { cause },
    );
  }
}

/** @throws PrivacyError `file_unreadable` when the file is missing or is not JSON. */
export function readJson(path: string): unknown {
  const text = readWhole(path).toString("utf8");
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new PrivacyError(
      "file_unreadable",
      `${path} was wanted as JSON and is not`,
      { path, reason: "not JSON" },
      { cause },
    );
  }
}
