import { type StepWalk, activationCodes, combineCodes } from "../kernels/index.ts";
import type { Layout, OpMemory } from "./wasm-memory.ts";
import type { RecurrentOp } from "./wasm-op.ts";
import { gatesOf, panelFloats } from "./wasm-sizes.ts";
import { dropOut } from "./wasm-vector-pass.ts";

/** Where a step reads its gates. */
export const positionOf = ({ isReversed, steps }: RecurrentOp, step: number): number =>
  isReversed ? steps - 1 - step : step;

/** Where a step's state goes among the outputs. */
function placeOf(op: RecurrentOp, step: number): number {
  if (op.output === "last") return 0;
  return op.output === "in-order-of-steps" ? step : positionOf(op, step);
}

/** `[rows, steps]` floats, 0 at the steps that are left out. */
const flagsOf = (layout: Layout, mask: number): number =>
  mask < 0 ? layout.inputs[-1 - mask] : layout.ops[mask].saved[0];

/** Floats from one example's outputs to the next step's, and steps that give one. */
const firstGiven = (op: RecurrentOp): number => (op.output === "last" ? op.steps - 1 : 0);

/** Every step for all examples: the recurrent product is one of `rows` rows. */
export function stepForward(layout: Layout, at: OpMemory<RecurrentOp>, rows: number, first: number): void {
  const { run } = layout.kernels;
  const { op, panels, output } = at;
  const { steps, units } = op;
  const [gates, states] = at.saved;
  const columns = gatesOf(op.cell) * units;
  const early = op.cell === "gru" ? 2 * units : columns;
  run.copyRows(gates, at.sources[0], 1, rows * steps * columns, 0, 0);
  const product = (to: number, from: number, kernel: number, width: number): void => {
    const row = steps * columns;
    run.multiplyInto(to, row, from, steps * units, 1, kernel, rows, units, width, 0, layout.tile, 1);
  };
  const kept = drawKept(layout, at, rows, first);
  for (let step = 0; step < steps; step++) {
    const position = positionOf(op, step);
    const gate = gates + 4 * position * columns;
    if (step > 0) product(gate, states + 4 * (step - 1) * units, panels, early);
    const walk: StepWalk = [rows, steps, step, position, units];
    if (op.cell === "gru") {
      run.gruGates(gates, states, at.saved[2], ...walk, activationCodes[op.gateActivation]);
      const late = panels + 4 * panelFloats(units, early);
      if (step > 0) product(gate + 4 * early, at.saved[2] + 4 * step * units, late, units);
      run.gruStep(gates, states, ...walk, activationCodes[op.cellActivation]);
    } else if (op.cell === "lstm") {
      const codes = [activationCodes[op.cellActivation], activationCodes[op.gateActivation]] as const;
      run.lstmStep(gates, states, at.saved[2], at.saved[3], ...walk, ...codes);
    } else run.simpleStep(gates, states, ...walk, activationCodes[op.cellActivation]);
    if (op.mask !== null) {
      const ids = flagsOf(layout, op.mask);
      run.keepStates(states, ids, ...walk);
      if (op.cell === "lstm") run.keepStates(at.saved[2], ids, ...walk);
    }
    if (step >= firstGiven(op)) {
      const to = output + 4 * placeOf(op, step) * units;
      run.copyRows(to, states + 4 * step * units, rows, units, op.outputSize, steps * units);
    }
    if (kept === 0) continue;
    for (let row = 0; row < rows; row++) {
      const state = states + 4 * (row * steps + step) * units;
      run.combine(combineCodes.multiply, state, state, kept + 4 * row * units, units);
    }
  }
}

/** What each example's states are multiplied with before they are read, `[rows, units]`; 0 where they are read as they are. */
function drawKept(layout: Layout, at: OpMemory<RecurrentOp>, rows: number, first: number): number {
  const kept = keptOf(layout, at);
  const { units, recurrentDropout } = at.op;
  if (kept === 0 || recurrentDropout === null) return 0;
  layout.kernels.floats().fill(1, kept / 4, kept / 4 + rows * units);
  for (let row = 0; row < rows; row++) {
    const own = kept + 4 * row * units;
    dropOut(layout, recurrentDropout, first + row, own, own, units);
  }
  return kept;
}

/** Without seeds nothing is dropped. */
const keptOf = ({ seeds }: Layout, { op, saved }: OpMemory<RecurrentOp>): number =>
  op.recurrentDropout === null || seeds === 0 ? 0 : saved[saved.length - 1];

/** From ∂loss/∂output to the gates' gradients, step by step from the last. */
export function stepBack(layout: Layout, at: OpMemory<RecurrentOp>, rows: number): void {
  const { run } = layout.kernels;
  const { op, backPanels } = at;
  const { steps, units } = op;
  const [gates, states] = at.saved;
  const [target] = at.targets;
  const columns = gatesOf(op.cell) * units;
  const early = op.cell === "gru" ? 2 * units : columns;
  const size = 4 * rows * units;
  const [dh, dc, dreset, keptH, keptC] = [0, 1, 2, 3, 4].map((k) => layout.states + k * size);
  const kept = keptOf(layout, at);
  const ids = op.mask === null ? 0 : flagsOf(layout, op.mask);
  const back = (to: number, from: number, kernel: number, depth: number, isAdded: 0 | 1): void => {
    run.multiplyInto(to, units, from, steps * columns, 1, kernel, rows, depth, units, 0, layout.tile, isAdded);
  };
  run.clear(dh, 2 * size);
  for (let step = steps - 1; step >= 0; step--) {
    const position = positionOf(op, step);
    if (step >= firstGiven(op)) {
      run.addRowsTo(dh, at.gradient + 4 * placeOf(op, step) * units, rows, units, units, op.outputSize);
    }
    const walk: StepWalk = [rows, steps, step, position, units];
    const gate = target + 4 * position * columns;
    if (ids !== 0) {
      run.setAside(keptH, dh, ids, rows, steps, position, units);
      run.setAside(keptC, dc, ids, rows, steps, position, units);
    }
    const codes = [activationCodes[op.cellActivation], activationCodes[op.gateActivation]] as const;
    if (op.cell === "gru") {
      run.gruStepBack(target, dh, gates, states, ...walk, ...codes);
      const late = backPanels + 4 * panelFloats(early, units);
      back(dreset, gate + 4 * early, late, units, 0);
      run.gruResetBack(target, dh, dreset, gates, states, ...walk, codes[1]);
      if (ids !== 0) run.clearGates(target, ids, rows, steps, position, columns);
      back(dh, gate, backPanels, early, 1);
    } else if (op.cell === "lstm") {
      run.lstmStepBack(target, dh, dc, gates, at.saved[2], at.saved[3], ...walk, ...codes);
      if (ids !== 0) run.clearGates(target, ids, rows, steps, position, columns);
      if (step > 0) back(dh, gate, backPanels, columns, 0);
    } else {
      run.simpleStepBack(target, dh, gates, rows, steps, position, units, codes[0]);
      if (ids !== 0) run.clearGates(target, ids, rows, steps, position, columns);
      if (step > 0) back(dh, gate, backPanels, columns, 0);
    }
    if (kept !== 0) run.combine(combineCodes.multiply, dh, dh, kept, rows * units);
    if (ids !== 0) {
      run.addRowsTo(dh, keptH, 1, rows * units, 0, 0);
      run.addRowsTo(dc, keptC, 1, rows * units, 0, 0);
    }
  }
}
