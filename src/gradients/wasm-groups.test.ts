import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, layers, sequential } from "@tensorflow/tfjs-layers";
import * as fc from "fast-check";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import { batchLoss } from "./batch-loss.ts";
import type { ClippedSum } from "./clipped-sum.ts";
import type { GradientBatch, GradientEngineOptions } from "./engine.ts";
import { createGradientEngine } from "./gradient-engine.ts";
import { distance, makeRows, schemes } from "./hard-rows.fixture.ts";
import { trainableWeights, viewModel } from "./layer-view.ts";
import { convolutional, logits, perceptron, testNumbers } from "./models.fixture.ts";
import { referenceGradient } from "./reference-loop.ts";
import { layerBatch, layerNets } from "./wasm-nets.fixture.ts";

const groupSizes = Uint32Array.of(3, 1, 2, 1);
const rows = 7;

type Made = Partial<GradientEngineOptions> & { readonly model: LayersModel };

async function sumOf(options: Made, batch: GradientBatch): Promise<ClippedSum> {
  const engine = await createGradientEngine({
    engine: "wasm",
    loss: logits,
    random: seededRandom("groups"),
    l2ClipNorm: 0.5,
    expectedBatchSize: 40,
    grouped: true,
    selfCheck: false,
    threads: 1,
    ...options,
  });
  try {
    return await engine.clippedSum(batch);
  } finally {
    engine.dispose();
  }
}

const normsOf = (sum: ClippedSum): Float64Array => sum.diagnostics.revealNotPrivate().norms;

const valuesOf = ({ sums, gridExponent }: ClippedSum): number[] =>
  Object.values(sums).flatMap((values) => Array.from(values, (value) => value * 2 ** gridExponent));

const squares = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, v) => sum + v * v, 0);

/** Everything that is released of a sum or shown of it. */
const bitsOf = (sum: ClippedSum): unknown => {
  const { norms, losses } = sum.diagnostics.revealNotPrivate();
  return { sums: sum.sums, norms, losses };
};

const nets: Readonly<Record<string, () => LayersModel>> = {
  ...Object.fromEntries(Object.entries(layerNets).filter(([name]) => !/ways, (sum|mul|ave)/.test(name))),
  perceptron: () => perceptron(),
  convolutional: () => convolutional(),
};

