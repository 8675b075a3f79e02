// The fast path of the exactly rounded Gaussian: the operations of src/noise/grid-gaussian.ts in their order, so the same
// bits. Nothing here is fused, in the relaxed build neither: the bound on the rounding error is that of each operation.

/** Binades of the tail probability that the table covers. */
const binades = 20;
/** A segment's seven coefficients and one that is not read. */
const strideBytes: usize = 64;

/** Where the segment of a draw stands in the table. */
function segmentAt(table: usize, tail: u32, e: i32): usize {
  return table + <usize>((tail >>> (24 - e)) - 64 + ((<u32>e) << 6)) * strideBytes;
}

/** The place of a draw in its segment, around the middle. */
function placeOf(high: i32, low: u32, e: i32): f64 {
  return <f64>(((high << (8 + e)) ^ 0x80000000) >> (8 + e)) * 4294967296.0 + <f64>low;
}

/** One draw: adds it to the value, or leaves the value alone and says no where the polynomial does not decide. */
function perturbOne(values: usize, words: usize, table: usize, stddev: f64, decided: f64): bool {
  const low = load<u32>(words);
  const high = load<i32>(words, 4);
  const tail = (<u32>high) & 0x7fffffff;
  const e = <i32>clz(tail) - 1;
  if (e >= binades) return false;
  const c = segmentAt(table, tail, e);
  const d = placeOf(high, low, e);
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
  store<f64>(values, load<f64>(values) + <f64>((high >> 31) | 1) * k);
  return true;
}

/** c + d · x, rounded twice. */
function step(c: v128, d: v128, x: v128): v128 {
  return f64x2.add(c, f64x2.mul(d, x));
}

/**
 * values[i] += ±round(stddev · quantile) for `count` draws of two words each, low and high; values are f64.
 *
 * @returns how many draws were added: it stops before the first one that the polynomial does not decide.
 */
export function perturb(values: usize, words: usize, count: i32, table: usize, stddev: f64, decided: f64): i32 {
  const stddevs = f64x2.splat(stddev);
  const halves = f64x2.splat(0.5);
  const limits = f64x2.splat(decided);
  let i = 0;
  while (i < count) {
    if (i + 2 <= count) {
      const high0 = load<i32>(words, 4);
      const high1 = load<i32>(words, 12);
      const tail0 = (<u32>high0) & 0x7fffffff;
      const tail1 = (<u32>high1) & 0x7fffffff;
      const e0 = <i32>clz(tail0) - 1;
      const e1 = <i32>clz(tail1) - 1;
      if (max(e0, e1) < binades) {
        const a = segmentAt(table, tail0, e0);
        const b = segmentAt(table, tail1, e1);
        const place0 = placeOf(high0, load<u32>(words), e0);
        const place1 = placeOf(high1, load<u32>(words, 8), e1);
        const d = f64x2.replace_lane(f64x2.splat(place0), 1, place1);
        const a45 = v128.load(a, 32);
        const b45 = v128.load(b, 32);
        const a23 = v128.load(a, 16);
        const b23 = v128.load(b, 16);
        const a01 = v128.load(a);
        const b01 = v128.load(b);
        let x = v128.shuffle<f64>(v128.load(a, 48), v128.load(b, 48), 0, 2);
        x = step(v128.shuffle<f64>(a45, b45, 1, 3), d, x);
        x = step(v128.shuffle<f64>(a45, b45, 0, 2), d, x);
        x = step(v128.shuffle<f64>(a23, b23, 1, 3), d, x);
        x = step(v128.shuffle<f64>(a23, b23, 0, 2), d, x);
        x = step(v128.shuffle<f64>(a01, b01, 1, 3), d, x);
        x = step(v128.shuffle<f64>(a01, b01, 0, 2), d, x);
        const scaled = f64x2.mul(stddevs, x);
        const k = f64x2.floor(f64x2.add(scaled, halves));
        if (v128.all_true<i64>(f64x2.lt(f64x2.abs(f64x2.sub(scaled, k)), limits))) {
          // a sign bit on a whole number: what a product with ±1 gives, but for −0, which changes no sum
          const signs = i64x2.replace_lane(i64x2.splat((<i64>high0) & 0x80000000), 1, (<i64>high1) & 0x80000000);
          v128.store(values, f64x2.add(v128.load(values), v128.xor(k, i64x2.shl(signs, 32))));
          i += 2;
          values += 16;
          words += 16;
          continue;
        }
      }
    }
    if (!perturbOne(values, words, table, stddev, decided)) return i;
    i++;
    values += 8;
    words += 8;
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
