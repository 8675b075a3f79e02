import { PrivacyError, invalidArgument } from "../core/index.ts";
import type {
  DpEvent,
  DpEventKind,
  Neighboring,
  PoissonSampledEvent,
  SampledWithReplacementEvent,
} from "../events/index.ts";
import { discreteGaussianSumRho } from "./discrete-gaussian-sum.ts";
import {
  batchWithReplacement,
  dependsOnPresence,
  fixedSizeBatch,
  groupInSample,
  isSumRelease,
  revealedBatch,
  sampledSumUnderReplacement,
  truncatedBatch,
} from "./compile-batches.ts";
import { groupComposition, groupFailure } from "./group-composition.ts";
import type { Composition, Mechanism } from "./mechanism.ts";
import { mergeCompositions, repeatedFailure } from "./mechanism.ts";
import type { OutcomePair } from "./outcome-pair.ts";
import { contributionsMoved } from "./relation.ts";
import { sampleComposition } from "./sample-composition.ts";

/** Where in the event we are, and under which relation. */
export interface EventPlace {
  readonly neighboring: Neighboring;
  /** Like `event.events[2].event`. */
  readonly path: string;
  /** How many records may differ at once; 1 unless asked otherwise. */
  readonly groupSize?: number;
}

/** The one refusal: which kind, where, why. Thrown before anything is composed. */
export function unsupportedEvent(
  kind: DpEventKind,
  place: EventPlace,
  reason: string,
): PrivacyError<"unsupported_event"> {
  const message = `a sound analysis of "${kind}" at ${place.path} under ${place.neighboring} was wanted and there is none here: ${reason}`;
  return new PrivacyError("unsupported_event", message, { kind, path: place.path, reason });
}

const nothing: Composition = { spends: [], failure: 0 };

function once(mechanism: Mechanism): Composition {
  return { spends: [{ mechanism, count: 1 }], failure: 0 };
}

/**
 * Applies the neighboring relation and flattens an event into mechanisms that compose.
 *
 * @param event - already validated by `events/`.
 * @throws PrivacyError `unsupported_event` for a kind that has no sound analysis here, naming kind, path and reason.
 */
export function compileEvent(event: DpEvent, neighboring: Neighboring, groupSize = 1): Composition {
  return mergeCompositions([compile(event, { neighboring, path: "event", groupSize })]);
}

