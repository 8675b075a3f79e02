import { type LayersModel, type SymbolicTensor, input, layers, model } from "@tensorflow/tfjs-layers";
import { GroupNormalization } from "./group-normalization.ts";
import { MultiHeadAttention } from "./multi-head-attention.ts";
import { TiedDense } from "./tied-dense.ts";

interface Layer {
  apply(inputs: SymbolicTensor | SymbolicTensor[]): unknown;
}
type Wrapped = Parameters<typeof layers.timeDistributed>[0]["layer"];
type Kind = "vector" | "sequence" | "image" | "volume" | "ids";

/** The default, orthogonal, needs methods on tensors that only the whole of TensorFlow.js installs. */
const start = { recurrentInitializer: "glorotUniform" } as const;

const shapes: Readonly<Record<Kind, number[]>> = {
  vector: [6],
  sequence: [5, 4],
  image: [6, 6, 2],
  volume: [4, 4, 4, 2],
  ids: [5],
};

const symbolic = (value: unknown): SymbolicTensor => value as SymbolicTensor;

const flat = (value: unknown): SymbolicTensor =>
  symbolic(value).shape.length > 2 ? symbolic(layers.flatten().apply(symbolic(value))) : symbolic(value);

/** The layer between two Dense layers, so that gradients pass through it; the last one on what is flattened. */
const between = (kind: Exclude<Kind, "ids">, make: () => Layer) => (): LayersModel => {
  const x = input({ shape: shapes[kind] });
  const before = layers.dense({ units: shapes[kind].at(-1) ?? 1, activation: "tanh" }).apply(x);
  const after = flat(make().apply(symbolic(before)));
  return model({ inputs: x, outputs: symbolic(layers.dense({ units: 3 }).apply(after)) });
};

/** The layer on two branches that are each a Dense layer. */
const merging = (make: () => Layer) => (): LayersModel => {
  const x = input({ shape: shapes.sequence });
  const branches = [0, 1].map(() => symbolic(layers.dense({ units: 4, activation: "tanh" }).apply(x)));
  const after = flat(make().apply(branches));
  return model({ inputs: x, outputs: symbolic(layers.dense({ units: 3 }).apply(after)) });
};

/** The layer reads the model's input. */
const first = (kind: Kind, make: () => Layer) => (): LayersModel => {
  const x = input({ shape: shapes[kind], dtype: kind === "ids" ? "int32" : "float32" });
  const after = flat(make().apply(x));
  return model({ inputs: x, outputs: symbolic(layers.dense({ units: 3 }).apply(after)) });
};

function masking(): LayersModel {
  const x = input({ shape: shapes.sequence });
  const masked = layers.masking({ maskValue: 0 }).apply(x);
  const states = layers.gru({ units: 4, returnSequences: true, ...start }).apply(masked);
  const last = layers.lstm({ units: 4, ...start }).apply(states);
  return model({ inputs: x, outputs: symbolic(layers.dense({ units: 3 }).apply(last)) });
}

function tied(): LayersModel {
  const x = input({ shape: shapes.ids, dtype: "int32" });
  const table = layers.embedding({ inputDim: 7, outputDim: 4 });
  const hidden = layers.dense({ units: 4, activation: "tanh" }).apply(symbolic(table.apply(x)));
  return model({ inputs: x, outputs: symbolic(new TiedDense({ tiedTo: table }).apply(hidden)) });
}

/** The shape that it states for its output is none that a layer could read. */
function randomWidth(): LayersModel {
  const x = input({ shape: shapes.image });
  const wide = layers.randomWidth({ factor: 0.2 }).apply(x);
  return model({ inputs: x, outputs: [symbolic(layers.dense({ units: 3 }).apply(x)), symbolic(wide)] });
}

const cell = (): ReturnType<typeof layers.lstmCell> => layers.lstmCell({ units: 4, ...start });

