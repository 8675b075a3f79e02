// Normalization within an example: groups of `lines` lines of `length` floats, lines `lineStep` and groups `groupStep` apart.

/**
 * to = (from − mean) / sqrt(variance + epsilon) within each group, and `inverse`[group] = 1 / sqrt(variance + epsilon).
 * Means in f64.
 */
export function normalize(
  to: usize,
  inverse: usize,
  from: usize,
  groups: i32,
  groupStep: i32,
  lines: i32,
  lineStep: i32,
  length: i32,
  epsilon: f64,
): void {
  const count = <f64>(lines * length);
  for (let group = 0; group < groups; group++) {
    const first = (<usize>(group * groupStep)) << 2;
    let sum: f64 = 0;
    for (let line = 0; line < lines; line++) {
      sum += sumOf(from + first + ((<usize>(line * lineStep)) << 2), length);
    }
    const mean = <f32>(sum / count);
    let squares: f64 = 0;
    for (let line = 0; line < lines; line++) {
      const offset = first + ((<usize>(line * lineStep)) << 2);
      squares += center(to + offset, from + offset, length, mean);
    }
    const factor = <f32>(1 / Math.sqrt(squares / count + epsilon));
    for (let line = 0; line < lines; line++) scale(to + first + ((<usize>(line * lineStep)) << 2), length, factor);
    store<f32>(inverse + ((<usize>group) << 2), factor);
  }
}

function sumOf(from: usize, length: i32): f64 {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let k = 0;
  for (; k + 8 <= length; k += 8) {
    s0 = f64x2.add(s0, f64x2.promote_low_f32x4(v128.load64_zero(from)));
    s1 = f64x2.add(s1, f64x2.promote_low_f32x4(v128.load64_zero(from, 8)));
    s2 = f64x2.add(s2, f64x2.promote_low_f32x4(v128.load64_zero(from, 16)));
    s3 = f64x2.add(s3, f64x2.promote_low_f32x4(v128.load64_zero(from, 24)));
    from += 32;
  }
  let sum = sumOfFour(s0, s1, s2, s3);
  for (; k < length; k++) {
    sum += <f64>load<f32>(from);
    from += 4;
  }
  return sum;
}

function sumOfFour(a: v128, b: v128, c: v128, d: v128): f64 {
  const sum = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** The upper two floats, as f64. */
function promoteHigh(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
}

/** to = from − mean; returns the sum of the squares of that. */
function center(to: usize, from: usize, length: i32, mean: f32): f64 {
  const middle = f32x4.splat(mean);
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let k = 0;
  for (; k + 8 <= length; k += 8) {
    const x = f32x4.sub(v128.load(from), middle);
    const y = f32x4.sub(v128.load(from, 16), middle);
    v128.store(to, x);
    v128.store(to, y, 16);
    const x0 = f64x2.promote_low_f32x4(x);
    const x1 = promoteHigh(x);
    const y0 = f64x2.promote_low_f32x4(y);
    const y1 = promoteHigh(y);
    s0 = f64x2.add(s0, f64x2.mul(x0, x0));
    s1 = f64x2.add(s1, f64x2.mul(x1, x1));
    s2 = f64x2.add(s2, f64x2.mul(y0, y0));
    s3 = f64x2.add(s3, f64x2.mul(y1, y1));
    from += 32;
    to += 32;
  }
  let sum = sumOfFour(s0, s1, s2, s3);
  for (; k < length; k++) {
    const x = load<f32>(from) - mean;
    store<f32>(to, x);
    sum += <f64>x * <f64>x;
    from += 4;
    to += 4;
  }
  return sum;
}

function scale(at: usize, length: i32, factor: f32): void {
  const all = f32x4.splat(factor);
  let k = 0;
  for (; k + 4 <= length; k += 4) {
    v128.store(at, f32x4.mul(v128.load(at), all));
    at += 16;
  }
  for (; k < length; k++) {
    store<f32>(at, load<f32>(at) * factor);
    at += 4;
  }
}

/** In place: ∂loss/∂normalized to ∂loss/∂input, that is (g − mean(g) − x̂ · mean(g · x̂)) · inverse. */
export function denormalize(
  gradient: usize,
  normalized: usize,
  inverse: usize,
  groups: i32,
  groupStep: i32,
  lines: i32,
  lineStep: i32,
  length: i32,
): void {
  const count = <f64>(lines * length);
  for (let group = 0; group < groups; group++) {
    const first = (<usize>(group * groupStep)) << 2;
    let sum: f64 = 0;
    let products: f64 = 0;
    for (let line = 0; line < lines; line++) {
      const offset = first + ((<usize>(line * lineStep)) << 2);
      sum += sumOf(gradient + offset, length);
      products += sumOfProducts(gradient + offset, normalized + offset, length);
    }
    const factor = load<f32>(inverse + ((<usize>group) << 2));
    for (let line = 0; line < lines; line++) {
      const offset = first + ((<usize>(line * lineStep)) << 2);
      project(gradient + offset, normalized + offset, length, <f32>(sum / count), <f32>(products / count), factor);
    }
  }
}

function sumOfProducts(a: usize, b: usize, length: i32): f64 {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let k = 0;
  for (; k + 8 <= length; k += 8) {
    s0 = f64x2.add(s0, productOfTwo(a, b));
    s1 = f64x2.add(s1, productOfTwo(a + 8, b + 8));
    s2 = f64x2.add(s2, productOfTwo(a + 16, b + 16));
    s3 = f64x2.add(s3, productOfTwo(a + 24, b + 24));
    a += 32;
    b += 32;
  }
  let sum = sumOfFour(s0, s1, s2, s3);
  for (; k < length; k++) {
    sum += <f64>load<f32>(a) * <f64>load<f32>(b);
    a += 4;
    b += 4;
  }
  return sum;
}

/** Products of two f32, exact in f64. */
function productOfTwo(a: usize, b: usize): v128 {
  return f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(a)), f64x2.promote_low_f32x4(v128.load64_zero(b)));
}

