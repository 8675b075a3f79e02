import * as tf from "@tensorflow/tfjs-core";
import { type SymbolicTensor, input, layers, model as makeModel, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { isPrivacyError } from "../core/index.ts";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import { checkModel, createTfjsEngine } from "./index.ts";
import { convolutional, logits, madeUpBatch, perceptron, textual } from "./models.fixture.ts";

describe("checkModel", () => {
  beforeAll(() => useBackend("cpu"));

  it("D24 finds nothing in models that can be trained", () => {
    for (const build of [perceptron, convolutional, textual]) expect(checkModel(build())).toEqual([]);
  });

  it("D24 lists every problem at once, with layer, reason and replacement", () => {
    const model = sequential({
      layers: [
        layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [8, 8, 1], name: "fine" }),
        layers.batchNormalization({ name: "norm" }),
        layers.timeDistributed({ layer: layers.batchNormalization({}), name: "wrapped" }),
        layers.gaussianNoise({ stddev: 1, name: "noise" }),
        layers.flatten(),
        layers.dense({ units: 3 }),
      ],
    });
    const problems = checkModel(model);
    expect(problems.map((p) => [p.layer, p.layerClass])).toEqual([
      ["norm", "BatchNormalization"],
      ["wrapped", "TimeDistributed"],
      ["noise", "GaussianNoise"],
    ]);
    expect(problems[0]?.replacement).toMatch(/GroupNormalization/);
    for (const problem of problems) expect(problem.reason.length).toBeGreaterThan(10);
  });

  it("D24 refuses noise that is not the engine's, an axis that TensorFlow.js lacks, one step, and a model inside TimeDistributed", () => {
    const start = { units: 2, recurrentInitializer: "glorotNormal" } as const;
    const reasonOf = (layer: ReturnType<typeof layers.dense>): string | undefined =>
      checkModel(sequential({ layers: [layer, layers.dense({ units: 2 })] }))[0]?.reason;
    const dropping = { ...start, dropout: 0.5, recurrentDropout: 0.5, inputShape: [3, 2] };
    expect(reasonOf(layers.gru(dropping) as never)).toBeUndefined();
    expect(reasonOf(layers.gaussianNoise({ stddev: 1, inputShape: [2] }) as never)).toMatch(
      /TensorFlow.js's generator/,
    );
    expect(reasonOf(layers.softmax({ axis: 1, inputShape: [3, 2] }) as never)).toMatch(/another axis than the last/);
    expect(reasonOf(layers.simpleRNN({ ...start, inputShape: [1, 2] }) as never)).toMatch(/one step/);
    const inner = sequential({ layers: [layers.dense({ units: 2, inputShape: [2] })] });
    const wrapper = layers.timeDistributed({ layer: inner, inputShape: [3, 2] });
    expect(reasonOf(wrapper as never)).toMatch(/wraps a model/);
  });

  it.each([true, false])(
    "T22 D24 refuses BatchNormalization with trainable %s: in training it normalizes by the batch",
    (trainable) => {
      const model = sequential({
        layers: [layers.batchNormalization({ inputShape: [4], trainable }), layers.dense({ units: 2 })],
      });
      expect(checkModel(model)[0]?.layerClass).toBe("BatchNormalization");
    },
  );

  it("D24 refuses a stateful recurrent layer, a shared Dropout mask, an axis that is the batch, channelsFirst", () => {
    const recurrent = sequential({
      layers: [
        layers.lstm({
          units: 2,
          stateful: true,
          batchInputShape: [4, 3, 2],
          recurrentInitializer: "glorotNormal",
        }),
        layers.dense({ units: 2 }),
      ],
    });
    expect(checkModel(recurrent)[0]?.reason).toMatch(/state/);
    const dropout = sequential({
      layers: [layers.dropout({ rate: 0.5, noiseShape: [1, 4], inputShape: [4] }), layers.dense({ units: 2 })],
    });
    expect(checkModel(dropout)[0]?.reason).toMatch(/mask/);
    const first = sequential({
      layers: [
        layers.conv2d({ filters: 2, kernelSize: 2, dataFormat: "channelsFirst", inputShape: [1, 5, 5] }),
        layers.flatten(),
        layers.dense({ units: 2 }),
      ],
    });
    expect(checkModel(first)[0]?.reason).toMatch(/channelsFirst/);
  });

  it("sees into nested models, takes several outputs, and refuses nothing to train", () => {
    const inner = sequential({ layers: [layers.batchNormalization({ inputShape: [4], name: "deep" })] });
    const nested = sequential({
      layers: [layers.dense({ units: 4, inputShape: [3] }), inner, layers.dense({ units: 2 })],
    });
    expect(checkModel(nested).map((p) => p.layer)).toEqual(["deep"]);
    const x = input({ shape: [3] });
    const heads = [1, 2].map((units) => layers.dense({ units }).apply(x) as SymbolicTensor);
    expect(checkModel(makeModel({ inputs: x, outputs: heads }))).toEqual([]);
    const frozen = sequential({ layers: [layers.dense({ units: 2, inputShape: [3], trainable: false })] });
    expect(checkModel(frozen)[0]?.reason).toMatch(/no trainable/);
  });

  it("refuses a model that has no layers yet", () => {
    expect(checkModel(sequential())[0]?.reason).toMatch(/no layers/);
  });

  it("takes a frozen nested model as frozen", () => {
    const inner = sequential({ layers: [layers.dense({ units: 4, inputShape: [3] })] });
    inner.trainable = false;
    const net = sequential({ layers: [inner, layers.dense({ units: 2 })] });
    expect(checkModel(net)).toEqual([]);
  });

  it("refuses a layer whose call was replaced: the engine would not run it", () => {
    const model = perceptron();
    Object.defineProperty(model.layers[0], "call", { value: () => tf.scalar(0) });
    expect(checkModel(model)[0]?.reason).toMatch(/call/);
  });
});