describe.each(Object.entries(nets))("groups of rows on the kernels: %s", (_, build) => {
  beforeAll(() => useBackend("cpu"));
  afterEach(() => tf.disposeVariables());

  it("D1 D3 clips the mean gradient of a group's rows once: that of TensorFlow.js's loop, and of the other engine", async () => {
    const model = build();
    const { x, y } = layerBatch(model, rows, 31);
    const weights = trainableWeights(viewModel(model));
    const starts = [...groupSizes].map((_size, group) => groupSizes.subarray(0, group).reduce((a, b) => a + b, 0));
    const means = starts.map((start, group) => {
      const cut = (t: tf.Tensor): tf.Tensor => tf.slice(t, [start], [groupSizes[group]]);
      const sum = referenceGradient(model, batchLoss(model, { loss: logits }), weights, x.map(cut), { y: [cut(y)] });
      return sum.map((values) => Float64Array.from(values, (value) => value / groupSizes[group]));
    });
    const norms = means.map((mean) => Math.sqrt(mean.reduce((sum, values) => sum + squares(values), 0)));
    const clip = norms.toSorted((a, b) => a - b)[1];
    const batch = { x, y, groupSizes };
    const ours = await sumOf({ model, l2ClipNorm: clip }, batch);
    const theirs = await sumOf({ model, l2ClipNorm: clip, engine: "tfjs" }, batch);
    expect([ours.sensitivity, ours.gridExponent]).toEqual([theirs.sensitivity, theirs.gridExponent]);
    normsOf(ours).forEach((norm, k) => expect(Math.abs(norm - norms[k])).toBeLessThanOrEqual(2e-5 * norms[k]));
    const wanted = weights.flatMap((_weight, w) => {
      const first = means[0][w];
      return Array.from(first, (_value, k) =>
        means.reduce((sum, mean, g) => sum + Math.min(1, clip / norms[g]) * mean[w][k], 0),
      );
    });
    const ordered = (sum: ClippedSum): number[] =>
      weights.flatMap(({ name }) => Array.from(sum.sums[name], (value) => value * 2 ** sum.gridExponent));
    // and half a step of the grid per entry
    const tolerance = 5e-5 * groupSizes.length * clip + 2 ** -15 * clip;
    expect(distance(ordered(ours), wanted)).toBeLessThanOrEqual(tolerance);
    expect(distance(ordered(ours), ordered(theirs))).toBeLessThanOrEqual(2 * tolerance);
  });

  it("D2 D11 gives a group the same bits whatever groups are beside it, and a batch whatever its passes are", async () => {
    const model = build();
    const { x, y } = layerBatch(model, rows, 32);
    const whole = await sumOf({ model, physicalBatchSize: 100 }, { x, y, groupSizes });
    for (const physicalBatchSize of [1, 4]) {
      expect(bitsOf(await sumOf({ model, physicalBatchSize }, { x, y, groupSizes }))).toEqual(bitsOf(whole));
    }
    const part = (t: tf.Tensor): tf.Tensor => tf.slice(t, [3], [3]);
    const alone = await sumOf({ model }, { x: x.map(part), y: part(y), groupSizes: Uint32Array.of(1, 2) });
    expect([...normsOf(alone)]).toEqual([...normsOf(whole).subarray(1, 3)]);
  });
});

