import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type LayerView, type WeightView, trainableLeaves, trainableWeights, viewModel } from "./layer-view.ts";
import type { Loss } from "./loss.ts";
import {
  type Edge,
  type GraphBuilding,
  cutSoftmaxes,
  edgesOf,
  findTrained,
  fuseActivations,
  groupByWeights,
  startGraph,
} from "./wasm-graph.ts";
import { translate } from "./wasm-layers.ts";
import type { WasmOp } from "./wasm-op.ts";

/** A graph of operations that computes a model: each comes after those it reads. */
export interface WasmPlan {
  readonly ops: readonly WasmOp[];
  readonly edges: readonly (readonly Edge[])[];
  /** Whether gradients are wanted at an operation: one that is trained lies at or below it. */
  readonly isReached: readonly boolean[];
  /** Trained operations that share their weights, by number. */
  readonly groups: readonly (readonly number[])[];
  readonly inputs: readonly PlanInput[];
  readonly outputs: readonly PlanOutput[];
  /** Rows come in groups: what is clipped is the mean gradient of a group. */
  readonly isGrouped: boolean;
  /** Every weight that an operation reads, trained or not. */
  readonly variables: readonly WeightView[];
  /** The model's trainable weights, in its own order. */
  readonly weights: readonly WeightView[];
}

/** One input of the model: floats per example, and, where they are rows of a table, how many rows it has. */
export interface PlanInput {
  readonly size: number;
  readonly vocabulary: number | null;
}

/** One output of the model: the operation that gives it, its shape without the batch axis. */
export interface PlanOutput {
  readonly op: number;
  readonly shape: readonly number[];
  /** What the operation gives goes through a softmax over the last axis. */
  readonly endsInSoftmax: boolean;
}

/** The layer that has no kernels, and why. */
export interface Objection {
  readonly layer: string;
  readonly layerClass: string;
  readonly reason: string;
}

/** What the compiler reads of a symbolic tensor of TensorFlow.js. */
interface Tensor {
  readonly id: number;
  readonly sourceLayer: LayerView;
  readonly nodeIndex: number;
  readonly tensorIndex: number;
}

interface Node {
  readonly inputTensors: readonly Tensor[];
  readonly inputShapes: readonly (readonly (number | null)[])[];
  readonly outputShapes: readonly (readonly (number | null)[])[];
}

type Container = LayerView & { readonly inputs: readonly Tensor[]; readonly outputs: readonly Tensor[] };

/** What a tensor became: the operation, and whose zeros mask its steps, as `RecurrentOp.mask`. */
interface Value {
  readonly op: number;
  readonly mask: number | null;
}

/** What every tensor of one call of a model became, by its id, and the calls of models inside it. */
interface Values {
  readonly byTensor: Map<number, Value>;
  readonly byNode: Map<Node, Values>;
}

const startValues = (tensors: readonly Tensor[], values: readonly Value[]): Values => ({
  byTensor: new Map(tensors.map((tensor, k) => [tensor.id, values[k]])),
  byNode: new Map(),
});

class NoKernels extends Error {
  readonly objection: Objection;
  constructor(layer: LayerView, reason: string) {
    super(reason);
    this.objection = { layer: layer.name, layerClass: layer.getClassName(), reason };
  }
}

/**
 * Compiles a model that `checkModel` accepts to a graph of operations over the kernels: nested models are flattened, a
 * layer that is called several times becomes several operations with the same weights.
 *
 * @param losses - one for every output, or one for each.
 * @param isGrouped - batches come in groups of rows.
 * @returns the plan, or a layer that stands in the way and why.
 */
export function compileModel(
  model: LayersModel,
  losses: Loss | readonly Loss[],
  isGrouped = false,
): WasmPlan | Objection {
  const root = viewModel(model);
  if ([losses].flat().some((loss) => typeof loss === "function")) {
    return objectionTo(root, "the loss is a function of the caller's own");
  }
  const graph = startGraph();
  const trained = new Set(trainableLeaves(root));
  const container = root as Container;
  const inputs = container.inputs.map((_, k): Value => ({ op: -1 - k, mask: null }));
  const values = startValues(container.inputs, inputs);
  try {
    const outputs = container.outputs.map((tensor) => valueOf(tensor, values, graph, trained).op);
    return finishPlan(model, root, graph, outputs, isGrouped);
  } catch (error) {
    if (error instanceof NoKernels) return error.objection;
    throw error;
  }
}

function objectionTo(layer: LayerView, reason: string): Objection {
  return { layer: layer.name, layerClass: layer.getClassName(), reason };
}

