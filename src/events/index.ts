export {
  bandedMatrix,
  composed,
  discreteGaussian,
  discreteGaussianSum,
  discreteLaplace,
  epsilonDelta,
  exponentialMechanism,
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
  truncatedSubsampledGaussian,
  unsupported,
  zcdp,
} from "./build-event.ts";
export { canonicalJson } from "./canonical-json.ts";
export { fromDpAccounting, toDpAccounting } from "./dp-accounting.ts";
export { eventFromJson, eventToJson } from "./event-json.ts";
export type * from "./event.ts";
export { fromOpacusHistory } from "./opacus-history.ts";
export { validateEvent } from "./validate-event.ts";
export { childrenOf, eventSize, visitEvent } from "./visit-event.ts";
