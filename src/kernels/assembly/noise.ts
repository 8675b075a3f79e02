// The fast path of the exactly rounded Gaussian: the operations of src/noise/grid-gaussian.ts in their order, so the same
// bits. Nothing here is fused, in the relaxed build neither: the bound on the rounding error is that of each operation.

/** Binades of the tail probability that the table covers. */
const binades: i64 = 20;
/** A segment's seven coefficients and one that is not read. */
const strideBytes: usize = 64;

/**
 * A draw's sign, e zeros, a one, six bits of segment, and the place in the segment: without the sign and the zeros, the
 * one is the highest bit. `e` is at most 62.
 */
function align(word: u64, e: i64): u64 {
  return word << (1 + e);
}

/** Where the segment of a draw stands in the table. */
function segmentAt(table: usize, aligned: u64, e: i64): usize {
  return table + <usize>((aligned >>> 57) - 64 + ((<u64>e) << 6)) * strideBytes;
}

/** The place of a draw in its segment, around the middle: a whole number, rounded once. */
function placeOf(aligned: u64, e: i64): f64 {
  return <f64>((<i64>((aligned << 7) ^ 0x8000000000000000)) >> (8 + e));
}

/** One draw: adds it to the value, or leaves the value alone and says no where the polynomial does not decide. */
function perturbOne(values: usize, words: usize, table: usize, stddev: f64, decided: f64): bool {
  const word = load<u64>(words);
  const e = <i64>clz(word << 1);
  if (e >= binades) return false;
  const aligned = align(word, e);
  const c = segmentAt(table, aligned, e);
  const d = placeOf(aligned, e);
  let x = load<f64>(c, 48);
  x = load<f64>(c, 40) + d * x;
  x = load<f64>(c, 32) + d * x;
  x = load<f64>(c, 24) + d * x;
  x = load<f64>(c, 16) + d * x;
  x = load<f64>(c, 8) + d * x;
  x = load<f64>(c) + d * x;
  const scaled = stddev * x;
  const k = floor(scaled + 0.5);
  if (!(abs(scaled - k) < decided)) return false;
  store<f64>(values, load<f64>(values) + <f64>(((<i64>word) >> 63) | 1) * k);
  return true;
}

/** The places of two draws in their segments. */
function placesOf(words: usize, e0: i64, e1: i64): v128 {
  const first = placeOf(align(load<u64>(words), e0), e0);
  return f64x2.replace_lane(f64x2.splat(first), 1, placeOf(align(load<u64>(words, 8), e1), e1));
}

/** c + d · x, rounded twice: c is the even one of two coefficients, of two draws. */
function evenStep(a: v128, b: v128, d: v128, x: v128): v128 {
  return f64x2.add(v128.shuffle<f64>(a, b, 0, 2), f64x2.mul(d, x));
}

/** The same with the odd one. */
function oddStep(a: v128, b: v128, d: v128, x: v128): v128 {
  return f64x2.add(v128.shuffle<f64>(a, b, 1, 3), f64x2.mul(d, x));
}

/** A sign bit on a whole number: what a product with ±1 gives, but for −0, which changes no sum. */
function addSigned(values: usize, words: usize, k: v128): void {
  const signs = v128.and(v128.load(words), i64x2.splat(0x8000000000000000));
  v128.store(values, f64x2.add(v128.load(values), v128.xor(k, signs)));
}

/** Where the rounded product is decided, for two draws. */
function isNear(x: v128, k: v128, limits: v128): v128 {
  return f64x2.lt(f64x2.abs(f64x2.sub(x, k)), limits);
}

/**
 * Six draws at once: three chains of products that a processor can follow side by side.
 *
 * @returns whether they were added; otherwise the values are as they were.
 */
