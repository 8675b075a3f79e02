import { invalidArgument } from "../core/index.ts";
import type { DiscreteGaussianSumEvent } from "../events/index.ts";

/**
 * The zCDP parameter ρ = ε²/2 of a sum of n independent discrete Gaussians N_Z(0, σ²) on an integer vector:
 *
 *   τ = 10 Σ_{k=1}^{n−1} exp(−2π²σ²k/(k+1))
 *   ε = min( √(Δ₂²/(nσ²) + 2τd), √(Δ₂²/(nσ²) + 2Δ₁τ/(√n σ) + τ²d), Δ₂/(√n σ) + τ√d )
 *
 * The sum is not itself a discrete Gaussian; τ prices the difference. The first form is the one that follows at every order α ≥ 1
 * from the source's D_α ≤ αΔ₂²/(2nσ²) + τd: its own ε has τd/2 there, which needs D_α ≤ αΔ₂²/(2nσ²) + ατd/4 and is not shown by
 * that bound below α = 4. Where σ ≥ 3 neither term is above 1e-37·d.
 *
 * @param moved - how many contributions the sum moves by (2 under replace-one).
 * @param path - of the event, for the refusal.
 * @throws PrivacyError `invalid_argument` for σ < 1/2, where the theorem does not hold.
 * @source Kairouz, Liu, Steinke 2021, arXiv:2102.06387v4, Prop. 14.
 */
export function discreteGaussianSumRho(event: DiscreteGaussianSumEvent, moved: number, path: string): number {
  const { summands: n, stddev: s, dimension: d } = event;
  if (s < 0.5) {
    throw invalidArgument(`${path}.stddev`, "at least 0.5 for a sum of discrete Gaussians", s, "scale the integers up");
  }
  const [l1, l2] = [event.l1Sensitivity * moved, event.l2Sensitivity * moved];
  const tau = 10 * distance(n, s);
  const base = (l2 * l2) / (n * s * s);
  const root = Math.sqrt(n) * s;
  const epsilonSquared = Math.min(
    base + 2 * tau * d,
    base + (2 * l1 * tau) / root + tau * tau * d,
    (l2 / root + tau * Math.sqrt(d)) ** 2,
  );
  return (epsilonSquared / 2) * (1 + 1e-13);
}

/** Σ_{k=1}^{n−1} exp(−2π²σ²k/(k+1)), from above: terms past the first 10,000 count as much as the last of these. */
function distance(n: number, s: number): number {
  const rate = 2 * Math.PI * Math.PI * s * s;
  const head = Math.min(n - 1, 10_000);
  let sum = 0;
  for (let k = 1; k <= head; k++) sum += Math.exp((-rate * k) / (k + 1));
  return head === 0 ? 0 : sum + (n - 1 - head) * Math.exp((-rate * head) / (head + 1));
}
