// One temporary folder for the whole test run, removed at its end: tests and the processes they start make theirs inside.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Vitest's global set-up: points TMPDIR at a fresh folder before any worker starts, and returns what removes it. */
export default function useTestFolder(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "sordino-tests-"));
  process.env["TMPDIR"] = folder;
  return () => {
    rmSync(folder, { recursive: true, force: true });
  };
}
