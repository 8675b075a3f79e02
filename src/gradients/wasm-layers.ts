import type { LayerView, WeightView } from "./layer-view.ts";
import type { GraphBuilder, LayerUse } from "./wasm-graph.ts";
import { translateAttention } from "./wasm-attention-layers.ts";
import {
  translateConvolution,
  translateDepthwise,
  translatePadding,
  translatePooling,
  translateSeparable,
  translateSpread,
} from "./wasm-image-layers.ts";
import { translateConcatenate, translateMerge, translatePermute, translateRepeat } from "./wasm-merge-layers.ts";
import { translateBidirectional, translateRecurrent } from "./wasm-recurrent-layers.ts";
import { type Translation, activate, activationOf, baseOf, count, curve } from "./wasm-translation.ts";

/** Translates one call of a layer that `checkModel` accepts. */
export function translate(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const config = layer.getConfig();
  if (config["dataFormat"] === "channelsFirst") return { reason: "it has its channels first" };
  if (layer.stateful === true) return { reason: "it carries state from one batch to the next" };
  if (Object.hasOwn(layer, "call")) return { reason: "its call method was replaced on the instance" };
  switch (layer.getClassName()) {
    case "InputLayer":
    case "Flatten":
    case "Reshape":
      return use.from[0];
    case "Dropout":
    case "SpatialDropout1D":
      return translateDropout(layer, use, graph);
    case "Masking":
      return translateMasking(layer, use, graph);
    case "Rescaling":
      return translateRescaling(layer, use, graph);
    case "Dense":
      return translateDense(layer, layer, use, graph);
    case "TimeDistributed":
      return translateTimeDistributed(layer, use, graph);
    case "Embedding":
      return translateEmbedding(layer, use, graph);
    case "TiedDense":
      return translateTied(layer, use, graph);
    case "LayerNormalization":
    case "GroupNormalization":
      return translateNormalization(layer, layer, use, graph);
    case "PReLU":
      return translatePrelu(layer, use, graph);
    case "SimpleRNN":
    case "LSTM":
    case "GRU":
      return translateRecurrent(layer, use, graph);
    case "Bidirectional":
      return translateBidirectional(layer, use, graph);
    case "MultiHeadAttention":
      return translateAttention(layer, use, graph);
    case "Permute":
      return translatePermute(layer, use, graph);
    case "RepeatVector":
    case "UpSampling2D":
    case "Cropping2D":
      return translateRepeat(layer, use, graph);
    default:
      return translateOther(layer, use, graph);
  }
}

function translateOther(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  switch (layer.getClassName()) {
    case "Conv1D":
    case "Conv2D":
      return translateConvolution(layer, use, graph);
    case "DepthwiseConv2D":
      return translateDepthwise(layer, use, graph);
    case "SeparableConv2D":
      return translateSeparable(layer, use, graph);
    case "Conv2DTranspose":
      return translateSpread(layer, use, graph);
    case "ZeroPadding2D":
      return translatePadding(layer, use, graph);
    case "MaxPooling1D":
    case "MaxPooling2D":
    case "AveragePooling1D":
    case "AveragePooling2D":
    case "GlobalMaxPooling1D":
    case "GlobalMaxPooling2D":
    case "GlobalAveragePooling1D":
    case "GlobalAveragePooling2D":
      return translatePooling(layer, use, graph);
    case "Concatenate":
      return translateConcatenate(layer, use, graph);
    case "Add":
    case "Subtract":
    case "Multiply":
    case "Average":
    case "Maximum":
    case "Minimum":
      return translateMerge(layer, use, graph);
    default:
      return translateActivation(layer, use, graph);
  }
}

function translateActivation(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const config = layer.getConfig();
  const [from] = use.from;
  const number = (key: string, otherwise: number): number => {
    return typeof config[key] === "number" ? config[key] : otherwise;
  };
  switch (layer.getClassName()) {
    case "Activation":
      return activate(layer, use.output, activationOf(layer), from, graph);
    case "ReLU": {
      const most = config["maxValue"];
      if (most === null || most === undefined) return activate(layer, use.output, "relu", from, graph);
      return curve(layer, use.output, "cappedRelu", Number(most), from, graph);
    }
    case "LeakyReLU":
      return curve(layer, use.output, "leakyRelu", number("alpha", 0.3), from, graph);
    case "ThresholdedReLU":
      return curve(layer, use.output, "thresholdedRelu", number("theta", 1), from, graph);
    case "ELU":
      return curve(layer, use.output, "scaledElu", number("alpha", 1), from, graph);
    case "Softmax":
      // counted with the batch: tfjs says 1 for the last axis of rows of numbers
      if (![-1, use.output.length].includes(Number(config["axis"] ?? -1)))
        return { reason: "its axis is not the last" };
      return activate(layer, use.output, "softmax", from, graph);
    default:
      return { reason: "its class has no kernels yet" };
  }
}

/** @param owner - the layer to name: the wrapper, where there is one. */
export function translateDense(owner: LayerView, layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const inputs = use.inputs[0].at(-1) ?? 1;
  const units = use.output.at(-1) ?? 1;
  const z = graph.add({
    ...baseOf(owner, use.from, count(use.inputs[0]), count(use.output)),
    kind: "dense",
    weights: layer.weights.map((w) => graph.place(w)),
    isTrained: use.isTrained,
    positions: count(use.inputs[0]) / inputs,
    inputs,
    units,
    hasBias: layer.weights.length > 1,
  });
  return activate(owner, use.output, activationOf(layer), z, graph);
}

