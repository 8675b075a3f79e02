import type { LayerView } from "./layer-view.ts";
import type { GraphBuilder, LayerUse } from "./wasm-graph.ts";
import { type Translation, activationOf, baseOf, count, isActivation } from "./wasm-translation.ts";
import type { Drop, MergeOp, RecurrentOp } from "./wasm-op.ts";

const cells: Readonly<Record<string, { cell: RecurrentOp["cell"]; gates: number }>> = {
  SimpleRNN: { cell: "simple", gates: 1 },
  GRU: { cell: "gru", gates: 3 },
  LSTM: { cell: "lstm", gates: 4 },
};

/** One recurrent layer: x·W + b for all steps as one product, then the steps. */
export function translateRecurrent(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const isReversed = layer.getConfig()["goBackwards"] === true;
  return translateCell(layer, layer, use, isReversed, "in-order-of-steps", graph);
}

function translateCell(
  owner: LayerView,
  layer: LayerView,
  use: LayerUse,
  isReversed: boolean,
  order: Exclude<RecurrentOp["output"], "last">,
  graph: GraphBuilder,
): Translation {
  const config = layer.getConfig();
  if (use.from.length !== 1) return { reason: "its initial state is an input" };
  if (config["returnState"] === true) return { reason: "it returns its state" };
  const known = cells[layer.getClassName()];
  if (known === undefined) return { reason: `a ${layer.getClassName()} inside it has no kernels yet` };
  const [cellActivation, gateActivation] = [
    activationOf(layer),
    known.cell === "simple" ? "linear" : activationOf(layer, "recurrentActivation"),
  ];
  if (!isActivation(cellActivation)) return { reason: `its activation ${cellActivation} has no kernel yet` };
  if (!isActivation(gateActivation)) return { reason: `its activation ${gateActivation} has no kernel yet` };
  const [steps, inputs] = use.inputs[0];
  const [kernel, recurrentKernel, bias] = layer.weights;
  const units = Number(recurrentKernel.shape[0]);
  const gates = known.gates * units;
  const { isTrained } = use;
  const recurrentDropout = dropOf(config["recurrentDropout"], graph);
  // a step that is left out would keep a state that was dropped from
  if (recurrentDropout !== null && use.mask !== null) {
    return { reason: "its recurrentDropout has no kernels behind a mask" };
  }
  const drop = dropOf(config["dropout"], graph);
  const size = steps * inputs;
  const read =
    drop === null
      ? use.from[0]
      : graph.add({ ...baseOf(owner, use.from, size, size), kind: "dropout", ...drop, lines: steps });
  const z = graph.add({
    ...baseOf(owner, [read], size, steps * gates),
    kind: "dense",
    weights: (bias === undefined ? [kernel] : [kernel, bias]).map((w) => graph.place(w)),
    isTrained,
    positions: steps,
    inputs,
    units: gates,
    hasBias: bias !== undefined,
  });
  const output = config["returnSequences"] === true ? order : "last";
  return graph.add({
    ...baseOf(owner, [z], steps * gates, output === "last" ? units : steps * units),
    kind: "recurrent",
    weights: [graph.place(recurrentKernel)],
    isTrained,
    cell: known.cell,
    steps,
    units,
    cellActivation,
    gateActivation,
    isReversed,
    output,
    mask: use.mask,
    recurrentDropout,
  });
}

/** One mask of an example for all steps. */
function dropOf(rate: unknown, graph: GraphBuilder): Drop | null {
  return typeof rate === "number" && rate > 0 && rate < 1 ? { rate, number: graph.draw() } : null;
}

type Bidirectional = LayerView & {
  readonly forwardLayer: LayerView;
  readonly backwardLayer: LayerView;
  readonly mergeMode: string | null;
};

const merges: Readonly<Record<string, MergeOp["kind"]>> = { sum: "add", ave: "average", mul: "multiply" };

/** Both ways over the positions, side by side or merged; the way back gives its outputs in the order of positions. */
export function translateBidirectional(layer: LayerView, use: LayerUse, graph: GraphBuilder): Translation {
  const { forwardLayer, backwardLayer, mergeMode } = layer as Bidirectional;
  const isReversed = forwardLayer.getConfig()["goBackwards"] === true;
  if (isReversed) return { reason: "its forward layer goes backwards" };
  const ways = [
    translateCell(layer, forwardLayer, use, false, "in-order-of-steps", graph),
    translateCell(layer, backwardLayer, use, true, "in-order-of-positions", graph),
  ];
  const from: number[] = [];
  for (const way of ways) {
    if (typeof way !== "number") return way;
    from.push(way);
  }
  const size = count(use.output);
  if (mergeMode === "concat") {
    const units = (use.output.at(-1) ?? 0) / 2;
    const lines = size / (2 * units);
    return graph.add({ ...baseOf(layer, from, size / 2, size), kind: "concatenate", lines, pieces: [units, units] });
  }
  const kind = mergeMode === null ? undefined : merges[mergeMode];
  if (kind === undefined) return { reason: "it has several outputs" };
  return graph.add({ ...baseOf(layer, from, size, size), kind });
}
