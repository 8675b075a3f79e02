import { logBinomial, regularizedIncompleteBeta } from "../numeric/index.ts";
import type { DpEvent, Neighboring, TruncatedSubsampledGaussianEvent } from "../events/index.ts";
import type { Composition, Mechanism } from "./mechanism.ts";
import type { OutcomePair } from "./outcome-pair.ts";
import { pureEpsilon } from "./sample-composition.ts";

const nothing: Composition = { spends: [], failure: 0 };

function once(mechanism: Mechanism, failure = 0): Composition {
  return { spends: [{ mechanism, count: 1 }], failure };
}

/** N(shift, 1) against N(0, 1). */
export function shiftedGaussian(shift: number): OutcomePair {
  return { shape: "mixture", shifts: [shift], probabilities: [1] };
}

/**
 * A uniform subset of a share q of the records, one record replaced. With the record in the batch (probability q) and its
 * replacement in it the batches are neighbors, with it and without it too (another record takes its place); by advanced
 * joint convexity the profile is at most q·δ(1 + (α − 1)/q) in both orders, δ that on the batch. There is a pair with
 * just this profile.
 *
 * @param inner - on the batch, under replace-one.
 * @guarantee Upper bound under replace-one, and under zero-out, whose neighbors are closer.
 * @source Balle, Barthe, Gaboardi 2018, arXiv:1807.01647v2, Thm 10 and 11; Zhu, Dong, Wang 2022, arXiv:2106.08567v4, Prop. 10
 *   (a convex profile has a dominating pair).
 */
export function fixedSizeBatch(inner: Composition, q: number): Composition {
  if (q === 1 || (inner.spends.length === 0 && inner.failure === 0)) return inner;
  if (q === 0) return nothing;
  const failure = Math.min(1, inner.failure * q * (1 + 4e-16));
  if (inner.spends.length === 0) return { spends: [], failure };
  const base = symmetricPair(inner);
  // a batch of a batch is cut by shape, of which there is none for a pair that is a mixture on both sides
  if (base === undefined || base.shape === "replaced") return revealedBatch(inner, q);
  const pair: OutcomePair = { shape: "fixed-size", samplingProbability: q, of: base };
  return once({ kind: "pair", pair, isAttained: false }, failure);
}

/**
 * A batch of which is revealed whether the record is in it: 1 − q + q·exp((α−1)ε(α)), which holds for any mechanism under
 * any relation, by joint convexity.
 */
export function revealedBatch(inner: Composition, q: number): Composition {
  const failure = Math.min(1, inner.failure * q * (1 + 4e-16));
  if (inner.spends.length === 0) return { spends: [], failure };
  const base = symmetricPair(inner);
  if (base === undefined) {
    return once(
      { kind: "sampled-composition", samplingProbability: q, inner: inner.spends, isMirrored: false, isRevealed: true },
      failure,
    );
  }
  const parts = [
    { weight: 1 - q, pair: undefined },
    { weight: q, pair: base },
  ];
  return once({ kind: "pair", pair: { shape: "either", parts }, isAttained: false }, failure);
}

/** One pair, equal to its mirror image, that dominates the whole composition; undefined where none is known. */
function symmetricPair(inner: Composition): OutcomePair | undefined {
  const [first] = inner.spends;
  if (inner.spends.length === 1 && first?.count === 1) {
    const m = first.mechanism;
    if (m.kind === "gaussian") return shiftedGaussian(1 / m.noiseMultiplier);
    if (m.kind === "laplace") return { shape: "laplace", epsilon: m.epsilon };
    if (m.kind === "bounded-range") return { shape: "bounded-range", epsilon: m.epsilon };
    if (m.kind === "pair" && (m.pair.shape === "discrete-laplace" || m.pair.shape === "replaced")) return m.pair;
  }
  let sum = 0;
  for (const { mechanism, count } of inner.spends) {
    const epsilon = pureEpsilon(mechanism);
    if (epsilon === undefined) return undefined;
    sum += epsilon * count;
  }
  // the worst of all mechanisms that are that private
  return { shape: "binary", epsilon: sum * (1 + inner.spends.length * 2.3e-16) };
}

/**
 * Poisson sampling of a sum when records are replaced: (1 − q)·N(0) + q·N(s) against (1 − q)·N(0) + q·N(−s) for Gaussian
 * noise, by Kahane's inequality the worst of all replacements within the bound; for Laplace noise the profile of
 * {@link fixedSizeBatch}, since leaving a contribution out moves the sum by no more than replacing it.
 *
 * @param inner - on the batch, under replace-one.
 * @returns undefined where only {@link revealedBatch} is known.
 * @source Kahane 1985, Ann. Sci. Math. Québec 9, 105–150; the pair also in dp_accounting 0.6.0.
 */
export function sampledSumUnderReplacement(inner: Composition, q: number): Composition | undefined {
  const [first] = inner.spends;
  if (inner.spends.length !== 1 || first?.count !== 1 || inner.failure > 0) return undefined;
  const m = first.mechanism;
  if (m.kind === "gaussian") {
    const pair: OutcomePair = { shape: "replaced", samplingProbability: q, shift: 0.5 / m.noiseMultiplier };
    return once({ kind: "pair", pair, isAttained: true });
  }
  const isLaplace = m.kind === "laplace" || (m.kind === "pair" && m.pair.shape === "discrete-laplace");
  return isLaplace ? fixedSizeBatch(inner, q) : undefined;
}

