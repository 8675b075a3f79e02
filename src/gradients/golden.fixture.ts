import { readFileSync, readdirSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, type SymbolicTensor, input, layers, model as makeModel } from "@tensorflow/tfjs-layers";
import type { Loss } from "./loss.ts";
import { TiedDense } from "./tied-dense.ts";

interface Values {
  readonly name: string;
  readonly shape: number[];
  readonly dtype: "float32" | "int32";
  readonly data: (number | string)[];
}

interface GoldenLayer {
  readonly class: string;
  readonly name: string;
  readonly trainable: boolean;
  readonly config: Record<string, unknown>;
}

/** A file of golden/, as its README says. */
export interface Golden {
  readonly name: string;
  readonly batchSize: number;
  readonly inputs: Values[];
  readonly labels: Values;
  readonly layers: GoldenLayer[];
  readonly graph: { layer: string; inputs: string[]; output: string }[];
  readonly output: string;
  readonly weights: { name: string; layer: string; shape: number[]; trainable: boolean; data: number[] }[];
  readonly loss: "categoricalCrossentropyFromLogits" | "mse";
  readonly clipNorm: number;
  readonly expected: {
    readonly loss: (number | null)[];
    readonly gradNorm: (number | null)[];
    readonly clippedSum: { name: string; data: number[] }[];
    readonly clippedSumNorm: number;
    readonly numClipped: number;
    readonly nonFiniteExamples: number[];
    readonly alternative?: unknown;
  };
}

/** Every case of golden/. */
export function goldenNames(): string[] {
  const files = readdirSync(new URL("golden/", import.meta.url)).filter((file) => file.endsWith(".json"));
  return files.map((file) => file.slice(0, -".json".length)).toSorted();
}

export function readGolden(name: string): Golden {
  return JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), "utf8")) as Golden;
}

type BuiltLayer = ReturnType<typeof buildLayer> | TiedDense;

export function tensorOf(values: Values): tf.Tensor {
  const data = values.data.map(Number);
  return tf.tensor(data, values.shape, values.dtype);
}

const builders: Record<string, (config: never) => ReturnType<typeof layers.dense>> = {
  Dense: layers.dense,
  Conv1D: layers.conv1d,
  Conv2D: layers.conv2d,
  Embedding: layers.embedding,
  LayerNormalization: layers.layerNormalization,
  Flatten: layers.flatten,
  Activation: layers.activation,
  Add: layers.add,
  Concatenate: layers.concatenate,
  MaxPooling2D: layers.maxPooling2d,
  AveragePooling2D: layers.averagePooling2d,
  GlobalAveragePooling1D: layers.globalAveragePooling1d,
  GlobalAveragePooling2D: layers.globalAveragePooling2d,
  SimpleRNN: layers.simpleRNN,
  LSTM: layers.lstm,
  GRU: layers.gru,
  Bidirectional: layers.bidirectional,
  TimeDistributed: layers.timeDistributed,
  DepthwiseConv2D: layers.depthwiseConv2d,
  SeparableConv2D: layers.separableConv2d,
  Conv2DTranspose: layers.conv2dTranspose,
  PReLU: layers.prelu,
} as unknown as Record<string, (config: never) => ReturnType<typeof layers.dense>>;

/** A wrapper holds the layer that it wraps as a class and a configuration. */
function buildLayer(kind: string, config: Record<string, unknown>): ReturnType<typeof layers.dense> {
  const build = builders[kind];
  if (build === undefined) throw new Error(`no builder for ${kind}`);
  const inner = config["layer"] as { class: string; config: Record<string, unknown> } | undefined;
  const layer = inner === undefined ? {} : { layer: buildLayer(inner.class, inner.config) };
  // the default, orthogonal, needs methods on tensors that only the whole of TensorFlow.js installs
  const start = ["SimpleRNN", "LSTM", "GRU"].includes(kind) ? { recurrentInitializer: "glorotUniform" } : {};
  return build({ ...config, ...layer, ...start } as never);
}

/** The model of a golden file, and which file key each of its weights has. */
export function buildGolden(golden: Golden): { model: LayersModel; keys: Map<string, string> } {
  const tensors = new Map<string, SymbolicTensor>();
  for (const { name, shape, dtype } of golden.inputs) tensors.set(name, input({ shape: shape.slice(1), dtype }));
  const made = new Map<string, BuiltLayer>();
  for (const { class: kind, name, trainable, config } of golden.layers) {
    const tied = kind === "TiedDense" ? made.get(String(config["tiedTo"])) : undefined;
    made.set(
      name,
      tied === undefined
        ? buildLayer(kind, { ...config, trainable })
        : new TiedDense({ tiedTo: tied as unknown as ReturnType<typeof layers.embedding> }),
    );
  }
  for (const call of golden.graph) {
    const from = call.inputs.map((name) => tensors.get(name) as SymbolicTensor);
    const layer = made.get(call.layer) as BuiltLayer;
    tensors.set(call.output, layer.apply(from.length === 1 ? from[0] : from) as SymbolicTensor);
  }
  const model = makeModel({
    inputs: golden.inputs.map((i) => tensors.get(i.name) as SymbolicTensor),
    outputs: tensors.get(golden.output) as SymbolicTensor,
  });
  const keys = new Map<string, string>();
  for (const [name, layer] of made) {
    const own = golden.weights.filter((w) => w.layer === name);
    const values = own.map((w) => tf.tensor(w.data, w.shape));
    if (own.length > 0) layer.setWeights(values);
    tf.dispose(values);
    layer.weights.forEach((weight, i) => keys.set(weight.name, own[i]?.name ?? ""));
  }
  return { model, keys };
}

/** The files' losses are sums over positions, as their README says. */
export function goldenLoss(golden: Golden): Loss {
  if (golden.loss === "mse") return { kind: "meanSquaredError", positions: "sum" };
  return { kind: "categoricalCrossentropy", fromLogits: true, positions: "sum" };
}
