import * as tf from "@tensorflow/tfjs-core";
import { input, layers, model, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { isPrivacyError } from "../core/index.ts";
import { useBackend } from "./backend.fixture.ts";
import { MultiHeadAttention, checkModel, fixModel } from "./index.ts";
import { testNumbers } from "./models.fixture.ts";

/** Made-up values in [-1, 1]. */
function spread(shape: number[], seed: number): tf.Tensor {
  const next = testNumbers(seed);
  return tf.tensor(
    Array.from({ length: tf.util.sizeFromShape(shape) }, () => 2 * next() - 1),
    shape,
  );
}

describe("fixModel", () => {
  beforeAll(() => useBackend("cpu"));

  it("D24 replaces BatchNormalization, also in nested models, and keeps the other weights", async () => {
    const inner = sequential({
      layers: [layers.dense({ units: 6, inputShape: [4], name: "dense_inside" }), layers.batchNormalization()],
    });
    const x = input({ shape: [4] });
    const normalized = layers.batchNormalization({ scale: false, name: "norm" }).apply(inner.apply(x));
    const net = model({ inputs: x, outputs: layers.dense({ units: 2, name: "head" }).apply(normalized) as never });
    expect(checkModel(net).map((p) => p.layerClass)).toEqual(["BatchNormalization", "BatchNormalization"]);
    const fixed = await fixModel(net);
    expect(checkModel(fixed)).toEqual([]);
    expect(fixed.getLayer("norm").getConfig()["groups"]).toBe(3);
    const head = (m: typeof net): number[] => [...(m.getLayer("head").getWeights()[0]?.dataSync() ?? [])];
    expect(head(fixed)).toEqual(head(net));
    const once = fixed.predict(tf.ones([2, 4])) as tf.Tensor;
    expect(once.shape).toEqual([2, 2]);
    expect(checkModel(net).length).toBe(2);
  });

  it("a model without BatchNormalization predicts the same, our own layers included", async () => {
    const net = sequential({ layers: [layers.dense({ units: 4, inputShape: [3, 4] })] });
    net.add(new MultiHeadAttention({ numHeads: 2, keyDim: 2, useCausalMask: true }));
    const fixed = await fixModel(net);
    const x = spread([2, 3, 4], 7);
    const [before, after] = [net, fixed].map((m) => [...(m.predict(x) as tf.Tensor).dataSync()]);
    expect(after).toEqual(before);
  });

  it("T23: a normalization of single numbers, or of another axis, is refused with its name", async () => {
    const single = sequential({ layers: [layers.batchNormalization({ inputShape: [1], name: "lonely" })] });
    const first = sequential({ layers: [layers.batchNormalization({ inputShape: [3, 4], axis: 1, name: "across" })] });
    for (const [net, name] of [
      [single, "lonely"],
      [first, "across"],
    ] as const) {
      const error: unknown = await fixModel(net).catch((reason: unknown) => reason);
      expect(isPrivacyError(error) && error.message).toMatch(name);
    }
  });
});
