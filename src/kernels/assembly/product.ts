// Products of f32 matrices. Every entry is a sum in the order of the inner index, whatever rows share the call: a row of
// the result depends on its own row of the left matrix alone, bit for bit.

/** acc + x · y; one rounding where the relaxed instruction is at hand and the processor fuses, two otherwise. */
function multiplyAdd(x: v128, y: v128, acc: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(x, y, acc);
  return f32x4.add(acc, f32x4.mul(x, y));
}

/**
 * tile[4][8] = four rows of the left matrix times one panel of the right one, over `depth` inner indices. Row r starts at
 * a_r and moves by `aStep` bytes per inner index; the panel holds 8 floats per inner index.
 */
export function multiplyTile(
  tile: usize,
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  aStep: usize,
  panel: usize,
  depth: i32,
): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
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
  v128.store(tile, c00);
  v128.store(tile, c01, 16);
  v128.store(tile, c10, 32);
  v128.store(tile, c11, 48);
  v128.store(tile, c20, 64);
  v128.store(tile, c21, 80);
  v128.store(tile, c30, 96);
  v128.store(tile, c31, 112);
}

/**
 * Copies a matrix into panels of `width` (4 or 8) columns: panel p holds, for each of `depth` inner indices, columns
 * p·width … p·width + width − 1, with zeros past the last column. Strides are in floats.
 */
export function pack(
  to: usize,
  from: usize,
  depth: i32,
  columns: i32,
  depthStride: i32,
  columnStride: i32,
  width: i32,
): void {
  for (let first = 0; first < columns; first += width) {
    const count = min(width, columns - first);
    for (let k = 0; k < depth; k++) {
      const source = from + ((<usize>(k * depthStride + first * columnStride)) << 2);
      if (columnStride == 1 && count == width) {
        v128.store(to, v128.load(source));
        if (width == 8) v128.store(to, v128.load(source, 16), 16);
      } else {
        for (let c = 0; c < width; c++) {
          const value = c < count ? load<f32>(source + ((<usize>(c * columnStride)) << 2)) : <f32>0;
          store<f32>(to + ((<usize>c) << 2), value);
        }
      }
      to += (<usize>width) << 2;
    }
  }
}

/** Inner indices of one pass: a panel of them stays in the first cache. */
const passDepth = 400;
/** Rows of the left matrix that stay in the second cache while the panels go by. */
const passRows = 64;

/**
 * c[rows][columns] = a · b + bias, row-major, b packed in panels of 8. `aRow` and `aStep` are the strides of a in floats,
 * `bias` is 0 for none, `tile` is 128 bytes of scratch.
 */
export function multiply(
  c: usize,
  a: usize,
  aRow: i32,
  aStep: i32,
  panels: usize,
  rows: i32,
  depth: i32,
  columns: i32,
  bias: usize,
  tile: usize,
): void {
  multiplyInto(c, columns, a, aRow, aStep, panels, rows, depth, columns, bias, tile, false);
}

/** As multiply, with rows of c `cRow` floats apart, and added to what is there where `isAdded`. */
export function multiplyInto(
  c: usize,
  cRow: i32,
  a: usize,
  aRow: i32,
  aStep: i32,
  panels: usize,
  rows: i32,
  depth: i32,
  columns: i32,
  bias: usize,
  tile: usize,
  isAdded: bool,
): void {
  const passes = (depth + passDepth - 1) / passDepth;
  const step = (depth + passes - 1) / passes;
  for (let from = 0; from < depth; from += step) {
    const length = min(step, depth - from);
    const isLast = from + length == depth;
    for (let top = 0; top < rows; top += passRows) {
      const bottom = min(rows, top + passRows);
      for (let left = 0; left < columns; left += 8) {
        const panel = panels + ((<usize>(left * depth + from * 8)) << 2);
        for (let row = top; row < bottom; row += 4) {
          const last = rows - 1 - row;
          const a0 = a + ((<usize>(row * aRow + from * aStep)) << 2);
          const a1 = a0 + ((<usize>(min(1, last) * aRow)) << 2);
          const a2 = a0 + ((<usize>(min(2, last) * aRow)) << 2);
          const a3 = a0 + ((<usize>(min(3, last) * aRow)) << 2);
          multiplyTile(tile, a0, a1, a2, a3, (<usize>aStep) << 2, panel, length);
          const to = c + ((<usize>(row * cRow + left)) << 2);
          const added = isAdded || from > 0;
          putTile(to, tile, cRow, min(4, last + 1), min(8, columns - left), added, isLast ? bias : 0, left);
        }
      }
    }
  }
}