describe("what the engine refuses at attach", () => {
  beforeAll(() => useBackend("wasm"));
  const options = () => ({ model: perceptron(), l2ClipNorm: 1, random: seededRandom(1) });
  const codeOf = async (loss: (y: tf.Tensor, out: tf.Tensor) => tf.Tensor): Promise<string> => {
    const error: unknown = await createTfjsEngine({ ...options(), loss }).catch((e: unknown) => e);
    return isPrivacyError(error) ? error.code : "none";
  };

  it("a loss that is a mean over the batch", async () => {
    expect(await codeOf((y, out) => tf.mean(tf.squaredDifference(y, out)))).toBe("invalid_argument");
  });

  it("T21 a loss of the right shape that mixes examples", async () => {
    const mixing = (y: tf.Tensor, out: tf.Tensor) =>
      tf.sum(tf.squaredDifference(y, tf.sub(out, tf.mean(out, 0, true))), 1);
    expect(await codeOf(mixing)).toBe("unsupported_model");
  });

  it("accepts a loss of its own for each example", async () => {
    expect(await codeOf((y, out) => tf.sum(tf.abs(tf.sub(y, out)), 1))).toBe("none");
  });

  it("T26 a loss that no trainable layer reaches", async () => {
    const error: unknown = await createTfjsEngine({ ...options(), loss: (y) => tf.sum(y, 1) }).catch((e: unknown) => e);
    expect(String(error)).toMatch(/unsupported_model.*does not reach the loss/);
  });

  it("ids outside an embedding's table and class numbers outside the classes", async () => {
    const model = textual();
    const engine = await createTfjsEngine({ model, loss: logits, l2ClipNorm: 1, random: seededRandom(3) });
    const { x, y } = madeUpBatch(model, 2, 4);
    await expect(engine.clippedSum({ x: tf.add(x, 30), y })).rejects.toThrow(/ids in \[0, 30\)/);
    await expect(engine.clippedSum({ x, y: tf.add(y, 5) })).rejects.toThrow(/class numbers in \[0, 5\)/);
  });
});
