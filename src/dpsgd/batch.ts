import type { Tensor } from "@tensorflow/tfjs-core";
import type { GradientBatch } from "../gradients/index.ts";

/** A batch as the gradient engine takes it. Whoever asked for it disposes it. */
export interface Batch {
  readonly x: Tensor[];
  /** Labels of the model's first output, or its only one. */
  readonly y: Tensor;
  /** Labels of its other outputs. */
  readonly moreLabels?: readonly Tensor[];
  /** As `GradientBatch` has them. */
  readonly sampleWeights?: Tensor;
  readonly lossMask?: Tensor[];
  /** Which records came, in order: a source that says so is checked against what was asked of it. */
  readonly rows?: Uint32Array;
}

/** Every tensor of a batch but its inputs: what rows are held to. */
export function targetsOf({ y, moreLabels = [], sampleWeights, lossMask = [] }: Batch): Tensor[] {
  return [y, ...moreLabels, ...(sampleWeights === undefined ? [] : [sampleWeights]), ...lossMask];
}

/** Every tensor of a batch. */
export const tensorsOf = (batch: Batch): Tensor[] => [...batch.x, ...targetsOf(batch)];

type Targets = Pick<Batch, "y" | "moreLabels" | "sampleWeights" | "lossMask">;

/** The tensors that rows are held to, each made into another. */
export function mapTargets(batch: Targets, make: (t: Tensor) => Tensor): Targets {
  const { y, moreLabels, sampleWeights, lossMask } = batch;
  return {
    y: make(y),
    ...(moreLabels === undefined ? {} : { moreLabels: moreLabels.map(make) }),
    ...(sampleWeights === undefined ? {} : { sampleWeights: make(sampleWeights) }),
    ...(lossMask === undefined ? {} : { lossMask: lossMask.map(make) }),
  };
}

/** A batch as the gradient engine takes it. */
export function gradientBatchOf(batch: Batch & { readonly groupSizes?: Uint32Array }): GradientBatch {
  const { x, y, moreLabels = [], sampleWeights, lossMask, groupSizes } = batch;
  return {
    x,
    y: [y, ...moreLabels],
    ...(sampleWeights === undefined ? {} : { sampleWeights }),
    ...(lossMask === undefined ? {} : { lossMask }),
    ...(groupSizes === undefined ? {} : { groupSizes }),
  };
}
