import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gaussian } from "../events/index.ts";
import { readLedger, verifyLedger } from "../ledger/index.ts";
import { RunLedger, type RunLedgerOptions } from "./run-ledger.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "sordino-run-ledger-"));
});
afterAll(() => rmSync(root, { recursive: true }));

const options = (dir: string, change: Partial<RunLedgerOptions> = {}): RunLedgerOptions => ({
  dir,
  actor: "federated coordinator, run r-1",
  scope: "sites",
  budget: { epsilon: 20, delta: 1e-5 },
  event: gaussian(2),
  rounds: 3,
  randomSource: "operating-system",
  isResumed: false,
  ...change,
});
const fresh = (): string => mkdtempSync(join(root, "ledger-"));
const typesIn = async (dir: string): Promise<string[]> => (await readLedger(dir)).records.map(({ type }) => type);
const draw = (): Promise<void> => Promise.resolve();

describe("a run's account", () => {
  it("holds one schedule however often the run's process dies, and no more rounds than were planned", async () => {
    const dir = fresh();
    const first = await RunLedger.open(options(dir));
    await first.spend(draw);
    await first.close(false);
    const second = await RunLedger.open(options(dir, { isResumed: true }));
    const broken = second.spend(() => Promise.reject(new Error("no disk")));
    await expect(broken).rejects.toThrow("no disk");
    await second.close(false);
    const third = await RunLedger.open(options(dir, { isResumed: true }));
    expect(await third.spend(() => Promise.resolve(7))).toBe(7);
    // one reserved and committed, one reserved and broken off, one more: three of three
    await expect(third.spend(draw)).rejects.toThrow(expect.objectContaining({ code: "budget_exceeded" }));
    await third.close(true);
    const fourth = await RunLedger.open(options(dir, { isResumed: true }));
    await expect(fourth.spend(draw)).rejects.toThrow(expect.objectContaining({ code: "invalid_state" }));
    await fourth.close(true);
    const types = await typesIn(dir);
    expect(types.filter((type) => type === "schedule")).toHaveLength(1);
    expect(types.filter((type) => type === "reserve")).toHaveLength(3);
    expect(types.filter((type) => type === "commit")).toHaveLength(2);
    expect(types.filter((type) => type === "close")).toHaveLength(1);
    expect((await verifyLedger(dir)).problems).toEqual([]);
  });

  it("writes down what it spends before it is drawn", async () => {
    const dir = fresh();
    const ledger = await RunLedger.open(options(dir));
    await ledger.spend(async () => expect((await typesIn(dir)).at(-1)).toBe("reserve"));
    expect((await typesIn(dir)).at(-1)).toBe("commit");
    await ledger.close(true);
  });

  it("gives another run another schedule, and none that the scope has no room for", async () => {
    const dir = fresh();
    const narrow = { budget: { epsilon: 4, delta: 1e-5 } };
    const first = await RunLedger.open(options(dir, narrow));
    for (let round = 0; round < 3; round++) await first.spend(draw);
    await first.close(true);
    const other = { ...narrow, actor: "federated coordinator, run r-2" };
    await expect(RunLedger.open(options(dir, other))).rejects.toThrow(
      expect.objectContaining({ code: "budget_exceeded" }),
    );
  });

  it("is not that of a run that goes on when it holds no schedule of it, or another", async () => {
    await expect(RunLedger.open(options(fresh(), { isResumed: true }))).rejects.toThrow(/ledger/);
    const dir = fresh();
    await (await RunLedger.open(options(dir))).close(false);
    const seeded = { randomSource: "seeded-test" } as const;
    for (const change of [{ event: gaussian(1) }, { rounds: 4 }, { scope: "others" }, seeded]) {
      await expect(RunLedger.open(options(dir, { ...change, isResumed: true }))).rejects.toThrow(/schedule/);
    }
  });

  it("does not go on under a budget that was changed: a lower one would be passed over in silence", async () => {
    const dir = fresh();
    await (await RunLedger.open(options(dir))).close(false);
    for (const budget of [
      { epsilon: 0.1, delta: 1e-5 },
      { epsilon: 20, delta: 1e-7 },
    ]) {
      await expect(RunLedger.open(options(dir, { budget }))).rejects.toThrow(/epsilonMax|delta/);
    }
    await (await RunLedger.open(options(dir, { isResumed: true }))).close(true);
  });
});
