import * as tf from "@tensorflow/tfjs-core";
import {
  type LayersModel,
  type Sequential,
  type SymbolicTensor,
  model as buildModel,
  input,
  layers,
  sequential,
} from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import { type Clip, parseClip, scaleClip, totalClipNorm } from "./clip.ts";
import type { ClippedSum } from "./clipped-sum.ts";
import { createGradientEngine } from "./gradient-engine.ts";
import { trainableLeaves, trainableWeights, viewModel } from "./layer-view.ts";
import { batchLoss } from "./batch-loss.ts";
import { convolutional, nested, perceptron, textual } from "./models.fixture.ts";
import { referenceGradient } from "./reference-loop.ts";

const loss = { kind: "categoricalCrossentropy", fromLogits: true } as const;

/** Rows of any model of the fixtures, the same for the same number. */
function batchOf(model: LayersModel, rows: number): { x: tf.Tensor; y: tf.Tensor } {
  const [, ...shape] = (model.inputs[0]?.shape ?? []).map((axis) => axis ?? 1);
  const isTokens = model.inputs[0]?.dtype === "int32";
  const size = shape.reduce((a, b) => a * b, 1);
  const numbers = Array.from({ length: rows * size }, (_, i) => (isTokens ? (i * 7) % 30 : Math.sin(3 * i + 1) * 2));
  const y = tf.oneHot(
    Array.from({ length: rows }, (_, i) => i % 5),
    5,
  );
  return { x: tf.tensor(numbers, [rows, ...shape], isTokens ? "int32" : "float32"), y: tf.cast(y, "float32") };
}

/** Every row's gradient by the batch-of-one loop of TensorFlow.js: per row, per weight. */
function references(model: LayersModel, { x, y }: { x: tf.Tensor; y: tf.Tensor }): Float32Array[][] {
  const weights = trainableWeights(viewModel(model));
  return Array.from({ length: x.shape[0] ?? 0 }, (_, row) =>
    referenceGradient(model, batchLoss(model, { loss: loss }), weights, [tf.slice(x, [row], [1])], {
      y: [tf.slice(y, [row], [1])],
    }),
  );
}

const squares = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, v) => sum + v * v, 0);

/** What each weight's norm belongs to: the layer's place in the model's own order. */
function layerOfWeight(model: LayersModel): number[] {
  const layers = trainableLeaves(viewModel(model));
  return trainableWeights(viewModel(model)).map(({ id }) =>
    layers.findIndex((layer) => layer.weights.some((w) => w.id === id)),
  );
}

/** The clipped gradient of one row, by the definition. */
function clipByDefinition(gradient: readonly Float32Array[], clip: Clip, layerOf: readonly number[]): number[][] {
  const scaleOf = (norm: number, own: number): number => Math.min(1, own / norm);
  const total = Math.sqrt(gradient.reduce((sum, g) => sum + squares(g), 0));
  return gradient.map((g, w) => {
    if (clip.kind === "flat") return Array.from(g, (v) => v * scaleOf(total, clip.l2ClipNorm));
    if (clip.kind === "automatic") return Array.from(g, (v) => (v * clip.l2ClipNorm) / (total + clip.gamma));
    const own = gradient.filter((_, v) => layerOf[v] === layerOf[w]).reduce((sum, part) => sum + squares(part), 0);
    return Array.from(g, (v) => v * scaleOf(Math.sqrt(own), clip.l2ClipNorms[layerOf[w] ?? 0] ?? 0));
  });
}

const valuesOf = (sum: ClippedSum, model: LayersModel): number[][] =>
  trainableWeights(viewModel(model)).map(({ name }) =>
    Array.from(sum.sums[name] ?? [], (v) => v * 2 ** sum.gridExponent),
  );

const distance = (a: readonly number[][], b: readonly number[][]): number =>
  Math.sqrt(a.reduce((sum, values, w) => sum + squares(values.map((v, k) => v - (b[w]?.[k] ?? NaN))), 0));

const clipsFor = (model: LayersModel): Clip[] => {
  const layers = trainableLeaves(viewModel(model)).length;
  return [
    { kind: "flat", l2ClipNorm: 0.5 },
    { kind: "per-layer", l2ClipNorms: Array.from({ length: layers }, (_, i) => 0.1 + 0.2 * i) },
    { kind: "automatic", l2ClipNorm: 0.7, gamma: 0.01 },
  ];
};

