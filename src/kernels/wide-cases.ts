import { type PoolWalk, type WindowWalk, panelInputs } from "./kernels.ts";
import { combineCodes, curveCodes, type StepWalk } from "./layer-kernels.ts";
import { type TrialCase, orderLength, tableRows } from "./wide-places.ts";

/*
 * What the wide build is tried on before it is taken: every kernel, on made-up numbers, in shapes with whole and with short
 * tiles and tails.
 */

/** The product that is compared with plain arithmetic too: a `[rows, depth]`, b `[depth, columns]`, a bias behind them. */
export const plainProduct = { rows: 17, depth: 29, columns: 40 } as const;

const products: TrialCase[] = [
  {
    name: "product",
    size: plainProduct.rows * plainProduct.columns,
    run(k, { floats, out, scratch, tile }) {
      const { rows, depth, columns } = plainProduct;
      const b = floats + 4 * rows * depth;
      k.pack(scratch, b, depth, columns, columns, 1);
      k.multiply(out, floats, depth, 1, scratch, rows, depth, columns, b + 4 * depth * columns, tile);
    },
  },
  {
    name: "product of a transposed matrix, added",
    size: 14 * 64,
    run(k, { floats, out, scratch, tile }) {
      k.pack(scratch, floats, 64, 64, 1, 64);
      k.multiplyInto(out, 64, floats, 1, 14, scratch, 14, 64, 64, 0, tile, 1);
    },
  },
  {
    name: "sum of runs",
    size: 2 * 20 * 24,
    run(k, { floats, words, out, scratch, tile }) {
      const [lengths, inputs, units] = [[9, 64, 98], 20, 24];
      const rows = lengths.reduce((sum, length) => sum + length, 0);
      const right = scratch + 4 * rows * panelInputs * Math.ceil(inputs / panelInputs);
      k.packLeftRuns(scratch, floats, words, lengths.length, inputs, inputs);
      k.packRuns(right, floats, words, lengths.length, units);
      k.addRuns(out, scratch, right, words, lengths.length, 96, inputs, units, 2 ** 16, tile);
    },
  },
  {
    name: "attention",
    size: 2 * 21 * 32 + 2 * 21 * 21,
    run(k, { floats, out, scratch, tile }) {
      const weights = out + 4 * 2 * 21 * 32;
      const [q, key, v] = [floats, floats + 4096, floats + 8192];
      k.attend(out, weights, q, key, v, 2, 21, 21, 16, 16, 0.25, 1, scratch, tile);
    },
  },
  {
    name: "attention, back",
    size: 3 * 21 * 32,
    run(k, { floats, out, scratch, tile }) {
      const [dq, dk, dv] = [out, out + 4 * 21 * 32, out + 8 * 21 * 32];
      const at = [0, 4096, 8192, 12_288, 16_384].map((offset) => floats + offset);
      const [gradient, weights, q, key, v] = at;
      const panels = scratch + 4 * 21 * 32;
      k.attendBack(dq, dk, dv, gradient, weights, q, key, v, 2, 21, 21, 16, 16, 0.25, scratch, panels, tile);
    },
  },
];

const rows: TrialCase[] = [
  { name: "softmax", size: 8 * 67, run: (k, { out }) => k.softmaxRows(out, 8, 67, 0.5, 3, 9) },
  { name: "softmax, back", size: 8 * 67, run: (k, { floats, out }) => k.desoftmaxRows(out, floats + 64, 8, 67, 0.5) },
  {
    name: "normalization",
    size: 9 * 69,
    run: (k, { floats, out, scratch }) => k.normalize(out, scratch, floats, 9, 69, 1, 69, 69, 1e-5),
  },
  {
    name: "normalization, back",
    size: 9 * 69,
    run: (k, { floats, out }) => k.denormalize(out, floats + 16, floats + 64, 9, 69, 1, 69, 69),
  },
  {
    name: "scaled columns",
    size: 9 * 69,
    run: (k, { floats, out }) => k.scaleColumns(out, floats, floats + 16, floats + 64, 9, 69),
  },
  { name: "sums of columns", size: 69, run: (k, { floats, out }) => k.addColumns(out, floats, 0, 9, 69, 1) },
  {
    name: "products of columns",
    size: 69,
    run: (k, { floats, out }) => k.addColumns(out, floats, floats + 16, 9, 69, 0),
  },
  { name: "squares", size: 0, run: (k, { floats }) => k.sumSquares(floats, 1003) },
  { name: "stored row", size: 1003, run: (k, { floats, out }) => k.storeRow(out, floats, 1003) },
  { name: "stored, scaled", size: 1003, run: (k, { floats, out }) => k.storeScaled(out, floats, 1003, 0.37) },
  {
    name: "added, scaled",
    size: 2 * 1003,
    run(k, { floats, doubles, out }) {
      k.copyRows(out, doubles, 1, 2 * 1003, 0, 0);
      k.addScaled(out, floats, 1003, 0.37);
    },
  },
  { name: "column sums in f64", size: 69, run: (k, { floats, out }) => k.sumColumns(out, floats, 9, 69) },
  {
    name: "rounded sums",
    size: 2 * 1001,
    run(k, { doubles, out }) {
      k.copyRows(out, doubles, 1, 2 * 1001, 0, 0);
      k.roundSums(out, 1001, 2 ** 20);
      return k.areWhole(out, 1001);
    },
  },
  { name: "sums as floats", size: 1001, run: (k, { doubles, out }) => k.toFloats(out, doubles, 1001, 0.37) },
  { name: "folded floats", size: 1001, run: (k, { floats, out }) => k.foldFloats(out, floats, 1001, 3, 1004, 0.37) },
  { name: "folded sums", size: 2 * 501, run: (k, { doubles, out }) => k.foldSums(out, doubles, 501, 3, 502, 2 ** 20) },
];

