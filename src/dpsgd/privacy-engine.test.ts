import { readdirSync } from "node:fs";
import { memory, train } from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { describe, expect, it } from "vitest";
import { account } from "../accounting/index.ts";
import { gaussian, poissonSampled, selfComposed } from "../events/index.ts";
import { PrivacyEngine } from "./privacy-engine.ts";
import type { RunOptions } from "./run-options.ts";
import { clouds, codeOf, freshFolder, openSeeded, smallRun, weightsOf } from "./training.fixture.ts";

describe("PrivacyEngine", () => {
  it("refuses a delta, unit or budget that is none, before a ledger exists", async () => {
    const base = { ledger: freshFolder(), unit: "example", neighboring: "add-or-remove-one", delta: 1e-5 } as const;
    for (const delta of [0, 1, 2, -1e-5, NaN]) {
      expect(await codeOf(() => PrivacyEngine.open({ ...base, delta }))).toBe("invalid_argument");
    }
    expect(await codeOf(() => PrivacyEngine.open({ ...base, unit: "client" }))).toBe("invalid_argument");
    expect(await codeOf(() => PrivacyEngine.open({ ...base, budget: { epsilon: 0 } }))).toBe("invalid_argument");
    const otherFilter = { epsilon: 1, filter: "gdp" as "rdp" };
    expect(await codeOf(() => PrivacyEngine.open({ ...base, budget: otherFilter }))).toBe("invalid_argument");
    expect(await codeOf(() => PrivacyEngine.open({ ...base, neighboring: "bounded" as "zero-out" }))).toBe(
      "invalid_argument",
    );
    expect(readdirSync(base.ledger)).toEqual([]);
  });

  it("D23 refuses every bad option by code and spends nothing: the ledger keeps no schedule", async () => {
    const engine = await openSeeded(23);
    const run = { ...smallRun(), noiseMultiplier: 1 };
    const batchNorm = sequential({
      layers: [layers.dense({ inputShape: [2], units: 2 }), layers.batchNormalization()],
    });
    const { x, y } = clouds(64);
    const bad: readonly Partial<RunOptions & { noiseMultiplier: number }>[] = [
      { expectedBatchSize: 65 },
      { expectedBatchSize: 0 },
      { steps: 0 },
      { steps: 1.5 },
      { epochs: 2 },
      { l2ClipNorm: 0 },
      { l2ClipNorm: Infinity },
      { noiseMultiplier: -1 },
      { noiseMultiplier: NaN },
      { datasetSize: 0 },
      { data: { id: "", x, y } },
      { data: { id: "clouds", x, y, unitIds: y.data } },
      { data: { id: "clouds", source: null as never } },
      { data: { id: "clouds", source: { rows: 64 } as never } },
      { data: { id: "clouds", source: { rows: 0, gather: () => ({ x: [], y: 0 as never }) } } },
      { data: { id: "clouds", x: [], y } },
      { data: { id: "clouds", x: { data: x.data, shape: [-64, -2] }, y } },
      { data: { id: "clouds", x: { ...x, scale: NaN }, y } },
      { data: { id: "clouds", x: { data: new BigInt64Array(128) as never, shape: [64, 2] }, y } },
      { data: { id: "clouds", x, y: { data: new Int32Array(0), shape: [0] } } },
      { data: { id: "clouds", x, y: { data: new Int32Array(63), shape: [63] } } },
      { data: { id: "clouds", x, y: { data: new Float32Array(64).fill(NaN), shape: [64] } } },
      { loss: (() => train.sgd(1)) as never },
      { model: {} as never },
      { optimizer: {} as never },
      { optimizer: null as never },
      { loss: null as never },
      { augmentations: null as never },
      { noise: null as never },
      { noise: { kind: "banded" } as never },
      { expectedBatchSize: undefined, sampling: null as never },
      { l2ClipNorm: undefined, clip: { kind: "adaptive" } as never },
      { data: { id: "clouds", x, y, rowsPerUnit: 3 } },
      { optimizer: train.sgd(NaN) },
      { optimizer: train.adam(Infinity) },
      { optimizer: train.momentum(0, 0.9) },
      { optimizer: train.sgd(-1) },
      { optimizer: train.sgd(1e5) },
      { model: batchNorm },
    ];
    const codes: string[] = [];
    for (const change of bad) codes.push(await codeOf(() => engine.makePrivate({ ...run, ...change })));
    expect(codes.slice(0, -1).every((c) => c === "invalid_argument")).toBe(true);
    expect(codes.at(-1)).toBe("unsupported_model");
    expect(engine.ledger.records.filter((r) => r.type === "schedule")).toEqual([]);
    await engine.close();
  });

  it("keeps model, optimizer and tensors as they were when it refuses", async () => {
    const engine = await openSeeded(24);
    const run = smallRun();
    const before = weightsOf(run.model);
    const tensors = memory().numTensors;
    expect(await codeOf(() => engine.makePrivate({ ...run, noiseMultiplier: 1, loss: "no such loss" as never }))).toBe(
      "invalid_argument",
    );
    expect(weightsOf(run.model)).toEqual(before);
    expect(memory().numTensors).toBe(tensors);
    await engine.close();
  });

  it("refuses a run that the budget does not hold, and noise 0 under any budget, before anything is touched", async () => {
    const engine = await openSeeded(26, { budget: { epsilon: 1 } });
    expect(await codeOf(() => engine.makePrivate({ ...smallRun(), noiseMultiplier: 0.5 }))).toBe("budget_exceeded");
    expect(await codeOf(() => engine.makePrivate({ ...smallRun(), noiseMultiplier: 0 }))).toBe("budget_exceeded");
    const trainer = await engine.makePrivateWithEpsilon({ ...smallRun(), targetEpsilon: 1 });
    await trainer.fit();
    expect(await codeOf(() => engine.makePrivateWithEpsilon({ ...smallRun(), targetEpsilon: 0.9 }))).toBe(
      "budget_exceeded",
    );
    expect(engine.getEpsilon({ delta: 1e-5 }).epsilon.upper).toBeLessThanOrEqual(1);
    await engine.close();
  });

  it("prices noise 0 at Infinity, a promise whole, and a run that ended before its first step at 0", async () => {
    const engine = await openSeeded(27);
    const unused = await engine.makePrivate({ ...smallRun(), noiseMultiplier: 1 });
    expect(engine.getEpsilon({ delta: 1e-5 }).epsilon.upper).toBeGreaterThan(0);
    await unused.end();
    expect(engine.getEpsilon({ delta: 1e-5 }).epsilon.upper).toBe(0);
    const trainer = await engine.makePrivate({ ...smallRun(), noiseMultiplier: 0 });
    await trainer.fit();
    expect(engine.getEpsilon({ delta: 1e-5 }).epsilon.upper).toBe(Infinity);
    await engine.close();
  });

  it("adds several runs of a scope by the filter, and asks which scope when there are several", async () => {
    const engine = await openSeeded(28);
    const one = await engine.makePrivate({ ...smallRun(), noiseMultiplier: 2 });
    await one.fit();
    const single = engine.getEpsilon({ delta: 1e-5 }).epsilon.upper;
    const two = await engine.makePrivate({ ...smallRun(), noiseMultiplier: 2 });
    await two.fit();
    expect(engine.getEpsilon({ delta: 1e-5 }).epsilon.upper).toBeGreaterThan(single);
    expect(engine.getEpsilon({ delta: 1e-5 }).engine).toBe("renyi-filter");
    await engine.makePrivate({ ...smallRun(), data: { id: "others", ...clouds(64) }, noiseMultiplier: 2 });
    expect(await codeOf(() => engine.getEpsilon({ delta: 1e-5 }))).toBe("invalid_argument");
    expect(engine.getEpsilon({ delta: 1e-5, scope: "others" }).epsilon.upper).toBe(single);
    await engine.close();
  });

  it("refuses a second engine over the same ledger while the first is open", async () => {
    const engine = await openSeeded(29);
    const { dir } = engine.ledger;
    expect(await codeOf(() => openSeeded(29, { ledger: dir }))).toBe("ledger_locked");
    await engine.close();
    await (await openSeeded(29, { ledger: dir })).close();
  });

  it("D19 takes the least noise that keeps the target: one per cent less exceeds it for certain", async () => {
    const engine = await openSeeded(19);
    for (const [targetEpsilon, expectedBatchSize, steps] of [
      [0.5, 16, 10],
      [3, 8, 40],
      [8, 64, 3],
    ] as const) {
      const data = { id: `clouds-${targetEpsilon}`, ...clouds(64) };
      const run = { ...smallRun(), data, expectedBatchSize, steps, targetEpsilon };
      const { plan } = await engine.makePrivateWithEpsilon(run);
      const epsilonAt = (z: number) => {
        const event = selfComposed(poissonSampled(expectedBatchSize / 64, gaussian(z)), steps);
        return account(event, { neighboring: "add-or-remove-one" }).guarantee({ delta: 1e-5 }).epsilon;
      };
      expect(epsilonAt(plan.noise.multiplier).upper).toBeLessThanOrEqual(targetEpsilon);
      expect(epsilonAt(0.99 * plan.noise.multiplier).lower).toBeGreaterThan(targetEpsilon);
    }
    await engine.close();
  });

  it("T3 turns epochs into a whole number of steps from the declared integers", async () => {
    const engine = await openSeeded(30);
    const { steps: _, ...run } = smallRun();
    const trainer = await engine.makePrivate({ ...run, epochs: 3, noiseMultiplier: 1 });
    expect(trainer.plan.steps).toBe(12);
    await engine.close();
  });

  it("T9 runs on however many rows there are, with q and divisor from the declared size", async () => {
    const engine = await openSeeded(32);
    const trainer = await engine.makePrivate({
      ...smallRun(),
      data: { id: "clouds", ...clouds(60) },
      noiseMultiplier: 1,
    });
    await trainer.fit();
    expect(trainer.plan.sampling.probability).toBe(0.25);
    await engine.close();
  });
});

