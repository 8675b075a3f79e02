// Attention of one example: heads lie side by side in each position's row. Panels and tile are scratch.
import { clamp, exponential4, exponentialOfRest, loadSome, raise, reduce, shift, storeSome } from "./lanes";
import { multiplyInto, pack } from "./product";

/** In place: softmax of each row of scale · x, over its first `used` + row · `step` entries; zeros beyond. */
export function softmaxRows(at: usize, rows: i32, columns: i32, scale: f32, used: i32, step: i32): void {
  for (let row = 0; row < rows; row++) {
    softmaxRow(at, columns, scale, min(columns, used + row * step));
    at += (<usize>columns) << 2;
  }
}

function softmaxRow(at: usize, columns: i32, scale: f32, used: i32): void {
  const whole = used & ~7;
  const end = at + ((<usize>whole) << 2);
  const rest = used - whole;
  const top = largest(at, end, rest);
  const factor = f32x4.splat(scale);
  const off = f32x4.splat(top * scale);
  let low = f32x4.splat(0);
  let high = f32x4.splat(0);
  for (let to = at; to < end; to += 32) {
    const x0 = clamp(f32x4.sub(f32x4.mul(v128.load(to), factor), off));
    const x1 = clamp(f32x4.sub(f32x4.mul(v128.load(to, 16), factor), off));
    const s0 = shift(x0);
    const s1 = shift(x1);
    const e0 = raise(exponentialOfRest(reduce(x0, s0)), s0);
    const e1 = raise(exponentialOfRest(reduce(x1, s1)), s1);
    v128.store(to, e0);
    v128.store(to, e1, 16);
    low = f32x4.add(low, e0);
    high = f32x4.add(high, e1);
  }
  let sum = sumOfLanes(f32x4.add(low, high));
  for (let k = 0; k < rest; k += 4) {
    const to = end + ((<usize>k) << 2);
    storeSome(to, exponential4(f32x4.sub(f32x4.mul(loadSome(to, rest - k), factor), off)), rest - k);
  }
  for (let k = 0; k < rest; k++) sum += load<f32>(end + ((<usize>k) << 2));
  scaleRow(at, used, 1 / sum);
  for (let k = used; k < columns; k++) store<f32>(at + ((<usize>k) << 2), 0);
}

/** The largest of the floats up to `end` (a multiple of 8) and `rest` more. */
function largest(at: usize, end: usize, rest: i32): f32 {
  // what is not a number may be passed over here: its own exponential is none either
  let low = f32x4.splat(load<f32>(at));
  let high = low;
  for (; at < end; at += 32) {
    low = f32x4.pmax(low, v128.load(at));
    high = f32x4.pmax(high, v128.load(at, 16));
  }
  const best = f32x4.pmax(low, high);
  let top = max(max(lane(best, 0), lane(best, 1)), max(lane(best, 2), lane(best, 3)));
  for (let k = 0; k < rest; k++) top = max(top, load<f32>(end + ((<usize>k) << 2)));
  return top;
}

function scaleRow(at: usize, count: i32, scale: f32): void {
  const factor = f32x4.splat(scale);
  let k = 0;
  for (; k + 8 <= count; k += 8) {
    const x0 = f32x4.mul(v128.load(at), factor);
    const x1 = f32x4.mul(v128.load(at, 16), factor);
    v128.store(at, x0);
    v128.store(at, x1, 16);
    at += 32;
  }
  for (; k < count; k += 4) {
    storeSome(at, f32x4.mul(loadSome(at, count - k), factor), count - k);
    at += 16;
  }
}

function sumOfLanes(x: v128): f32 {
  return lane(x, 0) + lane(x, 1) + (lane(x, 2) + lane(x, 3));
}

function lane(x: v128, k: i32): f32 {
  if (k == 0) return f32x4.extract_lane(x, 0);
  if (k == 1) return f32x4.extract_lane(x, 1);
  if (k == 2) return f32x4.extract_lane(x, 2);
  return f32x4.extract_lane(x, 3);
}

/** In place: ∂loss/∂softmax to ∂loss/∂x for p = softmax(scale · x), row by row. */
export function desoftmaxRows(gradient: usize, p: usize, rows: i32, columns: i32, scale: f32): void {
  for (let row = 0; row < rows; row++) {
    desoftmaxRow(gradient, p, columns, sumOfProducts(gradient, p, columns), scale);
    gradient += (<usize>columns) << 2;
    p += (<usize>columns) << 2;
  }
}

