import * as tf from "@tensorflow/tfjs-core";
import {
  type LayersModel,
  type SymbolicTensor,
  model as buildModel,
  input,
  layers,
  sequential,
} from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { isPrivacyError } from "../core/index.ts";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import type { GradientEngineOptions } from "./engine.ts";
import { type ClippedSum, type Loss, createGradientEngine } from "./index.ts";
import { testNumbers } from "./models.fixture.ts";
import { convolutional, logits, madeUpBatch, nested, perceptron, sequentialText, textual } from "./models.fixture.ts";

/** Every kind of operation: padding, poolings, strides, dilation, layers above and below the size of a product. */
function mixed(): LayersModel {
  const net = sequential({
    layers: [
      layers.zeroPadding2d({
        padding: [
          [1, 0],
          [0, 2],
        ] as unknown as number,
        inputShape: [9, 8, 2],
      }),
      layers.conv2d({ filters: 4, kernelSize: 3, padding: "same", activation: "elu" }),
      layers.maxPooling2d({ poolSize: 2, strides: 1 }),
      layers.conv2d({ filters: 6, kernelSize: [3, 2], strides: 2, useBias: false, activation: "tanh" }),
      layers.averagePooling2d({ poolSize: 2, strides: 1, padding: "same" }),
      layers.conv2d({ filters: 5, kernelSize: 2, dilationRate: 2, activation: "softplus" }),
      layers.flatten(),
      layers.dense({ units: 120 }),
      layers.activation({ activation: "relu" }),
      layers.dense({ units: 24, activation: "sigmoid", trainable: false }),
      layers.dense({ units: 5 }),
    ],
  });
  const next = testNumbers(98);
  for (const layer of net.layers) {
    const values = layer.getWeights().map((w) =>
      tf.tensor(
        Array.from({ length: w.size }, () => next() - 0.5),
        w.shape,
      ),
    );
    layer.setWeights(values);
    tf.dispose(values);
  }
  return net;
}

/** Nets that read numbers, of which any can be none. */
const numeric = { perceptron: () => perceptron(), mixed, convolutional };
const nets = { perceptron: () => perceptron(), mixed, textual, nested, convolutional };

async function sum(options: Partial<GradientEngineOptions> & { model: LayersModel }, x: tf.Tensor, y: tf.Tensor) {
  const engine = await createGradientEngine({
    engine: "wasm",
    loss: logits,
    l2ClipNorm: 0.5,
    random: seededRandom("runs"),
    ...options,
  });
  const result = await engine.clippedSum({ x, y });
  engine.dispose();
  return { ...result, ...result.diagnostics.revealNotPrivate() };
}

function distance(a: ClippedSum, b: ClippedSum): number {
  return Math.hypot(
    ...Object.entries(a.sums).map(([name, values]) => {
      return 2 ** a.gridExponent * Math.hypot(...values.map((v, k) => v - (b.sums[name]?.[k] ?? Number.NaN)));
    }),
  );
}

