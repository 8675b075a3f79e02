import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, type SymbolicTensor, input, layers, model, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import { type GradientBatch, type GradientEngineOptions, type Loss, createGradientEngine } from "./index.ts";

const sparse = { kind: "sparseCategoricalCrossentropy", fromLogits: true } as const;

/** Two heads on one trunk: class scores `[batch, 3]` and numbers `[batch, 2]`. */
function twoHeads(): LayersModel {
  const x = input({ shape: [4] });
  const trunk = layers.dense({ units: 6, activation: "tanh" }).apply(x);
  const outputs = [3, 2].map((units) => layers.dense({ units }).apply(trunk) as SymbolicTensor);
  return model({ inputs: x, outputs });
}

const tagger = (): LayersModel => sequential({ layers: [layers.dense({ units: 3, inputShape: [4, 2] })] });

type Made = Omit<GradientEngineOptions, "random">;

interface Summed {
  /** Of the grid. */
  readonly step: number;
  readonly sums: ReadonlyMap<string, Float64Array>;
  readonly norms: number[];
}

async function sumOf(options: Made, batch: GradientBatch): Promise<Summed> {
  const engine = await createGradientEngine({ ...options, random: seededRandom("targets") });
  const { sums, gridExponent, diagnostics } = await engine.clippedSum(batch);
  engine.dispose();
  const scaled = Object.entries(sums).map(([name, v]) => [name, v.map((k) => k * 2 ** gridExponent)] as const);
  return { step: 2 ** gridExponent, sums: new Map(scaled), norms: [...diagnostics.revealNotPrivate().norms] };
}

function expectClose(a: readonly number[], b: readonly number[], tolerance = 1e-5): void {
  expect(a.length).toBe(b.length);
  a.forEach((value, k) => expect(Math.abs(value - b[k])).toBeLessThanOrEqual(tolerance * (1e-2 + Math.abs(b[k]))));
}

describe("several outputs", () => {
  beforeAll(() => useBackend("cpu"));

  const x = (): tf.Tensor => tf.tensor([0.3, -0.2, 0.9, 0.1, -0.7, 0.4, 0.2, 0.8, 0.5, 0.5, -0.6, 0.3], [3, 4]);
  const y = (): tf.Tensor[] => [tf.tensor([2, 0, 1], [3], "int32"), tf.tensor([0.1, 0.9, -0.4, 0.2, 0.7, 0.3], [3, 2])];
  const loss: Loss[] = [sparse, "meanSquaredError"];

  it("D4 the sum is the gradient of the weighted losses that TensorFlow.js computes", async () => {
    const net = twoHeads();
    const lossWeights = [0.5, 3];
    const ours = await sumOf({ model: net, loss, lossWeights, l2ClipNorm: 20 }, { x: x(), y: y() });
    const [classes, numbers] = y();
    const { grads } = tf.variableGrads(() => {
      const [scores, values] = net.apply(x()) as tf.Tensor[];
      const first = tf.neg(tf.sum(tf.mul(tf.oneHot(classes, 3), tf.logSoftmax(scores))));
      const second = tf.sum(tf.mean(tf.squaredDifference(values, numbers), -1));
      return tf.add<tf.Scalar>(tf.mul(first, 0.5), tf.mul(second, 3));
    });
    for (const [name, sum] of ours.sums) {
      const wanted = grads[name].dataSync();
      sum.forEach((v, k) =>
        expect(Math.abs(v - wanted[k])).toBeLessThanOrEqual(1e-5 * Math.abs(wanted[k]) + ours.step),
      );
    }
    expect(ours.step).toBeLessThan(1e-2);
  });

  it("an example has one clip for all its outputs, and one loss serves outputs that suit it", async () => {
    const net = twoHeads();
    const both = { model: net, loss: "meanSquaredError", l2ClipNorm: 1e-2 } as const;
    const [, numbers] = y();
    const labels = [tf.zeros([3, 3]), numbers];
    const { sums, norms } = await sumOf(both, { x: x(), y: labels });
    const length = Math.sqrt([...sums.values()].reduce((s, v) => v.reduce((a, b) => a + b * b, s), 0));
    expect(Math.min(...norms)).toBeGreaterThan(1e-2);
    expect(length).toBeLessThanOrEqual(3e-2 * 1.001);
    expect(length).toBeGreaterThan(0);
  });

  it("that nobody takes leave their weights without a gradient", async () => {
    const x = input({ shape: [4] });
    const used = layers.dense({ units: 3 }).apply(x) as SymbolicTensor;
    const unused = layers.dense({ units: 2, name: "unused" }).apply(x) as SymbolicTensor;
    const inner = model({ inputs: x, outputs: [used, unused] });
    const outer = input({ shape: [4] });
    const [taken] = inner.apply(outer) as SymbolicTensor[];
    const net = model({ inputs: outer, outputs: layers.dense({ units: 2 }).apply(taken) as SymbolicTensor });
    const batch = { x: tf.ones([3, 4]), y: tf.zeros([3, 2]) };
    const options = { model: net, loss: "meanSquaredError", l2ClipNorm: 1 } as const;
    const { sums } = await sumOf({ ...options, engine: "wasm" }, batch);
    const isZero = [...sums].map(([name, sum]) => [name.startsWith("unused"), sum.every((value) => value === 0)]);
    expect(isZero.every(([isUnused, isNone]) => isUnused === isNone)).toBe(true);
    expect(isZero.filter(([isUnused]) => isUnused).length).toBe(2);
    await expect(sumOf({ ...options, engine: "tfjs" }, batch)).rejects.toThrow(/does not reach the loss/);
  });

  it("are refused by name where losses, weights or labels are not one for each", async () => {
    const net = twoHeads();
    const made = (options: Partial<Made>): Promise<unknown> =>
      sumOf({ model: net, loss, l2ClipNorm: 1, ...options }, { x: x(), y: y() });
    await expect(made({ loss: [sparse] })).rejects.toThrow(/loss must be .* 2 outputs/);
    for (const lossWeights of [[1], [1, -1], [1, NaN], [1, Infinity]]) {
      await expect(made({ lossWeights })).rejects.toThrow(/lossWeights/);
    }
    await expect(sumOf({ model: net, loss, l2ClipNorm: 1 }, { x: x(), y: y()[0] })).rejects.toThrow(/y must be 2/);
  });
});

