import { train } from "@tensorflow/tfjs-core";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunData } from "./run-options.ts";
import { PrivacyEngine, type ResumeOptions } from "./privacy-engine.ts";
import { codeOf, freshFolder, openSeeded, smallRun, weightsOf } from "./training.fixture.ts";
import { seededRandom } from "../testing/index.ts";

interface Stopped {
  /** The checkpoint's folder. */
  readonly folder: string;
  readonly resume: ResumeOptions;
}

/** A run of ten steps that was stopped and saved after four; randomness is the operating system's unless seeded. */
async function stoppedRun(seed?: number): Promise<Stopped> {
  const options = { unit: "example", neighboring: "add-or-remove-one", delta: 1e-5 } as const;
  const engine =
    seed === undefined ? await PrivacyEngine.open({ ledger: freshFolder(), ...options }) : await openSeeded(seed);
  const trainer = await engine.makePrivate({ ...smallRun(), noiseMultiplier: 1 });
  for await (const step of trainer.steps()) if (step.index === 4) break;
  const folder = freshFolder();
  await trainer.save(folder);
  const { dir } = engine.ledger;
  await engine.close();
  const { data, loss } = smallRun();
  return { folder, resume: { ledger: dir, data, loss, optimizer: train.sgd(0.5) } };
}

interface Facts {
  folder: string;
  runId: string;
  plan: Record<string, unknown>;
  optimizer: { weights: { shape: unknown[] }[] };
}

/** Edits `trainer.json`; gives back how to undo it. */
function edit(folder: string, change: (facts: Facts) => void): () => void {
  const path = join(folder, "trainer.json");
  const before = readFileSync(path, "utf8");
  const facts = JSON.parse(before) as Facts;
  change(facts);
  writeFileSync(path, JSON.stringify(facts));
  return () => writeFileSync(path, before);
}

/** The code that resuming ends in; a run that could be resumed is given back. */
const resumeCode = (folder: string, options: ResumeOptions): Promise<string> =>
  codeOf(async () => {
    const { engine } = await PrivacyEngine.resume(folder, options);
    await engine.close();
  });

describe("an edited checkpoint", () => {
  it("D21 cannot lower the noise, raise the sampling, add steps or change the terms under what the ledger scheduled", async () => {
    const { folder, resume } = await stoppedRun();
    const lines = readFileSync(join(resume.ledger, "ledger.jsonl"), "utf8");
    const changes: Record<string, unknown>[] = [
      { noiseMultiplier: 0.5 },
      { noiseMultiplier: 0 },
      { noiseMultiplier: 1 + 2 ** -50 },
      { expectedBatchSize: 17 },
      { datasetSize: 63 },
      { steps: 11 },
      { steps: 9 },
      { neighboring: "zero-out" },
      { delta: 1e-3 },
      { epsilonMax: 8 },
      { unit: "user" },
      { l2ClipNorm: -1 },
      { noiseMultiplier: "1" },
      { epsilonMax: "none" },
    ];
    for (const change of changes) {
      const undo = edit(folder, ({ plan }) => void Object.assign(plan, change));
      const code = await resumeCode(folder, resume);
      expect(["invalid_argument", "file_unreadable"], JSON.stringify(change)).toContain(code);
      undo();
    }
    expect(readFileSync(join(resume.ledger, "ledger.jsonl"), "utf8")).toBe(lines);
    expect(await resumeCode(folder, resume)).toBe("no error");
  });

  it("cannot name another folder to read or to remove, another run, or state of another size", async () => {
    const { folder, resume } = await stoppedRun();
    const changes: ((facts: Facts) => void)[] = [
      (facts) => void (facts.folder = "../elsewhere"),
      (facts) => void (facts.folder = "step-4/.."),
      (facts) => void (facts.runId = "another"),
      (facts) => void (facts.optimizer = { weights: [] }),
      (facts) => void (facts.optimizer.weights[0] = { shape: [1e9] }),
    ];
    for (const change of changes) {
      const undo = edit(folder, change);
      expect(["file_unreadable", "invalid_argument"]).toContain(await resumeCode(folder, resume));
      undo();
    }
    writeFileSync(join(folder, "step-4", "optimizer.bin"), Uint8Array.of(1, 2, 3));
    expect(await resumeCode(folder, resume)).toBe("file_unreadable");
  });
});

