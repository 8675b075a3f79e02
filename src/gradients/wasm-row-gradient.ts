import { readWindows } from "./wasm-image-pass.ts";
import type { GatheredSum, Layout, MaterializedSum, OpMemory } from "./wasm-memory.ts";
import type { ConvolutionOp, DepthwiseOp, NormalizeOp, PreluOp, RecurrentOp, SpreadOp, TrainedOp } from "./wasm-op.ts";
import { positionOf } from "./wasm-recurrent-pass.ts";
import { gatesOf } from "./wasm-sizes.ts";

/**
 * Writes the gradient of weights out, in f32, summed over `count` rows and the uses of the weights (cross terms
 * included), and returns the squared norm of what was written.
 */
export function formRow(layout: Layout, sum: MaterializedSum, row: number, count: number): number {
  sum.uses.forEach((use, k) => formUse(layout, use, sum, row, count, k > 0));
  return layout.kernels.run.sumSquares(sum.row, sum.size);
}

/** The same, written or added at `to`, of rows that nobody clips. */
export function formRows(layout: Layout, sum: MaterializedSum, to: number, count: number, isAdded: boolean): void {
  const target = { ...sum, row: to };
  sum.uses.forEach((use, k) => formUse(layout, use, target, 0, count, isAdded || k > 0));
}

/** One use's part, written or added at `sum.row`. Positions of rows that follow each other are more positions of one. */
function formUse(
  layout: Layout,
  at: OpMemory<TrainedOp>,
  sum: MaterializedSum,
  row: number,
  count: number,
  isAdded: boolean,
): void {
  const { run } = layout.kernels;
  const { op } = at;
  const to = sum.row;
  const second = to + 4 * (sum.sizes[0] ?? 0);
  const added = isAdded ? 1 : 0;
  const gradient = at.gradient + 4 * row * op.outputSize;
  const from = at.sources[0] + 4 * row * op.inputSize;
  switch (op.kind) {
    case "dense":
      addProduct(layout, to, op.units, from, gradient, count * op.positions, op.inputs, op.units, added);
      if (op.hasBias) run.addColumns(second, gradient, 0, count * op.positions, op.units, added);
      break;
    case "tied":
      addProduct(layout, to, op.width, gradient, from, count * op.positions, op.vocabulary, op.width, added);
      break;
    case "embedding":
      if (!isAdded) run.clear(to, 4 * op.vocabulary * op.width);
      run.addRowsByIds(to, from, gradient, count * op.positions, op.width);
      break;
    case "normalize":
      formNormalize(layout, at as OpMemory<NormalizeOp>, to, gradient, row, count, added);
      break;
    case "recurrent":
      if (count > 1 && op.steps > 1 && !op.isReversed && op.cell !== "gru") {
        formRecurrentRows(layout, at as OpMemory<RecurrentOp>, to, row, count, added);
        break;
      }
      for (let k = 0; k < count; k++) formOne(layout, at as OneByOne, sum, row + k, isAdded || k > 0);
      break;
    case "convolution":
    case "spread":
    case "depthwise":
    case "prelu":
      for (let k = 0; k < count; k++) formOne(layout, at as OneByOne, sum, row + k, isAdded || k > 0);
      break;
  }
}

type OneByOne = OpMemory<ConvolutionOp | SpreadOp | DepthwiseOp | RecurrentOp | PreluOp>;

/** One row's part, of an operation that reads windows or states of its own. */
function formOne(layout: Layout, at: OneByOne, sum: MaterializedSum, row: number, isAdded: boolean): void {
  const { run } = layout.kernels;
  const { op } = at;
  const to = sum.row;
  const second = to + 4 * (sum.sizes[0] ?? 0);
  const added = isAdded ? 1 : 0;
  const gradient = at.gradient + 4 * row * op.outputSize;
  const from = at.sources[0] + 4 * row * op.inputSize;
  switch (op.kind) {
    case "convolution":
      readWindows(layout, op.image, op.walk, from);
      addProduct(layout, to, op.units, layout.windows, gradient, op.positions, op.inputs, op.units, added);
      if (op.hasBias) run.addColumns(second, gradient, 0, op.positions, op.units, added);
      break;
    case "spread":
      formSpread(layout, op, to, second, from, gradient, added);
      break;
    case "depthwise":
      formDepthwise(layout, op, to, second, from, gradient, added);
      break;
    case "recurrent":
      formRecurrent(layout, at as OpMemory<RecurrentOp>, to, row, added);
      break;
    case "prelu":
      if (!isAdded) run.clear(to, 4 * op.slopes);
      run.addSlopes(to, gradient, from, op.map === null ? 0 : at.bias, op.outputSize);
      break;
  }
}

