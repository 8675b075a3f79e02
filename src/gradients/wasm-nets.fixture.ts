import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, type SymbolicTensor, input, layers, model, sequential } from "@tensorflow/tfjs-layers";
import { GroupNormalization } from "./group-normalization.ts";
import { testNumbers } from "./models.fixture.ts";
import { MultiHeadAttention } from "./multi-head-attention.ts";

type Symbolic = SymbolicTensor;

/** The default, orthogonal, needs methods on tensors that only the whole of TensorFlow.js installs. */
const start = { recurrentInitializer: "glorotUniform" } as const;

/** A block of a transformer after embeddings: attention, a wide part, two skips, two normalizations. */
function transformer(): LayersModel {
  const x = input({ shape: [7, 12] });
  const attended = new MultiHeadAttention({ numHeads: 3, keyDim: 5, valueDim: 4, useCausalMask: true }).apply(x);
  const y = layers.layerNormalization().apply(layers.add().apply([x, attended] as Symbolic[]));
  const wide = layers.dense({ units: 19, activation: "gelu" }).apply(y);
  const narrow = layers.dense({ units: 12 }).apply(wide);
  const z = layers.layerNormalization().apply(layers.add().apply([y, narrow] as Symbolic[]));
  const pooled = layers.globalAveragePooling1d().apply(z);
  return model({ inputs: x, outputs: layers.dense({ units: 5 }).apply(pooled) as Symbolic });
}

function stacked(): LayersModel {
  return sequential({
    layers: [
      layers.lstm({ units: 9, returnSequences: true, goBackwards: true, inputShape: [6, 5], ...start }),
      layers.gru({ units: 7, returnSequences: true, activation: "softplus", useBias: false, ...start }),
      layers.simpleRNN({ units: 6, activation: "sigmoid", goBackwards: true, ...start }),
      layers.dense({ units: 5 }),
    ],
  });
}

const ways = ["sum", "mul", "ave", "concat"] as const;

function bothWays(mode: (typeof ways)[number]): LayersModel {
  return sequential({
    layers: [
      layers.bidirectional({
        layer: layers.gru({ units: 6, returnSequences: true, ...start }),
        mergeMode: mode,
        inputShape: [5, 4],
      }),
      layers.bidirectional({ layer: layers.lstm({ units: 5, ...start }), mergeMode: mode }),
      layers.dense({ units: 5 }),
    ],
  });
}

/** Images: channelwise, separable and transposed convolutions, groups, slopes, and rearrangements. */
function pictures(): LayersModel {
  const x = input({ shape: [8, 7, 3] });
  const a = layers.separableConv2d({ filters: 6, kernelSize: 3, depthMultiplier: 2, padding: "same" }).apply(x);
  const b = new GroupNormalization({ groups: 3 }).apply(a);
  const c = layers.prelu({ sharedAxes: [1, 2], alphaInitializer: "ones" }).apply(b);
  const d = layers.depthwiseConv2d({ kernelSize: [3, 2], strides: [2, 2], activation: "swish" }).apply(c);
  const e = layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: "same" }).apply(d);
  const f = layers.leakyReLU({ alpha: 0.2 }).apply(e);
  const cropped = layers
    .cropping2D({
      cropping: [
        [1, 0],
        [0, 2],
      ],
    })
    .apply(f);
  const wider = layers.upSampling2d({ size: [1, 2] }).apply(cropped);
  const g = layers.permute({ dims: [3, 1, 2] }).apply(wider);
  return model({ inputs: x, outputs: layers.dense({ units: 5 }).apply(layers.flatten().apply(g)) as Symbolic });
}

/** Every way of joining branches, a fan-out of one tensor into all of them, and a layer that reads one tensor twice. */
function branches(): LayersModel {
  const x = input({ shape: [6] });
  const trunk = layers.dense({ units: 8, activation: "tanh" }).apply(x) as Symbolic;
  // the same tensor for the compiler, another for TensorFlow.js, which disposes one that a layer reads twice too early
  const twin = layers.activation({ activation: "linear" }).apply(trunk) as Symbolic;
  const arm = (activation: string): Symbolic =>
    layers.dense({ units: 8, activation: activation as "relu" }).apply(trunk) as Symbolic;
  const joined = [
    layers.add().apply([trunk, arm("selu"), twin]),
    layers.multiply().apply([trunk, arm("softsign"), arm("mish")]),
    layers.average().apply([arm("relu6"), trunk]),
    layers.maximum().apply([trunk, arm("hardSigmoid"), arm("gelu_new")]),
    layers.minimum().apply([arm("elu"), trunk]),
    layers.multiply().apply([trunk, twin]),
    layers.flatten().apply(layers.repeatVector({ n: 2 }).apply(trunk)),
  ] as Symbolic[];
  const all = layers.concatenate().apply(joined);
  const soft = layers.dense({ units: 8, activation: "softmax" }).apply(all);
  return model({ inputs: x, outputs: layers.dense({ units: 5 }).apply(soft) as Symbolic });
}

