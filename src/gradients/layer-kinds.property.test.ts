import { type LayersModel, type SymbolicTensor, input, layers, model, sequential } from "@tensorflow/tfjs-layers";
import * as fc from "fast-check";
import { beforeAll, describe, it } from "vitest";
import { useBackend } from "./backend.fixture.ts";
import { MultiHeadAttention, TiedDense } from "./index.ts";
import { compareWithLoop } from "./loop.fixture.ts";

/** The default, orthogonal, needs methods on tensors that only the whole of TensorFlow.js installs. */
const start = { recurrentInitializer: "glorotUniform", biasInitializer: "randomNormal" } as const;

const recurrentLayers = { simpleRNN: layers.simpleRNN, lstm: layers.lstm, gru: layers.gru };
const batch = fc.constantFrom(0, 1, 2, 5);

describe("the rules of layers made of several parts", () => {
  beforeAll(() => useBackend("wasm"));

  it("D1 SimpleRNN, LSTM and GRU: biases, gates, directions, last output or all, steps of any number", async () => {
    const config = fc.record({
      kind: fc.constantFrom("simpleRNN" as const, "lstm" as const, "gru" as const),
      steps: fc.constantFrom(2, 3, 5),
      useBias: fc.boolean(),
      goBackwards: fc.boolean(),
      returnSequences: fc.boolean(),
      recurrentActivation: fc.constantFrom("sigmoid" as const, "hardSigmoid" as const),
      units: fc.constantFrom(1, 3, 9),
      batch,
    });
    const check = fc.asyncProperty(config, fc.nat(), async ({ kind, steps, batch, ...rest }, seed) => {
      const recurrent = recurrentLayers[kind]({ ...start, ...rest, inputShape: [steps, 3] });
      await compareWithLoop(sequential({ layers: [recurrent, layers.dense({ units: 2 })] }), batch, seed);
    });
    await fc.assert(check, { seed: 41, numRuns: 12 });
  });

  it("D1 Bidirectional: every way to merge, below and above other layers", async () => {
    const mergeMode = fc.constantFrom("concat" as const, "sum" as const, "ave" as const, "mul" as const);
    const config = fc.record({ mergeMode, returnSequences: fc.boolean(), batch });
    const check = fc.asyncProperty(config, fc.nat(), async ({ mergeMode, returnSequences, batch }, seed) => {
      const inner = layers.gru({ ...start, units: 3, returnSequences }) as never;
      const net = sequential({
        layers: [
          layers.dense({ units: 3, activation: "tanh", inputShape: [4, 2] }),
          layers.bidirectional({ layer: inner, mergeMode }),
          layers.dense({ units: 2 }),
        ],
      });
      await compareWithLoop(net, batch, seed);
    });
    await fc.assert(check, { seed: 42, numRuns: 10 });
  });

  it("D1 TimeDistributed: every kind of layer inside, within another TimeDistributed too", async () => {
    const kinds = {
      dense: () => layers.dense({ units: 3, activation: "tanh" }),
      conv1d: () => layers.conv1d({ filters: 2, kernelSize: 2, activation: "tanh" }),
      recurrent: () => layers.lstm({ ...start, units: 2 }),
      normalization: () => layers.layerNormalization(),
      nested: () => layers.timeDistributed({ layer: layers.dense({ units: 2 }) }),
      plain: () => layers.activation({ activation: "tanh" }),
    };
    const config = fc.record({ kind: fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[])), batch });
    const check = fc.asyncProperty(config, fc.nat(), async ({ kind, batch }, seed) => {
      const net = sequential({
        layers: [
          layers.dense({ units: 3, inputShape: [4, 3, 2] }),
          layers.timeDistributed({ layer: kinds[kind]() }),
          layers.flatten(),
          layers.dense({ units: 2 }),
        ],
      });
      await compareWithLoop(net, batch, seed);
    });
    await fc.assert(check, { seed: 43, numRuns: 8 });
  });

  it("D1 MultiHeadAttention: heads and widths, causal or not, one to three inputs", async () => {
    const size = fc.integer({ min: 1, max: 3 });
    const flags = { useBias: fc.boolean(), useCausalMask: fc.boolean() };
    const config = fc.record({ numHeads: size, keyDim: size, valueDim: size, ...flags, inputs: size, batch });
    const check = fc.asyncProperty(config, fc.nat(), async ({ inputs, batch, ...rest }, seed) => {
      await compareWithLoop(attentive(rest, inputs), batch, seed);
    });
    await fc.assert(check, { seed: 44, numRuns: 8 });
  });

  it("D1 a transformer block with its norms after the sums", async () => {
    await compareWithLoop(transformerBlock(), 5, 45);
  });

  it("D1 DepthwiseConv2D, SeparableConv2D and Conv2DTranspose: strides, paddings, multipliers", async () => {
    const size = fc.integer({ min: 1, max: 3 });
    const config = fc.record({
      kind: fc.constantFrom("depthwise" as const, "separable" as const, "transposed" as const),
      kernelSize: fc.tuple(size, size),
      stride: size,
      padding: fc.constantFrom("same" as const, "valid" as const),
      useBias: fc.boolean(),
      depthMultiplier: size,
      batch,
    });
    const check = fc.asyncProperty(
      config,
      fc.nat(),
      async ({ kind, stride, depthMultiplier, batch, ...rest }, seed) => {
        const own = { ...rest, strides: [stride, stride] as [number, number], activation: "tanh" as const };
        const made = {
          depthwise: () => layers.depthwiseConv2d({ ...own, depthMultiplier }),
          separable: () => layers.separableConv2d({ ...own, depthMultiplier, filters: 3 }),
          transposed: () => layers.conv2dTranspose({ ...own, filters: 3 }),
        };
        const first = layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [6, 5, 2] });
        const net = sequential({ layers: [first, made[kind](), layers.flatten(), layers.dense({ units: 2 })] });
        await compareWithLoop(net, batch, seed);
      },
    );
    await fc.assert(check, { seed: 46, numRuns: 12 });
  });

  it("D1 PReLU: slopes per place or shared along axes", async () => {
    const sharedAxes = fc.constantFrom(undefined, [1], [2], [1, 2], [3]);
    const check = fc.asyncProperty(sharedAxes, batch, fc.nat(), async (axes, rows, seed) => {
      const net = sequential({
        layers: [
          layers.conv2d({ filters: 3, kernelSize: 1, inputShape: [3, 4, 2] }),
          layers.prelu({
            alphaInitializer: "glorotUniform",
            ...(axes === undefined ? {} : { sharedAxes: axes }),
          } as never),
          layers.flatten(),
          layers.dense({ units: 2 }),
        ],
      });
      await compareWithLoop(net, rows, seed);
    });
    await fc.assert(check, { seed: 47, numRuns: 10 });
  });

  it("D1 layers that move, repeat, cut, pool and merge", async () => {
    await compareWithLoop(moving(), 5, 48);
    await compareWithLoop(moving(), 0, 49);
    await compareWithLoop(merging(), 5, 50);
  });

  it("D1 T24: a table read twice and used for the logits has one norm, cross terms included", async () => {
    await compareWithLoop(tied(), 5, 51);
  });
});

