export { type MembershipTable, type NumberTable, type Numbers } from "./argument.ts";
export { aucInterval } from "./auc-interval.ts";
export { maxAdvantage, maxAuc, maxTpr, maxTprGaussian } from "./cap.ts";
export { type RateInterval, clopperPearsonInterval, lowerRateLimit, upperRateLimit } from "./clopper-pearson.ts";
export { type DifficultyInput, difficultyCalibrated } from "./difficulty.ts";
export { type LiraInput, type LiraMode, type LiraVariance, lira } from "./lira.ts";
export { type LogitMarginInput, logitMargins } from "./logit-margin.ts";
export { type LossInput, lossThreshold } from "./loss-threshold.ts";
export { type ModifiedEntropyInput, modifiedEntropy } from "./modified-entropy.ts";
export { type RmiaInput, type RmiaRatioInput, rmia, rmiaRatios } from "./rmia.ts";
export { type RocCurve, type RocPoint, type TprAtFpr, rocCurve } from "./roc.ts";
export { type ShadowInput } from "./shadow-set.ts";
export {
  type AttackAccess,
  type AttackSignals,
  type AttackSummary,
  type AttackSummaryInput,
  type SummaryRate,
  attackSummary,
} from "./summary.ts";
