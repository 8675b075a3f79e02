import type { Composition, Mechanism, SelectedMechanism } from "./mechanism.ts";
import { pureEpsilonOfPair } from "./outcome-divergence.ts";
import type { OutcomePair } from "./outcome-pair.ts";
import { sampledLoss, sampledLossError } from "./sampled-loss.ts";

/**
 * What Poisson sampling with probability q in (0, 1) makes of a mechanism on the batch.
 *
 * - Gaussians on one batch are one Gaussian on the batch: the sampled Gaussian.
 * - Sampling a sampled batch multiplies the probabilities.
 * - A mechanism with a dominating pair (P, Q) gets the pair ((1 − q)·Q + q·P, Q); a failure probability δ becomes q·δ.
 * - Several pure mechanisms on one batch become one of log(1 + q·expm1 Σε).
 * - What protects nothing protects nothing when sampled.
 * - Anything else is known by its Rényi divergences at whole orders.
 *
 * @guarantee Upper bound in both directions of add-or-remove-one.
 * @source Zhu, Dong, Wang 2022, arXiv:2106.08567v4 (dominating pairs under Poisson sampling); Balle, Barthe,
 *   Gaboardi 2018, arXiv:1807.01647v2, Thm 8 ((ε, δ)).
 */
export function sampleComposition(inner: Composition, q: number): Composition {
  const [first] = inner.spends;
  if (inner.spends.length === 1 && first !== undefined && first.count === 1 && inner.failure === 0) {
    const m = first.mechanism;
    if (m.kind === "gaussian") return sampledGaussian(q, m.noiseMultiplier);
    if (m.kind === "sampled-gaussian") return sampledGaussian(q * m.samplingProbability, m.noiseMultiplier);
  }
  const pair = inner.spends.length === 1 && first?.count === 1 ? sampledPairOf(first.mechanism, q) : undefined;
  if (pair !== undefined) return { spends: [{ mechanism: pair, count: 1 }], failure: inner.failure * q * (1 + 4e-16) };
  if (inner.spends.some((s) => s.mechanism.kind === "unbounded")) {
    return { spends: [{ mechanism: { kind: "unbounded" }, count: 1 }], failure: 0 };
  }
  let epsilon = 0;
  for (const { mechanism, count } of inner.spends) {
    const bound = pureEpsilon(mechanism);
    if (bound === undefined) return sampledByOrders(inner, q);
    epsilon += count * bound;
  }
  const pure: Mechanism = {
    kind: "pure",
    epsilon: sampledLoss(q, epsilon) * (1 + 1e-14) + sampledLossError(q, epsilon),
  };
  return { spends: epsilon > 0 ? [{ mechanism: pure, count: 1 }] : [], failure: inner.failure * q * (1 + 4e-16) };
}

/** ((1 − q)·Q + q·P, Q) for the pair of a mechanism, where it has one. */
function sampledPairOf(m: Mechanism, q: number): Mechanism | undefined {
  const sampled = (of: OutcomePair, isAttained: boolean): Mechanism => {
    const pair: OutcomePair = { shape: "sampled", samplingProbability: q, of };
    return { kind: "pair", pair, isAttained };
  };
  switch (m.kind) {
    case "laplace":
      return sampled({ shape: "laplace", epsilon: m.epsilon }, true);
    case "pure":
      return sampled({ shape: "binary", epsilon: m.epsilon }, false);
    case "bounded-range":
      return sampled({ shape: "bounded-range", epsilon: m.epsilon }, false);
    case "pair":
      return sampled(m.pair, m.isAttained);
    case "gaussian":
    case "sampled-gaussian":
    case "randomized-response":
    case "concentrated":
    case "sampled-composition":
    case "selected":
    case "unbounded":
      return undefined;
  }
}

/** Known by its divergences alone. */
function sampledByOrders({ spends, failure }: Composition, q: number): Composition {
  const [first] = spends;
  const isOne = spends.length === 1 && first?.count === 1;
  const mechanism: Mechanism = {
    kind: "sampled-composition",
    samplingProbability: q,
    inner: spends,
    isMirrored: isOne && first.mechanism.kind === "concentrated" && first.mechanism.isMirrored === true,
    isRevealed: false,
  };
  return { spends: [{ mechanism, count: 1 }], failure: failure * q * (1 + 4e-16) };
}

function sampledGaussian(samplingProbability: number, noiseMultiplier: number): Composition {
  return {
    spends: [{ mechanism: { kind: "sampled-gaussian", samplingProbability, noiseMultiplier }, count: 1 }],
    failure: 0,
  };
}

/** The ε at which a mechanism is ε-DP, where it is. */
export function pureEpsilon(mechanism: Mechanism): number | undefined {
  switch (mechanism.kind) {
    case "laplace":
    case "pure":
    case "randomized-response":
    case "bounded-range":
      return mechanism.epsilon;
    case "pair":
      return pureEpsilonOfPair(mechanism.pair);
    case "selected":
      return selectedPureEpsilon(mechanism);
    case "gaussian":
    case "sampled-gaussian":
    case "concentrated":
    case "sampled-composition":
    case "unbounded":
      return undefined;
  }
}

/** (2 + η)·ε: what {@link rdpOfSelection}'s formula tends to at the largest orders. */
function selectedPureEpsilon(m: SelectedMechanism): number | undefined {
  if (m.shape === Infinity) return undefined;
  let sum = 0;
  for (const { mechanism, count } of m.inner) {
    const epsilon = pureEpsilon(mechanism);
    if (epsilon === undefined) return undefined;
    sum += epsilon * count;
  }
  return (2 + m.shape) * sum * (1 + (m.inner.length + 2) * 2.3e-16);
}
