import type { NotPrivate } from "../core/index.ts";

/**
 * The sum over a logical batch of per-example gradients, each clipped to L2 norm at most C over all trainable weights,
 * on a grid: weight w's sum is `sums[w][k] * 2 ** gridExponent`, shape [size of w], integers exact in a double.
 */
export interface ClippedSum {
  /** Per trainable weight (tf variable name), integer multiples of the grid, flattened row-major. */
  readonly sums: Readonly<Record<string, Float64Array>>;
  /** The grid is 2 ** gridExponent in the gradient's units. */
  readonly gridExponent: number;
  /**
   * The priced L2 bound on how far `sums · 2^gridExponent` moves when one record is added, removed or zeroed:
   * C + grid · sqrt(d) + the floating-point surcharge (docs/numerics-summation.md).
   */
  readonly sensitivity: number;
  readonly diagnostics: NotPrivate<ClippingDiagnostics>;
}

/** Facts about the batch that are not private: for a developer's own screen only. */
export interface ClippingDiagnostics {
  /** Per-example gradient L2 norms before clipping, shape [batch]; NaN or Infinity for a row that was zeroed. */
  readonly norms: Float64Array;
  /** Per-example losses, shape [batch]. */
  readonly losses: Float64Array;
  /** Share of rows whose gradient was scaled down, in [0, 1]; NaN for an empty batch. */
  readonly fractionClipped: number;
  /** Rows whose gradient was not finite and contributed zero. */
  readonly nonFiniteRows: number;
}

/** What the engine does with one layer, for `trainer.explain()`. */
export interface LayerPlan {
  readonly layer: string;
  readonly layerClass: string;
  readonly engine: "wasm" | "tfjs";
  /** Why this engine; one for the whole model. */
  readonly engineWhy: string;
  readonly method: string;
  readonly trainableWeights: readonly string[];
  readonly parameters: number;
  readonly why: string;
}
