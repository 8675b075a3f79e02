import { memory, setBackend } from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, describe, expect, it } from "vitest";
import { buildModel, setWeights, weightsOf } from "./hospital-model.ts";
import type { TensorSpec } from "./manifest.ts";
import { ProximalPull } from "./proximal-pull.ts";

beforeAll(async () => {
  await setBackend("cpu");
});

const dense = (units: number, inputs = 4): unknown => ({
  class_name: "Sequential",
  config: {
    name: "s",
    layers: [
      {
        class_name: "Dense",
        config: { name: "d", units, batch_input_shape: [null, inputs], kernel_initializer: "zeros" },
      },
    ],
  },
});
const spec = (name: string, ...shape: number[]): TensorSpec => ({ name, dtype: "float32", shape });
const announce = (topology: unknown, tensors: readonly TensorSpec[]) => {
  return { runId: "r", rounds: 1, topologyJson: JSON.stringify(topology), tensors };
};
const small = [spec("kernel", 4, 2), spec("bias", 2)];

describe("a topology from a coordinator", () => {
  it("is built when it fits the tensors that came with it", async () => {
    const model = await buildModel(announce(dense(2), small));
    expect(model.weights.map((w) => w.shape)).toEqual([[4, 2], [2]]);
    model.dispose();
  });

  it.each([
    ["of 40 MB where 40 bytes were announced", dense(10_000, 1_000)],
    ["of 2^32 units", dense(2 ** 32)],
    ["of 2^20 by 2^20 weights", dense(2 ** 20, 2 ** 20)],
    ["of an impossible number of units", dense(-1)],
    [
      "with a table of 2^40 rows",
      {
        class_name: "Sequential",
        config: {
          layers: [
            { class_name: "Embedding", config: { input_dim: 2 ** 40, output_dim: 8, batch_input_shape: [null, 4] } },
          ],
        },
      },
    ],
    ["that is nested beyond any sense", `${'{"config":'.repeat(50_000)}1${"}".repeat(50_000)}`],
    ["that is no model", { class_name: "Lambda", config: {} }],
    ["that names the prototype", { class_name: "__proto__", config: { __proto__: {} } }],
  ])("%s takes no memory and is refused by name", async (_, topology) => {
    const before = process.memoryUsage().arrayBuffers;
    const { numTensors } = memory();
    const run = {
      ...announce({}, small),
      topologyJson: typeof topology === "string" ? topology : JSON.stringify(topology),
    };
    await expect(buildModel(run)).rejects.toMatchObject({ code: "protocol_violation", details: { rule: "topology" } });
    expect((process.memoryUsage().arrayBuffers - before) >> 20).toBeLessThan(8);
    // weights of at most the announced size may have been made before the one that was too large
    expect(memory().numTensors - numTensors).toBeLessThanOrEqual(2);
  });

  it("does not stay guarded: models of others are built as large as they like", async () => {
    await expect(buildModel(announce(dense(2 ** 32), small))).rejects.toBeDefined();
    const model = sequential({ layers: [layers.dense({ units: 64, inputShape: [64] })] });
    expect(model.countParams()).toBe(64 * 65);
    model.dispose();
  });
});

describe("the pull of FedProx", () => {
  it("divides the way from the global weights by 1 + lr·mu, and leaves no tensor behind", async () => {
    const model = await buildModel(announce(dense(2), small));
    const before = memory().numTensors;
    const first = [Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), Float32Array.of(-1, 1)];
    const moved = [Float32Array.of(2, 2, 3, 0, 5, 6, 9, 8), Float32Array.of(-1, 5)];
    const parameters = (data: Float32Array[]) => small.map((s, i) => ({ ...s, data: data[i] }));
    setWeights(model, parameters(first));
    const pull = ProximalPull.from(model, 3, 0.5);
    setWeights(model, parameters(moved));
    pull?.apply();
    pull?.dispose();
    const got = (await weightsOf(model, undefined)).map((p) => Array.from(p.data, Number));
    for (const [i, w] of got.entries()) {
      for (const [k, x] of w.entries()) expect(x).toBeCloseTo(first[i][k] + (moved[i][k] - first[i][k]) / 2.5, 6);
    }
    expect(memory().numTensors).toBe(before);
    model.dispose();
  });

  it("of zero is none, and of no number is refused: it comes from the coordinator", async () => {
    const model = await buildModel(announce(dense(2), small));
    expect(ProximalPull.from(model, 0, 0.5)).toBeNull();
    for (const mu of [-1, NaN, Infinity]) expect(() => ProximalPull.from(model, mu, 0.5)).toThrow("config.proximalMu");
    model.dispose();
  });
});