describe("the kinds of clips", () => {
  beforeAll(() => useBackend("wasm"));

  for (const [name, build] of Object.entries({ perceptron, convolutional, textual })) {
    for (const engine of ["wasm", "tfjs"] as const) {
      it(`D3 D7 ${name}, ${engine}: the sum is that of rows clipped one by one by the definition, within rounding`, async () => {
        const model = build();
        const batch = batchOf(model, 6);
        const rows = references(model, batch);
        for (const clip of clipsFor(model)) {
          const made = await createGradientEngine({ model, loss, clip, random: seededRandom(7), engine });
          const sum = await made.clippedSum(batch);
          const wanted = rows.map((row) => clipByDefinition(row, clip, layerOfWeight(model)));
          const total = (wanted[0] ?? []).map((values, w) =>
            values.map((_, k) => wanted.reduce((all, row) => all + (row[w]?.[k] ?? NaN), 0)),
          );
          // f32 gradients, and the grid: 2^-14 of the norm
          expect(distance(valuesOf(sum, model), total)).toBeLessThan(1e-3 * totalClipNorm(clip));
          expect(sum.sensitivity).toBeGreaterThan(totalClipNorm(clip));
          expect(sum.sensitivity).toBeLessThan(1.002 * totalClipNorm(clip));
          made.dispose();
        }
      });

      it(`D6 D7 ${name}, ${engine}: one huge row adds at most its bound, in every layer at most the layer's`, async () => {
        const model = build();
        const batch = batchOf(model, 1);
        const huge = model.inputs[0]?.dtype === "int32" ? batch.x : tf.mul(batch.x, 1e4);
        for (const clip of clipsFor(model).map((c) => scaleClip(c, 1e-3))) {
          const made = await createGradientEngine({ model, loss, clip, random: seededRandom(6), engine });
          const sum = await made.clippedSum({ x: huge, y: batch.y });
          const norms = valuesOf(sum, model).map(squares);
          expect(Math.sqrt(norms.reduce((a, b) => a + b, 0))).toBeLessThanOrEqual(sum.sensitivity);
          if (clip.kind === "per-layer") {
            const layerOf = layerOfWeight(model);
            clip.l2ClipNorms.forEach((own, layer) => {
              const squared = norms.filter((_, w) => layerOf[w] === layer).reduce((a, b) => a + b, 0);
              expect(Math.sqrt(squared)).toBeLessThanOrEqual(own + 2 ** -14 * totalClipNorm(clip));
            });
          }
          made.dispose();
        }
      });
    }
  }

  it("D8 moves by at most its sensitivity when a row, or a group of rows, goes or is replaced, for every kind", async () => {
    const model = perceptron();
    const batch = batchOf(model, 8);
    const pick = (rows: readonly number[]): { x: tf.Tensor; y: tf.Tensor } => ({
      x: tf.gather(batch.x, [...rows]),
      y: tf.gather(batch.y, [...rows]),
    });
    const all = [0, 1, 2, 3, 4, 5];
    for (const clip of clipsFor(model).map((c) => scaleClip(c, 0.05))) {
      for (const engine of ["wasm", "tfjs"] as const) {
        // one run: who is left out changes the run of nobody else
        const options = { model, loss, clip, random: seededRandom(8), expectedBatchSize: 16 };
        const made = await createGradientEngine({ ...options, engine });
        const whole = valuesOf(await made.clippedSum(pick(all)), model);
        for (const gone of all) {
          const rest = valuesOf(await made.clippedSum(pick(all.filter((row) => row !== gone))), model);
          const other = valuesOf(await made.clippedSum(pick(all.map((row) => (row === gone ? 7 : row)))), model);
          expect(distance(whole, rest)).toBeLessThanOrEqual(made.sensitivity);
          expect(distance(whole, rest)).toBeGreaterThan(0.3 * totalClipNorm(clip));
          expect(distance(whole, other)).toBeLessThanOrEqual(2 * made.sensitivity);
        }
        made.dispose();
      }
      for (const engine of ["wasm", "tfjs"] as const) {
        const grouped = await createGradientEngine({
          model,
          loss,
          clip,
          random: seededRandom(8),
          grouped: true,
          engine,
        });
        const three = await grouped.clippedSum({ ...pick(all), groupSizes: Uint32Array.of(1, 4, 1) });
        const two = await grouped.clippedSum({ ...pick([0, 5]), groupSizes: Uint32Array.of(1, 1) });
        expect(distance(valuesOf(three, model), valuesOf(two, model))).toBeLessThanOrEqual(grouped.sensitivity);
        grouped.dispose();
      }
    }
  });

  it("takes another clip of its kind for one sum, and refuses another kind or another number of layers", async () => {
    const model = perceptron();
    const batch = batchOf(model, 4);
    const clip: Clip = { kind: "per-layer", l2ClipNorms: [1, 2] };
    const made = await createGradientEngine({ model, loss, clip, random: seededRandom(8) });
    const smaller = await made.clippedSum(batch, scaleClip(clip, 0.25));
    expect(smaller.sensitivity).toBeCloseTo(made.sensitivity / 4, 10);
    expect(made.boundOf(scaleClip(clip, 0.25))).toMatchObject({
      sensitivity: smaller.sensitivity,
      gridExponent: smaller.gridExponent,
    });
    expect(made.boundOf(made.clip).sensitivity).toBe(made.sensitivity);
    await expect(made.clippedSum(batch, { kind: "flat", l2ClipNorm: 1 })).rejects.toThrow("clip.kind");
    await expect(made.clippedSum(batch, { kind: "per-layer", l2ClipNorms: [1] })).rejects.toThrow("2 norms, for dense");
    const wrong = createGradientEngine({
      model,
      loss,
      clip: { kind: "per-layer", l2ClipNorms: [1] },
      random: seededRandom(8),
    });
    await expect(wrong).rejects.toThrow("clip.l2ClipNorms");
  });

  it("D6 refuses norms for layers of one name, each of which would be clipped and added with the other", async () => {
    const inner = (units: number, inputs: number): Sequential =>
      sequential({ layers: [layers.dense({ units, inputShape: [inputs], name: "same" })] });
    const x = input({ shape: [6] });
    const twins = buildModel({ inputs: x, outputs: inner(5, 8).apply(inner(8, 6).apply(x)) as SymbolicTensor });
    for (const engine of ["wasm", "tfjs"] as const) {
      const made = (clip: Clip) => createGradientEngine({ model: twins, loss, clip, random: seededRandom(8), engine });
      const refused = made({ kind: "per-layer", l2ClipNorms: [1, 1] });
      await expect(refused).rejects.toThrow(/clip\.l2ClipNorms .*different names.*same/);
      (await made({ kind: "flat", l2ClipNorm: 1 })).dispose();
    }
  });

  it("D10 refuses norms of 0, Infinity, NaN and below zero, gammas that are none, and unknown kinds, by name", () => {
    for (const norm of [0, Infinity, NaN, -1, "1", undefined]) {
      const bad = norm as number;
      const gamma = norm === undefined ? NaN : bad;
      expect(() => parseClip({ kind: "flat", l2ClipNorm: bad })).toThrow("l2ClipNorm");
      expect(() => parseClip({ kind: "per-layer", l2ClipNorms: [1, bad] })).toThrow("l2ClipNorms[1]");
      expect(() => parseClip({ kind: "automatic", l2ClipNorm: bad, gamma: 0.01 })).toThrow("l2ClipNorm");
      expect(() => parseClip({ kind: "automatic", l2ClipNorm: 1, gamma })).toThrow("gamma");
    }
    // a row of gradient zero would be scaled by infinity, and halved for ever
    for (const gamma of [5e-324, 1e-310, 9e-101]) {
      expect(() => parseClip({ kind: "automatic", l2ClipNorm: 1, gamma })).toThrow("gamma");
    }
    expect(() => parseClip({ kind: "per-layer", l2ClipNorms: [] })).toThrow("one norm per layer");
    expect(() => parseClip({ kind: "global" } as never)).toThrow("clip.kind");
    expect(() => parseClip(undefined as never)).toThrow("clip.kind");
  });

  it("T14 prices per-layer norms at the root of the sum of their squares, never below it", () => {
    expect(totalClipNorm({ kind: "per-layer", l2ClipNorms: [3, 4] })).toBeGreaterThanOrEqual(5);
    expect(totalClipNorm({ kind: "per-layer", l2ClipNorms: [3, 4] })).toBeCloseTo(5, 12);
    expect(totalClipNorm({ kind: "automatic", l2ClipNorm: 3, gamma: 1 })).toBe(3);
  });
});

