import type { ActivationName, PoolWalk, WindowWalk } from "../kernels/index.ts";
import { smallKernel } from "./layer-rule.ts";
import type { LayerView } from "./layer-view.ts";

interface OpOf<Kind extends string> {
  readonly kind: Kind;
  readonly layer: LayerView;
  /** Floats per example that it reads and writes. */
  readonly inputSize: number;
  readonly outputSize: number;
  /** Applied to what it writes. */
  readonly activation: ActivationName;
}

/** z = a · W + b. */
export interface DenseOp extends OpOf<"dense"> {
  readonly inputs: number;
  readonly units: number;
  readonly hasBias: boolean;
  readonly isTrained: boolean;
}

/** A convolution: every position's window is a row, times the kernel as a matrix `[taps, units]`. */
export interface ConvolutionOp extends OpOf<"convolution"> {
  readonly image: ImagePadding;
  readonly walk: WindowWalk;
  readonly positions: number;
  /** Entries of a window over all channels. */
  readonly inputs: number;
  readonly units: number;
  readonly hasBias: boolean;
  readonly isTrained: boolean;
}

export interface PoolOp extends OpOf<"max-pool" | "average-pool"> {
  readonly walk: PoolWalk;
}

/** Zeros around an image. */
export interface PadOp extends OpOf<"pad"> {
  readonly image: ImagePadding;
}

/** An activation that no layer before it could apply in place. */
export type CopyOp = OpOf<"copy">;

export type WasmOp = DenseOp | ConvolutionOp | PoolOp | PadOp | CopyOp;
export type TrainedOp = DenseOp | ConvolutionOp;

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

export const hasWeights = (op: WasmOp): op is TrainedOp => op.kind === "dense" || op.kind === "convolution";

export const isTrained = (op: WasmOp): op is TrainedOp => hasWeights(op) && op.isTrained;

/** Whether the rows of a layer are summed as a product of what they read and their gradients; see `LayerRule`. */
export const isRankOne = (op: WasmOp): boolean => op.kind === "dense" && op.inputs * op.units > smallKernel;
