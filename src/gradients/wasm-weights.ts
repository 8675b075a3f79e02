import type { WeightView } from "./layer-view.ts";
import type { Layout, OpMemory } from "./wasm-memory.ts";
import { type RecurrentOp, type TrainedOp, hasWeights } from "./wasm-op.ts";
import { gatesOf, panelFloats } from "./wasm-sizes.ts";

/** Copies the model's weights to the kernels' memory, packed as each operation reads them, and the tables of places. */
export function loadWeights(layout: Layout, variables: readonly WeightView[]): void {
  const floats = layout.kernels.floats();
  const write = (weight: number, to: number): void => {
    floats.set(variables[weight].read().dataSync<"float32">(), to / 4);
  };
  for (const at of layout.ops) {
    const { op } = at;
    if (hasWeights(op)) loadOp(layout, at as OpMemory<TrainedOp>, write);
    if (op.kind === "rearrange") new Int32Array(floats.buffer).set(op.order, at.bias / 4);
    if (op.kind === "affine") {
      floats.fill(op.scale, at.panels / 4, at.panels / 4 + op.outputSize);
      floats.fill(op.offset, at.bias / 4, at.bias / 4 + op.outputSize);
    }
    if (op.kind === "prelu" && op.map !== null) new Int32Array(floats.buffer).set(op.map, at.bias / 4);
  }
}

function loadOp(layout: Layout, at: OpMemory<TrainedOp>, write: (weight: number, to: number) => void): void {
  const { run } = layout.kernels;
  const { op, panels, backPanels } = at;
  const { weight } = layout;
  const [first, second] = op.weights;
  if ("hasBias" in op && op.hasBias) write(second, at.bias);
  switch (op.kind) {
    case "dense":
    case "convolution":
      write(first, weight);
      run.pack(panels, weight, op.inputs, op.units, op.units, 1);
      if (backPanels !== 0) run.pack(backPanels, weight, op.units, op.inputs, 1, op.units);
      break;
    case "tied":
      write(first, weight);
      run.pack(panels, weight, op.width, op.vocabulary, 1, op.width);
      if (backPanels !== 0) run.pack(backPanels, weight, op.vocabulary, op.width, op.width, 1);
      break;
    case "spread":
      write(first, weight);
      run.pack(panels, weight, op.inputs, op.window, 1, op.inputs);
      if (backPanels !== 0) run.pack(backPanels, weight, op.window, op.inputs, op.inputs, 1);
      break;
    case "recurrent":
      write(first, weight);
      packRecurrent(layout, at as OpMemory<RecurrentOp>);
      break;
    case "normalize":
      if (op.hasScale) write(first, panels);
      if (op.hasOffset) write(op.hasScale ? second : first, at.bias);
      break;
    case "depthwise":
    case "embedding":
    case "prelu":
      write(first, panels);
      break;
  }
}

/** A GRU's candidate reads r · h where its gates read h: two products, two sets of panels. */
function packRecurrent({ kernels, weight }: Layout, { op, panels, backPanels }: OpMemory<RecurrentOp>): void {
  const { run } = kernels;
  const { units } = op;
  const columns = gatesOf(op.cell) * units;
  const early = op.cell === "gru" ? 2 * units : columns;
  run.pack(panels, weight, units, early, columns, 1);
  run.pack(backPanels, weight, early, units, 1, columns);
  if (op.cell !== "gru") return;
  const late = weight + 4 * early;
  run.pack(panels + 4 * panelFloats(units, early), late, units, units, columns, 1);
  run.pack(backPanels + 4 * panelFloats(early, units), late, units, units, 1, columns);
}
