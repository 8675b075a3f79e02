/**
 * The upper tail of Binomial(trials, q) with odds q / (1 − q) = e^logOdds: entry k is P[B ≥ k], for k in 0 … trials + 1.
 *
 * Ratios of neighboring terms, outward from the mode, so no factorial is formed; then a sum from the thin end. Every
 * entry has a relative error below about 4·trials·2⁻⁵³ (2e-9 at a million trials), or is below 1e-300.
 */
export function binomialUpperTail(trials: number, logOdds: number): Float64Array {
  const odds = Math.exp(logOdds);
  const mode = Math.min(trials, Math.floor((trials + 1) / (1 + Math.exp(-logOdds))));
  const term = new Float64Array(trials + 2);
  term[mode] = 1;
  for (let k = mode; k < trials && term[k] > 0; k++) term[k + 1] = term[k] * ((trials - k) / (k + 1)) * odds;
  for (let k = mode; k > 0 && term[k] > 0; k--) term[k - 1] = term[k] * (k / (trials - k + 1) / odds);
  const total = term.reduce((a, b) => a + b, 0);
  for (let k = trials; k >= 0; k--) term[k] = term[k] / total + term[k + 1];
  // the sum of all terms is 1 by definition; rounding must not say more
  return term.map((p) => Math.min(1, p));
}
