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
  // q·expm1(ε) in logs once it would overflow; the last factor pays for the rounding of the whole line
  const amplified =
    epsilon < 30 ? Math.log1p(q * Math.expm1(epsilon)) : epsilon + Math.log(q + (1 - q) * Math.exp(-epsilon));
  const pure: Mechanism = { kind: "pure", epsilon: Math.max(0, amplified) * (1 + 1e-14) };
  return { spends: epsilon > 0 ? [{ mechanism: pure, count: 1 }] : [], failure: inner.failure * q };
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
