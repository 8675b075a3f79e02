import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, type SymbolicTensor, input, layers, model, sequential } from "@tensorflow/tfjs-layers";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { openKernels } from "../kernels/index.ts";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import { buildGolden, goldenLoss, readGolden, tensorOf } from "./golden.fixture.ts";
import type { GradientEngine, TfjsEngineOptions } from "./engine.ts";
import { batchLoss, lossesOf } from "./batch-loss.ts";
import { logits } from "./models.fixture.ts";
import { referenceGradient } from "./reference-loop.ts";
import { createWasmEngine } from "./wasm-engine.ts";
import { layerBatch, layerNets } from "./wasm-nets.fixture.ts";
import { compileModel } from "./wasm-plan.ts";

const cases = [
  "simple-rnn",
  "lstm-last",
  "lstm-seq",
  "lstm-stacked-mse",
  "gru-last",
  "gru-seq",
  "bidirectional-lstm",
  "bidirectional-lstm-seq",
  "time-distributed-dense",
  "frozen-embedding",
  "embedding-maskzero",
  "embedding-maskzero-gru",
  "depthwise-conv2d",
  "separable-conv2d",
  "conv2d-transpose",
  "conv2d-transpose-valid",
  "prelu",
  "prelu-shared-axes",
];

/** The engine itself: the model's check may be stricter. */
function engineOf(
  options: Pick<TfjsEngineOptions, "model" | "loss" | "l2ClipNorm" | "physicalBatchSize">,
): GradientEngine {
  const plan = compileModel(options.model, lossesOf(options.model, options)[0]);
  if ("reason" in plan) throw new Error(`${plan.layer}: ${plan.reason}`);
  const own = { random: seededRandom("layers"), expectedBatchSize: 40, selfCheck: false };
  return createWasmEngine({ ...own, ...options }, plan, openKernels(), "for a test");
}

const squares = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, v) => sum + v * v, 0);

/** Layers that a compiler could mistake for what it knows. */
function describeRefusals(): void {
  beforeAll(() => useBackend("cpu"));
  const start = { recurrentInitializer: "glorotUniform" } as const;
  const replaced = layers.dense({ units: 5, inputShape: [4] });
  const refused: [string, () => LayersModel, RegExp][] = [
    [
      "state kept between batches",
      () => sequential({ layers: [layers.gru({ units: 5, stateful: true, batchInputShape: [2, 3, 4], ...start })] }),
      /carries state/,
    ],
    [
      "one mask for several examples",
      () => sequential({ layers: [layers.dropout({ rate: 0.5, noiseShape: [1, 4], inputShape: [4] })] }),
      /shared among examples/,
    ],
    [
      "a call that is not the class's",
      () => {
        Object.defineProperty(replaced, "call", { value: (x: tf.Tensor) => x, configurable: true });
        return sequential({ layers: [replaced] });
      },
      /its call method was replaced/,
    ],
    [
      "a length that changes",
      () => sequential({ layers: [layers.lstm({ units: 5, inputShape: [null, 4] as never, ...start })] }),
      /no fixed length/,
    ],
    [
      "statistics of the batch",
      () => sequential({ layers: [layers.batchNormalization({ inputShape: [4] })] }),
      /its class has no kernels yet/,
    ],
    [
      "ids that a layer computes",
      () => {
        const x = input({ shape: [3] });
        const dense = layers.dense({ units: 3 }).apply(x);
        return model({
          inputs: x,
          outputs: layers.embedding({ inputDim: 9, outputDim: 2 }).apply(dense) as SymbolicTensor,
        });
      },
      /ids that another layer computes/,
    ],
  ];

  it.each(refused)("refuses %s, with the layer and the reason", (_, build, reason) => {
    const plan = compileModel(build(), "meanSquaredError");
    expect("reason" in plan ? plan.reason : "compiled").toMatch(reason);
  });
}

