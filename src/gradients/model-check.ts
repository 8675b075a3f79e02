import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type ModelProblem, PrivacyError } from "../core/index.ts";
import { type LayerView, leaves, trainableLeaves, trainableWeights, viewModel } from "./layer-view.ts";

/** Layers whose per-example gradient has a rule here. */
export const ruledClasses: ReadonlySet<string> = new Set([
  "Dense",
  "Conv1D",
  "Conv2D",
  "Embedding",
  "LayerNormalization",
  "GroupNormalization",
]);

/** Layers without weights that are known to treat every example by itself. A layer that is not known may mix examples. */
const perExampleClasses: ReadonlySet<string> = new Set([
  "InputLayer",
  "Flatten",
  "Reshape",
  "Permute",
  "RepeatVector",
  "Masking",
  "Activation",
  "ReLU",
  "LeakyReLU",
  "ELU",
  "ThresholdedReLU",
  "Softmax",
  "Dropout",
  "Add",
  "Subtract",
  "Multiply",
  "Average",
  "Maximum",
  "Minimum",
  "Concatenate",
  "ZeroPadding2D",
  "UpSampling2D",
  "MaxPooling1D",
  "MaxPooling2D",
  "AveragePooling2D",
  "GlobalAveragePooling1D",
  "GlobalAveragePooling2D",
  "GlobalMaxPooling1D",
  "GlobalMaxPooling2D",
]);

interface Objection {
  readonly reason: string;
  readonly replacement: string;
}

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
  if (model.outputs.length !== 1) problems.push(problemOfModel(root, "it has several outputs", "a single output"));
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

function objectionTo(layer: LayerView, isTrainable: boolean): Objection | undefined {
  const kind = layer.getClassName();
  if (kind === "BatchNormalization") {
    return {
      reason: "it normalizes by the batch, so one example's gradient depends on the others",
      replacement: "GroupNormalization or LayerNormalization",
    };
  }
  if (layer.stateful === true) {
    return { reason: "it carries state from one batch to the next", replacement: "the same layer with stateful false" };
  }
  if (Object.hasOwn(layer, "call")) {
    return { reason: "its call method was replaced on the instance", replacement: "the layer as its class defines it" };
  }
  if (ruledClasses.has(kind)) return objectionToRuled(layer, kind);
  if (perExampleClasses.has(kind)) return objectionToPlain(layer, kind);
  if (isTrainable) {
    return {
      reason: "no rule for its per-example gradient is known",
      replacement: `one of ${[...ruledClasses].join(", ")}, or freeze it and keep it outside the model`,
    };
  }
  return { reason: "it is not known to treat each example by itself", replacement: "a built-in layer" };
}

function objectionToRuled(layer: LayerView, kind: string): Objection | undefined {
  const config = layer.getConfig();
  if (config["dataFormat"] === "channelsFirst") return channelsFirst;
  if (kind === "Conv1D" && config["padding"] === "causal") {
    return { reason: "causal padding has no rule", replacement: "padding valid after ZeroPadding, or same" };
  }
  if (kind === "LayerNormalization" && !normalizesTrailingAxes(layer)) {
    return { reason: "it normalizes over axes that are not the last ones", replacement: "axis -1" };
  }
  return undefined;
}

function objectionToPlain(layer: LayerView, kind: string): Objection | undefined {
  const config = layer.getConfig();
  if (config["dataFormat"] === "channelsFirst" && kind.endsWith("Pooling2D")) return channelsFirst;
  if (kind === "Dropout" && config["noiseShape"] !== undefined && config["noiseShape"] !== null) {
    return { reason: "its noiseShape can share one mask among examples", replacement: "Dropout without noiseShape" };
  }
  if ((kind === "Concatenate" || kind === "Softmax") && config["axis"] === 0) {
    return { reason: "axis 0 is the batch", replacement: "another axis" };
  }
  return undefined;
}

const channelsFirst: Objection = { reason: "channelsFirst has no rule", replacement: "dataFormat channelsLast" };

/** True when the parameters' axes are the trailing axes of the input, in order, and none is the batch. */
function normalizesTrailingAxes(layer: LayerView): boolean {
  const axis = layer.getConfig()["axis"];
  const axes = Array.isArray(axis) ? axis.map(Number) : [Number(axis)];
  const rank = inputRank(layer);
  const positive = axes.map((a) => (a < 0 ? a + rank : a));
  return positive.every((a, i) => a === rank - axes.length + i) && (positive[0] ?? 0) > 0;
}

function inputRank(layer: LayerView): number {
  const shape = (layer as unknown as { inboundNodes: { inputShapes: (number | null)[][] }[] }).inboundNodes;
  return shape[0]?.inputShapes[0]?.length ?? 0;
}
