import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, type SymbolicTensor, input, layers, model, sequential } from "@tensorflow/tfjs-layers";

/** Dense layers above and below the size at which a run is one product. */
export function perceptron(inputs = 40, hidden = 48, classes = 5): LayersModel {
  return seeded(
    sequential({
      layers: [
        layers.dense({ units: hidden, activation: "relu", inputShape: [inputs] }),
        layers.dense({ units: classes }),
      ],
    }),
  );
}

/** Convolutions, poolings, a normalization and a wide enough head. */
export function convolutional(): LayersModel {
  return seeded(
    sequential({
      layers: [
        layers.conv2d({ filters: 4, kernelSize: 3, padding: "same", activation: "relu", inputShape: [9, 8, 2] }),
        layers.maxPooling2d({ poolSize: 2, strides: 1 }),
        layers.conv2d({ filters: 6, kernelSize: [3, 2], strides: 2, activation: "tanh" }),
        layers.averagePooling2d({ poolSize: 2, strides: 1, padding: "same" }),
        layers.flatten(),
        layers.dense({ units: 24, activation: "relu" }),
        layers.layerNormalization(),
        layers.dense({ units: 5 }),
      ],
    }),
  );
}

/** Tokens `[batch, 7]`: an embedding, a dense layer at every position, a shared layer, a skip connection. */
export function textual(): LayersModel {
  const tokens = input({ shape: [7], dtype: "int32" });
  const embedded = layers.embedding({ inputDim: 30, outputDim: 6 }).apply(tokens);
  const shared = layers.dense({ units: 6, activation: "tanh" });
  const once = shared.apply(embedded);
  const twice = shared.apply(once);
  const sum = layers.add().apply([once, twice] as SymbolicTensor[]);
  const pooled = layers.globalAveragePooling1d().apply(sum);
  return seeded(model({ inputs: tokens, outputs: layers.dense({ units: 5 }).apply(pooled) as SymbolicTensor }));
}

/** The same tokens as floats into a Sequential: what a model that was never told their type gets. */
export function sequentialText(): LayersModel {
  return seeded(
    sequential({
      layers: [
        layers.embedding({ inputDim: 30, outputDim: 6, inputLength: 7 }),
        layers.globalAveragePooling1d(),
        layers.dense({ units: 5 }),
      ],
    }),
  );
}

/** A model inside a model, called twice, a frozen layer between, and a concatenation. */
export function nested(): LayersModel {
  const x = input({ shape: [8] });
  const inner = sequential({
    layers: [layers.dense({ units: 8, activation: "tanh", inputShape: [8] }), layers.layerNormalization()],
  });
  const once = inner.apply(x) as SymbolicTensor;
  const frozen = layers.dense({ units: 8, activation: "sigmoid", trainable: false }).apply(once) as SymbolicTensor;
  const twice = inner.apply(frozen) as SymbolicTensor;
  const joined = layers.concatenate().apply([once, twice]);
  return seeded(model({ inputs: x, outputs: layers.dense({ units: 5 }).apply(joined) as SymbolicTensor }));
}

/** The same weights in every run, of the size that Glorot's rule gives. */
function seeded(net: LayersModel): LayersModel {
  const next = testNumbers(99);
  for (const layer of net.layers) {
    const values = layer.getWeights().map((weight) => {
      const fans = weight.shape.length > 1 ? weight.shape.slice(0, -2).reduce((a, b) => a * b, 1) : 1;
      const limit = Math.sqrt(6 / (fans * weight.shape.slice(-2).reduce((a, b) => a + b, 0)));
      return tf.tensor(
        Array.from({ length: weight.size }, () => limit * (2 * next() - 1)),
        weight.shape,
      );
    });
    layer.setWeights(values);
    tf.dispose(values);
  }
  return net;
}

/** A small generator for made-up data in tests (mulberry32); no privacy noise comes from it. */
export function testNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Made-up rows for a model of this file; labels are class numbers below 5. */
export function madeUpBatch(net: LayersModel, rows: number, seed: number): { x: tf.Tensor; y: tf.Tensor } {
  const next = testNumbers(seed);
  const shape = [rows, ...(net.inputs[0]?.shape.slice(1) ?? []).map(Number)];
  const size = shape.reduce((a, b) => a * b, 1);
  const isText = net.layers.some((layer) => layer.getClassName() === "Embedding");
  const values = Array.from({ length: size }, () => (isText ? Math.floor(30 * next()) : 4 * next() - 2));
  const labels = Array.from({ length: rows }, () => Math.floor(5 * next()));
  return { x: tf.tensor(values, shape, net.inputs[0]?.dtype ?? "float32"), y: tf.tensor(labels, [rows], "int32") };
}

export const logits = { kind: "sparseCategoricalCrossentropy", fromLogits: true } as const;
