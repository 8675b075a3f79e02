import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { expect } from "vitest";
import { seededRandom } from "../testing/index.ts";
import type { ClippedSum } from "./clipped-sum.ts";
import { type GradientEngine, createGradientEngine, createTfjsEngine } from "./index.ts";
import { leaves, sizeOf, trainableWeights, viewModel } from "./layer-view.ts";
import { batchLoss } from "./batch-loss.ts";
import { testNumbers } from "./models.fixture.ts";
import { referenceGradient } from "./reference-loop.ts";

/**
 * Compares norms and clipped sums of a made-up batch, of every engine that knows the model, with a loop of tfjs's own
 * gradients: to 1e-4 of the norms, since both sides are f32.
 */
export async function compareWithLoop(model: LayersModel, rows: number, seed: number): Promise<void> {
  const { x, y } = madeUp(model, rows, seed);
  const options = { model, loss: "meanSquaredError", l2ClipNorm: 0.5, random: seededRandom(seed) } as const;
  const unchecked = { ...options, selfCheck: false };
  const own = await createTfjsEngine(unchecked);
  const chosen = await createGradientEngine(unchecked);
  const engines: GradientEngine[] = chosen.kind === "wasm" ? [own, chosen] : [own];
  const gradients = loop(model, x, y);
  for (const engine of engines) {
    const result = await engine.clippedSum({ x, y });
    compareNorms(result, gradients);
    compareSums(model, result, gradients, 0.5);
  }
  tf.dispose([...x, y]);
  model.dispose();
}

function madeUp(model: LayersModel, rows: number, seed: number): { x: tf.Tensor[]; y: tf.Tensor } {
  const next = testNumbers(seed);
  const made = (shape: number[], draw: () => number): tf.Tensor =>
    tf.tensor(
      Array.from({ length: tf.util.sizeFromShape(shape) }, () => draw()),
      shape,
    );
  const shapeOf = (shape: readonly (number | null)[]): number[] => [rows, ...shape.slice(1).map(Number)];
  const embedding = leaves(viewModel(model)).find((layer) => layer.getClassName() === "Embedding");
  const vocabulary = Number(embedding?.getConfig()["inputDim"] ?? 0);
  const draw = (): number => (embedding === undefined ? 2 * next() - 1 : Math.floor(vocabulary * next()));
  const x = model.inputs.map((input) => made(shapeOf(input.shape), draw));
  return { x, y: made(shapeOf(model.outputs[0]?.shape ?? []), () => 2 * next() - 1) };
}

/** Per row, one array per weight. */
function loop(model: LayersModel, x: readonly tf.Tensor[], y: tf.Tensor): Float32Array[][] {
  const weights = trainableWeights(viewModel(model));
  return Array.from({ length: y.shape[0] ?? 0 }, (_, row) => {
    const cut = (t: tf.Tensor): tf.Tensor =>
      tf.slice(t, [row, ...t.shape.slice(1).map(() => 0)], [1, ...t.shape.slice(1)]);
    const one = { x: x.map(cut), y: cut(y) };
    const gradient = referenceGradient(model, batchLoss(model, { loss: "meanSquaredError" }), weights, one.x, {
      y: [one.y],
    });
    tf.dispose([...one.x, one.y]);
    return gradient;
  });
}

const normOf = (gradient: readonly Float32Array[]): number =>
  Math.sqrt(gradient.reduce((sum, values) => values.reduce((s, v) => s + v * v, sum), 0));

function compareNorms(result: ClippedSum, gradients: readonly Float32Array[][]): void {
  const { norms } = result.diagnostics.revealNotPrivate();
  expect(norms.length).toBe(gradients.length);
  gradients.forEach((gradient, row) => {
    const wanted = normOf(gradient);
    expect(Math.abs(norms[row] - wanted), `norm ${row}`).toBeLessThanOrEqual(1e-4 * wanted + 1e-9);
  });
}

function compareSums(model: LayersModel, result: ClippedSum, gradients: Float32Array[][], clip: number): void {
  const step = 2 ** result.gridExponent;
  const scales = gradients.map((gradient) => Math.min(1, clip / normOf(gradient)));
  let difference = 0;
  let entries = 0;
  trainableWeights(viewModel(model)).forEach((weight, w) => {
    const sums = result.sums[weight.name];
    expect(sums.length).toBe(sizeOf(weight));
    entries += sums.length;
    sums.forEach((sum, k) => {
      const wanted = gradients.reduce((total, g, row) => total + g[w][k] * scales[row], 0);
      difference += (sum * step - wanted) ** 2;
    });
  });
  const grid = (step / 2) * Math.sqrt(entries);
  expect(Math.sqrt(difference)).toBeLessThanOrEqual(1e-4 * clip * gradients.length + grid);
}
