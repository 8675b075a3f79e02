import { setTimeout as sleep } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { ones, tensor } from "@tensorflow/tfjs-core";
import { type LayersModel, type SymbolicTensor, input, layers, model as makeModel } from "@tensorflow/tfjs-layers";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { isPrivacyError } from "../core/index.ts";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import type { Clip } from "./clip.ts";
import type { ClippedSum } from "./clipped-sum.ts";
import type { GradientEngine, GradientEngineOptions } from "./engine.ts";
import { createGradientEngine } from "./gradient-engine.ts";
import type { Loss } from "./loss.ts";
import { convolutional, logits, madeUpBatch, nested, perceptron, sequentialText, textual } from "./models.fixture.ts";

const engines: GradientEngine[] = [];
const workers: Worker[] = [];
beforeAll(async () => {
  await useBackend("cpu");
  process.on("worker", (worker) => void workers.push(worker));
});
afterEach(() => {
  for (const engine of engines.splice(0)) engine.dispose();
  workers.length = 0;
});

const flat: Clip = { kind: "flat", l2ClipNorm: 0.5 };

async function engineOf(
  model: LayersModel,
  threads: number,
  clip = flat,
  seed = "threads",
  more: Partial<GradientEngineOptions> = {},
): Promise<GradientEngine> {
  const engine = await createGradientEngine({
    engine: "wasm",
    model,
    loss: logits,
    clip,
    threads,
    random: seededRandom(seed),
    expectedBatchSize: 150,
    selfCheck: false,
    ...more,
  });
  engines.push(engine);
  return engine;
}

const bitsOf = ({ sums, diagnostics }: ClippedSum): string => {
  const { norms, losses } = diagnostics.revealNotPrivate();
  return [...Object.values(sums), norms, losses]
    .map((values) => Buffer.from(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength).toString("base64"))
    .join();
};

/** Helpers of the engines made so far have started: sums before that are the caller's own work. */
async function awaitHelpers(count: number): Promise<void> {
  while (workers.length < count) await sleep(1);
  await sleep(100);
}

