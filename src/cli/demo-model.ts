import { tensor4d } from "@tensorflow/tfjs-core";
import { type LayersModel, layers, sequential } from "@tensorflow/tfjs-layers";

const filterSize = 5;
const orientations = 8;

/**
 * The demo's network: fixed edge filters in eight directions, pooled to 7 x 7 (public constants, frozen: no private
 * record shapes them, so they cost no clipping and no noise), then 64 tanh units and 10 logits: 25,802 trained weights. Few
 * weights matter: noise goes into every one that is trained.
 *
 * @source Tramèr, Boneh 2021, arXiv:2011.11660v3: data-independent features beat small networks at small epsilon.
 */
export function demoModel(): LayersModel {
  const model = sequential({
    layers: [
      layers.reshape({ inputShape: [28, 28], targetShape: [28, 28, 1] }),
      layers.conv2d({
        filters: orientations,
        kernelSize: filterSize,
        padding: "same",
        activation: "relu",
        useBias: false,
        trainable: false,
        name: "edges",
      }),
      layers.averagePooling2d({ poolSize: 4, strides: 4 }),
      layers.flatten(),
      layers.dense({ units: 64, activation: "tanh", name: "hidden" }),
      layers.dense({ units: 10, name: "digits" }),
    ],
  });
  const kernel = edgeFilters();
  model.getLayer("edges").setWeights([kernel]);
  kernel.dispose();
  return model;
}

/** First derivatives of a Gaussian in eight directions, of equal absolute mass. */
function edgeFilters(): ReturnType<typeof tensor4d> {
  const center = (filterSize - 1) / 2;
  const values = new Float32Array(filterSize * filterSize * orientations);
  for (let k = 0; k < orientations; k++) {
    const angle = (2 * Math.PI * k) / orientations;
    const filter = Array.from({ length: filterSize * filterSize }, (_, i) => {
      const [x, y] = [(i % filterSize) - center, Math.floor(i / filterSize) - center];
      return (x * Math.cos(angle) + y * Math.sin(angle)) * Math.exp(-(x * x + y * y) / (2 * 1.5 ** 2));
    });
    const mass = filter.reduce((sum, v) => sum + Math.abs(v), 0);
    for (const [i, v] of filter.entries()) values[i * orientations + k] = (featureScale * v) / mass;
  }
  return tensor4d(values, [filterSize, filterSize, 1, orientations]);
}

/** A public constant, not a statistic of the data. */
const featureScale = 2.5;