/** Layers that see one more axis in front as more of the same. */
function translateTimeDistributed(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const inner = (layer as LayerView & { readonly layer: LayerView }).layer;
  switch (inner.getClassName()) {
    case "Dense":
      return translateDense(layer, inner, use, graph);
    case "LayerNormalization":
      return translateNormalization(layer, inner, use, graph);
    case "Flatten":
    case "Reshape":
      return use.from[0];
    case "Dropout":
      return translateDropout(inner, use, graph);
    case "Activation":
    case "ReLU":
    case "LeakyReLU":
    case "ThresholdedReLU":
    case "ELU":
    case "Softmax":
      return translateActivation(inner, use, graph);
    default:
      return { reason: `a ${inner.getClassName()} at every step has no kernels yet` };
  }
}

function translateDropout(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const { rate: given, noiseShape } = layer.getConfig();
  if (noiseShape !== undefined && noiseShape !== null) return { reason: "its masks may be shared among examples" };
  const rate = Number(given);
  if (!(rate > 0 && rate < 1)) return use.from[0];
  const size = count(use.output);
  // a channel is kept or dropped at all positions
  const lines = layer.getClassName() === "SpatialDropout1D" ? use.output[0] : 1;
  return graph.add({ ...baseOf(layer, use.from, size, size), kind: "dropout", rate, number: graph.draw(), lines });
}

function translateMasking(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const value = Number(layer.getConfig()["maskValue"] ?? 0);
  if (!Number.isFinite(value)) return { reason: "its mask value is not finite" };
  const size = count(use.output);
  const steps = size / (use.output.at(-1) ?? 1);
  return graph.add({ ...baseOf(layer, use.from, size, size), kind: "masking", steps, value });
}

function translateRescaling(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const { scale, offset } = layer.getConfig();
  if (typeof scale !== "number" || typeof offset !== "number") return { reason: "its scale or offset is no number" };
  const size = count(use.output);
  return graph.add({ ...baseOf(layer, use.from, size, size), kind: "affine", scale, offset });
}

/** Ids above 2^24 have no exact f32, in which inputs are kept. */
const mostIds = 2 ** 24;

function translateEmbedding(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const [table] = layer.weights;
  const [vocabulary, width] = table.shape.map(Number) as [number, number];
  if (use.from[0] >= 0) return { reason: "it reads ids that another layer computes" };
  if (vocabulary > mostIds) return { reason: "it has more rows than f32 can number" };
  return graph.add({
    ...baseOf(layer, use.from, count(use.inputs[0]), count(use.output)),
    kind: "embedding",
    weights: [graph.place(table)],
    isTrained: use.isTrained,
    positions: count(use.inputs[0]),
    vocabulary,
    width,
  });
}

/** Its table is a weight of the Embedding that reads it, by which it is trained or not. */
function translateTied(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const { table } = layer as LayerView & { readonly table: WeightView };
  const isTrained = graph.isTrained(table);
  if (isTrained === undefined) return { reason: "no Embedding before it reads its table" };
  const [vocabulary, width] = table.shape.map(Number) as [number, number];
  return graph.add({
    ...baseOf(layer, use.from, count(use.inputs[0]), count(use.output)),
    kind: "tied",
    weights: [graph.place(table)],
    isTrained,
    positions: count(use.inputs[0]) / width,
    vocabulary,
    width,
  });
}

/** @param owner - as `translateDense` has it. */
function translateNormalization(owner: LayerView, layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const config = layer.getConfig();
  const isLayerwise = layer.getClassName() === "LayerNormalization";
  const [shape] = use.inputs;
  const size = count(shape);
  const axes = Array.isArray(config["axis"]) ? config["axis"].length : 1;
  const parameters = isLayerwise ? count(shape.slice(shape.length - axes)) : (shape.at(-1) ?? 1);
  const positions = size / parameters;
  const groups = isLayerwise ? positions : Number(config["groups"]);
  const length = isLayerwise ? parameters : parameters / groups;
  return graph.add({
    ...baseOf(owner, use.from, size, size),
    kind: "normalize",
    weights: layer.weights.map((w) => graph.place(w)),
    isTrained: use.isTrained,
    groups,
    groupStep: length,
    lines: isLayerwise ? 1 : positions,
    lineStep: parameters,
    length,
    epsilon: Number(config["epsilon"]),
    parameters,
    hasScale: config["scale"] !== false,
    hasOffset: config["center"] !== false,
  });
}

/** Slopes are shared over some axes, or every entry has its own. */
function translatePrelu(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const [slope] = layer.weights;
  const shape = slope.shape.map(Number);
  const size = count(use.output);
  const map = Int32Array.from({ length: size }, (_, k) => {
    let [at, rest, step] = [0, k, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const index = rest % use.output[axis];
      rest = (rest - index) / use.output[axis];
      at += shape[axis] === 1 ? 0 : index * step;
      step *= shape[axis];
    }
    return at;
  });
  return graph.add({
    ...baseOf(layer, use.from, size, size),
    kind: "prelu",
    weights: [graph.place(slope)],
    isTrained: use.isTrained,
    slopes: count(shape),
    map: count(shape) === size ? null : map,
  });
}
