import { invalidArgument } from "../core/index.ts";
import { nextUp } from "../numeric/index.ts";

/** A sum of numbers ≥ 0, kept as high + low, so that a million small spends lose nothing. */
export interface ExactTotal {
  readonly high: number;
  readonly low: number;
}

export const emptyTotal: ExactTotal = Object.freeze({ high: 0, low: 0 });

/**
 * The sum with one more number.
 *
 * @param value - ≥ 0, Infinity allowed.
 * @source Knuth, The Art of Computer Programming 2, 3rd ed., section 4.2.2, Thm B (the error of an addition is a double).
 */
export function addToTotal(total: ExactTotal, value: number): ExactTotal {
  const sum = total.high + value;
  if (sum === Infinity) return { high: Infinity, low: 0 };
  const shifted = sum - total.high;
  const error = total.high - (sum - shifted) + (value - shifted);
  return { high: sum, low: total.low + error };
}

/** A double at or above the sum; 0 stays 0. */
export function totalFromAbove(total: ExactTotal): number {
  if (total.high === Infinity || (total.high === 0 && total.low === 0)) return total.high;
  // `low` errs by at most 2^-53 of itself per addition, far below the last place of `high` for 2^50 additions
  return nextUp(nextUp(total.high + total.low));
}

/** What every snapshot of counted events holds. */
export interface CountedEvents {
  readonly totals: readonly ExactTotal[];
  readonly events: number;
}

/**
 * Reads the counts of a snapshot.
 *
 * @param expected - what the sums must be, for a message.
 * @throws PrivacyError `invalid_argument` unless there are as many sums as wanted, each finite and ≥ 0, and a count.
 */
export function parseCounts({ totals, events }: CountedEvents, length: number, expected: string): CountedEvents {
  // JSON has no Infinity: what has seen everything is not kept
  const isTotal = (t: ExactTotal | undefined): boolean =>
    t !== undefined && t.high >= 0 && t.high < Infinity && Math.abs(t.low) <= t.high * 1e-3;
  if (!Array.isArray(totals) || totals.length !== length || !totals.every(isTotal)) {
    throw invalidArgument("snapshot.totals", expected, "something else");
  }
  if (!(Number.isSafeInteger(events) && events >= 0)) {
    throw invalidArgument("snapshot.events", "a whole number >= 0", events);
  }
  return { totals, events };
}

/** The sums as a snapshot keeps them. */
export function frozenTotals(totals: readonly ExactTotal[]): readonly ExactTotal[] {
  return Object.freeze(totals.map((t) => Object.freeze({ ...t })));
}