function compile(event: DpEvent, place: EventPlace): Composition {
  const groupSize = place.groupSize ?? 1;
  const moved = contributionsMoved(place.neighboring) * groupSize;
  const inside: EventPlace = { ...place, path: `${place.path}.event` };
  switch (event.kind) {
    case "no-op":
      return nothing;
    case "non-private":
      return once({ kind: "unbounded" });
    case "unsupported":
      throw unsupportedEvent(event.kind, place, "the event itself says that nobody has analysed it");
    case "gaussian":
      return gaussian(event.noiseMultiplier / moved);
    case "laplace":
      return event.noiseMultiplier === 0
        ? once({ kind: "unbounded" })
        : once({ kind: "laplace", epsilon: moved / event.noiseMultiplier });
    case "discrete-gaussian":
      // any dimension: the discrete Gaussian is Δ²/(2σ²)-zCDP [Canonne, Kamath, Steinke 2020, arXiv:2004.00010v4, Thm 4]
      return concentrated(0, (event.sensitivity * moved) ** 2 / (2 * event.noiseMultiplier ** 2), true);
    case "discrete-laplace":
      return discreteLaplace(event.noiseParameter, event.sensitivity * moved);
    case "zcdp":
      if (groupSize > 1 && event.xi > 0)
        throw unsupportedEvent(event.kind, place, "with xi > 0 it has no group bound here");
      // [Bun, Steinke 2016, arXiv:1605.02065v1, Prop. 1.9]
      return concentrated(event.xi, event.rho * groupSize ** 2);
    case "epsilon-delta":
      // an (ε, δ) mechanism is dominated by revealing all with probability δ and ε-randomised response otherwise
      // [Kairouz, Oh, Viswanath 2015, arXiv:1311.0776v4, Thm 3.2 and its proof]
      return {
        spends: pure(event.epsilon * groupSize).spends,
        failure: groupFailure(event.delta, event.epsilon, groupSize),
      };
    case "randomized-response":
      // every record of a group gives its own answer
      return repeat(randomizedResponse(event.noiseParameter, event.numBuckets, place), groupSize, place);
    case "exponential-mechanism":
      // ranges add along a chain of neighbors
      if (event.epsilon === 0) return nothing;
      return once(
        event.epsilon === Infinity
          ? { kind: "unbounded" }
          : { kind: "bounded-range", epsilon: event.epsilon * groupSize },
      );
    case "poisson-sampled":
      return poissonSampled(event, place);
    case "banded-matrix":
      if (groupSize > 1) throw unsupportedEvent(event.kind, place, "a group's records may fall into several runs");
      // bands groups, each a run of ceil(steps / bands) Poisson-sampled Gaussians [Choquette-Choo et al. 2023,
      // arXiv:2306.08153v2, Thm 4]; noise is relative to the largest column norm of the strategy matrix
      return repeat(
        poisson(
          event.samplingProbability,
          { kind: "gaussian", noiseMultiplier: event.noiseMultiplier },
          place,
          place.path,
        ),
        Math.ceil(event.steps / event.bands),
        place,
      );
    case "shuffled":
      // every record is in exactly one batch, the batches are disjoint and fixed in size: one event per record
      refuseAddOrRemove(event.kind, place);
      if (groupSize > 1 && event.event.kind !== "gaussian") {
        throw unsupportedEvent(
          event.kind,
          place,
          "a group may be spread over batches, which is analysed for Gaussians",
        );
      }
      return compile(event.event, inside);
    case "single-epoch-tree-aggregation":
      refuseAddOrRemove(event.kind, place);
      return tree(event.noiseMultiplier / moved, event.stepCounts);
    case "discrete-gaussian-sum":
      return concentrated(0, discreteGaussianSumRho(event, moved, place.path), true);
    case "self-composed":
      return repeat(compile(event.event, inside), event.count, place);
    case "composed":
      return mergeCompositions(
        event.events.map((e, i) => compile(e, { ...place, path: `${place.path}.events[${i}]` })),
      );
    case "sampled-with-replacement":
      refuseAddOrRemove(event.kind, place);
      refuseGroup(event.kind, place);
      return withReplacement(event, place);
    case "sampled-without-replacement":
      refuseAddOrRemove(event.kind, place);
      refuseGroup(event.kind, place);
      // a batch with a zeroed record is no closer to one without it than to one with a replacement
      return fixedSizeBatch(
        mergeCompositions([compile(event.event, { ...inside, neighboring: "replace-one" })]),
        event.sampleSize / event.sourceDatasetSize,
      );
    case "truncated-subsampled-gaussian":
      refuseGroup(event.kind, place);
      if (event.noiseMultiplier < smallestNoise) return once({ kind: "unbounded" });
      return truncatedBatch(event, place.neighboring);
    case "mixture-of-gaussians":
      refuseGroup(event.kind, place);
      if (place.neighboring === "replace-one") {
        throw unsupportedEvent(
          event.kind,
          place,
          "how the two records' sensitivities are drawn together is not stated",
        );
      }
      return mixture(event.standardDeviation, event.sensitivities, event.samplingProbs);
    case "repeat-and-select":
      return selection(mergeCompositions([compile(event.event, inside)]), event.mean, event.shape);
  }
}

const smallestNoise = 1e-100;
const largestNoise = 1e100;

