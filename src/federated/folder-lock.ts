import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { PrivacyError, isPrivacyError } from "../core/index.ts";
import { takeLock } from "../ledger/index.ts";

/**
 * Makes `folder` this process's own, as a ledger's lock does: one of a process that is certainly gone is taken over, and by one
 * process alone; one of another machine or container stays.
 *
 * @returns what gives it back. @throws PrivacyError `output_occupied` while another process has it, or may have it.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(resolve(folder), "lock");
  try {
    const lock = takeLock(path);
    return async () => lock.release();
  } catch (cause) {
    if (!isPrivacyError(cause) || cause.code !== "ledger_locked") throw cause;
    const { holder } = cause.details;
    const advice = `end that one or use another folder; when you are sure that it runs no more, delete ${path}`;
    const text = `${folder} was wanted by one process alone and ${holder} has it; ${advice}`;
    throw new PrivacyError("output_occupied", text, { path: folder }, { cause });
  }
}