interface AttentionConfig {
  numHeads: number;
  keyDim: number;
  valueDim: number;
  useBias: boolean;
  useCausalMask: boolean;
}

function attentive(config: AttentionConfig, inputs: number): LayersModel {
  const x = input({ shape: [4, 5] });
  const parts = Array.from({ length: inputs }, () => layers.dense({ units: 5, activation: "tanh" }).apply(x));
  const attended = new MultiHeadAttention(config).apply((inputs === 1 ? parts[0] : parts) as SymbolicTensor);
  return model({ inputs: x, outputs: layers.dense({ units: 2 }).apply(attended) as SymbolicTensor });
}

function transformerBlock(): LayersModel {
  const x = input({ shape: [6, 8] });
  const attended = new MultiHeadAttention({ numHeads: 2, keyDim: 4 }).apply(x);
  const once = layers.layerNormalization().apply(layers.add().apply([x, attended as SymbolicTensor])) as SymbolicTensor;
  const wide = layers.dense({ units: 16, activation: "relu" }).apply(once);
  const narrow = layers.dense({ units: 8 }).apply(wide) as SymbolicTensor;
  const twice = layers.layerNormalization().apply(layers.add().apply([once, narrow]));
  const pooled = layers.globalAveragePooling1d().apply(twice);
  return model({ inputs: x, outputs: layers.dense({ units: 3 }).apply(pooled) as SymbolicTensor });
}

function moving(): LayersModel {
  return sequential({
    layers: [
      layers.conv2d({ filters: 2, kernelSize: 2, activation: "tanh", inputShape: [5, 4, 2] }),
      layers.upSampling2d({ size: [2, 3] }),
      layers.cropping2D({ cropping: [[1, 0] as never, [2, 1] as never] as never }),
      layers.permute({ dims: [2, 1, 3] }),
      layers.averagePooling2d({ poolSize: 2, padding: "same" }),
      layers.reshape({ targetShape: [4, 6] }),
      layers.averagePooling1d({ poolSize: 2, strides: 1, padding: "same" }),
      layers.flatten(),
      layers.dense({ units: 3 }),
      layers.repeatVector({ n: 3 }),
      layers.dense({ units: 2 }),
    ],
  });
}

function merging(): LayersModel {
  const x = input({ shape: [6] });
  const branch = (): SymbolicTensor => layers.dense({ units: 4, activation: "tanh" }).apply(x) as SymbolicTensor;
  const two = (): SymbolicTensor[] => [branch(), branch()];
  const parts = [layers.multiply(), layers.add(), layers.average(), layers.maximum(), layers.minimum()].map(
    (merge) => merge.apply(two()) as SymbolicTensor,
  );
  const joined = layers.concatenate().apply(parts);
  return model({ inputs: x, outputs: layers.dense({ units: 2 }).apply(joined) as SymbolicTensor });
}

function tied(): LayersModel {
  const tokens = input({ shape: [5], dtype: "int32" });
  const embedding = layers.embedding({ inputDim: 9, outputDim: 4 });
  const [once, again] = [embedding.apply(tokens), embedding.apply(tokens)] as SymbolicTensor[];
  const mixed = layers
    .lstm({ ...start, units: 4, returnSequences: true })
    .apply(layers.multiply().apply([once, again]));
  const logits = new TiedDense({ tiedTo: embedding }).apply(mixed);
  return model({ inputs: tokens, outputs: logits as SymbolicTensor });
}
