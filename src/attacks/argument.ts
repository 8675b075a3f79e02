import { invalidArgument } from "../core/index.ts";

/** Anything that holds numbers by index: an array, a typed array. */
export type Numbers = ArrayLike<number>;

/** A table by rows: one row per model, or one row per record. */
export type NumberTable = ArrayLike<ArrayLike<number>>;

/** True or 1 where the record was in that model's training set, one row per model. */
export type MembershipTable = ArrayLike<ArrayLike<boolean | number>>;

const isList = (value: unknown): value is ArrayLike<unknown> =>
  typeof value === "object" && value !== null && "length" in value && typeof value.length === "number";

/** The length of a list that must hold something. Messages never say how long a list of records is. */
export function readLength(list: unknown, argument: string): number {
  if (!isList(list)) throw invalidArgument(argument, "an array or typed array", typeof list);
  if (list.length < 1) throw invalidArgument(argument, "a non-empty array", "an empty one");
  return list.length;
}

/** Refuses another length than the one its companion has. */
export function checkSameLength(list: unknown, wanted: number, argument: string, companion: string): void {
  if (readLength(list, argument) === wanted) return;
  throw invalidArgument(argument, `as long as ${companion}`, "another length", "pass one value for each");
}

/** A copy in double precision: not empty, no NaN. An infinite score is a score: it is above or below every other. */
export function readNumbers(list: Numbers, argument: string): Float64Array {
  readLength(list, argument);
  const copy = new Float64Array(list.length);
  for (let i = 0; i < list.length; i++) {
    const value: unknown = list[i];
    if (typeof value !== "number" || Number.isNaN(value)) {
      throw invalidArgument(
        argument,
        "numbers without NaN",
        typeof value === "number" ? "a NaN among them" : `a ${typeof value} among them`,
        "a model that returns NaN has diverged: attack an earlier checkpoint",
      );
    }
    copy[i] = value;
  }
  return copy;
}

/** A copy that holds finite numbers only. */
export function readFiniteNumbers(list: Numbers, argument: string): Float64Array {
  const copy = readNumbers(list, argument);
  if (copy.every((value) => Number.isFinite(value))) return copy;
  throw invalidArgument(argument, "finite numbers", "an infinite one among them");
}

/** A finite table whose rows are equally long. */
export function readTable(table: NumberTable, argument: string): readonly Float64Array[] {
  readLength(table, argument);
  const rows = Array.from(table, (row) => readFiniteNumbers(row, argument));
  const width = rows[0]?.length ?? 0;
  if (rows.every((row) => row.length === width)) return rows;
  throw invalidArgument(argument, "a table of equally long rows", "rows of unequal length");
}

/** Membership bits, 1 for a member, of the wanted shape. */
export function readMembership(table: MembershipTable, models: number, records: number): readonly Uint8Array[] {
  checkSameLength(table, models, "membership", "the table of models");
  return Array.from(table, (row) => {
    checkSameLength(row, records, "membership", "the table's rows");
    const bits = new Uint8Array(records);
    for (let i = 0; i < records; i++) bits[i] = readBit(row[i]);
    return bits;
  });
}

function readBit(value: unknown): number {
  if (value === true || value === 1) return 1;
  if (value === false || value === 0) return 0;
  throw invalidArgument("membership", "booleans, 0 or 1", `a ${typeof value} that is neither`);
}

/** Class indices in [0, classes). */
export function readLabels(labels: Numbers, records: number, classes: number): Numbers {
  checkSameLength(labels, records, "labels", "the rows of outputs");
  for (let i = 0; i < labels.length; i++) {
    const label: unknown = labels[i];
    if (typeof label === "number" && Number.isInteger(label) && label >= 0 && label < classes) continue;
    throw invalidArgument(
      "labels",
      `class indices in [0, ${classes})`,
      "a label outside",
      "turn one-hot labels into indices first",
    );
  }
  return labels;
}

/** A probability, both ends allowed. */
export function readUnit(value: unknown, argument: string): number {
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  throw invalidArgument(argument, "a number in [0, 1]", value);
}
