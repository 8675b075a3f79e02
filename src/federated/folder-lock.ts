import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { PrivacyError } from "../core/index.ts";

const lockName = "lock";
/** Locked by this very process: its number alone does not tell. */
const own = new Set<string>();

/**
 * Makes `folder` this process's own. A lock of a process that is no more is taken over.
 *
 * @returns what gives it back. @throws PrivacyError `output_occupied` while another process has it.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(resolve(folder), lockName);
  // before anything is waited for: of two in one process the first has it
  if (own.has(path)) throw occupied(folder, process.pid);
  own.add(path);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeLock(folder, path);
  } catch (error) {
    own.delete(path);
    throw error;
  }
  return async () => {
    await rm(path, { force: true });
    own.delete(path);
  };
}

async function writeLock(folder: string, path: string): Promise<void> {
  // it appears under its name with its number in it: a lock without one would pass for a dead one's
  const written = `${path}-${process.pid}`;
  for (let tries = 0; tries < 3; tries++) {
    try {
      await writeFile(written, `${process.pid}\n`, { mode: 0o600 });
      return await link(written, path);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      const holder = Number((await readFile(path, "utf8").catch(() => "")).trim());
      if (isAlive(holder)) throw occupied(folder, holder);
      await rm(path, { force: true });
    } finally {
      await rm(written, { force: true });
    }
  }
  throw occupied(folder, 0);
}

function isAlive(pid: number): boolean {
  // in a container a restarted process has the number of the one before it
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function occupied(folder: string, holder: number): PrivacyError<"output_occupied"> {
  const text = `${folder} was wanted by one process alone and process ${holder} has it; end that one or use another folder`;
  return new PrivacyError("output_occupied", text, { path: folder });
}
