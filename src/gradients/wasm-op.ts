/*
 * The graph that a model is compiled to. An operation is plain data (it can be posted to a thread): it names the
 * operations it reads by number and its weights by their place in `WasmPlan.variables`, and treats each example by
 * itself. What each kind computes stands in `wasm-pass.ts` and the files it calls, each a function of pointers and rows.
 */
import type { ActivationName, CurveName, PoolWalk, WindowWalk } from "../kernels/index.ts";
import { smallKernel } from "./layer-rule.ts";

interface OpOf<Kind extends string> {
  readonly kind: Kind;
  /** The layer's name and class, for `explain()`. */
  readonly layer: string;
  readonly layerClass: string;
  /** What it reads: an earlier operation, or input k of the model as −1 − k. */
  readonly from: readonly number[];
  /** Floats per example of what it reads first, and of what it writes. */
  readonly inputSize: number;
  readonly outputSize: number;
  /** Applied to what it writes. */
  readonly activation: ActivationName;
}

interface Weighted {
  /** Places in `WasmPlan.variables`, in the order of the kind's parameters. */
  readonly weights: readonly number[];
  readonly isTrained: boolean;
}

/** z = a · W + b at each of `positions` positions. */
export interface DenseOp extends OpOf<"dense">, Weighted {
  readonly positions: number;
  readonly inputs: number;
  readonly units: number;
  readonly hasBias: boolean;
}

/** A convolution: every position's window is a row, times the kernel as a matrix `[taps, units]`. */
export interface ConvolutionOp extends OpOf<"convolution">, Weighted {
  readonly image: ImagePadding;
  readonly walk: WindowWalk;
  readonly positions: number;
  /** Entries of a window over all channels. */
  readonly inputs: number;
  readonly units: number;
  readonly hasBias: boolean;
}

/** Rows of a table `[vocabulary, width]` by whole numbers, which are an input of the model. */
export interface EmbeddingOp extends OpOf<"embedding">, Weighted {
  readonly positions: number;
  readonly vocabulary: number;
  readonly width: number;
}

/** Logits by the transposed table of an embedding, at each of `positions` positions: `[width]` to `[vocabulary]`. */
export interface TiedOp extends OpOf<"tied">, Weighted {
  readonly positions: number;
  readonly vocabulary: number;
  readonly width: number;
}

/**
 * (x − mean) / sqrt(variance + epsilon) over groups of `lines` lines of `length` floats, lines `lineStep` apart and
 * groups `groupStep` apart; then times a scale and plus an offset, `parameters` of each, in order over the last axes.
 */
export interface NormalizeOp extends OpOf<"normalize">, Weighted {
  readonly groups: number;
  readonly groupStep: number;
  readonly lines: number;
  readonly lineStep: number;
  readonly length: number;
  readonly epsilon: number;
  readonly parameters: number;
  readonly hasScale: boolean;
  readonly hasOffset: boolean;
}

/**
 * The recurrent part of a cell over `steps` steps: reads x_t·W + b for all steps and gates, `[steps, gates · units]`, and
 * owns the recurrent kernel `[units, gates · units]`. Gates in the order of TensorFlow.js: lstm i, f, c, o; gru z, r, h.
 */
export interface RecurrentOp extends OpOf<"recurrent">, Weighted {
  readonly cell: "simple" | "gru" | "lstm";
  readonly steps: number;
  readonly units: number;
  readonly cellActivation: ActivationName;
  readonly gateActivation: ActivationName;
  /** The steps go from the last position to the first. */
  readonly isReversed: boolean;
  readonly output: "last" | "in-order-of-steps" | "in-order-of-positions";
  /** Whose zeros are left out: an input of ids as −1 − k, or an earlier `masking`; null where every step counts. */
  readonly mask: number | null;
  /** Entries of the state that are dropped before every step, the same at each; null where none are. */
  readonly recurrentDropout: Drop | null;
}

/** How masks are drawn: zero with probability `rate`, by the example's seed and a number of their own. */
export interface Drop {
  readonly rate: number;
  readonly number: number;
}

/** softmax(q·kᵀ · scale)·v for each of `heads` heads; reads q `[queries, heads · width]`, k and v `[keys, heads · …]`. */
export interface AttentionOp extends OpOf<"attention"> {
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly width: number;
  readonly valueWidth: number;
  readonly isCausal: boolean;
}

