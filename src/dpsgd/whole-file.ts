import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { PrivacyError } from "../core/index.ts";

/** Writes a file so that a crash leaves the old one or the new one, never half: temporary name, fsync, rename. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.part`;
  const file = openSync(temporary, "w");
  try {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
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
