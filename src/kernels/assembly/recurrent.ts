// Steps of recurrent cells for `rows` examples. Gates are [rows, steps, gates · units] in the order of positions; states,
// cells and what else a step leaves for the way back are [rows, steps, units] in the order of steps. The state before
// step 0 is zero. Activations by their number.
import { activate, deactivate } from "./activation";
import { loadSome, storeSome } from "./lanes";

function rowAt(base: usize, row: i32, steps: i32, place: i32, width: i32): usize {
  return base + ((<usize>((row * steps + place) * width)) << 2);
}

/** The state of the step before, zeros (of scratch) before the first. */
function before(states: usize, row: i32, steps: i32, step: i32, units: i32): usize {
  return step == 0 ? 0 : rowAt(states, row, steps, step - 1, units);
}

function loadState(at: usize, offset: usize, left: i32): v128 {
  return at == 0 ? f32x4.splat(0) : loadSome(at + offset, left);
}

/** h = activation(gates) */
export function simpleStep(
  gates: usize,
  states: usize,
  rows: i32,
  steps: i32,
  step: i32,
  position: i32,
  units: i32,
  activation: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const gate = rowAt(gates, row, steps, position, units);
    const state = rowAt(states, row, steps, step, units);
    activate(activation, gate, units);
    memory.copy(state, gate, (<usize>units) << 2);
  }
}

/** From ∂loss/∂h at `dh` [rows, units] to that at the gates. */
export function simpleStepBack(
  gradient: usize,
  dh: usize,
  gates: usize,
  rows: i32,
  steps: i32,
  position: i32,
  units: i32,
  activation: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const to = rowAt(gradient, row, steps, position, units);
    memory.copy(to, rowAt(dh, row, 1, 0, units), (<usize>units) << 2);
    deactivate(activation, to, rowAt(gates, row, steps, position, units), units);
  }
}

/** c = f · c′ + i · g, h = o · activation(c); gates i, f, g, o are left activated, activation(c) in `curved`. */
export function lstmStep(
  gates: usize,
  states: usize,
  cells: usize,
  curved: usize,
  rows: i32,
  steps: i32,
  step: i32,
  position: i32,
  units: i32,
  activation: i32,
  gateActivation: i32,
): void {
  const wide = (<usize>units) << 2;
  for (let row = 0; row < rows; row++) {
    const gate = rowAt(gates, row, steps, position, 4 * units);
    activate(gateActivation, gate, 2 * units);
    activate(activation, gate + 2 * wide, units);
    activate(gateActivation, gate + 3 * wide, units);
    const previous = before(cells, row, steps, step, units);
    const cell = rowAt(cells, row, steps, step, units);
    const curve = rowAt(curved, row, steps, step, units);
    for (let k = 0; k < units; k += 4) {
      const left = units - k;
      const at = (<usize>k) << 2;
      const i = loadSome(gate + at, left);
      const f = loadSome(gate + wide + at, left);
      const g = loadSome(gate + 2 * wide + at, left);
      const c = f32x4.add(f32x4.mul(f, loadState(previous, at, left)), f32x4.mul(i, g));
      storeSome(cell + at, c, left);
      storeSome(curve + at, c, left);
    }
    activate(activation, curve, units);
    const state = rowAt(states, row, steps, step, units);
    for (let k = 0; k < units; k += 4) {
      const at = (<usize>k) << 2;
      const o = loadSome(gate + 3 * wide + at, units - k);
      storeSome(state + at, f32x4.mul(o, loadSome(curve + at, units - k)), units - k);
    }
  }
}

/** From ∂loss/∂h at `dh` and ∂loss/∂c at `dc` (from the step after) to the gates' gradients, and ∂loss/∂c′ at `dc`. */
export function lstmStepBack(
  gradient: usize,
  dh: usize,
  dc: usize,
  gates: usize,
  cells: usize,
  curved: usize,
  rows: i32,
  steps: i32,
  step: i32,
  position: i32,
  units: i32,
  activation: i32,
  gateActivation: i32,
): void {
  const wide = (<usize>units) << 2;
  for (let row = 0; row < rows; row++) {
    const gate = rowAt(gates, row, steps, position, 4 * units);
    const to = rowAt(gradient, row, steps, position, 4 * units);
    const previous = before(cells, row, steps, step, units);
    const curve = rowAt(curved, row, steps, step, units);
    const h = rowAt(dh, row, 1, 0, units);
    const c = rowAt(dc, row, 1, 0, units);
    // ∂loss/∂c through h, where the gate of g will lie
    for (let k = 0; k < units; k += 4) {
      const at = (<usize>k) << 2;
      const o = loadSome(gate + 3 * wide + at, units - k);
      storeSome(to + 2 * wide + at, f32x4.mul(loadSome(h + at, units - k), o), units - k);
    }
    deactivate(activation, to + 2 * wide, curve, units);
    for (let k = 0; k < units; k += 4) {
      const left = units - k;
      const at = (<usize>k) << 2;
      const total = f32x4.add(loadSome(to + 2 * wide + at, left), loadSome(c + at, left));
      const i = loadSome(gate + at, left);
      const f = loadSome(gate + wide + at, left);
      const g = loadSome(gate + 2 * wide + at, left);
      storeSome(to + at, f32x4.mul(total, g), left);
      storeSome(to + wide + at, f32x4.mul(total, loadState(previous, at, left)), left);
      storeSome(to + 2 * wide + at, f32x4.mul(total, i), left);
      storeSome(to + 3 * wide + at, f32x4.mul(loadSome(h + at, left), loadSome(curve + at, left)), left);
      storeSome(c + at, f32x4.mul(total, f), left);
    }
    deactivate(gateActivation, to, gate, 2 * units);
    deactivate(activation, to + 2 * wide, gate + 2 * wide, units);
    deactivate(gateActivation, to + 3 * wide, gate + 3 * wide, units);
  }
}