/** The operation that computes a tensor of one call of a model. */
function valueOf(tensor: Tensor, values: Values, graph: GraphBuilding, trained: ReadonlySet<LayerView>): Value {
  const known = values.byTensor.get(tensor.id);
  if (known !== undefined) return known;
  const layer = tensor.sourceLayer;
  const node = (layer as unknown as { readonly inboundNodes: readonly Node[] }).inboundNodes[tensor.nodeIndex];
  const from = node.inputTensors.map((source) => valueOf(source, values, graph, trained));
  const isModel = layer.layers !== undefined;
  const value = isModel ? callModel(layer as Container) : callLayer(layer, node, from, graph, trained.has(layer));
  values.byTensor.set(tensor.id, value);
  return value;

  function callModel(inner: Container): Value {
    if (from.some(({ mask }) => mask !== null)) throw new NoKernels(inner, "it is a model behind a mask");
    // its other outputs are of the same call
    const own = values.byNode.get(node) ?? startValues(inner.inputs, from);
    values.byNode.set(node, own);
    return valueOf(inner.outputs[tensor.tensorIndex], own, graph, trained);
  }
}

function callLayer(
  layer: LayerView,
  { inputShapes, outputShapes }: Node,
  from: readonly Value[],
  graph: GraphBuilding,
  isTrained: boolean,
): Value {
  const shapes = [...inputShapes, ...outputShapes].map((shape) => shape.slice(1));
  if (shapes.some((shape) => shape.includes(null))) throw new NoKernels(layer, "one of its axes has no fixed length");
  if (outputShapes.length !== 1) throw new NoKernels(layer, "it has several outputs");
  const [masked] = from.filter(({ mask }) => mask !== null);
  const mask = masked?.mask ?? null;
  const use = {
    from: from.map(({ op }) => op),
    inputs: inputShapes.map((shape) => shape.slice(1).map(Number)),
    output: outputShapes[0].slice(1).map(Number),
    isTrained,
    mask,
  };
  const result = translate(layer, use, graph);
  if (typeof result !== "number") throw new NoKernels(layer, result.reason);
  return { op: result, mask: maskAfter(layer, from, mask, result) };
}

/** Layers that hand the mask of their only input on. */
const maskPassing: ReadonlySet<string> = new Set([
  "Activation",
  "Dense",
  "Dropout",
  "ELU",
  "GroupNormalization",
  "LayerNormalization",
  "LeakyReLU",
  "PReLU",
  "ReLU",
  "Softmax",
  "SpatialDropout1D",
  "ThresholdedReLU",
  "TiedDense",
  "TimeDistributed",
]);

/** The mask of a layer's output by the rules of TensorFlow.js; a layer that would lose one without a word is refused. */
function maskAfter(layer: LayerView, from: readonly Value[], mask: number | null, op: number): number | null {
  const kind = layer.getClassName();
  if (kind === "Embedding" && layer.getConfig()["maskZero"] === true) return from[0].op;
  if (kind === "Masking") return op;
  if (mask === null) return null;
  if (["SimpleRNN", "GRU", "LSTM"].includes(kind)) return layer.getConfig()["returnSequences"] === true ? mask : null;
  if (kind === "Bidirectional") {
    const { forwardLayer } = layer as LayerView & { readonly forwardLayer: LayerView };
    return forwardLayer.getConfig()["returnSequences"] === true ? mask : null;
  }
  if (maskPassing.has(kind)) return mask;
  throw new NoKernels(layer, "it stands behind a mask, for which it has no kernels");
}

function finishPlan(
  model: LayersModel,
  root: LayerView,
  graph: GraphBuilding,
  ends: readonly number[],
  isGrouped: boolean,
): WasmPlan | Objection {
  if (ends.some((output) => output < 0)) return objectionTo(root, "its output is its input");
  // also one that no layer reads is laid out
  if (model.inputs.some(({ shape }) => shape.slice(1).includes(null))) {
    return objectionTo(root, "an axis of its inputs has no fixed length");
  }
  const fused = fuseActivations(graph.ops, ends);
  const shapes = model.outputs.map(({ shape }) => shape.slice(1).map(Number));
  const read = ends.map((op, o) => ({ op: fused.numbers[op], classes: shapes[o].at(-1) ?? 0 }));
  const { ops, outputs } = cutSoftmaxes(fused.ops, read);
  const inputs = model.inputs.map((input, k): PlanInput => {
    const size = input.shape.slice(1).reduce<number>((product, axis) => product * (axis ?? 1), 1);
    const tables = ops.flatMap((op) => (op.kind === "embedding" && op.from[0] === -1 - k ? [op.vocabulary] : []));
    return { size, vocabulary: tables.length === 0 ? null : Math.min(...tables) };
  });
  return {
    ops,
    edges: edgesOf(
      ops,
      outputs.map(({ op }) => op),
    ),
    isReached: findTrained(ops),
    groups: groupByWeights(ops),
    inputs,
    outputs: outputs.map((output, o) => ({ ...output, shape: shapes[o] })),
    isGrouped,
    variables: graph.variables,
    weights: trainableWeights(root),
  };
}