describe("the threads of the wasm engine", () => {
  it("start with an engine that will have work for them, and end with it", async () => {
    const [small, large] = await Promise.all(
      [1, 400].map((expectedBatchSize) => engineOf(perceptron(), 4, flat, "early", { expectedBatchSize })),
    );
    await sleep(1);
    expect(workers.length).toBe(3);
    const ended = workers.map((worker) => new Promise((resolve) => worker.once("exit", resolve)));
    small.dispose();
    large.dispose();
    await Promise.all(ended);
  });

  it.each([
    { name: "a perceptron", build: () => perceptron(40, 48, 5) },
    { name: "a convolutional net", build: convolutional },
    { name: "a table", build: textual },
    { name: "recurrent cells", build: sequentialText },
    { name: "nested models", build: nested },
  ])("give the same bits as one thread, for $name", async ({ build }) => {
    const model = build();
    const all = await Promise.all([1, 2, 3, 5].map((threads) => engineOf(model, threads)));
    for (const rows of [150, 0, 1, 3, 97, 230, 150, 150, 150]) {
      const { x, y } = madeUpBatch(model, rows, rows + 1);
      const [alone, ...together] = await Promise.all(all.map((engine) => engine.clippedSum({ x, y })));
      for (const sum of together) expect(bitsOf(sum) === bitsOf(alone)).toBe(true);
      if (rows === 0) await awaitHelpers(1 + 2 + 4);
      x.dispose();
      y.dispose();
    }
  });

  it("give the same bits with a clip per layer that moves from sum to sum", async () => {
    const model = perceptron();
    const clipAt = (norm: number): Clip => ({ kind: "per-layer", l2ClipNorms: [norm, 2 * norm] });
    const all = await Promise.all([1, 3].map((threads) => engineOf(model, threads, clipAt(1))));
    const { x, y } = madeUpBatch(model, 120, 5);
    for (const norm of [1, 0.1, 0.4, 0.01]) {
      const [alone, together] = await Promise.all(all.map((engine) => engine.clippedSum({ x, y }, clipAt(norm))));
      expect(bitsOf(together) === bitsOf(alone)).toBe(true);
      await awaitHelpers(2);
    }
  });

  it("give the same bits for groups of rows, and for two outputs with weights and masks", async () => {
    const x = input({ shape: [4, 3] });
    const trunk = layers.simpleRNN({ units: 6, returnSequences: true, recurrentInitializer: "glorotUniform" }).apply(x);
    const tags = layers.dense({ units: 5 }).apply(trunk) as SymbolicTensor;
    const sure = layers.dense({ units: 2, activation: "softmax" }).apply(trunk) as SymbolicTensor;
    const model = makeModel({ inputs: x, outputs: [tags, sure] });
    const loss: Loss[] = [logits, "meanSquaredError"];
    for (const grouped of [false, true]) {
      const made = [1, 2, 3].map((threads) =>
        engineOf(model, threads, flat, "outputs", { loss, lossWeights: [2, 0.5], grouped }),
      );
      const all = await Promise.all(made);
      for (const units of [3, 40, 120, 120]) {
        const sizes = Uint32Array.from({ length: units }, (_, k) => (grouped ? 1 + (k % 3) : 1));
        const rows = sizes.reduce((a, b) => a + b, 0);
        const waves = (size: number): Float32Array => Float32Array.from({ length: rows * size }, (_, k) => Math.sin(k));
        const batch = {
          x: tensor(waves(12), [rows, 4, 3]),
          y: [
            tensor(
              waves(4).map((_, k) => k % 5),
              [rows, 4],
            ),
            tensor(waves(8), [rows, 4, 2]),
          ],
          sampleWeights: tensor(waves(1).map(Math.abs), [rows]),
          lossMask: [tensor(waves(4).map(Math.round).map(Math.abs), [rows, 4]), ones([rows, 4])],
          ...(grouped ? { groupSizes: sizes } : {}),
        };
        const [alone, ...together] = await Promise.all(all.map((engine) => engine.clippedSum(batch)));
        for (const sum of together) expect(bitsOf(sum) === bitsOf(alone)).toBe(true);
        if (units === 40) await awaitHelpers(3);
      }
    }
  });

  it("drop a sum whose thread was killed with a typed error, or finish it whole, and go on with new threads", async () => {
    const model = perceptron(200, 64, 10);
    const [alone, shared] = [await engineOf(model, 1), await engineOf(model, 3)];
    const { x, y } = madeUpBatch(model, 600, 5);
    await Promise.all([alone.clippedSum({ x, y }), shared.clippedSum({ x, y })]);
    for (let round = 0; round < 12; round++) {
      // both draw the same runs, also after a sum that failed
      const wanted = bitsOf(await alone.clippedSum({ x, y }));
      await awaitHelpers(2);
      // the thread is stopped while the sum is made: the request is out before the sum starts
      const victim = workers.at(-1);
      if (round % 3 === 0) void victim?.terminate();
      else setImmediate(() => void victim?.terminate());
      try {
        expect(bitsOf(await shared.clippedSum({ x, y })) === wanted).toBe(true);
      } catch (error) {
        expect(isPrivacyError(error) && error.code === "invalid_state").toBe(true);
      }
      await sleep(5);
      const again = bitsOf(await shared.clippedSum({ x, y }));
      expect(again === bitsOf(await alone.clippedSum({ x, y }))).toBe(true);
    }
  });

  it("serve two engines at once and any order of disposal, also in the middle of a sum", async () => {
    const [one, two] = [perceptron(), convolutional()];
    const [a, b] = [await engineOf(one, 2), await engineOf(two, 2)];
    const [ones, twos] = [madeUpBatch(one, 100, 1), madeUpBatch(two, 60, 2)];
    const both = await Promise.all([a.clippedSum(ones), b.clippedSum(twos), a.clippedSum(ones), b.clippedSum(twos)]);
    const pending = [a.clippedSum(ones), b.clippedSum(twos)];
    b.dispose();
    a.dispose();
    const sums = [...both, ...(await Promise.all(pending))];
    expect(sums.every(({ sums: own }) => Object.values(own).every((s) => s.every(Number.isInteger)))).toBe(true);
    await expect(a.clippedSum(ones)).rejects.toThrow(/disposed/);
  });

  it.each([0, 65, 1.5, "two"])("refuses %j threads", async (threads) => {
    await expect(engineOf(perceptron(), threads as number)).rejects.toThrow(/\[invalid_argument\] threads/);
  });
});