describe.each(["tfjs", "wasm"] as const)("weights and masks in the %s engine", (engine) => {
  beforeAll(() => useBackend("cpu"));

  const values = Array.from({ length: 24 }, (_, k) => Math.sin(k * k + 1));
  const x = (): tf.Tensor => tf.tensor(values, [3, 4, 2]);
  const y = (): tf.Tensor => tf.tensor([0, 2, 1, 1, 2, 0, 0, 1, 1, 2, 0, 2], [3, 4], "int32");

  it("D12 a row's weight multiplies its gradient before the clip; at 0 the row adds nothing", async () => {
    const options = { engine, model: tagger(), loss: sparse, l2ClipNorm: 1e3 } as const;
    const plain = await sumOf(options, { x: x(), y: y() });
    const { norms } = await sumOf(options, { x: x(), y: y(), sampleWeights: tf.tensor([1, 0.25, 0]) });
    expectClose(norms, [plain.norms[0], 0.25 * plain.norms[1], 0]);
    const clipped = await sumOf(
      { ...options, l2ClipNorm: 1e-3 },
      { x: x(), y: y(), sampleWeights: tf.tensor([0, 1, 0]) },
    );
    const length = Math.sqrt([...clipped.sums.values()].reduce((s, v) => v.reduce((a, b) => a + b * b, s), 0));
    expect(Math.abs(length / 1e-3 - 1)).toBeLessThan(2e-3);
  });

  it.each(["sum", "mean"] as const)(
    "D12 T10 a mask leaves positions out of the %s, as if they were not there",
    async (positions) => {
      const net = tagger();
      const loss: Loss[] = [
        { ...sparse, positions },
        { kind: "meanSquaredError", positions },
      ];
      for (const one of loss) {
        const labels = one === loss[0] ? y() : tf.tensor(values.concat(values).slice(0, 36), [3, 4, 3]);
        const options = { engine, model: net, loss: one, l2ClipNorm: 1e3, selfCheck: false } as const;
        const mask = tf.tensor([1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0], [3, 4]);
        const ours = await sumOf(options, { x: x(), y: labels, lossMask: mask });
        const whole = await sumOf(options, { x: x(), y: labels });
        // a model over two positions with the same weights
        const short = sequential({ layers: [layers.dense({ units: 3, inputShape: [2, 2] })] });
        short.setWeights(net.getWeights());
        const cut = (t: tf.Tensor): tf.Tensor => tf.slice(t, [1, 0], [1, 2]);
        const half = await sumOf({ ...options, model: short }, { x: cut(x()), y: cut(labels) });
        expectClose(ours.norms, [whole.norms[0], half.norms[0], 0]);
      }
    },
  );

  it("D4 a position that one row leaves out moves no other row by a bit", async () => {
    // two classes far apart, and a large input: the last bits of the loss's gradient are all there is of it
    const net = sequential({ layers: [layers.dense({ units: 2, inputShape: [2, 2], useBias: false })] });
    net.setWeights([tf.tensor([0, 0, 20, -20], [2, 2])]);
    const rows = 9;
    const own = Array.from({ length: 4 * rows }, (_, k) => (k % 2 === 0 ? 1e20 : 1 - 0.01 * k));
    const batch = { x: tf.tensor(own, [rows, 2, 2]), y: tf.zeros([rows, 2], "int32") };
    const options = { engine, model: net, loss: sparse, l2ClipNorm: 1 } as const;
    const masks = [-1, 0, 9].map((out) => Array.from({ length: 2 * rows }, (_, k) => Number(k !== out)));
    const [all, ...others] = await Promise.all(
      masks.map((mask) => sumOf(options, { ...batch, lossMask: tf.tensor(mask, [rows, 2]) })),
    );
    const changed = others.map(({ norms }) =>
      [...norms].flatMap((norm, row) => (norm === all.norms[row] ? [] : [row])),
    );
    expect(changed).toEqual([[0], [4]]);
  });

  it("other weights and masks are refused by name", async () => {
    const options = { engine, model: tagger(), loss: sparse, l2ClipNorm: 1, selfCheck: false } as const;
    const given = (extra: Partial<GradientBatch>): Promise<unknown> => sumOf(options, { x: x(), y: y(), ...extra });
    for (const weights of [
      [1, 1.5, 1],
      [1, -0.1, 1],
      [1, NaN, 1],
    ]) {
      await expect(given({ sampleWeights: tf.tensor(weights) })).rejects.toThrow(/sampleWeights/);
    }
    await expect(given({ sampleWeights: tf.ones([3, 1]) })).rejects.toThrow(/another shape/);
    await expect(given({ lossMask: tf.ones([3]) })).rejects.toThrow(/lossMask .*another shape/);
    await expect(given({ lossMask: tf.fill([3, 4], 0.5) })).rejects.toThrow(/lossMask .*other numbers/);
  });
});

