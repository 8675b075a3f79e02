import { panelColumns, panelInputs } from "../kernels/index.ts";
import { type ImagePadding, type TrainedOp, type WasmOp, isPadded, paddedSize } from "./wasm-op.ts";

/** Floats that an operation needs besides its output and gradient. */
export interface OpSizes {
  /** Per example, from the way forward to the way back: one buffer each. */
  readonly saved: readonly number[];
  /** Weights as the kernels read them, forward and back, and a bias. */
  readonly panels: number;
  readonly backPanels: number;
  readonly bias: number;
  /** Of one example, for the time of a call. */
  readonly padded: number;
  readonly windows: number;
  readonly scratch: number;
  /** Per example, for the time of a call. */
  readonly states: number;
}

const up = (value: number, unit: number): number => Math.ceil(value / unit) * unit;
export const panelFloats = (depth: number, columns: number): number => depth * up(columns, panelColumns);

/** Inputs of a rank-one kernel that are summed together: some thirty tasks for the threads, each of whole panels. */
export const taskInputs = (inputs: number): number => Math.max(3 * panelInputs, up(inputs / 32, panelInputs));

export const gatesOf = (cell: "simple" | "gru" | "lstm"): number => ({ simple: 1, gru: 3, lstm: 4 })[cell];

const none: OpSizes = {
  saved: [],
  panels: 0,
  backPanels: 0,
  bias: 0,
  padded: 0,
  windows: 0,
  scratch: 0,
  states: 0,
};

/**
 * @param isAbove - the gradient of what it reads is wanted.
 * @param groupRows - rows whose gradient of weights is formed at once.
 */
export function sizesOf(op: WasmOp, isAbove: boolean, groupRows = 1): OpSizes {
  const back = (floats: number): number => (isAbove ? floats : 0);
  const image = (at: ImagePadding): number => (isPadded(at) ? paddedSize(at) : 0);
  switch (op.kind) {
    case "dense":
      return {
        ...none,
        ...products(op.inputs, op.units, back),
        scratch: panelFloats(groupRows * op.positions, op.units),
      };
    case "convolution": {
      const [padded, windows] = [image(op.image), op.positions * op.inputs];
      const scratch = panelFloats(op.positions, op.units);
      return { ...none, ...products(op.inputs, op.units, back), padded, windows, scratch };
    }
    case "spread": {
      const [padded, windows] = [paddedSize(op.image), op.positions * op.window];
      const scratch = panelFloats(op.positions, op.inputs);
      const bias = up(op.units, 8);
      return { ...none, ...products(op.inputs, op.window, back), bias, padded, windows, scratch };
    }
    case "depthwise": {
      const [padded, windows] = [image(op.image), op.positions * op.taps * op.channels];
      const units = op.channels * op.multiplier;
      return { ...none, panels: op.taps * units, bias: units, padded, windows };
    }
    case "embedding":
      return { ...none, panels: op.vocabulary * op.width };
    case "tied": {
      const scratch = panelFloats(groupRows * op.positions, op.width);
      return { ...none, ...products(op.width, op.vocabulary, back), scratch };
    }
    case "normalize":
      return { ...none, saved: [op.outputSize, op.groups], panels: op.parameters, bias: op.parameters };
    case "recurrent":
      return recurrentSizes(op.steps, op.units, gatesOf(op.cell), groupRows, op.recurrentDropout !== null);
    case "prelu":
      return { ...none, panels: op.slopes, bias: op.map === null ? 0 : op.map.length };
    case "rearrange":
      return { ...none, bias: op.order.length };
    case "masking":
      return { ...none, saved: [op.steps] };
    case "affine":
      return { ...none, panels: op.outputSize, bias: op.outputSize };
    case "attention":
      return { ...none, saved: [op.heads * op.queries * op.keys], scratch: attentionScratch(op) };
    case "max-pool":
      return { ...none, saved: [op.outputSize] };
    case "average-pool":
    case "pad":
    case "copy":
    case "curve":
    case "softmax":
    case "add":
    case "subtract":
    case "multiply":
    case "average":
    case "maximum":
    case "minimum":
    case "concatenate":
    case "dropout":
      return none;
  }
}

function products(
  inputs: number,
  units: number,
  back: (floats: number) => number,
): Pick<OpSizes, "panels" | "backPanels" | "bias"> {
  return {
    panels: panelFloats(inputs, units),
    backPanels: back(panelFloats(units, inputs)),
    bias: up(units, 8),
  };
}

/** Gates and states, and what a cell leaves besides: an LSTM its cells and their curves, a GRU its reset states. */
function recurrentSizes(steps: number, units: number, gates: number, groupRows: number, isDropped: boolean): OpSizes {
  const state = steps * units;
  const left = [...(gates === 1 ? [] : [state]), ...(gates === 4 ? [state] : [])];
  return {
    ...none,
    // the mask of the states is the last
    saved: [steps * gates * units, state, ...left, ...(isDropped ? [units] : [])],
    // a GRU's candidate has panels of its own: its product comes later
    panels: panelFloats(units, gates * units) + panelColumns * units,
    backPanels: panelFloats(gates * units, units),
    scratch: groupRows * (panelFloats(steps, gates * units) + panelColumns * steps),
    states: 5 * units,
  };
}

/** Panels of the largest of an attention's products, and after them the scores. */
export function attentionScratch(op: { queries: number; keys: number; width: number; valueWidth: number }): number {
  return attentionPanels(op) + op.queries * op.keys;
}

export function attentionPanels(op: { queries: number; keys: number; width: number; valueWidth: number }): number {
  const { queries, keys, width, valueWidth } = op;
  return Math.max(
    panelFloats(width, keys),
    panelFloats(valueWidth, keys),
    panelFloats(keys, Math.max(width, valueWidth)),
    panelFloats(queries, Math.max(width, valueWidth)),
  );
}

/** Entries of each of an operation's weights, in order. */
export function weightSizes(op: TrainedOp): number[] {
  const bias = (units: number): number[] => ("hasBias" in op && op.hasBias ? [units] : []);
  switch (op.kind) {
    case "dense":
    case "convolution":
      return [op.inputs * op.units, ...bias(op.units)];
    case "spread":
      return [op.window * op.inputs, ...bias(op.units)];
    case "depthwise":
      return [op.taps * op.channels * op.multiplier, ...bias(op.channels * op.multiplier)];
    case "embedding":
    case "tied":
      return [op.vocabulary * op.width];
    case "normalize":
      return [...(op.hasScale ? [op.parameters] : []), ...(op.hasOffset ? [op.parameters] : [])];
    case "recurrent":
      return [op.units * gatesOf(op.cell) * op.units];
    case "prelu":
      return [op.slopes];
  }
}
