import * as fc from "fast-check";
import type { DpEvent } from "./event.ts";
import {
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
} from "./index.ts";

const noise = (): fc.Arbitrary<number> => fc.double({ min: 0, max: 1e6, noNaN: true });
const orInfinity = (): fc.Arbitrary<number> => fc.oneof({ weight: 9, arbitrary: noise() }, fc.constant(Infinity));
const probability = (): fc.Arbitrary<number> => fc.double({ min: 0, max: 1, noNaN: true });
const count = (min = 0): fc.Arbitrary<number> => fc.integer({ min, max: 1_000_000 });

/** Weights of powers of two, so that they add up to 1 exactly. */
const mixture = (): fc.Arbitrary<DpEvent> =>
  fc.tuple(noise(), fc.array(noise(), { minLength: 1, maxLength: 5 })).map(([stddev, sensitivities]) => {
    const probs = sensitivities.map((_, i) => 2 ** -(i + 1));
    return mixtureOfGaussians(stddev, sensitivities, [
      ...probs.slice(1),
      1 - probs.slice(1).reduce((a, p) => a + p, 0),
    ]);
  });

/** Any event without events inside, every such kind with its whole range. */
export const leafEvent = (): fc.Arbitrary<DpEvent> =>
  fc.oneof<fc.Arbitrary<DpEvent>[]>(
    fc.constant(noOp()),
    fc.constant(nonPrivate()),
    fc.constant(unsupported()),
    noise().map(gaussian),
    noise().map(laplace),
    fc.tuple(noise(), count()).map(([z, d]) => discreteGaussian(z, d)),
    fc.tuple(noise(), count()).map(([a, d]) => discreteLaplace(a, d)),
    fc.tuple(orInfinity(), orInfinity()).map(([rho, xi]) => zcdp(rho, xi)),
    fc.tuple(orInfinity(), probability()).map(([epsilon, delta]) => epsilonDelta(epsilon, delta)),
    fc.tuple(probability(), count(1)).map(([p, k]) => randomizedResponse(p, k)),
    orInfinity().map(exponentialMechanism),
    mixture(),
    fc.tuple(noise(), fc.array(count(), { maxLength: 5 })).map(([z, steps]) => singleEpochTreeAggregation(z, steps)),
    fc
      .record({
        datasetSize: count(1),
        samplingProbability: probability(),
        truncatedBatchSize: count(),
        noiseMultiplier: noise(),
      })
      .map(truncatedSubsampledGaussian),
    fc
      .record({ bands: count(1), steps: count(), samplingProbability: probability(), noiseMultiplier: noise() })
      .map(bandedMatrix),
    fc
      .record({
        summands: count(1),
        stddev: noise(),
        l1Sensitivity: noise(),
        l2Sensitivity: noise(),
        dimension: count(1),
      })
      .map(discreteGaussianSum),
  );

const around = (event: DpEvent): fc.Arbitrary<DpEvent> =>
  fc.oneof<fc.Arbitrary<DpEvent>[]>(
    probability().map((q) => poissonSampled(q, event)),
    fc.tuple(count(1), count()).map(([n, m]) => sampledWithReplacement(n, m, event)),
    fc.tuple(count(1), probability()).map(([n, q]) => sampledWithoutReplacement(n, Math.floor(q * n), event)),
    fc
      .tuple(fc.double({ min: 1, max: 1e6, noNaN: true }), orInfinity())
      .map(([mean, shape]) => repeatAndSelect(event, mean, shape)),
    count().map((n) => selfComposed(event, n)),
    count(1).map((n) => shuffled(n, event)),
    fc.array(leafEvent(), { maxLength: 3 }).map((others) => composed(...others, event)),
  );

/** Any event, up to four levels around a leaf; every kind occurs. */
export const anyEvent = (): fc.Arbitrary<DpEvent> =>
  fc
    .tuple(leafEvent(), fc.integer({ min: 0, max: 4 }))
    .chain(([leaf, depth]) =>
      Array.from({ length: depth }).reduce<fc.Arbitrary<DpEvent>>((inner) => inner.chain(around), fc.constant(leaf)),
    );
