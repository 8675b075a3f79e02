import { layers, sequential } from "@tensorflow/tfjs-layers";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "./backend.fixture.ts";
import { GroupNormalization } from "./index.ts";
import type { Use } from "./layer-tap.ts";
import { chooseRules } from "./layer-rule.ts";
import type { LayerView, WeightView } from "./layer-view.ts";
import { compareWithLoop } from "./loop.fixture.ts";
import { startRowSum } from "./row-sum.ts";

describe("the rule of a layer", () => {
  beforeAll(() => useBackend("wasm"));
  const batch = fc.constantFrom(0, 1, 2, 5);
  const padding = fc.constantFrom<"same" | "valid">("same", "valid");
  const size = fc.integer({ min: 1, max: 3 });
  // tfjs knows strides or dilations, not both
  const steps = fc.oneof(
    fc.record({ strides: fc.tuple(size, size), dilationRate: fc.constant<[number, number]>([1, 1]) }),
    fc.record({ strides: fc.constant<[number, number]>([1, 1]), dilationRate: fc.tuple(size, size) }),
  );

  it("D1 Conv2D: strides, dilations, paddings, windows and channels of any size", async () => {
    const kernelSize = fc.tuple(size, size);
    const config = fc.record({
      kernelSize,
      padding,
      steps,
      filters: size,
      channels: size,
      useBias: fc.boolean(),
      batch,
    });
    const check = fc.asyncProperty(config, fc.nat(), async ({ channels, steps, batch, ...rest }, seed) => {
      const conv = layers.conv2d({ ...rest, ...steps, activation: "tanh", inputShape: [9, 8, channels] });
      const again = layers.conv2d({ filters: 2, kernelSize: 1, activation: "sigmoid" });
      await compareWithLoop(sequential({ layers: [conv, again, layers.flatten()] }), batch, seed);
    });
    await fc.assert(check, { seed: 30, numRuns: 30 });
  });

  it("D1 Conv1D: strides, dilations, paddings", async () => {
    const config = fc.record({ kernelSize: size, padding, steps, filters: size, batch });
    const check = fc.asyncProperty(config, fc.nat(), async ({ steps, batch, ...rest }, seed) => {
      const [strides, dilationRate] = [steps.strides[0], steps.dilationRate[0]];
      const conv = layers.conv1d({ ...rest, strides, dilationRate, activation: "tanh", inputShape: [9, 2] });
      await compareWithLoop(sequential({ layers: [conv, layers.dense({ units: 2 })] }), batch, seed);
    });
    await fc.assert(check, { seed: 31, numRuns: 15 });
  });

  it("D1 D2 Dense and LayerNormalization: inputs of any rank, kernels on both sides of the choice of method", async () => {
    const shape = fc.constantFrom<number[]>([40], [4, 6], [2, 3, 5]);
    const config = fc.record({ shape, units: fc.constantFrom(2, 7, 40), useBias: fc.boolean(), batch });
    const check = fc.asyncProperty(config, fc.nat(), async ({ shape, units, useBias, batch }, seed) => {
      const net = sequential({
        layers: [
          layers.dense({ units, useBias, activation: "tanh", inputShape: shape }),
          layers.layerNormalization({ center: useBias }),
          layers.dense({ units: 40, activation: "elu" }),
          layers.reshape({ targetShape: [shape.slice(0, -1).reduce((a, b) => a * b, 40)] }),
          layers.dense({ units: 2, useBias }),
        ],
      });
      await compareWithLoop(net, batch, seed);
    });
    await fc.assert(check, { seed: 32, numRuns: 20 });
  });

  it("D1 GroupNormalization: positions or none, groups of one or more channels", async () => {
    const config = fc.record({ groups: fc.constantFrom(1, 2, 4), hasPositions: fc.boolean(), batch });
    const check = fc.asyncProperty(config, fc.nat(), async ({ groups, hasPositions, batch }, seed) => {
      const inputShape = hasPositions ? [3, 2, 8] : [8];
      const net = sequential({ layers: [layers.dense({ units: 8, inputShape })] });
      net.add(new GroupNormalization({ groups }));
      net.add(layers.dense({ units: 2, activation: "tanh" }));
      await compareWithLoop(net, batch, seed);
    });
    await fc.assert(check, { seed: 33, numRuns: 10 });
  });

  it("D2 Embedding: equal ids are added before the norm, as published examples have it", () => {
    const squaresOf = (ids: number[], gradients: number[]): number => {
      const weights = [{ id: 1, name: "table", shape: [3, 1] }] as unknown as WeightView[];
      const layer = { name: "embedding", weights, getClassName: () => "Embedding" } as unknown as LayerView;
      const shapes = { inputShape: [ids.length], outputShape: [ids.length, 1] };
      const numbers = { input: Int32Array.from(ids), gradient: Float32Array.from(gradients) };
      const use: Use = { layer, rule: { kind: "table" }, weights: [0], repeats: 1, ...numbers, ...shapes };
      const rules = chooseRules([use]);
      expect(rules.map((rule) => rule.method)).toEqual(["gathered"]);
      const sum = startRowSum([{ layer: null, l2ClipNorm: 1, gamma: 0, rules }], [[0]]);
      sum.addRows([use], [0]);
      return sum.norms[0] ** 2;
    };
    // Opacus 1.5.4, tests of ghost clipping for embeddings: norms 0.4, 0.3162, 0.3162
    expect(Math.sqrt(squaresOf([1, 1], [0.2, 0.2]))).toBeCloseTo(0.4, 6);
    expect(Math.sqrt(squaresOf([2, 0], [0.3, 0.1]))).toBeCloseTo(0.3162, 4);
  });
});