function gaussian(noiseMultiplier: number): Composition {
  // squares must neither overflow nor vanish; less noise than there is only raises the price
  if (noiseMultiplier < smallestNoise) return once({ kind: "unbounded" });
  return once({ kind: "gaussian", noiseMultiplier: Math.min(noiseMultiplier, largestNoise) });
}

function pure(epsilon: number): Composition {
  if (epsilon === 0) return nothing;
  return once(epsilon === Infinity ? { kind: "unbounded" } : { kind: "pure", epsilon });
}

function concentrated(xi: number, rho: number, isMirrored = false): Composition {
  if (xi === 0 && rho === 0) return nothing;
  if (!Number.isFinite(xi + rho)) return once({ kind: "unbounded" });
  return once({ kind: "concentrated", xi, rho, ...(isMirrored ? { isMirrored } : {}) });
}

/** Integers with two-sided geometric noise; a sensitivity of many steps has too many outcomes and counts as pure. */
function discreteLaplace(noiseParameter: number, shift: number): Composition {
  const epsilon = noiseParameter * shift;
  if (shift === 0) return nothing;
  if (noiseParameter < 1e-100 || shift > 10_000 || epsilon > 600) return pure(epsilon);
  return once({ kind: "pair", pair: { shape: "discrete-laplace", noiseParameter, shift }, isAttained: true });
}

/** A record touches at most one node on each level of one tree: a Gaussian whose sensitivity is the root of the depth. */
function tree(noiseMultiplier: number, stepCounts: readonly number[]): Composition {
  const depth = Math.max(0, ...stepCounts.map((n) => Math.floor(Math.log2(n)) + 1));
  return depth === 0 ? nothing : gaussian(noiseMultiplier / Math.sqrt(depth));
}

/** k-ary randomised response that answers uniformly with probability p: ε = log(1 + (1 − p)k/p). */
function randomizedResponse(p: number, k: number, place: EventPlace): Composition {
  if (place.neighboring !== "replace-one") {
    throw unsupportedEvent("randomized-response", place, "every record answers, so records can only be replaced");
  }
  if (k === 1 || p === 1) return nothing;
  // below this the smallest answer's probability loses digits, then all of itself
  if (p / k < 1e-300) return once({ kind: "unbounded" });
  const epsilon = Math.log1p(((1 - p) * k) / p) * (1 + 4e-16);
  return once({ kind: "randomized-response", epsilon, lowProbability: p / k });
}

function refuseAddOrRemove(kind: DpEventKind, place: EventPlace): void {
  if (place.neighboring === "add-or-remove-one") {
    throw unsupportedEvent(kind, place, "removing a record moves every later one; ask under zero-out or replace-one");
  }
}

function refuseGroup(kind: DpEventKind, place: EventPlace): void {
  if ((place.groupSize ?? 1) > 1) throw unsupportedEvent(kind, place, "groups of records have no analysis here");
}

/** Sampling of a sampled batch multiplies the probabilities, whatever is then done. */
function poissonSampled(event: PoissonSampledEvent, place: EventPlace): Composition {
  let [q, inner, path] = [event.samplingProbability, event.event, `${place.path}.event`];
  while (inner.kind === "poisson-sampled") {
    q = Math.min(1, q * inner.samplingProbability * (q === 1 || inner.samplingProbability === 1 ? 1 : 1 + 2.3e-16));
    [inner, path] = [inner.event, `${path}.event`];
  }
  return poisson(q, inner, place, path);
}

/**
 * add-or-remove-one and zero-out give the same pair where absence and zero are the same: without the record's
 * contribution, or with it with probability q. Elsewhere whether the record was drawn counts as revealed.
 */