describe("a resumed run", () => {
  it("D22 T29 never takes more steps than planned however often one old checkpoint is played again", async () => {
    const { folder, resume } = await stoppedRun();
    for (const expected of [6, 8, 10]) {
      const { engine, trainer } = await PrivacyEngine.resume(folder, { ...resume, optimizer: train.sgd(0.5) });
      for await (const step of trainer.steps({ count: 2 })) expect(step.index).toBeLessThanOrEqual(10);
      expect(trainer.stepsTaken).toBe(expected);
      await engine.close();
    }
    const { engine, trainer } = await PrivacyEngine.resume(folder, resume);
    expect(await trainer.fit()).toEqual({ steps: 10, completed: true });
    expect(await codeOf(() => trainer.steps({ count: 1 }).next())).toBe("budget_exceeded");
    expect(engine.ledger.spent("clouds").runs).toMatchObject([{ used: 10, reserved: 0, left: 0 }]);
    await engine.close();
  });

  it("draws from no weaker source than the ledger says, and stays seeded once it was", async () => {
    const honest = await stoppedRun();
    expect(await resumeCode(honest.folder, { ...honest.resume, random: seededRandom(1) })).toBe("invalid_argument");
    const seeded = await stoppedRun(7);
    const { engine } = await PrivacyEngine.resume(seeded.folder, seeded.resume);
    expect(engine.ledger.spent("clouds").runs[0]?.randomSource).toBe("seeded-test");
    await engine.close();
  });

  it("refuses a run that was ended and a ledger that does not hold it", async () => {
    const { folder, resume } = await stoppedRun();
    const { engine, trainer } = await PrivacyEngine.resume(folder, resume);
    await trainer.end();
    await engine.close();
    expect(await resumeCode(folder, resume)).toBe("invalid_state");
    const other = await stoppedRun();
    expect(await resumeCode(folder, { ...resume, ledger: other.resume.ledger })).toBe("invalid_argument");
    expect(await resumeCode(folder, { ...resume, data: undefined as unknown as RunData })).toBe("invalid_argument");
  });
});

describe("save", () => {
  it("refuses a folder with another run's checkpoint, or with a file of that name, and leaves both alone", async () => {
    const { folder } = await stoppedRun();
    const engine = await openSeeded(3);
    const trainer = await engine.makePrivate({ ...smallRun(), noiseMultiplier: 1 });
    const before = readFileSync(join(folder, "trainer.json"), "utf8");
    expect(await codeOf(() => trainer.save(folder))).toBe("output_occupied");
    expect(readFileSync(join(folder, "trainer.json"), "utf8")).toBe(before);
    const foreign = freshFolder();
    writeFileSync(join(foreign, "trainer.json"), "{}");
    expect(await codeOf(() => trainer.save(foreign))).toBe("output_occupied");
    writeFileSync(join(foreign, "file"), "");
    expect(await codeOf(() => trainer.save(join(foreign, "file", "below")))).toBe("file_unreadable");
    await engine.close();
  });

  it("never writes into the folder that trainer.json points at, and removes only what it made", async () => {
    const engine = await openSeeded(4);
    const trainer = await engine.makePrivate({ ...smallRun(), noiseMultiplier: 1 });
    const folder = freshFolder();
    mkdirSync(join(folder, "step-by-step"));
    await trainer.save(folder);
    expect(existsSync(join(folder, "step-0"))).toBe(true);
    await trainer.save(folder);
    expect(readdirSync(folder).toSorted()).toEqual(["step-0.1", "step-by-step", "trainer.json"]);
    await trainer.fit();
    await trainer.save(folder);
    expect(readdirSync(folder).toSorted()).toEqual(["step-10", "step-by-step", "trainer.json"]);
    await engine.close();
  });

  it("holds weights and count of one step when it is called while the run goes on", async () => {
    const engine = await openSeeded(5);
    const trainer = await engine.makePrivate({ ...smallRun(), noiseMultiplier: 1 });
    const weightsAt = new Map<number, number[]>([[0, weightsOf(trainer.model)]]);
    const folder = freshFolder();
    const saves: Promise<void>[] = [];
    await trainer.fit({
      onStep: ({ index }) => {
        weightsAt.set(index, weightsOf(trainer.model));
        if (index === 3 || index === 6) saves.push(trainer.save(folder), trainer.save(folder));
      },
    });
    await Promise.all(saves);
    const { dir } = engine.ledger;
    await engine.close();
    const { data, loss } = smallRun();
    const { stepsTaken } = JSON.parse(readFileSync(join(folder, "trainer.json"), "utf8")) as { stepsTaken: number };
    const resumed = await PrivacyEngine.resume(folder, { ledger: dir, data, loss, optimizer: train.sgd(0.5) });
    expect(weightsOf(resumed.trainer.model)).toEqual(weightsAt.get(stepsTaken));
    await resumed.engine.close();
  });
});
