import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import { batchLoss } from "./batch-loss.ts";
import { createGradientEngine } from "./gradient-engine.ts";
import { type WeightView, trainableWeights, viewModel } from "./layer-view.ts";
import { logits } from "./models.fixture.ts";
import { referenceGradient } from "./reference-loop.ts";

const textual = (words: number, length: number): ReturnType<typeof sequential> =>
  sequential({
    layers: [
      layers.embedding({ inputDim: words, outputDim: 16, inputLength: length }),
      layers.globalAveragePooling1d({}),
      layers.dense({ units: 2 }),
    ],
  });

it("the rows of a table have the gradient that tfjs gives them, ids that repeat included", async () => {
  await useBackend("cpu");
  const model = textual(50, 12);
  const weights: WeightView[] = trainableWeights(viewModel(model));
  const x = tf.tensor2d([[3, 3, 3, 0, 49, 7, 7, 1, 2, 3, 48, 0]], [1, 12], "int32");
  const y = tf.tensor1d([1], "int32");
  const ours = referenceGradient(model, batchLoss(model, { loss: logits }), weights, [x], { y: [y] });
  const { grads } = tf.variableGrads(() =>
    tf.losses.softmaxCrossEntropy(tf.tensor2d([[0, 1]]), model.predict(x) as tf.Tensor),
  );
  const theirs = Object.values(grads).map((gradient) => Float32Array.from(gradient.dataSync()));
  expect(ours.map(({ length }) => length)).toEqual(theirs.map(({ length }) => length));
  ours.forEach((values, w) => values.forEach((value, k) => expect(value).toBeCloseTo(theirs[w][k], 6)));
  expect(ours[0].some((value) => value !== 0)).toBe(true);
});

it.each(["wasm", "tfjs"] as const)(
  "the self-check of a table of 10,000 rows takes no seconds on cpu: %s",
  async (engine) => {
    await useBackend("cpu");
    const model = textual(10_000, 256);
    const start = process.cpuUsage();
    const own = await createGradientEngine({ engine, model, loss: logits, l2ClipNorm: 1, random: seededRandom(1) });
    const { user, system } = process.cpuUsage(start);
    own.dispose();
    // tens of milliseconds on an idle machine; through every row of the table it were more than ten seconds
    expect((user + system) / 1e6).toBeLessThan(3);
  },
);
