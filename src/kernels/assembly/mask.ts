// Steps that an example leaves out: those whose id, in [rows, steps] of f32, is zero. Its states stay as they were.

function isLeftOut(ids: usize, row: i32, steps: i32, position: i32): bool {
  return load<f32>(ids + ((<usize>(row * steps + position)) << 2)) == 0;
}

/** states[row][step] = states[row][step − 1] (zero before the first) for the rows that leave the step out. */
export function keepStates(
  states: usize,
  ids: usize,
  rows: i32,
  steps: i32,
  step: i32,
  position: i32,
  units: i32,
): void {
  const bytes = (<usize>units) << 2;
  for (let row = 0; row < rows; row++) {
    if (!isLeftOut(ids, row, steps, position)) continue;
    const state = states + <usize>(row * steps + step) * bytes;
    if (step == 0) memory.fill(state, 0, bytes);
    else memory.copy(state, state - bytes, bytes);
  }
}

/** For the rows that leave a step out moves their gradient to `kept`, leaving zeros; zeros in `kept` elsewhere. */
export function setAside(
  kept: usize,
  gradient: usize,
  ids: usize,
  rows: i32,
  steps: i32,
  position: i32,
  units: i32,
): void {
  const bytes = (<usize>units) << 2;
  for (let row = 0; row < rows; row++) {
    const offset = <usize>row * bytes;
    if (isLeftOut(ids, row, steps, position)) {
      memory.copy(kept + offset, gradient + offset, bytes);
      memory.fill(gradient + offset, 0, bytes);
    } else memory.fill(kept + offset, 0, bytes);
  }
}

/** Zeros at a step's gates for the rows that leave it out: even where the gates themselves are no numbers. */
export function clearGates(gates: usize, ids: usize, rows: i32, steps: i32, position: i32, width: i32): void {
  const bytes = (<usize>width) << 2;
  for (let row = 0; row < rows; row++) {
    if (isLeftOut(ids, row, steps, position)) memory.fill(gates + <usize>(row * steps + position) * bytes, 0, bytes);
  }
}
