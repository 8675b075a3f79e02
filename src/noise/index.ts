export {
  type DiscreteGaussian,
  type DiscreteLaplace,
  createDiscreteGaussian,
  createDiscreteLaplace,
} from "./discrete-gaussian.ts";
export { type GridGaussian, createGridGaussian } from "./grid-gaussian.ts";
export { type Rational, rationalFromDouble } from "./rational.ts";
