import { appendFileSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Folders, bytesOf, gaussianStep, openedLedger, scheduleOptions, scopeOptions } from "./ledger.fixture.ts";
import { isTornAppend } from "./line.ts";
import { openLedger, readLedger, verifyLedger } from "./index.ts";

const folders = new Folders();
afterAll(() => folders.remove());
const digest = "ab".repeat(32);

describe("a ledger", () => {
  it("takes any printable name of a data set and of who acts, and no other", async () => {
    const dir = folders.next();
    const scope = String.raw`Müller's "MNIST" (60k), 測試 \ {a}`;
    const ledger = await openLedger({ dir, actor: 'Dr. "X", ward [7]' });
    await ledger.openScope({ ...scopeOptions, scope, filterOrder: 8 });
    for (const bad of ["", "a\nb", "a\u0000", "\ud800", "\u202e", "a".repeat(257), 7 as unknown as string]) {
      const answer = ledger.openScope({ ...scopeOptions, scope: bad, filterOrder: 8 });
      await expect(answer).rejects.toMatchObject({ code: "invalid_argument", details: { argument: "scope" } });
    }
    await ledger.close();
    expect((await readLedger(dir)).scopes.map((s) => s.scope)).toEqual([scope]);
    // a crash at any byte of such a line is still told from damage
    const bytes = bytesOf(dir);
    const start = bytes.lastIndexOf(0x0a, -2) + 1;
    for (let end = start + 1; end < bytes.length; end++) expect(isTornAppend(bytes.subarray(start, end))).toBe(true);
  });

  it("makes its folder and genesis, and says the same again when it is opened again", async () => {
    const dir = join(folders.next(), "deep", "er");
    const first = await openLedger({ dir, actor: "site-7" });
    const head = first.head();
    expect(first.records.map((r) => [r.type, r.seq, r.actor])).toEqual([["genesis", 0, "site-7"]]);
    await first.close();
    const second = await openLedger({ dir });
    expect(second.head()).toEqual(head);
    await second.close();
    expect(readdirSync(dir)).toEqual(["ledger.jsonl"]);
  });

  it("counts reserved steps as spent, used ones after the commit, and gives back what drew no noise", async () => {
    const ledger = await openedLedger(folders.next());
    const runId = await ledger.schedule(scheduleOptions(10));
    const reservationId = await ledger.reserve({ runId, steps: 6 });
    expect(ledger.spent("cohort-a").runs).toMatchObject([{ scheduled: 10, reserved: 6, used: 0, left: 4, open: true }]);
    await ledger.commit({ reservationId, stepsUsed: 2 });
    expect(ledger.spent("cohort-a").runs).toMatchObject([{ scheduled: 10, reserved: 0, used: 2, left: 8, open: true }]);
    await ledger.closeRun({ runId });
    expect(ledger.spent("cohort-a").runs).toMatchObject([{ used: 2, left: 0, open: false }]);
    await ledger.release({ runId, artifactDigest: digest, cardDigest: digest });
    await ledger.close();
    expect((await verifyLedger(ledger.dir)).problems).toEqual([]);
  });

  it("has a reservation on the disk before reserve returns", async () => {
    const ledger = await openedLedger(folders.next());
    const runId = await ledger.schedule(scheduleOptions(10));
    const reservationId = await ledger.reserve({ runId, steps: 3 });
    expect(bytesOf(ledger.dir).toString()).toContain(reservationId);
    expect((await readLedger(ledger.dir)).scopes[0]?.runs[0]?.reserved).toBe(3);
    await ledger.close();
  });

  it("refuses more steps than the schedule has left, writing nothing", async () => {
    const ledger = await openedLedger(folders.next());
    const runId = await ledger.schedule(scheduleOptions(10));
    await ledger.reserve({ runId, steps: 8 });
    const before = bytesOf(ledger.dir);
    await expect(ledger.reserve({ runId, steps: 3 })).rejects.toMatchObject({
      code: "budget_exceeded",
      details: { spent: 8, requested: 3, limit: 10 },
    });
    expect(bytesOf(ledger.dir)).toEqual(before);
    await ledger.close();
  });

  it("refuses a schedule that does not fit the budget, writing nothing, and goes on", async () => {
    const ledger = await openedLedger(folders.next(), 1);
    const before = bytesOf(ledger.dir);
    await expect(ledger.schedule(scheduleOptions(1000, 1))).rejects.toMatchObject({ code: "budget_exceeded" });
    expect(bytesOf(ledger.dir)).toEqual(before);
    await ledger.schedule(scheduleOptions(1, 10));
    await ledger.close();
  });

  it("refuses what protects nothing under a limit, and counts it as Infinity without one", async () => {
    const event = { kind: "non-private" } as const;
    const options = { ...scheduleOptions(1), event };
    const limited = await openedLedger(folders.next(), 1e9);
    await expect(limited.schedule(options)).rejects.toMatchObject({ code: "budget_exceeded" });
    await limited.close();
    const counted = await openedLedger(folders.next(), null);
    await counted.schedule(options);
    expect(counted.spent("cohort-a").guarantee.epsilon).toBe(Infinity);
    await counted.schedule(scheduleOptions(1));
    expect(counted.spent("cohort-a").guarantee.epsilon).toBe(Infinity);
    await counted.close();
  });

  it("refuses a second commit, a commit past the reservation, and one of nothing", async () => {
    const ledger = await openedLedger(folders.next());
    const runId = await ledger.schedule(scheduleOptions(10));
    const reservationId = await ledger.reserve({ runId, steps: 5 });
    await expect(ledger.commit({ reservationId, stepsUsed: 6 })).rejects.toMatchObject({ code: "invalid_argument" });
    await ledger.commit({ reservationId, stepsUsed: 5 });
    await expect(ledger.commit({ reservationId, stepsUsed: 0 })).rejects.toMatchObject({ code: "invalid_state" });
    await expect(ledger.commit({ reservationId: runId, stepsUsed: 0 })).rejects.toMatchObject({
      code: "invalid_state",
    });
    await ledger.close();
  });

  it("leaves a reservation of an earlier process spent for ever", async () => {
    const dir = folders.next();
    const first = await openedLedger(dir);
    const runId = await first.schedule(scheduleOptions(10));
    const reservationId = await first.reserve({ runId, steps: 4 });
    await first.close();
    const second = await openLedger({ dir });
    await expect(second.commit({ reservationId, stepsUsed: 1 })).rejects.toMatchObject({ code: "invalid_state" });
    expect(second.spent("cohort-a").runs).toMatchObject([{ reserved: 4, used: 0, left: 6 }]);
    await expect(second.reserve({ runId, steps: 7 })).rejects.toMatchObject({ code: "budget_exceeded" });
    await second.reserve({ runId, steps: 6 });
    await second.close();
  });

  it("refuses steps of a closed run", async () => {
    const ledger = await openedLedger(folders.next());
    const runId = await ledger.schedule(scheduleOptions(10));
    await ledger.closeRun({ runId });
    await expect(ledger.reserve({ runId, steps: 1 })).rejects.toMatchObject({ code: "invalid_state" });
    await expect(ledger.closeRun({ runId })).rejects.toMatchObject({ code: "invalid_state" });
    await ledger.close();
  });

  it.each([
    ["unit", { unit: "client" }],
    ["neighboring", { neighboring: "replace-one" }],
    ["delta", { delta: 1e-6 }],
    ["epsilonMax", { epsilonMax: 6 }],
    ["epsilonMax", { epsilonMax: null }],
  ] as const)("refuses to open a scope again with another %s (A23: one relation per scope)", async (field, change) => {
    const ledger = await openedLedger(folders.next());
    await expect(ledger.openScope({ ...scopeOptions, ...change })).rejects.toMatchObject({
      code: "invalid_argument",
      details: { argument: field },
    });
    const policy = await ledger.openScope(scopeOptions);
    expect(policy).toMatchObject({ epsilonMax: 5, filter: "rdp" });
    expect(ledger.records.filter((r) => r.type === "policy")).toHaveLength(1);
    await ledger.close();
  });

  it("queues calls that are made at once: thirty reservations of one step never pass a schedule of twenty", async () => {
    const ledger = await openedLedger(folders.next());
    const runId = await ledger.schedule(scheduleOptions(20, 50));
    const tries = await Promise.allSettled(Array.from({ length: 30 }, () => ledger.reserve({ runId, steps: 1 })));
    expect(tries.filter((t) => t.status === "fulfilled")).toHaveLength(20);
    await ledger.close();
    expect((await verifyLedger(ledger.dir)).ok).toBe(true);
  });

  it("finishes what is queued before it closes, and nothing after", async () => {
    const ledger = await openedLedger(folders.next());
    const scheduled = ledger.schedule(scheduleOptions(1));
    const closed = [ledger.close(), ledger.close()];
    await expect(ledger.schedule(scheduleOptions(1))).rejects.toMatchObject({ code: "invalid_state" });
    await Promise.all(closed);
    expect((await readLedger(ledger.dir)).scopes[0]?.runs[0]?.runId).toBe(await scheduled);
    expect(existsSync(join(ledger.dir, "ledger.lock"))).toBe(false);
  });

  it("stops when somebody else has written to its file", async () => {
    const ledger = await openedLedger(folders.next());
    appendFileSync(join(ledger.dir, "ledger.jsonl"), "x");
    await expect(ledger.schedule(scheduleOptions(1))).rejects.toMatchObject({ code: "ledger_locked" });
    await expect(ledger.schedule(scheduleOptions(1))).rejects.toMatchObject({ code: "invalid_state" });
    await ledger.close();
  });

  it.each([
    ["steps", { steps: 0 }],
    ["steps", { steps: 1.5 }],
    ["steps", { steps: Number.NaN }],
    ["randomSource", { randomSource: "Math.random" as "seeded-test" }],
    ["scope", { scope: "nowhere" }],
  ])("refuses a schedule with a bad %s", async (argument, change) => {
    const ledger = await openedLedger(folders.next());
    const answer = ledger.schedule({ ...scheduleOptions(1), ...change });
    await expect(answer).rejects.toMatchObject({ code: "invalid_argument", details: { argument } });
    await ledger.close();
  });

  it("needs something to choose the filter's order by, when a scope is new", async () => {
    const ledger = await openLedger({ dir: folders.next() });
    await expect(ledger.openScope(scopeOptions)).rejects.toMatchObject({ details: { argument: "firstSchedule" } });
    const bad = { ...scopeOptions, firstSchedule: { event: gaussianStep(Number.NaN), steps: 1 } };
    await expect(ledger.openScope(bad)).rejects.toMatchObject({ code: "invalid_argument" });
    expect(await ledger.openScope({ ...scopeOptions, filterOrder: 12.5 })).toMatchObject({ filterOrder: 12.5 });
    await ledger.close();
  });
});