const entries: TrialCase[] = [
  ...[1, 2, 3, 4, 5, 6].flatMap((kind): TrialCase[] => [
    { name: `activation ${kind}`, size: 203, run: (k, { out }) => k.activate(kind, out, 203) },
    {
      name: `activation ${kind}, back`,
      size: 203,
      run: (k, { floats, out }) => k.deactivate(kind, out, floats + 16, 203),
    },
  ]),
  ...[1, 2, 3, 4, 5].map((kind): TrialCase => {
    return {
      name: `pair ${kind}`,
      size: 1003,
      run: (k, { floats, out }) => k.combine(kind, out, floats, floats + 64, 1003),
    };
  }),
  { name: "scaled", size: 1003, run: (k, { out }) => k.scaleAll(out, 1003, 0.37) },
  { name: "added rows", size: 1003, run: (k, { floats, out }) => k.addRowsTo(out, floats + 64, 1, 1003, 0, 0) },
  {
    name: "noise",
    size: 2 * 600,
    run(k, { doubles, table, words, out }) {
      k.copyRows(out, doubles, 1, 2 * 600, 0, 0);
      // what it leaves undecided is drawn otherwise: here it is passed over
      let done = 0;
      for (let next = 0; next < 600; next = done + 1) {
        done = next + k.perturb(out + 8 * next, words + 64 + 8 * next, 600 - next, table, 1000, 0.49);
      }
      return k.settle(out, 600, 2 ** 50);
    },
  },
];

const step: StepWalk = [3, 4, 2, 2, 40];
/** Floats of gates, states, and what goes back through a step, of a walk of `step`. */
const [gates, states, back] = [3 * 4 * 40, 3 * 4 * 40, 3 * 40];

const cells: TrialCase[] = [
  {
    name: "step of a simple cell",
    size: gates + states,
    run: (k, { out }) => k.simpleStep(out, out + 4 * gates, ...step, 2),
  },
  {
    name: "step of a simple cell, back",
    size: gates + back,
    run: (k, { floats, out }) => k.simpleStepBack(out, out + 4 * gates, floats, 3, 4, 2, 40, 2),
  },
  {
    name: "step of an LSTM",
    size: 4 * gates + 3 * states,
    run(k, { out }) {
      const [state, cell, curved] = [0, 1, 2].map((n) => out + 4 * (4 * gates + n * states));
      k.lstmStep(out, state, cell, curved, ...step, 2, 3);
    },
  },
  {
    name: "step of an LSTM, back",
    size: 4 * gates + 2 * back,
    run(k, { floats, out }) {
      const [dh, dc] = [0, 1].map((n) => out + 4 * (4 * gates + n * back));
      k.lstmStepBack(out, dh, dc, floats, floats + 2 ** 14, floats + 2 ** 15, ...step, 2, 3);
    },
  },
  {
    name: "gates of a GRU",
    size: 3 * gates + 2 * states,
    run(k, { out }) {
      const [state, reset] = [0, 1].map((n) => out + 4 * (3 * gates + n * states));
      k.gruGates(out, state, reset, ...step, 3);
    },
  },
  {
    name: "step of a GRU",
    size: 3 * gates + states,
    run: (k, { out }) => k.gruStep(out, out + 12 * gates, ...step, 2),
  },
  {
    name: "step of a GRU, back",
    size: 3 * gates + back,
    run: (k, { floats, out }) => k.gruStepBack(out, out + 12 * gates, floats, floats + 2 ** 15, ...step, 2, 3),
  },
  {
    name: "reset of a GRU, back",
    size: 3 * gates + back,
    run(k, { floats, out }) {
      k.gruResetBack(out, out + 12 * gates, floats + 64, floats + 2 ** 14, floats + 2 ** 15, ...step, 3);
    },
  },
  { name: "kept states", size: states, run: (k, { ids, out }) => k.keepStates(out, ids, ...step) },
  {
    name: "gradients set aside",
    size: 2 * back,
    run: (k, { ids, out }) => k.setAside(out, out + 4 * back, ids, 3, 4, 2, 40),
  },
  { name: "cleared gates", size: gates, run: (k, { ids, out }) => k.clearGates(out, ids, 3, 4, 2, 40) },
];

