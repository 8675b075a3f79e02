import * as tf from "@tensorflow/tfjs-core";
import { invalidArgument } from "../core/index.ts";
import { attend } from "./attention.ts";
import { callConvolution, callDepthwise, callSeparable, callTransposed } from "./convolution-call.ts";
import { normalizeGroups } from "./group-normalization.ts";
import { type Pass, keepFor, multiply, project, tap } from "./layer-tap.ts";
import { type LayerView, activate, onlyTensor } from "./layer-view.ts";
import { callMasking, callThreshold } from "./comparison-call.ts";
import { dropRate, dropoutMask } from "./dropout-mask.ts";
import { callAveragePooling, callMaxPooling, callUpSampling } from "./pooling-call.ts";
import { callRecurrent } from "./recurrent-call.ts";
import { TiedDense } from "./tied-dense.ts";

interface CallContext {
  readonly isTraining: boolean;
  /** `[rows, positions]`, where an Embedding or Masking layer made one. */
  readonly mask?: tf.Tensor | null;
}

type LayerCall = (layer: LayerView, inputs: readonly tf.Tensor[], pass: Pass, context: CallContext) => tf.Tensor;

/** A call that reads one tensor. */
const single =
  (call: (layer: LayerView, x: tf.Tensor, pass: Pass, context: CallContext) => tf.Tensor): LayerCall =>
  (layer, inputs, pass, context) =>
    call(layer, inputs[0], pass, context);

/**
 * Calls that replace the layers' own during a pass. Each computes the same function without fused kernels (tfjs's fused
 * gradients form the weight gradient at once) and without a weight on the tape: the backward pass carries ∂loss/∂input
 * only, and each call's input and output gradient are read off at its tap.
 */
const layerCalls: Readonly<Record<string, LayerCall>> = {
  Dense: single(callDense),
  TiedDense: single(callTiedDense),
  Conv1D: single(callConvolution),
  Conv2D: single(callConvolution),
  DepthwiseConv2D: single(callDepthwise),
  SeparableConv2D: single(callSeparable),
  Conv2DTranspose: single(callTransposed),
  Embedding: single(callEmbedding),
  LayerNormalization: single(callLayerNormalization),
  GroupNormalization: single(callGroupNormalization),
  PReLU: single(callPrelu),
  SimpleRNN: single(callRecurrent),
  LSTM: single(callRecurrent),
  GRU: single(callRecurrent),
  Bidirectional: single(callBidirectional),
  TimeDistributed: single(callTimeDistributed),
  MultiHeadAttention: callAttention,
  Dropout: single(callDropout),
  SpatialDropout1D: single(callDropout),
  Masking: single(callMasking),
  ThresholdedReLU: single(callThreshold),
  AveragePooling1D: single(callAveragePooling),
  AveragePooling2D: single(callAveragePooling),
  MaxPooling1D: single(callMaxPooling),
  MaxPooling2D: single(callMaxPooling),
  UpSampling2D: single(callUpSampling),
};

function callDense(layer: LayerView, x: tf.Tensor, pass: Pass): tf.Tensor {
  return activate(layer, project(pass, x, layer.weights, Number(layer.weights[0]?.shape[1])));
}

function callTiedDense(layer: LayerView, x: tf.Tensor, pass: Pass): tf.Tensor {
  const { table } = layer as unknown as TiedDense;
  const values = table.read() as tf.Tensor2D;
  const [classes, width] = values.shape;
  const z = multiply(tf.reshape(x, [-1, width]), tf.transpose(values));
  const shaped = tf.reshape(z, [...x.shape.slice(0, -1), classes]);
  return tap(pass, shaped, undefined, { rule: { kind: "tied-product" }, weights: [table], input: x });
}

function callEmbedding(layer: LayerView, x: tf.Tensor, pass: Pass): tf.Tensor {
  const table = layer.weights[0].read();
  const ids = tf.cast(x, "int32");
  const rows = table.shape[0];
  if (ids.dataSync().some((id) => !(id >= 0 && id < rows))) {
    // a backend may read past the table, where other rows' values lie
    throw invalidArgument("x", `ids in [0, ${rows}) where ${layer.name} reads them`, "something else");
  }
  const z = tf.reshape(tf.gather(table, tf.reshape(ids, [-1])), [...x.shape, table.shape[1] ?? 1]);
  return tap(pass, z, undefined, { rule: { kind: "table" }, weights: layer.weights, input: ids });
}

function callLayerNormalization(layer: LayerView, x: tf.Tensor, pass: Pass): tf.Tensor {
  const config = layer.getConfig();
  const parameters = layer.weights.map((w) => w.read());
  const [hasScale, hasOffset] = [config["scale"] !== false, config["center"] !== false];
  const gamma = hasScale ? parameters[0] : undefined;
  const beta = hasOffset ? parameters.at(-1) : undefined;
  const axisCount = Array.isArray(config["axis"]) ? config["axis"].length : 1;
  const axes = Array.from({ length: axisCount }, (_, i) => x.rank - axisCount + i);
  const centered = tf.sub(x, tf.mean(x, axes, true));
  const variance = tf.mean(tf.square(centered), axes, true);
  const normalized = tf.mul(centered, tf.rsqrt(tf.add(variance, Number(config["epsilon"]))));
  const scaled = gamma === undefined ? normalized : tf.mul(normalized, gamma);
  const rule = { kind: "normalization", hasScale, hasOffset } as const;
  return tap(pass, scaled, beta, { rule, weights: layer.weights, input: normalized });
}

