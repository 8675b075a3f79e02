export { type Clip, parseClip, scaleClip, totalClipNorm } from "./clip.ts";
export type { ClippedSum, ClippingDiagnostics, LayerPlan } from "./clipped-sum.ts";
export { type ClippedGradientSumOptions, clippedGradientSum } from "./clipped-gradient-sum.ts";
export type {
  ClipBound,
  EngineWeight,
  GradientBatch,
  GradientEngine,
  GradientEngineOptions,
  HeldSum,
  NoiseOrder,
  Surcharge,
  TfjsEngineOptions,
} from "./engine.ts";
export { createGradientEngine } from "./gradient-engine.ts";
export { GroupNormalization, type GroupNormalizationArgs } from "./group-normalization.ts";
export { type LayerCost, costOfLayers } from "./layer-cost.ts";
export type { LogitsLossKind, Loss, LossKind, PerExampleLoss, PositionReduction } from "./loss.ts";
export { maxBatchRows } from "./rounding.ts";
export { checkModel } from "./model-check.ts";
export {
  type MeanGradient,
  type MeanGradientEngine,
  type MeanGradientOptions,
  createMeanGradientEngine,
} from "./mean-gradient.ts";
export { fixModel } from "./model-fix.ts";
export { createTfjsEngine } from "./tfjs-engine.ts";
export { MultiHeadAttention, type MultiHeadAttentionArgs } from "./multi-head-attention.ts";
export { TiedDense, type TiedDenseArgs } from "./tied-dense.ts";