describe("groups of rows on the kernels", () => {
  beforeAll(() => useBackend("cpu"));

  it("D11 draw the masks of Dropout row by row, whatever the passes", async () => {
    const model = sequential({
      layers: [layers.dense({ units: 30, inputShape: [6] }), layers.dropout({ rate: 0.5 }), layers.dense({ units: 5 })],
    });
    const { x, y } = layerBatch(model, rows, 34);
    const [one, all] = await Promise.all(
      [1, 100].map((physicalBatchSize) => sumOf({ model, physicalBatchSize }, { x, y, groupSizes })),
    );
    expect(bitsOf(one)).toEqual(bitsOf(all));
  });

  it("D9 leave a group out whole where one of its rows is not finite, and no other group notices", async () => {
    const model = perceptron();
    const { x, y } = layerBatch(model, rows, 35);
    const values = x[0].dataSync().slice();
    values[4 * 40] = Number.NaN;
    const spoiled = await sumOf({ model }, { x: tf.tensor(values, x[0].shape), y, groupSizes });
    const keep = tf.tensor1d([0, 1, 2, 3, 6], "int32");
    const rest = { x: tf.gather(x[0], keep), y: tf.gather(y, keep), groupSizes: Uint32Array.of(3, 1, 1) };
    const clean = await sumOf({ model }, rest);
    expect(spoiled.sums).toEqual(clean.sums);
    expect(spoiled.diagnostics.revealNotPrivate().nonFiniteRows).toBe(1);
    expect(Number.isFinite(normsOf(spoiled)[2])).toBe(false);
  });

  it("D10 are refused where one does not fit the memory, without a word on how many rows there are", async () => {
    const wide = layers.dense({ units: 65536, inputShape: [1] });
    const model = sequential({ layers: [wide, layers.dense({ units: 1 })] });
    const engine = await createGradientEngine({
      engine: "wasm",
      model,
      loss: "meanSquaredError",
      l2ClipNorm: 1,
      grouped: true,
      random: seededRandom("groups"),
      selfCheck: false,
      threads: 1,
    });
    const count = 9001;
    const batch = { x: tf.ones([count, 1]), y: tf.ones([count, 1]) };
    const one = engine.clippedSum({ ...batch, groupSizes: Uint32Array.of(count) });
    await expect(one).rejects.toThrow(/\[invalid_argument\] groupSizes .*kernel memory/);
    await expect(one).rejects.not.toThrow(/9\d\d\d|1\d\d\d\d/);
    // and the engine goes on
    const few = { x: tf.ones([3, 1]), y: tf.ones([3, 1]), groupSizes: Uint32Array.of(2, 1) };
    expect(normsOf(await engine.clippedSum(few)).length).toBe(2);
    engine.dispose();
  });

  it("D12 weigh rows within a group: a row of weight 0 still divides the mean", async () => {
    const model = perceptron();
    const { x, y } = layerBatch(model, 2, 36);
    const pair = { x, y, groupSizes: Uint32Array.of(2) };
    const half = await sumOf({ model, l2ClipNorm: 1e6 }, { ...pair, sampleWeights: tf.tensor([1, 0]) });
    const first = (t: tf.Tensor): tf.Tensor => tf.slice(t, [0], [1]);
    const single = { x: x.map(first), y: first(y), groupSizes: Uint32Array.of(1) };
    const whole = await sumOf({ model, l2ClipNorm: 1e6 }, single);
    expect(Math.abs(normsOf(half)[0] - normsOf(whole)[0] / 2)).toBeLessThanOrEqual(1e-6 * normsOf(whole)[0]);
  });

  it("D6 D8 move the sum by at most the sensitivity when a group of hard rows goes, and by twice that when replaced", async () => {
    const [inputs, units] = [37, 29];
    const model = sequential({ layers: [layers.dense({ units, inputShape: [inputs] })] });
    const check = fc.asyncProperty(
      fc.constantFrom(...schemes),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 12 }),
      fc.constantFrom(1e-6, 1, 1000),
      fc.nat(),
      async (scheme, sizes, l2ClipNorm, seed) => {
        const count = sizes.reduce((a, b) => a + b, 0);
        const hard = makeRows(scheme, count, inputs, units, seed);
        const next = testNumbers(seed);
        const gone = Math.floor(sizes.length * next());
        const flat = (values: readonly Float32Array[], width: number): tf.Tensor =>
          tf.tensor(Float32Array.from(values.flatMap((row) => [...row])), [values.length, width]);
        // labels so far from the output that the loss's gradient is −2y / units
        const sumOfGroups = (kept: readonly number[], replaced = -1): Promise<ClippedSum> => {
          const taken = kept.flatMap((group) => {
            const start = sizes.slice(0, group).reduce((a, b) => a + b, 0);
            return Array.from({ length: sizes[group] }, (_, k) => ({ row: start + k, group }));
          });
          const labels = taken.map(({ row, group }) =>
            group === replaced ? hard.g[row].map((v) => -3 * v) : hard.g[row],
          );
          const x = flat(
            taken.map(({ row }) => hard.a[row]),
            inputs,
          );
          const groups = Uint32Array.from(kept, (group) => sizes[group]);
          // one run: who is left out changes the run of nobody else
          const options = { model, loss: "meanSquaredError", l2ClipNorm, expectedBatchSize: 16 } as const;
          return sumOf(options, { x, y: flat(labels, units), groupSizes: groups });
        };
        const all = sizes.map((_, group) => group);
        const whole = await sumOfGroups(all);
        const rest = await sumOfGroups(all.filter((group) => group !== gone));
        const other = await sumOfGroups(all, gone);
        expect(distance(valuesOf(whole), valuesOf(rest))).toBeLessThanOrEqual(whole.sensitivity);
        expect(distance(valuesOf(whole), valuesOf(other))).toBeLessThanOrEqual(2 * whole.sensitivity);
        const one = await sumOfGroups([gone]);
        expect(Math.hypot(...valuesOf(one))).toBeLessThanOrEqual(l2ClipNorm * (1 + 2 ** -14));
      },
    );
    await fc.assert(check, { seed: 96, numRuns: 60 });
  });
});
