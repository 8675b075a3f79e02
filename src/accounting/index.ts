export { type AccountOptions, type Accountant, type Explanation, type ProfilePoint, account } from "./account.ts";
export {
  type Calibration,
  calibrateNoiseMultiplier,
  calibrateSamplingProbability,
  calibrateSteps,
} from "./calibrate.ts";
export {
  type Certificate,
  type DeltaInterval,
  type EngineReport,
  type EpsilonInterval,
  type Guarantee,
  guaranteeToJson,
} from "./guarantee.ts";
export { epsilonFromRdp } from "./rdp-conversion.ts";
export { rdpOfEvent } from "./rdp-of-event.ts";
export { stepwiseEpsilon } from "./stepwise.ts";
export type { TradeOffPoint } from "./trade-off.ts";
