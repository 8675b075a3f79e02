export { pack, packRuns, packLeftRuns, multiply, multiplyInto, addRuns } from "./product";
export { copyRows, copyWindows, addWindows, poolLargest, spreadLargest, poolAverage } from "./window";
export { activate, deactivate } from "./activation";
export { bend, unbend, bendBySlopes, unbendBySlopes, addSlopes } from "./curve";
export { normalize, denormalize, scaleColumns, addColumns } from "./normalize";
export { softmaxRows, desoftmaxRows, attend, attendBack } from "./attention";
export {
  simpleStep,
  simpleStepBack,
  lstmStep,
  lstmStepBack,
  gruGates,
  gruStep,
  gruStepBack,
  gruResetBack,
  addRowsTo,
} from "./recurrent";
export { crossEntropy } from "./loss";
export { keepStates, setAside, clearGates } from "./mask";
export { gatherRows, mergeRows, addRowsByIds, clearSlots, addRowsAt } from "./embedding";
export { combine, scaleAll, keepEqual, rearrange, dropOut } from "./merge";
export { convolveChannels, convolveChannelsBack, addChannelProducts } from "./depthwise";
export { sumSquares, storeRow, storeScaled, addScaled, sumColumns, roundSums, foldSums, foldFloats } from "./row";
export { stepSgd, stepMomentum, stepRmsProp, stepAdagrad, stepAdadelta, stepAdam } from "./optimizer";
export { perturb, areWhole, settle, toFloats } from "./noise";

/** The first byte that is the caller's. */
export function heapBase(): usize {
  return __heap_base;
}

/** Writes zeros. */
export function clear(at: usize, bytes: usize): void {
  memory.fill(at, 0, bytes);
}
