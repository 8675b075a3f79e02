import {
  argMax,
  log,
  memory,
  train,
  variableGrads,
  tidy,
  losses as tfLosses,
  oneHot,
  tensor2d,
  tensor1d,
  type Tensor,
  type Scalar,
} from "@tensorflow/tfjs-core";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { account } from "../accounting/index.ts";
import { readLedger } from "../ledger/index.ts";
import { clouds, codeOf, openSeeded, smallModel, smallRun, weightsOf } from "./training.fixture.ts";
import type { TrainingStep } from "./trainer.ts";

const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot(...a.map((v, i) => v - (b[i] ?? 0)));

/** Plain gradient descent on the mean loss over all rows: what private training without noise, clipping or sampling is. */
function plainTraining(steps: number): number[] {
  const model = smallModel();
  const optimizer = train.sgd(0.5);
  const { x, y } = clouds(64);
  for (let i = 0; i < steps; i++) {
    tidy(() => {
      const [xs, ys] = [tensor2d(x.data, [64, 2]), oneHot(tensor1d(y.data, "int32"), 2)];
      const loss = (): Scalar => tfLosses.softmaxCrossEntropy(ys, log(model.predict(xs) as Tensor));
      optimizer.applyGradients(variableGrads(loss).grads);
    });
  }
  return weightsOf(model);
}

