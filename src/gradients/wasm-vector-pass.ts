import { combineCodes, curveCodes } from "../kernels/index.ts";
import type { Layout, OpMemory } from "./wasm-memory.ts";
import type {
  AffineOp,
  ConcatenateOp,
  CopyOp,
  CurveOp,
  Drop,
  DropoutOp,
  MaskingOp,
  MergeOp,
  PreluOp,
  RearrangeOp,
  SoftmaxOp,
} from "./wasm-op.ts";

/** Operations on entries, whatever they stand for. */
export type EntryOp =
  CopyOp | CurveOp | DropoutOp | MaskingOp | AffineOp | SoftmaxOp | MergeOp | ConcatenateOp | RearrangeOp | PreluOp;

export function passEntries(layout: Layout, at: OpMemory<EntryOp>, rows: number, first: number): void {
  const { run } = layout.kernels;
  const { op, output, sources } = at;
  const [from] = sources;
  const count = rows * op.outputSize;
  switch (op.kind) {
    case "copy":
      run.copyRows(output, from, 1, count, 0, 0);
      break;
    case "curve":
      run.bend(curveCodes[op.curve], output, from, count, op.parameter);
      break;
    case "softmax": {
      const width = op.outputSize / op.rows;
      run.copyRows(output, from, 1, count, 0, 0);
      run.softmaxRows(output, rows * op.rows, width, 1, width, 0);
      break;
    }
    case "prelu":
      for (let row = 0; row < rows; row++) {
        const offset = 4 * row * op.outputSize;
        run.bendBySlopes(output + offset, from + offset, at.panels, op.map === null ? 0 : at.bias, op.outputSize);
      }
      break;
    case "dropout":
      mask(layout, op, output, from, rows, first);
      break;
    case "masking":
      findSteps(layout, at as OpMemory<MaskingOp>, rows);
      keepSteps(layout, at as OpMemory<MaskingOp>, output, from, rows);
      break;
    case "affine":
      run.scaleColumns(output, from, at.panels, at.bias, rows, op.outputSize);
      break;
    case "rearrange":
      for (let row = 0; row < rows; row++) {
        run.rearrange(output + 4 * row * op.outputSize, from + 4 * row * op.inputSize, at.bias, op.outputSize, 0);
      }
      break;
    case "concatenate":
      join(layout, op, (piece, to) => [sources[piece], output + to], rows);
      break;
    case "add":
    case "average":
    case "subtract":
    case "multiply":
    case "maximum":
    case "minimum":
      merge(layout, op, output, sources, count);
      break;
  }
}

export function passEntriesBack(layout: Layout, at: OpMemory<EntryOp>, rows: number, first: number): void {
  const { run } = layout.kernels;
  const { op, gradient, sources, targets } = at;
  const [to] = targets;
  const count = rows * op.outputSize;
  switch (op.kind) {
    case "copy":
      run.copyRows(to, gradient, 1, count, 0, 0);
      break;
    case "curve":
      run.unbend(curveCodes[op.curve], to, gradient, sources[0], count, op.parameter);
      break;
    case "softmax":
      run.copyRows(to, gradient, 1, count, 0, 0);
      run.desoftmaxRows(to, at.output, rows * op.rows, op.outputSize / op.rows, 1);
      break;
    case "prelu":
      for (let row = 0; row < rows; row++) {
        const offset = 4 * row * op.outputSize;
        const map = op.map === null ? 0 : at.bias;
        run.unbendBySlopes(to + offset, gradient + offset, sources[0] + offset, at.panels, map, op.outputSize);
      }
      break;
    case "dropout":
      mask(layout, op, to, gradient, rows, first);
      break;
    case "masking":
      keepSteps(layout, at as OpMemory<MaskingOp>, to, gradient, rows);
      break;
    case "affine":
      run.scaleColumns(to, gradient, at.panels, 0, rows, op.outputSize);
      break;
    case "rearrange":
      run.clear(to, 4 * rows * op.inputSize);
      for (let row = 0; row < rows; row++) {
        run.rearrange(to + 4 * row * op.inputSize, gradient + 4 * row * op.outputSize, at.bias, op.outputSize, 1);
      }
      break;
    case "concatenate":
      separate(layout, op, gradient, targets, rows);
      break;
    case "add":
    case "average":
    case "subtract":
    case "multiply":
    case "maximum":
    case "minimum":
      targets.forEach((target, k) => {
        if (target !== 0) mergeBack(layout, at as OpMemory<MergeOp>, target, k, count);
      });
      break;
  }
}