function sumOfProducts(a: usize, b: usize, count: i32): f32 {
  let low = f32x4.splat(0);
  let high = f32x4.splat(0);
  let k = 0;
  for (; k + 8 <= count; k += 8) {
    low = f32x4.add(low, f32x4.mul(v128.load(a), v128.load(b)));
    high = f32x4.add(high, f32x4.mul(v128.load(a, 16), v128.load(b, 16)));
    a += 32;
    b += 32;
  }
  for (; k < count; k += 4) {
    low = f32x4.add(low, f32x4.mul(loadSome(a, count - k), loadSome(b, count - k)));
    a += 16;
    b += 16;
  }
  return sumOfLanes(f32x4.add(low, high));
}

/** gradient = (gradient − mean) · p · scale */
function desoftmaxRow(gradient: usize, p: usize, columns: i32, mean: f32, scale: f32): void {
  const middle = f32x4.splat(mean);
  const factor = f32x4.splat(scale);
  let k = 0;
  for (; k + 8 <= columns; k += 8) {
    const g0 = f32x4.mul(f32x4.sub(v128.load(gradient), middle), f32x4.mul(v128.load(p), factor));
    const g1 = f32x4.mul(f32x4.sub(v128.load(gradient, 16), middle), f32x4.mul(v128.load(p, 16), factor));
    v128.store(gradient, g0);
    v128.store(gradient, g1, 16);
    gradient += 32;
    p += 32;
  }
  for (; k < columns; k += 4) {
    const slope = f32x4.mul(loadSome(p, columns - k), factor);
    storeSome(gradient, f32x4.mul(f32x4.sub(loadSome(gradient, columns - k), middle), slope), columns - k);
    gradient += 16;
    p += 16;
  }
}

/**
 * out `[queries, heads · valueWidth]` = softmax(q·kᵀ · scale)·v per head; the weights `[heads, queries, keys]` stay for
 * the way back. With `isCausal` query i sees keys up to i. (Vaswani et al. 2017, arXiv:1706.03762v7, eq. (1).)
 */
export function attend(
  out: usize,
  weights: usize,
  q: usize,
  k: usize,
  v: usize,
  heads: i32,
  queries: i32,
  keys: i32,
  width: i32,
  valueWidth: i32,
  scale: f32,
  isCausal: bool,
  panels: usize,
  tile: usize,
): void {
  const row = heads * width;
  const valueRow = heads * valueWidth;
  for (let head = 0; head < heads; head++) {
    const at = (<usize>(head * width)) << 2;
    const valueAt = (<usize>(head * valueWidth)) << 2;
    pack(panels, k + at, width, keys, 1, row);
    multiplyInto(weights, keys, q + at, row, 1, panels, queries, width, keys, 0, tile, false);
    softmaxRows(weights, queries, keys, scale, isCausal ? 1 : keys, isCausal ? 1 : 0);
    pack(panels, v + valueAt, keys, valueWidth, valueRow, 1);
    multiplyInto(out + valueAt, valueRow, weights, keys, 1, panels, queries, keys, valueWidth, 0, tile, false);
    weights += (<usize>(queries * keys)) << 2;
  }
}

/** From ∂loss/∂out to the gradients of q, k and v; `scores` holds `queries · keys` floats of scratch. */
export function attendBack(
  dq: usize,
  dk: usize,
  dv: usize,
  gradient: usize,
  weights: usize,
  q: usize,
  k: usize,
  v: usize,
  heads: i32,
  queries: i32,
  keys: i32,
  width: i32,
  valueWidth: i32,
  scale: f32,
  scores: usize,
  panels: usize,
  tile: usize,
): void {
  const row = heads * width;
  const valueRow = heads * valueWidth;
  for (let head = 0; head < heads; head++) {
    const at = (<usize>(head * width)) << 2;
    const valueAt = (<usize>(head * valueWidth)) << 2;
    pack(panels, gradient + valueAt, queries, valueWidth, valueRow, 1);
    multiplyInto(dv + valueAt, valueRow, weights, 1, keys, panels, keys, queries, valueWidth, 0, tile, false);
    pack(panels, v + valueAt, valueWidth, keys, 1, valueRow);
    const g = gradient + valueAt;
    multiplyInto(scores, keys, g, valueRow, 1, panels, queries, valueWidth, keys, 0, tile, false);
    desoftmaxRows(scores, weights, queries, keys, scale);
    pack(panels, k + at, keys, width, row, 1);
    multiplyInto(dq + at, row, scores, keys, 1, panels, queries, keys, width, 0, tile, false);
    pack(panels, q + at, queries, width, row, 1);
    multiplyInto(dk + at, row, scores, 1, keys, panels, keys, queries, width, 0, tile, false);
    weights += (<usize>(queries * keys)) << 2;
  }
}