function putTile(
  to: usize,
  tile: usize,
  columns: i32,
  rows: i32,
  width: i32,
  isAdded: bool,
  bias: usize,
  left: i32,
): void {
  const biasAt = bias + ((<usize>left) << 2);
  for (let r = 0; r < rows; r++) {
    if (width == 8) {
      let low = v128.load(tile);
      let high = v128.load(tile, 16);
      if (isAdded) {
        low = f32x4.add(v128.load(to), low);
        high = f32x4.add(v128.load(to, 16), high);
      }
      if (bias != 0) {
        low = f32x4.add(low, v128.load(biasAt));
        high = f32x4.add(high, v128.load(biasAt, 16));
      }
      v128.store(to, low);
      v128.store(to, high, 16);
    } else {
      for (let j = 0; j < width; j++) {
        const at = (<usize>j) << 2;
        let value = load<f32>(tile + at);
        if (isAdded) value = load<f32>(to + at) + value;
        if (bias != 0) value = value + load<f32>(biasAt + at);
        store<f32>(to + at, value);
      }
    }
    tile += 32;
    to += (<usize>columns) << 2;
  }
}

/**
 * totals[inputs][units] += round(aᵀ · h · scale) for the `rows` rows of one run, added in f32: `a` packed in panels of 4
 * columns, `h` in panels of 8. `totals` is f64, and holds whole numbers.
 */
export function addRun(
  totals: usize,
  a: usize,
  h: usize,
  rows: i32,
  inputs: i32,
  units: i32,
  scale: f64,
  tile: usize,
): void {
  const aPanel = (<usize>rows) << 4;
  const hPanel = (<usize>rows) << 5;
  for (let input = 0; input < inputs; input += 4) {
    let panel = h;
    for (let unit = 0; unit < units; unit += 8) {
      multiplyTile(tile, a, a + 4, a + 8, a + 12, 16, panel, rows);
      const to = totals + ((<usize>(input * units + unit)) << 3);
      addTileOnGrid(to, tile, units, min(4, inputs - input), min(8, units - unit), scale);
      panel += hPanel;
    }
    a += aPanel;
  }
}

/** Two f32, scaled, as whole numbers: added to two f64. */
function addOnGrid(to: usize, from: usize, factor: v128): void {
  const value = f64x2.promote_low_f32x4(v128.load64_zero(from));
  v128.store(to, f64x2.add(v128.load(to), f64x2.nearest(f64x2.mul(value, factor))));
}

function addTileOnGrid(to: usize, tile: usize, units: i32, rows: i32, width: i32, scale: f64): void {
  const factor = f64x2.splat(scale);
  for (let r = 0; r < rows; r++) {
    if (width == 8) {
      addOnGrid(to, tile, factor);
      addOnGrid(to + 16, tile + 8, factor);
      addOnGrid(to + 32, tile + 16, factor);
      addOnGrid(to + 48, tile + 24, factor);
    } else {
      for (let j = 0; j < width; j++) {
        const at = to + ((<usize>j) << 3);
        store<f64>(at, load<f64>(at) + nearest(<f64>load<f32>(tile + ((<usize>j) << 2)) * scale));
      }
    }
    tile += 32;
    to += (<usize>units) << 3;
  }
}

/** As addRun, with the products added in f64: for runs that are too long for f32. A product of two f32 is exact there. */
export function addLongRun(totals: usize, a: usize, h: usize, rows: i32, inputs: i32, units: i32, scale: f64): void {
  for (let input = 0; input < inputs; input++) {
    const column = a + ((<usize>(input >> 2) * <usize>rows) << 4) + ((<usize>(input & 3)) << 2);
    for (let unit = 0; unit < units; unit += 2) {
      let from = h + ((<usize>(unit >> 3) * <usize>rows) << 5) + ((<usize>(unit & 7)) << 2);
      let at = column;
      let sum = f64x2.splat(0);
      for (let row = 0; row < rows; row++) {
        const value = f64x2.splat(<f64>load<f32>(at));
        sum = f64x2.add(sum, f64x2.mul(value, f64x2.promote_low_f32x4(v128.load64_zero(from))));
        at += 16;
        from += 32;
      }
      sum = f64x2.nearest(f64x2.mul(sum, f64x2.splat(scale)));
      const to = totals + ((<usize>(input * units + unit)) << 3);
      store<f64>(to, load<f64>(to) + f64x2.extract_lane(sum, 0));
      if (unit + 1 < units) store<f64>(to + 8, load<f64>(to + 8) + f64x2.extract_lane(sum, 1));
    }
  }
}
