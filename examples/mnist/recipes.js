// The recipes of this folder: public choices, made before the private run that uses them.
import { layers, sequential } from "@tensorflow/tfjs-layers";

/**
 * Two convolutions, two poolings and a hidden layer, tanh throughout (26,010 weights). Bounded activations keep the
 * per-example gradients small, so clipping takes less from them.
 *
 * Papernot, Thakurta, Song, Chien, Erlingsson 2021, arXiv:2007.14191v1.
 */
export function tanhNetwork() {
  const around = [
    [2, 3],
    [2, 3],
  ];
  return sequential({
    layers: [
      layers.reshape({ inputShape: [28, 28], targetShape: [28, 28, 1] }),
      layers.zeroPadding2d({ padding: around }),
      layers.conv2d({ filters: 16, kernelSize: 8, strides: 2, activation: "tanh" }),
      layers.maxPooling2d({ poolSize: 2, strides: 1 }),
      layers.conv2d({ filters: 32, kernelSize: 4, strides: 2, activation: "tanh" }),
      layers.maxPooling2d({ poolSize: 2, strides: 1 }),
      layers.flatten(),
      layers.dense({ units: 32, activation: "tanh" }),
      layers.dense({ units: 10 }),
    ],
  });
}

/**
 * By target epsilon at delta 1e-5. The learning rate falls linearly to `lastRate` times `learningRate`: late steps, whose noise
 * nothing averages out any more, move little. `atLeast` is the test accuracy that the mean of three runs reaches.
 */
export const recipes = {
  0.92: { expectedBatchSize: 1024, epochs: 12, learningRate: 1.5, lastRate: 0.05, atLeast: 0.95 },
  2.5: { expectedBatchSize: 512, epochs: 15, learningRate: 1, lastRate: 0.1, atLeast: 0.97 },
  2.93: { expectedBatchSize: 1024, epochs: 40, learningRate: 1.5, lastRate: 0.02, atLeast: 0.981 },
  6.1: { expectedBatchSize: 512, epochs: 20, learningRate: 1.5, lastRate: 0.1, atLeast: 0.974 },
};
