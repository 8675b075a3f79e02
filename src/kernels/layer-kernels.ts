/*
 * The kernels of particular layers, as assembly/ exports them: the conventions of `kernels.ts`. Booleans are 0 or 1.
 */

/** Functions of each entry whose slope needs the input, by number. */
export const curveCodes = {
  cappedRelu: 1,
  leakyRelu: 2,
  thresholdedRelu: 3,
  scaledElu: 4,
  selu: 5,
  softsign: 6,
  swish: 7,
  mish: 8,
  gelu: 9,
  gelu_new: 10,
} as const;
export type CurveName = keyof typeof curveCodes;

/** Vectors entry by entry. */
export const combineCodes = { add: 1, subtract: 2, multiply: 3, maximum: 4, minimum: 5 } as const;

/** Groups of `lines` lines of `length` floats, lines and groups so many floats apart. */
export type GroupWalk = [groups: number, groupStep: number, lines: number, lineStep: number, length: number];

/** A step of a cell: step number `step` reads and writes the gates at `position`. */
export type StepWalk = [rows: number, steps: number, step: number, position: number, units: number];

type AttentionShape = [heads: number, queries: number, keys: number, width: number, valueWidth: number, scale: number];
type ChannelShape = [positions: number, taps: number, channels: number, multiplier: number];

export interface LayerKernelExports {
  /** As multiply; rows of c are `cRow` floats apart, and with `isAdded` each sum starts from them and not from the bias. */
  multiplyInto(
    c: number,
    cRow: number,
    a: number,
    aRow: number,
    aStep: number,
    panels: number,
    rows: number,
    depth: number,
    columns: number,
    bias: number,
    tile: number,
    isAdded: number,
  ): void;
  bend(kind: number, to: number, from: number, count: number, parameter: number): void;
  unbend(kind: number, to: number, gradient: number, from: number, count: number, parameter: number): void;
  /** PReLU; `map` is 0 or an i32 table of each entry's slope. */
  bendBySlopes(to: number, from: number, slopes: number, map: number, count: number): void;
  unbendBySlopes(to: number, gradient: number, from: number, slopes: number, map: number, count: number): void;
  addSlopes(slopes: number, gradient: number, from: number, map: number, count: number): void;
  normalize(to: number, inverse: number, from: number, ...walk: [...GroupWalk, epsilon: number]): void;
  denormalize(gradient: number, normalized: number, inverse: number, ...walk: GroupWalk): void;
  scaleColumns(to: number, from: number, scales: number, offsets: number, rows: number, columns: number): void;
  /** out (+)= Σ over rows of a · b, or of a where b is 0. */
  addColumns(out: number, a: number, b: number, rows: number, columns: number, isAdded: number): void;
  /** Softmax of scale · x over the first `used` + row · `step` entries of each row. */
  softmaxRows(at: number, rows: number, columns: number, scale: number, used: number, step: number): void;
  desoftmaxRows(gradient: number, p: number, rows: number, columns: number, scale: number): void;
  attend(
    out: number,
    weights: number,
    q: number,
    k: number,
    v: number,
    ...rest: [...AttentionShape, isCausal: number, panels: number, tile: number]
  ): void;
  attendBack(
    dq: number,
    dk: number,
    dv: number,
    gradient: number,
    weights: number,
    q: number,
    k: number,
    v: number,
    ...rest: [...AttentionShape, scores: number, panels: number, tile: number]
  ): void;
  simpleStep(gates: number, states: number, ...rest: [...StepWalk, activation: number]): void;
  simpleStepBack(
    gradient: number,
    dh: number,
    gates: number,
    rows: number,
    steps: number,
    position: number,
    units: number,
    activation: number,
  ): void;
  lstmStep(
    gates: number,
    states: number,
    cells: number,
    curved: number,
    ...rest: [...StepWalk, activation: number, gateActivation: number]
  ): void;
  lstmStepBack(
    gradient: number,
    dh: number,
    dc: number,
    gates: number,
    cells: number,
    curved: number,
    ...rest: [...StepWalk, activation: number, gateActivation: number]
  ): void;
  gruGates(gates: number, states: number, reset: number, ...rest: [...StepWalk, gateActivation: number]): void;
  gruStep(gates: number, states: number, ...rest: [...StepWalk, activation: number]): void;
  gruStepBack(
    gradient: number,
    dh: number,
    gates: number,
    states: number,
    ...rest: [...StepWalk, activation: number, gateActivation: number]
  ): void;
  gruResetBack(
    gradient: number,
    dh: number,
    dreset: number,
    gates: number,
    states: number,
    ...rest: [...StepWalk, gateActivation: number]
  ): void;
  /** Losses (f64) and gradients of logits `[rows, positions, classes]` against class numbers (f64). */
  crossEntropy(
    gradient: number,
    logits: number,
    labels: number,
    losses: number,
    rows: number,
    positions: number,
    classes: number,
  ): void;
  /** For rows whose id at a position is zero: the state before stays. */
  keepStates(
    states: number,
    ids: number,
    rows: number,
    steps: number,
    step: number,
    position: number,
    units: number,
  ): void;
  /** For the same rows: their gradient goes to `kept`; zeros elsewhere. */
  setAside(
    kept: number,
    gradient: number,
    ids: number,
    rows: number,
    steps: number,
    position: number,
    units: number,
  ): void;
  clearGates(gates: number, ids: number, rows: number, steps: number, position: number, width: number): void;
  /** to[row] += from[row]. */
  addRowsTo(to: number, from: number, rows: number, length: number, toStep: number, fromStep: number): void;
  gatherRows(to: number, table: number, ids: number, count: number, width: number): void;
  /** Adds up gradients of equal ids; returns how many different ids there are now. */
  mergeRows(
    slots: number,
    unique: number,
    merged: number,
    ids: number,
    gradient: number,
    count: number,
    width: number,
    found: number,
  ): number;
  /** table[ids] += gradient, in f32. */
  addRowsByIds(table: number, ids: number, gradient: number, count: number, width: number): void;
  clearSlots(slots: number, unique: number, count: number): void;
  /** sums (f64)[unique] += scale · merged. */
  addRowsAt(sums: number, unique: number, merged: number, count: number, width: number, scale: number): void;
  combine(kind: number, to: number, a: number, b: number, count: number): void;
  scaleAll(at: number, count: number, factor: number): void;
  keepEqual(at: number, a: number, b: number, count: number, isOpposite: number): void;
  rearrange(to: number, from: number, order: number, count: number, isBack: number): void;
  /** Philox4x32-10 with this key: kept where a word is at least `threshold`. */
  dropOut(
    to: number,
    from: number,
    count: number,
    key0: number,
    key1: number,
    number: number,
    threshold: number,
    scale: number,
  ): void;
  convolveChannels(to: number, windows: number, kernel: number, bias: number, ...shape: ChannelShape): void;
  convolveChannelsBack(windows: number, gradient: number, kernel: number, ...shape: ChannelShape): void;
  addChannelProducts(kernel: number, windows: number, gradient: number, ...shape: ChannelShape): void;
}
