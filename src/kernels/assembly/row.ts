// One example's numbers: squared norms in f64, what is stored of them, and sums over examples in f64.

/** f32 numbers below 2^-126 in size as zero. */
function flush(x: v128): v128 {
  const isNormal = f32x4.ge(f32x4.abs(x), f32x4.splat(reinterpret<f32>(0x00800000)));
  return v128.and(x, isNormal);
}

function flushOne(x: f32): f32 {
  return abs(x) >= reinterpret<f32>(0x00800000) ? x : <f32>0;
}

/** Σ x² in f64, where every square of an f32 is exact. */
export function sumSquares(from: usize, count: i32): f64 {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let k = 0;
  for (; k + 8 <= count; k += 8) {
    const a = f64x2.promote_low_f32x4(v128.load64_zero(from));
    const b = f64x2.promote_low_f32x4(v128.load64_zero(from, 8));
    const c = f64x2.promote_low_f32x4(v128.load64_zero(from, 16));
    const d = f64x2.promote_low_f32x4(v128.load64_zero(from, 24));
    s0 = f64x2.add(s0, f64x2.mul(a, a));
    s1 = f64x2.add(s1, f64x2.mul(b, b));
    s2 = f64x2.add(s2, f64x2.mul(c, c));
    s3 = f64x2.add(s3, f64x2.mul(d, d));
    from += 32;
  }
  s0 = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  let sum = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1);
  for (; k < count; k++) {
    const value = <f64>load<f32>(from);
    sum += value * value;
    from += 4;
  }
  return sum;
}

/** Stores a row with subnormals as zero, and returns Σ x² of what is stored; not finite if any entry is not. */
export function storeRow(to: usize, from: usize, count: i32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  // 0 · x is 0, or not a number where x is not finite: the comparison of flush hides those
  let odd = f32x4.splat(0);
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    const x = v128.load(from);
    const kept = flush(x);
    odd = f32x4.add(odd, f32x4.mul(x, f32x4.splat(0)));
    v128.store(to, kept);
    const a = f64x2.promote_low_f32x4(kept);
    const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(kept, kept, 2, 3, 2, 3));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
    to += 16;
    from += 16;
  }
  low = f64x2.add(low, high);
  let sum = f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1);
  for (; k < count; k++) {
    const x = load<f32>(from);
    const kept = flushOne(x);
    odd = f32x4.add(odd, f32x4.splat(x * 0));
    store<f32>(to, kept);
    sum += <f64>kept * <f64>kept;
    to += 4;
    from += 4;
  }
  const parts = f64x2.add(
    f64x2.promote_low_f32x4(odd),
    f64x2.promote_low_f32x4(v128.shuffle<f32>(odd, odd, 2, 3, 2, 3)),
  );
  return sum + f64x2.extract_lane(parts, 0) + f64x2.extract_lane(parts, 1);
}

/** Stores fl32(scale · x), subnormals as zero, and returns Σ of the squares of what is stored. x must be finite. */
export function storeScaled(to: usize, from: usize, count: i32, scale: f64): f64 {
  const start = to;
  const factor = f64x2.splat(scale);
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    const a = f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(from)), factor);
    const b = f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(from + 8)), factor);
    const low = f32x4.demote_f64x2_zero(a);
    const high = f32x4.demote_f64x2_zero(b);
    v128.store(to, flush(v128.shuffle<f32>(low, high, 0, 1, 4, 5)));
    to += 16;
    from += 16;
  }
  for (; k < count; k++) {
    store<f32>(to, flushOne(<f32>(scale * <f64>load<f32>(from))));
    to += 4;
    from += 4;
  }
  return sumSquares(start, count);
}

/** sums[k] += scale · row[k], sums in f64. */
export function addScaled(sums: usize, row: usize, count: i32, scale: f64): void {
  const factor = f64x2.splat(scale);
  let k = 0;
  for (; k + 8 <= count; k += 8) {
    const x0 = f64x2.promote_low_f32x4(v128.load64_zero(row));
    const x1 = f64x2.promote_low_f32x4(v128.load64_zero(row, 8));
    const x2 = f64x2.promote_low_f32x4(v128.load64_zero(row, 16));
    const x3 = f64x2.promote_low_f32x4(v128.load64_zero(row, 24));
    const s0 = f64x2.add(v128.load(sums), f64x2.mul(x0, factor));
    const s1 = f64x2.add(v128.load(sums, 16), f64x2.mul(x1, factor));
    const s2 = f64x2.add(v128.load(sums, 32), f64x2.mul(x2, factor));
    const s3 = f64x2.add(v128.load(sums, 48), f64x2.mul(x3, factor));
    v128.store(sums, s0);
    v128.store(sums, s1, 16);
    v128.store(sums, s2, 32);
    v128.store(sums, s3, 48);
    sums += 64;
    row += 32;
  }
  for (; k < count; k++) {
    store<f64>(sums, load<f64>(sums) + scale * <f64>load<f32>(row));
    sums += 8;
    row += 4;
  }
}

/** out[column] = Σ over rows in f64, stored as f32. */
export function sumColumns(out: usize, from: usize, rows: i32, columns: i32): void {
  for (let column = 0; column < columns; column++) {
    let at = from + ((<usize>column) << 2);
    let sum: f64 = 0;
    for (let row = 0; row < rows; row++) {
      sum += <f64>load<f32>(at);
      at += (<usize>columns) << 2;
    }
    store<f32>(out + ((<usize>column) << 2), <f32>sum);
  }
}

/** sums[k] = round(sums[k] · scale), in f64. */
export function roundSums(sums: usize, count: i32, scale: f64): void {
  for (let k = 0; k < count; k++) {
    store<f64>(sums, nearest(load<f64>(sums) * scale));
    sums += 8;
  }
}

/** to[k] = round((from[k] + from[stride + k] + … over `parts` parts, in order) · scale), in f64. */
export function foldSums(to: usize, from: usize, count: i32, parts: i32, stride: i32, scale: f64): void {
  const step = (<usize>stride) << 3;
  const factor = f64x2.splat(scale);
  let k = 0;
  for (; k + 2 <= count; k += 2) {
    let sum = v128.load(from);
    let at = from + step;
    for (let part = 1; part < parts; part++) {
      sum = f64x2.add(sum, v128.load(at));
      at += step;
    }
    v128.store(to, f64x2.nearest(f64x2.mul(sum, factor)));
    to += 16;
    from += 16;
  }
  if (k < count) {
    let sum = load<f64>(from);
    let at = from + step;
    for (let part = 1; part < parts; part++) {
      sum += load<f64>(at);
      at += step;
    }
    store<f64>(to, nearest(sum * scale));
  }
}

/** to[k] = (from[k] + from[stride + k] + … over `parts` parts, in order) · scale, in f32. */
export function foldFloats(to: usize, from: usize, count: i32, parts: i32, stride: i32, scale: f32): void {
  const step = (<usize>stride) << 2;
  const factor = f32x4.splat(scale);
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    let sum = v128.load(from);
    let at = from + step;
    for (let part = 1; part < parts; part++) {
      sum = f32x4.add(sum, v128.load(at));
      at += step;
    }
    v128.store(to, f32x4.mul(sum, factor));
    to += 16;
    from += 16;
  }
  for (; k < count; k++) {
    let sum = load<f32>(from);
    let at = from + step;
    for (let part = 1; part < parts; part++) {
      sum += load<f32>(at);
      at += step;
    }
    store<f32>(to, sum * scale);
    to += 4;
    from += 4;
  }
}