/** A window of 3 by 3 over an image of 9 by 9 by 7, whose border is there already. */
const window: WindowWalk = [7, 7, 63, 7, 3, 63, 1, 21, 21];
const pool: PoolWalk = [9, 9, 7, 5, 5, 3, 3, 2, 2, 1, 1];
const [image, pooled] = [9 * 9 * 7, 5 * 5 * 7];

const images: TrialCase[] = [
  { name: "windows", size: 49 * 63, run: (k, { floats, out }) => k.copyWindows(out, floats, ...window) },
  { name: "windows, back", size: image, run: (k, { floats, out }) => k.addWindows(out, floats, ...window) },
  {
    name: "largest of windows, there and back",
    size: image + 2 * pooled,
    run(k, { floats, out }) {
      const [best, at] = [out + 4 * image, out + 4 * (image + pooled)];
      k.poolLargest(best, at, floats, ...pool);
      k.spreadLargest(out, floats + 64, at, pooled);
    },
  },
  { name: "means of windows", size: pooled, run: (k, { floats, out }) => k.poolAverage(out, floats, ...pool, 0) },
  { name: "means of windows, back", size: image, run: (k, { floats, out }) => k.poolAverage(floats, out, ...pool, 1) },
  ...[1, 2].flatMap((multiplier): TrialCase[] => [
    {
      name: `convolution by channel, ${multiplier}`,
      size: 9 * 24 * multiplier,
      run: (k, { floats, out }) => k.convolveChannels(out, floats, floats + 64, floats + 128, 9, 9, 24, multiplier),
    },
    {
      name: `convolution by channel, ${multiplier}, back`,
      size: 9 * 9 * 24,
      run: (k, { floats, out }) => k.convolveChannelsBack(out, floats, floats + 64, 9, 9, 24, multiplier),
    },
    {
      name: `kernel of a convolution by channel, ${multiplier}`,
      size: 9 * 24 * multiplier,
      run: (k, { floats, out }) => k.addChannelProducts(out, floats, floats + 64, 9, 9, 24, multiplier),
    },
  ]),
];

const rowWidth = 83;

const tables: TrialCase[] = [
  {
    name: "rows of a table",
    size: 40 * rowWidth,
    run: (k, { floats, ids, out }) => k.gatherRows(out, floats, ids, 40, rowWidth),
  },
  {
    name: "gradient of a table",
    size: tableRows * rowWidth,
    run: (k, { floats, ids, out }) => k.addRowsByIds(out, ids, floats, 40, rowWidth),
  },
  {
    name: "rows of a table that were read, merged and added",
    size: 2 * tableRows + 3 * tableRows * rowWidth,
    run(k, { floats, doubles, ids, out }) {
      const [unique, merged] = [out + 4 * tableRows, out + 8 * tableRows];
      const sums = merged + 4 * tableRows * rowWidth;
      k.clear(out, 4 * tableRows);
      k.copyRows(sums, doubles, 1, 2 * tableRows * rowWidth, 0, 0);
      const found = k.mergeRows(out, unique, merged, ids, floats, 40, rowWidth, 0);
      k.addRowsAt(sums, unique, merged, found, rowWidth, 0.37);
      k.clearSlots(out, unique, found);
      return found;
    },
  },
  {
    name: "order",
    size: orderLength,
    run: (k, { floats, order, out }) => k.rearrange(out, floats, order, orderLength, 0),
  },
  {
    name: "order, back",
    size: orderLength,
    run: (k, { floats, order, out }) => k.rearrange(out, floats, order, orderLength, 1),
  },
];