describe("the trainer", () => {
  it("D5 without noise, clipping or sampling walks the path of plain training; with noise or a small clip it does not", async () => {
    const engine = await openSeeded(5);
    const whole = { ...smallRun(), expectedBatchSize: 64, steps: 5, l2ClipNorm: 20, noiseMultiplier: 0 };
    const same = await engine.makePrivate(whole);
    await same.fit();
    const plain = plainTraining(5);
    expect(distance(weightsOf(same.model), plain)).toBeLessThan(1e-4);
    for (const change of [{ l2ClipNorm: 0.01 }, { noiseMultiplier: 0.01 }]) {
      const other = await engine.makePrivate({ ...whole, model: smallModel(), ...change });
      await other.fit();
      expect(distance(weightsOf(other.model), plain)).toBeGreaterThan(1e-2);
    }
    await engine.close();
  });

  it("T7 T12 D11 gives the same weights bit for bit, and draws noise once a step, whatever the physical batch", async () => {
    const results: number[][] = [];
    for (const physicalBatchSize of [1, 3, 7, 64]) {
      const engine = await openSeeded(11);
      const trainer = await engine.makePrivate({ ...smallRun(), noiseMultiplier: 1, physicalBatchSize });
      await trainer.fit();
      results.push(weightsOf(trainer.model));
      await engine.close();
    }
    for (const other of results.slice(1)) expect(other).toEqual(results[0]);
  });

  it("T5 D13 takes an empty batch as an ordinary step: noise is drawn, the weights move, the step is counted", async () => {
    const engine = await openSeeded(13);
    // q = 2^-40: a batch that is not empty in 3 steps has probability 2e-10
    const run = { ...smallRun(), datasetSize: 2 ** 40, expectedBatchSize: 1, steps: 3 };
    const trainer = await engine.makePrivate({ ...run, noiseMultiplier: 1 });
    const before = weightsOf(trainer.model);
    const seen: number[] = [];
    await trainer.fit({ onStep: (step) => void seen.push(step.diagnostics.revealNotPrivate().norms.length) });
    expect(seen).toEqual([0, 0, 0]);
    expect(distance(weightsOf(trainer.model), before)).toBeGreaterThan(0.1);
    expect(engine.ledger.spent("clouds").runs[0]?.used).toBe(3);
    await engine.close();
  });

  it("D16 repeats under the same seed and differs under another", async () => {
    const runs: number[][] = [];
    for (const seed of [1, 1, 2]) {
      const engine = await openSeeded(seed);
      const trainer = await engine.makePrivate({ ...smallRun(), noiseMultiplier: 1 });
      await trainer.fit();
      runs.push(weightsOf(trainer.model));
      await engine.close();
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).not.toEqual(runs[0]);
  });

  it("T30 D20 never passes its target: the certified epsilon of the finished run, of every step and of the ledger", async () => {
    const engine = await openSeeded(20, { budget: { epsilon: 3 } });
    const trainer = await engine.makePrivateWithEpsilon({ ...smallRun(), targetEpsilon: 3 });
    const seen: TrainingStep[] = [];
    expect(await trainer.fit({ onStep: (step) => void seen.push(step) })).toEqual({ steps: 10, completed: true });
    const { upper } = engine.getEpsilon({ delta: 1e-5 }).epsilon;
    expect(upper).toBeLessThanOrEqual(3);
    expect(upper).toBeGreaterThan(2.99);
    expect(seen.map((s) => s.index)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(seen.every((s, i) => i === 0 || s.epsilon >= (seen[i - 1]?.epsilon ?? 0))).toBe(true);
    const last = account(trainer.plan.event, { neighboring: "add-or-remove-one" }).guarantee({ delta: 1e-5 });
    expect(seen.at(-1)?.epsilon).toBeGreaterThanOrEqual(last.epsilon.lower);
    expect(seen.at(-1)?.epsilon).toBeLessThanOrEqual(3);
    await engine.close();
  });

  it("learns: 97 % of two clouds at epsilon 3", async () => {
    const engine = await openSeeded(25);
    const trainer = await engine.makePrivateWithEpsilon({
      ...smallRun(),
      steps: 40,
      targetEpsilon: 3,
      data: { id: "clouds", ...clouds(2000) },
      datasetSize: 2000,
      expectedBatchSize: 200,
    });
    await trainer.fit();
    const { x, y } = clouds(500);
    const predicted = argMax((await trainer.predict(tensor2d(x.data, [500, 2]))) as Tensor, 1).dataSync<"int32">();
    expect(predicted.filter((p, i) => p === y.data[i]).length / 500).toBeGreaterThan(0.97);
    await engine.close();
  });

  it("T29 stops at a signal after the step in progress and commits exactly the steps taken", async () => {
    const engine = await openSeeded(29);
    const trainer = await engine.makePrivate({ ...smallRun(), noiseMultiplier: 1 });
    const stop = new AbortController();
    const result = await trainer.fit({
      signal: stop.signal,
      onStep: ({ index }) => void (index === 4 && stop.abort()),
    });
    expect(result).toEqual({ steps: 4, completed: false });
    const [run] = engine.ledger.spent("clouds").runs;
    expect([run?.used, run?.reserved, run?.left]).toEqual([4, 0, 6]);
    const dir = engine.ledger.dir;
    await engine.close();
    expect((await readLedger(dir)).records.at(-1)?.type).toBe("commit");
  });

  it("T29 commits what was used when the loop is left or the caller throws, and can go on", async () => {
    const engine = await openSeeded(30);
    const trainer = await engine.makePrivate({ ...smallRun(), noiseMultiplier: 1 });
    for await (const step of trainer.steps()) if (step.index === 2) break;
    await expect(trainer.fit({ onStep: () => Promise.reject(new Error("mine")) })).rejects.toThrow("mine");
    expect(trainer.stepsTaken).toBe(3);
    expect(engine.ledger.spent("clouds").runs[0]?.used).toBe(3);
    for await (const step of trainer.steps({ count: 2 })) expect(step.index).toBeGreaterThan(3);
    expect((await trainer.fit()).completed).toBe(true);
    await engine.close();
  });

  it("D23 refuses more steps than planned, two loops at once, and use after disposal; none of it spends", async () => {
    const engine = await openSeeded(23);
    const trainer = await engine.makePrivate({ ...smallRun(), noiseMultiplier: 1 });
    expect(await codeOf(() => trainer.steps({ count: 11 }).next())).toBe("budget_exceeded");
    const first = trainer.steps();
    await first.next();
    expect(await codeOf(() => trainer.steps().next())).toBe("invalid_state");
    await first.return();
    expect(trainer.stepsTaken).toBe(1);
    trainer.dispose();
    trainer.dispose();
    expect(await codeOf(() => trainer.fit())).toBe("invalid_state");
    expect(engine.ledger.spent("clouds").runs[0]?.used).toBe(1);
    await engine.close();
  });

  it("P27 P28 keeps the number of tensors constant over ten saves and over 200 steps of varying batches", async () => {
    const engine = await openSeeded(28);
    const trainer = await engine.makePrivate({
      ...smallRun(),
      optimizer: train.adam(0.01),
      steps: 200,
      expectedBatchSize: 2,
      noiseMultiplier: 1,
    });
    const counts: number[] = [];
    await trainer.fit({ onStep: ({ index }) => void (index >= 10 && counts.push(memory().numTensors)) });
    expect(new Set(counts).size).toBe(1);
    const dir = join(engine.ledger.dir, "checkpoint");
    const before = memory().numTensors;
    for (let i = 0; i < 10; i++) await trainer.save(dir);
    expect(memory().numTensors).toBe(before);
    await engine.close();
  });

  it("T31 writes nothing private: no seed, batch size, loss or norm is in the ledger", async () => {
    const engine = await openSeeded(31);
    const trainer = await engine.makePrivate({ ...smallRun(), noiseMultiplier: 1 });
    await trainer.fit();
    const text = readFileSync(join(engine.ledger.dir, "ledger.jsonl"), "utf8");
    expect(text).not.toMatch(/loss|norm|batchSize|seed"|fraction|rows/i);
    await engine.close();
  });
});
