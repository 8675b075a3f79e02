// for whoever prices events: the events themselves, so that one import is enough
export type { DpEvent, DpEventKind, Neighboring, PrivacyUnit } from "../events/index.ts";
export {
  bandedMatrix,
  composed,
  discreteGaussian,
  discreteGaussianSum,
  discreteLaplace,
  epsilonDelta,
  exponentialMechanism,
  fromDpAccounting,
  fromOpacusHistory,
  gaussian,
  laplace,
  mixtureOfGaussians,
  noOp,
  nonPrivate,
  poissonSampled,
  randomizedResponse,
  repeatAndSelect,
  sampledWithReplacement,
  sampledWithoutReplacement,
  selfComposed,
  shuffled,
  singleEpochTreeAggregation,
  toDpAccounting,
  truncatedSubsampledGaussian,
  unsupported,
  zcdp,
} from "../events/index.ts";
export { type AccountOptions, type Accountant, type Explanation, type ProfilePoint, account } from "./account.ts";
export { calibrateNoiseMultiplier, calibrateSamplingProbability, calibrateSteps } from "./calibrate.ts";
export { type Calibration, type CalibrationProblem, type EdgeCalibration, calibrate } from "./calibrate-event.ts";
export {
  type Certificate,
  type DeltaInterval,
  type EngineReport,
  type EpsilonInterval,
  type Guarantee,
  guaranteeToJson,
} from "./guarantee.ts";
export { type Adaptive, type AdaptiveGuarantee, type FilterRuleName, type Scheduled, scheduled } from "./adaptive.ts";
export {
  type Filter,
  type FilterBudget,
  type FilterCount,
  type FilterSnapshot,
  type Reservation,
  epsilonDeltaFilter,
  gdpFilter,
  renyiFilter,
  restoreFilter,
  zcdpFilter,
} from "./filter.ts";
export {
  type Odometer,
  type OdometerOptions,
  type OdometerReading,
  type OdometerSnapshot,
  renyiOdometer,
  restoreOdometer,
} from "./odometer.ts";
export { epsilonFromRdp } from "./rdp-conversion.ts";
export { type PlanRow, type PlanTable, type PlanTableProblem, planDpSgdTable } from "./plan-table.ts";
export { type CertifiedTradeOff, type PrivacyProfile, privacyProfile } from "./privacy-profile.ts";
export type { GaussianFit } from "./gaussian-fit.ts";
export { rdpOfEvent } from "./rdp-of-event.ts";
export { stepwiseEpsilon } from "./stepwise.ts";
export type { TradeOffPoint } from "./trade-off.ts";
