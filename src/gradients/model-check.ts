import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type ModelProblem, PrivacyError } from "../core/index.ts";
import { type LayerObjection, perExampleClasses, refusedClasses, ruledClasses } from "./layer-classes.ts";
import { type LayerView, leaves, trainableLeaves, trainableWeights, viewModel } from "./layer-view.ts";

/**
 * Lists everything about `model` that private training cannot accept, all at once.
 *
 * @returns one problem per layer, in the model's order; empty when the model can be trained privately.
 * @guarantee A model without problems is built of layers that treat each example by itself, and every trainable weight
 *   belongs to exactly one rule. That the rules are right for this model is what the engine's self-check shows.
 */
export function checkModel(model: LayersModel): ModelProblem[] {
  const root = viewModel(model);
  if (leaves(root).length === 0)
    return [problemOfModel(root, "it has no layers yet", "a model whose layers are all added")];
  const problems: ModelProblem[] = [];
  const layers = leaves(root);
  const trained = new Set(trainableLeaves(root));
  for (const layer of layers) {
    const objection = objectionTo(layer, trained.has(layer));
    if (objection !== undefined) {
      problems.push({ layer: layer.name, layerClass: layer.getClassName(), ...objection });
    }
  }
  const unclaimed = coverage(root, layers);
  if (unclaimed.length > 0 && problems.length === 0) {
    problems.push(problemOfModel(root, `no single layer owns ${unclaimed.join(", ")}`, "one layer per weight"));
  }
  if (trainableWeights(root).length === 0) {
    problems.push(problemOfModel(root, "it has no trainable weights", "at least one layer with trainable true"));
  }
  return problems;
}

/** @throws PrivacyError `unsupported_model` with every problem of `checkModel`. */
export function requireSupported(model: LayersModel): void {
  const problems = checkModel(model);
  if (problems.length > 0) throw unsupportedModel(problems);
}

export function unsupportedModel(problems: readonly ModelProblem[]): PrivacyError<"unsupported_model"> {
  const list = problems.map((p) => `${p.layer} (${p.layerClass}): ${p.reason}; use ${p.replacement}`).join(" | ");
  return new PrivacyError("unsupported_model", `a model with per-example gradients was wanted: ${list}`, { problems });
}

/** Names of trainable weights that not exactly one leaf claims. */
function coverage(root: LayerView, layers: readonly LayerView[]): string[] {
  return trainableWeights(root)
    .filter((w) => layers.filter((layer) => layer.weights.some((own) => own.id === w.id)).length !== 1)
    .map((w) => w.name);
}

function problemOfModel(root: LayerView, reason: string, replacement: string): ModelProblem {
  return { layer: root.name, layerClass: root.getClassName(), reason, replacement };
}

function objectionTo(
  layer: LayerView,
  isTrainable: boolean,
  rank = inputShapeOf(layer).length,
): LayerObjection | undefined {
  const kind = layer.getClassName();
  const refused = refusedClasses[kind];
  if (refused !== undefined) return refused;
  if (layer.stateful === true) {
    return stateful;
  }
  if (Object.hasOwn(layer, "call")) {
    return { reason: "its call method was replaced on the instance", replacement: "the layer as its class defines it" };
  }
  if (ruledClasses.has(kind)) return objectionToRuled(layer, kind, rank);
  if (perExampleClasses.has(kind)) return objectionToPlain(layer, kind, rank);
  if (isTrainable) {
    return {
      reason: "no rule for its per-example gradient is known",
      replacement: `one of ${[...ruledClasses].join(", ")}, or freeze it and keep it outside the model`,
    };
  }
  return { reason: "it is not known to treat each example by itself", replacement: "a built-in layer" };
}

function objectionToRuled(layer: LayerView, kind: string, rank: number): LayerObjection | undefined {
  const config = layer.getConfig();
  if (config["dataFormat"] === "channelsFirst") return channelsFirst;
  switch (kind) {
    case "Conv1D":
      return config["padding"] !== "causal"
        ? undefined
        : { reason: "TensorFlow.js does not implement causal padding", replacement: causalReplacement };
    case "LayerNormalization":
      return normalizesTrailingAxes(layer, rank)
        ? undefined
        : { reason: "it normalizes over axes that are not the last ones", replacement: "axis -1" };
    case "SimpleRNN":
    case "LSTM":
    case "GRU":
      return objectionToRecurrent(layer);
    case "Bidirectional":
      return objectionToBidirectional(layer);
    case "TimeDistributed":
      return objectionToInner(layer.layer, rank - 1);
    default:
      return undefined;
  }
}