/** The gates z and r of a GRU, and r · h′ at `reset`, which the candidate's product reads. */
export function gruGates(
  gates: usize,
  states: usize,
  reset: usize,
  rows: i32,
  steps: i32,
  step: i32,
  position: i32,
  units: i32,
  gateActivation: i32,
): void {
  const wide = (<usize>units) << 2;
  for (let row = 0; row < rows; row++) {
    const gate = rowAt(gates, row, steps, position, 3 * units);
    activate(gateActivation, gate, 2 * units);
    const previous = before(states, row, steps, step, units);
    const to = rowAt(reset, row, steps, step, units);
    for (let k = 0; k < units; k += 4) {
      const at = (<usize>k) << 2;
      const r = loadSome(gate + wide + at, units - k);
      storeSome(to + at, f32x4.mul(r, loadState(previous, at, units - k)), units - k);
    }
  }
}

/** h = z · h′ + (1 − z) · candidate */
export function gruStep(
  gates: usize,
  states: usize,
  rows: i32,
  steps: i32,
  step: i32,
  position: i32,
  units: i32,
  activation: i32,
): void {
  const wide = (<usize>units) << 2;
  const one = f32x4.splat(1);
  for (let row = 0; row < rows; row++) {
    const gate = rowAt(gates, row, steps, position, 3 * units);
    activate(activation, gate + 2 * wide, units);
    const previous = before(states, row, steps, step, units);
    const state = rowAt(states, row, steps, step, units);
    for (let k = 0; k < units; k += 4) {
      const left = units - k;
      const at = (<usize>k) << 2;
      const z = loadSome(gate + at, left);
      const kept = f32x4.mul(z, loadState(previous, at, left));
      const candidate = loadSome(gate + 2 * wide + at, left);
      storeSome(state + at, f32x4.add(kept, f32x4.mul(f32x4.sub(one, z), candidate)), left);
    }
  }
}

/** From ∂loss/∂h at `dh` to the gradients of z and of the candidate; `dh` becomes its part z · ∂loss/∂h of ∂loss/∂h′. */
export function gruStepBack(
  gradient: usize,
  dh: usize,
  gates: usize,
  states: usize,
  rows: i32,
  steps: i32,
  step: i32,
  position: i32,
  units: i32,
  activation: i32,
  gateActivation: i32,
): void {
  const wide = (<usize>units) << 2;
  const one = f32x4.splat(1);
  for (let row = 0; row < rows; row++) {
    const gate = rowAt(gates, row, steps, position, 3 * units);
    const to = rowAt(gradient, row, steps, position, 3 * units);
    const previous = before(states, row, steps, step, units);
    const h = rowAt(dh, row, 1, 0, units);
    for (let k = 0; k < units; k += 4) {
      const left = units - k;
      const at = (<usize>k) << 2;
      const g = loadSome(h + at, left);
      const z = loadSome(gate + at, left);
      const candidate = loadSome(gate + 2 * wide + at, left);
      storeSome(to + at, f32x4.mul(g, f32x4.sub(loadState(previous, at, left), candidate)), left);
      storeSome(to + 2 * wide + at, f32x4.mul(g, f32x4.sub(one, z)), left);
      storeSome(h + at, f32x4.mul(g, z), left);
    }
    deactivate(gateActivation, to, gate, units);
    deactivate(activation, to + 2 * wide, gate + 2 * wide, units);
  }
}

/** From ∂loss/∂(r · h′) at `dreset` to the gradient of r, and `dh` += r · that. */
export function gruResetBack(
  gradient: usize,
  dh: usize,
  dreset: usize,
  gates: usize,
  states: usize,
  rows: i32,
  steps: i32,
  step: i32,
  position: i32,
  units: i32,
  gateActivation: i32,
): void {
  const wide = (<usize>units) << 2;
  for (let row = 0; row < rows; row++) {
    const gate = rowAt(gates, row, steps, position, 3 * units) + wide;
    const to = rowAt(gradient, row, steps, position, 3 * units) + wide;
    const previous = before(states, row, steps, step, units);
    const h = rowAt(dh, row, 1, 0, units);
    const d = rowAt(dreset, row, 1, 0, units);
    for (let k = 0; k < units; k += 4) {
      const left = units - k;
      const at = (<usize>k) << 2;
      const g = loadSome(d + at, left);
      storeSome(to + at, f32x4.mul(g, loadState(previous, at, left)), left);
      storeSome(h + at, f32x4.add(loadSome(h + at, left), f32x4.mul(g, loadSome(gate + at, left))), left);
    }
    deactivate(gateActivation, to, gate, units);
  }
}

/** to[row] += from[row], rows of `length` floats that are `toStep` and `fromStep` floats apart. */
export function addRowsTo(to: usize, from: usize, rows: i32, length: i32, toStep: i32, fromStep: i32): void {
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < length; k += 4) {
      const at = (<usize>k) << 2;
      const sum = f32x4.add(loadSome(to + at, length - k), loadSome(from + at, length - k));
      storeSome(to + at, sum, length - k);
    }
    to += (<usize>toStep) << 2;
    from += (<usize>fromStep) << 2;
  }
}