describe("the wasm engine", () => {
  beforeAll(() => useBackend("wasm"));

  it.each(Object.entries(nets))(
    "%s: says what the tfjs engine says, of the same runs and at the same price",
    async (_, build) => {
      const model = build();
      const { x, y } = madeUpBatch(model, 150, 1);
      const [ours, theirs] = [await sum({ model }, x, y), await sum({ model, engine: "tfjs" }, x, y)];
      expect([ours.sensitivity, ours.gridExponent]).toEqual([theirs.sensitivity, theirs.gridExponent]);
      expect(ours.fractionClipped).toBeGreaterThan(0);
      ours.norms.forEach((norm, row) => {
        expect(Math.abs(norm - theirs.norms[row])).toBeLessThanOrEqual(1e-5 * norm);
        expect(ours.losses[row]).toBeCloseTo(theirs.losses[row], 5);
      });
      // every entry's sum of runs may fall on the neighboring grid point
      expect(distance(ours, theirs)).toBeLessThanOrEqual(1e-5 * 150 * 0.5 + 2 ** -14 * 0.5);
    },
  );

  const named: [Loss, string, (rows: number) => tf.Tensor][] = [
    ["categoricalCrossentropy", "softmax", (n) => oneHot(n)],
    ["sparseCategoricalCrossentropy", "softmax", (n) => classes(n)],
    ["categoricalCrossentropy", "sigmoid", (n) => oneHot(n)],
    ["binaryCrossentropy", "sigmoid", (n) => oneHot(n)],
    [{ kind: "categoricalCrossentropy", fromLogits: true }, "linear", (n) => oneHot(n)],
    [{ kind: "sparseCategoricalCrossentropy", fromLogits: true }, "tanh", (n) => tf.reshape(classes(n), [n, 1])],
    [{ kind: "binaryCrossentropy", fromLogits: true }, "linear", (n) => oneHot(n)],
    ["meanSquaredError", "softmax", (n) => oneHot(n)],
    ["meanSquaredError", "elu", (n) => oneHot(n)],
  ];
  const classes = (rows: number): tf.Tensor =>
    tf.tensor1d(
      Array.from({ length: rows }, (_, k) => (k * k) % 5),
      "int32",
    );
  const oneHot = (rows: number): tf.Tensor => {
    return tf.tensor2d(Array.from({ length: rows }, (_, k) => [0, 1, 2, 3, 4].map((c) => Number(c === (k * k) % 5))));
  };

  it.each(named)("D1 %j after %s: losses and norms of the tfjs engine", async (loss, activation, labels) => {
    const model = sequential({
      layers: [layers.dense({ units: 5, activation: activation as "relu", inputShape: [7] })],
    });
    const { x } = madeUpBatch(model, 20, 2);
    const [ours, theirs] = [
      await sum({ model, loss }, x, labels(20)),
      await sum({ model, loss, engine: "tfjs" }, x, labels(20)),
    ];
    ours.norms.forEach((norm, row) => {
      expect(Math.abs(norm - theirs.norms[row])).toBeLessThanOrEqual(2e-5 * norm + 1e-7);
      expect(Math.abs(ours.losses[row] - theirs.losses[row])).toBeLessThanOrEqual(1e-5 * (1 + theirs.losses[row]));
    });
  });

  it.each(Object.entries(nets))("D11 %s: physical batches of 1, 3, 7 and all give the same bits", async (_, build) => {
    const model = build();
    const { x, y } = madeUpBatch(model, 20, 1);
    const results = [];
    for (const physicalBatchSize of [1, 3, 7, 20]) {
      const { sums, norms, losses } = await sum(
        { model, physicalBatchSize, selfCheck: false, expectedBatchSize: 100 },
        x,
        y,
      );
      results.push({ sums, norms, losses });
    }
    for (const result of results) expect(result).toEqual(results[0]);
  });

  it.each(Object.entries(nets))("%s: a row's norm does not depend on its batch, bit for bit", async (_, build) => {
    const model = build();
    const { x, y } = madeUpBatch(model, 33, 2);
    const together = (await sum({ model }, x, y)).norms;
    for (const [first, count] of [
      [0, 1],
      [5, 2],
      [17, 16],
      [32, 1],
    ] as const) {
      const { norms } = await sum({ model }, tf.slice(x, [first], [count]), tf.slice(y, [first], [count]));
      expect([...norms]).toEqual([...together.subarray(first, first + count)]);
    }
  });

  it.each(Object.entries(numeric))(
    "D8 %s: the sum moves by at most the sensitivity when a row is zeroed",
    async (_, build) => {
      const model = build();
      const { x, y } = madeUpBatch(model, 60, 5);
      // a row that is not finite leaves zeros: the other rows keep their runs
      for (let gone = 0; gone < 60; gone += 7) {
        const values = x.dataSync().slice();
        const size = values.length / 60;
        values[gone * size] = Number.NaN;
        const whole = await sum({ model, selfCheck: false, expectedBatchSize: 60, l2ClipNorm: 0.01 }, x, y);
        const without = await sum(
          { model, selfCheck: false, expectedBatchSize: 60, l2ClipNorm: 0.01 },
          tf.tensor(values, x.shape),
          y,
        );
        expect(without.nonFiniteRows).toBe(1);
        expect(distance(whole, without)).toBeLessThanOrEqual(whole.sensitivity);
        // every row was clipped: one gone is one norm C gone
        expect(whole.fractionClipped).toBe(1);
        expect(distance(whole, without)).toBeGreaterThan(0.01 * (1 - 2e-3));
      }
    },
  );

  it.each(Object.entries(numeric))(
    "D9 %s: leaves a row that is not finite out of the sum, and counts it",
    async (_, build) => {
      const model = build();
      const { x, y } = madeUpBatch(model, 6, 7);
      const spoiled = x.dataSync().slice();
      spoiled[(2 * x.size) / 6 + 5] = Number.NaN;
      spoiled[(4 * x.size) / 6 + 9] = Number.POSITIVE_INFINITY;
      const keep = tf.tensor1d([0, 1, 3, 5], "int32");
      const options = { model, expectedBatchSize: 40 };
      const whole = await sum(options, tf.tensor(spoiled, x.shape), y);
      const clean = await sum(options, tf.gather(x, keep), tf.gather(y, keep));
      expect(whole.nonFiniteRows).toBe(2);
      expect(whole.sums).toEqual(clean.sums);
    },
  );

  it("draws a mask per row and step: of dropped rows half a network is left, scaled so that the mean stays", async () => {
    const build = (rate: number): LayersModel =>
      sequential({
        layers: [
          layers.dropout({ rate, inputShape: [400] }),
          layers.dense({ units: 5, kernelInitializer: "zeros", biasInitializer: "zeros" }),
        ],
      });
    const x = tf.ones([64, 400]);
    const y = tf.tensor1d(Array.from({ length: 64 }, (_, k) => k % 5));
    const [masked, whole] = [
      await sum({ model: build(0.75), l2ClipNorm: 1e6 }, x, y),
      await sum({ model: build(0) }, x, y),
    ];
    // at zero weights the gradient is 0.2 − y for every entry that is kept, times 4: ‖g‖² = 0.8 · (16 · kept + 1)
    const kept = [...masked.norms].map((norm) => (norm ** 2 / 0.8 - 1) / 16);
    kept.forEach((count) => expect(Math.abs(count - Math.round(count))).toBeLessThan(1e-3));
    expect(new Set(kept.map(Math.round)).size).toBeGreaterThan(10);
    // 25,600 draws of probability 1/4: 7 standard deviations, a false alarm below 1e-11
    const total = kept.reduce((a, b) => a + b, 0);
    expect(Math.abs(total - 6400)).toBeLessThan(7 * Math.sqrt(25_600 * 0.25 * 0.75));
    expect([...whole.norms].every((norm) => Math.abs(norm - Math.sqrt(0.8 * 401)) < 1e-4)).toBe(true);
    const again = await sum({ model: build(0.75), physicalBatchSize: 7, l2ClipNorm: 1e6 }, x, y);
    expect([...again.norms]).toEqual([...masked.norms]);
    const other = await sum({ model: build(0.75), random: seededRandom("other"), l2ClipNorm: 1e6 }, x, y);
    expect([...other.norms]).not.toEqual([...masked.norms]);
  });

  it("one long run in f64 and many short ones in f32 agree within what is priced for each", async () => {
    const model = perceptron();
    const { x, y } = madeUpBatch(model, 300, 15);
    const [one, many] = [
      await sum({ model, expectedBatchSize: 1 }, x, y),
      await sum({ model, expectedBatchSize: 2000 }, x, y),
    ];
    expect(distance(one, many)).toBeGreaterThan(0);
    expect(distance(one, many)).toBeLessThanOrEqual(33 * 2 ** -14 * 0.5 + 300 * 96 * 2 ** -24 * 0.5);
  });

  it("D13 sums an empty batch to zero", async () => {
    const model = mixed();
    const { x, y } = madeUpBatch(model, 2, 1);
    const { sums, norms, losses } = await sum({ model }, tf.slice(x, [0], [0]), tf.slice(y, [0], [0]));
    expect([norms.length, losses.length]).toEqual([0, 0]);
    expect(Object.values(sums).every((values) => values.every((v) => v === 0))).toBe(true);
  });

  it("reads the weights anew at every sum, and leaves no tensor behind", async () => {
    const model = perceptron();
    const { x, y } = madeUpBatch(model, 8, 4);
    const engine = await createGradientEngine({
      engine: "wasm",
      model,
      loss: logits,
      l2ClipNorm: 1,
      random: seededRandom(2),
    });
    const before = (await engine.clippedSum({ x, y })).diagnostics.revealNotPrivate().losses;
    const tensors = tf.memory().numTensors;
    for (let step = 0; step < 50; step++) await engine.clippedSum({ x, y });
    expect(tf.memory().numTensors).toBe(tensors);
    const [kernel] = model.getWeights();
    model.layers[0]?.setWeights([tf.mul(kernel, 2), model.getWeights()[1]]);
    const after = (await engine.clippedSum({ x, y })).diagnostics.revealNotPrivate().losses;
    expect(after).not.toEqual(before);
    engine.dispose();
    await expect(engine.clippedSum({ x, y })).rejects.toThrow(/invalid_state/);
  });
});

