import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Optimizer, train } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { PrivacyEngine } from "./privacy-engine.ts";
import type { RunOptions } from "./run-options.ts";
import type { PrivateTrainer } from "./trainer.ts";
import { freshFolder, openSeeded, smallRun, weightsOf } from "./training.fixture.ts";
import { seededRandom } from "../testing/index.ts";

/** The same optimizer, but its steps are TensorFlow.js's: kernels leave a replaced method alone. */
function byTensorFlow(optimizer: Optimizer): Optimizer {
  const apply = optimizer.applyGradients.bind(optimizer);
  optimizer.applyGradients = (gradients) => apply(gradients);
  return optimizer;
}

const runOf = (optimizer: Optimizer): RunOptions => ({ ...smallRun(), optimizer, engine: "wasm" });

async function momentsOf(optimizer: Optimizer): Promise<number[]> {
  const state = await optimizer.getWeights();
  const numbers = state.flatMap(({ tensor }) => [...tensor.dataSync()]);
  state[0].tensor.dispose();
  return numbers;
}

async function takeSteps(trainer: PrivateTrainer, count: number): Promise<void> {
  for await (const _ of trainer.steps({ count }));
}

const optimizers = [
  { name: "sgd", make: () => train.sgd(0.5) },
  { name: "momentum", make: () => train.momentum(0.1, 0.9) },
  { name: "adam", make: () => train.adam(0.05) },
];

describe("a trainer whose sums are made by kernels", () => {
  it.each(optimizers)("moves weights and state as tf.train does, to the bit: $name", async ({ make }) => {
    const results: { weights: number[]; moments: number[]; saved: Buffer }[] = [];
    for (const optimizer of [make(), byTensorFlow(make())]) {
      const engine = await openSeeded(41);
      const trainer = await engine.makePrivate({ ...runOf(optimizer), noiseMultiplier: 1 });
      const folder = freshFolder();
      await takeSteps(trainer, 4);
      await trainer.save(folder);
      const saved = readFileSync(join(folder, "step-4", "optimizer.bin"));
      await takeSteps(trainer, 3);
      results.push({ weights: weightsOf(trainer.model), moments: await momentsOf(optimizer), saved });
      trainer.dispose();
      await engine.close();
    }
    expect(results[0]).toEqual(results[1]);
  });

  it("shows the new weights after every step, and resumes with the moments of the step that was saved", async () => {
    const ledger = freshFolder();
    const folder = freshFolder();
    const random = seededRandom(43);
    const engine = await openSeeded(43, { ledger });
    const trainer = await engine.makePrivate({ ...runOf(train.adam(0.05)), noiseMultiplier: 1 });
    const seen: number[][] = [];
    for await (const _ of trainer.steps({ count: 3 })) {
      seen.push(weightsOf(trainer.model));
      // in the middle of the loop
      if (seen.length === 2) await trainer.save(folder);
    }
    expect(new Set(seen.map(String)).size).toBe(3);
    trainer.dispose();
    await engine.close();
    const { data, loss } = smallRun();
    const optimizer = train.adam(0.05);
    const resumed = await PrivacyEngine.resume(folder, { ledger, data, loss, optimizer, random, engine: "wasm" });
    expect(weightsOf(resumed.trainer.model)).toEqual(seen[1]);
    const moments = await momentsOf(optimizer);
    expect(moments[0]).toBe(2);
    expect(moments.slice(1).some((value) => value !== 0)).toBe(true);
    await takeSteps(resumed.trainer, 1);
    expect((await momentsOf(optimizer))[0]).toBe(3);
    resumed.trainer.dispose();
    await resumed.engine.close();
  });
});
