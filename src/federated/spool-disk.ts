import { rm } from "node:fs/promises";
import { PrivacyError, isPrivacyError } from "../core/index.ts";
import { dropHeld } from "./spool-memory.ts";

/**
 * Does something with a file of the spool, so that a full or vanished disk is an error by name.
 *
 * @throws PrivacyError `file_unreadable` with the system's reason.
 */
export async function onSpool<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (isPrivacyError(cause)) throw cause;
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    const text = `the spool file ${path} was wanted and the system refused it (${reason}); give spoolDir a folder with space for one model and every site's update`;
    throw new PrivacyError("file_unreadable", text, { path, reason }, { cause });
  }
}

/** Removes an update that nobody reads any more, wherever it is. */
export async function removeSpool(path: string): Promise<void> {
  if (!dropHeld(path, true)) await rm(path, { force: true });
}
