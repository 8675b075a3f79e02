// Products of f32 matrices. Every entry is a sum in the order of the inner index, whatever rows share the call: a row of
// the result depends on its own row of the left matrix alone, bit for bit.
import { loadSome, storeSome } from "./lanes";
import { multiplyFour, multiplySix } from "./tile";
import { multiplyFourWide, multiplySixWide } from "./wide-tile";

/** Rows of the left matrix in one of its panels. Without the fused instruction six rows would need a register too many. */
const panelRows = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;

/** Zeros to start a tile from. */
const zeros = memory.data(64, 16);

/**
 * Copies a matrix into panels of `panelWidth` columns: panel p holds, for each of `depth` inner indices, its columns, with
 * zeros past the last column. Strides are in floats.
 */
export function pack(to: usize, from: usize, depth: i32, columns: i32, depthStride: i32, columnStride: i32): void {
  const panelBytes = (<usize>(depth * panelWidth)) << 2;
  for (let first = 0; first < columns; first += panelWidth) {
    const count = min(panelWidth, columns - first);
    const source = from + ((<usize>(first * columnStride)) << 2);
    if (columnStride == 1) packRows(to, source, depth, count, depthStride);
    else if (depthStride == 1 && count == panelWidth) packTransposed(to, source, depth, columnStride);
    else packOnes(to, source, 0, depth, count, depthStride, columnStride);
    to += panelBytes;
  }
}

function packRows(to: usize, from: usize, depth: i32, count: i32, depthStride: i32): void {
  const step = (<usize>depthStride) << 2;
  for (let k = 0; k < depth; k++) {
    if (count == panelWidth) {
      const x0 = v128.load(from);
      const x1 = v128.load(from, 16);
      v128.store(to, x0);
      v128.store(to, x1, 16);
      if (panelWidth == 16) {
        const x2 = v128.load(from, 32);
        const x3 = v128.load(from, 48);
        v128.store(to, x2, 32);
        v128.store(to, x3, 48);
      }
    } else {
      for (let c = 0; c < panelWidth; c += 4) {
        const at = (<usize>c) << 2;
        v128.store(to + at, c < count ? loadSome(from + at, count - c) : f32x4.splat(0));
      }
    }
    to += (<usize>panelWidth) << 2;
    from += step;
  }
}

/** Four inner indices of four columns at a time. */
function packTransposed(to: usize, from: usize, depth: i32, columnStride: i32): void {
  const step = (<usize>columnStride) << 2;
  const row = (<usize>panelWidth) << 2;
  const whole = depth & ~3;
  for (let c = 0; c < panelWidth; c += 4) {
    let source = from + <usize>c * step;
    let at = to + ((<usize>c) << 2);
    for (let k = 0; k < whole; k += 4) {
      const x0 = v128.load(source);
      const x1 = v128.load(source + step);
      const x2 = v128.load(source + 2 * step);
      const x3 = v128.load(source + 3 * step);
      const low01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
      const low23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
      const high23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
      v128.store(at, v128.shuffle<f64>(low01, low23, 0, 2));
      v128.store(at + row, v128.shuffle<f64>(low01, low23, 1, 3));
      v128.store(at + 2 * row, v128.shuffle<f64>(high01, high23, 0, 2));
      v128.store(at + 3 * row, v128.shuffle<f64>(high01, high23, 1, 3));
      source += 16;
      at += 4 * row;
    }
  }
  packOnes(to, from, whole, depth, panelWidth, 1, columnStride);
}

/** Inner indices from `first` on, number by number. */
function packOnes(
  to: usize,
  from: usize,
  first: i32,
  depth: i32,
  count: i32,
  depthStride: i32,
  columnStride: i32,
): void {
  to += (<usize>(first * panelWidth)) << 2;
  for (let k = first; k < depth; k++) {
    const source = from + ((<usize>(k * depthStride)) << 2);
    for (let c = 0; c < panelWidth; c++) {
      const value = c < count ? load<f32>(source + ((<usize>(c * columnStride)) << 2)) : <f32>0;
      store<f32>(to + ((<usize>c) << 2), value);
    }
    to += (<usize>panelWidth) << 2;
  }
}

/** Rows of runs, one run after the other, into panels of `columns` columns: `lengths` are the i32 rows of each run. */
export function packRuns(to: usize, from: usize, lengths: usize, runs: i32, columns: i32): void {
  for (let run = 0; run < runs; run++) {
    const rows = load<i32>(lengths + ((<usize>run) << 2));
    pack(to, from, rows, columns, columns, 1);
    to += (<usize>(rows * panelsOf(columns, panelWidth) * panelWidth)) << 2;
    from += (<usize>(rows * columns)) << 2;
  }
}

