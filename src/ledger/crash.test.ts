import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { scanJournal } from "./journal-scan.ts";
import { Folders, bytesOf, openedLedger, scheduleOptions } from "./ledger.fixture.ts";
import { type AnyLedgerRecord, openLedger, verifyLedger } from "./index.ts";

// On Node 20 a process of its own cannot load TypeScript: these tests drive the built package (`npm run build`).
const script = fileURLToPath(new URL("ledger-process.fixture.mjs", import.meta.url));
const folders = new Folders();
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
  folders.remove();
});

interface Running {
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string>;
}

function start(...args: string[]): Running {
  const child = spawn(process.execPath, [script, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

async function nextLine(running: Running): Promise<string> {
  const { value, done } = await running.lines.next();
  if (done === true) throw new Error("the process ended without a word: run `npm run build` first");
  return value;
}

describe("a process killed with SIGKILL", () => {
  it("between reserve and commit leaves the reservation spent, and its lock to the next process", async () => {
    const dir = folders.next();
    await (await openedLedger(dir)).close();
    const running = start("reserve", dir);
    const reservationId = await nextLine(running);
    await expect(openLedger({ dir })).rejects.toMatchObject({ code: "ledger_locked" });
    await expect(openLedger({ dir })).rejects.toThrow(`process ${running.child.pid}`);
    await kill(running.child);
    expect(existsSync(join(dir, "ledger.lock"))).toBe(true);
    const ledger = await openLedger({ dir });
    expect(ledger.spent("cohort-a").runs).toMatchObject([{ scheduled: 10, reserved: 4, used: 0, left: 6, open: true }]);
    await expect(ledger.commit({ reservationId, stepsUsed: 0 })).rejects.toMatchObject({ code: "invalid_state" });
    await ledger.close();
    expect(readdirSync(dir)).toEqual(["ledger.jsonl"]);
    expect((await verifyLedger(dir)).ok).toBe(true);
  });

  it("in the middle of appending loses no reservation that it was told of", async () => {
    const dir = folders.next();
    const first = await openedLedger(dir, null);
    await first.schedule(scheduleOptions(100_000));
    await first.close();
    let told = 0;
    for (const patience of [1, 7, 23]) {
      const running = start("append", dir);
      for (let i = 0; i < patience; i++) await nextLine(running);
      await kill(running.child);
      told += patience;
      const ledger = await openLedger({ dir });
      const reserved = ledger.spent("cohort-a").runs[0]?.reserved ?? 0;
      expect(reserved).toBeGreaterThanOrEqual(told);
      told = reserved;
      await ledger.close();
    }
    expect((await verifyLedger(dir)).ok).toBe(true);
  });
});

describe("processes that race for a ledger", () => {
  it("have exactly one winner every time: free, and left locked by a dead process, even inside a takeover", async () => {
    const dead = await deadHolder();
    const racers = [start("race"), start("race")];
    for (let round = 0; round < 24; round++) {
      const dir = folders.next();
      if (round % 4 !== 0) writeFileSync(join(dir, "ledger.lock"), dead);
      if (round % 4 === 3) writeFileSync(join(dir, `ledger.lock.${nonceOf(dead)}`), otherNonce(dead));
      // far enough away for both to be there, in the first round for both to have started
      const startAt = Date.now() + (round === 0 ? 1000 : 15);
      for (const { child } of racers) child.stdin?.write(`${dir} ${startAt}\n`);
      const answers = await Promise.all(racers.map(nextLine));
      expect(answers.toSorted(), `round ${round}`).toEqual(["ledger_locked", "won"]);
    }
  });
});

/** The lock that a process leaves when it is killed. */
async function deadHolder(): Promise<string> {
  const dir = folders.next();
  const running = start("race");
  running.child.stdin?.write(`${dir} 0\n`);
  expect(await nextLine(running)).toBe("won");
  await kill(running.child);
  return readFileSync(join(dir, "ledger.lock"), "utf8");
}

const nonceOf = (text: string): string => (JSON.parse(text) as { nonce: string }).nonce;
const otherNonce = (text: string): string => text.replace(nonceOf(text), "00000000-0000-4000-8000-000000000001");

describe("a crash inside an append", () => {
  it("leaves a ledger that opens, counts what was acknowledged, and says so, at every byte of the last line", async () => {
    const ledger = await openedLedger(folders.next());
    const runId = await ledger.schedule(scheduleOptions(10));
    const reservationId = await ledger.reserve({ runId, steps: 3 });
    const before = bytesOf(ledger.dir).length;
    await ledger.commit({ reservationId, stepsUsed: 1 });
    const beforeReserve = bytesOf(ledger.dir).length;
    await ledger.reserve({ runId, steps: 5 });
    const whole = bytesOf(ledger.dir);
    await ledger.close();
    const counted = async (bytes: Uint8Array): Promise<number> => {
      const opened = await openLedger({ dir: folders.holding(bytes) });
      await opened.close();
      expect(opened.records.at(-1)?.type === "recover").toBe(bytes.at(-1) !== 0x0a);
      return stepsSpent(opened.records);
    };
    // what open decides by, at every byte; and open itself, at every third
    for (let end = before; end < whole.length; end++) {
      const { fault, records, torn } = scanJournal(whole.subarray(0, end));
      const [acknowledged, start] = end < beforeReserve ? [3, before] : [1, beforeReserve];
      expect([fault, stepsSpent(records), torn.length]).toEqual([null, acknowledged, end - start]);
      if (end % 3 === 0) expect(await counted(whole.subarray(0, end))).toBe(acknowledged);
    }
    expect(await counted(whole)).toBe(6);
  });
});

/** Steps reserved and not committed, plus steps committed as used. */
function stepsSpent(records: readonly AnyLedgerRecord[]): number {
  const open = new Map<string, number>();
  let used = 0;
  for (const record of records) {
    if (record.type === "reserve") open.set(record.body.reservationId, record.body.steps);
    if (record.type !== "commit") continue;
    open.delete(record.body.reservationId);
    used += record.body.stepsUsed;
  }
  return [...open.values()].reduce((sum, steps) => sum + steps, used);
}
