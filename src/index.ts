// For whoever trains a model.
export type { Guarantee } from "./accounting/index.ts";
export {
  type AnyPrivacyError,
  PrivacyError,
  type PrivacyErrorCode,
  type PrivacyErrorDetails,
  isPrivacyError,
} from "./core/index.ts";
export type { ModelProblem, NotPrivate } from "./core/index.ts";
export {
  type FitResult,
  PrivacyEngine,
  type PrivacyEngineOptions,
  type PrivacyPlan,
  type PrivateTrainer,
  type ResumeOptions,
  type RunData,
  type RunOptions,
  type TrainingStep,
} from "./dpsgd/index.ts";
export type { DpEvent, Neighboring, PrivacyUnit } from "./events/index.ts";
export { type Loss, checkModel, fixModel } from "./gradients/index.ts";
