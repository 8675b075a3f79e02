import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Journal, makeFolder } from "./journal.ts";
import { Folders } from "./ledger.fixture.ts";
import { writeWhole } from "./whole-file.ts";

const folders = new Folders();
afterAll(() => folders.remove());

describe("the file of a ledger", () => {
  it("is cut to what was good before anything is appended", async () => {
    const path = join(folders.next(), "ledger.jsonl");
    writeFileSync(path, "good\ntorn");
    const journal = await Journal.open(path, 5);
    await journal.append("next");
    await journal.close();
    expect(readFileSync(path, "utf8")).toBe("good\nnext\n");
  });

  it.runIf(existsSync("/dev/full"))("accepts nothing more once the disk refused a line", async () => {
    const journal = await Journal.open("/dev/full", 0);
    await expect(journal.append("line")).rejects.toMatchObject({
      code: "file_unreadable",
      details: { reason: "ENOSPC" },
    });
    await expect(journal.append("line")).rejects.toMatchObject({ code: "invalid_state", details: { state: "failed" } });
    await journal.close();
    await journal.close();
    await expect(journal.append("line")).rejects.toMatchObject({ details: { state: "closed" } });
  });

  it("is created whole, beside the draft of a creation that crashed, and leaves no draft of its own", async () => {
    const dir = join(folders.next(), "a", "b");
    await makeFolder(dir);
    writeFileSync(join(dir, "x.new"), "half of an ol");
    writeWhole(join(dir, "x"), Buffer.from("whole"));
    expect(readdirSync(dir)).toEqual(["x", "x.new"]);
    expect(readFileSync(join(dir, "x"), "utf8")).toBe("whole");
  });

  it("says when it cannot be written", async () => {
    const dir = folders.next();
    mkdirSync(join(dir, "ledger.jsonl"));
    await expect(Journal.open(join(dir, "ledger.jsonl"), 0)).rejects.toMatchObject({ code: "file_unreadable" });
    expect(() => writeWhole(join(dir, "ledger.jsonl"), "x")).toThrow("file_unreadable");
    expect(readdirSync(dir)).toEqual(["ledger.jsonl"]);
  });
});
