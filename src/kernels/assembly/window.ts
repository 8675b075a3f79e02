// Images are [height, width, channels] of f32, one example each; a window reads `windowHeight` x `windowWidth` cells.

function copyFloats(to: usize, from: usize, count: i32): void {
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  }
  for (; k < count; k++) {
    store<f32>(to, load<f32>(from));
    to += 4;
    from += 4;
  }
}

function addFloats(to: usize, from: usize, count: i32): void {
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    to += 16;
    from += 16;
  }
  for (; k < count; k++) {
    store<f32>(to, load<f32>(to) + load<f32>(from));
    to += 4;
    from += 4;
  }
}

/** Copies rows of `length` floats between images whose rows are `toStride` and `fromStride` floats apart. */
export function copyRows(to: usize, from: usize, rows: i32, length: i32, toStride: i32, fromStride: i32): void {
  for (let row = 0; row < rows; row++) {
    copyFloats(to, from, length);
    to += (<usize>toStride) << 2;
    from += (<usize>fromStride) << 2;
  }
}

/**
 * columns[position][window][channel] = what each position's window reads. No padding: the image already has it. `strideY`
 * and `rowStep` are floats from one position, and one line of the window, to the next below; `run` floats of a line lie
 * together, `runs` times, `runStep` floats apart (one run of the whole line unless the window is dilated).
 */
export function copyWindows(
  columns: usize,
  image: usize,
  positionsY: i32,
  positionsX: i32,
  strideY: i32,
  strideX: i32,
  lines: i32,
  rowStep: i32,
  runs: i32,
  run: i32,
  runStep: i32,
): void {
  const bytes = (<usize>run) << 2;
  for (let y = 0; y < positionsY; y++) {
    for (let x = 0; x < positionsX; x++) {
      const corner = image + ((<usize>(y * strideY + x * strideX)) << 2);
      for (let line = 0; line < lines; line++) {
        for (let part = 0; part < runs; part++) {
          copyFloats(columns, corner + ((<usize>(line * rowStep + part * runStep)) << 2), run);
          columns += bytes;
        }
      }
    }
  }
}

/** Adds columns back to the image that copyWindows would have read them from. */
export function addWindows(
  image: usize,
  columns: usize,
  positionsY: i32,
  positionsX: i32,
  strideY: i32,
  strideX: i32,
  lines: i32,
  rowStep: i32,
  runs: i32,
  run: i32,
  runStep: i32,
): void {
  const bytes = (<usize>run) << 2;
  for (let y = 0; y < positionsY; y++) {
    for (let x = 0; x < positionsX; x++) {
      const corner = image + ((<usize>(y * strideY + x * strideX)) << 2);
      for (let line = 0; line < lines; line++) {
        for (let part = 0; part < runs; part++) {
          addFloats(corner + ((<usize>(line * rowStep + part * runStep)) << 2), columns, run);
          columns += bytes;
        }
      }
    }
  }
}

/** The largest cell of each window and, in `cells`, where in the image it is: the first of equals. */
export function poolLargest(
  pooled: usize,
  cells: usize,
  image: usize,
  height: i32,
  width: i32,
  channels: i32,
  positionsY: i32,
  positionsX: i32,
  windowHeight: i32,
  windowWidth: i32,
  strideY: i32,
  strideX: i32,
  top: i32,
  left: i32,
): void {
  const lanes = i32x4(0, 1, 2, 3);
  for (let y = 0; y < positionsY; y++) {
    const y0 = max(0, y * strideY - top);
    const y1 = min(height, y * strideY - top + windowHeight);
    for (let x = 0; x < positionsX; x++) {
      const x0 = max(0, x * strideX - left);
      const x1 = min(width, x * strideX - left + windowWidth);
      const first = (y0 * width + x0) * channels;
      let c = 0;
      for (; c + 4 <= channels; c += 4) {
        let best = v128.load(image + ((<usize>(first + c)) << 2));
        let at = i32x4.splat(first + c);
        for (let i = y0; i < y1; i++) {
          for (let j = x0; j < x1; j++) {
            const cell = (i * width + j) * channels + c;
            const value = v128.load(image + ((<usize>cell) << 2));
            const isLarger = f32x4.gt(value, best);
            best = v128.bitselect(value, best, isLarger);
            at = v128.bitselect(i32x4.splat(cell), at, isLarger);
          }
        }
        v128.store(pooled, best);
        v128.store(cells, i32x4.add(at, lanes));
        pooled += 16;
        cells += 16;
      }
      for (; c < channels; c++) {
        let at = first + c;
        let best = load<f32>(image + ((<usize>at) << 2));
        for (let i = y0; i < y1; i++) {
          for (let j = x0; j < x1; j++) {
            const cell = (i * width + j) * channels + c;
            const value = load<f32>(image + ((<usize>cell) << 2));
            if (value > best) {
              best = value;
              at = cell;
            }
          }
        }
        store<f32>(pooled, best);
        store<i32>(cells, at);
        pooled += 4;
        cells += 4;
      }
    }
  }
}

/** image[cells[k]] += gradient[k]. */
export function spreadLargest(image: usize, gradient: usize, cells: usize, count: i32): void {
  for (let k = 0; k < count; k++) {
    const to = image + ((<usize>load<i32>(cells)) << 2);
    store<f32>(to, load<f32>(to) + load<f32>(gradient));
    cells += 4;
    gradient += 4;
  }
}

/** The mean of each window's cells inside the image, or with `isBack` the gradient of that, added to the image. */
export function poolAverage(
  pooled: usize,
  image: usize,
  height: i32,
  width: i32,
  channels: i32,
  positionsY: i32,
  positionsX: i32,
  windowHeight: i32,
  windowWidth: i32,
  strideY: i32,
  strideX: i32,
  top: i32,
  left: i32,
  isBack: bool,
): void {
  for (let y = 0; y < positionsY; y++) {
    const y0 = max(0, y * strideY - top);
    const y1 = min(height, y * strideY - top + windowHeight);
    for (let x = 0; x < positionsX; x++) {
      const x0 = max(0, x * strideX - left);
      const x1 = min(width, x * strideX - left + windowWidth);
      const count = <f32>((y1 - y0) * (x1 - x0));
      let c = 0;
      for (; c + 4 <= channels; c += 4) {
        let sums = f32x4.splat(0);
        const shares = isBack ? f32x4.div(v128.load(pooled), f32x4.splat(count)) : sums;
        for (let i = y0; i < y1; i++) {
          for (let j = x0; j < x1; j++) {
            const at = image + ((<usize>((i * width + j) * channels + c)) << 2);
            if (isBack) v128.store(at, f32x4.add(v128.load(at), shares));
            else sums = f32x4.add(sums, v128.load(at));
          }
        }
        if (!isBack) v128.store(pooled, f32x4.div(sums, f32x4.splat(count)));
        pooled += 16;
      }
      for (; c < channels; c++) {
        let sum: f32 = 0;
        const share = isBack ? load<f32>(pooled) / count : <f32>0;
        for (let i = y0; i < y1; i++) {
          for (let j = x0; j < x1; j++) {
            const at = image + ((<usize>((i * width + j) * channels + c)) << 2);
            if (isBack) store<f32>(at, load<f32>(at) + share);
            else sum += load<f32>(at);
          }
        }
        if (!isBack) store<f32>(pooled, sum / count);
        pooled += 4;
      }
    }
  }
}
