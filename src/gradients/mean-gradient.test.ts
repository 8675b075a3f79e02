import {
  type Scalar,
  cast,
  losses as tfLosses,
  mean,
  memory,
  oneHot,
  tidy,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { type LayersModel, initializers, layers, sequential } from "@tensorflow/tfjs-layers";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import { createGradientEngine } from "./gradient-engine.ts";
import { type MeanGradient, type MeanGradientEngine, createMeanGradientEngine } from "./mean-gradient.ts";
import { convolutional, logits, madeUpBatch, nested, perceptron, sequentialText, textual } from "./models.fixture.ts";

beforeAll(() => useBackend("cpu"));
type Initializer = ReturnType<typeof initializers.glorotUniform>;

const engines: { dispose(): void }[] = [];
afterEach(() => {
  for (const engine of engines.splice(0)) engine.dispose();
});

function engineOf(model: LayersModel, threads: number, physicalBatchSize?: number): MeanGradientEngine {
  const chunk = physicalBatchSize === undefined ? {} : { physicalBatchSize };
  const engine = createMeanGradientEngine({ model, loss: logits, threads, ...chunk });
  engines.push(engine);
  return engine;
}

type Batch = ReturnType<typeof madeUpBatch>;

async function gradientOf(engine: MeanGradientEngine, batch: Batch): Promise<MeanGradient> {
  return (await engine.meanGradient(batch)).revealNotPrivate();
}

/** What TensorFlow.js makes of the mean loss. */
function plainGradient(model: LayersModel, { x, y }: Batch): Record<string, Float32Array> {
  const { grads } = variableGrads(() =>
    tidy(() => mean<Scalar>(tfLosses.softmaxCrossEntropy(oneHot(cast(y, "int32"), 5), model.predict(x) as never))),
  );
  return Object.fromEntries(Object.entries(grads).map(([name, own]) => [name, own.dataSync<"float32">()]));
}

/** The largest difference, in units of the largest entry. */
function distance(one: ArrayLike<number>, other: ArrayLike<number>, free = 0): number {
  let [most, off] = [1e-12, 0];
  for (let k = 0; k < one.length; k++) {
    most = Math.max(most, Math.abs(one[k]));
    off = Math.max(off, Math.abs(one[k] - other[k]) - free);
  }
  return off / most;
}

const start = (seed: number): { kernelInitializer: Initializer; recurrentInitializer: Initializer } => ({
  kernelInitializer: initializers.glorotUniform({ seed }),
  recurrentInitializer: initializers.glorotUniform({ seed: seed + 1 }),
});

type CellArgs = Parameters<typeof layers.simpleRNN>[0];
type Cell = Parameters<ReturnType<typeof sequential>["add"]>[0];

/** Sequences `[batch, 6, 5]` through two cells. */
function recurrent(cell: (args: CellArgs) => Cell, goBackwards = false): LayersModel {
  const first = { units: 7, returnSequences: true, goBackwards, inputShape: [6, 5], ...start(1) };
  const { kernelInitializer } = start(5);
  return sequential({
    layers: [cell(first), cell({ units: 9, ...start(3) }), layers.dense({ units: 5, kernelInitializer })],
  });
}

function smallNet(): LayersModel {
  const { kernelInitializer } = start(7);
  return sequential({
    layers: [
      layers.conv2d({ filters: 3, kernelSize: 3, strides: 2, inputShape: [9, 8, 2], kernelInitializer }),
      layers.maxPooling2d({ poolSize: 2, strides: 1 }),
      layers.flatten(),
      layers.dense({ units: 5, kernelInitializer }),
    ],
  });
}

const builds = [
  { name: "LSTMs", build: () => recurrent((args) => layers.lstm(args)) },
  { name: "LSTMs, the first one backwards", build: () => recurrent((args) => layers.lstm(args), true) },
  { name: "simple cells", build: () => recurrent((args) => layers.simpleRNN(args)) },
  { name: "GRUs", build: () => recurrent((args) => layers.gru(args)) },
  { name: "a perceptron", build: () => perceptron(40, 48, 5) },
  { name: "a convolutional net", build: convolutional },
  { name: "a table", build: textual },
  { name: "a table in a chain", build: sequentialText },
  { name: "nested models", build: nested },
];

describe("the plain mean gradient", () => {
  it.each(builds)("is 1/rows of the clipped sum under a clip that nothing reaches, for $name", async ({ build }) => {
    const model = build();
    const clipped = await createGradientEngine({
      engine: "wasm",
      model,
      loss: logits,
      l2ClipNorm: 30,
      threads: 1,
      random: seededRandom("plain"),
      selfCheck: false,
    });
    engines.push(clipped);
    const all = [engineOf(model, 1), engineOf(model, 2), engineOf(model, 3), engineOf(model, 2, 5)];
    for (const rows of [37, 1, 2, 64]) {
      const batch = madeUpBatch(model, rows, rows + 1);
      const { sums, gridExponent, diagnostics } = await clipped.clippedSum(batch);
      const { fractionClipped, losses } = diagnostics.revealNotPrivate();
      expect(fractionClipped).toBe(0);
      for (const engine of all) {
        const own = await gradientOf(engine, batch);
        expect(distance(losses, own.losses)).toBeLessThan(1e-6);
        for (const { name } of engine.weights) {
          const wanted = sums[name].map((multiple) => (multiple * 2 ** gridExponent) / rows);
          // what a run's rounding to the grid may move: there are no more runs than rows
          expect(distance(wanted, own.gradient[name], 2 ** gridExponent)).toBeLessThan(1e-5);
        }
      }
      batch.x.dispose();
      batch.y.dispose();
    }
  });

  it("is TensorFlow.js's, of a perceptron, a convolutional and a recurrent net", async () => {
    for (const model of [perceptron(40, 48, 5), smallNet(), recurrent((args) => layers.lstm(args))]) {
      const batch = madeUpBatch(model, 24, 3);
      const wanted = plainGradient(model, batch);
      const { gradient } = await gradientOf(engineOf(model, 2), batch);
      expect(Object.keys(gradient).toSorted()).toEqual(Object.keys(wanted).toSorted());
      for (const [name, values] of Object.entries(wanted)) expect(distance(values, gradient[name])).toBeLessThan(1e-5);
    }
  });

  it("is zero for no rows, the same for the same rows, and leaves no tensor", async () => {
    const model = perceptron();
    const engine = engineOf(model, 2);
    const [batch, empty] = [madeUpBatch(model, 20, 5), madeUpBatch(model, 0, 5)];
    const { numTensors } = memory();
    const first = await gradientOf(engine, batch);
    const none = await gradientOf(engine, empty);
    expect(Object.values(none.gradient).every((values) => values.every((value) => value === 0))).toBe(true);
    expect(await gradientOf(engine, batch)).toEqual(first);
    expect(memory().numTensors).toBe(numTensors);
  });

  it("drops inputs and states by the source that it was given", async () => {
    const cell = layers.simpleRNN({ units: 6, recurrentDropout: 0.5, inputShape: [4, 3], ...start(9) });
    const { kernelInitializer } = start(11);
    const head = [layers.dropout({ rate: 0.5 }), layers.dense({ units: 5, kernelInitializer })];
    const model = sequential({ layers: [cell, ...head] });
    const batch = madeUpBatch(model, 30, 5);
    const [one, same, other] = await Promise.all(
      ["a", "a", "b"].map((seed) => {
        const engine = createMeanGradientEngine({ model, loss: logits, threads: 2, random: seededRandom(seed) });
        engines.push(engine);
        return gradientOf(engine, batch);
      }),
    );
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it("says that it is not private, and is nothing that a plan could noise", async () => {
    const model = perceptron();
    const engine = engineOf(model, 1);
    const marked = await engine.meanGradient(madeUpBatch(model, 8, 5));
    expect(() => JSON.stringify(marked)).toThrow(/\[invalid_state\]/);
    expect(Object.keys(engine).toSorted()).toEqual(["dispose", "meanGradient", "weights"]);
    expect(Object.keys(marked.revealNotPrivate()).toSorted()).toEqual(["gradient", "losses"]);
  });

  it("refuses losses of the caller's own, threads out of range, and work after its end", async () => {
    const model = perceptron();
    const own = (): never => {
      throw new Error("never called");
    };
    expect(() => createMeanGradientEngine({ model, loss: own })).toThrow(/\[unsupported_model\]/);
    expect(() => createMeanGradientEngine({ model, loss: logits, threads: 0 })).toThrow(/\[invalid_argument\] threads/);
    const engine = engineOf(model, 1);
    engine.dispose();
    await expect(engine.meanGradient(madeUpBatch(model, 8, 5))).rejects.toThrow(/disposed/);
  });
});