/** to[inputs][units] (+)= aᵀ · g over the positions of one row. */
function addProduct(
  layout: Layout,
  to: number,
  toRow: number,
  a: number,
  g: number,
  positions: number,
  inputs: number,
  units: number,
  added: 0 | 1,
): void {
  const { run } = layout.kernels;
  run.pack(layout.scratch, g, positions, units, units, 1);
  run.multiplyInto(to, toRow, a, 1, inputs, layout.scratch, inputs, positions, units, 0, layout.tile, added);
}

/** The kernel `[window, inputs]`: windows of the output's gradient times what was read. */
function formSpread(
  layout: Layout,
  op: SpreadOp,
  to: number,
  bias: number,
  from: number,
  gradient: number,
  added: 0 | 1,
): void {
  readWindows(layout, op.image, op.walk, gradient);
  addProduct(layout, to, op.inputs, layout.windows, from, op.positions, op.window, op.inputs, added);
  if (op.hasBias) layout.kernels.run.addColumns(bias, gradient, 0, op.outputSize / op.units, op.units, added);
}

function formDepthwise(
  layout: Layout,
  op: DepthwiseOp,
  to: number,
  bias: number,
  from: number,
  gradient: number,
  added: 0 | 1,
): void {
  const { run } = layout.kernels;
  const { positions, taps, channels, multiplier } = op;
  const units = channels * multiplier;
  if (added === 0) run.clear(to, 4 * taps * units);
  readWindows(layout, op.image, op.walk, from);
  run.addChannelProducts(to, layout.windows, gradient, positions, taps, channels, multiplier);
  if (op.hasBias) run.addColumns(bias, gradient, 0, positions, units, added);
}

function formNormalize(
  layout: Layout,
  { op, saved }: OpMemory<NormalizeOp>,
  to: number,
  gradient: number,
  row: number,
  count: number,
  added: 0 | 1,
): void {
  const { run } = layout.kernels;
  const { parameters, outputSize } = op;
  const positions = (count * outputSize) / parameters;
  const offset = to + (op.hasScale ? 4 * parameters : 0);
  if (op.hasScale) run.addColumns(to, gradient, saved[0] + 4 * row * outputSize, positions, parameters, added);
  if (op.hasOffset) run.addColumns(offset, gradient, 0, positions, parameters, added);
}

/** The recurrent kernel: the state before each step times the gates' gradients at that step. */
function formRecurrent(layout: Layout, at: OpMemory<RecurrentOp>, to: number, row: number, added: 0 | 1): void {
  const { run } = layout.kernels;
  const { op, saved, targets } = at;
  const { steps, units } = op;
  const columns = gatesOf(op.cell) * units;
  if (steps === 1) {
    if (added === 0) run.clear(to, 4 * units * columns);
    return;
  }
  const states = saved[1] + 4 * row * steps * units;
  // the first step starts from zero
  const gates = targets[0] + 4 * (row * steps + positionOf(op, 1)) * columns;
  const stride = op.isReversed ? -columns : columns;
  const early = op.cell === "gru" ? 2 * units : columns;
  const product = (kernel: number, a: number, g: number, width: number): void => {
    run.pack(layout.scratch, g, steps - 1, width, stride, 1);
    run.multiplyInto(kernel, columns, a, 1, units, layout.scratch, units, steps - 1, width, 0, layout.tile, added);
  };
  product(to, states, gates, early);
  if (op.cell === "gru") product(to + 4 * early, saved[2] + 4 * (row * steps + 1) * units, gates + 4 * early, units);
}

/**
 * The recurrent kernel of rows that follow each other, in one product: the state before the first step of a row is zero,
 * and so takes the place of the last one of the row before, which no step reads.
 */
function formRecurrentRows(
  layout: Layout,
  { op, saved, targets }: OpMemory<RecurrentOp>,
  to: number,
  row: number,
  count: number,
  added: 0 | 1,
): void {
  const { run } = layout.kernels;
  const { steps, units } = op;
  const columns = gatesOf(op.cell) * units;
  const states = saved[1] + 4 * row * steps * units;
  for (let k = 1; k < count; k++) run.clear(states + 4 * (k * steps - 1) * units, 4 * units);
  const gates = targets[0] + 4 * (row * steps + 1) * columns;
  addProduct(layout, to, columns, states, gates, count * steps - 1, units, columns, added);
}

/** The gradient of a table, summed over `count` rows: returns how many rows of it have one. */
export function mergeRow(layout: Layout, sum: GatheredSum, row: number, count: number): number {
  const { run } = layout.kernels;
  let found = 0;
  for (const { op, gradient, sources } of sum.uses) {
    const ids = sources[0] + 4 * row * op.positions;
    const g = gradient + 4 * row * op.outputSize;
    found = run.mergeRows(sum.slots, sum.unique, sum.merged, ids, g, count * op.positions, op.width, found);
  }
  run.clearSlots(sum.slots, sum.unique, found);
  return found;
}