/** A model with a layer of each class. */
export const models: Readonly<Record<string, () => LayersModel>> = {
  Activation: between("vector", () => layers.activation({ activation: "sigmoid" })),
  Add: merging(() => layers.add()),
  AlphaDropout: between("vector", () => layers.alphaDropout({ rate: 0.5 })),
  Average: merging(() => layers.average()),
  AveragePooling1D: between("sequence", () => layers.averagePooling1d({ poolSize: 2 })),
  AveragePooling2D: between("image", () => layers.averagePooling2d({ poolSize: 2 })),
  AveragePooling3D: between("volume", () => layers.averagePooling3d({ poolSize: 2, strides: 2 })),
  BatchNormalization: between("vector", () => layers.batchNormalization()),
  Bidirectional: between("sequence", () => {
    return layers.bidirectional({ layer: layers.gru({ units: 3, ...start }), mergeMode: "concat" });
  }),
  CategoryEncoding: first("ids", () => layers.categoryEncoding({ numTokens: 7, outputMode: "multiHot" })),
  CenterCrop: first("image", () => layers.centerCrop({ height: 4, width: 4 })),
  Concatenate: merging(() => layers.concatenate()),
  Conv1D: between("sequence", () => layers.conv1d({ filters: 3, kernelSize: 2 })),
  Conv2D: between("image", () => layers.conv2d({ filters: 3, kernelSize: 2 })),
  Conv2DTranspose: between("image", () => layers.conv2dTranspose({ filters: 3, kernelSize: 2, strides: 2 })),
  Conv3D: between("volume", () => layers.conv3d({ filters: 3, kernelSize: 2 })),
  Conv3DTranspose: between("volume", () => layers.conv3dTranspose({ filters: 3, kernelSize: 2 })),
  ConvLSTM2D: first("volume", () => layers.convLstm2d({ filters: 3, kernelSize: 2, ...start })),
  Cropping2D: between("image", () => layers.cropping2D({ cropping: 1 })),
  Dense: between("vector", () => layers.dense({ units: 4, activation: "elu" })),
  DepthwiseConv2D: between("image", () => layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2 })),
  Dot: merging(() => layers.dot({ axes: 1 })),
  Dropout: between("vector", () => layers.dropout({ rate: 0.5 })),
  ELU: between("vector", () => layers.elu()),
  Embedding: first("ids", () => layers.embedding({ inputDim: 7, outputDim: 3 })),
  Flatten: between("image", () => layers.flatten()),
  GRU: between("sequence", () => layers.gru({ units: 3, ...start })),
  GaussianDropout: between("vector", () => layers.gaussianDropout({ rate: 0.5 })),
  GaussianNoise: between("vector", () => layers.gaussianNoise({ stddev: 0.5 })),
  GlobalAveragePooling1D: between("sequence", () => layers.globalAveragePooling1d()),
  GlobalAveragePooling2D: between("image", () => layers.globalAveragePooling2d({})),
  GlobalMaxPooling1D: between("sequence", () => layers.globalMaxPooling1d()),
  GlobalMaxPooling2D: between("image", () => layers.globalMaxPooling2d({})),
  GroupNormalization: between("image", () => new GroupNormalization({ groups: 2 })),
  InputLayer: between("vector", () => layers.dense({ units: 4 })),
  LSTM: between("sequence", () => layers.lstm({ units: 3, returnSequences: true, ...start })),
  LayerNormalization: between("sequence", () => layers.layerNormalization()),
  LeakyReLU: between("vector", () => layers.leakyReLU()),
  Masking: masking,
  MaxPooling1D: between("sequence", () => layers.maxPooling1d({ poolSize: 2 })),
  MaxPooling2D: between("image", () => layers.maxPooling2d({ poolSize: 2 })),
  MaxPooling3D: between("volume", () => layers.maxPooling3d({ poolSize: 2, strides: 2 })),
  Maximum: merging(() => layers.maximum()),
  Minimum: merging(() => layers.minimum()),
  MultiHeadAttention: between("sequence", () => new MultiHeadAttention({ numHeads: 2, keyDim: 3 })),
  Multiply: merging(() => layers.multiply()),
  PReLU: between("vector", () => layers.prelu({ alphaInitializer: "ones" })),
  Permute: between("sequence", () => layers.permute({ dims: [2, 1] })),
  RNN: between("sequence", () => layers.rnn({ cell: cell() })),
  RandomWidth: randomWidth,
  ReLU: between("vector", () => layers.reLU()),
  RepeatVector: between("vector", () => layers.repeatVector({ n: 2 })),
  Rescaling: first("image", () => layers.rescaling({ scale: 0.25, offset: -0.5 })),
  Reshape: between("vector", () => layers.reshape({ targetShape: [2, 3] })),
  Resizing: first("image", () => layers.resizing({ height: 4, width: 4 })),
  SeparableConv2D: between("image", () => layers.separableConv2d({ filters: 3, kernelSize: 2 })),
  SimpleRNN: between("sequence", () => layers.simpleRNN({ units: 3, ...start })),
  Softmax: between("vector", () => layers.softmax()),
  SpatialDropout1D: between("sequence", () => layers.spatialDropout1d({ rate: 0.5 })),

  ThresholdedReLU: between("vector", () => layers.thresholdedReLU({ theta: 0.1 })),
  TiedDense: tied,
  TimeDistributed: between("sequence", () => {
    return layers.timeDistributed({ layer: layers.dense({ units: 3, activation: "relu" }) });
  }),
  UpSampling2D: between("image", () => layers.upSampling2d({ size: [2, 2] })),
  ZeroPadding2D: between("image", () => layers.zeroPadding2d({ padding: 1 as never })),
};

const spread = (): LayersModel => {
  const x = input({ shape: shapes.sequence });
  const wide = layers.dense({ units: 4, activation: "tanh" }).apply(x);
  const narrow = layers.dense({ units: 1 }).apply(x);
  const one = layers.dense({ units: 4 }).apply(symbolic(layers.globalAveragePooling1d().apply(x)));
  const made = layers.add().apply([wide, narrow, one].map(symbolic));
  const after = flat(made);
  return model({ inputs: x, outputs: symbolic(layers.dense({ units: 3 }).apply(after)) });
};

