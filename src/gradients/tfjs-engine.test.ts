import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import type { RandomSource } from "../core/random-source.ts";
import { isPrivacyError } from "../core/index.ts";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import { clippedGradientSum, createTfjsEngine } from "./index.ts";
import { trainableWeights, viewModel } from "./layer-view.ts";
import { batchLoss } from "./batch-loss.ts";
import { perExampleLoss } from "./loss.ts";
import { convolutional, logits, madeUpBatch, nested, perceptron, sequentialText, textual } from "./models.fixture.ts";
import { referenceGradient } from "./reference-loop.ts";

const nets = { perceptron, convolutional, textual, sequentialText, nested };

describe.each(["wasm", "cpu"] as const)("the tfjs engine on %s", (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(Object.entries(nets))("D11 %s: physical batches of 1, 3, 7 and all give the same bits", async (_, build) => {
    const model = build();
    const { x, y } = madeUpBatch(model, 20, 1);
    const results = await Promise.all(
      [1, 3, 7, 20].map(async (physicalBatchSize) => {
        const random = seededRandom("runs");
        const options = { model, loss: logits, l2ClipNorm: 0.5, random, physicalBatchSize, expectedBatchSize: 100 };
        const result = await (await createTfjsEngine({ ...options, selfCheck: false })).clippedSum({ x, y });
        return { sums: result.sums, ...result.diagnostics.revealNotPrivate() };
      }),
    );
    for (const result of results) expect(result).toEqual(results[0]);
    expect(results[0]?.fractionClipped).toBeGreaterThan(0);
  });

  it.each(Object.entries(nets))(
    "%s: a row's norm does not depend on who shares its batch, bit for bit",
    async (_, build) => {
      const model = build();
      const { x, y } = madeUpBatch(model, 33, 2);
      const engine = await createTfjsEngine({ model, loss: logits, l2ClipNorm: 1, random: seededRandom(1) });
      const together = (await engine.clippedSum({ x, y })).diagnostics.revealNotPrivate().norms;
      for (const [first, count] of [
        [0, 1],
        [5, 2],
        [17, 16],
        [32, 1],
      ] as const) {
        const part = { x: tf.slice(x, [first], [count]), y: tf.slice(y, [first], [count]) };
        const { norms } = (await engine.clippedSum(part)).diagnostics.revealNotPrivate();
        expect([...norms]).toEqual([...together.subarray(first, first + count)]);
      }
    },
  );
});