/**
 * Copies numbers, some of them as zeros and the others scaled up. The words of the seed of the example at `place` in the
 * batch, and the drop's own number, decide.
 */
export function dropOut(
  layout: Layout,
  { rate, number }: Drop,
  place: number,
  to: number,
  from: number,
  count: number,
): void {
  const [key0, key1] = new Uint32Array(layout.kernels.floats().buffer, layout.seeds + 8 * place, 2);
  layout.kernels.run.dropOut(to, from, count, key0, key1, number, Math.round(rate * 2 ** 32), 1 / (1 - rate));
}

/** Without seeds everything is kept. */
function mask(layout: Layout, op: DropoutOp, to: number, from: number, rows: number, first: number): void {
  const { run } = layout.kernels;
  if (layout.seeds === 0) {
    run.copyRows(to, from, 1, rows * op.outputSize, 0, 0);
    return;
  }
  const width = op.outputSize / op.lines;
  for (let line = 0; line < rows * op.lines; line++) {
    const [place, at] = [first + Math.floor(line / op.lines), 4 * line * width];
    dropOut(layout, op, place, to + at, from + at, width);
  }
}

/** Writes 1 for every step with an entry that is not the mask's value, and 0 for the others. */
function findSteps({ kernels }: Layout, { op, saved, sources }: OpMemory<MaskingOp>, rows: number): void {
  const floats = kernels.floats();
  const steps = rows * op.steps;
  const width = op.outputSize / op.steps;
  const value = Math.fround(op.value);
  for (let step = 0, from = sources[0] / 4; step < steps; step++, from += width) {
    let k = 0;
    while (k < width && floats[from + k] === value) k++;
    floats[saved[0] / 4 + step] = k < width ? 1 : 0;
  }
}

/** Steps that are left out are finite: zeros are what their product with 0 is. */
function keepSteps(
  { kernels }: Layout,
  { op, saved }: OpMemory<MaskingOp>,
  to: number,
  from: number,
  rows: number,
): void {
  const { run } = kernels;
  const width = op.outputSize / op.steps;
  run.copyRows(to, from, 1, rows * op.outputSize, 0, 0);
  for (let step = 0; step < op.steps; step++) run.clearGates(to, saved[0], rows, op.steps, step, width);
}

/** Copies every piece between its own buffer and its columns of the whole. */
function join(
  layout: Layout,
  op: ConcatenateOp,
  placeOf: (piece: number, column: number) => [from: number, to: number],
  rows: number,
): void {
  let column = 0;
  op.pieces.forEach((width, piece) => {
    const [from, to] = placeOf(piece, 4 * column);
    layout.kernels.run.copyRows(to, from, rows * op.lines, width, op.outputSize / op.lines, width);
    column += width;
  });
}

function separate(layout: Layout, op: ConcatenateOp, gradient: number, targets: readonly number[], rows: number): void {
  let column = 0;
  op.pieces.forEach((width, piece) => {
    const from = gradient + 4 * column;
    column += width;
    const to = targets[piece];
    if (to !== 0) layout.kernels.run.copyRows(to, from, rows * op.lines, width, width, op.outputSize / op.lines);
  });
}

function merge(layout: Layout, op: MergeOp, output: number, sources: readonly number[], count: number): void {
  const { run } = layout.kernels;
  const code = combineCodes[op.kind === "average" ? "add" : op.kind];
  const [first, ...others] = sources;
  others.forEach((source, k) => run.combine(code, output, k === 0 ? first : output, source, count));
  if (others.length === 0) run.copyRows(output, first, 1, count, 0, 0);
  if (op.kind === "average") run.scaleAll(output, count, 1 / sources.length);
}

/** The gradient of one of the inputs. Of equal largest or smallest entries the first has it, as in TensorFlow.js. */
function mergeBack(layout: Layout, at: OpMemory<MergeOp>, to: number, input: number, count: number): void {
  const { run } = layout.kernels;
  const { op, gradient, output, sources } = at;
  run.copyRows(to, gradient, 1, count, 0, 0);
  switch (op.kind) {
    case "add":
      break;
    case "average":
      run.scaleAll(to, count, 1 / sources.length);
      break;
    case "subtract":
      if (input === 1) run.scaleAll(to, count, -1);
      break;
    case "multiply":
      sources.forEach((source, k) => {
        if (k !== input) run.combine(combineCodes.multiply, to, to, source, count);
      });
      break;
    case "maximum":
    case "minimum":
      run.keepEqual(to, sources[input], output, count, 0);
      for (const earlier of sources.slice(0, input)) run.keepEqual(to, earlier, output, count, 1);
      break;
  }
}
