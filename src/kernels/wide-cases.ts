import { type KernelExports, type Kernels, panelInputs } from "./kernels.ts";

/*
 * What the wide build is tried on before it is taken: each kernel that works on vectors, on made-up numbers, in shapes
 * with whole and with short tiles and tails.
 */

/** Kernels on a memory that nobody else has. */
export type Trial = Pick<Kernels, "run" | "base" | "floats">;

/** Where a case finds its numbers, in bytes: floats in [−2, 2], doubles in [−1, 1], words, what it may write to. */
export interface Places {
  readonly floats: number;
  readonly doubles: number;
  /** Polynomials for the noise, of eight doubles. */
  readonly table: number;
  readonly words: number;
  readonly out: number;
  readonly scratch: number;
  readonly tile: number;
}

export interface TrialCase {
  readonly name: string;
  /** Floats of `out` that are compared; before, they are those of `floats`. */
  readonly size: number;
  /** What it returns is compared too. */
  readonly run: (kernels: KernelExports, at: Places) => unknown;
}

const regionFloats = 2 ** 16;
/** The doubles from here on. */
const tableFrom = 2 ** 14;

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
    name: "step of an LSTM",
    size: 4 * 3 * 4 * 24,
    run: (k, { out, scratch }) => k.lstmStep(out, scratch, scratch + 8192, scratch + 16_384, 3, 4, 0, 0, 24, 2, 3),
  },
  {
    name: "convolution by channel",
    size: 9 * 24,
    run: (k, { floats, out }) => k.convolveChannels(out, floats, floats + 64, floats + 128, 9, 9, 24, 1),
  },
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

export const trialCases: readonly TrialCase[] = [...products, ...rows, ...entries];

/** A memory's places, filled with the same numbers every time: within the 4 MiB that kernels have at first. */
export function fillPlaces({ base, floats }: Trial): Places {
  const start = Math.ceil(base / 64) * 64;
  const region = (index: number): number => start + 4 * regionFloats * index;
  const singles = floats();
  const { buffer } = singles;
  const next = numbersFrom(20_251_125);
  const [a, b, c] = [region(0), region(1), region(2)];
  for (let k = 0; k < regionFloats; k++) singles[a / 4 + k] = 4 * next() - 2;
  const doubles = new Float64Array(buffer, b, regionFloats / 2);
  for (let k = 0; k < doubles.length; k++) doubles[k] = 2 * next() - 1;
  // of places up to 2⁵⁶ in size
  for (let k = tableFrom; k < doubles.length; k++) doubles[k] *= 2 ** (-57 * (k % 8));
  const words = new Uint32Array(buffer, c, 2048);
  for (let k = 0; k < words.length; k++) words[k] = 2 ** 32 * next();
  words.set([9, 64, 98]);
  return {
    floats: a,
    doubles: b,
    table: b + 8 * tableFrom,
    words: c,
    out: region(3),
    scratch: region(4),
    tile: region(5),
  };
}

/** Mulberry32: numbers in [0, 1). */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
