import { multiplyAdd } from "./lanes";

/*
 * Tiles of a product: rows of the left matrix times one panel of the right one, over `depth` inner indices, added in their
 * order to what lies at `from`. Rows of `to` are `toRow` bytes apart, those of `from` `fromRow` (0 for one row that is
 * added to all); a row of the left matrix moves by `aStep` bytes per inner index.
 *
 * Sixteen columns, for an engine that fuses neighboring vectors of 128 bits to 256: elsewhere they do not fit its registers.
 * Fused, they are the twelve accumulators and three more of `tile.ts`.
 */

/** to[6][16] = from[6][16] + six rows of the left matrix, `aRow` bytes apart, times one panel. */
export function multiplySixWide(
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
  let c02 = v128.load(from, 32);
  let c03 = v128.load(from, 48);
  from += fromRow;
  let c10 = v128.load(from);
  let c11 = v128.load(from, 16);
  let c12 = v128.load(from, 32);
  let c13 = v128.load(from, 48);
  from += fromRow;
  let c20 = v128.load(from);
  let c21 = v128.load(from, 16);
  let c22 = v128.load(from, 32);
  let c23 = v128.load(from, 48);
  from += fromRow;
  let c30 = v128.load(from);
  let c31 = v128.load(from, 16);
  let c32 = v128.load(from, 32);
  let c33 = v128.load(from, 48);
  from += fromRow;
  let c40 = v128.load(from);
  let c41 = v128.load(from, 16);
  let c42 = v128.load(from, 32);
  let c43 = v128.load(from, 48);
  from += fromRow;
  let c50 = v128.load(from);
  let c51 = v128.load(from, 16);
  let c52 = v128.load(from, 32);
  let c53 = v128.load(from, 48);
  let a1 = a0 + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  let a4 = a3 + aRow;
  let a5 = a4 + aRow;
  for (let k = 0; k < depth; k++) {
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    const b2 = v128.load(panel, 32);
    const b3 = v128.load(panel, 48);
    let x = v128.load32_splat(a0);
    c00 = multiplyAdd(x, b0, c00);
    c01 = multiplyAdd(x, b1, c01);
    c02 = multiplyAdd(x, b2, c02);
    c03 = multiplyAdd(x, b3, c03);
    x = v128.load32_splat(a1);
    c10 = multiplyAdd(x, b0, c10);
    c11 = multiplyAdd(x, b1, c11);
    c12 = multiplyAdd(x, b2, c12);
    c13 = multiplyAdd(x, b3, c13);
    x = v128.load32_splat(a2);
    c20 = multiplyAdd(x, b0, c20);
    c21 = multiplyAdd(x, b1, c21);
    c22 = multiplyAdd(x, b2, c22);
    c23 = multiplyAdd(x, b3, c23);
    x = v128.load32_splat(a3);
    c30 = multiplyAdd(x, b0, c30);
    c31 = multiplyAdd(x, b1, c31);
    c32 = multiplyAdd(x, b2, c32);
    c33 = multiplyAdd(x, b3, c33);
    x = v128.load32_splat(a4);
    c40 = multiplyAdd(x, b0, c40);
    c41 = multiplyAdd(x, b1, c41);
    c42 = multiplyAdd(x, b2, c42);
    c43 = multiplyAdd(x, b3, c43);
    x = v128.load32_splat(a5);
    c50 = multiplyAdd(x, b0, c50);
    c51 = multiplyAdd(x, b1, c51);
    c52 = multiplyAdd(x, b2, c52);
    c53 = multiplyAdd(x, b3, c53);
    panel += 64;
    a0 += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
    a4 += aStep;
    a5 += aStep;
  }
  v128.store(to, c00);
  v128.store(to, c01, 16);
  v128.store(to, c02, 32);
  v128.store(to, c03, 48);
  to += toRow;
  v128.store(to, c10);
  v128.store(to, c11, 16);
  v128.store(to, c12, 32);
  v128.store(to, c13, 48);
  to += toRow;
  v128.store(to, c20);
  v128.store(to, c21, 16);
  v128.store(to, c22, 32);
  v128.store(to, c23, 48);
  to += toRow;
  v128.store(to, c30);
  v128.store(to, c31, 16);
  v128.store(to, c32, 32);
  v128.store(to, c33, 48);
  to += toRow;
  v128.store(to, c40);
  v128.store(to, c41, 16);
  v128.store(to, c42, 32);
  v128.store(to, c43, 48);
  to += toRow;
  v128.store(to, c50);
  v128.store(to, c51, 16);
  v128.store(to, c52, 32);
  v128.store(to, c53, 48);
}

/** to[4][16] = from[4][16] + four rows of the left matrix, at a0 … a3, times one panel. */
export function multiplyFourWide(
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
  let c02 = v128.load(from, 32);
  let c03 = v128.load(from, 48);
  from += fromRow;
  let c10 = v128.load(from);
  let c11 = v128.load(from, 16);
  let c12 = v128.load(from, 32);
  let c13 = v128.load(from, 48);
  from += fromRow;
  let c20 = v128.load(from);
  let c21 = v128.load(from, 16);
  let c22 = v128.load(from, 32);
  let c23 = v128.load(from, 48);
  from += fromRow;
  let c30 = v128.load(from);
  let c31 = v128.load(from, 16);
  let c32 = v128.load(from, 32);
  let c33 = v128.load(from, 48);
  for (let k = 0; k < depth; k++) {
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    const b2 = v128.load(panel, 32);
    const b3 = v128.load(panel, 48);
    let x = v128.load32_splat(a0);
    c00 = multiplyAdd(x, b0, c00);
    c01 = multiplyAdd(x, b1, c01);
    c02 = multiplyAdd(x, b2, c02);
    c03 = multiplyAdd(x, b3, c03);
    x = v128.load32_splat(a1);
    c10 = multiplyAdd(x, b0, c10);
    c11 = multiplyAdd(x, b1, c11);
    c12 = multiplyAdd(x, b2, c12);
    c13 = multiplyAdd(x, b3, c13);
    x = v128.load32_splat(a2);
    c20 = multiplyAdd(x, b0, c20);
    c21 = multiplyAdd(x, b1, c21);
    c22 = multiplyAdd(x, b2, c22);
    c23 = multiplyAdd(x, b3, c23);
    x = v128.load32_splat(a3);
    c30 = multiplyAdd(x, b0, c30);
    c31 = multiplyAdd(x, b1, c31);
    c32 = multiplyAdd(x, b2, c32);
    c33 = multiplyAdd(x, b3, c33);
    panel += 64;
    a0 += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
  }
  v128.store(to, c00);
  v128.store(to, c01, 16);
  v128.store(to, c02, 32);
  v128.store(to, c03, 48);
  to += toRow;
  v128.store(to, c10);
  v128.store(to, c11, 16);
  v128.store(to, c12, 32);
  v128.store(to, c13, 48);
  to += toRow;
  v128.store(to, c20);
  v128.store(to, c21, 16);
  v128.store(to, c22, 32);
  v128.store(to, c23, 48);
  to += toRow;
  v128.store(to, c30);
  v128.store(to, c31, 16);
  v128.store(to, c32, 32);
  v128.store(to, c33, 48);
}
