/** P[Binomial(n, p) = k] for k in 0 … n, by the two-term recurrence over n: no gamma function, no beta function. */
export function binomialPmf(n: number, p: number): number[] {
  let row = [1];
  for (let i = 0; i < n; i++) {
    row = Array.from({ length: i + 2 }, (_, k) => (row[k] ?? 0) * (1 - p) + (row[k - 1] ?? 0) * p);
  }
  return row;
}

export function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