function callGroupNormalization(layer: LayerView, x: tf.Tensor, pass: Pass): tf.Tensor {
  const [gamma, beta] = layer.weights.map((w) => w.read());
  const { groups, epsilon } = layer.getConfig();
  const normalized = normalizeGroups(x, Number(groups), Number(epsilon));
  const rule = { kind: "normalization", hasScale: true, hasOffset: true } as const;
  return tap(pass, tf.mul(normalized, gamma), beta, { rule, weights: layer.weights, input: normalized });
}

/** x where it is positive, α·x elsewhere; the gradient is written out since a slope's own would be formed for the batch. */
function callPrelu(layer: LayerView, x: tf.Tensor, pass: Pass): tf.Tensor {
  const alpha = layer.weights[0].read();
  const op = tf.customGrad((input, save) => {
    keepFor(save, [input as tf.Tensor]);
    return {
      value: bend(input as tf.Tensor, alpha),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.where(tf.greater(saved, 0), dy, tf.mul(dy, alpha)),
    };
  });
  return tap(pass, op(x), undefined, { rule: { kind: "slope" }, weights: layer.weights, input: x });
}

/** PReLU by its definition: that of tfjs-backend-wasm 4.22.0 reads one slope per channel, whatever the shape of α is. */
function bend(x: tf.Tensor, alpha: tf.Tensor): tf.Tensor {
  return tf.where(tf.greater(x, 0), x, tf.mul(x, alpha));
}

function callDropout(layer: LayerView, x: tf.Tensor, pass: Pass, { isTraining }: CallContext): tf.Tensor {
  const rate = dropRate(layer.getConfig()["rate"]);
  if (!isTraining || rate === undefined) return tf.clone(x);
  // a channel is kept or dropped at all positions
  const isChannelwise = layer.getClassName() === "SpatialDropout1D";
  const shape = isChannelwise ? [x.shape[0], 1, x.shape[2] ?? 1] : x.shape;
  return tf.mul(x, dropoutMask(pass.random, shape, rate));
}

/** Both directions read the same input; the backward one's outputs are put back in the order of the input. */
function callBidirectional(layer: LayerView, x: tf.Tensor, pass: Pass, context: CallContext): tf.Tensor {
  const forward = callInner(layer.forwardLayer as LayerView, x, pass, context);
  const backward = callInner(layer.backwardLayer as LayerView, x, pass, context);
  const isSequence = layer.forwardLayer?.getConfig()["returnSequences"] === true;
  const aligned = isSequence ? tf.reverse(backward, 1) : backward;
  switch (layer.getConfig()["mergeMode"]) {
    case "sum":
      return tf.add(forward, aligned);
    case "ave":
      return tf.mul(0.5, tf.add(forward, aligned));
    case "mul":
      return tf.mul(forward, aligned);
    default:
      return tf.concat([forward, aligned], -1);
  }
}

/** The wrapped layer on all positions at once; each example then has as many rows as positions. */
function callTimeDistributed(layer: LayerView, x: tf.Tensor, pass: Pass, { isTraining }: CallContext): tf.Tensor {
  const [rows, positions] = x.shape;
  const flat = tf.reshape(x, [rows * positions, ...x.shape.slice(2)]);
  const inner = { ...pass, repeats: pass.repeats * positions };
  const z = callInner(layer.layer as LayerView, flat, inner, { isTraining });
  return tf.reshape(z, [rows, positions, ...z.shape.slice(1)]);
}

function callInner(layer: LayerView, x: tf.Tensor, pass: Pass, context: CallContext): tf.Tensor {
  const call = layerCalls[layer.getClassName()];
  if (call !== undefined) return call(layer, [x], pass, context);
  return onlyTensor(layer.call(x, { training: context.isTraining }));
}

function callAttention(layer: LayerView, inputs: readonly tf.Tensor[], pass: Pass): tf.Tensor {
  const [query, value = query, key = value] = inputs;
  const config = layer.getConfig();
  const heads = Number(config["numHeads"]);
  const step = config["useBias"] === true ? 2 : 1;
  const part = (x: tf.Tensor, place: number, columns: number): tf.Tensor =>
    project(pass, x, layer.weights.slice(place * step, (place + 1) * step), columns);
  const widths = [config["keyDim"], config["keyDim"], config["valueDim"]].map((width) => heads * Number(width));
  const attended = attend(part(query, 0, widths[0]), part(key, 1, widths[1]), part(value, 2, widths[2]), {
    heads,
    isCausal: config["useCausalMask"] === true,
  });
  return part(attended, 3, query.shape[2] ?? 1);
}

/** The call that replaces a layer's own during a pass; undefined where its own will do. */
export function callOf(layer: LayerView, pass: Pass): LayerView["call"] | undefined {
  const call = layerCalls[layer.getClassName()];
  if (call === undefined) return undefined;
  return (inputs, kwargs) => {
    const mask = kwargs["mask"] as tf.Tensor | tf.Tensor[] | null | undefined;
    const context = {
      isTraining: kwargs["training"] === true,
      mask: mask === undefined || mask === null ? null : onlyTensor(mask),
    };
    return tf.tidy(() => call(layer, Array.isArray(inputs) ? inputs : [inputs], pass, context));
  };
}