/** Only sums of contributions with noise: what is released without a record is what is released when it adds nothing. */
export function isSumRelease(event: DpEvent): boolean {
  if (event.kind === "self-composed") return isSumRelease(event.event);
  if (event.kind === "composed") return event.events.every(isSumRelease);
  return ["no-op", "gaussian", "laplace", "discrete-laplace"].includes(event.kind);
}

/** Whether a zeroed record changes which other records meet, so that zeroing it is not leaving it out. */
export function dependsOnPresence(event: DpEvent): boolean {
  switch (event.kind) {
    case "shuffled":
    case "single-epoch-tree-aggregation":
    case "sampled-with-replacement":
    case "sampled-without-replacement":
    case "truncated-subsampled-gaussian":
      return true;
    case "self-composed":
    case "repeat-and-select":
    case "poisson-sampled":
      return dependsOnPresence(event.event);
    case "composed":
      return event.events.some(dependsOnPresence);
    case "no-op":
    case "non-private":
    case "unsupported":
    case "gaussian":
    case "laplace":
    case "discrete-gaussian":
    case "discrete-laplace":
    case "zcdp":
    case "epsilon-delta":
    case "randomized-response":
    case "exponential-mechanism":
    case "mixture-of-gaussians":
    case "banded-matrix":
    case "discrete-gaussian-sum":
      return false;
  }
}

/** Draws beyond this probability count as failures. */
const logNegligible = Math.log(1e-40);

/**
 * m draws with replacement from n records, one Gaussian sum of them: how often the record was drawn counts as revealed,
 * J ~ Bin(m, 1/n), and moves the sum by J contributions.
 *
 * @param shift - of one contribution, in stddevs, with the relation applied.
 * @guarantee Upper bound, by joint convexity over J.
 */
export function batchWithReplacement(shift: number, draws: number, records: number): Composition {
  if (draws === 0) return nothing;
  const parts: { weight: number; pair: OutcomePair | undefined }[] = [];
  let failure = 0;
  for (let j = 0; j <= draws; j++) {
    const log = logBinomialMass(draws, j, 1 / records);
    // past the mode the masses fall at least as fast as their first ratio
    if (j > 2 * (draws / records) + 1 && log < logNegligible) {
      failure = Math.exp(log) * 2 * (1 + 1e-10);
      break;
    }
    parts.push({ weight: Math.exp(log) * (1 + 1e-12), pair: j === 0 ? undefined : shiftedGaussian(j * shift) });
  }
  return once({ kind: "pair", pair: { shape: "either", parts }, isAttained: false }, failure);
}

function logBinomialMass(n: number, k: number, p: number): number {
  if (p === 1) return k === n ? 0 : -Infinity;
  return logBinomial(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p);
}

/** A group of k records in a Poisson sample: Bin(k, q) of them are in it. Exact for Gaussians, when records come and go. */
export function groupInSample(shift: number, q: number, groupSize: number): Composition {
  const counts = Array.from({ length: groupSize + 1 }, (_, j) => j);
  const probabilities = counts.map((j) => Math.exp(logBinomialMass(groupSize, j, q)));
  const pair: OutcomePair = { shape: "mixture", shifts: counts.map((j) => j * shift), probabilities };
  return once({ kind: "pair", pair, isAttained: true });
}

/**
 * Poisson sampling with q from n records, cut uniformly at B, one Gaussian sum. Whether at least B other records were drawn
 * is counted as revealed. If not, nothing is cut: a plain Poisson step. If so, the batch holds B records either way, and the
 * record, in it with probability c, has taken the place of another: the sum moves by two contributions.
 *
 *   Pr[cut] = Pr[Bin(n − 1, q) ≥ B],  c = B·Pr[Bin(n, q) > B]/(n·Pr[cut])
 *
 * @param shift - of one contribution, in stddevs.
 * @guarantee Upper bound for neighbors of which the larger has n records.
 * @source Ganesh, McKenna, McMahan, Smith, Wu 2025, arXiv:2508.15089 (the mixture); the second part under replacement or
 *   zeroing: {@link fixedSizeBatch}.
 */
export function truncatedBatch(event: TruncatedSubsampledGaussianEvent, neighboring: Neighboring): Composition {
  const { datasetSize: n, samplingProbability: q, truncatedBatchSize: limit } = event;
  if (q === 0 || limit === 0) return nothing;
  const shift = 1 / event.noiseMultiplier;
  const whole: OutcomePair =
    neighboring === "replace-one"
      ? { shape: "replaced", samplingProbability: q, shift }
      : { shape: "sampled", samplingProbability: q, of: shiftedGaussian(shift) };
  if (limit >= n) return once({ kind: "pair", pair: whole, isAttained: true });
  const error = 1e-10;
  const cut = Math.min(1, upperTail(n - 1, limit, q) * (1 + error));
  if (!(cut > 0)) return once({ kind: "pair", pair: whole, isAttained: false }, 1e-290);
  const share = Math.min(q, ((limit * upperTail(n, limit + 1, q)) / (n * cut)) * (1 + 3 * error));
  const shape = neighboring === "add-or-remove-one" ? "sampled" : "fixed-size";
  const parts = [{ weight: cut, pair: { shape, samplingProbability: share, of: shiftedGaussian(2 * shift) } as const }];
  const rest = { weight: Math.min(1, 1 - cut * (1 - 2 * error)), pair: whole };
  return once({
    kind: "pair",
    pair: { shape: "either", parts: cut < 1 ? [rest, ...parts] : parts },
    isAttained: false,
  });
}

/** Pr[Bin(n, q) ≥ k], 1 ≤ k ≤ n. */
function upperTail(n: number, k: number, q: number): number {
  return q === 1 ? 1 : regularizedIncompleteBeta(q, k, n - k + 1);
}
