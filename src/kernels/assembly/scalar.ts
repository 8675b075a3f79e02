// Functions of one f64, for what no lane function serves.

/** eˣ to about 1e-15: 2ⁿ · exp(r), |r| ≤ log(2) / 2, by its series. */
export function exponential(x: f64): f64 {
  if (x != x) return x;
  if (x > 709) return Infinity;
  if (x < -708) return 0;
  const n = nearest(x * 1.4426950408889634);
  // log 2 in two parts, the first short enough that n times it is exact
  const r = x - n * 0.69314718036912381649 - n * 1.90821492927058770002e-10;
  let term: f64 = 1;
  let sum: f64 = 1;
  for (let k = 1; k < 14; k++) {
    term *= r / <f64>k;
    sum += term;
  }
  return sum * reinterpret<f64>((<i64>n + 1023) << 52);
}

export function tangent(x: f64): f64 {
  const size = abs(x);
  // below, exp(−2x) and 1 cancel
  if (size < 1e-4) return x - (x * x * x) / 3;
  const e = exponential(-2 * size);
  return copysign((1 - e) / (1 + e), x);
}

export function exponentialLessOne(x: f64): f64 {
  if (abs(x) < 1e-3) return x * (1 + (x / 2) * (1 + (x / 3) * (1 + x / 4)));
  return exponential(x) - 1;
}

/** The normal distribution function to about 1e-13: its series near 0, Laplace's continued fraction in the tails. */
export function normalBelow(x: f64): f64 {
  if (x != x) return x;
  const size = abs(x);
  if (size > 38) return x > 0 ? 1 : 0;
  if (size < 3) {
    let term = x;
    let sum = x;
    for (let k = 1; k < 60; k++) {
      term *= (x * x) / <f64>(2 * k + 1);
      sum += term;
    }
    return 0.5 + sum * normalDensity(x);
  }
  let fraction = size;
  for (let k = 80; k > 0; k--) fraction = size + <f64>k / fraction;
  const tail = normalDensity(x) / fraction;
  return x > 0 ? 1 - tail : tail;
}

export function normalDensity(x: f64): f64 {
  return 0.3989422804014327 * exponential(-0.5 * x * x);
}