function objectionToRecurrent(layer: LayerView): LayerObjection | undefined {
  const config = layer.getConfig();
  if (layer.stateful === true) return stateful;
  if (inputShapeOf(layer)[1] === 1) {
    return { reason: "it runs over one step, which TensorFlow.js cannot differentiate", replacement: "Dense" };
  }
  if (config["returnState"] === true) {
    return { reason: "it returns its state as a second output", replacement: "returnState false" };
  }
  return undefined;
}

function objectionToBidirectional(layer: LayerView): LayerObjection | undefined {
  const { forwardLayer, backwardLayer } = layer;
  if (forwardLayer === undefined || backwardLayer === undefined || !isRecurrent(forwardLayer)) {
    return { reason: "it wraps a layer without a rule", replacement: "SimpleRNN, LSTM or GRU inside it" };
  }
  if (layer.getConfig()["mergeMode"] === null) {
    return { reason: "it gives two outputs", replacement: 'a mergeMode, "concat" for instance' };
  }
  if (inputShapeOf(layer)[1] === 1) {
    return { reason: "it runs over one step, which TensorFlow.js cannot differentiate", replacement: "Dense" };
  }
  return objectionToRecurrent(forwardLayer) ?? objectionToRecurrent(backwardLayer);
}

const isRecurrent = (layer: LayerView): boolean => ["SimpleRNN", "LSTM", "GRU"].includes(layer.getClassName());

/** The layer inside a TimeDistributed is held to the same list. */
function objectionToInner(layer: LayerView | undefined, rank: number): LayerObjection | undefined {
  if (layer === undefined || layer.layers !== undefined) {
    return { reason: "it wraps a model", replacement: "one TimeDistributed around each of its layers" };
  }
  const inner = objectionTo(layer, layer.trainableWeights.length > 0, rank);
  return inner && { ...inner, reason: `of the ${layer.getClassName()} inside it: ${inner.reason}` };
}

function objectionToPlain(layer: LayerView, kind: string, rank: number): LayerObjection | undefined {
  const config = layer.getConfig();
  if (config["dataFormat"] === "channelsFirst" && kind.endsWith("Pooling2D")) return channelsFirst;
  if (kind === "Dropout" && config["noiseShape"] !== undefined && config["noiseShape"] !== null) {
    return { reason: "its noiseShape can share one mask among examples", replacement: "Dropout without noiseShape" };
  }
  if (kind === "UpSampling2D" && config["interpolation"] === "bilinear") {
    return { reason: "bilinear interpolation has no rule", replacement: "interpolation nearest" };
  }
  if ((kind === "Concatenate" || kind === "Softmax") && config["axis"] === 0) {
    return { reason: "axis 0 is the batch", replacement: "another axis" };
  }
  if (kind === "Softmax" && ![undefined, null, -1, rank - 1].includes(config["axis"] as number)) {
    return { reason: "TensorFlow.js has no softmax over another axis than the last", replacement: "axis -1" };
  }
  return undefined;
}

const causalReplacement = "a Conv2D of height 1 after Reshape and ZeroPadding2D on the left, or padding same";

const stateful: LayerObjection = {
  reason: "it carries state from one batch to the next",
  replacement: "the same layer with stateful false",
};

const channelsFirst: LayerObjection = { reason: "channelsFirst has no rule", replacement: "dataFormat channelsLast" };

/** True when the parameters' axes are the trailing axes of the input, in order, and none is the batch. */
function normalizesTrailingAxes(layer: LayerView, rank: number): boolean {
  const axis = layer.getConfig()["axis"];
  const axes = Array.isArray(axis) ? axis.map(Number) : [Number(axis)];
  const positive = axes.map((a) => (a < 0 ? a + rank : a));
  return positive.every((a, i) => a === rank - axes.length + i) && (positive[0] ?? 0) > 0;
}

/** With the batch axis; empty for a layer inside a wrapper, which no graph node knows. */
function inputShapeOf(layer: LayerView): readonly (number | null)[] {
  const nodes = (layer as unknown as { inboundNodes?: { inputShapes: (number | null)[][] }[] }).inboundNodes;
  return nodes?.[0]?.inputShapes[0] ?? [];
}
