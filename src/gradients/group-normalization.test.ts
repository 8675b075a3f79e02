import * as tf from "@tensorflow/tfjs-core";
import { layers, models, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "./backend.fixture.ts";
import { GroupNormalization } from "./index.ts";
import { testNumbers } from "./models.fixture.ts";

describe("group normalization", () => {
  beforeAll(() => useBackend("cpu"));
  const made = (shape: number[]): tf.Tensor => {
    const next = testNumbers(1);
    return tf.tensor(
      Array.from({ length: tf.util.sizeFromShape(shape) }, () => 5 * next() - 1),
      shape,
    );
  };

  it("gives every group of every example mean 0 and variance 1", () => {
    const x = made([3, 4, 2, 6]);
    const y = new GroupNormalization({ groups: 2, epsilon: 1e-6 }).apply(x) as tf.Tensor;
    for (let example = 0; example < 3; example++) {
      for (const group of [0, 3]) {
        const part = tf.slice(y, [example, 0, 0, group], [1, 4, 2, 3]);
        const { mean, variance } = tf.moments(part);
        expect(Math.abs(mean.dataSync()[0])).toBeLessThan(1e-5);
        expect(Math.abs(variance.dataSync()[0] - 1)).toBeLessThan(1e-4);
      }
    }
  });

  it("with one group and no positions is layer normalization", () => {
    const x = made([5, 6]);
    const ours = (new GroupNormalization({ groups: 1 }).apply(x) as tf.Tensor).dataSync();
    const theirs = (layers.layerNormalization().apply(x) as tf.Tensor).dataSync();
    ours.forEach((value, k) => expect(Math.abs(value - theirs[k])).toBeLessThan(1e-5));
  });

  it("refuses groups that do not divide the channels, and groups of a single number", () => {
    expect(() => new GroupNormalization({ groups: 4 }).apply(made([2, 3, 6]))).toThrow(/divisor of the 6 channels/);
    expect(() => new GroupNormalization({ groups: 6 }).apply(made([2, 6]))).toThrow(/fewer than the channels/);
    expect(() => new GroupNormalization({ groups: 0 })).toThrow(/groups/);
  });

  it("survives the way to JSON and back", async () => {
    const net = sequential({ layers: [layers.dense({ units: 6, inputShape: [3] })] });
    net.add(new GroupNormalization({ groups: 3, epsilon: 0.01 }));
    const copy = await models.modelFromJSON(net.toJSON(undefined, false) as never);
    expect(copy.layers.at(-1)?.getConfig()).toEqual(net.layers.at(-1)?.getConfig());
  });
});
