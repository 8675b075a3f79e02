import type { DpEvent } from "../events/index.ts";
import type { CardMechanism, SamplingKind } from "./card.ts";
import { type Available, isNotAvailable, notAvailable } from "./not-available.ts";

/** What a reader wants to know about an event without reading the tree. */
export interface EventFacts {
  readonly noiseMultiplier: Available<number>;
  readonly noiseDistribution: CardMechanism["noiseDistribution"];
  readonly sampling: SamplingKind;
  readonly samplingProbability: Available<number>;
  /** Noised releases composed. */
  readonly steps: number;
}

const noSampling = notAvailable("the priced event draws no batch");

function mechanism(noiseDistribution: EventFacts["noiseDistribution"], noiseMultiplier: Available<number>): EventFacts {
  return { noiseMultiplier, noiseDistribution, sampling: "full-batch", samplingProbability: noSampling, steps: 1 };
}

function without(kind: string): Available<number> {
  return notAvailable(`a ${kind} event has no single noise multiplier`);
}

function sampled(inner: EventFacts, sampling: SamplingKind, samplingProbability: Available<number>): EventFacts {
  if (inner.sampling === "full-batch") return { ...inner, sampling, samplingProbability };
  return { ...inner, sampling: "other", samplingProbability: notAvailable("the priced event samples more than once") };
}

function same(a: Available<number>, b: Available<number>): boolean {
  return isNotAvailable(a) ? isNotAvailable(b) : a === b;
}

/** Facts that all parts share stay; what differs from part to part becomes "other" or not available. */
function together(parts: readonly EventFacts[]): EventFacts {
  const steps = parts.reduce((sum, part) => sum + part.steps, 0);
  const [first] = parts;
  if (first === undefined) return { ...mechanism("none", without("composed")), steps };
  const several = notAvailable("the priced event composes several mechanisms");
  return {
    noiseMultiplier: parts.every((p) => same(p.noiseMultiplier, first.noiseMultiplier))
      ? first.noiseMultiplier
      : several,
    noiseDistribution: parts.every((p) => p.noiseDistribution === first.noiseDistribution)
      ? first.noiseDistribution
      : "other",
    sampling: parts.every((p) => p.sampling === first.sampling) ? first.sampling : "other",
    samplingProbability: parts.every((p) => same(p.samplingProbability, first.samplingProbability))
      ? first.samplingProbability
      : several,
    steps,
  };
}

/** Reads the mechanism off the event that is priced, so that the card can not say something else. */
export function describeEvent(event: DpEvent): EventFacts {
  switch (event.kind) {
    case "no-op":
      return { ...mechanism("none", without(event.kind)), steps: 0 };
    case "non-private":
      return mechanism("none", 0);
    case "gaussian":
      return mechanism(event.noiseMultiplier === 0 ? "none" : "gaussian", event.noiseMultiplier);
    case "laplace":
    case "discrete-laplace":
    case "zcdp":
    case "epsilon-delta":
    case "randomized-response":
    case "exponential-mechanism":
    case "mixture-of-gaussians":
    case "unsupported":
      return mechanism("other", without(event.kind));
    case "discrete-gaussian":
      return mechanism("discrete-gaussian", event.noiseMultiplier / event.sensitivity);
    case "discrete-gaussian-sum":
      return mechanism("discrete-gaussian", (event.stddev * Math.sqrt(event.summands)) / event.l2Sensitivity);
    case "poisson-sampled":
      return sampled(describeEvent(event.event), "poisson", event.samplingProbability);
    case "sampled-with-replacement":
      return sampled(describeEvent(event.event), "with-replacement", event.sampleSize / event.sourceDatasetSize);
    case "sampled-without-replacement":
      return sampled(describeEvent(event.event), "without-replacement", event.sampleSize / event.sourceDatasetSize);
    case "truncated-subsampled-gaussian":
      return sampled(mechanism("gaussian", event.noiseMultiplier), "truncated-poisson", event.samplingProbability);
    case "banded-matrix": {
      const inner = mechanism("gaussian", event.noiseMultiplier);
      return { ...sampled(inner, "cyclic-poisson", event.samplingProbability), steps: event.steps };
    }
    case "single-epoch-tree-aggregation": {
      const steps = event.stepCounts.reduce((sum, count) => sum + count, 0);
      return { ...mechanism("gaussian", event.noiseMultiplier), sampling: "other", steps };
    }
    case "shuffled": {
      const inner = describeEvent(event.event);
      const none = notAvailable("shuffled batches are priced without amplification");
      return { ...sampled(inner, "shuffled", none), steps: inner.steps * event.batches };
    }
    case "self-composed": {
      const inner = describeEvent(event.event);
      return { ...inner, steps: inner.steps * event.count };
    }
    case "composed":
      return together(event.events.map(describeEvent));
    case "repeat-and-select":
      return { ...describeEvent(event.event), sampling: "other", noiseMultiplier: without(event.kind) };
  }
}
