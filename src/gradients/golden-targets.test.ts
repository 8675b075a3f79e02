import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, type SymbolicTensor, input, layers, model } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import { type GradientBatch, type Loss, createGradientEngine } from "./index.ts";

interface Values {
  readonly shape: number[];
  readonly data: number[];
}

interface Expected {
  readonly clipNorm: number;
  readonly norms: number[];
  readonly clippedSum: Record<string, Values>;
}

/** A file of golden/targets/, from PyTorch in binary64 (`tools/vectors-targets.py`). */
interface Golden {
  readonly x: Values;
  readonly labels: Values[];
  readonly weights: Record<string, Values>;
  readonly lossWeights: number[];
  readonly sampleWeights?: Values;
  readonly lossMasks?: Values[];
  readonly groupSizes: number[];
  readonly losses: number[];
  readonly expected: { readonly rows: Expected; readonly groups: Expected };
}

const read = (name: string): Golden =>
  JSON.parse(readFileSync(new URL(`golden/targets/${name}.json`, import.meta.url), "utf8")) as Golden;

const tensorOf = ({ data, shape }: Values, dtype: "float32" | "int32" = "float32"): tf.Tensor =>
  tf.tensor(data, shape, dtype);

interface Case {
  readonly name: string;
  readonly loss: Loss[];
  readonly ids: readonly ("x" | number)[];
  readonly build: () => LayersModel;
}

const symbolic = (value: unknown): SymbolicTensor => value as SymbolicTensor;

function twoHeads(): LayersModel {
  const x = input({ shape: [8] });
  const trunk = layers.dense({ units: 24, activation: "tanh", name: "trunk" }).apply(x);
  const classes = layers.dense({ units: 5, activation: "softmax", name: "classes" }).apply(trunk);
  const numbers = layers.dense({ units: 3, name: "numbers" }).apply(trunk);
  return model({ inputs: x, outputs: [symbolic(classes), symbolic(numbers)] });
}

function tagger(): LayersModel {
  const ids = input({ shape: [5], dtype: "int32" });
  const table = layers.embedding({ inputDim: 11, outputDim: 6, name: "table" }).apply(ids);
  const made = { filters: 8, kernelSize: 3, padding: "same", activation: "relu", name: "context" } as const;
  const context = layers.conv1d(made).apply(table);
  const tags = layers.dense({ units: 4, name: "tags" }).apply(context);
  const pooled = layers.globalAveragePooling1d().apply(context);
  const truth = layers.dense({ units: 1, name: "truth" }).apply(pooled);
  return model({ inputs: ids, outputs: [symbolic(tags), symbolic(truth)] });
}

const cases: Case[] = [
  { name: "two-heads", loss: ["categoricalCrossentropy", "meanSquaredError"], ids: [], build: twoHeads },
  {
    name: "tagger",
    loss: [
      { kind: "sparseCategoricalCrossentropy", fromLogits: true },
      { kind: "binaryCrossentropy", fromLogits: true },
    ],
    ids: ["x", 0],
    build: tagger,
  },
];

/** The file's key of a weight: layers have the names that are there. */
const keyOf = (weight: string): string => weight.replace(/_\d+$/, "");

function fill(net: LayersModel, golden: Golden): void {
  for (const layer of net.layers) {
    const own = layer.weights.map((w) => tensorOf(golden.weights[keyOf(w.name)]));
    layer.setWeights(own);
    tf.dispose(own);
  }
}

function batchOf(golden: Golden, ids: Case["ids"]): GradientBatch {
  const { x, labels, sampleWeights, lossMasks } = golden;
  return {
    x: tensorOf(x, ids.includes("x") ? "int32" : "float32"),
    y: labels.map((values, o) => tensorOf(values, ids.includes(o) ? "int32" : "float32")),
    ...(sampleWeights === undefined ? {} : { sampleWeights: tensorOf(sampleWeights) }),
    ...(lossMasks === undefined ? {} : { lossMask: lossMasks.map((mask) => tensorOf(mask)) }),
  };
}

const runs = cases.flatMap((one) =>
  (["wasm", "tfjs"] as const).flatMap((engine) =>
    (["rows", "groups"] as const).map((unit) => ({ ...one, engine, unit })),
  ),
);

describe("models of two outputs, by PyTorch in binary64", () => {
  beforeAll(() => useBackend("cpu"));

  it.each(runs)("D1 D3 $name, $unit, $engine: losses, norms and the clipped sum", async (run) => {
    const golden = read(run.name);
    const net = run.build();
    fill(net, golden);
    const isGrouped = run.unit === "groups";
    const expected = golden.expected[run.unit];
    const engine = await createGradientEngine({
      model: net,
      loss: run.loss,
      lossWeights: golden.lossWeights,
      l2ClipNorm: expected.clipNorm,
      random: seededRandom("golden targets"),
      engine: run.engine,
      grouped: isGrouped,
    });
    const batch = batchOf(golden, run.ids);
    const groups = isGrouped ? { groupSizes: Uint32Array.from(golden.groupSizes) } : {};
    const { sums, gridExponent, diagnostics } = await engine.clippedSum({ ...batch, ...groups });
    const { norms, losses } = diagnostics.revealNotPrivate();
    expect(norms.length).toBe(expected.norms.length);
    expect(losses.length).toBe(golden.losses.length);
    expected.norms.forEach((norm, k) => expect(Math.abs(norms[k] - norm)).toBeLessThanOrEqual(1e-5 * norm));
    golden.losses.forEach((loss, k) => expect(Math.abs(losses[k] - loss)).toBeLessThanOrEqual(1e-5 * loss + 1e-6));
    let [difference, whole, entries] = [0, 0, 0];
    for (const [name, sum] of Object.entries(sums)) {
      const { data } = expected.clippedSum[keyOf(name)];
      expect(sum.length).toBe(data.length);
      entries += sum.length;
      sum.forEach((value, k) => (difference += (value * 2 ** gridExponent - data[k]) ** 2));
      data.forEach((value) => (whole += value * value));
    }
    const grid = 2 ** (gridExponent - 1) * Math.sqrt(entries);
    expect(Math.sqrt(difference)).toBeLessThanOrEqual(1e-5 * Math.sqrt(whole) + grid);
    expect(Object.keys(sums).length).toBe(Object.keys(expected.clippedSum).length);
    engine.dispose();
    net.dispose();
  });
});
