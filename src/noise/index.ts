export {
  type DiscreteGaussian,
  type DiscreteLaplace,
  createDiscreteGaussian,
  createDiscreteLaplace,
} from "./discrete-gaussian.ts";
export { createDiscreteNoise } from "./discrete-noise.ts";
export { type GridGaussian, createGridGaussian } from "./grid-gaussian.ts";
export { type Rational, rationalFromDouble } from "./rational.ts";
export {
  type BlockDraws,
  type BlockJob,
  type NoiseBlock,
  type NoiseRoom,
  blockDraws,
  countBlocks,
  drawBlock,
  noiseRoomBytes,
} from "./noise-blocks.ts";
