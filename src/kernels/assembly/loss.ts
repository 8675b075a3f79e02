// Cross entropy of logits `[rows, positions, classes]` against class numbers.
import { exponential4, loadSome, storeSome } from "./lanes";
import { exponential } from "./scalar";

/**
 * losses[row] (f64) = Σ over positions of log Σ exp(z) − z[label], and its gradient softmax(z) − label. `labels` are f64
 * class numbers. The label's own entry is minus the sum of the others, which keeps its digits where the softmax is near 1.
 */
export function crossEntropy(
  gradient: usize,
  logits: usize,
  labels: usize,
  losses: usize,
  rows: i32,
  positions: i32,
  classes: i32,
): void {
  for (let row = 0; row < rows; row++) {
    let loss: f64 = 0;
    for (let position = 0; position < positions; position++) {
      loss += atPosition(gradient, logits, <i32>load<f64>(labels), classes);
      gradient += (<usize>classes) << 2;
      logits += (<usize>classes) << 2;
      labels += 8;
    }
    store<f64>(losses, loss);
    losses += 8;
  }
}

function atPosition(gradient: usize, logits: usize, label: i32, classes: i32): f64 {
  let top = load<f32>(logits);
  for (let k = 1; k < classes; k++) top = max(top, load<f32>(logits + ((<usize>k) << 2)));
  const shift = f32x4.splat(top);
  let pair = f64x2.splat(0);
  for (let k = 0; k < classes; k += 4) {
    const at = (<usize>k) << 2;
    let e = exponential4(f32x4.sub(loadSome(logits + at, classes - k), shift));
    storeSome(gradient + at, e, classes - k);
    // lanes beyond the last class, and the label's, count as zero here
    const indices = i32x4.add(i32x4.splat(k), i32x4(0, 1, 2, 3));
    const isOther = v128.and(i32x4.ne(indices, i32x4.splat(label)), i32x4.lt_s(indices, i32x4.splat(classes)));
    e = v128.and(e, isOther);
    pair = f64x2.add(pair, f64x2.promote_low_f32x4(e));
    pair = f64x2.add(pair, f64x2.promote_low_f32x4(v128.shuffle<f32>(e, e, 2, 3, 2, 3)));
  }
  const others = f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
  const own = <f64>load<f32>(logits + ((<usize>label) << 2)) - <f64>top;
  const total = others + exponential(own);
  const inverse = f32x4.splat(<f32>(1 / total));
  for (let k = 0; k < classes; k += 4) {
    const to = gradient + ((<usize>k) << 2);
    storeSome(to, f32x4.mul(loadSome(to, classes - k), inverse), classes - k);
  }
  store<f32>(gradient + ((<usize>label) << 2), <f32>(-others / total));
  // where the label is the largest by far, log(1 + others) keeps what log(total) would lose
  return own == 0 ? Math.log1p(others) : Math.log(total) - own;
}
