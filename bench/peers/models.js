// The models of the comparison in TensorFlow.js, as torch_step.py and jax_step.py build them.
import * as tf from "@tensorflow/tfjs-core";
import { input, layers, model as graph, sequential } from "@tensorflow/tfjs-layers";
import { MultiHeadAttention } from "../../dist/gradients/index.js";

const chain = (...list) => sequential({ layers: list });

const mlp = () =>
  chain(layers.dense({ units: 256, activation: "relu", inputShape: [784] }), layers.dense({ units: 10 }));

// Opacus's padding of 3 before the first convolution is written as a layer of zeros
const cnn = () =>
  chain(
    layers.zeroPadding2d({ padding: 3, inputShape: [28, 28, 1] }),
    layers.conv2d({ filters: 16, kernelSize: 8, strides: 2, activation: "relu" }),
    layers.maxPooling2d({ poolSize: 2, strides: 1 }),
    layers.conv2d({ filters: 32, kernelSize: 4, strides: 2, activation: "relu" }),
    layers.maxPooling2d({ poolSize: 2, strides: 1 }),
    layers.flatten(),
    layers.dense({ units: 32, activation: "relu" }),
    layers.dense({ units: 10 }),
  );

const text = () =>
  chain(
    layers.embedding({ inputDim: 10_000, outputDim: 16, inputLength: 256 }),
    layers.globalAveragePooling1d({}),
    layers.dense({ units: 16, activation: "relu" }),
    layers.dense({ units: 2 }),
  );

// the orthogonal initializer of tfjs needs its chained operations, which nothing here loads
const lstm = () =>
  chain(
    layers.lstm({
      units: 100,
      recurrentActivation: "sigmoid",
      recurrentInitializer: "glorotUniform",
      inputShape: [20, 100],
    }),
    layers.dense({ units: 2 }),
  );

function transformer() {
  const x = input({ shape: [64, 64] });
  const seen = new MultiHeadAttention({ numHeads: 4, keyDim: 16 }).apply(x);
  const first = layers.layerNormalization({ epsilon: 1e-5 }).apply(layers.add().apply([x, seen]));
  const wide = layers.dense({ units: 128, activation: "relu" }).apply(first);
  const narrow = layers.dense({ units: 64 }).apply(wide);
  const second = layers.layerNormalization({ epsilon: 1e-5 }).apply(layers.add().apply([first, narrow]));
  const mean = layers.globalAveragePooling1d({}).apply(second);
  return graph({ inputs: x, outputs: layers.dense({ units: 2 }).apply(mean) });
}

export const models = {
  mlp: { build: mlp, shape: [784], classes: 10 },
  cnn: { build: cnn, shape: [28, 28, 1], classes: 10 },
  text: { build: text, shape: [256], classes: 2, words: 10_000 },
  lstm: { build: lstm, shape: [20, 100], classes: 2 },
  transformer: { build: transformer, shape: [64, 64], classes: 2 },
};

/** One fixed batch for a model: inputs `[batch, …shape]`, one-hot labels `[batch, classes]`. */
export function batchOf({ shape, classes, words }, batch) {
  const x =
    words === undefined
      ? tf.randomNormal([batch, ...shape], 0, 1, "float32", 7)
      : tf.floor(tf.randomUniform([batch, ...shape], 0, words, "float32", 7));
  const labels = Float32Array.from({ length: batch * classes }, (_, k) =>
    Number(k % classes === (Math.floor(k / classes) * 7) % classes),
  );
  return { x, y: tf.tensor(labels, [batch, classes]) };
}
