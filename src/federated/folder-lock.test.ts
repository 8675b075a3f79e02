import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { lockFolder } from "./folder-lock.ts";

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "sordino-lock-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

describe("a folder of a run or of a site", () => {
  it("belongs to one at a time, also within a process, and is free again when it is given back", async () => {
    const dir = folder();
    const unlock = await lockFolder(dir);
    await expect(lockFolder(dir)).rejects.toMatchObject({ code: "output_occupied", details: { path: dir } });
    await unlock();
    expect(existsSync(join(dir, "lock"))).toBe(false);
    await (
      await lockFolder(dir)
    )();
  });

  it("is taken over from a process that is gone, and from no other: one with its number may run in another container", async () => {
    const dir = folder();
    const path = join(dir, "lock");
    const unlock = await lockFolder(dir);
    const holder = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    await unlock();
    for (const elsewhere of [{ pidNamespace: "pid:[1]" }, { host: "another-host" }]) {
      const text = JSON.stringify({ ...holder, ...elsewhere });
      writeFileSync(path, text);
      await expect(lockFolder(dir)).rejects.toThrow(/delete/);
      expect(readFileSync(path, "utf8")).toBe(text);
    }
    // above the largest number that Linux gives out
    writeFileSync(path, JSON.stringify({ ...holder, pid: 2 ** 22 + 1 }));
    await (
      await lockFolder(dir)
    )();
  });
});