describe("the mark of a position that is left out", () => {
  beforeAll(() => useBackend("cpu"));

  it("is no label: a row that holds it as a label is a row without a finite gradient", async () => {
    const net = sequential({ layers: [layers.dense({ units: 2, inputShape: [2] })] });
    const y = tf.tensor([-Infinity, 1, 0.5, 0.5], [2, 2]);
    const options = { engine: "wasm", model: net, loss: "meanSquaredError", l2ClipNorm: 1 } as const;
    const { norms } = await sumOf(options, { x: tf.ones([2, 2]), y });
    expect(Number.isFinite(norms[0])).toBe(false);
    expect(Number.isFinite(norms[1])).toBe(true);
  });

  it("a loss of the caller's own masks for itself", async () => {
    const own = (yTrue: tf.Tensor, yPred: tf.Tensor): tf.Tensor => tf.mean(tf.squaredDifference(yPred, yTrue), -1);
    const net = sequential({ layers: [layers.dense({ units: 2, inputShape: [2] })] });
    const batch = { x: tf.ones([1, 2]), y: tf.ones([1, 2]), lossMask: tf.ones([1]) };
    await expect(sumOf({ model: net, loss: own, l2ClipNorm: 1 }, batch)).rejects.toThrow(/lossMask/);
  });
});
