import { PrivacyError, invalidArgument } from "../core/index.ts";
import type { DpEvent, DpEventKind, Neighboring } from "../events/index.ts";
import { discreteGaussianSumRho } from "./discrete-gaussian-sum.ts";
import type { Composition, Mechanism } from "./mechanism.ts";
import { mergeCompositions } from "./mechanism.ts";
import { contributionsMoved } from "./relation.ts";
import { sampleComposition } from "./sample-composition.ts";

/** Where in the event we are, and under which relation. */
export interface EventPlace {
  readonly neighboring: Neighboring;
  /** Like `event.events[2].event`. */
  readonly path: string;
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
export function compileEvent(event: DpEvent, neighboring: Neighboring): Composition {
  return mergeCompositions([compile(event, { neighboring, path: "event" })]);
}

function compile(event: DpEvent, place: EventPlace): Composition {
  const moved = contributionsMoved(place.neighboring);
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
      return concentrated(0, (event.sensitivity * moved) ** 2 / (2 * event.noiseMultiplier ** 2));
    case "discrete-laplace":
      return event.sensitivity === 0 ? nothing : pure(event.noiseParameter * event.sensitivity * moved);
    case "zcdp":
      return concentrated(event.xi, event.rho);
    case "epsilon-delta":
      // an (ε, δ) mechanism is dominated by revealing all with probability δ and ε-randomised response otherwise
      // [Kairouz, Oh, Viswanath 2015, arXiv:1311.0776v4, Thm 3.2 and its proof]
      return { spends: pure(event.epsilon).spends, failure: event.delta };
    case "randomized-response":
      return randomizedResponse(event.noiseParameter, event.numBuckets, place);
    case "exponential-mechanism":
      if (event.epsilon === 0) return nothing;
      return once(
        event.epsilon === Infinity ? { kind: "unbounded" } : { kind: "bounded-range", epsilon: event.epsilon },
      );
    case "poisson-sampled":
      return poisson(event.samplingProbability, event.event, place, event.kind);
    case "banded-matrix":
      // bands groups, each a run of ceil(steps / bands) Poisson-sampled Gaussians [Choquette-Choo et al. 2023,
      // arXiv:2306.08153v2, Thm 4]; noise is relative to the largest column norm of the strategy matrix
      return repeat(
        poisson(
          event.samplingProbability,
          { kind: "gaussian", noiseMultiplier: event.noiseMultiplier },
          place,
          event.kind,
        ),
        Math.ceil(event.steps / event.bands),
        place,
      );
    case "shuffled":
      // every record is in exactly one batch, the batches are disjoint and fixed in size: one event per record
      refuseAddOrRemove(event.kind, place);
      return compile(event.event, { ...place, path: `${place.path}.event` });
    case "single-epoch-tree-aggregation":
      refuseAddOrRemove(event.kind, place);
      return tree(event.noiseMultiplier / moved, event.stepCounts);
    case "discrete-gaussian-sum":
      return concentrated(0, discreteGaussianSumRho(event, moved));
    case "self-composed":
      return repeat(compile(event.event, { ...place, path: `${place.path}.event` }), event.count, place);
    case "composed":
      return mergeCompositions(
        event.events.map((e, i) => compile(e, { ...place, path: `${place.path}.events[${i}]` })),
      );
    case "sampled-with-replacement":
    case "sampled-without-replacement":
      refuseAddOrRemove(event.kind, place);
      throw unsupportedEvent(event.kind, place, "no engine for batches of a fixed size yet; use Poisson sampling");
    case "truncated-subsampled-gaussian":
      throw unsupportedEvent(event.kind, place, "no engine for truncated batches yet; use Poisson sampling");
    case "mixture-of-gaussians":
      throw unsupportedEvent(event.kind, place, "no engine for mixtures of sensitivities yet");
    case "repeat-and-select":
      throw unsupportedEvent(event.kind, place, "no engine for private selection yet; account for every repetition");
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

function concentrated(xi: number, rho: number): Composition {
  if (xi === 0 && rho === 0) return nothing;
  return once(Number.isFinite(xi + rho) ? { kind: "concentrated", xi, rho } : { kind: "unbounded" });
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

function poisson(q: number, inner: DpEvent, place: EventPlace, kind: DpEventKind): Composition {
  const innerPath = kind === "poisson-sampled" ? `${place.path}.event` : place.path;
  const compiled = mergeCompositions([compile(inner, { ...place, path: innerPath })]);
  if (q === 1 || (compiled.spends.length === 0 && compiled.failure === 0)) return compiled;
  if (q === 0) return nothing;
  // add-or-remove-one and zero-out give the same pair: without the record's contribution, or with it with probability q;
  // a zeroed record is still drawn, but contributes nothing, and the public normaliser does not depend on the batch
  if (place.neighboring === "replace-one") {
    throw unsupportedEvent(kind, place, "Poisson sampling is analysed for records that come, go or are zeroed");
  }
  const sampled = sampleComposition(compiled, q);
  if (sampled === undefined) {
    throw unsupportedEvent(
      kind,
      place,
      "sampling amplifies Gaussians or (epsilon, delta) mechanisms here, not mixtures of these",
    );
  }
  return sampled;
}

function repeat(part: Composition, count: number, place: EventPlace): Composition {
  if (count === 0) return nothing;
  const spends = part.spends.map((s) => ({ mechanism: s.mechanism, count: s.count * count }));
  if (spends.some((s) => s.count > Number.MAX_SAFE_INTEGER)) {
    throw invalidArgument(place.path, "a composition of at most 2^53 - 1 mechanisms", "more");
  }
  return { spends, failure: Math.min(1, part.failure * count) };
}
