import type { WeightView } from "./layer-view.ts";
import { type WasmOp, hasWeights, isTrained } from "./wasm-op.ts";

/** A call of a layer: what it reads, and its shapes without the batch axis. */
export interface LayerUse {
  readonly from: readonly number[];
  readonly inputs: readonly (readonly number[])[];
  readonly output: readonly number[];
  readonly isTrained: boolean;
  /** Whose zeros are left out where this layer reads, as `RecurrentOp.mask`; null without a mask. */
  readonly mask: number | null;
}

/** Where a layer's operations are put. Operations come after those they read. */
export interface GraphBuilder {
  /** Adds an operation and returns its number. */
  add(op: WasmOp): number;
  /** The place of a weight in the plan's list. */
  place(weight: WeightView): number;
  /** Whether an operation so far trains this weight; undefined where none reads it. */
  isTrained(weight: WeightView): boolean | undefined;
  /** A number of its own for a layer that draws masks: the same at every call with the same layer. */
  draw(): number;
}

/** An operation's reading of one input: whether its gradient is the first to arrive there on the way back. */
export interface Edge {
  /** The operation read, or a negative number for an input of the model. */
  readonly from: number;
  /** A gradient is wanted there. */
  readonly isNeeded: boolean;
  /** Another gradient is there already, so this one is added to it. */
  readonly isAdded: boolean;
}

export interface GraphBuilding extends GraphBuilder {
  readonly ops: WasmOp[];
  readonly variables: WeightView[];
}

export function startGraph(): GraphBuilding {
  const ops: WasmOp[] = [];
  const variables: WeightView[] = [];
  let draws = 0;
  return {
    ops,
    variables,
    add: (op) => ops.push(op) - 1,
    place(weight) {
      const at = variables.findIndex((own) => own.id === weight.id);
      return at >= 0 ? at : variables.push(weight) - 1;
    },
    isTrained(weight) {
      const at = variables.findIndex((own) => own.id === weight.id);
      const readers = ops.filter((op) => hasWeights(op) && op.weights.includes(at));
      return readers.length === 0 ? undefined : readers.some(isTrained);
    },
    draw: () => draws++,
  };
}

/**
 * Puts each activation that stands alone into the operation before it, where that has none and is read by nobody else.
 *
 * @returns the operations left, and the number that each of the old ones has now.
 */
export function fuseActivations(
  ops: readonly WasmOp[],
  outputs: readonly number[],
): { ops: WasmOp[]; numbers: number[] } {
  const readers = countReaders(ops, outputs);
  const fused: WasmOp[] = [];
  const numbers: number[] = [];
  ops.forEach((op, i) => {
    const [source] = op.from;
    if (op.kind === "copy" && source >= 0 && readers[source] === 1) {
      const at = numbers[source];
      if (fused[at].activation === "linear" && takesActivation(fused[at])) {
        fused[at] = { ...fused[at], activation: op.activation };
        numbers[i] = at;
        return;
      }
    }
    numbers[i] = fused.push(renumber(op, numbers)) - 1;
  });
  return { ops: fused, numbers };
}

/** An operation that reads the same ones by their new numbers. */
function renumber<Op extends WasmOp>(op: Op, numbers: readonly number[]): Op {
  const from = op.from.map((source) => (source < 0 ? source : numbers[source]));
  const isMasked = op.kind === "recurrent" && op.mask !== null && op.mask >= 0;
  return isMasked ? { ...op, from, mask: numbers[op.mask ?? 0] } : { ...op, from };
}

/**
 * Takes away every softmax over classes that an output alone reads: the loss makes it in f64.
 *
 * @param outputs - the operation of each output, and the length of its last axis.
 */
export function cutSoftmaxes(
  ops: readonly WasmOp[],
  outputs: readonly { readonly op: number; readonly classes: number }[],
): { ops: WasmOp[]; outputs: { readonly op: number; readonly endsInSoftmax: boolean }[] } {
  const readers = countReaders(
    ops,
    outputs.map(({ op }) => op),
  );
  const isCut = ops.map((op, i) => {
    if (op.kind !== "softmax" || readers[i] !== 1 || op.from[0] < 0) return false;
    return outputs.some((output) => output.op === i && op.rows * output.classes === op.outputSize);
  });
  const numbers: number[] = [];
  const kept: WasmOp[] = [];
  ops.forEach((op, i) => {
    numbers[i] = isCut[i] ? numbers[op.from[0]] : kept.push(renumber(op, numbers)) - 1;
  });
  return { ops: kept, outputs: outputs.map(({ op }) => ({ op: numbers[op], endsInSoftmax: isCut[op] })) };
}

/** An operation whose way back does not read what it wrote. */
function takesActivation(op: WasmOp): boolean {
  return op.kind !== "softmax" && op.kind !== "recurrent";
}

function countReaders(ops: readonly WasmOp[], outputs: readonly number[]): Int32Array {
  const readers = new Int32Array(ops.length);
  for (const op of ops) for (const source of op.from) if (source >= 0) readers[source]++;
  for (const output of outputs) if (output >= 0) readers[output]++;
  return readers;
}

/** Whether any weight that is trained lies at or below each operation: gradients end elsewhere. */
export function findTrained(ops: readonly WasmOp[]): boolean[] {
  const found: boolean[] = [];
  ops.forEach((op, i) => (found[i] = isTrained(op) || op.from.some((source) => source >= 0 && found[source])));
  return found;
}

/** The edges of every operation, for a way back from the last operation to the first. */
export function edgesOf(ops: readonly WasmOp[], outputs: readonly number[]): Edge[][] {
  const isReached = findTrained(ops);
  const hasArrived = ops.map((_, i) => outputs.includes(i));
  const edges: Edge[][] = [];
  for (let i = ops.length - 1; i >= 0; i--) {
    edges[i] = ops[i].from.map((from) => {
      const isNeeded = from >= 0 && isReached[from];
      const isAdded = isNeeded && hasArrived[from];
      if (isNeeded) hasArrived[from] = true;
      return { from, isNeeded, isAdded };
    });
  }
  return edges;
}

/** Trained operations by the weights they share: one group has one gradient, the sum over its uses. */
export function groupByWeights(ops: readonly WasmOp[]): number[][] {
  const groups = new Map<string, number[]>();
  ops.forEach((op, i) => {
    if (!hasWeights(op) || !op.isTrained || op.weights.length === 0) return;
    const key = op.weights.join();
    groups.set(key, [...(groups.get(key) ?? []), i]);
  });
  return [...groups.values()];
}
