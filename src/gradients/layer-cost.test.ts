import { layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, expect, it } from "vitest";
import { seededRandom } from "../testing/index.ts";
import { useBackend } from "./backend.fixture.ts";
import { createGradientEngine } from "./gradient-engine.ts";
import { costOfLayers } from "./layer-cost.ts";

beforeAll(() => useBackend("wasm"));

it("counts six operations per weight and position, and the bytes of the method that was chosen", async () => {
  const model = sequential({
    layers: [
      layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [10, 10, 2] }),
      layers.flatten(),
      layers.dense({ units: 20 }),
    ],
  });
  const random = seededRandom(1);
  const engine = await createGradientEngine({ model, loss: "meanSquaredError", l2ClipNorm: 1, random });
  const [conv, dense] = costOfLayers(model, engine.explain());
  // 8 x 8 positions, 3·3·2·4 + 4 weights; then 256 x 20 + 20 weights at one position, stored as 256 + 20 floats a row
  expect(conv).toEqual({ flopsPerExample: 6 * 64 * 76, bytesPerExample: 0, bytesOnce: 12 * 76 });
  expect(dense).toEqual({ flopsPerExample: 6 * 5140, bytesPerExample: 4 * 276, bytesOnce: 8 * 5140 });
  engine.dispose();
});

it("counts a recurrent layer once a step and a table by what is read of it", async () => {
  const model = sequential({
    layers: [
      layers.embedding({ inputDim: 50, outputDim: 3, inputLength: 7 }),
      layers.lstm({ units: 5, recurrentInitializer: "zeros" }),
      layers.dense({ units: 2 }),
    ],
  });
  const plans = model.layers.map((layer) => ({
    layer: layer.name,
    layerClass: layer.getClassName(),
    engine: "tfjs" as const,
    engineWhy: "",
    method: "materialized",
    trainableWeights: [],
    parameters: layer.countParams(),
    why: "",
  }));
  const [table, lstm] = costOfLayers(model, plans);
  expect(table?.flopsPerExample).toBe(2 * 7 * 3);
  expect(lstm?.flopsPerExample).toBe(6 * 7 * 4 * 5 * (3 + 5 + 1));
});
