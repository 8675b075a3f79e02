import { mkdir, open, readFile, rm } from "node:fs/promises";
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
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(resolve(folder), lockName);
  for (let tries = 0; tries < 3; tries++) {
    try {
      const file = await open(path, "wx", 0o600);
      await file.writeFile(`${process.pid}\n`);
      await file.close();
      own.add(path);
      return async () => {
        own.delete(path);
        await rm(path, { force: true });
      };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      const holder = Number((await readFile(path, "utf8").catch(() => "")).trim());
      if (own.has(path) || isAlive(holder)) throw occupied(folder, holder);
      await rm(path, { force: true });
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
