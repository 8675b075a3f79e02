// Rows of a table by number. Ids are whole numbers in f32.

/** to[k] = table[ids[k]] */
export function gatherRows(to: usize, table: usize, ids: usize, count: i32, width: i32): void {
  const bytes = (<usize>width) << 2;
  for (let k = 0; k < count; k++) {
    memory.copy(to, table + <usize>(<i32>load<f32>(ids)) * bytes, bytes);
    to += bytes;
    ids += 4;
  }
}

/**
 * Adds up the gradients of equal ids. `slots` has an i32 per row of the table, all zero at first: where an id's sum lies,
 * plus one. `found` sums are there already; returns how many there are now: ids in `unique`, sums in `merged`.
 */
export function mergeRows(
  slots: usize,
  unique: usize,
  merged: usize,
  ids: usize,
  gradient: usize,
  count: i32,
  width: i32,
  found: i32,
): i32 {
  const bytes = (<usize>width) << 2;
  for (let k = 0; k < count; k++) {
    const id = <i32>load<f32>(ids);
    const slot = slots + ((<usize>id) << 2);
    const known = load<i32>(slot);
    if (known == 0) {
      store<i32>(unique + ((<usize>found) << 2), id);
      memory.copy(merged + <usize>found * bytes, gradient, bytes);
      found++;
      store<i32>(slot, found);
    } else addTo(merged + <usize>(known - 1) * bytes, gradient, width);
    ids += 4;
    gradient += bytes;
  }
  return found;
}

function addTo(to: usize, from: usize, width: i32): void {
  let k = 0;
  for (; k + 4 <= width; k += 4) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    to += 16;
    from += 16;
  }
  for (; k < width; k++) {
    store<f32>(to, load<f32>(to) + load<f32>(from));
    to += 4;
    from += 4;
  }
}

/** table[ids[k]] += gradient[k], in f32. */
export function addRowsByIds(table: usize, ids: usize, gradient: usize, count: i32, width: i32): void {
  const bytes = (<usize>width) << 2;
  for (let k = 0; k < count; k++) {
    addTo(table + <usize>(<i32>load<f32>(ids)) * bytes, gradient, width);
    ids += 4;
    gradient += bytes;
  }
}

/** Zeros in the slots of these ids. */
export function clearSlots(slots: usize, unique: usize, count: i32): void {
  for (let k = 0; k < count; k++) store<i32>(slots + ((<usize>load<i32>(unique + ((<usize>k) << 2))) << 2), 0);
}

/** sums (f64)[unique[k]] += scale · merged[k] */
export function addRowsAt(sums: usize, unique: usize, merged: usize, count: i32, width: i32, scale: f64): void {
  const factor = f64x2.splat(scale);
  for (let k = 0; k < count; k++) {
    let to = sums + ((<usize>load<i32>(unique) * <usize>width) << 3);
    let j = 0;
    for (; j + 2 <= width; j += 2) {
      const value = f64x2.promote_low_f32x4(v128.load64_zero(merged));
      v128.store(to, f64x2.add(v128.load(to), f64x2.mul(value, factor)));
      to += 16;
      merged += 8;
    }
    if (j < width) {
      store<f64>(to, load<f64>(to) + scale * <f64>load<f32>(merged));
      merged += 4;
    }
    unique += 4;
  }
}