describe("the choice of an engine", () => {
  beforeAll(() => useBackend("wasm"));
  const options = { loss: logits, l2ClipNorm: 1, random: seededRandom(3) } as const;

  it("takes the kernels where they know every layer, and says so", async () => {
    const engine = await createGradientEngine({ ...options, model: mixed() });
    expect(engine.kind).toBe("wasm");
    for (const plan of engine.explain())
      expect(plan.engineWhy).toMatch(/^every layer has kernels \((simd|relaxed-simd|wide), \d+ threads?\)$/);
    expect(engine.explain().map((plan) => plan.layerClass)).toEqual(["Conv2D", "Conv2D", "Conv2D", "Dense", "Dense"]);
  });

  const masked = (): LayersModel =>
    sequential({
      layers: [
        layers.embedding({ inputDim: 9, outputDim: 3, inputLength: 4, maskZero: true }),
        layers.flatten(),
        layers.dense({ units: 5 }),
      ],
    });
  const unknown = (): LayersModel =>
    sequential({
      layers: [
        layers.dense({ units: 5, activation: "logSoftmax" as "relu", inputShape: [8] }),
        layers.dense({ units: 5 }),
      ],
    });
  const unread = (): LayersModel => {
    const x = input({ shape: [8] });
    const inputs = [x, input({ shape: [null] })];
    return buildModel({ inputs, outputs: layers.dense({ units: 5 }).apply(x) as SymbolicTensor });
  };
  it.each([
    [unread, /an axis of its inputs has no fixed length/],
    [masked, /flatten_.*\(Flatten\): it stands behind a mask/],
    [unknown, /dense_.*\(Dense\): its activation logSoftmax has no kernel yet/],
  ])("falls back to tfjs with the layer in the way, or refuses if told not to", async (build, reason) => {
    const model = build();
    const engine = await createGradientEngine({ ...options, model });
    expect(engine.kind).toBe("tfjs");
    expect(engine.explain()[0]?.engineWhy).toMatch(reason);
    const refusal = await createGradientEngine({ ...options, model, engine: "wasm" }).catch((e: unknown) => e);
    expect(isPrivacyError(refusal) && refusal.code).toBe("unsupported_model");
    expect(String(refusal)).toMatch(reason);
  });

  it("falls back for a loss of the caller's own, and takes tfjs when told to", async () => {
    const loss = (y: tf.Tensor, out: tf.Tensor): tf.Tensor => tf.mean(tf.squaredDifference(out, y), -1);
    const own = await createGradientEngine({ ...options, model: perceptron(), loss });
    expect([own.kind, own.explain()[0]?.engineWhy]).toEqual(["tfjs", expect.stringMatching(/the loss is a function/)]);
    const asked = await createGradientEngine({ ...options, model: perceptron(), engine: "tfjs" });
    expect([asked.kind, asked.explain()[0]?.engineWhy]).toEqual(["tfjs", "asked for"]);
    const wrong = { ...options, model: perceptron(), engine: "gpu" as "wasm" };
    await expect(createGradientEngine(wrong)).rejects.toThrow(/\[invalid_argument\] engine must be/);
  });

  it("refuses ids outside a table, where other numbers lie, and cuts fractions as TensorFlow.js does", async () => {
    const model = sequentialText();
    const engine = await createGradientEngine({ ...options, engine: "wasm", model });
    const y = tf.tensor([0, 1]);
    const ids = (odd: number): tf.Tensor =>
      tf.tensor([
        [0, 1, 2, 3, 4, 5, 6],
        [29, 7, 7, 7, odd, 8, 9],
      ]);
    for (const odd of [30, -1, 1e9, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(engine.clippedSum({ x: ids(odd), y })).rejects.toThrow(/ids in \[0, 30\)/);
    }
    const [cut, whole] = [await engine.clippedSum({ x: ids(11.9), y }), await engine.clippedSum({ x: ids(11), y })];
    expect(cut.sums).toEqual(whole.sums);
    engine.dispose();
  });

  it("T25 refuses labels and inputs of other shapes as the tfjs engine does", async () => {
    const model = perceptron();
    const { x, y } = madeUpBatch(model, 3, 14);
    const engine = await createGradientEngine({ ...options, engine: "wasm", model });
    await expect(engine.clippedSum({ x: tf.zeros([3, 39]), y })).rejects.toThrow(/shape \[batch, 40\]/);
    await expect(engine.clippedSum({ x, y: tf.tensor([0, 1, 5]) })).rejects.toThrow(/whole class numbers in \[0, 5\)/);
    await expect(engine.clippedSum({ x, y: tf.zeros([3, 2]) })).rejects.toThrow(/class numbers of shape/);
    const squared = await createGradientEngine({ ...options, engine: "wasm", model, loss: "meanSquaredError" });
    await expect(squared.clippedSum({ x, y: tf.zeros([3]) })).rejects.toThrow(/shape \[batch, 5\]/);
  });
});
