/** P[Binomial(n, p) = k] for k in 0 … n, by logarithms of factorials summed one by one: shares nothing with the bounds. */
export function binomialPmf(n: number, p: number): number[] {
  if (p === 0 || p === 1) return Array.from({ length: n + 1 }, (_, k) => Number(k === n * p));
  const logFactorial = [0];
  for (let k = 1; k <= n; k++) logFactorial.push(logFactorial[k - 1] + Math.log(k));
  return logFactorial.map((lf, k) =>
    Math.exp(logFactorial[n] - lf - logFactorial[n - k] + k * Math.log(p) + (n - k) * Math.log1p(-p)),
  );
}

/** Rates of the test "observation ≥ threshold" between N(μ, 1) and N(0, 1), by Simpson's rule. */
export function normalRates(mu: number, threshold: number): { readonly tpr: number; readonly fpr: number } {
  return { tpr: upperTail(threshold - mu), fpr: upperTail(threshold) };
}

function upperTail(from: number): number {
  const [steps, to] = [4000, 12];
  const h = (to - from) / steps;
  let total = 0;
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    total += weight * Math.exp(-((from + i * h) ** 2) / 2);
  }
  return (total * h) / 3 / Math.sqrt(2 * Math.PI);
}