it.each(["wasm", "tfjs"] as const)(
  "D10 a gradient of zero ends in the %s engine at the smallest gamma",
  async (engine) => {
    await useBackend("wasm");
    const model = sequential({ layers: [layers.dense({ units: 2, inputShape: [2] })] });
    const clip = { kind: "automatic", l2ClipNorm: 1e12, gamma: 1e-100 } as const;
    const options = { model, loss: "meanSquaredError", clip, random: seededRandom(8), engine } as const;
    const made = await createGradientEngine(options);
    const { sums } = await made.clippedSum({ x: tf.zeros([1, 2]), y: tf.zeros([1, 2]) });
    expect(Object.values(sums).every((values) => values.every((v) => v === 0))).toBe(true);
    made.dispose();
  },
);

describe("groups of rows", () => {
  beforeAll(() => useBackend("wasm"));

  const nets = Object.entries({ perceptron, convolutional, textual, nested });
  const cases = nets.flatMap(([name, build]) => (["wasm", "tfjs"] as const).map((engine) => ({ name, build, engine })));
  for (const { name, build, engine } of cases) {
    it(`${name}, ${engine}: adds the mean gradient of each group, clipped once, whatever the physical batch`, async () => {
      const model = build();
      const batch = batchOf(model, 7);
      const rows = references(model, batch);
      const groupSizes = Uint32Array.of(3, 1, 2, 1);
      const starts = [0, 3, 4, 6];
      const means = starts.map((start, i) =>
        (rows[0] ?? []).map((values, w) =>
          Float32Array.from(values, (_, k) => {
            const own = rows.slice(start, start + (groupSizes[i] ?? 0));
            return own.reduce((sum, row) => sum + (row[w]?.[k] ?? NaN), 0) / own.length;
          }),
        ),
      );
      for (const clip of clipsFor(model)) {
        const wanted = means.map((mean) => clipByDefinition(mean, clip, layerOfWeight(model)));
        const total = (wanted[0] ?? []).map((values, w) =>
          values.map((_, k) => wanted.reduce((all, row) => all + (row[w]?.[k] ?? NaN), 0)),
        );
        const sums: ClippedSum[] = [];
        for (const physicalBatchSize of [1, 3, 100]) {
          const made = await createGradientEngine({
            model,
            loss,
            clip,
            random: seededRandom(9),
            grouped: true,
            physicalBatchSize,
            engine,
          });
          expect(made.kind).toBe(engine);
          expect(made.explain().every((layer) => layer.method !== "rank-one")).toBe(true);
          sums.push(await made.clippedSum({ ...batch, groupSizes }));
          made.dispose();
        }
        for (const sum of sums) {
          expect(distance(valuesOf(sum, model), total)).toBeLessThan(1e-3 * totalClipNorm(clip));
          expect(sum.sums).toEqual(sums[0]?.sums);
          expect(sum.diagnostics.revealNotPrivate().norms.length).toBe(4);
        }
      }
    });
  }

  it("refuses groups that do not add up, groups nobody asked for, and rows without groups", async () => {
    const model = perceptron();
    const batch = batchOf(model, 3);
    const options = { model, loss, l2ClipNorm: 1, random: seededRandom(10) };
    for (const engine of ["wasm", "tfjs"] as const) {
      const grouped = await createGradientEngine({ ...options, grouped: true, engine });
      for (const sizes of [[1, 1], [0, 3], [4], []]) {
        await expect(grouped.clippedSum({ ...batch, groupSizes: Uint32Array.from(sizes) })).rejects.toThrow(
          "groupSizes",
        );
      }
      await expect(grouped.clippedSum(batch)).rejects.toThrow("groupSizes");
      const single = await createGradientEngine(options);
      await expect(single.clippedSum({ ...batch, groupSizes: Uint32Array.of(3) })).rejects.toThrow("groupSizes");
    }
  });
});
