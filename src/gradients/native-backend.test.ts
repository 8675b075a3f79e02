import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { nativeFolder, useBackend } from "./backend.fixture.ts";
import { createGradientEngine } from "./index.ts";

// SORDINO_TFJS_NODE=FOLDER, see tools/build-tfjs-node.sh
describe.skipIf(nativeFolder === undefined)("the tfjs engine on native kernels", () => {
  beforeAll(() => useBackend("tensorflow"));

  const options = {
    engine: "tfjs",
    loss: { kind: "categoricalCrossentropy", fromLogits: true },
    l2ClipNorm: 1,
    expectedBatchSize: 8,
    random: seededRandom("native"),
  } as const;
  const dense = () => sequential({ layers: [layers.dense({ units: 3, inputShape: [4] })] });

  it("T1 refuses groups and a batch that its passes have no room for, and says what to do", async () => {
    const grouped = createGradientEngine({ ...options, model: dense(), grouped: true });
    await expect(grouped).rejects.toThrow(/grouped .*backend tensorflow.*engine "wasm"/);
    const engine = await createGradientEngine({ ...options, model: dense() });
    const many = engine.clippedSum({ x: tf.zeros([60, 4]), y: tf.zeros([60, 3]) });
    await expect(many).rejects.toThrow(/at most \d\d rows .*declare a larger expectedBatchSize/);
  });

  it("T1 refuses a loss by which rows depend on each other", async () => {
    const loss = (_: tf.Tensor, logits: tf.Tensor): tf.Tensor =>
      tf.sum(tf.square(tf.sub(logits, tf.mean(logits, 0, true))), -1);
    await expect(createGradientEngine({ ...options, model: dense(), loss })).rejects.toThrow(
      /other examples of its batch/,
    );
  });

  it("D4 moves no row by a bit when another one leaves, where both batches gave it the same place", async () => {
    // five rows of 8 stay: with the seed of the engine their places are the same whether 3 others come or not
    const model = sequential({
      layers: [
        layers.reshape({ targetShape: [5, 7], inputShape: [35] }),
        layers.dense({ units: 12, activation: "softmax" }),
        layers.globalAveragePooling1d({}),
        layers.dense({ units: 3 }),
      ],
    });
    const engineOf = () => createGradientEngine({ ...options, model, random: seededRandom("again") });
    const x = tf.randomNormal([8, 35], 0, 1, "float32", 5);
    const y = tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1], "int32"), 3);
    const all = await (await engineOf()).clippedSum({ x, y });
    const fewer = await (
      await engineOf()
    ).clippedSum({
      x: tf.slice(x, [0, 0], [5, 35]),
      y: tf.slice(y, [0, 0], [5, 3]),
    });
    const norms = [all, fewer].map((sum) => sum.diagnostics.revealNotPrivate().norms);
    // places are drawn row by row from words of the same source
    expect([...norms[0].subarray(0, 5)]).toEqual([...norms[1]]);
  });
});
