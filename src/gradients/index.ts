export type { ClippedSum, ClippingDiagnostics, LayerPlan } from "./clipped-sum.ts";
