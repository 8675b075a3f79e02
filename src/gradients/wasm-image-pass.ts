import type { WindowWalk } from "../kernels/index.ts";
import type { Layout, OpMemory } from "./wasm-memory.ts";
import {
  type ConvolutionOp,
  type DepthwiseOp,
  type ImagePadding,
  type PadOp,
  type PoolOp,
  type SpreadOp,
  isPadded,
  paddedSize,
} from "./wasm-op.ts";

/** The windows of one example's image at `from`, put at `layout.windows`. */
export function readWindows(layout: Layout, image: ImagePadding, walk: WindowWalk, from: number): void {
  const { run } = layout.kernels;
  let corner = from;
  if (isPadded(image)) {
    run.clear(layout.padded, 4 * paddedSize(image));
    copyInside(layout, layout.padded, from, image);
    corner = layout.padded;
  }
  run.copyWindows(layout.windows, corner, ...walk);
}

/** Adds the windows at `layout.windows` to an image of zeros, and writes its inside to `to`. */
function writeWindows(layout: Layout, image: ImagePadding, walk: WindowWalk, to: number): void {
  const { run } = layout.kernels;
  if (!isPadded(image)) {
    run.clear(to, 4 * paddedSize(image));
    run.addWindows(to, layout.windows, ...walk);
    return;
  }
  run.clear(layout.padded, 4 * paddedSize(image));
  run.addWindows(layout.padded, layout.windows, ...walk);
  copyOutside(layout, to, layout.padded, image);
}

export function convolve(layout: Layout, at: OpMemory<ConvolutionOp>, rows: number): void {
  const { run } = layout.kernels;
  const { op, panels, output, sources } = at;
  const { inputs, units, positions } = op;
  const bias = op.hasBias ? at.bias : 0;
  for (let row = 0; row < rows; row++) {
    readWindows(layout, op.image, op.walk, sources[0] + 4 * row * op.inputSize);
    const to = output + 4 * row * op.outputSize;
    run.multiply(to, layout.windows, inputs, 1, panels, positions, inputs, units, bias, layout.tile);
  }
}

export function convolveBack(layout: Layout, at: OpMemory<ConvolutionOp>, rows: number): void {
  const { run } = layout.kernels;
  const { op, backPanels, targets } = at;
  const { inputs, units, positions } = op;
  for (let row = 0; row < rows; row++) {
    const gradient = at.gradient + 4 * row * op.outputSize;
    run.multiply(layout.windows, gradient, units, 1, backPanels, positions, units, inputs, 0, layout.tile);
    writeWindows(layout, op.image, op.walk, targets[0] + 4 * row * op.inputSize);
  }
}

export function convolveDepthwise(layout: Layout, at: OpMemory<DepthwiseOp>, rows: number): void {
  const { run } = layout.kernels;
  const { op, panels, output, sources } = at;
  const bias = op.hasBias ? at.bias : 0;
  for (let row = 0; row < rows; row++) {
    readWindows(layout, op.image, op.walk, sources[0] + 4 * row * op.inputSize);
    const to = output + 4 * row * op.outputSize;
    run.convolveChannels(to, layout.windows, panels, bias, op.positions, op.taps, op.channels, op.multiplier);
  }
}

export function convolveDepthwiseBack(layout: Layout, at: OpMemory<DepthwiseOp>, rows: number): void {
  const { op, panels, targets } = at;
  for (let row = 0; row < rows; row++) {
    const gradient = at.gradient + 4 * row * op.outputSize;
    const { positions, taps, channels, multiplier } = op;
    layout.kernels.run.convolveChannelsBack(layout.windows, gradient, panels, positions, taps, channels, multiplier);
    writeWindows(layout, op.image, op.walk, targets[0] + 4 * row * op.inputSize);
  }
}

export function spread(layout: Layout, at: OpMemory<SpreadOp>, rows: number): void {
  const { run } = layout.kernels;
  const { op, panels, output, sources } = at;
  const { inputs, window, positions } = op;
  for (let row = 0; row < rows; row++) {
    const from = sources[0] + 4 * row * op.inputSize;
    run.multiply(layout.windows, from, inputs, 1, panels, positions, inputs, window, 0, layout.tile);
    writeWindows(layout, op.image, op.walk, output + 4 * row * op.outputSize);
  }
  if (op.hasBias) run.scaleColumns(output, output, 0, at.bias, (rows * op.outputSize) / op.units, op.units);
}

export function spreadBack(layout: Layout, at: OpMemory<SpreadOp>, rows: number): void {
  const { run } = layout.kernels;
  const { op, backPanels, targets } = at;
  const { inputs, window, positions } = op;
  for (let row = 0; row < rows; row++) {
    readWindows(layout, op.image, op.walk, at.gradient + 4 * row * op.outputSize);
    const to = targets[0] + 4 * row * op.inputSize;
    run.multiply(to, layout.windows, window, 1, backPanels, positions, window, inputs, 0, layout.tile);
  }
}

export function pool(layout: Layout, at: OpMemory<PoolOp>, rows: number): void {
  const { run } = layout.kernels;
  const { op, output, sources, saved } = at;
  for (let row = 0; row < rows; row++) {
    const [to, image] = [4 * row * op.outputSize, sources[0] + 4 * row * op.inputSize];
    if (op.kind === "max-pool") run.poolLargest(output + to, saved[0] + to, image, ...op.walk);
    else run.poolAverage(output + to, image, ...op.walk, 0);
  }
}

export function poolBack(layout: Layout, at: OpMemory<PoolOp>, rows: number): void {
  const { run } = layout.kernels;
  const { op, gradient, targets, saved } = at;
  run.clear(targets[0], 4 * rows * op.inputSize);
  for (let row = 0; row < rows; row++) {
    const [from, image] = [4 * row * op.outputSize, targets[0] + 4 * row * op.inputSize];
    if (op.kind === "max-pool") run.spreadLargest(image, gradient + from, saved[0] + from, op.outputSize);
    else run.poolAverage(gradient + from, image, ...op.walk, 1);
  }
}

export function pad(layout: Layout, { op, output, sources }: OpMemory<PadOp>, rows: number): void {
  layout.kernels.run.clear(output, 4 * rows * op.outputSize);
  for (let row = 0; row < rows; row++) {
    copyInside(layout, output + 4 * row * op.outputSize, sources[0] + 4 * row * op.inputSize, op.image);
  }
}

export function padBack(layout: Layout, { op, gradient, targets }: OpMemory<PadOp>, rows: number): void {
  for (let row = 0; row < rows; row++) {
    copyOutside(layout, targets[0] + 4 * row * op.inputSize, gradient + 4 * row * op.outputSize, op.image);
  }
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
