import { activationCodes } from "../kernels/index.ts";
import {
  convolve,
  convolveBack,
  convolveDepthwise,
  convolveDepthwiseBack,
  pad,
  padBack,
  pool,
  poolBack,
  spread,
  spreadBack,
} from "./wasm-image-pass.ts";
import type { Layout, OpMemory } from "./wasm-memory.ts";
import type { AttentionOp, DenseOp, EmbeddingOp, NormalizeOp, TiedOp, WasmOp } from "./wasm-op.ts";
import { stepBack, stepForward } from "./wasm-recurrent-pass.ts";
import { attentionPanels } from "./wasm-sizes.ts";
import { type EntryOp, passEntries, passEntriesBack } from "./wasm-vector-pass.ts";

export { loadWeights } from "./wasm-weights.ts";

/**
 * Every operation's outputs for `rows` examples at `layout.inputs`.
 *
 * @param first - the place in the batch of the first of them: masks belong to examples.
 */
export function runForward(layout: Layout, rows: number, first = 0): void {
  const { run } = layout.kernels;
  for (const at of layout.ops) {
    forward(layout, at, rows, first);
    const { op, output } = at;
    if (op.activation !== "linear") run.activate(activationCodes[op.activation], output, rows * op.outputSize);
  }
}

/** From ∂loss/∂output at the last operation to ∂loss/∂pre-activation at every operation above a trained weight. */
export function runBackward(layout: Layout, rows: number, first = 0): void {
  const { run } = layout.kernels;
  for (let i = layout.ops.length - 1; i >= 0; i--) {
    const at = layout.ops[i];
    const { op, gradient } = at;
    if (gradient === 0) continue;
    if (op.activation !== "linear") {
      run.deactivate(activationCodes[op.activation], gradient, at.output, rows * op.outputSize);
    }
    if (at.targets.every((target) => target === 0)) continue;
    backward(layout, at, rows, first);
    at.sums.forEach((to, k) => {
      const size = sizeRead(layout, at, k);
      if (to !== 0) run.addRowsTo(to, at.targets[k], 1, rows * size, 0, 0);
    });
  }
}

/** Floats per example of what an operation reads at one of its edges. */
function sizeRead(layout: Layout, at: OpMemory, edge: number): number {
  const from = at.op.from[edge];
  return from < 0 ? 0 : layout.ops[from].op.outputSize;
}

const isOf = <Kind extends WasmOp["kind"]>(
  at: OpMemory,
  ...kinds: Kind[]
): at is OpMemory<Extract<WasmOp, { kind: Kind }>> => kinds.some((kind) => kind === at.op.kind);

function forward(layout: Layout, at: OpMemory, rows: number, first: number): void {
  if (isOf(at, "dense")) return multiply(layout, at, rows);
  if (isOf(at, "convolution")) return convolve(layout, at, rows);
  if (isOf(at, "depthwise")) return convolveDepthwise(layout, at, rows);
  if (isOf(at, "spread")) return spread(layout, at, rows);
  if (isOf(at, "max-pool", "average-pool")) return pool(layout, at, rows);
  if (isOf(at, "pad")) return pad(layout, at, rows);
  if (isOf(at, "embedding")) return gather(layout, at, rows);
  if (isOf(at, "tied")) return multiplyTied(layout, at, rows);
  if (isOf(at, "normalize")) return normalize(layout, at, rows);
  if (isOf(at, "recurrent")) return stepForward(layout, at, rows, first);
  if (isOf(at, "attention")) return attend(layout, at, rows);
  passEntries(layout, at as OpMemory<EntryOp>, rows, first);
}

function backward(layout: Layout, at: OpMemory, rows: number, first: number): void {
  if (isOf(at, "dense")) return multiplyBack(layout, at, rows);
  if (isOf(at, "convolution")) return convolveBack(layout, at, rows);
  if (isOf(at, "depthwise")) return convolveDepthwiseBack(layout, at, rows);
  if (isOf(at, "spread")) return spreadBack(layout, at, rows);
  if (isOf(at, "max-pool", "average-pool")) return poolBack(layout, at, rows);
  if (isOf(at, "pad")) return padBack(layout, at, rows);
  if (isOf(at, "embedding")) return;
  if (isOf(at, "tied")) return multiplyTiedBack(layout, at, rows);
  if (isOf(at, "normalize")) return normalizeBack(layout, at, rows);
  if (isOf(at, "recurrent")) return stepBack(layout, at, rows);
  if (isOf(at, "attention")) return attendBack(layout, at, rows);
  passEntriesBack(layout, at as OpMemory<EntryOp>, rows, first);
}

function multiply(layout: Layout, at: OpMemory<DenseOp>, rows: number): void {
  const { op, output, panels, sources } = at;
  const { inputs, units } = op;
  const bias = op.hasBias ? at.bias : 0;
  const lines = rows * op.positions;
  layout.kernels.run.multiply(output, sources[0], inputs, 1, panels, lines, inputs, units, bias, layout.tile);
}

