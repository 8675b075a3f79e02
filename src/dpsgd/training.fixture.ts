import "@tensorflow/tfjs-backend-cpu";
import { setBackend, train } from "@tensorflow/tfjs-core";
import { type LayersModel, layers, sequential } from "@tensorflow/tfjs-layers";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RandomSource } from "../core/random-source.ts";
import { isPrivacyError } from "../core/index.ts";
import { seededRandom } from "../testing/index.ts";
import { PrivacyEngine, type PrivacyEngineOptions } from "./privacy-engine.ts";
import type { RunOptions } from "./run-options.ts";

await setBackend("cpu");

/** A fresh folder for a ledger or a checkpoint. */
export const freshFolder = (): string => mkdtempSync(join(tmpdir(), "sordino-dpsgd-"));

/** Two noisy, separable clouds in the plane, labels 0 and 1; the same for the same number of rows. */
export function clouds(rows: number): {
  x: { data: Float32Array; shape: number[] };
  y: { data: Int32Array; shape: number[] };
} {
  const x = new Float32Array(2 * rows);
  const y = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    const label = i % 2;
    const angle = 2.399963 * i;
    y[i] = label;
    x[2 * i] = (label === 1 ? 1 : -1) + 0.4 * Math.cos(angle);
    x[2 * i + 1] = (label === 1 ? 0.5 : -0.5) + 0.4 * Math.sin(angle);
  }
  return { x: { data: x, shape: [rows, 2] }, y: { data: y, shape: [rows] } };
}

/** 2 inputs, 3 tanh units, 2 classes; weights fixed, so that two copies are equal. */
export function smallModel(): LayersModel {
  const model = sequential({
    layers: [
      layers.dense({ inputShape: [2], units: 3, activation: "tanh", kernelInitializer: "ones" }),
      layers.dense({ units: 2, activation: "softmax", kernelInitializer: "zeros" }),
    ],
  });
  return model;
}

/** The weights of a model as plain numbers. */
export const weightsOf = (model: LayersModel): number[] => model.getWeights().flatMap((w) => [...w.dataSync()]);

/** A run over 64 rows with q = 1/4. */
export function smallRun(model: LayersModel = smallModel()): RunOptions {
  return {
    model,
    optimizer: train.sgd(0.5),
    loss: "sparseCategoricalCrossentropy",
    data: { id: "clouds", ...clouds(64) },
    datasetSize: 64,
    expectedBatchSize: 16,
    steps: 10,
    l2ClipNorm: 1,
  };
}

/** An engine over a fresh ledger with reproducible randomness. */
export function openSeeded(seed: number, options: Partial<PrivacyEngineOptions> = {}): Promise<PrivacyEngine> {
  const random: RandomSource = seededRandom(seed);
  return PrivacyEngine.open({
    ledger: freshFolder(),
    unit: "example",
    neighboring: "add-or-remove-one",
    delta: 1e-5,
    random,
    ...options,
  });
}

/** The code of the PrivacyError that `run` ends in; anything else is thrown on. */
export async function codeOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (isPrivacyError(error)) return error.code;
    throw error;
  }
  return "no error";
}