/** The same for the left side: `columns` of them, of rows that are `stride` floats apart, in panels of `panelRows`. */
export function packLeftRuns(to: usize, from: usize, lengths: usize, runs: i32, columns: i32, stride: i32): void {
  for (let run = 0; run < runs; run++) {
    const rows = load<i32>(lengths + ((<usize>run) << 2));
    packLeft(to, from, rows, columns, stride);
    to += (<usize>(rows * panelsOf(columns, panelRows) * panelRows)) << 2;
    from += (<usize>(rows * stride)) << 2;
  }
}

function panelsOf(columns: i32, width: i32): i32 {
  return (columns + width - 1) / width;
}

function packLeft(to: usize, from: usize, rows: i32, columns: i32, stride: i32): void {
  for (let column = 0; column < columns; column += panelRows) {
    const count = columns - column;
    let source = from + ((<usize>column) << 2);
    for (let row = 0; row < rows; row++) {
      storeSome(to, loadSome(source, count), 4);
      if (panelRows == 6) {
        if (count >= 6) store<u64>(to, load<u64>(source, 16), 16);
        else {
          store<f32>(to, count > 4 ? load<f32>(source, 16) : <f32>0, 16);
          store<f32>(to, 0, 20);
        }
      }
      to += panelRows << 2;
      source += (<usize>stride) << 2;
    }
  }
}

/** Inner indices of one pass: a panel of them stays in the first cache. */
const passDepth = 400;
/** Rows of the left matrix that stay in the second cache while the panels go by. */
const passRows = 96;

/**
 * c[rows][columns] = bias + a · b, row-major, b packed in panels. `aRow` and `aStep` are the strides of a in floats,
 * `bias` is 0 for none, `tile` is scratch.
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

/** As multiply, with rows of c `cRow` floats apart; with `isAdded` each entry's sum starts from what is there, not the bias. */
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
  const toRow = (<usize>cRow) << 2;
  const rowStep = (<usize>aRow) << 2;
  const innerStep = (<usize>aStep) << 2;
  for (let from = 0; from < depth; from += step) {
    const length = min(step, depth - from);
    const isOnTop = isAdded || from > 0;
    for (let top = 0; top < rows; top += passRows) {
      const bottom = min(rows, top + passRows);
      for (let left = 0; left < columns; left += panelWidth) {
        const panel = panels + ((<usize>(left * depth + from * panelWidth)) << 2);
        const width = min(panelWidth, columns - left);
        const start = bias == 0 ? zeros : bias + ((<usize>left) << 2);
        for (let row = top; row < bottom;) {
          const count = rowsOfTile(bottom - row);
          const at = a + <usize>row * rowStep + <usize>from * innerStep;
          const to = c + <usize>row * toRow + ((<usize>left) << 2);
          if (width == panelWidth && count >= 4) {
            fillTile(
              count,
              to,
              toRow,
              isOnTop ? to : start,
              isOnTop ? toRow : 0,
              at,
              rowStep,
              innerStep,
              panel,
              length,
            );
          } else {
            const tileRow = (<usize>panelWidth) << 2;
            if (isOnTop) copyTile(tile, tileRow, to, toRow, count, width);
            else copyTile(tile, tileRow, start, 0, count, width);
            fillTile(count, tile, tileRow, tile, tileRow, at, rowStep, innerStep, panel, length);
            copyTile(to, toRow, tile, tileRow, count, width);
          }
          row += count;
        }
      }
    }
  }
}

/** How many rows the next tile has, of so many that are left: sixes and fours, and fewer at the end. */
function rowsOfTile(left: i32): i32 {
  if (panelRows == 4) return min(left, 4);
  return left >= 6 && left != 7 && left != 8 ? 6 : min(left, 4);
}

/** One tile; of fewer rows than four the last one stands for the others. */
function fillTile(
  rows: i32,
  to: usize,
  toRow: usize,
  from: usize,
  fromRow: usize,
  a: usize,
  aRow: usize,
  aStep: usize,
  panel: usize,
  depth: i32,
): void {
  if (rows == 6) {
    if (panelWidth == 16) multiplySixWide(to, toRow, from, fromRow, a, aRow, aStep, panel, depth);
    else multiplySix(to, toRow, from, fromRow, a, aRow, aStep, panel, depth);
    return;
  }
  const a1 = rows > 1 ? a + aRow : a;
  const a2 = rows > 2 ? a1 + aRow : a1;
  const a3 = rows > 3 ? a2 + aRow : a2;
  if (panelWidth == 16) multiplyFourWide(to, toRow, from, fromRow, a, a1, a2, a3, aStep, panel, depth);
  else multiplyFour(to, toRow, from, fromRow, a, a1, a2, a3, aStep, panel, depth);
}

