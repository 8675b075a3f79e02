import { logAdd, logExpm1 } from "../numeric/index.ts";
import { expRemainder } from "./divergence-weight.ts";
import type { Composition, Mechanism, Spend } from "./mechanism.ts";
import { rdpOfOutcomes } from "./outcome-divergence.ts";
import { rdpOfSampledComposition } from "./rdp-sampled-composition.ts";
import { rdpOfSelection } from "./rdp-selection.ts";
import { rdpSampledGaussian } from "./rdp-sampled-gaussian.ts";

/** Rounding of the closed forms below, added to each. */
const closedFormError = 1e-13;

/**
 * Rényi divergence of real order α > 1 of one mechanism, in the worse direction, in nats; Infinity allowed.
 *
 * @guarantee Upper bound, rounded up.
 * @source Laplace: Mironov 2017, arXiv:1702.07476v3, Prop. 6; ε-DP: Prop. 5 there (binary randomised response, the worst
 *   ε-DP mechanism); bounded range: Cesar, Rogers 2021, arXiv:2004.07223v2, Lemma 3.4 (ε²/8-zCDP); others in their files.
 */
export function rdpOfMechanism(m: Mechanism, order: number): number {
  switch (m.kind) {
    case "gaussian":
      return (order / (2 * m.noiseMultiplier * m.noiseMultiplier)) * (1 + closedFormError);
    case "sampled-gaussian":
      return rdpSampledGaussian(m.samplingProbability, m.noiseMultiplier, order);
    case "laplace":
      return Math.min(m.epsilon, (logMomentLaplace(m.epsilon, order) / (order - 1)) * (1 + closedFormError));
    case "pure":
      return rdpOfPure(m.epsilon, order, logTruthOfPure(m.epsilon));
    case "randomized-response":
      return rdpOfPure(m.epsilon, order, Math.min(0, Math.log(m.lowProbability) + m.epsilon));
    case "bounded-range":
      return Math.min(
        rdpOfPure(m.epsilon, order, logTruthOfPure(m.epsilon)),
        ((order * m.epsilon * m.epsilon) / 8) * (1 + closedFormError),
      );
    case "concentrated":
      return (m.xi + m.rho * order) * (1 + closedFormError);
    case "pair":
      return rdpOfOutcomes(m.pair, order);
    case "sampled-composition":
      return rdpOfSampledComposition(m, order, (k) => rdpOfSpends(m.inner, k));
    case "selected":
      return rdpOfSelection(m, order, (k) => rdpOfSpends(m.inner, k));
    case "unbounded":
      return Infinity;
  }
}

/** Rényi divergence adds under adaptive composition [Mironov 2017, arXiv:1702.07476v3, Prop. 1]. */
export function rdpOfComposition(composition: Composition, order: number): number {
  return rdpOfSpends(composition.spends, order);
}

function rdpOfSpends(spends: readonly Spend[], order: number): number {
  let sum = 0;
  for (const { mechanism, count } of spends) sum += count * rdpOfMechanism(mechanism, order);
  return sum * (1 + spends.length * 2.3e-16);
}

/** log A with A − 1 = [α·r((α−1)ε) + (α−1)·r(−αε)] / (2α − 1), r(y) = exp(y) − 1 − y: the linear parts cancel exactly. */
function logMomentLaplace(epsilon: number, a: number): number {
  const b = a - 1;
  if (b * epsilon < 1) return Math.log1p((a * expRemainder(b * epsilon) + b * expRemainder(-a * epsilon)) / (a + b));
  // the sum of the two exponentials themselves, the larger one taken out
  return b * epsilon + Math.log(a / (a + b)) + Math.log1p((b / a) * Math.exp((1 - 2 * a) * epsilon));
}

/** log of the probability e^ε/(1 + e^ε) of the true one of two answers; finite where the other's is below all doubles. */
function logTruthOfPure(epsilon: number): number {
  return -Math.log1p(Math.exp(-epsilon));
}

/**
 * Randomised response with answers e^ε times as likely when true, then of probability `high`, else of `low`:
 * A − 1 = low·expm1(αε)·(1 − exp(−(α−1)ε)), every factor ≥ 0, = high·expm1((α−1)ε) − low·(1 − exp(−(α−1)ε)). With two
 * answers it dominates every ε-DP mechanism.
 */
function rdpOfPure(epsilon: number, a: number, logHigh: number): number {
  const b = a - 1;
  const head = a * epsilon;
  if (head >= 30) {
    // the second term of the difference, below exp(−30) of the first, is left out
    const logA = logAdd(0, logHigh + logExpm1(b * epsilon));
    return Math.min(epsilon, (logA / b) * (1 + closedFormError));
  }
  const low = Math.exp(logHigh - epsilon);
  const logA = Math.log1p(low * Math.expm1(head) * -Math.expm1(-b * epsilon));
  return Math.min(epsilon, (logA / b) * (1 + closedFormError));
}
