import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import { choosePhysicalBatchSize } from "./engine-options.ts";
import type { GradientEngine } from "./engine.ts";
import { createGradientEngine } from "./gradient-engine.ts";
import { convolutional, logits, madeUpBatch, nested, perceptron, sequentialText, textual } from "./models.fixture.ts";

beforeAll(() => useBackend("cpu"));

const engineOf = (model: LayersModel, engine: "wasm" | "tfjs" = "wasm"): Promise<GradientEngine> =>
  createGradientEngine({
    engine,
    model,
    loss: logits,
    l2ClipNorm: 1,
    random: seededRandom("predict"),
    selfCheck: false,
    threads: 1,
  });

const endsInSoftmax = (): LayersModel =>
  sequential({
    layers: [
      layers.dense({ inputShape: [40], units: 48, activation: "relu" }),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: 5, activation: "softmax" }),
    ],
  });

async function predictBoth(engine: GradientEngine, model: LayersModel, x: tf.Tensor): Promise<[tf.Tensor, tf.Tensor]> {
  if (engine.predict === undefined) throw new Error("the wasm engine predicts");
  return [(await engine.predict(x)) as tf.Tensor, model.predict(x) as tf.Tensor];
}

describe("predictions of the wasm engine", () => {
  it.each([
    { name: "a perceptron", build: () => perceptron(40, 48, 5) },
    { name: "a convolutional net", build: convolutional },
    { name: "a table", build: textual },
    { name: "recurrent cells", build: sequentialText },
    { name: "nested models", build: nested },
    { name: "a softmax behind Dropout", build: endsInSoftmax },
  ])("are those of the model up to f32 rounding, for $name", async ({ build }) => {
    const model = build();
    const engine = await engineOf(model);
    for (const rows of [1, 7, 600]) {
      const { x, y } = madeUpBatch(model, rows, rows);
      const [ours, theirs] = await predictBoth(engine, model, x);
      expect(ours.shape).toEqual(theirs.shape);
      const [a, b] = [ours.dataSync<"float32">(), theirs.dataSync<"float32">()];
      const scale = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(scale).toBeGreaterThan(0);
      a.forEach((value, k) => expect(Math.abs(value - b[k])).toBeLessThan(2e-6 * scale));
      tf.dispose([x, y, ours, theirs]);
    }
    engine.dispose();
  });

  it("follow the variables, mix with sums, leave no tensor, and end with the engine", async () => {
    const model = perceptron(40, 48, 5);
    const [engine, other] = [await engineOf(model), await engineOf(model)];
    const { x, y } = madeUpBatch(model, 30, 3);
    const wanted = await other.clippedSum({ x, y });
    const before = tf.memory().numTensors;
    const [first] = await Promise.all([engine.predict?.(x), engine.clippedSum({ x, y }), engine.predict?.(x)]);
    expect(tf.memory().numTensors).toBe(before + 2);
    // a prediction between two sums changes neither: both engines draw the same runs
    const [a, b] = [await engine.clippedSum({ x, y }), await other.clippedSum({ x, y })];
    expect(a.sums).toEqual(b.sums);
    expect(Object.keys(wanted.sums)).toEqual(Object.keys(a.sums));
    model.setWeights(model.getWeights().map((w) => tf.zerosLike(w)));
    const zero = await engine.predict?.(x);
    expect((zero as tf.Tensor).dataSync<"float32">().every((value) => value === 0)).toBe(true);
    expect((first as tf.Tensor).dataSync<"float32">().some((value) => value !== 0)).toBe(true);
    engine.dispose();
    await expect(engine.predict?.(x)).rejects.toThrow(/disposed/);
  });

  it("refuse inputs of another shape, as sums do", async () => {
    const engine = await engineOf(perceptron(40, 48, 5));
    await expect(engine.predict?.(tf.zeros([3, 41]))).rejects.toThrow(/\[invalid_argument\] x/);
    expect("predict" in (await engineOf(perceptron(40, 48, 5), "tfjs"))).toBe(false);
  });
});

describe("arrays of a sum that is given back", () => {
  it("hold the next one; a sum that was not given back stays as it is", async () => {
    const model = perceptron(40, 48, 5);
    const [engine, other] = [await engineOf(model), await engineOf(model)];
    const { x, y } = madeUpBatch(model, 30, 3);
    const first = await engine.clippedSum({ x, y });
    const kept = Object.values(first.sums).map((values) => values.slice());
    const second = await engine.clippedSum({ x, y });
    expect(Object.values(first.sums)).toEqual(kept);
    await other.clippedSum({ x, y });
    expect((await other.clippedSum({ x, y })).sums).toEqual(second.sums);
    const third = await engine.clippedSum({ x, y }, undefined, first);
    expect(third.sums).toEqual((await other.clippedSum({ x, y })).sums);
    for (const [name, values] of Object.entries(third.sums)) expect(values).toBe(first.sums[name]);
  });
});

describe("the physical batch that nobody chose", () => {
  it("is 256 for small examples, fewer for large ones, and one for the largest", () => {
    expect(choosePhysicalBatchSize(perceptron())).toBe(256);
    const image = (size: number): LayersModel =>
      sequential({ layers: [layers.conv2d({ inputShape: [size, size, 3], filters: 64, kernelSize: 3 })] });
    const [some, one] = [image(224), image(4096)].map(choosePhysicalBatchSize);
    // 222 · 222 · 64 outputs, thrice
    expect(some).toBe(Math.floor(2 ** 28 / (4 * (3 * 222 * 222 * 64 + 1792 + 1))));
    expect(one).toBe(1);
  });
});

describe("a batch that does not fit in the kernels' memory", () => {
  it("is refused with the number of rows that would fit, before anything is laid out", async () => {
    const model = sequential({ layers: [layers.dense({ inputShape: [2 ** 20], units: 1 })] });
    const engine = await engineOf(model);
    const x = tf.zeros([1500, 1]);
    // rows that share one number: the values themselves are never read
    const wide = Object.create(x, {
      shape: { value: [1500, 2 ** 20] },
      dataSync: { value: () => new Float32Array(0) },
    });
    const y = tf.zeros([1500], "int32");
    const failed = await engine.clippedSum({ x: wide as tf.Tensor, y }).catch((error: unknown) => error);
    const { message } = failed as Error;
    const rows = Number(/at most (\d+) rows/.exec(message)?.[1]);
    // each row is there once as it came and once as it is stored, 4 MiB each
    expect(rows).toBeGreaterThan(300);
    expect(rows).toBeLessThanOrEqual(512);
    expect(message).not.toContain("1500");
    engine.dispose();
  });
});
