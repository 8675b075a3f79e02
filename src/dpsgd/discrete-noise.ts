import { PrivacyError } from "../core/index.ts";
import type { RandomSource } from "../core/random-source.ts";
import { type GridGaussian, createDiscreteGaussian, createGridGaussian, rationalFromDouble } from "../noise/index.ts";
import type { NoisePolicy } from "./noise-policy.ts";

/** The source that a noise policy draws from. */
export function createNoise(kind: NoisePolicy["kind"], random: RandomSource): GridGaussian {
  return kind === "discrete-gaussian" ? createDiscreteNoise(random) : createGridGaussian(random);
}

/**
 * Exact discrete Gaussian noise on whole numbers, in the form of a grid Gaussian.
 *
 * @guarantee P(noise = x) proportional to exp(−x²/(2σ²)), σ the double given, exactly; no distance to any ideal.
 * @source Canonne, Kamath, Steinke 2020, arXiv:2004.00010v5 (by `createDiscreteGaussian`).
 */
function createDiscreteNoise(random: RandomSource): GridGaussian {
  const source = createDiscreteGaussian(random);
  return Object.freeze({
    kind: source.kind,
    tvDistance: 0,
    addNoise(multiples: Float64Array, stddevInGridUnits: number, into?: Float64Array): Float64Array {
      const values = into ?? new Float64Array(multiples.length);
      if (stddevInGridUnits === 0) {
        values.set(multiples);
        return values;
      }
      const { numerator, denominator } = rationalFromDouble(stddevInGridUnits);
      const sigmaSquared = { numerator: numerator * numerator, denominator: denominator * denominator };
      multiples.forEach((value, i) => {
        const noised = Number(BigInt(value) + source.sample(sigmaSquared));
        values[i] = noised;
        if (Number.isSafeInteger(noised)) return;
        values.fill(0);
        const reason = "a noised value reached 2^53 grid units";
        throw new PrivacyError("numerical_failure", `noise on the grid was wanted, but ${reason}`, {
          routine: "addNoise",
          reason,
        });
      });
      return values;
    },
  });
}
