import { type Numbers, readNumbers, readUnit } from "./argument.ts";
import { type RateInterval, clopperPearsonInterval } from "./clopper-pearson.ts";

/** One corner of the staircase: the rates when every score ≥ threshold is called a member. */
export interface RocPoint {
  readonly fpr: number;
  readonly tpr: number;
  /** A score of the sample; Infinity for the corner at (0, 0). Not private: it is some record's score. */
  readonly threshold: number;
}

/** The best point of the staircase whose false-positive rate does not exceed what was asked. */
export interface TprAtFpr {
  readonly tpr: number;
  /** True and false positives at that point. */
  readonly tp: number;
  readonly fp: number;
  /** The false-positive rate realised at that point, ≤ the one asked. */
  readonly fpr: number;
  readonly threshold: number;
  /** Clopper-Pearson, 95 %, of the TPR with the threshold held fixed. */
  readonly interval: RateInterval;
  /** At least ten false positives are allowed. Otherwise the sample is too small to speak of this rate. */
  readonly isResolved: boolean;
}

/** An attack's ROC curve: the raw staircase, never its convex hull, which flatters an attack on few records. */
export interface RocCurve {
  readonly members: number;
  readonly nonMembers: number;
  /** From (0, 0) to (1, 1); equal scores move together. Built on first use. */
  readonly points: readonly RocPoint[];
  /** P[member score > non-member score] + ½ P[equal]. */
  readonly auc: number;
  /** DeLong's standard error of the AUC; null with a single member or non-member. 0 at perfect separation: see `aucInterval`. */
  readonly aucDeLongSe: number | null;
  /** max over thresholds of TPR − FPR, ≥ 0. */
  readonly advantage: number;
  /** (1 + advantage) / 2. */
  readonly balancedAccuracy: number;
  /** @throws PrivacyError `invalid_argument` unless 0 ≤ fpr ≤ 1. */
  tprAtFpr(fpr: number): TprAtFpr;
}

/** Cumulative counts after each distinct score, from the highest down; entry 0 is the empty selection. */
interface Staircase {
  readonly steps: number;
  readonly tp: Uint32Array;
  readonly fp: Uint32Array;
  readonly threshold: Float64Array;
}

/**
 * The ROC curve of an attack from the scores of known members and known non-members.
 *
 * @param memberScores - `[members]`, higher = more member-like; infinite scores allowed, NaN refused.
 * @param nonMemberScores - `[nonMembers]`.
 * @throws PrivacyError `invalid_argument` naming the list that is empty or holds a NaN.
 * @guarantee None: the curve describes this sample. Intervals hold for records drawn independently; the scores of one
 *   target model are not quite that.
 * @numerics Counts are exact, so the AUC is the correctly rounded quotient of two exact numbers below 2^53 (about 9e7 scores a side).
 * @source AUC: Mann, Whitney 1947, Annals of Mathematical Statistics 18(1), with ties counted one half. Standard
 *   error: DeLong, DeLong, Clarke-Pearson 1988, Biometrics 44(3).
 * @example rocCurve([2, 3, 5], [1, 2, 4]).auc // 13/18: six wins and a tie of nine pairs
 */
export function rocCurve(memberScores: Numbers, nonMemberScores: Numbers): RocCurve {
  const members = readNumbers(memberScores, "memberScores").sort();
  const nonMembers = readNumbers(nonMemberScores, "nonMemberScores").sort();
  const [n1, n0] = [members.length, nonMembers.length];
  const stairs = climb(members, nonMembers);
  const auc = areaUnder(stairs, n1, n0);
  const advantage = largestGap(stairs, n1, n0);
  let points: readonly RocPoint[] | undefined;
  return Object.freeze({
    members: n1,
    nonMembers: n0,
    get points(): readonly RocPoint[] {
      points ??= listPoints(stairs, n1, n0);
      return points;
    },
    auc,
    aucDeLongSe: n1 > 1 && n0 > 1 ? deLongSe(stairs, n1, n0, auc) : null,
    advantage,
    balancedAccuracy: (1 + advantage) / 2,
    tprAtFpr: (fpr: number) => selectAtFpr(stairs, n1, n0, readUnit(fpr, "fpr")),
  });
}