/** Some columns of some rows. */
function copyTile(to: usize, toRow: usize, from: usize, fromRow: usize, rows: i32, width: i32): void {
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < width; j += 4) {
      const at = (<usize>j) << 2;
      storeSome(to + at, loadSome(from + at, width - j), width - j);
    }
    to += toRow;
    from += fromRow;
  }
}

/**
 * totals[inputs][units] = the sum over runs of round(aᵀ · h · scale): a by `packLeftRuns`, h by `packRuns`. Products of a
 * run are added in f32, of one with more than `longest` rows in f64, where a product of two f32 is exact. `totals` is f64
 * and holds whole numbers; so do the sums of a tile, which lie behind it.
 */
export function addRuns(
  totals: usize,
  a: usize,
  h: usize,
  lengths: usize,
  runs: i32,
  longest: i32,
  inputs: i32,
  units: i32,
  scale: f64,
  tile: usize,
): void {
  const tileRow = (<usize>panelWidth) << 2;
  const sums = tile + <usize>panelRows * tileRow;
  const leftPanels = panelsOf(inputs, panelRows);
  const rightPanels = panelsOf(units, panelWidth);
  for (let right = 0; right < rightPanels; right++) {
    for (let left = 0; left < leftPanels; left++) {
      memory.fill(sums, 0, 2 * <usize>panelRows * tileRow);
      let runA = a;
      let runH = h;
      for (let run = 0; run < runs; run++) {
        const rows = load<i32>(lengths + ((<usize>run) << 2));
        const from = runA + ((<usize>(left * rows * panelRows)) << 2);
        const panel = runH + ((<usize>(right * rows * panelWidth)) << 2);
        if (rows > longest) addLongTile(sums, from, panel, rows, scale);
        else if (rows > 0) {
          fillTile(panelRows, tile, tileRow, zeros, 0, from, 4, panelRows << 2, panel, rows);
          addTileOnGrid(sums, tile, scale);
        }
        runA += (<usize>(rows * leftPanels * panelRows)) << 2;
        runH += (<usize>(rows * rightPanels * panelWidth)) << 2;
      }
      const input = left * panelRows;
      const unit = right * panelWidth;
      const to = totals + ((<usize>(input * units + unit)) << 3);
      putTotals(to, sums, units, min(panelRows, inputs - input), min(panelWidth, units - unit));
    }
  }
}

/** Each number of a tile, scaled, as a whole number. */
function addTileOnGrid(sums: usize, tile: usize, scale: f64): void {
  const factor = f64x2.splat(scale);
  for (let k = 0; k < panelRows * panelWidth; k += 4) {
    const low = f64x2.promote_low_f32x4(v128.load64_zero(tile));
    const high = f64x2.promote_low_f32x4(v128.load64_zero(tile, 8));
    const first = f64x2.add(v128.load(sums), f64x2.nearest(f64x2.mul(low, factor)));
    const second = f64x2.add(v128.load(sums, 16), f64x2.nearest(f64x2.mul(high, factor)));
    v128.store(sums, first);
    v128.store(sums, second, 16);
    sums += 32;
    tile += 16;
  }
}

/** The same for a run whose products are added in f64. */
function addLongTile(sums: usize, a: usize, panel: usize, rows: i32, scale: f64): void {
  const factor = f64x2.splat(scale);
  for (let r = 0; r < panelRows; r++) {
    for (let c = 0; c < panelWidth; c += 2) {
      let at = a + ((<usize>r) << 2);
      let from = panel + ((<usize>c) << 2);
      let sum = f64x2.splat(0);
      for (let row = 0; row < rows; row++) {
        const value = f64x2.splat(<f64>load<f32>(at));
        sum = f64x2.add(sum, f64x2.mul(value, f64x2.promote_low_f32x4(v128.load64_zero(from))));
        at += panelRows << 2;
        from += (<usize>panelWidth) << 2;
      }
      v128.store(sums, f64x2.add(v128.load(sums), f64x2.nearest(f64x2.mul(sum, factor))));
      sums += 16;
    }
  }
}

function putTotals(to: usize, sums: usize, units: i32, rows: i32, width: i32): void {
  for (let r = 0; r < rows; r++) {
    let j = 0;
    for (; j + 2 <= width; j += 2) {
      const at = (<usize>j) << 3;
      v128.store(to + at, v128.load(sums + at));
    }
    if (j < width) store<f64>(to + ((<usize>j) << 3), load<f64>(sums + ((<usize>j) << 3)));
    sums += (<usize>panelWidth) << 3;
    to += (<usize>units) << 3;
  }
}
