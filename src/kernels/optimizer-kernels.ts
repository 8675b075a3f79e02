/*
 * Steps of optimizers, as assembly/optimizer.ts exports them: the conventions of `kernels.ts`; counts are multiples of 4.
 * `rest` is 1 − decay. Arrays of state are read and written.
 */
export interface OptimizerKernelExports {
  stepSgd(weights: number, gradient: number, count: number, minusRate: number): void;
  stepMomentum(
    weights: number,
    gradient: number,
    sum: number,
    count: number,
    minusRate: number,
    momentum: number,
    isNesterov: number,
  ): void;
  /** `means` is 0 where the squares are not centered. */
  stepRmsProp(
    weights: number,
    gradient: number,
    squares: number,
    moments: number,
    means: number,
    count: number,
    rate: number,
    decay: number,
    rest: number,
    momentum: number,
    epsilon: number,
  ): void;
  stepAdagrad(
    weights: number,
    gradient: number,
    squares: number,
    count: number,
    minusRate: number,
    epsilon: number,
  ): void;
  stepAdadelta(
    weights: number,
    gradient: number,
    squares: number,
    updates: number,
    count: number,
    minusRate: number,
    decay: number,
    rest: number,
    epsilon: number,
  ): void;
  /** `firstLeft` and `secondLeft` are 1 − β₁ᵗ and 1 − β₂ᵗ. */
  stepAdam(
    weights: number,
    gradient: number,
    first: number,
    second: number,
    count: number,
    minusRate: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    firstLeft: number,
    secondLeft: number,
    epsilon: number,
  ): void;
}
