// Operations on whole vectors of one example or a batch.
import { loadSome, storeSome } from "./lanes";

/** to = a (1 +, 2 −, 3 ·, 4 max, 5 min) b. */
export function combine(kind: i32, to: usize, a: usize, b: usize, count: i32): void {
  const whole = kind == 1 ? count & ~7 : 0;
  for (let k = 0; k < whole; k += 8) {
    const x0 = f32x4.add(v128.load(a), v128.load(b));
    const x1 = f32x4.add(v128.load(a, 16), v128.load(b, 16));
    v128.store(to, x0);
    v128.store(to, x1, 16);
    to += 32;
    a += 32;
    b += 32;
  }
  for (let k = whole; k < count; k += 4) {
    const left = count - k;
    storeSome(to, combineFour(kind, loadSome(a, left), loadSome(b, left)), left);
    to += 16;
    a += 16;
    b += 16;
  }
}

function combineFour(kind: i32, x: v128, y: v128): v128 {
  switch (kind) {
    case 1:
      return f32x4.add(x, y);
    case 2:
      return f32x4.sub(x, y);
    case 3:
      return f32x4.mul(x, y);
    case 4:
      return f32x4.max(x, y);
    default:
      return f32x4.min(x, y);
  }
}

/** Scales in place. */
export function scaleAll(at: usize, count: i32, factor: f32): void {
  const all = f32x4.splat(factor);
  for (let k = 0; k < count; k += 4) {
    storeSome(at, f32x4.mul(loadSome(at, count - k), all), count - k);
    at += 16;
  }
}

/** Zeros where a and b differ (or, with `isOpposite`, where they are equal); what is not a number stays. */
export function keepEqual(at: usize, a: usize, b: usize, count: i32, isOpposite: bool): void {
  for (let k = 0; k < count; k += 4) {
    const x = loadSome(a, count - k);
    const y = loadSome(b, count - k);
    const kept = isOpposite ? f32x4.ne(x, y) : v128.or(f32x4.eq(x, y), f32x4.ne(y, y));
    storeSome(at, v128.and(loadSome(at, count - k), kept), count - k);
    at += 16;
    a += 16;
    b += 16;
  }
}

/** to[k] = from[order[k]], or with `isBack` to[order[k]] += from[k]. */
export function rearrange(to: usize, from: usize, order: usize, count: i32, isBack: bool): void {
  for (let k = 0; k < count; k++) {
    const at = (<usize>load<i32>(order + ((<usize>k) << 2))) << 2;
    const here = (<usize>k) << 2;
    if (isBack) store<f32>(to + at, load<f32>(to + at) + load<f32>(from + here));
    else store<f32>(to + here, load<f32>(from + at));
  }
}

/**
 * to[k] = from[k] · scale where the k-th word of Philox4x32-10 with this key and counter (k / 4, number, 0, 0) is at least
 * `threshold`, zero elsewhere: the same mask for the same arguments. (Salmon et al. 2011, doi:10.1145/2063384.2063405.)
 */
export function dropOut(
  to: usize,
  from: usize,
  count: i32,
  key0: u32,
  key1: u32,
  number: u32,
  threshold: f64,
  scale: f32,
): void {
  const limit = <u32>threshold;
  for (let k = 0; k < count; k += 4) {
    let k0 = key0;
    let k1 = key1;
    let c0 = <u32>(k >> 2);
    let c1 = number;
    let c2: u32 = 0;
    let c3: u32 = 0;
    for (let round = 0; round < 10; round++) {
      const a = <u64>c0 * 0xd2511f53;
      const b = <u64>c2 * 0xcd9e8d57;
      c0 = (<u32>(b >> 32)) ^ c1 ^ k0;
      c2 = (<u32>(a >> 32)) ^ c3 ^ k1;
      c1 = <u32>b;
      c3 = <u32>a;
      k0 += 0x9e3779b9;
      k1 += 0xbb67ae85;
    }
    const left = count - k;
    dropOne(to, from, c0 >= limit, scale);
    if (left > 1) dropOne(to + 4, from + 4, c1 >= limit, scale);
    if (left > 2) dropOne(to + 8, from + 8, c2 >= limit, scale);
    if (left > 3) dropOne(to + 12, from + 12, c3 >= limit, scale);
    to += 16;
    from += 16;
  }
}

/** Dropped is zero times the number, so that what is not a number stays so. */
function dropOne(to: usize, from: usize, isKept: bool, scale: f32): void {
  store<f32>(to, load<f32>(from) * (isKept ? scale : <f32>0));
}
