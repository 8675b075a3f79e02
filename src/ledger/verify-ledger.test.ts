import { afterAll, describe, expect, it } from "vitest";
import { account } from "../accounting/index.ts";
import {
  Folders,
  bytesOf,
  forgedLedger,
  genesisDraft,
  openedLedger,
  policyDraft,
  scheduleDraft,
  scheduleOptions,
  testId,
} from "./ledger.fixture.ts";
import { openLedger, readLedger, verifyLedger } from "./index.ts";

const folders = new Folders();
afterAll(() => folders.remove());

async function usedLedger(): Promise<{ dir: string; head: { records: number; head: string } }> {
  const ledger = await openedLedger(folders.next());
  const runId = await ledger.schedule(scheduleOptions(10));
  const reservationId = await ledger.reserve({ runId, steps: 5 });
  const head = ledger.head();
  await ledger.commit({ reservationId, stepsUsed: 3 });
  await ledger.close();
  return { dir: ledger.dir, head };
}

describe("verify", () => {
  it("finds a ledger in order, and says that it cannot know whether it is complete", async () => {
    const { dir } = await usedLedger();
    const result = await verifyLedger(dir);
    expect(result).toMatchObject({ ok: true, complete: false, problems: [], records: 5 });
  });

  it("says complete when an anchor is inside and its line is as it was", async () => {
    const { dir, head } = await usedLedger();
    expect(await verifyLedger(dir, { anchor: head })).toMatchObject({ ok: true, complete: true });
    const now = (await readLedger(dir)).head;
    expect(await verifyLedger(dir, { anchor: now })).toMatchObject({ ok: true, complete: true });
  });

  it("takes a ledger cut at the end of a line for a shorter one, and only the anchor tells", async () => {
    const { dir, head } = await usedLedger();
    const lines = bytesOf(dir).toString().split("\n");
    const cut = folders.holding(`${lines.slice(0, 3).join("\n")}\n`);
    expect(await verifyLedger(cut)).toMatchObject({ ok: true, complete: false, records: 3 });
    const anchored = await verifyLedger(cut, { anchor: head });
    expect(anchored).toMatchObject({ ok: false, complete: false });
    expect(anchored.problems[0]?.reason).toContain("missing");
  });

  it("finds a history that was rewritten with a sound chain, by the anchor", async () => {
    const { dir, head } = await usedLedger();
    const drafts = bytesOf(dir)
      .toString()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; body: object })
      .map(({ type, body, ...rest }) => {
        const { prev: _prev, digest: _digest, ...frame } = rest as { prev?: string; digest?: string };
        return type === "reserve" ? { ...frame, type, body: { ...body, steps: 4 } } : { ...frame, type, body };
      });
    const forged = folders.holding(forgedLedger(drafts));
    expect(await verifyLedger(forged)).toMatchObject({ ok: true, complete: false });
    const anchored = await verifyLedger(forged, { anchor: head });
    expect(anchored).toMatchObject({ ok: false, complete: false, problems: [{ line: head.records }] });
  });

  it("recomputes each scope's epsilon from the recorded event, equal to the accountant's own answer", async () => {
    const { dir } = await usedLedger();
    const { scopes } = await verifyLedger(dir);
    const event = { kind: "self-composed", count: 10, event: { kind: "gaussian", noiseMultiplier: 10 } } as const;
    const guarantee = account(event, { neighboring: "add-or-remove-one" }).guarantee({ delta: 1e-5 });
    expect(scopes[0]?.guarantee).toMatchObject({ rule: "own-guarantee", epsilon: guarantee.epsilon.upper });
    expect(scopes[0]?.runs).toMatchObject([{ scheduled: 10, reserved: 0, used: 3, left: 7, open: true }]);
  });

  it("names the schedule that went over the budget, in a ledger that no honest writer wrote", async () => {
    const over = { ...scheduleDraft, body: { ...scheduleDraft.body, runId: testId(9), steps: 100_000 } };
    const dir = folders.holding(forgedLedger([genesisDraft, policyDraft, scheduleDraft, over]));
    const result = await verifyLedger(dir);
    expect(result).toMatchObject({ ok: false, problems: [{ line: 4 }] });
    expect(result.problems[0]?.reason).toContain("over its limit");
  });

  it("names a schedule that nobody can price", async () => {
    // a shuffled epoch moves every later record when one is removed: no accountant prices it under add-or-remove-one
    const event = { kind: "shuffled", batches: 10, event: { kind: "gaussian", noiseMultiplier: 1 } };
    const bad = { ...scheduleDraft, body: { ...scheduleDraft.body, event } };
    const dir = folders.holding(forgedLedger([genesisDraft, policyDraft, bad]));
    expect(await verifyLedger(dir)).toMatchObject({ ok: false, problems: [{ line: 3 }, { line: null }] });
  });

  it("reports a torn tail, which open then cuts and records", async () => {
    const { dir } = await usedLedger();
    const torn = folders.holding(Buffer.concat([bytesOf(dir), Buffer.from('{"actor":"local","bo')]));
    expect(await verifyLedger(torn)).toMatchObject({ ok: false, problems: [{ line: 6 }] });
    expect((await readLedger(torn)).tornBytes).toBe(20);
    const ledger = await openLedger({ dir: torn });
    expect(ledger.records.at(-1)).toMatchObject({ type: "recover", body: { tornBytes: 20 } });
    await ledger.close();
    expect(await verifyLedger(torn)).toMatchObject({ ok: true, records: 6 });
  });

  it("says that there is no ledger where there is none, without making one", async () => {
    await expect(verifyLedger(folders.next())).rejects.toMatchObject({ code: "file_unreadable" });
    await expect(readLedger(folders.next())).rejects.toMatchObject({ code: "file_unreadable" });
  });
});
