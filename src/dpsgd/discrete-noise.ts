import type { RandomSource } from "../core/random-source.ts";
import { type GridGaussian, createDiscreteNoise, createGridGaussian } from "../noise/index.ts";
import type { NoisePolicy } from "./noise-policy.ts";

/** The source that a noise policy draws from. */
export function createNoise(kind: NoisePolicy["kind"], random: RandomSource): GridGaussian {
  return kind === "discrete-gaussian" ? createDiscreteNoise(random) : createGridGaussian(random);
}
