import { setTimeout as sleep } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type GridGaussian, createGridGaussian } from "../noise/index.ts";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import type { GradientEngine, HeldSum, NoiseOrder } from "./engine.ts";
import { createGradientEngine } from "./gradient-engine.ts";
import { convolutional, logits, madeUpBatch, perceptron, textual } from "./models.fixture.ts";

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

type Holding = GradientEngine & Required<Pick<GradientEngine, "holdSum">>;

async function engineOf(model: LayersModel, threads: number): Promise<Holding> {
  const engine = await createGradientEngine({
    engine: "wasm",
    model,
    loss: logits,
    l2ClipNorm: 0.5,
    threads,
    random: seededRandom("held"),
    expectedBatchSize: 100,
    selfCheck: false,
  });
  engines.push(engine);
  if (engine.holdSum === undefined) throw new Error("the wasm engine holds sums");
  return engine as Holding;
}

const orderOf = (seed: string, stddev = 1e6, unit = 2 ** -20): NoiseOrder => ({
  source: createGridGaussian(seededRandom(seed)),
  stddev,
  unit,
});

type Noised = Awaited<ReturnType<HeldSum["addNoise"]>>;
const noised = (engine: Holding, batch: ReturnType<typeof madeUpBatch>, order: NoiseOrder): Promise<Noised> =>
  engine.holdSum(batch, undefined, (sum) => sum.addNoise(order));

const bitsOf = (values: Noised): string =>
  Object.entries(values)
    .map(([name, own]) => name + Buffer.from(own.buffer as ArrayBuffer, own.byteOffset, own.byteLength).toString("hex"))
    .join();

describe("a sum that is held", () => {
  it.each([
    { name: "a perceptron", build: () => perceptron(500, 160, 5) },
    { name: "a convolutional net", build: convolutional },
    { name: "a table", build: textual },
  ])("gets the same noise on any number of threads, for $name", async ({ build }) => {
    const model = build();
    const all = await Promise.all([1, 2, 3].map((threads) => engineOf(model, threads)));
    const orders = all.map(() => orderOf("threads"));
    const { x, y } = madeUpBatch(model, 100, 5);
    for (let round = 0; round < 6; round++) {
      const [alone, ...others] = await Promise.all(all.map((engine, k) => noised(engine, { x, y }, orders[k])));
      for (const other of others) expect(bitsOf(other) === bitsOf(alone)).toBe(true);
      if (round === 0) {
        while (workers.length < 3) await sleep(1);
        await sleep(100);
      }
    }
  });

  it("is the clipped sum where no noise is added, rounded once to f32", async () => {
    const model = perceptron(200, 80, 5);
    const [held, handed] = [await engineOf(model, 2), await engineOf(model, 2)];
    const { x, y } = madeUpBatch(model, 60, 5);
    const unit = 2 ** -20 / 3;
    const sum = await handed.clippedSum({ x, y });
    const values = await noised(held, { x, y }, orderOf("none", 0, unit));
    for (const [name, multiples] of Object.entries(sum.sums)) {
      expect(values[name]).toEqual(Float32Array.from(multiples, (multiple) => multiple * unit));
    }
  });

  it("has noise of the size that was asked for on every weight, and other noise in every sum", async () => {
    const model = perceptron(200, 80, 5);
    const engine = await engineOf(model, 2);
    const { x, y } = madeUpBatch(model, 0, 5);
    const order = orderOf("size", 1e6, 1e-6);
    const [one, other] = [await noised(engine, { x, y }, order), await noised(engine, { x, y }, order)];
    for (const { name, size } of engine.weights) {
      const squares = one[name].reduce((total, value) => total + value * value, 0);
      // chi-square with `size` degrees of freedom: seven of its standard deviations and the skew of small ones
      expect(Math.abs(squares / size - 1)).toBeLessThan(7 * Math.sqrt(2 / size) + 25 / size);
      expect(one[name].some((value, k) => value === other[name][k])).toBe(false);
    }
  });

  it("writes to arrays that it is given, and to no others", async () => {
    const model = perceptron();
    const engine = await engineOf(model, 1);
    const { x, y } = madeUpBatch(model, 20, 5);
    const order = orderOf("into");
    const first = await noised(engine, { x, y }, order);
    const second = await engine.holdSum({ x, y }, undefined, (sum) => sum.addNoise(order, first));
    for (const [name, values] of Object.entries(second)) expect(values).toBe(first[name]);
    const wrong = Object.fromEntries(Object.keys(first).map((name) => [name, new Float32Array(1)]));
    const third = await engine.holdSum({ x, y }, undefined, (sum) => sum.addNoise(order, wrong));
    for (const { name, size } of engine.weights) expect(third[name]).toHaveLength(size);
  });

  it("takes noise once, while it is held, and from a source that threads can share", async () => {
    const model = perceptron();
    const engine = await engineOf(model, 1);
    const { x, y } = madeUpBatch(model, 20, 5);
    const order = orderOf("once");
    let kept: HeldSum | undefined;
    const twice = engine.holdSum({ x, y }, undefined, async (sum) => {
      kept = sum;
      await sum.addNoise(order);
      return sum.addNoise(order);
    });
    await expect(twice).rejects.toMatchObject({ code: "invalid_state", details: { object: "HeldSum" } });
    await expect(kept?.addNoise(order)).rejects.toMatchObject({ code: "invalid_state" });
    const { kind, tvDistance } = order.source;
    const source: GridGaussian = { kind, tvDistance, addNoise: (...values) => order.source.addNoise(...values) };
    const unshared = { ...order, source };
    await expect(noised(engine, { x, y }, unshared)).rejects.toMatchObject({ code: "invalid_argument" });
    // and the memory was given back
    await expect(noised(engine, { x, y }, order)).resolves.toBeDefined();
  });

  it("ends in what its user throws, and holds the memory no longer", async () => {
    const model = perceptron();
    const engine = await engineOf(model, 2);
    const { x, y } = madeUpBatch(model, 20, 5);
    const fails = engine.holdSum({ x, y }, undefined, () => Promise.reject(new Error("on purpose")));
    await expect(fails).rejects.toThrow("on purpose");
    const late = engine.holdSum({ x, y }, undefined, (sum) => {
      // nobody waits for it but the engine
      void sum.addNoise(orderOf("late"));
      return Promise.resolve("done");
    });
    await expect(late).resolves.toBe("done");
    await expect(engine.clippedSum({ x, y })).resolves.toBeDefined();
  });
});
