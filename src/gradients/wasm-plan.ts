import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type LayerView, type WeightView, trainableLeaves, trainableWeights, viewModel } from "./layer-view.ts";
import type { Loss } from "./loss.ts";
import { translate } from "./wasm-layers.ts";
import { type WasmOp, isTrained } from "./wasm-op.ts";

/** A chain of operations that computes a model, in order. */
export interface WasmPlan {
  readonly ops: readonly WasmOp[];
  /** The last operation's output goes through a softmax over the last axis. */
  readonly endsInSoftmax: boolean;
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  /** The model's trainable weights, in its own order. */
  readonly weights: readonly WeightView[];
  /** The first operation that is trained: the backward pass ends there. */
  readonly first: number;
}

/** The layer that has no kernels, and why. */
export interface Objection {
  readonly layer: string;
  readonly layerClass: string;
  readonly reason: string;
}

interface Node {
  readonly inboundLayers: readonly LayerView[];
  readonly inputShapes: readonly (readonly (number | null)[])[];
  readonly outputShapes: readonly (readonly (number | null)[])[];
}

const nodesOf = (layer: LayerView): readonly Node[] =>
  (layer as unknown as { readonly inboundNodes: readonly Node[] }).inboundNodes;

/**
 * Compiles a model that `checkModel` accepts to a chain of operations over the kernels.
 *
 * @returns the plan, or the first layer that stands in the way and why.
 */
export function compileModel(model: LayersModel, loss: Loss): WasmPlan | Objection {
  const root = viewModel(model);
  const whole = (reason: string): Objection => ({ layer: root.name, layerClass: root.getClassName(), reason });
  if (typeof loss === "function") return whole("the loss is a function of the caller's own");
  const layers = (root.layers ?? []).filter((layer) => layer.getClassName() !== "InputLayer");
  if (model.inputs.length !== 1) return whole("it has several inputs");
  const trained = new Set(trainableLeaves(root));
  const ops: WasmOp[] = [];
  let endsInSoftmax = false;
  for (const [i, layer] of layers.entries()) {
    const objection = (reason: string): Objection => ({ layer: layer.name, layerClass: layer.getClassName(), reason });
    const broken = brokenChain(layer, layers[i - 1]);
    if (broken !== undefined) return objection(broken);
    if (endsInSoftmax) return objection("it comes after a softmax");
    const [node] = nodesOf(layer);
    const [input, output] = [node.inputShapes[0].slice(1), node.outputShapes[0].slice(1)];
    if ([...input, ...output].some((axis) => axis === null)) return objection("one of its axes has no fixed length");
    const shapes = { input: input.map(Number), output: output.map(Number), isTrained: trained.has(layer) };
    const translation = translate(layer, shapes);
    if ("reason" in translation) return objection(translation.reason);
    addOps(ops, translation.ops);
    endsInSoftmax = translation.endsInSoftmax === true;
  }
  return {
    ops,
    endsInSoftmax,
    inputShape: (model.inputs[0]?.shape ?? []).slice(1).map(Number),
    outputShape: (model.outputs[0]?.shape ?? []).slice(1).map(Number),
    weights: trainableWeights(root),
    first: ops.findIndex(isTrained),
  };
}

/** An activation of its own goes into the operation before it where that has none. */
function addOps(ops: WasmOp[], more: readonly WasmOp[]): void {
  for (const op of more) {
    const last = ops.at(-1);
    if (op.kind === "copy" && last !== undefined && last.activation === "linear") {
      ops[ops.length - 1] = { ...last, activation: op.activation };
    } else ops.push(op);
  }
}

/** Why `layer` is not simply what comes after `previous`. */
function brokenChain(layer: LayerView, previous: LayerView | undefined): string | undefined {
  if (layer.layers !== undefined) return "it is a model inside the model";
  const nodes = nodesOf(layer);
  if (nodes.length !== 1) return "it is called more than once";
  const [{ inboundLayers, inputShapes }] = nodes;
  if (inputShapes.length > 1 || inboundLayers.length > 1) return "it has several inputs";
  const [before] = inboundLayers;
  const isFirst = before === undefined || before.getClassName() === "InputLayer";
  const follows = previous === undefined ? isFirst : before === previous;
  return follows ? undefined : "it does not follow the layer before it";
}
