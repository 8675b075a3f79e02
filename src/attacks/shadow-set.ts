import { invalidArgument } from "../core/index.ts";
import { type MembershipTable, type NumberTable, readMembership, readTable } from "./argument.ts";

/** What every shadow-model attack starts from: one signal per (model, record), and who was trained on what. */
export interface ShadowInput {
  /** `[models][records]`, 1 or true where the record was in the model's training set: independent fair coins. */
  readonly membership: MembershipTable;
  /** Row of the model under attack; every other row is a shadow model. Its own membership row is the answer, and unused. */
  readonly target: number;
  /** Rows to leave out beside the target. */
  readonly exclude?: readonly number[];
}

/** The signals of the target and of its shadows, split by membership. */
export interface ShadowSet {
  readonly records: number;
  readonly observed: Float64Array;
  readonly shadows: readonly Float64Array[];
  readonly isMember: readonly Uint8Array[];
  /** Rows of the shadows in the tables that came in. */
  readonly rows: readonly number[];
}

/** Per-record moments over the shadows of one side, and their pooled within-record variance. */
export interface Moments {
  readonly count: Int32Array;
  readonly mean: Float64Array;
  /** Population variance (divided by the count). */
  readonly variance: Float64Array;
  /** Squared residuals about each record's own mean, over all (shadow, record) pairs of this side, divided by their number. */
  readonly pooled: number;
}

// two independent membership rows of this length are complementary with probability 2^-32
const TWIN_RECORDS = 32;

/**
 * Reads the signals, and takes out the target and its twins: a model trained on exactly the other half knows the answer.
 * @throws PrivacyError `invalid_argument`, naming the argument.
 */
export function readShadowSet(signals: NumberTable, argument: string, input: ShadowInput): ShadowSet {
  const table = readTable(signals, argument);
  const records = table[0]?.length ?? 0;
  const membership = readMembership(input.membership, table.length, records);
  const target = readRow(input.target, table.length, "target");
  const excluded = new Set((input.exclude ?? []).map((row) => readRow(row, table.length, "exclude")));
  const isTwin = (row: number): boolean =>
    records >= TWIN_RECORDS && membership[row].every((bit, i) => bit !== membership[target][i]);
  const rows = table.map((_, row) => row).filter((row) => row !== target && !excluded.has(row) && !isTwin(row));
  if (rows.length === 0) {
    throw invalidArgument(argument, "signals of at least one shadow model beside the target", "none that may be used");
  }
  return {
    records,
    observed: table[target],
    shadows: rows.map((row) => table[row]),
    isMember: rows.map((row) => membership[row]),
    rows,
  };
}

function readRow(value: number, models: number, argument: string): number {
  if (Number.isInteger(value) && value >= 0 && value < models) return value;
  throw invalidArgument(argument, `a model's row in [0, ${models})`, value);
}

/** Means of a signal `[records]` over the shadows whose membership bit is `side`, and how many those are. */
export function meansOf(set: ShadowSet, side: 0 | 1): Pick<Moments, "count" | "mean"> {
  const count = new Int32Array(set.records);
  const mean = new Float64Array(set.records);
  set.shadows.forEach((row, k) => {
    const bits = set.isMember[k];
    for (let i = 0; i < row.length; i++) {
      if (bits[i] !== side) continue;
      count[i]++;
      mean[i] += row[i];
    }
  });
  for (let i = 0; i < set.records; i++) mean[i] /= Math.max(1, count[i]);
  return { count, mean };
}

/** Moments of every record over the shadows whose membership bit is `side`. */
export function momentsOf(set: ShadowSet, side: 0 | 1): Moments {
  const { count, mean } = meansOf(set, side);
  const variance = new Float64Array(set.records);
  set.shadows.forEach((row, k) => {
    const bits = set.isMember[k];
    for (let i = 0; i < row.length; i++) if (bits[i] === side) variance[i] += (row[i] - mean[i]) ** 2;
  });
  const pairs = count.reduce((a, b) => a + b, 0);
  const pooled = variance.reduce((a, b) => a + b, 0) / Math.max(1, pairs);
  for (let i = 0; i < set.records; i++) variance[i] /= Math.max(1, count[i]);
  return { count, mean, variance, pooled };
}

/** Refuses a record that fewer than `least` shadows of this side saw. */
export function checkCoverage({ count }: Pick<Moments, "count">, least: number, side: "IN" | "OUT"): void {
  if (count.every((n) => n >= least)) return;
  throw invalidArgument(
    "membership",
    `such that every record has at least ${least} ${side} shadow model${least === 1 ? "" : "s"}`,
    "a record with fewer",
    "train more shadow models, or use mode offline if no shadow trained on the records",
  );
}