/** One kernel `[taps, channels · multiplier]` per channel: windows as a convolution's, products within a channel. */
export interface DepthwiseOp extends OpOf<"depthwise">, Weighted {
  readonly image: ImagePadding;
  readonly walk: WindowWalk;
  readonly positions: number;
  readonly taps: number;
  readonly channels: number;
  readonly multiplier: number;
  readonly hasBias: boolean;
}

/** The transpose of a convolution: each position's `inputs` channels are spread over a window of the output. */
export interface SpreadOp extends OpOf<"spread">, Weighted {
  /** The output, with what is cut off around it. */
  readonly image: ImagePadding;
  readonly walk: WindowWalk;
  readonly positions: number;
  readonly inputs: number;
  /** Entries of a window over all channels of the output. */
  readonly window: number;
  readonly units: number;
  readonly hasBias: boolean;
}

/** x where x ≥ 0, and x times a slope of its own elsewhere; entry k uses slope `map`[k], or its own. */
export interface PreluOp extends OpOf<"prelu">, Weighted {
  readonly slopes: number;
  /** The slope of every entry, where several share one. */
  readonly map: Int32Array | null;
}

export interface PoolOp extends OpOf<"max-pool" | "average-pool"> {
  readonly walk: PoolWalk;
}

/** Zeros around an image. */
export interface PadOp extends OpOf<"pad"> {
  readonly image: ImagePadding;
}

/** An activation that no operation before it could apply in place. */
export type CopyOp = OpOf<"copy">;

/** A function of each entry whose slope is not one of its value. */
export interface CurveOp extends OpOf<"curve"> {
  readonly curve: CurveName;
  readonly parameter: number;
}

/** Softmax of each of `rows` rows. */
export interface SoftmaxOp extends OpOf<"softmax"> {
  readonly rows: number;
}

/** Several inputs of one size, entry by entry. */
export interface MergeOp extends OpOf<"add" | "subtract" | "multiply" | "average" | "maximum" | "minimum"> {}

/** Inputs side by side: `lines` times a piece of each, of `pieces` floats. */
export interface ConcatenateOp extends OpOf<"concatenate"> {
  readonly lines: number;
  readonly pieces: readonly number[];
}

/** Entries in another order: output k is input `order`[k]; an input may be read several times or not at all. */
export interface RearrangeOp extends OpOf<"rearrange"> {
  readonly order: Int32Array;
}

/** Zeros, and entries that are scaled up; each of `lines` lines has the same mask. */
export interface DropoutOp extends OpOf<"dropout">, Drop {
  readonly lines: number;
}

/** Steps whose entries are all `value` become zeros, and are left out by the cells that read them. */
export interface MaskingOp extends OpOf<"masking"> {
  readonly steps: number;
  readonly value: number;
}

/** x · scale + offset. */
export interface AffineOp extends OpOf<"affine"> {
  readonly scale: number;
  readonly offset: number;
}

export type TrainedOp =
  DenseOp | ConvolutionOp | EmbeddingOp | TiedOp | NormalizeOp | RecurrentOp | DepthwiseOp | SpreadOp | PreluOp;
export type WasmOp =
  | TrainedOp
  | AttentionOp
  | PoolOp
  | PadOp
  | CopyOp
  | CurveOp
  | SoftmaxOp
  | MergeOp
  | ConcatenateOp
  | RearrangeOp
  | DropoutOp
  | MaskingOp
  | AffineOp;

/** An image `[height, width, channels]` and the zeros that are put around it. */
export interface ImagePadding {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export const isPadded = (i: ImagePadding): boolean => i.top + i.bottom + i.left + i.right > 0;

export const paddedSize = (i: ImagePadding): number =>
  (i.height + i.top + i.bottom) * (i.width + i.left + i.right) * i.channels;

export const hasWeights = (op: WasmOp): op is TrainedOp => "weights" in op;

export const drawsMasks = (op: WasmOp): boolean =>
  op.kind === "dropout" || (op.kind === "recurrent" && op.recurrentDropout !== null);

export const isTrained = (op: WasmOp): op is TrainedOp => hasWeights(op) && op.isTrained;

/** Whether a single use of an operation is summed as a product of what it reads and its gradients; see `LayerRule`. */
const isRankOne = (op: WasmOp): op is DenseOp =>
  op.kind === "dense" && op.positions === 1 && op.inputs * op.units > smallKernel;

/** Whether a gradient is summed as products of what is stored of every row: not where rows of a group are added first. */
export function isStored(ops: readonly WasmOp[], group: readonly number[], isGrouped: boolean): boolean {
  return !isGrouped && group.length === 1 && isRankOne(ops[group[0]]);
}