const computedIds = (): LayersModel => {
  const x = input({ shape: [6] });
  const ids = layers.rescaling({ scale: 1, offset: 0 }).apply(x);
  const table = layers.embedding({ inputDim: 7, outputDim: 3 }).apply(ids);
  return model({ inputs: x, outputs: symbolic(layers.dense({ units: 3 }).apply(symbolic(table))) });
};

const freeLength = (): LayersModel => {
  const x = input({ shape: [null, 4] as never });
  const states = layers.gru({ units: 3, ...start }).apply(x);
  return model({ inputs: x, outputs: symbolic(layers.dense({ units: 3 }).apply(states)) });
};

const atEveryStep = (make: () => Wrapped): (() => LayersModel) =>
  between("sequence", () => layers.timeDistributed({ layer: make() }));

const behindMask = (make: () => Layer) => (): LayersModel => {
  const x = input({ shape: shapes.ids, dtype: "int32" });
  const table = layers.embedding({ inputDim: 7, outputDim: 4, maskZero: true }).apply(x);
  return model({
    inputs: x,
    outputs: symbolic(layers.dense({ units: 3 }).apply(symbolic(make().apply(symbolic(table))))),
  });
};

const computedMask = (): LayersModel => {
  const x = input({ shape: shapes.sequence });
  const computed = layers.dense({ units: 3, activation: "relu" }).apply(x);
  const masked = layers.masking({}).apply(symbolic(computed));
  const steps = layers.timeDistributed({ layer: layers.dense({ units: 3 }) }).apply(symbolic(masked));
  const way = layers.simpleRNN({ units: 3, returnSequences: true, ...start });
  const both = layers.bidirectional({ layer: way, mergeMode: "sum" }).apply(symbolic(steps));
  const last = layers.gru({ units: 3, goBackwards: true, ...start }).apply(symbolic(both));
  return model({ inputs: x, outputs: symbolic(layers.dense({ units: 3 }).apply(symbolic(last))) });
};

/** Configurations that have another fate than their class, and some that look as if they had. */
export const variants: Readonly<Record<string, () => LayersModel>> = {
  "Add, inputs of other shapes": spread,
  "Bidirectional, mergeMode null": () => {
    const x = input({ shape: shapes.sequence });
    const layer = layers.gru({ units: 3, ...start });
    const both = layers.bidirectional({ layer, mergeMode: null as never }).apply(x) as SymbolicTensor[];
    return model({ inputs: x, outputs: both });
  },
  "Conv1D, causal": () => {
    // its shape alone: TensorFlow.js refuses to call it
    return between("sequence", () => layers.conv1d({ filters: 3, kernelSize: 2, padding: "causal" }))();
  },
  "Conv2D, channelsFirst": between("image", () => {
    return layers.conv2d({ filters: 3, kernelSize: 2, dataFormat: "channelsFirst" });
  }),
  "Conv2DTranspose, dilated": between("image", () => {
    return layers.conv2dTranspose({ filters: 3, kernelSize: 2, dilationRate: 2 });
  }),
  "Dropout, noiseShape": between("vector", () => layers.dropout({ rate: 0.5, noiseShape: [1, 6] })),
  "Embedding, ids computed by a layer": computedIds,
  "Flatten, channelsFirst": between("image", () => layers.flatten({ dataFormat: "channelsFirst" })),
  "GRU, dropout": between("sequence", () => layers.gru({ units: 3, dropout: 0.5, ...start })),
  "GRU, steps of no fixed number": freeLength,
  "LSTM, recurrentDropout": between("sequence", () => layers.lstm({ units: 3, recurrentDropout: 0.5, ...start })),
  "LSTM, recurrentDropout behind a mask": behindMask(() => layers.lstm({ units: 3, recurrentDropout: 0.5, ...start })),
  "LayerNormalization, axis 1": between("sequence", () => layers.layerNormalization({ axis: 1 })),
  "GlobalAveragePooling1D, behind a mask": behindMask(() => layers.globalAveragePooling1d()),
  "Masking, of what a layer computes": computedMask,
  "Softmax, axis 1 of 2": between("sequence", () => layers.softmax({ axis: 1 })),
  "TimeDistributed, Conv1D": first("image", () => {
    return layers.timeDistributed({ layer: layers.conv1d({ filters: 3, kernelSize: 2 }) });
  }),
  "TimeDistributed, LayerNormalization": atEveryStep(() => layers.layerNormalization()),
  "TimeDistributed, LeakyReLU": atEveryStep(() => layers.leakyReLU()),
  "UpSampling2D, bilinear": between("image", () => layers.upSampling2d({ size: [2, 2], interpolation: "bilinear" })),
};
