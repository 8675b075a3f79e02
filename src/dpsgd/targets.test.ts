import { type Tensor, memory, tensor, train } from "@tensorflow/tfjs-core";
import { type LayersModel, type SymbolicTensor, input, layers, model as graph } from "@tensorflow/tfjs-layers";
import { describe, expect, it } from "vitest";
import { rowsFromArrays } from "./rows.ts";
import { clouds, codeOf, openSeeded, smallModel, smallRun, weightsOf } from "./training.fixture.ts";

function twoHeads(): LayersModel {
  const x = input({ shape: [2] });
  const trunk = layers.dense({ units: 3, activation: "tanh", kernelInitializer: "ones" }).apply(x);
  const heads = [
    layers.dense({ units: 2, activation: "softmax", kernelInitializer: "zeros" }),
    layers.dense({ units: 1, kernelInitializer: "zeros" }),
  ];
  return graph({ inputs: x, outputs: heads.map((head) => head.apply(trunk) as SymbolicTensor) });
}

describe("a private run", () => {
  it("trains several outputs, each by its loss, and leaves no tensor", async () => {
    const { x, y } = clouds(64);
    const heights = { data: Float32Array.from({ length: 64 }, (_, k) => (y.data[k] === 1 ? 2 : -2)), shape: [64, 1] };
    const net = twoHeads();
    const engine = await openSeeded(31);
    const trainer = await engine.makePrivate({
      ...smallRun(net),
      optimizer: train.sgd(1),
      loss: ["sparseCategoricalCrossentropy", "meanSquaredError"],
      lossWeights: [1, 0.25],
      data: { id: "clouds", x, y: [y, heights] },
      steps: 40,
      noiseMultiplier: 0.5,
    });
    expect(trainer.explain()[0]?.engine).toBe("wasm");
    let tensors = 0;
    await trainer.fit({ onStep: (step) => (step.index === 5 ? (tensors = memory().numTensors) : 0) });
    expect(memory().numTensors).toBe(tensors);
    const [classes, numbers] = (await trainer.predict(tensor(x.data, [...x.shape]))) as Tensor[];
    const right = Array.from({ length: 64 }, (_, k) => [
      ((classes?.dataSync()[2 * k + 1] ?? 0) > 0.5 ? 1 : 0) === y.data[k],
      ((numbers?.dataSync()[k] ?? 0) > 0 ? 1 : 0) === y.data[k],
    ]);
    for (const head of [0, 1]) expect(right.filter((row) => row[head]).length).toBeGreaterThan(58);
    await engine.close();
  });

  it("D12 rows of weight 0 are padding: without noise and clip the weights are those of the rest, bit for bit", async () => {
    const { x, y } = clouds(64);
    const weights = Float32Array.from({ length: 64 }, (_, k) => (k % 3 === 0 ? 0 : 1));
    // the padding's labels differ, and nothing notices
    const other = { ...y, data: Int32Array.from(y.data, (label, k) => (weights[k] === 0 ? 1 - label : label)) };
    const runs: number[][] = [];
    for (const labels of [y, other]) {
      const engine = await openSeeded(32);
      const data = { id: "clouds", x, y: labels, sampleWeights: { data: weights, shape: [64] } };
      const trainer = await engine.makePrivate({
        ...smallRun(smallModel()),
        data,
        noiseMultiplier: 0,
        l2ClipNorm: 1e3,
      });
      await trainer.fit();
      runs.push(weightsOf(trainer.model));
      await engine.close();
    }
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]).not.toEqual(weightsOf(smallModel()));
  });

  it("refuses losses, weights and arrays that do not fit the outputs, by name", async () => {
    const engine = await openSeeded(33);
    const { x, y } = clouds(64);
    const given = (extra: object): Promise<string> =>
      codeOf(() => engine.makePrivate({ ...smallRun(twoHeads()), noiseMultiplier: 1, ...extra }));
    expect(await given({ loss: ["meanSquaredError"] })).toBe("invalid_argument");
    expect(await given({ lossWeights: [1] })).toBe("invalid_argument");
    const short = { data: Float32Array.of(1), shape: [1] };
    expect(() => rowsFromArrays(x, [y, short])).toThrow(/as many rows/);
    expect(() => rowsFromArrays(x, y, { sampleWeights: short })).toThrow(/as many rows/);
    expect(() => rowsFromArrays(x, [])).toThrow("data.y");
    await engine.close();
  });
});
