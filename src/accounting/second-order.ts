/** A complex number. */
export type Complex = readonly [number, number];

/** Σ of coefficient(k)·z^k from k = 2 on, by Horner's rule from below. */
function seriesFrom2([x, y]: Complex, coefficients: readonly number[]): Complex {
  let [re, im] = [0, 0];
  for (const c of coefficients) [re, im] = [c + re * x - im * y, re * y + im * x];
  const [a, b] = [x * x - y * y, 2 * x * y];
  return [re * a - im * b, re * b + im * a];
}

const factorials = [1, 1];
for (let k = 2; k <= 18; k++) factorials.push((factorials[k - 1] ?? 1) * k);
const expTerms = factorials
  .slice(2)
  .map((f) => 1 / f)
  .toReversed();
const logTerms = Array.from({ length: 18 }, (_, k) => (k % 2 === 0 ? -1 : 1) / (k + 2)).toReversed();

/** exp(z) − 1 without cancellation. */
export function complexExpm1(x: number, y: number): Complex {
  return [Math.expm1(x) * Math.cos(y) - 2 * Math.sin(y / 2) ** 2, Math.exp(x) * Math.sin(y)];
}

/** exp(z) − 1 − z, accurate relative to its own size up to a few units: the series of 17 terms for |z| < 1/2. */
export function expExcess(x: number, y: number): Complex {
  if (Math.hypot(x, y) < 0.5) return seriesFrom2([x, y], expTerms);
  const [re, im] = complexExpm1(x, y);
  return [re - x, im - y];
}

/** log(1 + u) − u for |u| < 0.1, by a series of 18 terms. */
export function logExcess(x: number, y: number): Complex {
  return seriesFrom2([x, y], logTerms);
}
