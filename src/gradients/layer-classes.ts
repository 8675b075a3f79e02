/** What cannot be trained privately about a layer, and what can be used in its place. */
export interface LayerObjection {
  readonly reason: string;
  readonly replacement: string;
}

/** Layers whose per-example gradient has a rule here. */
export const ruledClasses: ReadonlySet<string> = new Set([
  "Dense",
  "Conv1D",
  "Conv2D",
  "Embedding",
  "LayerNormalization",
  "GroupNormalization",
  "DepthwiseConv2D",
  "SeparableConv2D",
  "Conv2DTranspose",
  "PReLU",
  "SimpleRNN",
  "LSTM",
  "GRU",
  "Bidirectional",
  "TimeDistributed",
  "MultiHeadAttention",
]);

/** Layers without weights that are known to treat every example by itself. A layer that is not known may mix examples. */
export const perExampleClasses: ReadonlySet<string> = new Set([
  "InputLayer",
  "TiedDense",
  "Flatten",
  "Reshape",
  "Permute",
  "RepeatVector",
  "Masking",
  "Rescaling",
  "Activation",
  "ReLU",
  "LeakyReLU",
  "ELU",
  "ThresholdedReLU",
  "Softmax",
  "Dropout",
  "SpatialDropout1D",
  "Add",
  "Subtract",
  "Multiply",
  "Average",
  "Maximum",
  "Minimum",
  "Concatenate",
  "ZeroPadding2D",
  "UpSampling2D",
  "Cropping2D",
  "MaxPooling1D",
  "MaxPooling2D",
  "AveragePooling1D",
  "AveragePooling2D",
  "GlobalAveragePooling1D",
  "GlobalAveragePooling2D",
  "GlobalMaxPooling1D",
  "GlobalMaxPooling2D",
]);

const ownNoise: LayerObjection = {
  reason: "it draws from TensorFlow.js's generator, which nothing ties to the example that it is drawn for",
  replacement: "Dropout or SpatialDropout1D, whose masks the engine draws for each example",
};

const preparation: LayerObjection = {
  reason: "it prepares data by kernels that have no gradient",
  replacement: "the same, done to the data before training",
};

const volumes: LayerObjection = {
  reason: "images of three dimensions have no rule",
  replacement: "layers of two dimensions, with depth among the channels",
};

const ownCells: LayerObjection = {
  reason: "steps of another kind than those of SimpleRNN, LSTM and GRU have no rule",
  replacement: "SimpleRNN, LSTM or GRU, one after the other where cells are stacked",
};

/** Layers of TensorFlow.js that are refused whatever their configuration. */
export const refusedClasses: Readonly<Record<string, LayerObjection>> = {
  BatchNormalization: {
    reason: "it normalizes by the batch, so one example's gradient depends on the others",
    replacement: "GroupNormalization or LayerNormalization",
  },
  GaussianNoise: ownNoise,
  GaussianDropout: ownNoise,
  AlphaDropout: ownNoise,
  RandomWidth: {
    reason: "it draws one width for the whole batch",
    replacement: "augmentations, which are made for each record by itself",
  },
  Resizing: preparation,
  CenterCrop: preparation,
  CategoryEncoding: preparation,
  Conv3D: volumes,
  Conv3DTranspose: volumes,
  MaxPooling3D: volumes,
  AveragePooling3D: volumes,
  RNN: ownCells,
  ConvLSTM2D: ownCells,
  Dot: {
    reason: "products between two inputs of an example have no rule",
    replacement: "MultiHeadAttention, or Multiply and a Dense layer",
  },
};
