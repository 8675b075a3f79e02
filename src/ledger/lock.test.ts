import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Folders } from "./ledger.fixture.ts";
import { openLedger } from "./index.ts";
import { describeThisProcess, isGone } from "./lock-holder.ts";
import { takeLock } from "./lock.ts";

const folders = new Folders();
afterAll(() => folders.remove());
const nonce = "00000000-0000-4000-8000-00000000000a";

describe("the lock of a ledger", () => {
  it("refuses a second open in the same process, by any name of the folder, until the first is closed", async () => {
    const dir = join(folders.next(), "real");
    mkdirSync(dir);
    const alias = join(folders.next(), "alias");
    symlinkSync(dir, alias);
    const ledger = await openLedger({ dir });
    for (const other of [dir, alias, `${dir}/../real/`]) {
      const answer = openLedger({ dir: other });
      await expect(answer).rejects.toMatchObject({ code: "ledger_locked" });
      await expect(answer).rejects.toThrow(`process ${process.pid} on `);
    }
    await ledger.close();
    await (await openLedger({ dir: alias })).close();
  });

  it("is whole from its first moment, and gone with its drafts after release", () => {
    const path = join(folders.next(), "lock");
    const lock = takeLock(path);
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
    expect(readdirSync(join(path, ".."))).toEqual(["lock"]);
    lock.release();
    lock.release();
    expect(existsSync(path)).toBe(false);
  });

  it("never deletes a lock that is not its own", () => {
    const path = join(folders.next(), "lock");
    const lock = takeLock(path);
    const other = JSON.stringify({ ...describeThisProcess(nonce) });
    writeFileSync(path, other);
    lock.release();
    expect(readFileSync(path, "utf8")).toBe(other);
  });

  it("goes to the next process when its holder is gone: dead, of an earlier boot, or its pid used again", () => {
    const self = describeThisProcess(nonce);
    // 2^22 is above the largest pid that Linux gives out
    const gone = [
      { ...self, pid: 2 ** 22 + 1 },
      ...(self.bootId === null ? [] : [{ ...self, bootId: "another-boot" }]),
      ...(self.startTicks === null ? [] : [{ ...self, startTicks: "1" }]),
    ];
    for (const holder of gone) {
      const path = join(folders.next(), "lock");
      writeFileSync(path, JSON.stringify(holder));
      takeLock(path).release();
      expect(readdirSync(join(path, ".."))).toEqual([]);
    }
  });

  it("stays where nobody can tell: another machine, another container, a file that is not a lock", () => {
    const self = describeThisProcess(nonce);
    const unknown = [
      JSON.stringify({ ...self, pid: 2 ** 22 + 1, host: "another-host" }),
      JSON.stringify({ ...self, pid: 2 ** 22 + 1, pidNamespace: "pid:[1]" }),
      "",
      "{}",
    ];
    for (const text of unknown) {
      const path = join(folders.next(), "lock");
      writeFileSync(path, text);
      expect(() => takeLock(path)).toThrow(/delete the lock file/);
      expect(readFileSync(path, "utf8")).toBe(text);
    }
  });

  it("holds this very process for alive", () => {
    const self = describeThisProcess(nonce);
    expect(isGone(self, self)).toBe(false);
  });

  it("finishes the takeover that a process died in, however often that happened", () => {
    const self = describeThisProcess(nonce);
    const path = join(folders.next(), "lock");
    const id = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`;
    let name = path;
    for (let n = 1; n <= 3; n++) {
      writeFileSync(name, JSON.stringify({ ...self, nonce: id(n), pid: 2 ** 22 + n }));
      name = `${name}.${id(n)}`;
    }
    const lock = takeLock(path);
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
    lock.release();
    expect(readdirSync(join(path, ".."))).toEqual([]);
  });

  it("says what is wrong when the folder cannot hold one", async () => {
    const file = join(folders.next(), "file");
    writeFileSync(file, "");
    await expect(openLedger({ dir: file })).rejects.toMatchObject({ code: "file_unreadable" });
  });
});
