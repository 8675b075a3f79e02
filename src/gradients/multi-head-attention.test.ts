import * as tf from "@tensorflow/tfjs-core";
import { layers, models, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { isPrivacyError } from "../core/index.ts";
import { useBackend } from "./backend.fixture.ts";
import { MultiHeadAttention, TiedDense } from "./index.ts";
import { testNumbers } from "./models.fixture.ts";

/** By loops over positions and heads, in f64: x `[positions][width]`, weights as the layer lists them. */
function attendByLoops(x: number[][], weights: number[][][][], heads: number, isCausal: boolean): number[][] {
  const [wq, wk, wv, wo] = weights;
  const project = (w: number[][][], h: number): number[][] =>
    x.map((row) => w[0][h].map((_, d) => row.reduce((sum, value, i) => sum + value * w[i][h][d], 0)));
  const result = x.map((row) => row.map(() => 0));
  for (let h = 0; h < heads; h++) {
    const [q, k, v] = [wq, wk, wv].map((w) => project(w, h));
    q.forEach((query, t) => {
      const reach = isCausal ? t + 1 : x.length;
      const scores = k.slice(0, reach).map((key) => {
        return Math.exp(key.reduce((sum, value, d) => sum + value * query[d], 0) / Math.sqrt(query.length));
      });
      const total = scores.reduce((a, b) => a + b, 0);
      v[0].forEach((_, d) => {
        const attended = scores.reduce((sum, score, s) => sum + (score / total) * v[s][d], 0);
        result[t].forEach((_, o) => (result[t][o] += attended * wo[h][d][o]));
      });
    });
  }
  return result;
}

/** Made-up values in [-1, 1]. */
function spread(shape: number[], seed: number): tf.Tensor {
  const next = testNumbers(seed);
  return tf.tensor(
    Array.from({ length: tf.util.sizeFromShape(shape) }, () => 2 * next() - 1),
    shape,
  );
}

describe("MultiHeadAttention", () => {
  beforeAll(() => useBackend("cpu"));

  it.each([false, true])("is the formula of Vaswani et al. for every head, causal %s", (useCausalMask) => {
    const layer = new MultiHeadAttention({ numHeads: 2, keyDim: 3, valueDim: 2, useBias: false, useCausalMask });
    const net = sequential({ layers: [layers.activation({ activation: "linear", inputShape: [4, 5] })] });
    net.add(layer);
    const x = spread([2, 4, 5], 3);
    const weights = layer.getWeights().map((w) => w.arraySync() as number[][][]);
    const got = (net.predict(x) as tf.Tensor3D).arraySync();
    (x as tf.Tensor3D).arraySync().forEach((example, i) => {
      const wanted = attendByLoops(example, weights, 2, useCausalMask).flat();
      got[i].flat().forEach((value, k) => expect(Math.abs(value - wanted[k])).toBeLessThan(1e-5));
    });
  });

  it("comes back from its saved form with the same predictions", async () => {
    const net = sequential({ layers: [layers.dense({ units: 4, inputShape: [3, 4] })] });
    net.add(new MultiHeadAttention({ numHeads: 2, keyDim: 2, useCausalMask: true }));
    const copy = await models.modelFromJSON({ modelTopology: net.toJSON(undefined, false) as never });
    copy.setWeights(net.getWeights());
    const x = spread([2, 3, 4], 4);
    const [before, after] = [net, copy].map((m) => [...(m.predict(x) as tf.Tensor).dataSync()]);
    expect(after).toEqual(before);
  });

  it("TiedDense says that a saved configuration does not hold its table", () => {
    const attempt = (): unknown => TiedDense.fromConfig();
    expect(attempt).toThrow(/build the model in code/);
    try {
      attempt();
    } catch (error) {
      expect(isPrivacyError(error)).toBe(true);
    }
  });
});
