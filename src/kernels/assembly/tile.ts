import { multiplyAdd } from "./lanes";

/*
 * Tiles of a product: rows of the left matrix times one panel of the right one, over `depth` inner indices, added in their
 * order to what lies at `from`. Rows of `to` are `toRow` bytes apart, those of `from` `fromRow` (0 for one row that is
 * added to all); a row of the left matrix moves by `aStep` bytes per inner index.
 *
 * Eight columns: twelve accumulators, two vectors of the panel and one number of the left matrix are the fifteen registers
 * of 128 bits that V8 hands out.
 */

/** to[6][8] = from[6][8] + six rows of the left matrix, `aRow` bytes apart, times one panel. */
export function multiplySix(
  to: usize,
  toRow: usize,
  from: usize,
  fromRow: usize,
  a0: usize,
  aRow: usize,
  aStep: usize,
  panel: usize,
  depth: i32,
): void {
  let c00 = v128.load(from);
  let c01 = v128.load(from, 16);
  from += fromRow;
  let c10 = v128.load(from);
  let c11 = v128.load(from, 16);
  from += fromRow;
  let c20 = v128.load(from);
  let c21 = v128.load(from, 16);
  from += fromRow;
  let c30 = v128.load(from);
  let c31 = v128.load(from, 16);
  from += fromRow;
  let c40 = v128.load(from);
  let c41 = v128.load(from, 16);
  from += fromRow;
  let c50 = v128.load(from);
  let c51 = v128.load(from, 16);
  let a1 = a0 + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  let a4 = a3 + aRow;
  let a5 = a4 + aRow;
  for (let k = 0; k < depth; k++) {
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    let x = v128.load32_splat(a0);
    c00 = multiplyAdd(x, b0, c00);
    c01 = multiplyAdd(x, b1, c01);
    x = v128.load32_splat(a1);
    c10 = multiplyAdd(x, b0, c10);
    c11 = multiplyAdd(x, b1, c11);
    x = v128.load32_splat(a2);
    c20 = multiplyAdd(x, b0, c20);
    c21 = multiplyAdd(x, b1, c21);
    x = v128.load32_splat(a3);
    c30 = multiplyAdd(x, b0, c30);
    c31 = multiplyAdd(x, b1, c31);
    x = v128.load32_splat(a4);
    c40 = multiplyAdd(x, b0, c40);
    c41 = multiplyAdd(x, b1, c41);
    x = v128.load32_splat(a5);
    c50 = multiplyAdd(x, b0, c50);
    c51 = multiplyAdd(x, b1, c51);
    panel += 32;
    a0 += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
    a4 += aStep;
    a5 += aStep;
  }
  v128.store(to, c00);
  v128.store(to, c01, 16);
  to += toRow;
  v128.store(to, c10);
  v128.store(to, c11, 16);
  to += toRow;
  v128.store(to, c20);
  v128.store(to, c21, 16);
  to += toRow;
  v128.store(to, c30);
  v128.store(to, c31, 16);
  to += toRow;
  v128.store(to, c40);
  v128.store(to, c41, 16);
  to += toRow;
  v128.store(to, c50);
  v128.store(to, c51, 16);
}

/** to[4][8] = from[4][8] + four rows of the left matrix, at a0 … a3, times one panel. */
export function multiplyFour(
  to: usize,
  toRow: usize,
  from: usize,
  fromRow: usize,
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  aStep: usize,
  panel: usize,
  depth: i32,
): void {
  let c00 = v128.load(from);
  let c01 = v128.load(from, 16);
  from += fromRow;
  let c10 = v128.load(from);
  let c11 = v128.load(from, 16);
  from += fromRow;
  let c20 = v128.load(from);
  let c21 = v128.load(from, 16);
  from += fromRow;
  let c30 = v128.load(from);
  let c31 = v128.load(from, 16);
  for (let k = 0; k < depth; k++) {
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    let x = v128.load32_splat(a0);
    c00 = multiplyAdd(x, b0, c00);
    c01 = multiplyAdd(x, b1, c01);
    x = v128.load32_splat(a1);
    c10 = multiplyAdd(x, b0, c10);
    c11 = multiplyAdd(x, b1, c11);
    x = v128.load32_splat(a2);
    c20 = multiplyAdd(x, b0, c20);
    c21 = multiplyAdd(x, b1, c21);
    x = v128.load32_splat(a3);
    c30 = multiplyAdd(x, b0, c30);
    c31 = multiplyAdd(x, b1, c31);
    panel += 32;
    a0 += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
  }
  v128.store(to, c00);
  v128.store(to, c01, 16);
  to += toRow;
  v128.store(to, c10);
  v128.store(to, c11, 16);
  to += toRow;
  v128.store(to, c20);
  v128.store(to, c21, 16);
  to += toRow;
  v128.store(to, c30);
  v128.store(to, c31, 16);
}
