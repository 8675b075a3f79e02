import type { LayerPlan } from "./clipped-sum.ts";
import type { Use } from "./layer-tap.ts";
import { type LayerView, type WeightView, sizeOf } from "./layer-view.ts";

/**
 * How the gradient of one layer is formed for each row.
 *
 * - `rank-one`: a Dense layer called once on `[batch, inputs]`. Row i's gradient is a_i ⊗ g_i; its norm is ‖a‖·‖g‖, and
 *   the sum over a run is one product aᵀ(c∘g).
 * - `gathered`: a table that is only looked up. Row i's gradient is the rows of it that were read, equal ids added up.
 * - `materialized`: row i's gradient is written out, its norm is that of what was written, and rows are added in f64.
 */
export interface LayerRule {
  readonly layer: LayerView;
  readonly method: "rank-one" | "gathered" | "materialized";
  readonly weights: readonly WeightView[];
}

/** Below this many entries a product per run costs more than adding rows in f64, and rounds to the grid more often. */
export const smallKernel = 1024;

/** The rule of every layer that left a use, from the uses of one pass. The mean of a group of rows is never rank-one. */
export function chooseRules(uses: readonly Use[], grouped = false): LayerRule[] {
  return [...new Set(uses.map((use) => use.layer))].map((layer) => {
    const own = uses.filter((use) => use.layer === layer);
    const kernel = layer.weights[0];
    const isRankOne =
      !grouped &&
      layer.getClassName() === "Dense" &&
      own.length === 1 &&
      own[0]?.rule.kind === "product" &&
      own[0].inputShape.length === 1 &&
      kernel !== undefined &&
      sizeOf(kernel) > smallKernel;
    const written = own.every((use) => use.rule.kind === "table") ? "gathered" : "materialized";
    return { layer, method: isRankOne ? "rank-one" : written, weights: layer.weights };
  });
}

export function planOf(rule: LayerRule, engineWhy: string): LayerPlan {
  const why = {
    "rank-one": "one call, one position: the norm needs no gradient, the sum of a run is one f32 product",
    gathered: "a table: gradients of equal ids are added up per unit, and only the rows of it that were read",
    materialized:
      "several positions or calls, or a small kernel: written out per row and added in f64, cross terms included",
  };
  return {
    layer: rule.layer.name,
    layerClass: rule.layer.getClassName(),
    engine: "tfjs",
    engineWhy,
    method: rule.method,
    trainableWeights: rule.weights.map((w) => w.name),
    parameters: rule.weights.reduce((sum, w) => sum + sizeOf(w), 0),
    why: why[rule.method],
  };
}
