// Attention of one example: heads lie side by side in each position's row. Panels and tile are scratch.
import { exponential4, loadSome, storeSome } from "./lanes";
import { multiplyInto, pack } from "./product";

/** In place: softmax of each row of scale · x, over its first `used` + row · `step` entries; zeros beyond. */
export function softmaxRows(at: usize, rows: i32, columns: i32, scale: f32, used: i32, step: i32): void {
  for (let row = 0; row < rows; row++) {
    softmaxRow(at, columns, scale, min(columns, used + row * step));
    at += (<usize>columns) << 2;
  }
}

function softmaxRow(at: usize, columns: i32, scale: f32, used: i32): void {
  const whole = used & ~3;
  const end = at + ((<usize>whole) << 2);
  const rest = used - whole;
  // what is not a number may be passed over here: its own exponential is none either
  let best = f32x4.splat(load<f32>(at));
  for (let to = at; to < end; to += 16) best = f32x4.pmax(best, v128.load(to));
  let top = max(max(lane(best, 0), lane(best, 1)), max(lane(best, 2), lane(best, 3)));
  for (let k = 0; k < rest; k++) top = max(top, load<f32>(end + ((<usize>k) << 2)));
  const factor = f32x4.splat(scale);
  const shift = f32x4.splat(top * scale);
  let sums = f32x4.splat(0);
  for (let to = at; to < end; to += 16) {
    const e = exponential4(f32x4.sub(f32x4.mul(v128.load(to), factor), shift));
    sums = f32x4.add(sums, e);
    v128.store(to, e);
  }
  let sum = lane(sums, 0) + lane(sums, 1) + (lane(sums, 2) + lane(sums, 3));
  if (rest > 0) {
    storeSome(end, exponential4(f32x4.sub(f32x4.mul(loadSome(end, rest), factor), shift)), rest);
    for (let k = 0; k < rest; k++) sum += load<f32>(end + ((<usize>k) << 2));
  }
  const inverse = f32x4.splat(1 / sum);
  for (let to = at; to < end; to += 16) v128.store(to, f32x4.mul(v128.load(to), inverse));
  if (rest > 0) storeSome(end, f32x4.mul(loadSome(end, rest), inverse), rest);
  for (let k = used; k < columns; k++) store<f32>(at + ((<usize>k) << 2), 0);
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
    let sums = f32x4.splat(0);
    for (let k = 0; k < columns; k += 4) {
      const at = (<usize>k) << 2;
      sums = f32x4.add(sums, f32x4.mul(loadSome(gradient + at, columns - k), loadSome(p + at, columns - k)));
    }
    const mean = f32x4.splat(lane(sums, 0) + lane(sums, 1) + (lane(sums, 2) + lane(sums, 3)));
    for (let k = 0; k < columns; k += 4) {
      const at = (<usize>k) << 2;
      const rest = f32x4.sub(loadSome(gradient + at, columns - k), mean);
      const slope = f32x4.mul(loadSome(p + at, columns - k), f32x4.splat(scale));
      storeSome(gradient + at, f32x4.mul(rest, slope), columns - k);
    }
    gradient += (<usize>columns) << 2;
    p += (<usize>columns) << 2;
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
    pack(panels, k + at, width, keys, 1, row, 8);
    multiplyInto(weights, keys, q + at, row, 1, panels, queries, width, keys, 0, tile, false);
    softmaxRows(weights, queries, keys, scale, isCausal ? 1 : keys, isCausal ? 1 : 0);
    pack(panels, v + valueAt, keys, valueWidth, valueRow, 1, 8);
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
    pack(panels, gradient + valueAt, queries, valueWidth, valueRow, 1, 8);
    multiplyInto(dv + valueAt, valueRow, weights, 1, keys, panels, keys, queries, valueWidth, 0, tile, false);
    pack(panels, v + valueAt, valueWidth, keys, 1, valueRow, 8);
    const g = gradient + valueAt;
    multiplyInto(scores, keys, g, valueRow, 1, panels, queries, valueWidth, keys, 0, tile, false);
    desoftmaxRows(scores, weights, queries, keys, scale);
    pack(panels, k + at, keys, width, row, 1, 8);
    multiplyInto(dq + at, row, scores, keys, 1, panels, queries, keys, width, 0, tile, false);
    pack(panels, q + at, queries, width, row, 1, 8);
    multiplyInto(dk + at, row, scores, 1, keys, panels, keys, queries, width, 0, tile, false);
    weights += (<usize>(queries * keys)) << 2;
  }
}
