export { pack, multiply, addRun, addLongRun } from "./product";
export { copyRows, copyWindows, addWindows, poolLargest, spreadLargest, poolAverage } from "./window";
export { activate, deactivate } from "./activation";
export { sumSquares, storeRow, storeScaled, addScaled, sumColumns, roundSums } from "./row";

/** The first byte that is the caller's. */
export function heapBase(): usize {
  return __heap_base;
}

/** Writes zeros. */
export function clear(at: usize, bytes: usize): void {
  memory.fill(at, 0, bytes);
}