describe("resume", () => {
  it("D22 goes on at every step with the same total of steps and price, with fresh noise and never on old reservations", async () => {
    for (const stopAfter of [1, 5, 9]) {
      const engine = await openSeeded(22);
      const trainer = await engine.makePrivate({
        ...smallRun(),
        optimizer: train.momentum(0.1, 0.9),
        noiseMultiplier: 1,
      });
      for await (const step of trainer.steps()) if (step.index === stopAfter) break;
      const folder = freshFolder();
      await trainer.save(folder);
      const saved = weightsOf(trainer.model);
      const { dir } = engine.ledger;
      await engine.close();
      const { data, loss } = smallRun();
      const resumed = await PrivacyEngine.resume(folder, {
        ledger: dir,
        data,
        loss,
        optimizer: train.momentum(0.1, 0.9),
      });
      expect(weightsOf(resumed.trainer.model)).toEqual(saved);
      expect(resumed.trainer.stepsTaken).toBe(stopAfter);
      expect(await resumed.trainer.fit()).toEqual({ steps: 10, completed: true });
      const [run, ...others] = resumed.engine.ledger.spent("clouds").runs;
      expect([run?.used, run?.left, others.length]).toEqual([10, 0, 0]);
      await resumed.engine.close();
    }
  });

  it("D22 refuses another data set, another optimizer class and a folder without a checkpoint", async () => {
    const engine = await openSeeded(33);
    const trainer = await engine.makePrivate({ ...smallRun(), noiseMultiplier: 1 });
    for await (const step of trainer.steps()) if (step.index === 2) break;
    const folder = freshFolder();
    await trainer.save(folder);
    const { dir } = engine.ledger;
    await engine.close();
    const { data, loss } = smallRun();
    const good = { ledger: dir, data, loss, optimizer: train.sgd(0.5) };
    expect(await codeOf(() => PrivacyEngine.resume(folder, { ...good, data: { id: "other", ...clouds(64) } }))).toBe(
      "invalid_argument",
    );
    expect(await codeOf(() => PrivacyEngine.resume(folder, { ...good, optimizer: train.adam(0.1) }))).toBe(
      "invalid_argument",
    );
    expect(await codeOf(() => PrivacyEngine.resume(freshFolder(), good))).toBe("file_unreadable");
    // and each refusal gave the ledger back
    const { engine: again } = await PrivacyEngine.resume(folder, good);
    await again.close();
  });
});
