import { memory, tensor } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { type Batch, type RowSource, rowsFromArrays } from "./rows.ts";
import type { PrivacyEngine } from "./privacy-engine.ts";
import type { PrivateTrainer } from "./trainer.ts";
import { clouds, codeOf, openSeeded, smallModel, smallRun, weightsOf } from "./training.fixture.ts";

const honest = (): RowSource => {
  const { x, y } = clouds(64);
  return rowsFromArrays(x, y);
};

/** A run over the clouds whose source does with each batch what it likes. */
async function runOver(gather: RowSource["gather"]): Promise<{ engine: PrivacyEngine; trainer: PrivateTrainer }> {
  const engine = await openSeeded(41);
  const source = { rows: 64, gather };
  const trainer = await engine.makePrivate({ ...smallRun(), data: { id: "clouds", source }, noiseMultiplier: 1 });
  return { engine, trainer };
}

const usedBy = (engine: PrivacyEngine): number | undefined => engine.ledger.spent("clouds").runs[0]?.used;

describe("a data source that lies", () => {
  it("cannot put a record into a batch twice, leave one out, or hand over something else: nothing is noised or spent", async () => {
    const source = honest();
    const doubled = (indices: Uint32Array): Batch | Promise<Batch> =>
      source.gather(Uint32Array.from([...indices, ...indices].toSorted((a, b) => a - b)));
    const lies: ((indices: Uint32Array) => unknown)[] = [
      doubled,
      (indices) => source.gather(indices.slice(1)),
      async (indices) => ({ ...(await source.gather(indices)), y: tensor([0]) }),
      () => ({ x: [], y: undefined }),
      () => ({ x: tensor([[1, 2]]), y: tensor([1]) }),
      () => undefined,
      () => "batch",
      async (indices) => ({ x: [tensor(new Float32Array(indices.length))], y: (await source.gather(indices)).y }),
    ];
    for (const lie of lies) {
      const { engine, trainer } = await runOver(lie as RowSource["gather"]);
      const before = weightsOf(trainer.model);
      expect(["invalid_state", "invalid_argument"]).toContain(await codeOf(() => trainer.fit()));
      expect(weightsOf(trainer.model)).toEqual(before);
      expect(usedBy(engine)).toBe(0);
      await engine.close();
    }
  });

  it("is not told in the message how many rows were drawn or came", async () => {
    const { engine, trainer } = await runOver((indices) => honest().gather(indices.slice(1)));
    await expect(trainer.fit()).rejects.toThrow(/^[^\d]*$/);
    await engine.close();
  });

  it("that throws, at once or later, costs no step that drew no noise, and leaves no tensor", async () => {
    const source = honest();
    for (const fail of [
      () => {
        throw new Error("disk");
      },
      () => Promise.reject(new Error("disk")),
    ]) {
      let calls = 0;
      const { engine, trainer } = await runOver((indices) => (++calls > 3 ? fail() : source.gather(indices)));
      const before = memory().numTensors;
      await expect(trainer.fit()).rejects.toThrow("disk");
      expect([usedBy(engine), trainer.stepsTaken, memory().numTensors]).toEqual([3, 3, before]);
      await engine.close();
    }
  });

  it("gets rows that are not finite left out, and trains on the others", async () => {
    const source = honest();
    const { engine, trainer } = await runOver(async (indices) => {
      const { x, y } = await source.gather(indices);
      for (const t of x) t.dispose();
      return { x: [tensor(new Float32Array(2 * indices.length).fill(NaN), [indices.length, 2])], y };
    });
    expect((await trainer.fit()).completed).toBe(true);
    expect(weightsOf(trainer.model).every(Number.isFinite)).toBe(true);
    await engine.close();
  });
});

describe("calls in any order", () => {
  it("end, dispose and close in the middle of a loop end in a typed error and in a ledger that counts what was used", async () => {
    for (const disturb of [
      (trainer: PrivateTrainer) => trainer.dispose(),
      (trainer: PrivateTrainer) => trainer.end(),
      (trainer: PrivateTrainer) => trainer.fit(),
    ]) {
      const engine = await openSeeded(42);
      const trainer = await engine.makePrivate({ ...smallRun(), noiseMultiplier: 1 });
      const run = trainer.fit({ onStep: ({ index }) => (index === 3 ? disturb(trainer) : undefined) });
      expect(await codeOf(() => run)).toBe("invalid_state");
      expect(usedBy(engine)).toBe(3);
      await engine.close();
    }
    const engine = await openSeeded(43);
    const trainer = await engine.makePrivate({ ...smallRun(), noiseMultiplier: 1 });
    const run = trainer.fit({ onStep: ({ index }) => (index === 3 ? engine.close() : undefined) });
    expect(await codeOf(() => run)).toBe("invalid_state");
    expect(trainer.stepsTaken).toBeLessThanOrEqual(10);
  });

  it("a refused end leaves the trainer usable for another try, and count must be a whole number", async () => {
    const engine = await openSeeded(44);
    const trainer = await engine.makePrivate({ ...smallRun(), noiseMultiplier: 1 });
    for (const count of [-1, 1.5, NaN, Infinity]) {
      expect(await codeOf(() => trainer.steps({ count }).next())).toBe("invalid_argument");
    }
    await engine.close();
    expect(await codeOf(() => trainer.end())).toBe("invalid_state");
    expect(await codeOf(() => trainer.end())).toBe("invalid_state");
  });

  it("T29 two trainers of one model at once spend twice, each its own steps", async () => {
    const engine = await openSeeded(45);
    const model = smallModel();
    const one = await engine.makePrivate({ ...smallRun(model), noiseMultiplier: 2 });
    const two = await engine.makePrivate({ ...smallRun(model), noiseMultiplier: 2 });
    await Promise.all([one.fit(), two.fit()]);
    expect(engine.ledger.spent("clouds").runs.map((run) => run.used)).toEqual([10, 10]);
    await engine.close();
  });
});

describe("a ledger that fails", () => {
  it("at reserve draws no noise; at commit counts the block as spent; and nothing is reserved afterwards", async () => {
    const engine = await openSeeded(46);
    const trainer = await engine.makePrivate({ ...smallRun(), noiseMultiplier: 1 });
    const before = weightsOf(trainer.model);
    engine.ledger.reserve = () => Promise.reject(new Error("no space"));
    await expect(trainer.fit()).rejects.toThrow("no space");
    expect([trainer.stepsTaken, weightsOf(trainer.model)]).toEqual([0, before]);
    Reflect.deleteProperty(engine.ledger, "reserve");
    engine.ledger.commit = () => Promise.reject(new Error("no space"));
    await expect(trainer.fit()).rejects.toThrow("no space");
    expect(engine.ledger.spent("clouds").runs).toMatchObject([{ used: 0, reserved: 10, left: 0 }]);
    expect(await codeOf(() => trainer.steps({ count: 1 }).next())).toBe("budget_exceeded");
    await engine.close();
  });
});

describe("a model or optimizer that changed since the plan was made", () => {
  it("trains exactly the weights that were planned, whatever was frozen since", async () => {
    const engine = await openSeeded(47);
    const trainer = await engine.makePrivate({ ...smallRun(), noiseMultiplier: 1 });
    const [first] = trainer.model.layers;
    if (first !== undefined) first.trainable = false;
    const before = trainer.model.getWeights().map((w) => [...w.dataSync()]);
    await trainer.fit();
    const after = trainer.model.getWeights().map((w) => [...w.dataSync()]);
    expect(after.map((values, i) => values.some((v, k) => v !== before[i]?.[k]))).toEqual([true, true, true, true]);
    await engine.close();
  });
});