function project(gradient: usize, normalized: usize, length: i32, mean: f32, along: f32, factor: f32): void {
  let k = 0;
  for (; k + 4 <= length; k += 4) {
    const g = f32x4.sub(v128.load(gradient), f32x4.splat(mean));
    const rest = f32x4.sub(g, f32x4.mul(v128.load(normalized), f32x4.splat(along)));
    v128.store(gradient, f32x4.mul(rest, f32x4.splat(factor)));
    gradient += 16;
    normalized += 16;
  }
  for (; k < length; k++) {
    const g = load<f32>(gradient) - mean - load<f32>(normalized) * along;
    store<f32>(gradient, g * factor);
    gradient += 4;
    normalized += 4;
  }
}

/** to[row][column] = from · scale[column] + offset[column]; a scale or offset of 0 is none. */
export function scaleColumns(to: usize, from: usize, scales: usize, offsets: usize, rows: i32, columns: i32): void {
  for (let row = 0; row < rows; row++) {
    let k = 0;
    for (; k + 4 <= columns; k += 4) {
      const at = (<usize>k) << 2;
      let x = v128.load(from + at);
      if (scales != 0) x = f32x4.mul(x, v128.load(scales + at));
      if (offsets != 0) x = f32x4.add(x, v128.load(offsets + at));
      v128.store(to + at, x);
    }
    for (; k < columns; k++) {
      const at = (<usize>k) << 2;
      let x = load<f32>(from + at);
      if (scales != 0) x *= load<f32>(scales + at);
      if (offsets != 0) x += load<f32>(offsets + at);
      store<f32>(to + at, x);
    }
    from += (<usize>columns) << 2;
    to += (<usize>columns) << 2;
  }
}

/** out[column] (+)= Σ over rows of a · b, or of a where b is 0; added in f64. */
export function addColumns(out: usize, a: usize, b: usize, rows: i32, columns: i32, isAdded: bool): void {
  const step = (<usize>columns) << 2;
  let k = 0;
  for (; k + 8 <= columns; k += 8) {
    const at = (<usize>k) << 2;
    if (b == 0) addEight(out + at, a + at, rows, step, isAdded);
    else addEightProducts(out + at, a + at, b + at, rows, step, isAdded);
  }
  for (; k < columns; k++) {
    let offset = (<usize>k) << 2;
    let sum: f64 = isAdded ? <f64>load<f32>(out + offset) : 0;
    const to = out + offset;
    for (let row = 0; row < rows; row++) {
      sum += <f64>load<f32>(a + offset) * (b == 0 ? <f64>1 : <f64>load<f32>(b + offset));
      offset += step;
    }
    store<f32>(to, <f32>sum);
  }
}

function addEight(out: usize, a: usize, rows: i32, step: usize, isAdded: bool): void {
  let s0 = isAdded ? f64x2.promote_low_f32x4(v128.load64_zero(out)) : f64x2.splat(0);
  let s1 = isAdded ? f64x2.promote_low_f32x4(v128.load64_zero(out, 8)) : f64x2.splat(0);
  let s2 = isAdded ? f64x2.promote_low_f32x4(v128.load64_zero(out, 16)) : f64x2.splat(0);
  let s3 = isAdded ? f64x2.promote_low_f32x4(v128.load64_zero(out, 24)) : f64x2.splat(0);
  for (let row = 0; row < rows; row++) {
    s0 = f64x2.add(s0, f64x2.promote_low_f32x4(v128.load64_zero(a)));
    s1 = f64x2.add(s1, f64x2.promote_low_f32x4(v128.load64_zero(a, 8)));
    s2 = f64x2.add(s2, f64x2.promote_low_f32x4(v128.load64_zero(a, 16)));
    s3 = f64x2.add(s3, f64x2.promote_low_f32x4(v128.load64_zero(a, 24)));
    a += step;
  }
  storeFour(out, s0, s1);
  storeFour(out + 16, s2, s3);
}

function addEightProducts(out: usize, a: usize, b: usize, rows: i32, step: usize, isAdded: bool): void {
  let s0 = isAdded ? f64x2.promote_low_f32x4(v128.load64_zero(out)) : f64x2.splat(0);
  let s1 = isAdded ? f64x2.promote_low_f32x4(v128.load64_zero(out, 8)) : f64x2.splat(0);
  let s2 = isAdded ? f64x2.promote_low_f32x4(v128.load64_zero(out, 16)) : f64x2.splat(0);
  let s3 = isAdded ? f64x2.promote_low_f32x4(v128.load64_zero(out, 24)) : f64x2.splat(0);
  for (let row = 0; row < rows; row++) {
    s0 = f64x2.add(s0, productOfTwo(a, b));
    s1 = f64x2.add(s1, productOfTwo(a + 8, b + 8));
    s2 = f64x2.add(s2, productOfTwo(a + 16, b + 16));
    s3 = f64x2.add(s3, productOfTwo(a + 24, b + 24));
    a += step;
    b += step;
  }
  storeFour(out, s0, s1);
  storeFour(out + 16, s2, s3);
}

/** Two pairs of f64 as four f32. */
function storeFour(to: usize, low: v128, high: v128): void {
  v128.store(to, v128.shuffle<f64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2));
}
