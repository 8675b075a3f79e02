// Attention of one example: heads lie side by side in each position's row. Panels and tile are scratch.
import { clampBelow, exponentialOfRest, loadSome, lower, reduce, shift, storeSome } from "./lanes";
import { multiplyInto, pack } from "./product";

/**
 * In place: softmax of each row of scale · x, over its first `used` + row · `step` entries; zeros beyond. Four rows at a
 * time: what one waits for is done while the others work.
 */
export function softmaxRows(at: usize, rows: i32, columns: i32, scale: f32, used: i32, step: i32): void {
  const bytes = (<usize>columns) << 2;
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    const n0 = min(columns, used + row * step);
    const n1 = min(columns, n0 + step);
    const n2 = min(columns, n1 + step);
    const n3 = min(columns, n2 + step);
    const at1 = at + bytes;
    const at2 = at1 + bytes;
    const at3 = at2 + bytes;
    const top0 = largest(at, n0);
    const top1 = largest(at1, n1);
    const top2 = largest(at2, n2);
    const top3 = largest(at3, n3);
    const sum0 = exponentials(at, n0, scale, top0);
    const sum1 = exponentials(at1, n1, scale, top1);
    const sum2 = exponentials(at2, n2, scale, top2);
    const sum3 = exponentials(at3, n3, scale, top3);
    finishRow(at, n0, columns, sum0);
    finishRow(at1, n1, columns, sum1);
    finishRow(at2, n2, columns, sum2);
    finishRow(at3, n3, columns, sum3);
    at = at3 + bytes;
  }
  for (; row < rows; row++) {
    const n = min(columns, used + row * step);
    finishRow(at, n, columns, exponentials(at, n, scale, largest(at, n)));
    at += bytes;
  }
}

/** The largest of so many floats. */
function largest(at: usize, count: i32): f32 {
  // what is not a number may be passed over here: its own exponential is none either
  let low = f32x4.splat(load<f32>(at));
  let high = low;
  let k = 0;
  for (; k + 8 <= count; k += 8) {
    low = f32x4.pmax(low, v128.load(at));
    high = f32x4.pmax(high, v128.load(at, 16));
    at += 32;
  }
  let best = f32x4.pmax(low, high);
  best = f32x4.pmax(best, v128.shuffle<f64>(best, best, 1, 0));
  best = f32x4.pmax(best, v128.shuffle<f32>(best, best, 1, 0, 3, 2));
  let top = f32x4.extract_lane(best, 0);
  for (; k < count; k++) {
    top = max(top, load<f32>(at));
    at += 4;
  }
  return top;
}

/** In place: the exponentials of scale · (x − top); returns their sum. */
function exponentials(at: usize, count: i32, scale: f32, top: f32): f32 {
  const factor = f32x4.splat(scale);
  const off = f32x4.splat(top * scale);
  let low = f32x4.splat(0);
  let high = f32x4.splat(0);
  let k = 0;
  for (; k + 8 <= count; k += 8) {
    const x0 = clampBelow(f32x4.sub(f32x4.mul(v128.load(at), factor), off));
    const x1 = clampBelow(f32x4.sub(f32x4.mul(v128.load(at, 16), factor), off));
    const s0 = shift(x0);
    const s1 = shift(x1);
    const e0 = lower(exponentialOfRest(reduce(x0, s0)), s0);
    const e1 = lower(exponentialOfRest(reduce(x1, s1)), s1);
    v128.store(at, e0);
    v128.store(at, e1, 16);
    low = f32x4.add(low, e0);
    high = f32x4.add(high, e1);
    at += 32;
  }
  let sum = sumOfLanes(f32x4.add(low, high));
  for (; k < count; k += 4) {
    const left = count - k;
    const x = clampBelow(f32x4.sub(f32x4.mul(loadSome(at, left), factor), off));
    const shifted = shift(x);
    storeSome(at, lower(exponentialOfRest(reduce(x, shifted)), shifted), left);
    for (let j = 0; j < min(left, 4); j++) sum += load<f32>(at + ((<usize>j) << 2));
    at += 16;
  }
  return sum;
}

/** Divides the first `used` entries of a row by their sum; zeros beyond. */
function finishRow(at: usize, used: i32, columns: i32, sum: f32): void {
  scaleRow(at, used, 1 / sum);
  if (used < columns) memory.fill(at + ((<usize>used) << 2), 0, (<usize>(columns - used)) << 2);
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
  const pairs = f32x4.add(x, v128.shuffle<f64>(x, x, 1, 0));
  return f32x4.extract_lane(f32x4.add(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2)), 0);
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