const curves: TrialCase[] = [
  ...Object.entries(curveCodes).flatMap(([name, kind]): TrialCase[] => [
    { name, size: 53, run: (k, { floats, out }) => k.bend(kind, out, floats, 53, 0.5) },
    { name: `${name}, back`, size: 53, run: (k, { floats, out }) => k.unbend(kind, out, floats + 64, floats, 53, 0.5) },
  ]),
  {
    name: "slopes",
    size: 1003,
    run: (k, { floats, out }) => k.bendBySlopes(out, floats, floats + 64, 0, 1003),
  },
  {
    name: "slopes, back",
    size: 1003,
    run: (k, { floats, out }) => k.unbendBySlopes(out, floats + 64, floats, floats + 128, 0, 1003),
  },
  {
    name: "gradient of slopes",
    size: 1003,
    run: (k, { floats, out }) => k.addSlopes(out, floats + 64, floats, 0, 1003),
  },
  { name: "equal entries", size: 1003, run: (k, { floats, out }) => k.keepEqual(out, floats, floats, 1003, 0) },
  { name: "other entries", size: 1003, run: (k, { floats, out }) => k.keepEqual(out, floats, floats + 64, 1003, 1) },
  { name: "dropped entries", size: 403, run: (k, { floats, out }) => k.dropOut(out, floats, 403, 5, 7, 1, 2 ** 31, 2) },
  {
    name: "cross entropy",
    size: 3 * 2 * 67 + 8,
    // the labels are doubles below 1: class 0
    run: (k, { floats, doubles, out }) => k.crossEntropy(out, floats, doubles, out + 4 * (3 * 2 * 67 + 2), 3, 2, 67),
  },
];

/** Entries of a step, and where the arrays of an optimizer's state lie. */
const entriesOfStep = 1000;
const arrayOf = (out: number, number: number): number => out + 4 * entriesOfStep * number;

const steps: TrialCase[] = [
  { name: "SGD", size: entriesOfStep, run: (k, { floats, out }) => k.stepSgd(out, floats, entriesOfStep, -0.1) },
  ...[0, 1].map((isNesterov): TrialCase => {
    return {
      name: `momentum, ${isNesterov}`,
      size: 2 * entriesOfStep,
      run: (k, { floats, out }) => k.stepMomentum(out, floats, arrayOf(out, 1), entriesOfStep, -0.1, 0.9, isNesterov),
    };
  }),
  ...[0, 1].map((isCentered): TrialCase => {
    return {
      name: `RMSProp, ${isCentered}`,
      size: 4 * entriesOfStep,
      run(k, { floats, out }) {
        const [squares, moments, means] = [1, 2, 3].map((n) => arrayOf(out, n));
        k.combine(combineCodes.multiply, squares, squares, squares, entriesOfStep);
        k.clear(means, 4 * entriesOfStep);
        const rest = [entriesOfStep, 0.1, 0.9, 0.1, 0.5, 1e-7] as const;
        k.stepRmsProp(out, floats, squares, moments, isCentered * means, ...rest);
      },
    };
  }),
  {
    name: "Adagrad",
    size: 2 * entriesOfStep,
    run(k, { floats, out }) {
      k.combine(combineCodes.multiply, arrayOf(out, 1), arrayOf(out, 1), arrayOf(out, 1), entriesOfStep);
      k.stepAdagrad(out, floats, arrayOf(out, 1), entriesOfStep, -0.1, 1e-7);
    },
  },
  {
    name: "Adadelta",
    size: 3 * entriesOfStep,
    run(k, { floats, out }) {
      const [squares, updates] = [arrayOf(out, 1), arrayOf(out, 2)];
      k.combine(combineCodes.multiply, squares, squares, squares, 2 * entriesOfStep);
      k.stepAdadelta(out, floats, squares, updates, entriesOfStep, -0.1, 0.9, 0.1, 1e-7);
    },
  },
  {
    name: "Adam",
    size: 3 * entriesOfStep,
    run(k, { floats, out }) {
      const [first, second] = [arrayOf(out, 1), arrayOf(out, 2)];
      k.combine(combineCodes.multiply, second, second, second, entriesOfStep);
      const rest = [entriesOfStep, -0.1, 0.9, 0.1, 0.99, 0.01, 0.5, 0.1, 1e-7] as const;
      k.stepAdam(out, floats, first, second, ...rest);
    },
  },
];

export const trialCases: readonly TrialCase[] = [
  ...products,
  ...rows,
  ...entries,
  ...cells,
  ...images,
  ...tables,
  ...curves,
  ...steps,
];
