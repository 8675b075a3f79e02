import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import { train } from "@tensorflow/tfjs-core";
import { type LayersModel, layers, sequential } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { RunOptions } from "./run-options.ts";
import type { PrivateTrainer } from "./trainer.ts";
import { clouds, freshFolder, openSeeded, weightsOf } from "./training.fixture.ts";

const workers: Worker[] = [];
const note = (worker: Worker): void => void workers.push(worker);
beforeAll(() => void process.on("worker", note));
afterAll(() => void process.off("worker", note));

/** Some 600 rows a step, in several shards. */
function wideRun(threads: number): RunOptions {
  const model: LayersModel = sequential({
    layers: [
      layers.dense({ inputShape: [2], units: 512, activation: "tanh", kernelInitializer: "ones" }),
      layers.dense({ units: 128, activation: "tanh", kernelInitializer: "ones" }),
      layers.dense({ units: 2, activation: "softmax", kernelInitializer: "zeros" }),
    ],
  });
  return {
    model,
    optimizer: train.momentum(0.1, 0.9),
    loss: "sparseCategoricalCrossentropy",
    data: { id: "clouds", ...clouds(1200) },
    datasetSize: 1200,
    expectedBatchSize: 600,
    steps: 40,
    l2ClipNorm: 1,
    engine: "wasm",
    threads,
  };
}

/**
 * The helper's end in the middle of its share: killed by the caller between two of its own, while it is inside.
 *
 * @param least - the first job of the step in which that may be: of the sum (1, 2) or of its noise (3).
 */
function killWhileInside(victim: Worker, least = 1): { restore: () => void } {
  const { add, load } = Atomics;
  // words of the control block: jobs, helpers inside, and the next ticket
  const [epoch, inside, ticket] = [1, 2, 3];
  let isDead = false;
  let jobs = 0;
  const spy = vi.spyOn(Atomics, "add").mockImplementation(((words: Int32Array, at: number, by: number): number => {
    if (at === epoch && words.length === 16) jobs++;
    if (!isDead && jobs === least && least > 1 && at === ticket && words.length === 16) {
      // a job of a millisecond: a helper that slept has to come first
      for (const end = performance.now() + 200; performance.now() < end && load(words, inside) === 0;);
    }
    if (!isDead && jobs >= least && at === ticket && words.length === 16 && load(words, inside) > 0) {
      isDead = true;
      void victim.terminate();
    }
    return add(words, at, by);
  }) as typeof Atomics.add);
  return { restore: () => spy.mockRestore() };
}

/** One step: whether it was refused because a thread died. */
async function stepOnce(trainer: PrivateTrainer): Promise<boolean> {
  try {
    for await (const _ of trainer.steps({ count: 1 }));
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: "invalid_state", details: { state: "a thread died" } });
    return true;
  }
}

