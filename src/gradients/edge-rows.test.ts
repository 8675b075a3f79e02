import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import { type Clip, MultiHeadAttention, createGradientEngine } from "./index.ts";
import { layerBatch, layerNets } from "./wasm-nets.fixture.ts";
import { convolutional, logits } from "./models.fixture.ts";

const clips: readonly Clip[] = [
  { kind: "flat", l2ClipNorm: 1 },
  { kind: "per-layer", l2ClipNorms: [1, 1] },
  { kind: "automatic", l2ClipNorm: 1, gamma: 0.01 },
];

describe.each(["tfjs", "wasm"] as const)("rows at the edges in the %s engine", (engine) => {
  beforeAll(() => useBackend("cpu"));

  const net = (): ReturnType<typeof sequential> =>
    sequential({
      layers: [layers.dense({ units: 3, activation: "tanh", inputShape: [2] }), layers.dense({ units: 2 })],
    });

  it.each(clips)("D10 a gradient of zero adds zero, not 0/0, under a $kind clip", async (clip) => {
    const model = net();
    const x = tf.tensor([1, 2], [1, 2]);
    // labels that are met exactly: every term of the gradient is zero
    const y = model.predict(x) as tf.Tensor;
    const options = { engine, model, loss: "meanSquaredError", clip, random: seededRandom("edge") } as const;
    const made = await createGradientEngine(options);
    const { sums, diagnostics } = await made.clippedSum({ x, y });
    expect(diagnostics.revealNotPrivate().nonFiniteRows).toBe(0);
    // kernels and backend may differ in the last bits of the output; what they leave is below f32's noise
    const limit = 1e-4 * 2 ** -made.gridExponent;
    for (const values of Object.values(sums)) for (const v of values) expect(Math.abs(v)).toBeLessThanOrEqual(limit);
    made.dispose();
  });

  it.each(clips)("D10 a gradient beyond float32 adds zero and is counted, under a $kind clip", async (clip) => {
    const model = net();
    const x = tf.tensor([1, 2, 1, 2], [2, 2]);
    const y = tf.tensor([3e38, -3e38, 1, -1], [2, 2]);
    const options = { engine, model, loss: "meanSquaredError", clip, random: seededRandom("edge") } as const;
    const made = await createGradientEngine(options);
    const both = await made.clippedSum({ x, y });
    const { norms, nonFiniteRows } = both.diagnostics.revealNotPrivate();
    const alone = await made.clippedSum({ x: tf.slice(x, [1], [1]), y: tf.slice(y, [1], [1]) });
    for (const [name, values] of Object.entries(both.sums)) {
      expect(values.every((v) => Number.isFinite(v))).toBe(true);
      const difference = Math.hypot(...values.map((v, k) => v - alone.sums[name][k])) * 2 ** made.gridExponent;
      // either the row was left out (or that layer of it), or it was still a number and adds no more than its bound
      const isOut = nonFiniteRows === 1 && clip.kind !== "per-layer";
      expect(difference).toBeLessThanOrEqual(isOut ? made.surcharge.total : made.sensitivity);
    }
    expect(nonFiniteRows).toBe(Number.isFinite(norms[0]) ? 0 : 1);
    made.dispose();
  });
});

describe("rows beside rows of numbers that are none, or too large", () => {
  beforeAll(() => useBackend("cpu"));

  const nets = new Map(Object.entries({ ...layerNets, convolutional }));
  // reads ids alone
  nets.delete("masked");
  /** Rows that stay as they are, of all. */
  const [kept, rows] = [5, 9];

  /** The last rows' numbers are ±value; ids have no such thing. */
  function spoil(t: tf.Tensor, value: number): tf.Tensor {
    if (t.dtype === "int32") return t;
    const from = (kept * t.size) / rows;
    const own = Float32Array.from(t.dataSync(), (v, k) => (k < from ? v : k % 2 === 0 ? value : -value));
    return tf.tensor(own, t.shape);
  }

  it.each(
    [...nets.keys()].flatMap((name) => ["tfjs" as const, "wasm" as const].map((engine) => [name, engine] as const)),
  )("D4 leave %s in the %s engine as it is, to the bit", async (name, engine) => {
    const model = (nets.get(name) ?? convolutional)();
    const { x, y } = layerBatch(model, rows, 5);
    const factsBeside = async (value?: number): Promise<Record<string, Float64Array>> => {
      const options = { engine, model, loss: logits, l2ClipNorm: 1, selfCheck: false } as const;
      const made = await createGradientEngine({ ...options, random: seededRandom(name) });
      const own = value === undefined ? x : x.map((t) => spoil(t, value));
      const { diagnostics } = await made.clippedSum({ x: own, y });
      made.dispose();
      const { norms, losses } = diagnostics.revealNotPrivate();
      return { norms: norms.slice(0, kept), losses: losses.slice(0, kept) };
    };
    const wanted = await factsBeside();
    for (const value of [NaN, Infinity, 1e38, 1e-40]) expect(await factsBeside(value)).toEqual(wanted);
  });
});

describe("over 50 sums", () => {
  beforeAll(() => useBackend("cpu"));

  const nets = ["transformer", "pictures", "branches", "masked", "stacked", "both ways, concat", "several inputs"];

  it.each(nets.flatMap((name) => ["tfjs" as const, "wasm" as const].map((engine) => [name, engine] as const)))(
    "P28 %s leaves no tensor in the %s engine",
    async (name, engine) => {
      const model = layerNets[name]();
      const options = { engine, model, loss: logits, l2ClipNorm: 1, selfCheck: false } as const;
      const made = await createGradientEngine({ ...options, random: seededRandom(name) });
      const batch = layerBatch(model, 2, 5);
      await made.clippedSum(batch);
      const before = tf.memory();
      for (let k = 0; k < 50; k++) await made.clippedSum(batch);
      expect(tf.memory().numTensors).toBe(before.numTensors);
      expect(tf.memory().numBytes).toBe(before.numBytes);
      made.dispose();
      tf.dispose([...batch.x, batch.y]);
      model.dispose();
      tf.disposeVariables();
    },
  );

  it("P28 weights, masks and several outputs leave none either, nor does a batch that is refused", async () => {
    const model = sequential({
      layers: [new MultiHeadAttention({ numHeads: 2, keyDim: 2, inputShape: [4, 3] } as never)],
    });
    const batch = {
      x: tf.ones([2, 4, 3]),
      y: tf.ones([2, 4, 3]),
      sampleWeights: tf.tensor([1, 0.5]),
      lossMask: tf.ones([2, 4]),
    };
    for (const engine of ["tfjs", "wasm"] as const) {
      const options = { engine, model, loss: "meanSquaredError", l2ClipNorm: 1, random: seededRandom("m") } as const;
      const made = await createGradientEngine(options);
      await made.clippedSum(batch);
      const before = tf.memory().numTensors;
      const wrong = tf.tensor([2, 1]);
      for (let k = 0; k < 50; k++) await made.clippedSum(batch);
      await expect(made.clippedSum({ ...batch, sampleWeights: wrong })).rejects.toThrow(/sampleWeights/);
      wrong.dispose();
      expect(tf.memory().numTensors).toBe(before);
      made.dispose();
    }
  });
});