describe("the tfjs engine", () => {
  beforeAll(() => useBackend("wasm"));

  it.each(Object.entries(nets))("D1 D3 %s: agrees with a batch-of-one loop", async (_, build) => {
    const model = build();
    const { x, y } = madeUpBatch(model, 9, 3);
    const weights = trainableWeights(viewModel(model));
    const rows = Array.from({ length: 9 }, (_, row) => {
      return referenceGradient(model, batchLoss(model, { loss: logits }), weights, [tf.slice(x, [row], [1])], {
        y: [tf.slice(y, [row], [1])],
      });
    });
    const norms = rows.map((row) => Math.hypot(...row.map((values) => Math.hypot(...values))));
    const clip = norms.toSorted((a, b) => a - b)[4] ?? 1;
    const result = await clippedGradientSum({ model, loss: logits, x, y, l2ClipNorm: clip });
    const ours = result.diagnostics.revealNotPrivate();
    norms.forEach((norm, row) => expect(Math.abs(ours.norms[row] - norm)).toBeLessThanOrEqual(1e-5 * norm));
    let [difference, total] = [0, 0];
    weights.forEach((weight, w) => {
      result.sums[weight.name]?.forEach((sum, k) => {
        const wanted = rows.reduce((s, row, i) => s + row[w][k] * Math.min(1, clip / norms[i]), 0);
        difference += (sum * 2 ** result.gridExponent - wanted) ** 2;
        total += wanted ** 2;
      });
    });
    expect(Math.sqrt(difference)).toBeLessThanOrEqual(2e-5 * Math.sqrt(total) + 2 ** -14 * clip);
  });

  it("D1 agrees with a batch-of-one loop on binary cross-entropy from logits", async () => {
    const model = perceptron();
    const { x } = madeUpBatch(model, 4, 3);
    const loss = { kind: "binaryCrossentropy", fromLogits: true } as const;
    const y = tf.tensor2d([1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 0], [4, 5]);
    const { diagnostics } = await clippedGradientSum({ model, loss, x, y, l2ClipNorm: 1, engine: "tfjs" });
    diagnostics.revealNotPrivate().norms.forEach((norm, row) => {
      const one = [[tf.slice(x, [row], [1])], { y: [tf.slice(y, [row], [1])] }] as const;
      const gradient = referenceGradient(
        model,
        batchLoss(model, { loss: loss }),
        trainableWeights(viewModel(model)),
        [...one[0]],
        one[1],
      );
      const wanted = Math.hypot(...gradient.map((values) => Math.hypot(...values)));
      expect(Math.abs(norm - wanted)).toBeLessThanOrEqual(1e-5 * wanted);
    });
  });

  it("D4 sums the ordinary batch gradient when nothing is clipped", async () => {
    const model = perceptron();
    const { x, y } = madeUpBatch(model, 30, 4);
    const result = await clippedGradientSum({ model, loss: logits, x, y, l2ClipNorm: 1e3 });
    expect(result.diagnostics.revealNotPrivate().fractionClipped).toBe(0);
    const loss = (): tf.Scalar => tf.sum(perExampleLoss(logits)(y, model.apply(x) as tf.Tensor));
    const { grads } = tf.variableGrads(loss);
    for (const [name, sums] of Object.entries(result.sums)) {
      const wanted = (grads[name] ?? tf.tensor([])).dataSync();
      const distance = Math.hypot(...sums.map((sum, k) => sum * 2 ** result.gridExponent - wanted[k]));
      expect(distance).toBeLessThanOrEqual(1e-4 * Math.hypot(...wanted) + 1e3 * 2 ** -14);
    }
  });

  it("one long run in f64 and many short ones in f32 agree within what is priced for each", async () => {
    const model = perceptron();
    const { x, y } = madeUpBatch(model, 300, 15);
    const options = { model, loss: logits, l2ClipNorm: 1, random: seededRandom(16) };
    const [one, many] = await Promise.all(
      [1, 2000].map(async (expectedBatchSize) => createTfjsEngine({ ...options, expectedBatchSize })),
    );
    const [a, b] = [await one.clippedSum({ x, y }), await many.clippedSum({ x, y })];
    const values = (sums: Readonly<Record<string, Float64Array>>): number[] =>
      Object.values(sums).flatMap((s) => [...s]);
    const [left, right] = [values(a.sums), values(b.sums)];
    const distance = Math.hypot(...left.map((value, k) => value - right[k])) * 2 ** a.gridExponent;
    expect(distance).toBeGreaterThan(0);
    // each of the 32 runs: a rounding to the grid; each of the 300 rows: gamma of a run of at most 96
    expect(distance).toBeLessThanOrEqual(33 * one.surcharge.grid + 300 * 96 * 2 ** -24 + one.surcharge.summation);
    expect([one.sensitivity, one.gridExponent]).toEqual([many.sensitivity, many.gridExponent]);
  });

  it("D6 gives one row with a huge gradient a contribution of norm C, and never more", async () => {
    const model = perceptron();
    const x = tf.mul(tf.ones([1, 40]), 1e4);
    const y = tf.zeros([1, 5]);
    const random = seededRandom(6);
    const engine = await createTfjsEngine({ model, loss: "meanSquaredError", l2ClipNorm: 0.25, random });
    const { sums } = await engine.clippedSum({ x, y });
    const norm = Math.hypot(...Object.values(sums).flatMap((s) => [...s])) * 2 ** engine.gridExponent;
    expect(norm).toBeGreaterThan(0.25 * (1 - 1e-4));
    expect(norm).toBeLessThanOrEqual(engine.sensitivity);
  });

  it("T16 D9 leaves a row that is not finite out of the sum, and counts it", async () => {
    const model = convolutional();
    const { x, y } = madeUpBatch(model, 6, 7);
    const spoiled = x.dataSync().slice();
    spoiled[2 * 144 + 5] = Number.NaN;
    spoiled[4 * 144 + 9] = Number.POSITIVE_INFINITY;
    const keep = tf.tensor1d([0, 1, 3, 5], "int32");
    const engineOf = async () =>
      createTfjsEngine({ model, loss: logits, l2ClipNorm: 0.3, random: seededRandom(8), expectedBatchSize: 40 });
    const whole = await (await engineOf()).clippedSum({ x: tf.tensor(spoiled, x.shape), y });
    const clean = await (await engineOf()).clippedSum({ x: tf.gather(x, keep), y: tf.gather(y, keep) });
    expect(whole.diagnostics.revealNotPrivate().nonFiniteRows).toBe(2);
    expect(whole.sums).toEqual(clean.sums);
  });

  it("D2 refuses a loss that drops a batch with a row that is no number, and takes one that drops the row", async () => {
    const model = perceptron(4, 5, 2);
    const each = (yTrue: tf.Tensor, out: tf.Tensor): tf.Tensor => tf.mean(tf.squaredDifference(yTrue, out), -1);
    const guarded =
      (weightsOf: (isOut: readonly boolean[]) => boolean[]) =>
      (yTrue: tf.Tensor, out: tf.Tensor): tf.Tensor => {
        const losses = each(yTrue, out);
        const weights = weightsOf(Array.from(losses.dataSync(), Number.isNaN)).map(Number);
        return tf.mul(losses, tf.tensor1d(weights));
      };
    const byBatch = guarded((isOut) => isOut.map(() => !isOut.includes(true)));
    const byRow = guarded((isOut) => isOut.map((isThis) => !isThis));
    const options = { model, l2ClipNorm: 1, random: seededRandom(8) };
    await expect(createTfjsEngine({ ...options, loss: byBatch })).rejects.toThrow(/other examples of its batch/);
    (await createTfjsEngine({ ...options, loss: byRow })).dispose();
  });

  it("D13 sums an empty batch to zero", async () => {
    const model = perceptron();
    const engine = await createTfjsEngine({ model, loss: logits, l2ClipNorm: 1, random: seededRandom(9) });
    const { sums, diagnostics } = await engine.clippedSum({ x: tf.zeros([0, 40]), y: tf.zeros([0], "int32") });
    expect(Object.values(sums).every((s) => s.every((v) => v === 0))).toBe(true);
    expect(diagnostics.revealNotPrivate().fractionClipped).toBeNaN();
  });

  it("prices its rounding below 0.2 % of C, whatever the batch", async () => {
    const engine = await createTfjsEngine({
      model: perceptron(),
      loss: logits,
      l2ClipNorm: 3,
      random: seededRandom(1),
    });
    expect(engine.surcharge.relative).toBeLessThanOrEqual(0.002);
    expect(engine.sensitivity).toBe(3 + engine.surcharge.total);
    expect(engine.weights.map((w) => w.size)).toEqual([1920, 48, 240, 5]);
  });

  it("T20 draws Dropout masks per row from the engine's source, not from the layer's seed", async () => {
    const net = sequential({
      layers: [layers.dropout({ rate: 0.5, seed: 3, inputShape: [40] }), layers.dense({ units: 5 })],
    });
    const row = madeUpBatch(perceptron(), 1, 10);
    const x = tf.tile(row.x, [64, 1]);
    const y = tf.tile(row.y, [64]);
    const normsWith = async (random: RandomSource) => {
      const engine = await createTfjsEngine({ model: net, loss: logits, l2ClipNorm: 1, random });
      return (await engine.clippedSum({ x, y })).diagnostics.revealNotPrivate().norms;
    };
    const norms = await normsWith(seededRandom("a"));
    // two of 64 masks over 40 inputs are equal with probability below 2016 / 2^40 < 2e-9 (for the two sources below)
    expect(new Set(norms).size).toBe(64);
    expect(await normsWith(seededRandom("a"))).toEqual(norms);
    expect(await normsWith(seededRandom("b"))).not.toEqual(norms);
  });

  it("T27 leaks no tensor and leaves the model's calls alone, in 200 steps and after errors", async () => {
    const model = convolutional();
    const { x, y } = madeUpBatch(model, 4, 11);
    let isBroken = false;
    const loss = (yTrue: tf.Tensor, yPred: tf.Tensor): tf.Tensor => {
      if (isBroken) throw new Error("out of order");
      return perExampleLoss("meanSquaredError")(tf.mul(tf.reshape(yTrue, [-1, 1]), tf.onesLike(yPred)), yPred);
    };
    const before = tf.memory().numTensors;
    const engine = await createTfjsEngine({ model, loss, l2ClipNorm: 1, random: seededRandom(12) });
    for (let step = 0; step < 200; step++) await engine.clippedSum({ x, y });
    expect(tf.memory().numTensors).toBe(before);
    isBroken = true;
    await expect(engine.clippedSum({ x, y })).rejects.toThrow(/out of order/);
    expect(model.layers.some((layer) => Object.hasOwn(layer, "call"))).toBe(false);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("D10 D23 refuses clip norms out of range, other batches, and use after dispose", async () => {
    const model = perceptron();
    const options = { model, loss: logits, random: seededRandom(13) };
    for (const l2ClipNorm of [0, -1, Number.NaN, Infinity, 1e-13, 1e13]) {
      await expect(createTfjsEngine({ ...options, l2ClipNorm })).rejects.toThrow(/l2ClipNorm/);
    }
    const engine = await createTfjsEngine({ ...options, l2ClipNorm: 1 });
    const { x, y } = madeUpBatch(model, 3, 14);
    const refusal = await engine.clippedSum({ x, y: tf.slice(y, [0], [2]) }).catch((e: unknown) => e);
    expect(isPrivacyError(refusal) && refusal.code).toBe("invalid_argument");
    expect(String(refusal)).not.toMatch(/[23]/);
    await expect(engine.clippedSum({ x: tf.zeros([3, 39]), y })).rejects.toThrow(/shape \[batch, 40\]/);
    await useBackend("cpu");
    await expect(engine.clippedSum({ x, y })).rejects.toThrow(/invalid_state/);
    await useBackend("wasm");
    await engine.clippedSum({ x, y });
    engine.dispose();
    await expect(engine.clippedSum({ x, y })).rejects.toThrow(/invalid_state/);
  });
});