describe("threads of a trainer", () => {
  it("change no bit of the weights, and are named by explain()", async () => {
    const results: number[][] = [];
    for (const threads of [1, 2]) {
      const engine = await openSeeded(7);
      const trainer = await engine.makePrivate({ ...wideRun(threads), steps: 5, noiseMultiplier: 1 });
      expect(trainer.explain()[0]?.engineWhy).toContain(threads === 1 ? "1 thread)" : "2 threads)");
      await trainer.fit();
      results.push(weightsOf(trainer.model));
      trainer.dispose();
      await engine.close();
    }
    expect(results[1]).toEqual(results[0]);
  });

  it("that die inside a step spend nothing, draw no noise and move no weight; the next step goes on", async () => {
    const engine = await openSeeded(29);
    const trainer = await engine.makePrivate({ ...wideRun(2), noiseMultiplier: 1 });
    let failures = 0;
    for (let round = 0; round < 12 && failures < 2; round++) {
      await stepOnce(trainer);
      await sleep(60);
      const victim = workers.at(-1);
      if (victim === undefined) throw new Error("no thread was started");
      const [before, taken] = [weightsOf(trainer.model), trainer.stepsTaken];
      const kill = killWhileInside(victim);
      const isRefused = await stepOnce(trainer);
      kill.restore();
      expect(trainer.stepsTaken).toBe(isRefused ? taken : taken + 1);
      expect(JSON.stringify(weightsOf(trainer.model)) === JSON.stringify(before)).toBe(isRefused);
      if (isRefused) failures += 1;
    }
    expect(failures).toBe(2);
    const taken = trainer.stepsTaken;
    expect(await stepOnce(trainer)).toBe(false);
    expect(trainer.stepsTaken).toBe(taken + 1);
    expect(engine.ledger.spent("clouds").runs).toMatchObject([{ used: taken + 1, left: 39 - taken }]);
    trainer.dispose();
    await engine.close();
  });

  it("that die while noise is drawn leave the step spent, move no weight and draw other noise next", async () => {
    const engine = await openSeeded(31);
    const trainer = await engine.makePrivate({ ...wideRun(2), noiseMultiplier: 1 });
    let failures = 0;
    for (let round = 0; round < 40 && failures < 1; round++) {
      await stepOnce(trainer);
      await sleep(60);
      const victim = workers.at(-1);
      if (victim === undefined) throw new Error("no thread was started");
      const [before, taken] = [weightsOf(trainer.model), trainer.stepsTaken];
      const kill = killWhileInside(victim, 3);
      const isRefused = await stepOnce(trainer);
      kill.restore();
      expect(trainer.stepsTaken).toBe(taken + 1);
      expect(JSON.stringify(weightsOf(trainer.model)) === JSON.stringify(before)).toBe(isRefused);
      if (isRefused) failures += 1;
    }
    expect(failures).toBe(1);
    const taken = trainer.stepsTaken;
    expect(await stepOnce(trainer)).toBe(false);
    expect(engine.ledger.spent("clouds").runs).toMatchObject([{ used: taken + 1, left: 39 - taken }]);
    trainer.dispose();
    await engine.close();
  });

  it("are refused out of range, and a physical batch that is no number or auto, before anything is written", async () => {
    const engine = await openSeeded(8);
    for (const threads of [0, 65, 1.5]) {
      await expect(engine.makePrivate({ ...wideRun(threads), noiseMultiplier: 1 })).rejects.toThrow("threads");
    }
    const run = { ...wideRun(1), physicalBatchSize: "all" as "auto", noiseMultiplier: 1 };
    await expect(engine.makePrivate(run)).rejects.toThrow("physicalBatchSize");
    expect(engine.ledger.records.filter((r) => r.type === "schedule")).toEqual([]);
    await engine.close();
  });
});

it("the physical batch that the engine chooses gives the bits of any other", async () => {
  const results: number[][] = [];
  for (const kind of ["wasm", "tfjs"] as const) {
    for (const physicalBatchSize of ["auto", 5] as const) {
      const engine = await openSeeded(9);
      const small = { ...wideRun(1), expectedBatchSize: 40, steps: 2, engine: kind, physicalBatchSize };
      const trainer = await engine.makePrivate({ ...small, noiseMultiplier: 1 });
      await trainer.fit();
      results.push(weightsOf(trainer.model));
      trainer.dispose();
      await engine.close();
    }
  }
  expect(results[1]).toEqual(results[0]);
  expect(results[3]).toEqual(results[2]);
});

it("an optimizer that keeps a gradient finds it as it was after the next step", async () => {
  const optimizer = train.sgd(0.1);
  const kept: Float32Array[] = [];
  const copies: number[][] = [];
  const apply = optimizer.applyGradients.bind(optimizer);
  optimizer.applyGradients = (gradients) => {
    const [first] = Object.values(gradients as Record<string, { dataSync(): Float32Array }>);
    const values = first.dataSync();
    kept.push(values);
    copies.push([...values]);
    apply(gradients);
  };
  const engine = await openSeeded(10);
  const trainer = await engine.makePrivate({
    ...wideRun(1),
    optimizer,
    expectedBatchSize: 8,
    steps: 3,
    noiseMultiplier: 1,
  });
  await trainer.fit();
  expect(kept.map((values) => [...values])).toEqual(copies);
  expect(copies[1]).not.toEqual(copies[0]);
  await engine.close();
});

it("P28 1,000 steps on two threads leave no tensor and no memory behind", () => {
  // on Node 20 a process of its own cannot load TypeScript: this one drives the built package
  const script = fileURLToPath(new URL("thousand-steps.fixture.mjs", import.meta.url));
  const out = execFileSync(process.execPath, ["--expose-gc", script, freshFolder()], { timeout: 50_000 }).toString();
  const { tensors, bytes } = JSON.parse(out) as { tensors: number; bytes: number };
  expect(tensors).toBe(0);
  // one gradient of this model is 40 kB: a leak of one array a step would be 30 MiB
  expect(bytes).toBeLessThan(12 * 2 ** 20);
});