function perturbSix(values: usize, words: usize, table: usize, stddevs: v128, limits: v128): bool {
  const e0 = <i64>clz(load<u64>(words) << 1);
  const e1 = <i64>clz(load<u64>(words, 8) << 1);
  const e2 = <i64>clz(load<u64>(words, 16) << 1);
  const e3 = <i64>clz(load<u64>(words, 24) << 1);
  const e4 = <i64>clz(load<u64>(words, 32) << 1);
  const e5 = <i64>clz(load<u64>(words, 40) << 1);
  if (max(max(max(e0, e1), max(e2, e3)), max(e4, e5)) >= binades) return false;
  const c0 = segmentAt(table, align(load<u64>(words), e0), e0);
  const c1 = segmentAt(table, align(load<u64>(words, 8), e1), e1);
  const c2 = segmentAt(table, align(load<u64>(words, 16), e2), e2);
  const c3 = segmentAt(table, align(load<u64>(words, 24), e3), e3);
  const c4 = segmentAt(table, align(load<u64>(words, 32), e4), e4);
  const c5 = segmentAt(table, align(load<u64>(words, 40), e5), e5);
  const d0 = placesOf(words, e0, e1);
  const d1 = placesOf(words + 16, e2, e3);
  const d2 = placesOf(words + 32, e4, e5);
  let x0 = v128.shuffle<f64>(v128.load(c0, 48), v128.load(c1, 48), 0, 2);
  let x1 = v128.shuffle<f64>(v128.load(c2, 48), v128.load(c3, 48), 0, 2);
  let x2 = v128.shuffle<f64>(v128.load(c4, 48), v128.load(c5, 48), 0, 2);
  x0 = oddStep(v128.load(c0, 32), v128.load(c1, 32), d0, x0);
  x1 = oddStep(v128.load(c2, 32), v128.load(c3, 32), d1, x1);
  x2 = oddStep(v128.load(c4, 32), v128.load(c5, 32), d2, x2);
  x0 = evenStep(v128.load(c0, 32), v128.load(c1, 32), d0, x0);
  x1 = evenStep(v128.load(c2, 32), v128.load(c3, 32), d1, x1);
  x2 = evenStep(v128.load(c4, 32), v128.load(c5, 32), d2, x2);
  x0 = oddStep(v128.load(c0, 16), v128.load(c1, 16), d0, x0);
  x1 = oddStep(v128.load(c2, 16), v128.load(c3, 16), d1, x1);
  x2 = oddStep(v128.load(c4, 16), v128.load(c5, 16), d2, x2);
  x0 = evenStep(v128.load(c0, 16), v128.load(c1, 16), d0, x0);
  x1 = evenStep(v128.load(c2, 16), v128.load(c3, 16), d1, x1);
  x2 = evenStep(v128.load(c4, 16), v128.load(c5, 16), d2, x2);
  x0 = oddStep(v128.load(c0), v128.load(c1), d0, x0);
  x1 = oddStep(v128.load(c2), v128.load(c3), d1, x1);
  x2 = oddStep(v128.load(c4), v128.load(c5), d2, x2);
  x0 = evenStep(v128.load(c0), v128.load(c1), d0, x0);
  x1 = evenStep(v128.load(c2), v128.load(c3), d1, x1);
  x2 = evenStep(v128.load(c4), v128.load(c5), d2, x2);
  x0 = f64x2.mul(stddevs, x0);
  x1 = f64x2.mul(stddevs, x1);
  x2 = f64x2.mul(stddevs, x2);
  const k0 = f64x2.floor(f64x2.add(x0, f64x2.splat(0.5)));
  const k1 = f64x2.floor(f64x2.add(x1, f64x2.splat(0.5)));
  const k2 = f64x2.floor(f64x2.add(x2, f64x2.splat(0.5)));
  let near = isNear(x0, k0, limits);
  near = v128.and(near, isNear(x1, k1, limits));
  near = v128.and(near, isNear(x2, k2, limits));
  if (!v128.all_true<i64>(near)) return false;
  addSigned(values, words, k0);
  addSigned(values + 16, words + 16, k1);
  addSigned(values + 32, words + 32, k2);
  return true;
}

/**
 * values[i] += ±round(stddev · quantile) for `count` draws of two words each, low and high; values are f64.
 *
 * @returns how many draws were added: it stops before the first one that the polynomial does not decide.
 */
export function perturb(values: usize, words: usize, count: i32, table: usize, stddev: f64, decided: f64): i32 {
  const stddevs = f64x2.splat(stddev);
  const limits = f64x2.splat(decided);
  let i = 0;
  while (i < count) {
    if (i + 6 <= count && perturbSix(values + 8 * i, words + 8 * i, table, stddevs, limits)) {
      i += 6;
      continue;
    }
    if (!perturbOne(values + 8 * i, words + 8 * i, table, stddev, decided)) return i;
    i++;
  }
  return i;
}

/** Whether `count` f64 are whole numbers: no NaN and no infinity. */
export function areWhole(values: usize, count: i32): bool {
  let odd = f64x2.splat(0);
  let i = 0;
  for (; i + 2 <= count; i += 2) {
    const x = v128.load(values);
    odd = v128.or(odd, f64x2.ne(f64x2.sub(f64x2.floor(x), x), f64x2.splat(0)));
    values += 16;
  }
  if (v128.any_true(odd)) return false;
  if (i == count) return true;
  const x = load<f64>(values);
  return floor(x) - x == 0;
}

/** Turns −0 into 0, and says whether all of `count` f64 are below `limit` in size. */
export function settle(values: usize, count: i32, limit: f64): bool {
  const limits = f64x2.splat(limit);
  let small = i64x2.splat(-1);
  let i = 0;
  for (; i + 2 <= count; i += 2) {
    const x = f64x2.add(v128.load(values), f64x2.splat(0));
    small = v128.and(small, f64x2.lt(f64x2.abs(x), limits));
    v128.store(values, x);
    values += 16;
  }
  if (!v128.all_true<i64>(small)) return false;
  if (i == count) return true;
  const x = load<f64>(values) + 0.0;
  store<f64>(values, x);
  return abs(x) < limit;
}

/** to (f32) = fl32(fl64(from (f64) · scale)). */
export function toFloats(to: usize, from: usize, count: i32, scale: f64): void {
  const factor = f64x2.splat(scale);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const low = f32x4.demote_f64x2_zero(f64x2.mul(v128.load(from), factor));
    const high = f32x4.demote_f64x2_zero(f64x2.mul(v128.load(from, 16), factor));
    v128.store(to, v128.shuffle<f32>(low, high, 0, 1, 4, 5));
    to += 16;
    from += 32;
  }
  for (; i < count; i++) {
    store<f32>(to, <f32>(load<f64>(from) * scale));
    to += 4;
    from += 8;
  }
}
