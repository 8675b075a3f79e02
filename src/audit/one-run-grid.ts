import { invalidArgument } from "../core/index.ts";
import { type AuditBound, freezeBound } from "./bound.ts";
import { ONE_RUN_ASSUMPTIONS, oneRunEpsilon, readOneRun } from "./one-run.ts";

export interface OneRunScores {
  /** One score per canary, higher = more likely included; infinite allowed, NaN refused. */
  readonly scores: ArrayLike<number>;
  /** Its coin: true or 1 if it was included. */
  readonly membership: ArrayLike<boolean | number>;
  readonly delta: number;
  readonly significance: number;
  /** Even numbers of guesses, fixed before the run. Default 10, 20, 40, … 640, as far as there are canaries. */
  readonly guessGrid?: readonly number[];
}

const DEFAULT_GRID: readonly number[] = [10, 20, 40, 80, 160, 320, 640];

/**
 * The one-run bound from the canaries' scores: for each r of a fixed grid the r/2 highest are guessed included and the
 * r/2 lowest not, each bound is taken at significance / (size of the grid), and the best is returned.
 *
 * Equal scores at the edge of a selection are resolved against the attack, so that the order in which canaries are
 * listed (members first, say) can not pass for evidence.
 *
 * @throws PrivacyError `invalid_argument`, naming the argument.
 * @guarantee As `oneRunLowerBound`, with the error probability shared over the grid (Bonferroni).
 * @source Steinke, Nasr, Jagielski, NeurIPS 2023, arXiv:2305.08846v1, algorithm 1 and appendix D.
 */
export function oneRunGridLowerBound(input: OneRunScores): AuditBound {
  const canaries = readCanaries(input);
  const grid = readGrid(input.guessGrid ?? DEFAULT_GRID.filter((r) => r <= canaries.length), canaries.length);
  const bounds = grid.map((guesses) => {
    const counts = {
      canaries: canaries.length,
      guesses,
      correct: countCorrect(canaries, guesses / 2),
      delta: input.delta,
      significance: input.significance / grid.length,
    };
    readOneRun(counts);
    return { epsilon: oneRunEpsilon(counts), cap: oneRunEpsilon({ ...counts, correct: guesses }) };
  });
  return freezeBound({
    method: "one-run-grid",
    epsilonLowerBound: Math.max(...bounds.map((b) => b.epsilon)),
    delta: input.delta,
    significance: input.significance,
    cap: Math.max(...bounds.map((b) => b.cap)),
    assumptions: [...ONE_RUN_ASSUMPTIONS, "the grid of guess counts was fixed before the run"],
  });
}

interface Canary {
  readonly score: number;
  readonly isIncluded: boolean;
}

function readCanaries({ scores, membership }: OneRunScores): readonly Canary[] {
  if (scores.length < 2) throw invalidArgument("scores", "the scores of at least two canaries", "fewer");
  if (membership.length !== scores.length) {
    throw invalidArgument("membership", "as long as scores", "another length");
  }
  return Array.from(scores, (score, i) => {
    const coin = membership[i];
    if (typeof score !== "number" || Number.isNaN(score)) {
      throw invalidArgument("scores", "numbers without NaN", "something else among them");
    }
    if (coin !== true && coin !== false && coin !== 0 && coin !== 1) {
      throw invalidArgument("membership", "booleans, 0 or 1", "something else among them");
    }
    return { score, isIncluded: coin === true || coin === 1 };
  });
}

function readGrid(grid: readonly number[], canaries: number): readonly number[] {
  const isRight = (r: number): boolean => Number.isInteger(r) && r >= 2 && r % 2 === 0 && r <= canaries;
  if (grid.length > 0 && grid.every(isRight)) return grid;
  throw invalidArgument(
    "guessGrid",
    "even whole numbers between 2 and the number of canaries",
    grid.length === 0 ? "none" : "another",
    "the default grid wants at least 10 canaries",
  );
}

/** How many of the `half` highest were included, plus how many of the `half` lowest were not; ties count against. */
function countCorrect(canaries: readonly Canary[], half: number): number {
  const down = canaries.toSorted((a, b) => compare(b.score, a.score) || Number(a.isIncluded) - Number(b.isIncluded));
  const up = canaries.toSorted((a, b) => compare(a.score, b.score) || Number(b.isIncluded) - Number(a.isIncluded));
  return down.slice(0, half).filter((c) => c.isIncluded).length + up.slice(0, half).filter((c) => !c.isIncluded).length;
}

// by comparison: ∞ − ∞ is NaN
const compare = (a: number, b: number): number => Number(a > b) - Number(a < b);
