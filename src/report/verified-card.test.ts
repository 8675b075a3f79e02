import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DpEvent, gaussian, poissonSampled, selfComposed } from "../events/index.ts";
import { openLedger, readLedger, verifyLedger } from "../ledger/index.ts";
import { buildPrivacyCard } from "./build-card.ts";
import type { CardLedger, PrivacyCard } from "./card.ts";
import { fixtureInput } from "./card.fixture.ts";
import { cardDigest } from "./card-json.ts";
import { type CardComparison, compareCardWithLedger } from "./compare-card.ts";
import { notAvailable } from "./not-available.ts";

const stepEvent: DpEvent = poissonSampled(256 / 60_000, gaussian(1.1));
const steps = 300;
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sordino-verified-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

/** A ledger with one finished run, and the run's card. */
async function finishedRun(): Promise<PrivacyCard> {
  const ledger = await openLedger({ dir });
  const { unit, neighboring, delta } = fixtureInput().run;
  const scope = "mnist";
  await ledger.openScope({
    scope,
    unit,
    neighboring,
    delta,
    epsilonMax: 8,
    firstSchedule: { event: stepEvent, steps },
  });
  const runId = await ledger.schedule({ scope, event: stepEvent, steps, randomSource: "operating-system" });
  const reservationId = await ledger.reserve({ runId, steps });
  await ledger.commit({ reservationId, stepsUsed: steps });
  const head = ledger.head();
  await ledger.close();
  const known: CardLedger = { origin: "ledger", scope, runId, ...head, checkpoint: notAvailable("not signed") };
  return buildPrivacyCard(fixtureInput({ event: selfComposed(stepEvent, steps) }, { ledger: known }));
}

async function verify(card: PrivacyCard): Promise<CardComparison> {
  const { records, head } = card.evidence.ledger;
  const verification = await verifyLedger(dir, { anchor: { records, head } });
  const snapshot = verification.ok ? await readLedger(dir) : { records: [] };
  return compareCardWithLedger(card, verification, snapshot.records);
}

describe("a card beside the ledger of its run", () => {
  it("agrees with it and is complete, before and after its own release", async () => {
    const card = await finishedRun();
    expect(await verify(card)).toMatchObject({ ok: true, isComplete: true, problems: [], notes: [] });
    const ledger = await openLedger({ dir });
    const { runId } = card.evidence.ledger;
    await ledger.release({ runId, artifactDigest: "ab".repeat(32), cardDigest: cardDigest(card) });
    await ledger.close();
    expect(await verify(card)).toMatchObject({ ok: true, isComplete: true, problems: [] });
    const edited = { ...card, utility: { ...card.utility, metrics: [] } };
    expect((await verify(edited)).problems.map((p) => p.field)).toEqual(["utility", "cardDigest"]);
  });

  it("is incomplete once another run has been scheduled on the same data", async () => {
    const card = await finishedRun();
    const ledger = await openLedger({ dir });
    const runId = await ledger.schedule({ scope: "mnist", event: stepEvent, steps, randomSource: "operating-system" });
    await ledger.reserve({ runId, steps: 1 });
    await ledger.close();
    const { ok, isComplete, notes } = await verify(card);
    expect([ok, isComplete, notes.length]).toEqual([true, false, 1]);
  });

  it("is refuted by any edit of one byte of the ledger, and by its loss", async () => {
    const card = await finishedRun();
    const path = join(dir, "ledger.jsonl");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace('"noiseMultiplier":1.1', '"noiseMultiplier":1.2'));
    expect((await verify(card)).ok).toBe(false);
    await writeFile(path, `${text.trimEnd().split("\n").slice(0, -1).join("\n")}\n`);
    expect((await verify(card)).problems.map((p) => p.field)).toContain("evidence.ledger.records");
    await writeFile(path, text);
    await appendFile(path, "{");
    expect((await verify(card)).ok).toBe(false);
  });
});
