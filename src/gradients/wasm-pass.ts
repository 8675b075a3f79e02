import { activationCodes } from "../kernels/index.ts";
import type { Layout, OpMemory } from "./wasm-memory.ts";
import { type ConvolutionOp, type ImagePadding, type PoolOp, hasWeights, isPadded, paddedSize } from "./wasm-op.ts";

/** Copies the model's weights to the kernels' memory and packs them for both directions. */
export function loadWeights(layout: Layout): void {
  const { run } = layout.kernels;
  const floats = layout.kernels.floats();
  for (const { op, panels, backPanels, bias } of layout.ops) {
    if (!hasWeights(op)) continue;
    const [kernel, offset] = op.layer.weights;
    floats.set(kernel.read().dataSync<"float32">(), layout.weight / 4);
    run.pack(panels, layout.weight, op.inputs, op.units, op.units, 1, 8);
    if (backPanels !== 0) run.pack(backPanels, layout.weight, op.units, op.inputs, 1, op.units, 8);
    if (op.hasBias) floats.set(offset.read().dataSync<"float32">(), bias / 4);
  }
}

/** Every operation's outputs for the first `rows` examples at `layout.x`. */
export function runForward(layout: Layout, rows: number): void {
  const { run } = layout.kernels;
  let from = layout.x;
  for (const at of layout.ops) {
    const { op, output } = at;
    const bias = hasWeights(op) && op.hasBias ? at.bias : 0;
    switch (op.kind) {
      case "dense":
        run.multiply(output, from, op.inputs, 1, at.panels, rows, op.inputs, op.units, bias, layout.tile);
        break;
      case "convolution":
        for (let row = 0; row < rows; row++) convolve(layout, at, op, from, row, bias);
        break;
      case "max-pool":
      case "average-pool":
        for (let row = 0; row < rows; row++) pool(layout, at, op, from, row);
        break;
      case "pad":
        run.clear(output, 4 * rows * op.outputSize);
        for (let row = 0; row < rows; row++) {
          copyInside(layout, output + 4 * row * op.outputSize, from + 4 * row * op.inputSize, op.image);
        }
        break;
      case "copy":
        run.copyRows(output, from, 1, rows * op.outputSize, 0, 0);
        break;
    }
    if (op.activation !== "linear") run.activate(activationCodes[op.activation], output, rows * op.outputSize);
    from = output;
  }
}

/**
 * From ∂loss/∂output at the last operation to ∂loss/∂pre-activation at every operation down to the first that is trained.
 */
export function runBackward(layout: Layout, first: number, rows: number): void {
  const { run } = layout.kernels;
  for (let i = layout.ops.length - 1; i >= first; i--) {
    const at = layout.ops[i];
    const { op } = at;
    if (op.activation !== "linear") {
      run.deactivate(activationCodes[op.activation], at.gradient, at.output, rows * op.outputSize);
    }
    if (i > first) passBack(layout, at, layout.ops[i - 1].gradient, rows);
  }
}

/** ∂loss/∂input of one operation, written to `to`. */
function passBack(layout: Layout, at: OpMemory, to: number, rows: number): void {
  const { run } = layout.kernels;
  const { op, gradient } = at;
  const isAdded = op.kind === "convolution" || op.kind === "max-pool" || op.kind === "average-pool";
  if (isAdded) run.clear(to, 4 * rows * op.inputSize);
  switch (op.kind) {
    case "dense":
      run.multiply(to, gradient, op.units, 1, at.backPanels, rows, op.units, op.inputs, 0, layout.tile);
      break;
    case "convolution":
      for (let row = 0; row < rows; row++) convolveBack(layout, at, op, to, row);
      break;
    case "max-pool":
      for (let row = 0; row < rows; row++) {
        const offset = 4 * row * op.outputSize;
        run.spreadLargest(to + 4 * row * op.inputSize, gradient + offset, at.cells + offset, op.outputSize);
      }
      break;
    case "average-pool":
      for (let row = 0; row < rows; row++) {
        run.poolAverage(gradient + 4 * row * op.outputSize, to + 4 * row * op.inputSize, ...op.walk, 1);
      }
      break;
    case "pad":
      for (let row = 0; row < rows; row++) {
        copyOutside(layout, to + 4 * row * op.inputSize, gradient + 4 * row * op.outputSize, op.image);
      }
      break;
    case "copy":
      run.copyRows(to, gradient, 1, rows * op.outputSize, 0, 0);
      break;
  }
}

/** The windows of one example, at `layout.windows`. */
export function readWindows(layout: Layout, op: ConvolutionOp, from: number, row: number): void {
  const { run } = layout.kernels;
  let image = from + 4 * row * op.inputSize;
  if (isPadded(op.image)) {
    run.clear(layout.padded, 4 * paddedSize(op.image));
    copyInside(layout, layout.padded, image, op.image);
    image = layout.padded;
  }
  run.copyWindows(layout.windows, image, ...op.walk);
}

function convolve(layout: Layout, at: OpMemory, op: ConvolutionOp, from: number, row: number, bias: number): void {
  const { inputs, units, positions, outputSize } = op;
  readWindows(layout, op, from, row);
  const to = at.output + 4 * row * outputSize;
  layout.kernels.run.multiply(to, layout.windows, inputs, 1, at.panels, positions, inputs, units, bias, layout.tile);
}

function convolveBack(layout: Layout, at: OpMemory, op: ConvolutionOp, to: number, row: number): void {
  const { run } = layout.kernels;
  const { inputs, units, positions } = op;
  const gradient = at.gradient + 4 * row * op.outputSize;
  run.multiply(layout.windows, gradient, units, 1, at.backPanels, positions, units, inputs, 0, layout.tile);
  const image = to + 4 * row * op.inputSize;
  if (isPadded(op.image)) {
    run.clear(layout.padded, 4 * paddedSize(op.image));
    run.addWindows(layout.padded, layout.windows, ...op.walk);
    copyOutside(layout, image, layout.padded, op.image);
  } else run.addWindows(image, layout.windows, ...op.walk);
}

function pool(layout: Layout, at: OpMemory, op: PoolOp, from: number, row: number): void {
  const { run } = layout.kernels;
  const [to, image] = [4 * row * op.outputSize, from + 4 * row * op.inputSize];
  if (op.kind === "max-pool") run.poolLargest(at.output + to, at.cells + to, image, ...op.walk);
  else run.poolAverage(at.output + to, image, ...op.walk, 0);
}

/** An image into the middle of its padded form. */
function copyInside(layout: Layout, to: number, from: number, image: ImagePadding): void {
  const { line, widened, corner } = padded(image);
  layout.kernels.run.copyRows(to + corner, from, image.height, line, widened, line);
}

/** The middle of a padded image. */
function copyOutside(layout: Layout, to: number, from: number, image: ImagePadding): void {
  const { line, widened, corner } = padded(image);
  layout.kernels.run.copyRows(to, from + corner, image.height, line, line, widened);
}

function padded(image: ImagePadding): { line: number; widened: number; corner: number } {
  const widened = (image.width + image.left + image.right) * image.channels;
  const corner = 4 * (image.top * widened + image.left * image.channels);
  return { line: image.width * image.channels, widened, corner };
}