function multiplyBack(layout: Layout, at: OpMemory<DenseOp>, rows: number): void {
  const { op, gradient, backPanels, targets } = at;
  const { inputs, units } = op;
  const lines = rows * op.positions;
  layout.kernels.run.multiply(targets[0], gradient, units, 1, backPanels, lines, units, inputs, 0, layout.tile);
}

function gather(layout: Layout, { op, output, sources, panels }: OpMemory<EmbeddingOp>, rows: number): void {
  layout.kernels.run.gatherRows(output, panels, sources[0], rows * op.positions, op.width);
}

function multiplyTied(layout: Layout, at: OpMemory<TiedOp>, rows: number): void {
  const { op, output, panels, sources } = at;
  const { width, vocabulary } = op;
  const lines = rows * op.positions;
  layout.kernels.run.multiply(output, sources[0], width, 1, panels, lines, width, vocabulary, 0, layout.tile);
}

function multiplyTiedBack(layout: Layout, at: OpMemory<TiedOp>, rows: number): void {
  const { op, gradient, backPanels, targets } = at;
  const { width, vocabulary } = op;
  const lines = rows * op.positions;
  layout.kernels.run.multiply(
    targets[0],
    gradient,
    vocabulary,
    1,
    backPanels,
    lines,
    vocabulary,
    width,
    0,
    layout.tile,
  );
}

function normalize(layout: Layout, at: OpMemory<NormalizeOp>, rows: number): void {
  const { run } = layout.kernels;
  const { op, output, sources } = at;
  const [normalized, inverse] = at.saved;
  const { groups, groupStep, lines, lineStep, length, epsilon } = op;
  for (let row = 0; row < rows; row++) {
    const offset = 4 * row * op.outputSize;
    const [to, spreads, from] = [normalized + offset, inverse + 4 * row * groups, sources[0] + offset];
    run.normalize(to, spreads, from, groups, groupStep, lines, lineStep, length, epsilon);
  }
  const positions = (rows * op.outputSize) / op.parameters;
  const [scales, offsets] = [op.hasScale ? at.panels : 0, op.hasOffset ? at.bias : 0];
  run.scaleColumns(output, normalized, scales, offsets, positions, op.parameters);
}

function normalizeBack(layout: Layout, at: OpMemory<NormalizeOp>, rows: number): void {
  const { run } = layout.kernels;
  const { op, gradient, targets } = at;
  const [normalized, inverse] = at.saved;
  const { groups, groupStep, lines, lineStep, length } = op;
  const positions = (rows * op.outputSize) / op.parameters;
  run.scaleColumns(targets[0], gradient, op.hasScale ? at.panels : 0, 0, positions, op.parameters);
  for (let row = 0; row < rows; row++) {
    const offset = 4 * row * op.outputSize;
    const [to, own, spreads] = [targets[0] + offset, normalized + offset, inverse + 4 * row * groups];
    run.denormalize(to, own, spreads, groups, groupStep, lines, lineStep, length);
  }
}

function attend(layout: Layout, at: OpMemory<AttentionOp>, rows: number): void {
  const { run } = layout.kernels;
  const { op, sources } = at;
  const { heads, queries, keys, width, valueWidth } = op;
  const sizes = [heads * queries * width, heads * keys * width, heads * keys * valueWidth];
  for (let row = 0; row < rows; row++) {
    const [q, k, v] = sources.map((source, i) => source + 4 * row * sizes[i]) as [number, number, number];
    run.attend(
      at.output + 4 * row * op.outputSize,
      at.saved[0] + 4 * row * heads * queries * keys,
      q,
      k,
      v,
      ...([heads, queries, keys, width, valueWidth, 1 / Math.sqrt(width)] as const),
      op.isCausal ? 1 : 0,
      layout.scratch,
      layout.tile,
    );
  }
}

function attendBack(layout: Layout, at: OpMemory<AttentionOp>, rows: number): void {
  const { run } = layout.kernels;
  const { op, sources, targets } = at;
  const { heads, queries, keys, width, valueWidth } = op;
  const sizes = [heads * queries * width, heads * keys * width, heads * keys * valueWidth];
  const scores = layout.scratch + 4 * attentionPanels(op);
  for (let row = 0; row < rows; row++) {
    const [q, k, v] = sources.map((source, i) => source + 4 * row * sizes[i]) as [number, number, number];
    const [dq, dk, dv] = targets.map((to, i) => to + 4 * row * sizes[i]) as [number, number, number];
    run.attendBack(
      dq,
      dk,
      dv,
      at.gradient + 4 * row * op.outputSize,
      at.saved[0] + 4 * row * heads * queries * keys,
      q,
      k,
      v,
      ...([heads, queries, keys, width, valueWidth, 1 / Math.sqrt(width)] as const),
      scores,
      layout.scratch,
      layout.tile,
    );
  }
}