/** Merges two ascending lists from their upper ends. */
function climb(members: Float64Array, nonMembers: Float64Array): Staircase {
  const size = members.length + nonMembers.length + 1;
  const [tp, fp, threshold] = [new Uint32Array(size), new Uint32Array(size), new Float64Array(size)];
  threshold[0] = Infinity;
  let [i, j, steps] = [members.length, nonMembers.length, 0];
  while (i > 0 || j > 0) {
    const score = Math.max(i > 0 ? members[i - 1] : -Infinity, j > 0 ? nonMembers[j - 1] : -Infinity);
    while (i > 0 && members[i - 1] === score) i--;
    while (j > 0 && nonMembers[j - 1] === score) j--;
    steps++;
    tp[steps] = members.length - i;
    fp[steps] = nonMembers.length - j;
    threshold[steps] = score;
  }
  return { steps, tp, fp, threshold };
}

function areaUnder({ steps, tp, fp }: Staircase, n1: number, n0: number): number {
  let wins = 0;
  for (let k = 1; k <= steps; k++) {
    const tied = fp[k] - fp[k - 1];
    wins += (tp[k] - tp[k - 1]) * (n0 - fp[k] + tied / 2);
  }
  return wins / (n1 * n0);
}

function deLongSe({ steps, tp, fp }: Staircase, n1: number, n0: number, auc: number): number {
  let [memberSquares, nonMemberSquares] = [0, 0];
  for (let k = 1; k <= steps; k++) {
    const [a, b] = [tp[k] - tp[k - 1], fp[k] - fp[k - 1]];
    // placements: the fraction of the other class that this score beats, ties one half
    memberSquares += a * ((n0 - fp[k] + b / 2) / n0 - auc) ** 2;
    nonMemberSquares += b * ((tp[k - 1] + a / 2) / n1 - auc) ** 2;
  }
  return Math.sqrt(memberSquares / (n1 - 1) / n1 + nonMemberSquares / (n0 - 1) / n0);
}

function largestGap({ steps, tp, fp }: Staircase, n1: number, n0: number): number {
  let gap = 0;
  // over a common denominator, so that equal rates give exactly 0
  for (let k = 1; k <= steps; k++) gap = Math.max(gap, tp[k] * n0 - fp[k] * n1);
  return gap / (n1 * n0);
}

function listPoints({ steps, tp, fp, threshold }: Staircase, n1: number, n0: number): readonly RocPoint[] {
  return Object.freeze(
    Array.from({ length: steps + 1 }, (_, k) =>
      Object.freeze({ fpr: fp[k] / n0, tpr: tp[k] / n1, threshold: threshold[k] }),
    ),
  );
}

function selectAtFpr({ steps, tp, fp, threshold }: Staircase, n1: number, n0: number, fpr: number): TprAtFpr {
  // the last corner whose realised rate does not exceed the one asked, decided on the rates themselves:
  // 29 of 100 is a rate of 0.29, though 0.29 · 100 rounds below 29
  let [lo, hi] = [0, steps];
  while (lo < hi) {
    const mid = (lo + hi + 1) >>> 1;
    if (fp[mid] / n0 <= fpr) lo = mid;
    else hi = mid - 1;
  }
  return Object.freeze({
    tpr: tp[lo] / n1,
    tp: tp[lo],
    fp: fp[lo],
    fpr: fp[lo] / n0,
    threshold: threshold[lo],
    interval: clopperPearsonInterval(tp[lo], n1, 0.95),
    isResolved: fpr * n0 >= 10 - 1e-9,
  });
}