/** What every layer on the kernels is held to. For both builds: each is a process of its own. */
export function describeLayers(): void {
  describe("the compiler", describeRefusals);

  describe("layers on the kernels, by the golden files", () => {
    beforeAll(() => useBackend("cpu"));
    afterEach(() => tf.disposeVariables());

    it.each(cases)("D1 D3 %s: losses, norms and the clipped sum", async (name) => {
      const golden = readGolden(name);
      const { model, keys } = buildGolden(golden);
      const loss = goldenLoss(golden);
      const engine = engineOf({ model, loss, l2ClipNorm: golden.clipNorm });
      const result = await engine.clippedSum({ x: golden.inputs.map(tensorOf), y: tensorOf(golden.labels) });
      const { norms, losses } = result.diagnostics.revealNotPrivate();
      const { expected } = golden;
      expected.gradNorm.forEach((norm, row) => {
        expect(Math.abs(norms[row] - (norm ?? Number.NaN))).toBeLessThanOrEqual(1e-5 * (norm ?? 0));
        const own = expected.loss[row] ?? Number.NaN;
        expect(Math.abs(losses[row] - own)).toBeLessThanOrEqual(1e-5 * Math.abs(own) + 1e-6);
      });
      let difference = 0;
      for (const [weight, sums] of Object.entries(result.sums)) {
        const wanted = expected.clippedSum.find((sum) => sum.name === keys.get(weight))?.data ?? [];
        expect(sums.length).toBe(wanted.length);
        sums.forEach((sum, k) => (difference += (sum * 2 ** result.gridExponent - wanted[k]) ** 2));
      }
      expect(Object.keys(result.sums).length).toBe(expected.clippedSum.length);
      expect(Math.sqrt(difference)).toBeLessThanOrEqual(1e-5 * expected.clippedSumNorm);
    });
  });

  describe.each(Object.entries(layerNets))("%s on the kernels", (_, build) => {
    beforeAll(() => useBackend("cpu"));
    afterEach(() => tf.disposeVariables());

    it("D1 D3 norms and the clipped sum of a batch-of-one loop", async () => {
      const model = build();
      const rows = 5;
      const { x, y } = layerBatch(model, rows, 11);
      const engine = engineOf({ model, loss: logits, l2ClipNorm: 1e6 });
      const norms = (await engine.clippedSum({ x, y })).diagnostics.revealNotPrivate().norms;
      const clip = norms.toSorted()[2];
      const { sums, gridExponent, diagnostics } = await engine.clippedSum({ x, y }, { kind: "flat", l2ClipNorm: clip });
      expect(diagnostics.revealNotPrivate().fractionClipped).toBeGreaterThan(0.3);
      const plan = compileModel(model, logits);
      if ("reason" in plan) throw new Error(plan.reason);
      const wanted = plan.weights.map((w) => new Float64Array(w.read().size));
      for (let row = 0; row < rows; row++) {
        const one = (t: tf.Tensor): tf.Tensor => tf.slice(t, [row], [1]);
        const loop = referenceGradient(model, batchLoss(model, { loss: logits }), plan.weights, x.map(one), {
          y: [one(y)],
        });
        const norm = Math.sqrt(loop.reduce((sum, values) => sum + squares(values), 0));
        expect(Math.abs(norms[row] - norm)).toBeLessThanOrEqual(1e-5 * norm);
        loop.forEach((values, w) => values.forEach((v, k) => (wanted[w][k] += Math.min(1, clip / norm) * v)));
      }
      // and half a step of the grid per entry
      let difference = 0;
      plan.weights.forEach(({ name }, w) => {
        difference += squares(wanted[w].map((v, k) => v - sums[name][k] * 2 ** gridExponent));
      });
      expect(Math.sqrt(difference)).toBeLessThanOrEqual(1e-5 * rows * clip + 2 ** -15 * clip);
    });

    it("D2 D11 gives a row the same bits whatever rows are beside it, and a batch whatever its passes are", async () => {
      const model = build();
      const { x, y } = layerBatch(model, 11, 12);
      const results = [];
      for (const physicalBatchSize of [1, 3, 11]) {
        const engine = engineOf({ model, loss: logits, l2ClipNorm: 0.5, physicalBatchSize });
        const { sums, diagnostics } = await engine.clippedSum({ x, y });
        results.push({ sums, norms: diagnostics.revealNotPrivate().norms });
      }
      for (const result of results) expect(result).toEqual(results[0]);
      const part = (t: tf.Tensor): tf.Tensor => tf.slice(t, [4], [2]);
      const engine = engineOf({ model, loss: logits, l2ClipNorm: 0.5 });
      const { norms } = (await engine.clippedSum({ x: x.map(part), y: part(y) })).diagnostics.revealNotPrivate();
      expect([...norms]).toEqual([...results[0].norms.subarray(4, 6)]);
    });

    it("D9 leaves a row that is not finite out of the sum, and no other row notices", async () => {
      const model = build();
      const { x, y } = layerBatch(model, 6, 14);
      // ids are whole numbers: there is nothing to spoil
      const numeric = x.findIndex((t) => t.dtype === "float32");
      if (numeric < 0) return;
      const values = x[numeric].dataSync().slice();
      const size = values.length / 6;
      values[2 * size] = Number.NaN;
      values[5 * size - 1] = Number.POSITIVE_INFINITY;
      const spoiled = x.map((t, k) => (k === numeric ? tf.tensor(values, t.shape) : t));
      const keep = tf.tensor1d([0, 1, 3, 5], "int32");
      const engine = engineOf({ model, loss: logits, l2ClipNorm: 0.5 });
      const whole = await engine.clippedSum({ x: spoiled, y });
      const clean = await engine.clippedSum({ x: x.map((t) => tf.gather(t, keep)), y: tf.gather(y, keep) });
      const { nonFiniteRows, norms } = whole.diagnostics.revealNotPrivate();
      expect(Number.isFinite(norms[2])).toBe(false);
      // an activation may bound what is infinite: its gradient counts then
      if (nonFiniteRows === 2) expect(whole.sums).toEqual(clean.sums);
      for (const values of Object.values(whole.sums)) expect(values.every(Number.isFinite)).toBe(true);
    });

    it("D8 moves its sum by at most the sensitivity when a row goes, and by a whole norm C", async () => {
      const model = build();
      const { x, y } = layerBatch(model, 12, 13);
      const engine = engineOf({ model, loss: logits, l2ClipNorm: 1e-3 });
      const keep = tf.tensor1d([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "int32");
      const whole = await engine.clippedSum({ x, y });
      const rest = await engine.clippedSum({ x: x.map((t) => tf.gather(t, keep)), y: tf.gather(y, keep) });
      let moved = 0;
      for (const [name, values] of Object.entries(whole.sums))
        moved += squares(values.map((v, k) => v - rest.sums[name][k]));
      const distance = Math.sqrt(moved) * 2 ** whole.gridExponent;
      expect(distance).toBeLessThanOrEqual(whole.sensitivity);
      expect(distance).toBeGreaterThan(1e-3 * (1 - 2e-3));
    });
  });
}
