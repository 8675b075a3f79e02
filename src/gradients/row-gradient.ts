import { panelColumns, tileFloats } from "../kernels/index.ts";
import type { ConvolutionGeometry } from "./convolution-geometry.ts";
import type { Use } from "./layer-tap.ts";
import type { RowArena } from "./row-arena.ts";

/** Room for one row of one use at a time. */
export interface RowRoom {
  readonly input: number;
  readonly gradient: number;
  readonly image: number;
  readonly windows: number;
  readonly panels: number;
  readonly tile: number;
  /** Of each slope of a PReLU, the place for each number of its input; by use. */
  readonly maps: Map<Use, number>;
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const last = (shape: readonly number[]): number => shape.at(-1) ?? 1;

/** Room for the largest row among the uses. */
export function takeRoom(arena: RowArena, uses: readonly Use[]): RowRoom {
  const most = (of: (use: Use) => number): number => uses.reduce((most, use) => Math.max(most, of(use)), 0);
  const maps = new Map<Use, number>();
  for (const use of uses) {
    if (use.rule.kind !== "slope") continue;
    const map = slopeMap(use);
    const at = arena.take(map.length);
    arena.integers(at, map.length).set(map);
    maps.set(use, at);
  }
  return {
    input: arena.take(most((use) => size(use.inputShape) * use.repeats)),
    gradient: arena.take(most((use) => size(use.outputShape) * use.repeats)),
    image: arena.take(most(({ rule }) => ("geometry" in rule ? size(rule.geometry.paddedShape) : 0))),
    windows: arena.take(most(({ rule }) => ("geometry" in rule ? windowFloats(rule.geometry) : 0))),
    panels: arena.take(most(panelFloats)),
    tile: arena.take(tileFloats),
    maps,
  };
}

const windowFloats = ({ positions, window, channels }: ConvolutionGeometry): number => positions * window * channels;

/** The right side of the product, in panels of 8 columns. */
function panelFloats({ rule, inputShape, outputShape, repeats }: Use): number {
  const panels = (positions: number, columns: number): number =>
    positions * panelColumns * Math.ceil(columns / panelColumns);
  switch (rule.kind) {
    case "product":
      return panels((repeats * size(outputShape)) / last(outputShape), last(outputShape));
    case "tied-product":
      return panels((repeats * size(inputShape)) / last(inputShape), last(inputShape));
    case "convolution":
    case "transposed-convolution":
      return panels(rule.geometry.positions, rule.geometry.filters);
    case "depthwise":
    case "table":
    case "normalization":
    case "slope":
      return 0;
  }
}

/**
 * Adds row `row`'s gradient through one use to f32 numbers; `to` says where each weight of its layer lies. It is a function
 * of that row alone: the kernels are given no other, and which rows shared the pass changes no bit of it.
 */
export function addRowGradient(arena: RowArena, room: RowRoom, use: Use, row: number, to: readonly number[]): void {
  const own = use.weights.map((place) => to[place]);
  switch (use.rule.kind) {
    // positions of calls that follow each other are more positions of one
    case "product":
    case "tied-product":
    case "table":
    case "normalization":
      load(arena, room, use, row * use.repeats, use.repeats);
      addPositions(arena, room, use, own);
      break;
    case "convolution":
    case "transposed-convolution":
    case "depthwise":
    case "slope":
      for (let at = row * use.repeats; at < (row + 1) * use.repeats; at++) {
        load(arena, room, use, at, 1);
        addCall(arena, room, use, own);
      }
      break;
  }
}

/** Copies what `count` calls from number `first` on read and sent back. */
function load(arena: RowArena, { input, gradient }: RowRoom, use: Use, first: number, count: number): void {
  arena.write(input, callsOf(use.input, size(use.inputShape), first, count));
  arena.write(gradient, callsOf(use.gradient as Float32Array, size(use.outputShape), first, count));
}

function callsOf(values: ArrayLike<number>, length: number, first: number, count: number): ArrayLike<number> {
  return (values as Float32Array).subarray(first * length, (first + count) * length);
}

function addPositions({ run }: RowArena, room: RowRoom, use: Use, own: readonly number[]): void {
  const { rule } = use;
  const { input, gradient } = room;
  const [inputs, outputs] = [last(use.inputShape), last(use.outputShape)];
  const positions = (use.repeats * size(use.outputShape)) / outputs;
  const [kernel, bias] = own;
  switch (rule.kind) {
    case "product": {
      const columns = size(weightShape(use)) / inputs;
      addProduct(run, room, kernel + 4 * rule.firstColumn, columns, input, gradient, positions, inputs, outputs);
      if (bias !== undefined) run.addColumns(bias, gradient, 0, positions, outputs, 1);
      break;
    }
    case "tied-product":
      addProduct(run, room, kernel, inputs, gradient, input, positions, outputs, inputs);
      break;
    case "table":
      run.addRowsByIds(kernel, input, gradient, positions, outputs);
      break;
    case "normalization": {
      const places = (use.repeats * size(use.outputShape)) / size(weightShape(use));
      if (rule.hasScale) run.addColumns(kernel, gradient, input, places, size(weightShape(use)), 1);
      const offset = own.at(-1) as number;
      if (rule.hasOffset) run.addColumns(offset, gradient, 0, places, size(weightShape(use)), 1);
      break;
    }
  }
}

function addCall(arena: RowArena, room: RowRoom, use: Use, own: readonly number[]): void {
  const { run } = arena;
  const { rule } = use;
  const { input, gradient, windows } = room;
  const [kernel, bias] = own;
  switch (rule.kind) {
    case "convolution": {
      const { positions, window, channels, filters } = rule.geometry;
      readWindows(run, room, rule.geometry, input);
      addProduct(run, room, kernel, filters, windows, gradient, positions, window * channels, filters);
      if (bias !== undefined) run.addColumns(bias, gradient, 0, positions, filters, 1);
      break;
    }
    case "transposed-convolution": {
      // the kernel meets the output's gradient where a convolution of it would read, and the input where that would write
      const { positions, window, channels, filters } = rule.geometry;
      readWindows(run, room, rule.geometry, gradient);
      addProduct(run, room, kernel, filters, windows, input, positions, window * channels, filters);
      if (bias !== undefined) run.addColumns(bias, gradient, 0, size(use.outputShape) / channels, channels, 1);
      break;
    }
    case "depthwise": {
      const { positions, window, channels, filters } = rule.geometry;
      readWindows(run, room, rule.geometry, input);
      run.addChannelProducts(kernel, windows, gradient, positions, window, channels, filters / channels);
      if (bias !== undefined) run.addColumns(bias, gradient, 0, positions, filters, 1);
      break;
    }
    case "slope":
      run.addSlopes(kernel, gradient, input, room.maps.get(use) as number, size(use.inputShape));
      break;
  }
}

const weightShape = ({ layer, weights }: Use): number[] => (layer.weights[weights[0]]?.shape ?? []).map(Number);

/** to[inputs][units] += aᵀ · g over the positions of one row; rows of `to` are `columns` numbers apart. */
function addProduct(
  run: RowArena["run"],
  { panels, tile }: RowRoom,
  to: number,
  columns: number,
  a: number,
  g: number,
  positions: number,
  inputs: number,
  units: number,
): void {
  run.pack(panels, g, positions, units, units, 1);
  run.multiplyInto(to, columns, a, 1, inputs, panels, inputs, positions, units, 0, tile, 1);
}

/** What every tap of the filter saw at every position, `[positions, window · channels]`, zero in the padding. */
function readWindows(
  run: RowArena["run"],
  { image, windows }: RowRoom,
  { inputShape, paddedShape, border, walk }: ConvolutionGeometry,
  from: number,
): void {
  const [height, width, channels] = inputShape;
  const line = paddedShape[1] * channels;
  run.clear(image, 4 * size(paddedShape));
  const inside = image + 4 * (border.top * line + border.left * channels);
  run.copyRows(inside, from, height, width * channels, line, width * channels);
  run.copyWindows(windows, image, ...walk);
}

/** A weight's axis of length 1 is shared by all places of the input along it. */
function slopeMap(use: Use): Int32Array {
  const shape = weightShape(use);
  return Int32Array.from({ length: size(use.inputShape) }, (_, k) => {
    let [rest, at, stride] = [k, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const length = use.inputShape[axis];
      if (shape[axis] > 1) at += (rest % length) * stride;
      stride *= shape[axis];
      rest = Math.floor(rest / length);
    }
    return at;
  });
}

/** Room for the rows of a table that one row reads. */
export interface TableRoom {
  readonly slots: number;
  readonly unique: number;
  readonly merged: number;
}

/** Adds up the gradients of equal ids of one row, behind `found` that are there already; returns how many there are. */
export function mergeTableRows(
  arena: RowArena,
  room: RowRoom,
  { slots, unique, merged }: TableRoom,
  use: Use,
  row: number,
  found: number,
): number {
  load(arena, room, use, row * use.repeats, use.repeats);
  const width = last(use.outputShape);
  const count = (use.repeats * size(use.outputShape)) / width;
  return arena.run.mergeRows(slots, unique, merged, room.input, room.gradient, count, width, found);
}
