import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { isPrivacyError } from "../core/index.ts";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import { type Loss, createGradientEngine } from "./index.ts";
import { perExampleLoss } from "./loss.ts";

const kinds = ["categoricalCrossentropy", "binaryCrossentropy", "meanSquaredError"] as const;

describe("losses of labels with positions", () => {
  beforeAll(() => useBackend("cpu"));

  it.each(kinds)("T10 %s: the mean is the sum over the number of positions", (kind) => {
    const y = tf.tensor([1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0], [2, 3, 2]);
    const out = tf.tensor([0.2, 0.8, 0.6, 0.4, 0.3, 0.7, 0.5, 0.5, 0.9, 0.1, 0.25, 0.75], [2, 3, 2]);
    const [sum, mean] = (["sum", "mean"] as const).map((positions) => perExampleLoss({ kind, positions })(y, out));
    const ratio = [...tf.div(sum, mean).dataSync()];
    for (const value of ratio) expect(value).toBeCloseTo(3, 5);
    expect([...perExampleLoss(kind)(y, out).dataSync()]).toEqual([...mean.dataSync()]);
  });

  it.each(["tfjs", "wasm"] as const)("T10 the %s engine's norms scale by the number of positions", async (engine) => {
    const model = sequential({ layers: [layers.dense({ units: 3, inputShape: [4, 2] })] });
    const x = tf.tensor([0.1, 0.4, -0.3, 0.9, 0.2, -0.8, 0.7, 0.5], [1, 4, 2]);
    const y = tf.tensor([0, 2, 1, 1], [1, 4], "int32");
    const normWith = async (loss: Loss): Promise<number> => {
      const made = await createGradientEngine({ engine, model, loss, l2ClipNorm: 1, random: seededRandom("p") });
      return (await made.clippedSum({ x, y })).diagnostics.revealNotPrivate().norms[0];
    };
    const logits = { kind: "sparseCategoricalCrossentropy", fromLogits: true } as const;
    const sum = await normWith({ ...logits, positions: "sum" });
    const mean = await normWith(logits);
    expect(Math.abs(sum / mean - 4)).toBeLessThan(1e-4);
  });

  it("another reduction is refused by name", () => {
    const attempt = (): unknown => perExampleLoss({ kind: "meanSquaredError", positions: "max" as "sum" });
    expect(attempt).toThrow(/loss.positions/);
    try {
      attempt();
    } catch (error) {
      expect(isPrivacyError(error)).toBe(true);
    }
  });
});