function poisson(q: number, inner: DpEvent, place: EventPlace, path: string): Composition {
  const at = (groupSize: number): Composition => mergeCompositions([compile(inner, { ...place, path, groupSize })]);
  const compiled = at(1);
  const groupSize = place.groupSize ?? 1;
  if (q === 1) return groupSize === 1 ? compiled : at(groupSize);
  if (q === 0 || (compiled.spends.length === 0 && compiled.failure === 0)) return nothing;
  if (compiled.spends.some((s) => s.mechanism.kind === "unbounded")) return once({ kind: "unbounded" });
  if (place.neighboring === "replace-one") {
    refuseGroup("poisson-sampled", place);
    const known = isSumRelease(inner) ? sampledSumUnderReplacement(compiled, q) : undefined;
    return known ?? revealedBatch(compiled, q);
  }
  if (dependsOnPresence(inner)) {
    refuseGroup("poisson-sampled", place);
    return revealedBatch(compiled, q);
  }
  if (groupSize === 1) return sampleComposition(compiled, q);
  const [first] = compiled.spends;
  if (compiled.spends.length === 1 && first?.mechanism.kind === "gaussian" && compiled.failure === 0) {
    return groupInSample(1 / first.mechanism.noiseMultiplier, q, groupSize);
  }
  const group = groupComposition(sampleComposition(compiled, q), groupSize);
  if (group !== undefined) return group;
  throw unsupportedEvent("poisson-sampled", place, "groups in samples are analysed for Gaussian and pure mechanisms");
}

function withReplacement(event: SampledWithReplacementEvent, place: EventPlace): Composition {
  const compiled = mergeCompositions([compile(event.event, { ...place, path: `${place.path}.event` })]);
  if (event.sampleSize === 0 || (compiled.spends.length === 0 && compiled.failure === 0)) return nothing;
  const [first] = compiled.spends;
  const isGaussian = compiled.spends.length === 1 && first?.mechanism.kind === "gaussian" && compiled.failure === 0;
  if (!isGaussian || !isSumRelease(event.event) || first.mechanism.kind !== "gaussian") {
    throw unsupportedEvent(event.kind, place, "draws with replacement are analysed for Gaussian sums");
  }
  return batchWithReplacement(1 / first.mechanism.noiseMultiplier, event.sampleSize, event.sourceDatasetSize);
}

function mixture(stddev: number, sensitivities: readonly number[], probabilities: readonly number[]): Composition {
  const largest = Math.max(...sensitivities);
  if (largest === 0) return nothing;
  const isTooQuiet = stddev / largest < smallestNoise;
  if (isTooQuiet) return once({ kind: "unbounded" });
  // the validator lets probabilities miss 1 by rounding; what is missing counts as the largest sensitivity
  const parts = sensitivities.map((s, i) => ({ s: s / stddev, p: probabilities[i] ?? 0 })).filter((part) => part.p > 0);
  const order = parts.toSorted((a, b) => a.s - b.s || a.p - b.p);
  const total = order.reduce((sum, part) => sum + part.p, 0);
  const pair: OutcomePair = {
    shape: "mixture",
    shifts: order.map((part) => part.s),
    probabilities: order.map((part) => part.p / total),
  };
  return once({ kind: "pair", pair, isAttained: true });
}

/** The best of a random number of runs; what fails in one run fails in `mean` runs that much more often. */
function selection(inner: Composition, mean: number, shape: number): Composition {
  if (inner.spends.some((s) => s.mechanism.kind === "unbounded")) return once({ kind: "unbounded" });
  if (mean === 1 && shape < Infinity) return inner;
  const failure = Math.min(1, inner.failure * mean * (1 + 4e-16));
  if (inner.spends.length === 0) return { spends: [], failure };
  return { ...once({ kind: "selected", inner: inner.spends, mean, shape }), failure };
}

function repeat(part: Composition, count: number, place: EventPlace): Composition {
  if (count === 0) return nothing;
  const spends = part.spends.map((s) => ({ mechanism: s.mechanism, count: s.count * count }));
  if (spends.some((s) => s.count > Number.MAX_SAFE_INTEGER)) {
    throw invalidArgument(place.path, "a composition of at most 2^53 - 1 mechanisms", "more");
  }
  return { spends, failure: repeatedFailure(part.failure, count) };
}
