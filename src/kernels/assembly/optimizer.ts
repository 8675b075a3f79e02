// Steps of optimizers on f32 weights, entry by entry: TensorFlow.js's operations in its order, each rounded by itself, so
// that the numbers are tf.train's to the bit. Counts are multiples of 4; what fills the last vector up is never read.

const lane: usize = 16;

/** weights += −rate · gradient. */
export function stepSgd(weights: usize, gradient: usize, count: i32, minusRate: f32): void {
  const c = f32x4.splat(minusRate);
  for (let end = weights + ((<usize>count) << 2); weights < end; weights += lane) {
    v128.store(weights, f32x4.add(f32x4.mul(c, v128.load(gradient)), v128.load(weights)));
    gradient += lane;
  }
}

/** sum = momentum · sum + gradient; weights move along it, or, by Nesterov, along gradient + momentum · sum. */
export function stepMomentum(
  weights: usize,
  gradient: usize,
  sum: usize,
  count: i32,
  minusRate: f32,
  momentum: f32,
  isNesterov: bool,
): void {
  const c = f32x4.splat(minusRate);
  const m = f32x4.splat(momentum);
  for (let end = weights + ((<usize>count) << 2); weights < end; weights += lane) {
    const g = v128.load(gradient);
    const next = f32x4.add(f32x4.mul(m, v128.load(sum)), g);
    const way = isNesterov ? f32x4.add(g, f32x4.mul(next, m)) : next;
    v128.store(weights, f32x4.add(f32x4.mul(c, way), v128.load(weights)));
    v128.store(sum, next);
    gradient += lane;
    sum += lane;
  }
}

/** old · decay + new · (1 − decay). */
function average(old: v128, decay: v128, value: v128, rest: v128): v128 {
  return f32x4.add(f32x4.mul(old, decay), f32x4.mul(value, rest));
}

/** `means` is 0 where the squares are not centered. */
export function stepRmsProp(
  weights: usize,
  gradient: usize,
  squares: usize,
  moments: usize,
  means: usize,
  count: i32,
  rate: f32,
  decay: f32,
  rest: f32,
  momentum: f32,
  epsilon: f32,
): void {
  const d = f32x4.splat(decay);
  const r = f32x4.splat(rest);
  const m = f32x4.splat(momentum);
  const e = f32x4.splat(epsilon);
  const a = f32x4.splat(rate);
  const isCentered = means != 0;
  for (let end = weights + ((<usize>count) << 2); weights < end; weights += lane) {
    const g = v128.load(gradient);
    const square = average(v128.load(squares), d, f32x4.mul(g, g), r);
    let under: v128;
    if (isCentered) {
      const mean = average(v128.load(means), d, g, r);
      v128.store(means, mean);
      under = f32x4.sub(square, f32x4.add(f32x4.mul(mean, mean), e));
      means += lane;
    } else {
      under = f32x4.add(square, e);
    }
    const part = f32x4.div(f32x4.mul(g, a), f32x4.sqrt(under));
    const moment = f32x4.add(f32x4.mul(v128.load(moments), m), part);
    v128.store(squares, square);
    v128.store(moments, moment);
    v128.store(weights, f32x4.sub(v128.load(weights), moment));
    gradient += lane;
    squares += lane;
    moments += lane;
  }
}

export function stepAdagrad(
  weights: usize,
  gradient: usize,
  squares: usize,
  count: i32,
  minusRate: f32,
  epsilon: f32,
): void {
  const c = f32x4.splat(minusRate);
  const e = f32x4.splat(epsilon);
  for (let end = weights + ((<usize>count) << 2); weights < end; weights += lane) {
    const g = v128.load(gradient);
    const square = f32x4.add(v128.load(squares), f32x4.mul(g, g));
    const way = f32x4.div(g, f32x4.sqrt(f32x4.add(square, e)));
    v128.store(squares, square);
    v128.store(weights, f32x4.add(f32x4.mul(way, c), v128.load(weights)));
    gradient += lane;
    squares += lane;
  }
}

export function stepAdadelta(
  weights: usize,
  gradient: usize,
  squares: usize,
  updates: usize,
  count: i32,
  minusRate: f32,
  decay: f32,
  rest: f32,
  epsilon: f32,
): void {
  const c = f32x4.splat(minusRate);
  const d = f32x4.splat(decay);
  const r = f32x4.splat(rest);
  const e = f32x4.splat(epsilon);
  for (let end = weights + ((<usize>count) << 2); weights < end; weights += lane) {
    const g = v128.load(gradient);
    const square = v128.load(squares);
    const update = v128.load(updates);
    const ratio = f32x4.div(f32x4.sqrt(f32x4.add(update, e)), f32x4.sqrt(f32x4.add(square, e)));
    const way = f32x4.mul(ratio, g);
    v128.store(squares, average(square, d, f32x4.mul(g, g), r));
    v128.store(updates, average(update, d, f32x4.mul(way, way), r));
    v128.store(weights, f32x4.add(f32x4.mul(way, c), v128.load(weights)));
    gradient += lane;
    squares += lane;
    updates += lane;
  }
}

/** `firstLeft` and `secondLeft` are 1 − β₁ᵗ and 1 − β₂ᵗ. */
export function stepAdam(
  weights: usize,
  gradient: usize,
  first: usize,
  second: usize,
  count: i32,
  minusRate: f32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  firstLeft: f32,
  secondLeft: f32,
  epsilon: f32,
): void {
  const c = f32x4.splat(minusRate);
  const b1 = f32x4.splat(beta1);
  const r1 = f32x4.splat(rest1);
  const b2 = f32x4.splat(beta2);
  const r2 = f32x4.splat(rest2);
  const l1 = f32x4.splat(firstLeft);
  const l2 = f32x4.splat(secondLeft);
  const e = f32x4.splat(epsilon);
  for (let end = weights + ((<usize>count) << 2); weights < end; weights += lane) {
    const g = v128.load(gradient);
    const m = average(v128.load(first), b1, g, r1);
    const v = average(v128.load(second), b2, f32x4.mul(g, g), r2);
    const way = f32x4.div(f32x4.div(m, l1), f32x4.add(f32x4.sqrt(f32x4.div(v, l2)), e));
    v128.store(first, m);
    v128.store(second, v);
    v128.store(weights, f32x4.add(f32x4.mul(way, c), v128.load(weights)));
    gradient += lane;
    first += lane;
    second += lane;
  }
}
