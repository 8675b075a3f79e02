/**
 * The convex weight of the Rényi moment, g(u) = (1 + u)^α − 1 − αu ≥ 0 for u > −1, α > 1, as a sum of two parts that are
 * each ≥ 0 and each computed without cancellation. With b = α − 1 and l = log(1 + u):
 *
 *   g(u) = b·[(1 + u)·l − u] + (1 + u)·[exp(bl) − 1 − bl]
 *
 * @source Own identity; the moment it serves is Mironov, Talwar, Zhang 2019, arXiv:1908.10530, §3.
 */

/** exp(y) − 1 − y ≥ 0 to full relative accuracy; y below the overflow of exp. */
export function expRemainder(y: number): number {
  if (Math.abs(y) > 0.3) return Math.expm1(y) - y;
  let [term, sum] = [(y * y) / 2, 0];
  for (let k = 3; k <= 14; k++) {
    sum += term;
    term *= y / k;
  }
  return sum;
}

/** (1 + u)·log(1 + u) − u ≥ 0 to full relative accuracy. */
function entropyRemainder(u: number, log1pU: number): number {
  if (Math.abs(u) > 0.05) return (1 + u) * log1pU - u;
  let [power, sum] = [u * u, 0];
  for (let k = 2; k <= 13; k++) {
    sum += power / (k * (k - 1));
    power *= -u;
  }
  return sum;
}

/**
 * log g, from u and l = log(1 + u), both given because each is accurate where the other is not.
 *
 * @param u - likelihood ratio minus one, > −1; Infinity allowed when l is finite.
 * @returns log g(u); −Infinity at u = 0.
 */
export function logDivergenceWeight(u: number, log1pU: number, order: number): number {
  const b = order - 1;
  const y = b * log1pU;
  if (log1pU < 1 && y < 30) return Math.log(b * entropyRemainder(u, log1pU) + Math.exp(log1pU) * expRemainder(y));
  // divided by 1 + u, so that nothing overflows: g = (1 + u)·[b(l − 1 + exp(−l)) + exp(y) − 1 − y]
  const head = b * (log1pU - 1 + Math.exp(-log1pU));
  if (y < 30) return log1pU + Math.log(head + expRemainder(y));
  return log1pU + y + Math.log1p((head - 1 - y) * Math.exp(-y));
}