/** Two inputs, of which one is ids that two tables and one table twice read. */
function severalInputs(): LayersModel {
  const ids = input({ shape: [5], dtype: "int32" });
  const x = input({ shape: [5, 3] });
  const table = layers.embedding({ inputDim: 11, outputDim: 3 });
  const once = table.apply(ids) as Symbolic;
  const other = layers.embedding({ inputDim: 13, outputDim: 3 }).apply(ids) as Symbolic;
  const sum = layers.add().apply([once, other, x, table.apply(ids) as Symbolic]);
  const steps = layers.timeDistributed({ layer: layers.dense({ units: 4, activation: "relu" }) }).apply(sum);
  return model({
    inputs: [ids, x],
    outputs: layers.dense({ units: 5 }).apply(layers.flatten().apply(steps)) as Symbolic,
  });
}

/** Steps of id 0 are left out: at the start, at the end, in between, or all of them. */
function masked(): LayersModel {
  const ids = input({ shape: [6], dtype: "int32" });
  const embedded = layers.embedding({ inputDim: 7, outputDim: 4, maskZero: true }).apply(ids);
  const inner = layers.lstm({ units: 5, returnSequences: true, ...start });
  const both = layers.bidirectional({ layer: inner, mergeMode: "concat" }).apply(embedded);
  const steps = layers.timeDistributed({ layer: layers.dense({ units: 6, activation: "tanh" }) }).apply(both);
  const back = layers.gru({ units: 5, returnSequences: true, goBackwards: true, ...start }).apply(steps);
  const last = layers.simpleRNN({ units: 4, ...start }).apply(back);
  return model({ inputs: ids, outputs: layers.dense({ units: 5 }).apply(last) as Symbolic });
}

/** Steps of which a layer makes nothing are left out: some of nearly every example. */
function maskedSteps(): LayersModel {
  const x = input({ shape: [6, 3] });
  const computed = layers.dense({ units: 2, activation: "relu" }).apply(x);
  const kept = layers.masking({}).apply(computed);
  const inner = layers.gru({ units: 4, returnSequences: true, ...start });
  const both = layers.bidirectional({ layer: inner, mergeMode: "concat" }).apply(kept);
  const last = layers.lstm({ units: 5, goBackwards: true, ...start }).apply(both);
  return model({ inputs: x, outputs: layers.dense({ units: 5 }).apply(last) as Symbolic });
}

/** Inputs that are spread over others, and rescaled. */
function spreadBranches(): LayersModel {
  const x = input({ shape: [4, 5] });
  const scaled = layers.rescaling({ scale: 1.5, offset: -0.25 }).apply(x);
  const wide = layers.dense({ units: 6, activation: "tanh" }).apply(scaled);
  const narrow = layers.dense({ units: 1, activation: "sigmoid" }).apply(scaled);
  const one = layers.dense({ units: 6 }).apply(layers.globalMaxPooling1d().apply(x));
  const gated = layers.multiply().apply([wide, narrow] as Symbolic[]);
  const shifted = layers.add().apply([one, gated] as Symbolic[]);
  const bent = layers.timeDistributed({ layer: layers.layerNormalization() }).apply(shifted);
  return model({ inputs: x, outputs: layers.dense({ units: 5 }).apply(layers.flatten().apply(bent)) as Symbolic });
}

/** Weights of a size that keeps every function away from its flat ends. */
function seeded(net: LayersModel): LayersModel {
  const next = testNumbers(97);
  const values = net.getWeights().map((w) =>
    tf.tensor(
      Array.from({ length: w.size }, () => 1.2 * next() - 0.6),
      w.shape,
    ),
  );
  net.setWeights(values);
  tf.dispose(values);
  return net;
}

export const layerNets: Readonly<Record<string, () => LayersModel>> = {
  transformer: () => seeded(transformer()),
  stacked: () => seeded(stacked()),
  ...Object.fromEntries(ways.map((way) => [`both ways, ${way}`, () => seeded(bothWays(way))])),
  pictures: () => seeded(pictures()),
  branches: () => seeded(branches()),
  masked: () => seeded(masked()),
  "masked steps": () => seeded(maskedSteps()),
  "spread branches": () => seeded(spreadBranches()),
  "several inputs": () => seeded(severalInputs()),
};

/** Made-up rows for such a net; labels are class numbers below 5. */
export function layerBatch(net: LayersModel, rows: number, seed: number): { x: tf.Tensor[]; y: tf.Tensor } {
  const next = testNumbers(seed);
  const x = net.inputs.map(({ shape, dtype }) => {
    const own = [rows, ...shape.slice(1).map(Number)];
    const size = own.reduce((a, b) => a * b, 1);
    const isIds = dtype === "int32";
    return tf.tensor(
      Array.from({ length: size }, () => (isIds ? Math.max(0, Math.floor(9 * next()) - 2) : 2 * next() - 1)),
      own,
      dtype,
    );
  });
  const labels = Array.from({ length: rows }, () => Math.floor(5 * next()));
  return { x, y: tf.tensor(labels, [rows], "int32") };
}
