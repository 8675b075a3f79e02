import { logAdd } from "../numeric/index.ts";
import type { Composition, Mechanism } from "./mechanism.ts";

/**
 * What Poisson sampling with probability q in (0, 1) makes of a mechanism on the batch, when one theorem covers it.
 *
 * - Gaussians on one batch are one Gaussian on the batch: the sampled Gaussian.
 * - Sampling a sampled batch multiplies the probabilities.
 * - An (ε, δ) mechanism becomes (log(1 + q·expm1 ε), q·δ).
 * - What protects nothing protects nothing when sampled.
 *
 * @returns undefined where no theorem here applies.
 * @guarantee Upper bound in both directions of add-or-remove-one.
 * @source Zhu, Dong, Wang 2022, arXiv:2106.08567v4 (dominating pairs under Poisson sampling); Balle, Barthe,
 *   Gaboardi 2018, arXiv:1807.01647v2, Thm 8 ((ε, δ)).
 */
export function sampleComposition(inner: Composition, q: number): Composition | undefined {
  const [first] = inner.spends;
  if (inner.spends.length === 1 && first !== undefined && first.count === 1 && inner.failure === 0) {
    const m = first.mechanism;
    if (m.kind === "gaussian") return sampledGaussian(q, m.noiseMultiplier);
    if (m.kind === "sampled-gaussian") return sampledGaussian(q * m.samplingProbability, m.noiseMultiplier);
  }
  if (inner.spends.some((s) => s.mechanism.kind === "unbounded")) {
    return { spends: [{ mechanism: { kind: "unbounded" }, count: 1 }], failure: 0 };
  }
  let epsilon = 0;
  for (const { mechanism, count } of inner.spends) {
    const bound = pureEpsilon(mechanism);
    if (bound === undefined) return undefined;
    epsilon += count * bound;
  }
  const pure: Mechanism = {
    kind: "pure",
    epsilon: amplified(epsilon, q) * (1 + 1e-14) + amplificationError(epsilon, q),
  };
  return { spends: epsilon > 0 ? [{ mechanism: pure, count: 1 }] : [], failure: inner.failure * q * (1 + 4e-16) };
}

/** log(1 + q·expm1(ε)) for q in (0, 1), in logs once the exponential would overflow. */
export function amplified(epsilon: number, q: number): number {
  return epsilon < 30 ? Math.log1p(q * Math.expm1(epsilon)) : logAdd(Math.log(q) + epsilon, Math.log1p(-q));
}

/** Bound on the absolute part of the error of {@link amplified}, where log q and ε cancel. */
export function amplificationError(epsilon: number, q: number): number {
  return epsilon < 30 ? 0 : 4e-16 * (epsilon - Math.log(q));
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
    case "gaussian":
    case "sampled-gaussian":
    case "concentrated":
    case "unbounded":
      return undefined;
  }
}
